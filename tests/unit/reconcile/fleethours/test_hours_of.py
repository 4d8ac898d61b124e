"""Hours of a point from made-up minutes, reckoned by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cems.channels import Moisture
from cems.clock import HOUR_MS
from cems.errors import RuleError
from reconcile.fleethours.columns import COLUMNS, from_columns, to_columns
from reconcile.fleethours.make import hours_of, look_back_ms
from reconcile.fleethours.rows import PointMinutes, UnitMinutes, joined, rows_of
from reconcile.parameters import load_parameters
from reconcile.pointhours import SPREAD_OF, PointHours
from tests.unit.reconcile.fleethours import made

PARAMETERS = load_parameters()
START_MS = made.START_MS


def hours(point_rows, unit_rows, n=24, first=0, point=None, unit=None):
    units = [] if unit_rows is None else [(unit or made.UNIT, unit_rows)]
    span = (START_MS + first * HOUR_MS, START_MS + (first + n) * HOUR_MS)
    return hours_of(point or made.POINT, point_rows, units, span, PARAMETERS)


def same(a: PointHours, b: PointHours) -> bool:
    one, two = to_columns(a), to_columns(b)
    return all(np.array_equal(one[c], two[c], equal_nan=one[c].dtype.kind == "f") for c in COLUMNS)


STILL = {
    "co2": 12.0,
    "o2": 7.0,
    "velocity": 15.0,
    "temperature": 52.0,
    "pressure": -150.0,
    "barometric": 101_325.0,
    "moisture": 13.0,
    "load": 300.0,
}


def test_mass_of_a_still_hour_is_the_product_of_the_rule():
    rows, unit = made.minutes(2, **STILL)
    got = hours(rows, unit, 2)
    # By hand: Qs = 3600·20·15 = 1 080 000 m3/h; ·273/(273+52)·(101325−150)/101325·(1−0.13) = 788 095.585 dry.
    dry = 1_080_000 * 273 / 325 * 101_175 / 101_325 * 0.87
    # C = 44/22.4·120 000 µmol/mol = 235 714.2857 mg/m3.
    assert got.status.tolist() == ["valid", "valid"]
    assert got.co2_kg == pytest.approx([235_714.285714286 * dry / 1e6] * 2, rel=1e-9)
    assert got.flow_wet_std == pytest.approx([dry / 0.87] * 2, rel=1e-9)
    assert got.pressure_pa == pytest.approx([101_175.0] * 2)
    assert got.load.tolist() == [300.0, 300.0]


def test_wet_analysers_are_made_dry_minute_by_minute():
    rows, unit = made.minutes(1, **STILL)
    wet = made.POINT.model_copy(update={"co2_basis": Moisture.WET, "o2_basis": Moisture.WET})
    got = hours(rows, unit, 1, point=wet)
    assert got.co2_pct_dry[0] == pytest.approx(12.0 / 0.87)
    assert got.o2_pct_dry[0] == pytest.approx(7.0 / 0.87)


@pytest.mark.parametrize(("lost", "status"), [(15, "valid"), (16, "invalid")])
def test_forty_five_minutes_make_an_hour(lost, status):
    rows, unit = made.minutes(1, before=0)
    got = hours(made.changed(rows, slice(0, lost), gas_status=1), unit, 1)
    assert got.status.tolist() == [status]
    assert np.isfinite(got.co2_kg[0]) == (status == "valid")
    assert got.gas_minutes[0].tolist() == [60 - lost, lost, 0, 0, 0, 0]
    assert got.flow_minutes[0].tolist() == [60, 0, 0, 0, 0, 0]


def test_missing_and_stopped_hours():
    rows, unit = made.minutes(3, before=0)
    rows = made.changed(rows, slice(60, 120), gas_status=4, flow_status=4)
    unit = made.changed(unit, slice(60, 120), load=0)
    got = hours(made.taken(rows, np.arange(120)), unit, 3)
    assert got.status.tolist() == ["valid", "stopped", "missing"]
    assert got.operating_h.tolist() == [1.0, 0.0, 1.0]


def test_codes_are_counted_and_taken_for_no_reading():
    rows, unit = made.minutes(1, before=0)
    where = np.array([3, 9, 40])
    rows = made.changed(rows, where, co2=np.array([-9999, np.nan, 1e25], dtype=np.float32))
    rows = made.changed(rows, 50, velocity=40.001)
    got = hours(rows, unit, 1)
    assert got.spread.bad[0].tolist() == [3, 0, 1, 0, 0, 0]
    assert got.spread.n[0].tolist() == [57, 60, 59, 60, 60, 60]
    assert got.spread_of("co2", "high")[0] < 25
    full = hours(made.changed(rows, 50, velocity=40.0), unit, 1)
    assert full.spread_of("velocity", "n")[0] == 60, "the full scale itself is a reading"


def test_no_word_is_no_bad_reading():
    rows, unit = made.minutes(1, before=0)
    got = hours(made.changed(rows, slice(0, 10), gas_status=3, co2=-9999.0), unit, 1)
    assert got.spread_of("co2", "bad")[0] == 0
    assert got.gas_minutes[0, 3] == 10


def test_order_and_doubles_leave_no_trace_but_the_count():
    rows, unit = made.minutes(26)
    plain = hours(rows, unit, 26)
    rng = np.random.default_rng(5)
    doubled = np.concatenate([np.arange(rows.time_s.size), [24 * 60 + 5, 24 * 60 + 5, 24 * 60 + 70]])
    got = hours(made.taken(rows, rng.permutation(doubled)), made.taken(unit, rng.permutation(unit.time_s.size)), 26)
    assert got.doubled.tolist() == [1, 1] + [0] * 24
    columns = to_columns(got) | {"doubled": plain.doubled}
    assert same(from_columns(columns), plain)


def test_two_rows_of_one_minute_the_same_one_is_kept_whatever_the_order():
    rows, unit = made.minutes(1, before=0)
    other = made.changed(rows, slice(None), co2=np.float32(1.0))
    one, two = hours(joined((rows, other)), unit, 1), hours(joined((other, rows)), unit, 1)
    assert same(one, two)
    assert one.doubled[0] == 60


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 71), max_size=4, unique=True), st.integers(0, 1000))
def test_cuts_change_nothing(cuts, seed):
    rng = np.random.default_rng(seed)
    rows, unit = made.minutes(72, seed=3)
    rows = made.changed(rows, rng.integers(0, rows.time_s.size, 200), co2=np.nan)
    first = int(rng.integers(0, 5000))
    rows = made.changed(rows, slice(first, first + 700), co2=np.float32(11.5))
    rows = made.taken(rows, np.flatnonzero(rng.random(rows.time_s.size) > 0.02))
    whole = hours(rows, unit, 72)
    edges = [0, *sorted(cuts), 72]
    parts = []
    for a, b in pairwise(edges):
        low, high = START_MS + a * HOUR_MS - look_back_ms(PARAMETERS), START_MS + b * HOUR_MS
        near = (rows.time_s * 1000 >= low) & (rows.time_s * 1000 < high)
        near_unit = (unit.time_s * 1000 >= low) & (unit.time_s * 1000 < high)
        part = made.taken(rows, np.flatnonzero(near))
        parts.append(hours(part, made.taken(unit, np.flatnonzero(near_unit)), b - a, a))
    assert same(PointHours.joined(parts), whole)


def test_a_run_is_counted_over_hours_up_to_a_day_back():
    rows, unit = made.minutes(30)
    first = 24 * 60 + 50  # ten minutes before the end of the first hour
    rows = made.changed(rows, slice(first, first + 28 * 60), o2=np.float32(6.25))
    run = hours(rows, unit, 30).spread_of("o2", "run")
    assert run[:3].tolist() == [10, 70, 130]
    assert run[23:28].tolist() == [10 + 23 * 60, 10 + 24 * 60, 1500, 1500, 1500]
    # The last hour still holds 50 minutes of the run, and looks back upon 1440 minutes before it.
    assert run[28] == 1440 + 50
    assert run[29] == 1


def test_minutes_without_reading_neither_count_nor_end_a_run():
    rows, unit = made.minutes(2)
    rows = made.changed(rows, slice(24 * 60, 26 * 60), co2=np.float32(12.5))
    rows = made.changed(rows, slice(24 * 60 + 55, 24 * 60 + 65), gas_status=1)
    assert hours(rows, unit, 2).spread_of("co2", "run").tolist() == [55, 110]


@pytest.mark.parametrize("late", [-90, -20, 0, 35, 180])
def test_lag_of_a_shifted_clock_is_found(late):
    rows, unit = made.minutes(60, before=30)
    shifted = made.changed(rows, slice(None), time_s=rows.time_s + 60 * late)
    got = hours(shifted, unit, 48)
    assert np.nanmedian(got.lag_min) == pytest.approx(late, abs=4)
    assert np.nanmedian(got.lag_gas_min) == pytest.approx(late, abs=5)
    assert np.isfinite(got.lag_min).mean() > 0.5


def test_no_lag_is_told_of_a_still_load_or_without_a_unit():
    rows, unit = made.minutes(24, load=300.0)
    assert np.isnan(hours(rows, unit, 24).lag_min).all()
    alone = hours(rows, None, 24)
    assert np.isnan(alone.lag_min).all()
    assert np.isnan(alone.load).all()
    assert (alone.fan_state == -1).all()
    assert alone.status.tolist() == ["valid"] * 24


def test_spread_of_an_hour_against_plain_figures():
    rows, unit = made.minutes(1, before=0)
    got = hours(rows, unit, 1)
    x = rows.co2.astype(np.float64)
    k = SPREAD_OF.index("co2")
    assert got.spread.mean[0, k] == pytest.approx(sum(x) / 60)
    assert got.spread.sd[0, k] == pytest.approx(np.std(x, ddof=1))
    assert (got.spread.low[0, k], got.spread.high[0, k]) == (x.min(), x.max())
    off = x - x.mean()
    assert got.spread.lag1[0, k] == pytest.approx(sum(off[1:] * off[:-1]) / sum(off * off))


def test_clipped_minutes_are_counted_at_both_ends():
    rows, unit = made.minutes(1, before=0)
    rows = made.changed(rows, slice(10, 25), co2=np.float32(25.0))
    rows = made.changed(rows, slice(30, 37), co2=np.float32(1.0))
    got = hours(rows, unit, 1)
    assert (got.spread_of("co2", "at_high")[0], got.spread_of("co2", "at_low")[0]) == (15, 7)


def test_fingerprints_are_equal_only_for_equal_minutes():
    rows, unit = made.minutes(48, before=0)
    day = {name: getattr(rows, name)[: 24 * 60] for name in ("co2", "o2")}
    copied = made.changed(rows, slice(24 * 60, None), **day)
    prints = hours(copied, unit, 48).fingerprint
    assert np.array_equal(prints[:24], prints[24:])
    assert np.unique(prints[:24]).size == 24
    one = made.changed(copied, 24 * 60 + 7, co2=np.nextafter(copied.co2[24 * 60 + 7], np.float32(99)))
    assert hours(one, unit, 48).fingerprint[24] != prints[24]
    few = made.changed(copied, slice(0, 31), gas_status=2)
    assert hours(few, unit, 48).fingerprint[0] == 0
    enough = made.changed(copied, slice(0, 30), gas_status=2)
    assert hours(enough, unit, 48).fingerprint[0] != 0


def test_digits_of_a_coarse_instrument_are_all_zero():
    rows, unit = made.minutes(1, before=0)
    coarse = made.changed(rows, slice(None), co2=np.round(rows.co2.astype(np.float64), 1).astype(np.float32))
    assert hours(coarse, unit, 1).digits[0].tolist() == [60] + [0] * 9
    fine = made.changed(rows, slice(None), co2=(12 + np.arange(60) / 100).astype(np.float32))
    assert hours(fine, unit, 1).digits[0].tolist() == [6] * 10


def test_two_units_count_by_their_shares():
    rows, first = made.minutes(1, before=0, **STILL)
    _, second = made.minutes(1, before=0, **(STILL | {"load": 100.0}))
    second = made.changed(second, slice(None), boiler_o2=np.float32(6.0), bypass_open=0, fan_state=1)
    second = made.changed(second, slice(0, 15), bypass_open=1)
    one = made.UNIT.model_copy(update={"shares": {"stack-1": 0.5}})
    two = made.UNIT.model_copy(update={"code": "unit-2", "shares": {"stack-1": 1.0}})
    span = (START_MS, START_MS + HOUR_MS)
    got = hours_of(made.POINT, rows, [(one, first), (two, second)], span, PARAMETERS)
    assert got.load[0] == pytest.approx(0.5 * 300 + 100)
    # O2 4 % at 150 MW and 6 % at 100 MW: 4.8 %.
    assert got.boiler_o2_pct[0] == pytest.approx(4.8)
    assert got.bypass_open[0] == 0.25
    assert got.fan_state[0] == 2
    silent = made.changed(second, slice(None), bypass_open=-1)
    got = hours_of(made.POINT, rows, [(two, silent)], span, PARAMETERS)
    assert np.isnan(got.bypass_open[0])


def test_the_most_frequent_label_of_the_fans_and_the_lower_of_equals():
    rows, unit = made.minutes(2, before=0)
    unit = made.changed(unit, slice(0, 30), fan_state=1)
    unit = made.changed(unit, slice(60, 91), fan_state=-1)
    assert hours(rows, unit, 2).fan_state.tolist() == [1, 2]


def test_what_is_refused():
    rows, unit = made.minutes(1)
    other = made.UNIT.model_copy(update={"shares": {"stack-9": 1.0}})
    with pytest.raises(RuleError, match="no gas of unit"):
        hours(rows, unit, 1, unit=other)
    with pytest.raises(RuleError, match="whole hour"):
        hours_of(made.POINT, rows, [], (START_MS + 1, START_MS + HOUR_MS), PARAMETERS)
    with pytest.raises(RuleError, match="one length"):
        PointMinutes(*([rows.time_s] * 9), rows.time_s[:3])  # type: ignore[arg-type]
    with pytest.raises(RuleError, match="lacks co2"):
        rows_of(PointMinutes, {n: [0] for n in ("time_s", "gas_status", "flow_status")})
    with pytest.raises(RuleError, match="no minutes"):
        joined(())


def test_columns_hold_everything_and_come_back():
    rows, unit = made.minutes(5)
    got = hours(rows, unit, 5)
    columns = to_columns(got)
    assert tuple(columns) == COLUMNS
    assert all(c.shape == (5,) for c in columns.values())
    assert same(from_columns(columns), got)
    assert from_columns(columns).digits.dtype == np.int64
    del columns["co2_kg"]
    with pytest.raises(RuleError, match="lacks co2_kg"):
        from_columns(columns)


def test_no_hours_at_all():
    rows, unit = made.minutes(1)
    got = hours(rows, unit, 0)
    assert len(got) == 0
    assert same(from_columns(to_columns(got)), got)
    assert rows_of(UnitMinutes, {f: [] for f in UnitMinutes.__slots__}).load.size == 0
    empty = hours(made.taken(rows, np.arange(0)), made.taken(unit, np.arange(0)), 2)
    assert empty.status.tolist() == ["missing", "missing"]
    assert empty.spread.run.sum() == 0
