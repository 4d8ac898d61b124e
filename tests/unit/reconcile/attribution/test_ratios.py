"""Ratios of hours and days from the simulated unit, against what its physics says."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.attribution.fuelside import UnitSide, account
from reconcile.attribution.line import Line, fo_of_fuel, line_of
from reconcile.attribution.ratios import Ratios, daily, hourly
from reconcile.attribution.reference import Curve, Reference, noise_of, ratio_rule_of
from reconcile.attribution.reference_fit import fit_reference
from reconcile.parameters import load_parameters
from tests.unit.reconcile.attribution.plant import OFFSET_MS, Shown, hours_of, shown, side_of, struck

TABLE = load_parameters()
RULE = ratio_rule_of(TABLE)
DAY = 86_400_000


def reference(s: Shown, days: int = 21, line: Line = Line.FUEL) -> Reference:
    start = int(s.start_ms[0])
    return fit_reference(hours_of(s), [side_of(s)], line, (start, start + days * DAY), OFFSET_MS, TABLE, RULE)


def ratios(s: Shown, ref: Reference | None = None, line: Line = Line.FUEL) -> tuple[Ratios, Ratios]:
    rows = hourly(hours_of(s), [side_of(s)], line, ref, OFFSET_MS, TABLE, RULE)
    return rows, daily(rows, OFFSET_MS, RULE)


def test_rm_is_rq_times_rc_of_hours_and_days() -> None:
    for rows in ratios(shown()):
        good = np.isfinite(rows.rm)
        assert good.sum() > 40
        assert np.isfinite(rows.rc[good]).all()
        np.testing.assert_allclose(rows.rq[good] * rows.rc[good], rows.rm[good], rtol=1e-14)
        np.testing.assert_allclose(rows.fo[good] * rows.rc[good], fo_of_fuel(TABLE, "bituminous"), rtol=1e-13)


def test_healthy_ratios_stand_at_one() -> None:
    s = shown()
    rows, days = ratios(s, reference(s))
    # flow +0.8 %, CO2 +0.6 %, coal +0.2 % by the seed: 1.008 · 1.006 / 1.002
    assert np.nanmedian(days.rm) == pytest.approx(1.012, abs=0.006)
    for name in ("ql", "ghr", "ghr_o2"):
        assert np.nanmedian(getattr(days, name)) == pytest.approx(1.0, abs=0.004)
        assert np.nanstd(getattr(rows, name)) < 0.03


def test_days_are_ratios_of_sums() -> None:
    rows, days = ratios(shown())
    third = slice(72, 96)
    assert days.rm[3] == pytest.approx(
        math.fsum(rows.monitored_t[third]) / math.fsum(rows.accounted_t[third]), rel=1e-14
    )
    assert days.hours[3] == 24
    assert math.fsum(rows.accounted_t[third]) == pytest.approx(side_of(shown()).days.co2_t[3], rel=1e-12)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ({"flow_wet": 1.05}, {"rm": 1.05, "rc": 1.0, "rq": 1.05, "ql": 1.05, "ghr": 1.05, "ghr_o2": 1.05}),
        ({"co2": 0.94}, {"rm": 0.94, "rc": 0.94, "rq": 1.0, "ql": 1.0, "ghr": 0.94, "ghr_o2": 1.0}),
        ({"fuel_t": 1.04}, {"rm": 1 / 1.04, "rc": 1.0, "rq": 1 / 1.04, "ql": 1.0, "ghr": 1.0, "heat_rate": 1.04}),
        ({"carbon": 1.04}, {"rm": 1 / 1.04, "heat_rate": 1.0, "carbon_per_heat": 1.04, "ql": 1.0}),
    ],
)
def test_ratios_follow_the_table_of_signatures(rows: dict[str, float], expected: dict[str, float]) -> None:
    """A row scaled from day 28 on moves each ratio by what the table says, exactly where the table is exact."""
    s = shown()
    ref = reference(s)
    sick = struck(s, 28, lambda x: {name: factor * getattr(x, name) for name, factor in rows.items()})
    healthy, faulty = (ratios(x, ref)[1] for x in (s, sick))
    for name, factor in expected.items():
        moved = getattr(faulty, name)[28:] / getattr(healthy, name)[28:]
        np.testing.assert_allclose(moved, factor, rtol=1e-9, err_msg=name)
        np.testing.assert_array_equal(getattr(faulty, name)[:28], getattr(healthy, name)[:28])


def test_an_o2_error_moves_weight_between_rq_and_rc_only() -> None:
    s = shown()
    sick = struck(s, 28, lambda x: {"o2": 1.05 * x.o2})
    healthy, faulty = (ratios(x)[0] for x in (s, sick))
    k = 0.05 * s.o2 / (20.9 - s.o2)
    late = np.arange(len(healthy)) >= 28 * 24
    late &= np.isfinite(healthy.rm)
    np.testing.assert_array_equal(faulty.rm, healthy.rm)
    np.testing.assert_allclose((faulty.rc / healthy.rc)[late], 1 / (1 - k[late]), rtol=1e-12)
    np.testing.assert_allclose((faulty.rq / healthy.rq)[late], 1 - k[late], rtol=1e-12)


def test_common_dilution_leaves_the_line_and_the_raw_flow() -> None:
    s = shown()
    ref = reference(s)
    d = 0.05
    sick = struck(s, 28, lambda x: {"co2": (1 - d) * x.co2, "o2": (1 - d) * x.o2 + d * 20.9})
    healthy, faulty = (ratios(x, ref)[1] for x in (s, sick))
    for name, factor in {"rm": 1 - d, "rc": 1.0, "rq": 1 - d, "ql": 1.0, "ghr": 1 - d, "fo": 1.0}.items():
        moved = getattr(faulty, name)[28:] / getattr(healthy, name)[28:]
        np.testing.assert_allclose(moved, factor, rtol=1e-9, err_msg=name)
    assert np.nanmean((faulty.gaps["o2_gap"] - healthy.gaps["o2_gap"])[28:]) == pytest.approx(0.05 * 15.4, abs=0.1)


def test_two_units_share_a_stack() -> None:
    s = shown()
    half = replace(s, fuel_t=s.fuel_t / 2)
    whole = account(hours_of(s), [side_of(s)], OFFSET_MS, TABLE)
    two = account(hours_of(s), [side_of(half), side_of(half)], OFFSET_MS, TABLE)
    np.testing.assert_allclose(two.co2_t, whole.co2_t, rtol=1e-13)
    np.testing.assert_allclose(two.fo, whole.fo, rtol=1e-13)
    quarter = account(hours_of(s), [side_of(s, share=0.25)], OFFSET_MS, TABLE)
    np.testing.assert_allclose(quarter.co2_t, 0.25 * whole.co2_t, rtol=1e-13)


def test_a_recorded_fuel_switch_moves_the_line() -> None:
    s = shown()
    side = side_of(s)
    names = np.array(["bituminous"] * 28 + ["lignite"] * 28)
    switched = UnitSide(replace(side.days, fuel=names), "bituminous")
    fo = account(hours_of(s), [switched], OFFSET_MS, TABLE).fo
    assert fo[27 * 24] == pytest.approx(1.1356, abs=5e-5)
    assert fo[28 * 24] == pytest.approx(1.0789, abs=5e-5)


def test_days_without_a_record_or_cut_by_the_span_have_no_account() -> None:
    s = shown()
    side = side_of(s)
    co2 = side.days.fuel_co2_t.copy()
    co2[5] = np.nan
    holed = UnitSide(replace(side.days, fuel_co2_t=co2), "bituminous")
    per_hour = account(hours_of(s).part(int(s.start_ms[7]), int(s.start_ms[-5])), [holed], OFFSET_MS, TABLE).co2_t
    known = np.isfinite(per_hour)
    assert not known[:17].any()  # the rest of day 0
    assert not known[4 * 24 + 17 : 5 * 24 + 17].any()  # day 5
    assert not known[-19:].any()  # the last day lacks its last five hours
    assert known.sum() == (len(co2) - 3) * 24


def test_a_feed_that_is_not_known_is_stood_in_for_by_load() -> None:
    s = shown()
    gone = replace(s, feed=np.where(np.arange(s.feed.size) % 3 == 0, np.nan, s.feed))
    full, holed = (account(hours_of(x), [side_of(x)], OFFSET_MS, TABLE).co2_t for x in (s, gone))
    days = full.reshape(-1, 24).sum(axis=1)
    np.testing.assert_allclose(holed.reshape(-1, 24).sum(axis=1), days, rtol=1e-12)
    assert np.nanmax(np.abs(holed / np.where(full > 0, full, np.nan) - 1)) < 0.15


def test_points_without_load_or_o2() -> None:
    s = shown()
    bare = replace(s, load=np.full(s.load.size, np.nan), o2=np.full(s.o2.size, np.nan))
    ref = reference(bare)
    _, days = ratios(bare, ref)
    assert np.isfinite(days.rm).sum() > 50
    for name in ("rc", "rq", "ql", "ghr"):
        assert np.isnan(getattr(days, name)).all()


def test_a_point_without_a_unit_has_no_account() -> None:
    s = shown()
    assert np.isnan(account(hours_of(s), [], OFFSET_MS, TABLE).co2_t).all()
    rows = hourly(hours_of(s), [], Line.OWN, None, OFFSET_MS, TABLE, RULE)
    assert np.isnan(rows.rm).all()
    assert np.isnan(daily(rows, OFFSET_MS, RULE).rm).all()


def test_lines_by_sector() -> None:
    assert line_of("cement", ["bituminous"]) is Line.OWN
    assert line_of("steel", ["natural_gas"]) is Line.OWN
    assert line_of("waste", ["waste"]) is Line.OWN
    assert line_of("aluminium", ["bituminous"]) is Line.NONE
    assert line_of("power", ["bituminous", "natural_gas"]) is Line.FUEL
    assert line_of("power", []) is Line.OWN


def test_a_point_of_its_own_line_stands_at_one_and_sees_its_analyser() -> None:
    s = shown()
    ref = reference(s, line=Line.OWN)
    sick = struck(s, 28, lambda x: {"co2": 1.03 * x.co2})
    days = ratios(sick, ref, Line.OWN)[1]
    assert np.nanmedian(days.rc[:28]) == pytest.approx(1.0, abs=0.004)
    assert np.nanmedian(days.rc[28:]) == pytest.approx(1.03, abs=0.006)
    assert np.isnan(ratios(s, ref, Line.NONE)[1].rc).all()


def test_a_reference_needs_hours() -> None:
    s = shown()
    with pytest.raises(RuleError, match="healthy hours are too few"):
        reference(s, days=2)


def test_noise_is_robust_and_knows_its_neighbours() -> None:
    rng = np.random.default_rng(7)
    steps = rng.standard_normal(4000)
    series = np.empty(4000)
    last = 0.0
    for i, e in enumerate(steps):
        last = 0.6 * last + 0.8 * e
        series[i] = last
    series[::97] += 50  # wild values move neither
    found = noise_of(series, RULE, 10)
    assert found is not None
    assert (found.level, found.sigma) == (pytest.approx(0, abs=0.1), pytest.approx(1, abs=0.07))
    assert found.phi == pytest.approx(0.6, abs=0.12)
    assert noise_of(np.full(20, np.nan), RULE, 5) is None


def test_a_curve_says_nothing_beyond_its_reach() -> None:
    curve = Curve(np.array([100.0, 200.0]), np.array([5.0, 6.0]), 20.0)
    assert curve.at(np.array([80.0, 79.9, 220.0, 220.1])).tolist()[:1] == [5.0]
    assert np.isnan(curve.at(np.array([79.9, 220.1]))).all()
