from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.quality.coverage_interval import coverage_interval, tolerance
from reconcile.quality.distributions import Normal, Rectangular, StudentT, Triangular
from reconcile.quality.gum_validation import validate_gum
from reconcile.quality.monte_carlo import Settings, monte_carlo, run_blocks, settings_of, validation_settings_of

FEW = Settings(block=10_000, max_trials=1_000_000, probability=0.95, digits=1)


def test_settings_stand_in_the_table() -> None:
    settings = settings_of(load_parameters())
    assert (settings.block, settings.probability, settings.digits, settings.share) == (10_000, 0.95, 1, 1.0)
    assert validation_settings_of(load_parameters()).share == 0.2


def test_a_run_stops_when_it_is_settled_and_not_before() -> None:
    found = monte_carlo(lambda x: x["x"], {"x": Normal(0.0, 1.0)}, FEW, seed=5)
    assert found.settled
    assert found.trials < FEW.max_trials
    assert found.delta == 0.5
    finer = monte_carlo(
        lambda x: x["x"], {"x": Normal(0.0, 1.0)}, Settings(10_000, 1_000_000, 0.95, 2, share=0.2), seed=5
    )
    assert finer.trials > found.trials
    assert finer.delta == pytest.approx(0.01)


def test_a_run_that_does_not_settle_says_so() -> None:
    found = monte_carlo(lambda x: x["x"], {"x": StudentT(0.0, 1.0, 1.0)}, Settings(10_000, 50_000, 0.95, 2), seed=1)
    assert not found.settled
    assert found.trials == 50_000


def test_figures_come_from_all_draws_together() -> None:
    blocks: list[np.ndarray] = []

    def block(rng: np.random.Generator, n: int) -> np.ndarray:
        blocks.append(1e6 + rng.exponential(2.0, n))
        return blocks[-1]

    found = run_blocks(block, Settings(10_000, 40_000, 0.95, 1, min_trials=40_000), seed=9)
    drawn = np.concatenate(blocks)
    assert found.trials == drawn.size == 40_000
    assert found.mean == pytest.approx(drawn.mean(), rel=1e-12)
    assert found.u == pytest.approx(drawn.std(ddof=1), rel=1e-9)
    assert ((drawn >= found.low) & (drawn <= found.high)).mean() == pytest.approx(0.95, abs=1e-3)


@pytest.mark.parametrize("bad", [np.full(10_000, np.nan), np.zeros(3), np.zeros((10_000, 1))])
def test_a_model_without_a_number(bad: np.ndarray) -> None:
    with pytest.raises(RuleError, match="finite result"):
        run_blocks(lambda rng, n: bad, FEW, seed=1)
    with pytest.raises(RuleError, match="seed"):
        run_blocks(lambda rng, n: np.zeros(n), FEW, seed=-1)
    with pytest.raises(RuleError, match="input"):
        monte_carlo(lambda x: np.zeros(1), {}, FEW, seed=1)


@pytest.mark.parametrize(
    "fields",
    [{"block": 1999}, {"max_trials": 19_999}, {"probability": 1.0}, {"digits": 0}, {"share": 0.0}, {"share": 1.5}],
)
def test_settings_that_cannot_be(fields: dict[str, Any]) -> None:
    with pytest.raises(RuleError):
        Settings(**{"block": 10_000, "max_trials": 100_000, "probability": 0.95, "digits": 1, **fields})


def test_exactly_enough_trials_in_a_block() -> None:
    assert Settings(2000, 4000, 0.95, 1).block == 2000


@pytest.mark.parametrize(
    "distribution", [Normal(3.0, 2.0), Rectangular(-1.0, 5.0), Triangular(2.0, 6.0), StudentT(1.0, 0.5, 9.0)]
)
def test_distributions_have_the_spread_they_state(distribution: Normal | Rectangular | Triangular | StudentT) -> None:
    drawn = distribution.draw(np.random.default_rng(3), 200_000)
    assert drawn.shape == (200_000,)
    assert drawn.std() == pytest.approx(distribution.u, rel=0.01)


def test_limits_and_tails() -> None:
    assert Rectangular(-1.0, 5.0).u == pytest.approx(3 / math.sqrt(3))
    assert Triangular(2.0, 6.0).u == pytest.approx(2 / math.sqrt(6))
    assert StudentT(0.0, 1.0, 2.0).u == math.inf
    inside = Triangular(2.0, 6.0).draw(np.random.default_rng(1), 1000)
    assert inside.min() >= 2
    assert inside.max() <= 6


@pytest.mark.parametrize(
    "make",
    [
        lambda: Normal(0.0, -1.0),
        lambda: Normal(math.nan, 1.0),
        lambda: Rectangular(2.0, 1.0),
        lambda: Triangular(0.0, math.inf),
        lambda: StudentT(0.0, 1.0, 0.0),
        lambda: StudentT(0.0, 1.0, math.nan),
    ],
)
def test_distributions_that_cannot_be(make: Callable[[], object]) -> None:
    with pytest.raises(RuleError):
        make()


def test_symmetric_leaves_as_many_below_as_above() -> None:
    """100 draws of which 95 are held: 95 = q, r = (100 − 95 + 1)/2 = 3, from the 3rd to the 98th."""
    draws = np.random.default_rng(1).permutation(np.arange(1.0, 101.0))
    assert coverage_interval(draws, 0.95, "symmetric") == (3.0, 98.0)


def test_shortest_follows_the_mass() -> None:
    draws = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 5.0, 9.0])
    assert coverage_interval(draws, 0.7, "shortest") == (0.0, 0.7)
    low, high = coverage_interval(draws, 0.7, "symmetric")
    assert high - low > 0.7


def test_an_interval_needs_draws() -> None:
    for p in (0.0, 1.0, math.nan):
        with pytest.raises(RuleError, match="probability"):
            coverage_interval(np.arange(100.0), p, "symmetric")
    with pytest.raises(RuleError, match="too few"):
        coverage_interval(np.arange(5.0), 0.95, "symmetric")


@pytest.mark.parametrize(
    ("u", "digits", "delta"),
    [
        (0.00035, 2, 0.000005),
        (2.0, 1, 0.5),
        (2.0, 2, 0.05),
        (9.96, 2, 0.5),
        (9.94, 2, 0.05),
        (123.0, 1, 50.0),
        (0.0, 2, 0.0),
    ],
)
def test_tolerance_is_half_of_the_last_digit(u: float, digits: int, delta: float) -> None:
    assert tolerance(u, digits) == pytest.approx(delta, rel=1e-12)


def test_no_tolerance_of_nothing() -> None:
    for u, digits in ((-1.0, 1), (math.nan, 1), (1.0, 0)):
        with pytest.raises(RuleError):
            tolerance(u, digits)


def test_a_gum_interval_is_judged_only_by_a_settled_symmetric_run_fine_enough() -> None:
    found = monte_carlo(lambda x: x["x"], {"x": Normal(0.0, 2.0)}, Settings(10_000, 1_000_000, 0.95, 1, share=0.2), 1)
    assert validate_gum(0.0, 2.0, found, digits=1).valid
    off = validate_gum(0.7, 2.0, found, digits=1)
    assert not off.valid
    assert off.d_low == pytest.approx(0.7, abs=0.1)
    with pytest.raises(RuleError, match="not settled within"):
        validate_gum(0.0, 2.0, found, digits=2)
    shortest = monte_carlo(
        lambda x: x["x"], {"x": Normal(0.0, 2.0)}, Settings(10_000, 1_000_000, 0.95, 1, interval="shortest"), 1
    )
    with pytest.raises(RuleError, match="shortest"):
        validate_gum(0.0, 2.0, shortest, digits=1)
    with pytest.raises(RuleError, match="finite"):
        validate_gum(math.nan, 2.0, found, digits=1)


def test_few_degrees_of_freedom_widen_the_interval() -> None:
    found = monte_carlo(
        lambda x: x["x"], {"x": StudentT(0.0, 1.0, 4.0)}, Settings(10_000, 2_000_000, 0.95, 1, share=0.2), 1
    )
    judged = validate_gum(0.0, 1.0, found, digits=1, dof=4)
    assert judged.high == pytest.approx(2.776, abs=5e-4)
    assert judged.valid
