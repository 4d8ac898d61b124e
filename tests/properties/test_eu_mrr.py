"""EU MRR: substitutes never lie below the mean, 80 % is monotone, parts add up, averages recombine, carbon closes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cems.channels import Moisture
from reconcile.parameters import load_parameters
from reconcile.rulebooks.equations import eu_mrr, stoichiometry
from reconcile.rulebooks.equations.stoichiometry import Fuel
from reconcile.rulebooks.eu_notifications import notifications
from reconcile.rulebooks.substitution.eu_mrr import substitute_concentration
from reconcile.rulebooks.validity.eu_mrr import valid_hours

NORMAL = eu_mrr.normal_of(load_parameters())
AIR = stoichiometry.air_of(load_parameters())
CONC = st.floats(0, 2000, allow_subnormal=False)
TONNES = st.floats(0, 1e7, allow_subnormal=False)
DAY = 86_400_000


@st.composite
def hours(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n = draw(st.integers(1, 40))
    value = draw(hnp.arrays(np.float64, n, elements=st.one_of(CONC, st.just(math.nan))))
    valid, operating = (draw(hnp.arrays(np.bool_, n)) for _ in range(2))
    return value, valid, operating


@given(hours())
def test_substitutes_lie_above_the_mean_and_leave_measurements_alone(
    case: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    value, valid, operating = case
    fed = valid & operating & np.isfinite(value)
    filled = substitute_concentration(value, valid, operating)
    assert np.array_equal(filled.value[fed], value[fed])
    assert np.isnan(filled.value[~operating]).all()
    assert not filled.substituted[fed | ~operating].any()
    missing = operating & ~fed
    if fed.sum() >= 2:
        assert filled.substituted[missing].all()
        assert (filled.value[missing] >= value[fed].mean() * (1 - 1e-12)).all()
        assert (filled.value[missing] <= 1e-9 + value[fed].mean() + 2 * np.std(value[fed], ddof=1) * (1 + 1e-9)).all()
    else:
        assert np.isnan(filled.value[missing]).all()
        assert bool(filled.refusals) == bool(missing.any())


@given(hours(), st.integers(0, 2**32))
def test_what_stands_in_missing_hours_changes_nothing(
    case: tuple[np.ndarray, np.ndarray, np.ndarray], seed: int
) -> None:
    value, valid, operating = case
    other = np.where(valid & operating, value, np.random.default_rng(seed).uniform(0, 5000, value.size))
    one, two = (substitute_concentration(v, valid, operating).value for v in (value, other))
    assert one.tobytes() == two.tobytes()


@given(hnp.arrays(np.bool_, (5, 12)), hnp.arrays(np.bool_, (5, 12)), hnp.arrays(np.bool_, (5, 12)), st.data())
def test_a_point_less_never_makes_an_hour_valid(
    present: np.ndarray, operating: np.ndarray, excused: np.ndarray, data: st.DataObject
) -> None:
    before = valid_hours(present, operating, excused)
    fewer = present & data.draw(hnp.arrays(np.bool_, (5, 12)))
    assert not (valid_hours(fewer, operating, excused) & ~before).any()
    assert np.array_equal(valid_hours(present, operating, ~excused), before)
    assert np.array_equal(valid_hours(present & operating, operating, excused), before)


@given(st.integers(1, 60), st.integers(0, 60))
def test_80_pct_in_whole_numbers(n_max: int, n_valid: int) -> None:
    assume(n_valid <= n_max)
    point = np.arange(60)[None, :]
    got = valid_hours(point < n_valid, point < n_max, point < 0)
    assert bool(got[0]) == (100 * n_valid >= 80 * n_max)


@given(TONNES, TONNES, st.floats(0, 1), st.floats(0, 1))
def test_biogenic_and_fossil_are_the_total(measured: float, co: float, share: float, handed: float) -> None:
    whole = eu_mrr.emissions(measured, co, 0.0, 0.0, NORMAL).total_t
    biogenic = whole * share
    transferred = (whole - biogenic) * handed * (1 - 1e-9)
    parts = eu_mrr.emissions(measured, co, biogenic, transferred, NORMAL)
    assert math.fsum((parts.biogenic_t, parts.fossil_t)) == pytest.approx(parts.total_t, rel=1e-15, abs=1e-300)
    assert math.fsum((parts.biogenic_t, parts.transferred_t, parts.reported_t)) == pytest.approx(
        whole, rel=1e-15, abs=1e-300
    )
    assert 0 <= parts.reported_t <= parts.fossil_t <= whole


@given(st.lists(st.tuples(st.floats(1e-3, 2000), st.floats(1, 1e7)), min_size=1, max_size=50))
def test_averages_recombine_to_the_total(rows: list[tuple[float, float]]) -> None:
    conc, volume = np.array(rows).T
    dry = Moisture.DRY
    year = eu_mrr.annual(conc, volume, np.ones(conc.size, dtype=bool), conc_basis=dry, volume_basis=dry)
    assert year.recombined_t == pytest.approx(year.total_t, rel=1e-12)
    assert year.total_t == pytest.approx(math.fsum(c * v for c, v in rows) / 1e6, rel=1e-12)
    assert year.emission_kg_h * year.hours_op == pytest.approx(1000 * year.total_t, rel=1e-12)
    assert conc.min() * (1 - 1e-12) <= year.conc_g_nm3 <= conc.max() * (1 + 1e-12)


@given(st.floats(0.3, 0.9), st.floats(0, 0.1), st.floats(0, 20.9))
def test_carbon_closes_at_every_excess_air(c: float, h: float, o2: float) -> None:
    fuel = Fuel(c=c, h=h)
    share = stoichiometry.co2_fraction_dry(fuel, o2, AIR)
    assert float(stoichiometry.closure(fuel, o2, share, AIR)) == pytest.approx(1.0, rel=1e-12)
    assert float(stoichiometry.dry_gas(fuel, o2, AIR) * share) * 12.011 == pytest.approx(c, rel=1e-12)


@given(st.floats(1e4, 1e6), st.floats(0.2, 0.3), st.floats(0, 20))
def test_flow_grows_with_o2_as_air_dilutes(heat: float, factor: float, o2: float) -> None:
    here = float(stoichiometry.flow_from_heat(heat, factor, o2, AIR))
    assert here * (20.95 - o2) / 20.95 == pytest.approx(heat * factor, rel=1e-12)


@given(st.lists(st.tuples(st.integers(0, 700), st.integers(1, 12)), max_size=8), st.sampled_from([-5.0, 0.0, 8.0]))
def test_notifications_against_a_plain_count_of_days(spans: list[tuple[int, int]], offset: float) -> None:
    """A day is out when a span covers it; the sixth in a row within one year makes a notification."""
    shift = int(offset * 3_600_000)
    outages = [(first * DAY - shift, (first + n) * DAY - shift) for first, n in spans]
    out = np.zeros(730, dtype=bool)
    for first, n in spans:
        out[first : first + n] = True
    found, run = [], 0
    for day in range(730):  # local days of 1970 and 1971, 365 days each
        run = 0 if day == 365 else run
        run = run + 1 if out[day] else 0
        if run == 6:
            found.append(1970 + day // 365)
    assert [n.year for n in notifications(outages, offset, 5)] == found
