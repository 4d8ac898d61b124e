from __future__ import annotations

import math

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.comparison.load_dependence import blocks, dependence, statement
from reconcile.comparison.matched import Matched
from tests.unit.reconcile.build import minutes


def ar1(n: int, phi: float, rng: np.random.Generator) -> np.ndarray:
    e = rng.standard_normal(n)
    for i in range(1, n):
        e[i] = phi * e[i - 1] + np.sqrt(1 - phi**2) * e[i]
    return e


def test_a_bias_that_grows_with_load_is_found_and_said() -> None:
    rng = np.random.default_rng(1)
    load = rng.uniform(100, 300, 500)
    d = dependence(load, 100 * (1 + 0.0005 * (load - 200)) + rng.standard_normal(500), np.full(500, 100.0), 30)
    assert d is not None
    assert d.slope_per_mw == pytest.approx(0.0005, abs=3 * d.u_slope_per_mw)
    assert d.grows
    assert not d.falls
    assert "grows with load: +5." in statement(d)
    assert [b.low_mw for b in d.bins] == [90, 120, 150, 180, 210, 240, 270]
    assert sum(b.n for b in d.bins) == d.n == 500


def test_noise_that_wanders_is_not_called_growth_more_often_than_it_should() -> None:
    """Load and residuals both wander; without the inflation about half of these would look like growth."""
    rng = np.random.default_rng(2)
    trials, found = 200, 0
    for _ in range(trials):
        load = 200 + 50 * ar1(400, 0.95, rng)
        d = dependence(load, 100 + 2 * ar1(400, 0.9, rng), np.full(400, 100.0), 30)
        assert d is not None
        found += d.grows or d.falls
    assert found / trials < 0.08


def test_too_little_to_tell() -> None:
    assert dependence(np.arange(9.0), np.ones(9), np.ones(9), 30) is None
    assert dependence(np.full(20, 250.0), np.ones(20), np.ones(20), 30) is None


def test_a_perfect_line_has_no_uncertainty() -> None:
    load = np.linspace(100, 200, 11)
    d = dependence(load, np.ones(11), np.ones(11), 30)
    assert d is not None
    assert (d.slope_per_mw, d.grows) == (0.0, False)


def test_rounding_is_neither_a_load_nor_a_slope() -> None:
    """A constant 250.1 MW averages to values 3e-14 apart; a line through them has a slope of 1e12 % per 100 MW."""
    rng = np.random.default_rng(4)
    keep = np.flatnonzero(rng.random(600) < 0.7)
    n = keep.size
    pairs = Matched(minutes(600)[keep], rng.uniform(100, 110, n), np.full(n, 100.0), np.full(n, 250.1), 1 / 60)
    means, stack, fuel = blocks(pairs, 10)
    assert 0 < np.ptp(means) < 1e-12
    assert dependence(means, stack, fuel, 30) is None
    for _ in range(50):
        feed = rng.uniform(50, 200, 200)
        d = dependence(rng.uniform(100, 300, 200), 0.9571 * feed, feed, 30)
        assert d is not None
        assert (d.slope_per_mw, d.grows, d.falls) == (0.0, False, False)


def test_blocks_sum_both_sides_and_leave_out_what_has_no_load_or_no_fuel() -> None:
    load = np.array([100.0, 200.0, np.nan, 300.0, 300.0])
    at = minutes(5)
    at[3:] += 600_000
    fuel = np.array([1.0, 2.0, 9.0, 0.0, 0.0])
    mean_load, stack, total = blocks(Matched(at, np.array([2.0, 2.0, 9.0, 1.0, 1.0]), fuel, load, 1 / 60), 10)
    assert (mean_load.tolist(), stack.tolist(), total.tolist()) == ([150.0], [4.0], [3.0])


def test_what_has_no_ratio_is_refused_by_name() -> None:
    load, one = np.linspace(100, 200, 12), np.ones(12)
    for fuel in (np.zeros(12), -one, np.full(12, math.nan), np.ones(11)):
        with pytest.raises(RuleError):
            dependence(load, one, fuel, 30)
    for width in (0.0, -1.0, math.nan):
        with pytest.raises(RuleError, match="width of a band"):
            dependence(load, one, one, width)
    empty = np.empty(0)
    with pytest.raises(RuleError, match="length of a block"):
        blocks(Matched(empty.astype(np.int64), empty, empty, empty, 1.0), 0.0)
