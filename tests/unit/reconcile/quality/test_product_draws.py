"""The law of propagation against draws, and the short exact ways of drawing against the long one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.quality.gum_validation import validate_gum
from reconcile.quality.monte_carlo import Settings
from reconcile.quality.product_draws import monte_carlo_of_products, product_block
from reconcile.quality.products import Kind, Products, Source, Target, products, sum_of_products

FEW = Settings(block=10_000, max_trials=400_000, probability=0.95, digits=1, share=0.2)


def terms_of(n: int) -> Products:
    hours = np.arange(n)
    return products(12 + np.sin(hours / 5), 100 + 20 * np.cos(hours / 3), 0.01)


def random_sources(rng: np.random.Generator) -> list[Source]:
    """Sources of all kinds, some of them sharing a cause."""
    targets: tuple[Target, ...] = ("concentration", "flow", "product")
    found = []
    kinds: tuple[Kind, ...] = ("random", "serial", "scale", "offset", "scale", "offset")
    for i, kind in enumerate(kinds):
        on = targets[int(rng.integers(2 if kind == "offset" else 3))]
        u = float(rng.uniform(0.002, 0.03)) * (10.0 if kind == "offset" else 1.0)
        phi = float(rng.uniform(-0.5, 0.8)) if kind == "serial" else 0.0
        group = "analyser" if kind in ("scale", "offset") and rng.random() < 0.5 else ""
        found.append(Source(str(i), kind, on, u, phi=phi, group=group, loading=float(rng.uniform(-1, 1))))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_gum_holds_for_small_errors(seed: int) -> None:
    terms, sources = terms_of(24), random_sources(np.random.default_rng(seed))
    budget = sum_of_products(terms, sources)
    found = monte_carlo_of_products(terms, sources, FEW, seed)
    assert found.settled
    assert found.mean == pytest.approx(terms.total_t, abs=budget.standard_t / 50)
    assert validate_gum(terms.total_t, budget.standard_t, found, digits=1).valid


@pytest.mark.parametrize("on", ["concentration", "flow", "product"])
def test_the_short_way_draws_what_the_long_way_draws(on: Target) -> None:
    """A second hourly source too small to matter forces the long way; the errors are large enough to be non-linear."""
    terms = products(
        np.linspace(8, 14, 12), np.linspace(120, 80, 12), 0.01, hour=[0, 1, 2, 5, 6, 7, 20, 21, 22, 23, 30, 31]
    )
    sources = [
        Source("serial", "serial", on, 0.3, phi=0.7, group="meter", loading=0.8),
        Source("again", "serial", on, 0.2, phi=0.7, group="meter", loading=-0.5),
        Source("noise", "random", on, 0.2),
        Source("c", "scale", "concentration", 0.2, shape="rectangular"),
        Source("q", "scale", "flow", 0.1, shape="triangular"),
        Source("f", "scale", "product", 0.1),
        Source("a", "offset", "concentration", 1.0),
        Source("b", "offset", "flow", 10.0),
    ]
    other: Target = "flow" if on == "concentration" else "concentration"
    rng = np.random.default_rng(4)
    n = 100_000
    short = product_block(terms, sources)(rng, n)
    long = product_block(terms, [*sources, Source("tiny", "random", other, 1e-9)])(rng, n)
    assert short.shape == long.shape == (n,)
    spread = short.std()
    assert abs(short.mean() - long.mean()) < 4 * spread * math.sqrt(2 / n)
    assert long.std() == pytest.approx(spread, rel=0.015)
    ends = [0.025, 0.25, 0.5, 0.75, 0.975]
    assert np.quantile(short, ends) == pytest.approx(np.quantile(long, ends), abs=0.03 * spread)


def test_few_cells_give_the_same_law() -> None:
    """Bounded memory: seven numbers at once are one trial of seven hours at a time."""
    terms = terms_of(7)
    sources = [Source("c", "random", "concentration", 0.1), Source("q", "serial", "flow", 0.1, phi=0.5)]
    one = product_block(terms, sources, cells=7)(np.random.default_rng(1), 4000)
    many = product_block(terms, sources)(np.random.default_rng(2), 4000)
    assert one.std() == pytest.approx(many.std(), rel=0.06)
    assert one.std() == pytest.approx(sum_of_products(terms, sources).standard_t, rel=0.05)


def test_random_errors_that_share_a_cause_within_the_hour() -> None:
    """c and q err together: with loading 1 the relative errors add, against each other they cancel to second order."""
    terms = terms_of(50)
    for loading, u in ((1.0, 0.04), (-1.0, 0.0)):
        pair = [
            Source("c", "random", "concentration", 0.02, group="O2"),
            Source("q", "random", "flow", 0.02, group="O2", loading=loading),
        ]
        drawn = product_block(terms, pair)(np.random.default_rng(8), 20_000)
        root = math.sqrt(math.fsum((terms.factor_t * terms.concentration * terms.flow) ** 2))
        assert sum_of_products(terms, pair).random_t == pytest.approx(u * root, abs=1e-12)
        # The product of the two errors, ±u²·z², has the standard deviation √2·u²; the law of propagation leaves it out.
        assert drawn.std() == pytest.approx(math.hypot(u, math.sqrt(2) * 0.02**2) * root, rel=0.02)


def test_the_seed_is_the_run() -> None:
    terms, sources = terms_of(5), [Source("c", "random", "concentration", 0.1)]
    one, again, other = (monte_carlo_of_products(terms, sources, FEW, seed) for seed in (3, 3, 4))
    assert one == again
    assert one.mean != other.mean
    assert one.seed == 3


def test_nothing_uncertain_is_drawn_as_it_is() -> None:
    found = monte_carlo_of_products(terms_of(5), [], FEW, 0)
    assert (found.u, found.low, found.high, found.settled) == (0.0, found.mean, found.mean, True)
    assert found.mean == pytest.approx(terms_of(5).total_t, rel=1e-15)


def test_a_year_of_hours_by_the_short_way_is_quick_and_small() -> None:
    terms = terms_of(8760)
    sources = [
        Source("process", "serial", "flow", 0.02, phi=0.5),
        Source("gas", "scale", "concentration", 0.01),
    ]
    found = monte_carlo_of_products(terms, sources, FEW, 1)
    assert found.u == pytest.approx(sum_of_products(terms, sources).standard_t, rel=0.02)


def test_no_cell_no_draw() -> None:
    with pytest.raises(RuleError):
        product_block(terms_of(3), [], cells=0)
