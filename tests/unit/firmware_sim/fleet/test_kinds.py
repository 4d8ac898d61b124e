"""Each kind of fault changes what its row of the taxonomy says, in its time, and nothing else.

Rows, signs and constants are those of the international sheet, E.3 and E.5.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cems.fleettables import FlowFamily
from firmware_sim.fleet.faults import Begin, FleetFault, FleetKind, Where
from firmware_sim.fleet.kinds import KINDS
from firmware_sim.fleet.labels import shown_t_h
from firmware_sim.fleet.meters import CHANNELS, Shown, step_of
from firmware_sim.fleet.month import PlaceRun
from firmware_sim.fleet.noise import WARM_UP_MIN, Noise
from firmware_sim.fleet.places import Place, PointTruth, World
from firmware_sim.fleet.rows import rows_of

MONTH = "2026-03"
START = (date(2026, 3, 10) - date(1970, 1, 1)).days * 1440 + 600
DAYS = 10
END = START + DAYS * 1440
STATUSES = ("gas_status", "flow_status")
AFTER_MIN = 45
"""A filter needs so long to forget a fault of the gas, the heavier sensor of temperature included."""
Floats = NDArray[np.float64]
_CLEAN: dict[str, PlaceRun] = {}


class Case:
    """One fault at a point where it fits and the source runs, and the same month without it."""

    def __init__(self, world: World, name: str, choice: str = "", size: float | None = None, where: str = "") -> None:
        self.kind = KINDS[name]
        self.place, index = _place(world, self.kind, where)
        self.point = self.place.points[index]
        options = self.kind.options(self.place) if self.kind.choose else ("",)
        middle = 0.0 if self.kind.sizes is None else float(np.sqrt(self.kind.sizes[0] * self.kind.sizes[1]))
        self.size = middle if size is None else size
        by_day = 600 if self.kind.begins is Begin.MIDNIGHT else 0
        start, end = START - by_day, END - by_day
        self.fault = FleetFault(0, self.kind, self.place.index, index, choice or options[0], start, end, self.size)
        self.with_it, self.without = PlaceRun(world, self.place, (self.fault,)), _clean(world, self.place)
        self.a, self.b = self.with_it.shown(MONTH, index), self.without.shown(MONTH, index)
        self.index = index
        self.block = self.with_it.units(MONTH).block
        self.part = slice(self.block.index(start), self.block.index(end))
        self.seen = self.without.seen(MONTH, index)

    def measuring(self) -> NDArray[np.bool_]:
        return np.asarray((self.b.gas_status == 0) & (self.b.flow_status == 0) & self.seen.fire)[self.part]

    def pair(self, channel: str) -> tuple[Floats, Floats]:
        """With and without, in the measuring minutes of the fault."""
        on = self.measuring()
        return self.a.values[channel][self.part][on], self.b.values[channel][self.part][on]

    def ratio(self, channel: str) -> float:
        with_it, without = self.pair(channel)
        return float(with_it.mean() / without.mean())

    def mass_ratio(self) -> float:
        with_it, without = (shown_t_h(self.point.doc, s)[self.part] for s in (self.a, self.b))
        both = ~np.isnan(with_it) & ~np.isnan(without)
        return float(with_it[both].sum() / without[both].sum())


def _clean(world: World, place: Place) -> PlaceRun:
    """The run of a place without faults, made once."""
    return _CLEAN.setdefault(place.doc.code, PlaceRun(world, place, ()))


def _place(world: World, kind: FleetKind, where: str) -> tuple[Place, int]:
    for place in world.places:
        if where and not place.units[0].kind.name.startswith(where):
            continue
        for index, point in enumerate(place.points):
            fire = _clean(world, place).seen(MONTH, index).fire if kind.fits(place, point) else np.zeros(1)
            if fire.all():
                return place, index
    raise AssertionError(f"no point for {kind.name}")


def changed(a: Shown, b: Shown) -> dict[str, NDArray[np.bool_]]:
    found = {}
    for name in (*CHANNELS, *STATUSES):
        x, y = a.column(name), b.column(name)
        found[name] = ~((x == y) | (np.isnan(x) & np.isnan(y)))
    return {name: d for name, d in found.items() if d.any()}


@pytest.mark.parametrize("name", list(KINDS))
def test_a_fault_changes_its_columns_in_its_time_and_nothing_else(world: World, name: str) -> None:
    case = Case(world, name, where="coal-s" if name != "gross-heat" else "")
    kind = case.kind
    found = changed(case.a, case.b)
    if kind.where in {Where.ROWS, Where.BOOKS}:
        assert found == {}
    else:
        assert found, "nothing changed"
        assert set(found) <= set(kind.channels if kind.others else case.fault.channels)
    for name_, there in found.items():
        index = np.flatnonzero(there)
        assert index[0] >= case.part.start, name_
        assert index[-1] < case.part.stop + AFTER_MIN, name_
    books_with, books_without = case.with_it.books(MONTH), case.without.books(MONTH)
    differ = {
        column
        for x, y in zip(books_with, books_without, strict=True)
        for column in x.figures
        if not np.array_equal(x.figures[column], y.figures[column], equal_nan=True)
    }
    if kind.where is Where.BOOKS:
        assert differ == set(kind.channels)
        for x, y in zip(books_with, books_without, strict=True):
            for column in kind.channels:
                days = x.day[x.figures[column] != y.figures[column]] * 1440
                assert ((days >= case.fault.start_min) & (days < case.fault.end_min)).all()
    elif kind.where is not Where.FIRE:
        assert differ == set()
    rows_with, rows_without = (_rows(case, f) for f in ((case.fault,), ()))
    same_rows = all(np.array_equal(rows_with[c], rows_without[c], equal_nan=True) for c in ("time_s",))
    assert same_rows == (kind.where is not Where.ROWS)


def _rows(case: Case, faults: tuple[FleetFault, ...]) -> dict[str, Any]:
    noise = Noise(3, case.point.owner, case.block)
    return rows_of(noise, slice(WARM_UP_MIN, case.block.minutes), case.b, faults)


def wet(case: Case) -> Floats:
    return case.seen.moisture_pct[case.part][case.measuring()] / 100.0


# Ratio of the channel with the fault to that without, by the injection column of E.3, for a size of 0.06.
STEPS: list[tuple[str, str, Callable[[float], float]]] = [
    ("co2-span-loss", "co2", lambda e: 1 - e),
    ("co2-branch-leak", "co2", lambda d: 1 - d),
    ("moisture-carry-over", "co2", lambda w: 1 - w),
    ("moisture-carry-over", "o2", lambda w: 1 - w),
    ("wrong-cylinder", "co2", lambda e: 1 + e),
    ("moisture-error", "moisture", lambda e: 1 + e),
    ("wrong-factor", "velocity", lambda e: 1 + e),
    ("bias-factor", "velocity", lambda e: 1 + e),
    ("pitot-leg-blocked", "velocity", lambda e: 1 - e),
    ("co2-span-drift", "co2", lambda e: 1 + e / 2),  # grows evenly from 0 to e
    ("o2-drift", "o2", lambda e: 1 + e / 2),
    ("bypass-open", "velocity", lambda f: 1 - f),
]


@pytest.mark.parametrize(("name", "channel", "expected"), STEPS, ids=[f"{n}-{c}" for n, c, _ in STEPS])
def test_a_channel_is_off_by_what_the_row_says(
    world: World, name: str, channel: str, expected: Callable[[float], float]
) -> None:
    case = Case(world, name, size=0.06, where="coal-s")
    assert case.ratio(channel) == pytest.approx(expected(0.06), abs=0.004)


@pytest.mark.parametrize("name", ["common-leak", "suction-leak"])
def test_a_common_leak_moves_along_the_line_of_the_fuel(world: World, name: str) -> None:
    """E.3 #9, #11: CO2 (1-d) + 0.04 d and O2 (1-d) + 20.9 d on average of the day; Fo stays within 0.3 %."""
    case = Case(world, name, size=0.06, where="coal-s")
    (co2, co2_0), (o2, o2_0) = case.pair("co2"), case.pair("o2")
    assert co2.mean() == pytest.approx(co2_0.mean() * 0.94 + 0.04 * 0.06, rel=0.004)
    assert o2.mean() == pytest.approx(o2_0.mean() * 0.94 + 20.9 * 0.06, rel=0.01)
    fo, fo_0 = (20.9 - o2.mean()) / co2.mean(), (20.9 - o2_0.mean()) / co2_0.mean()
    assert fo / fo_0 == pytest.approx(1.0, abs=0.003)
    assert case.mass_ratio() == pytest.approx(0.94, abs=0.01)  # a leak of the afternoon meets more load
    if name == "suction-leak":
        hour = (case.block.minute[case.part][case.measuring()] // 60) % 24
        afternoon, night = (co2 / co2_0)[hour == 15].mean(), (co2 / co2_0)[hour == 3].mean()
        assert night - afternoon == pytest.approx(2 * 0.8 * 0.06, rel=0.1)


def test_a_real_leak_into_the_duct_leaves_the_mass(world: World) -> None:
    """E.3 #12: V (1+l), CO2/(1+l); the mass stays."""
    case = Case(world, "duct-leak", size=0.06, where="coal-s")
    assert case.ratio("co2") == pytest.approx(1 / 1.06, abs=0.004)
    assert case.ratio("velocity") > 1.03  # the air is cold, and less water stays in the gas
    assert case.mass_ratio() == pytest.approx(1.0, abs=0.003)
    truth = case.with_it.seen(MONTH, case.index)
    assert np.allclose(truth.co2_t_h, case.seen.co2_t_h, rtol=1e-12)


def test_zero_drift_is_an_offset(world: World) -> None:
    """E.3 #2: CO2 + a t; with 5 % of a full scale of 20 % the last day is about 1 % CO2 too high."""
    case = Case(world, "co2-zero-drift", size=0.05, where="coal-s")
    with_it, without = case.pair("co2")
    assert (with_it - without)[-600:].mean() == pytest.approx(1.0, abs=0.05)
    assert np.abs((with_it - without)[:60]).max() < 0.05


def test_checks_see_the_analyser_and_not_the_sample_line(world: World) -> None:
    """A span drift shows in the span check, a leak before the check gas does not, a wrong label passes."""
    for name, seen in (("co2-span-drift", True), ("common-leak", False), ("wrong-cylinder", False)):
        case = Case(world, name, size=0.1, where="coal-s")
        checking = (case.b.gas_status == 1)[case.part] & (case.b.values["co2"] > 15)[case.part]
        off = (case.a.values["co2"] - case.b.values["co2"])[case.part][checking]
        assert (np.abs(off[-3:]).mean() > 0.5) == seen, name
    zero = Case(world, "co2-span-drift", size=0.1, where="coal-s")
    at_zero = (zero.b.gas_status == 1)[zero.part] & (zero.b.values["co2"] < 0.05)[zero.part]
    assert np.abs((zero.a.values["co2"] - zero.b.values["co2"])[zero.part][at_zero]).max() < 0.02


def test_an_old_lamp_is_noisy(world: World) -> None:
    case = Case(world, "co2-span-loss", where="coal-s")
    with_it, without = case.pair("co2")
    assert np.diff(with_it).std() > 2.0 * np.diff(without).std()


@pytest.mark.parametrize("channel", ["co2", "o2", "velocity"])
def test_stuck_keeps_the_reading_of_the_onset(world: World, channel: str) -> None:
    case = Case(world, "stuck", channel, where="coal-s")
    assert set(case.a.values[channel][case.part]) == {case.b.values[channel][case.part.start]}


def test_a_heavy_filter_takes_the_noise_and_keeps_the_mean(world: World) -> None:
    case = Case(world, "nearly-stuck", "velocity", size=3.0, where="coal-s")
    with_it, without = case.pair("velocity")
    assert np.diff(with_it).std() < 0.3 * np.diff(without).std()
    assert case.ratio("velocity") == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize(("name", "top"), [("clipped-top", True), ("clipped-low", False)])
def test_clipping_is_flat_at_one_end_only(world: World, name: str, top: bool) -> None:
    case = Case(world, name, "velocity", size=0.05, where="coal-s")
    with_it, without = case.pair("velocity")
    edge = with_it.max() if top else with_it.min()
    struck = with_it != without
    assert struck.mean() > 0.02
    assert set(with_it[struck]) == {edge}
    assert ((without > edge) if top else (without < edge))[struck].all()


def test_edited_values_leave_a_gap_above_the_limit(world: World) -> None:
    case = Case(world, "edited-top", "velocity", size=0.05, where="coal-s")
    with_it, without = case.pair("velocity")
    limit = without[with_it != without].min()
    assert with_it.max() <= limit
    assert len(set(with_it[with_it != without])) > 5  # not one flat line


def test_span_gas_after_a_check_dies_away(world: World) -> None:
    case = Case(world, "port-leak", size=0.5, where="coal-s")
    since = (case.block.minute[case.part] - case.point.calibration_min) % 1440
    off = (case.a.values["co2"] - case.b.values["co2"])[case.part]
    early, late, gone = (off[(since > a) & (since <= b)].mean() for a, b in ((20, 60), (200, 260), (900, 1200)))
    assert early > 3 * late > 0.01
    assert gone == pytest.approx(0.0, abs=0.01)


def test_wrong_zero_is_a_sawtooth(world: World) -> None:
    case = Case(world, "wrong-zero", size=0.03, where="coal-s")
    since = (case.block.minute[case.part] - case.point.calibration_min) % 1440
    off = (case.a.values["co2"] - case.b.values["co2"])[case.part]
    on = (case.b.gas_status == 0)[case.part]
    full_scale = case.point.doc.co2_full_scale_pct
    for low, high in ((60, 120), (700, 760), (1300, 1380)):
        there = on & (since >= low) & (since < high)
        expected = -0.03 * full_scale * (1 - (low + high) / 2 / 1440)
        assert off[there].mean() == pytest.approx(expected, abs=0.02)


def test_a_wet_dry_mix_up_is_the_dry_share(world: World) -> None:
    case = Case(world, "wet-dry-co2", where="coal-s")
    dry = 1 - wet(case).mean()
    expected = dry if case.point.doc.co2_basis == "dry" else 1 / dry
    assert case.ratio("co2") == pytest.approx(expected, abs=0.004)
    assert 0.82 < dry < 0.92


def test_plugging_is_the_root_of_the_lost_pressure(world: World) -> None:
    """E.3 #20: Q down by 1 - sqrt(1 - eps)."""
    case = Case(world, "pitot-plugging", size=0.2, where="coal-s")
    with_it, without = case.pair("velocity")
    assert (with_it / without)[-300:].mean() == pytest.approx(np.sqrt(0.8), abs=0.003)
    zero = (case.b.flow_status == 1)[case.part] & (case.b.values["velocity"] < 0.05)[case.part]
    assert zero.sum() > DAYS
    assert np.array_equal(case.a.values["velocity"][case.part][zero], case.b.values["velocity"][case.part][zero])


def test_zero_drift_of_the_pressure_cell_is_largest_at_low_load(world: World) -> None:
    """E.3 #22: error about a / (2 dp)."""
    case = Case(world, "dp-zero-drift", size=0.05, where="coal-s")
    assert case.point.doc.flow in {FlowFamily.PITOT, FlowFamily.MATRIX}
    with_it, without = (x[-4000:] for x in case.pair("velocity"))
    error = with_it / without - 1
    slow, fast = without < np.quantile(without, 0.2), without > np.quantile(without, 0.8)
    assert error[slow].mean() > 1.3 * error[fast].mean() > 0.01


def test_a_weak_sound_path_depends_on_load_and_drops_out(world: World) -> None:
    case = Case(world, "path-loss", size=0.1)
    on = (case.b.flow_status == 0)[case.part] & case.seen.fire[case.part]
    with_it, without = (s.values["velocity"][case.part][on] for s in (case.a, case.b))
    lost = with_it < 0.7 * without
    assert 0.002 < lost.mean() < 0.06
    share = case.seen.share[case.part][on][~lost]
    bias = (with_it / without - 1)[~lost]
    assert np.corrcoef(share, bias)[0, 1] > 0.3


def test_another_profile_depends_on_the_fans(world: World) -> None:
    case = Case(world, "swirl-change", size=0.1, where="coal-s")
    fans = case.seen.fan_state[case.part][case.measuring()]
    with_it, without = case.pair("velocity")
    bias = [float((with_it / without - 1)[fans == f].mean()) for f in (2, 3) if (fans == f).any()]
    both = float((with_it / without - 1)[fans == 1].mean())
    assert bias
    assert max(abs(b - both) for b in bias) > 0.03


def test_a_warm_thermometer_makes_less_flow(world: World) -> None:
    """E.3 #25: the standard flow goes with 1/sqrt(T) by differential pressure, with 1/T by sound."""
    case = Case(world, "temperature-bias", size=20.0, where="coal-s")
    assert (np.diff(case.pair("temperature"), axis=0).mean()) == pytest.approx(-20.0, abs=0.05)
    t = case.seen.temperature_c[case.part].mean() + 273.15
    power = 0.5 if case.point.doc.flow in {FlowFamily.PITOT, FlowFamily.MATRIX} else 1.0
    assert case.mass_ratio() == pytest.approx((t / (t + 20.0)) ** power, abs=0.002)


def test_pressure_by_its_root_or_itself(world: World) -> None:
    """E.3 #26: the standard flow goes with sqrt(P) by differential pressure, with P by sound."""
    case = Case(world, "pressure-bias", size=0.05, where="coal-s")
    power = 0.5 if case.point.doc.flow in {FlowFamily.PITOT, FlowFamily.MATRIX} else 1.0
    assert case.mass_ratio() == pytest.approx(1.05**power, abs=0.002)


@pytest.mark.parametrize(
    ("name", "constant"), [("flow-at-20c", 1.0732), ("flow-at-0c", 0.9318), ("atm-as-bar", 1.0133)]
)
def test_mixed_up_units_are_constants_of_the_dictionary(world: World, name: str, constant: float) -> None:
    """International sheet E.5."""
    assert Case(world, name, where="coal-s").mass_ratio() == pytest.approx(constant, abs=0.0015)


def test_a_clock_that_is_wrong_moves_the_rows(world: World) -> None:
    case = Case(world, "clock-shift", size=45.0)
    with_it, without = _rows(case, (case.fault,)), _rows(case, ())
    moved = with_it["time_s"] - without["time_s"]
    assert set(moved) == {0, 45 * 60}
    assert np.flatnonzero(moved).size == DAYS * 1440
    assert all(np.array_equal(with_it[c], without[c]) for c in CHANNELS)


def test_two_clocks_make_the_flow_late(world: World) -> None:
    case = Case(world, "two-clocks", size=60.0, where="coal-s")
    n = case.part.stop - case.part.start
    for name in ("velocity", "temperature", "pressure", "barometric", "moisture", "flow_status"):
        late = case.b.column(name)[case.part.start - 60 : case.part.start - 60 + n]
        assert np.array_equal(case.a.column(name)[case.part], late), name


@pytest.mark.parametrize("size", [0.1, -0.1])
def test_messages_come_twice_and_late_or_not_at_all(world: World, size: float) -> None:
    case = Case(world, "messages", size=size)
    with_it, without = _rows(case, (case.fault,)), _rows(case, ())
    struck = len(with_it["time_s"]) - len(without["time_s"])
    assert struck == pytest.approx(size * DAYS * 1440, rel=0.25)
    times, counts = np.unique(with_it["time_s"], return_counts=True)
    if size > 0:
        assert np.array_equal(times, without["time_s"])
        assert set(counts) == {1, 2}
        assert (np.diff(with_it["time_s"]) < 0).any()
        first = np.searchsorted(without["time_s"], with_it["time_s"])
        assert np.array_equal(with_it["co2"], without["co2"][first])
    else:
        assert set(counts) == {1}
        assert set(times) < set(without["time_s"])


def test_a_replayed_day_is_the_day_before_to_the_last_digit(world: World) -> None:
    case = Case(world, "replayed-day", where="coal-s")
    begin = case.part.start
    for channel in CHANNELS:
        day = case.b.values[channel][begin - 1440 : begin]
        assert np.array_equal(case.a.values[channel][case.part], np.tile(day, DAYS)), channel


def test_what_is_fabricated_is_too_good(world: World) -> None:
    """E.3 #34: the ratio to the fuel is quieter than any instrument; no checks are seen; last digits are few."""
    case = Case(world, "fabricated", size=0.05, where="coal-s")
    part, fire = case.part, case.seen.fire[case.part]
    assert (case.a.gas_status[part][fire] == 0).all()
    truth = case.seen.co2_t_h[part]
    on = case.measuring()
    fake, real = (shown_t_h(case.point.doc, s)[part] / truth for s in (case.a, case.b))
    assert np.std(np.diff(fake[on])) < 0.5 * np.std(np.diff(real[on]))
    digits = np.rint(case.a.values["co2"][part] * 100).astype(int) % 10
    assert set(digits) == {0, 5}
    assert np.nanmean(fake[on]) == pytest.approx(1.05, abs=0.03)


def test_maintenance_comes_at_high_load(world: World) -> None:
    case = Case(world, "maintenance-at-load", size=0.2, where="coal-s")
    flagged = (case.a.gas_status == 2)[case.part] & (case.b.gas_status != 2)[case.part]
    share = case.seen.share[case.part]
    assert flagged.mean() == pytest.approx(0.2, abs=0.03)
    assert share[flagged].mean() > share[~flagged].mean() + 0.1


def test_checks_are_no_longer_flagged_and_stay_in_the_values(world: World) -> None:
    case = Case(world, "checks-in-average", where="coal-s")
    checks = (case.b.gas_status == 1)[case.part]
    assert checks.sum() == DAYS * 14
    assert (case.a.gas_status[case.part][checks] == 0).all()


def test_operating_time_counts_twice_in_a_partial_hour(world: World) -> None:
    """A unit that starts and stops daily has partial hours; there the flow is cut by the share of the hour."""
    kind = KINDS["averaging"]
    place = next(p for p in world.places if p.units[0].kind.load == "peaker")
    fault = FleetFault(0, kind, place.index, 0, "", START - START % 60, END - END % 60, 0.0)
    a, b = (PlaceRun(world, place, f).shown(MONTH, 0).values["velocity"] for f in ((fault,), ()))
    run = PlaceRun(world, place, ())
    block = run.units(MONTH).block
    part = slice(block.index(fault.start_min), block.index(fault.end_min))
    fire = run.seen(MONTH, 0).fire[part].reshape(-1, 60).mean(axis=1)
    partial = (fire > 0) & (fire < 1)
    assert partial.sum() > 5
    sums = [x[part].reshape(-1, 60).sum(axis=1) for x in (a, b)]
    assert sums[0][partial] / sums[1][partial] == pytest.approx(fire[partial], abs=0.01)


def test_truncation_floors_to_the_step(world: World) -> None:
    case = Case(world, "truncated", "co2", size=0.1, where="coal-s")
    with_it, without = case.pair("co2")
    assert np.allclose(np.round(with_it * 10), with_it * 10)
    assert ((without - with_it) > -1e-9).all()
    assert ((without - with_it) < 0.1).all()


def test_overflow_wraps(world: World) -> None:
    case = Case(world, "overflow", "velocity", where="coal-s")
    with_it, without = case.pair("velocity")
    wrapped = with_it != without
    assert 0.005 < wrapped.mean() < 0.9
    tops = np.unique(np.round((without - with_it)[wrapped], 1))
    assert tops.max() - tops.min() <= 0.11


def test_a_stale_register_moves_every_half_hour(world: World) -> None:
    case = Case(world, "stale-register", "co2", where="coal-s")
    minutes = case.block.minute[case.part]
    x = case.a.values["co2"][case.part]
    moves = minutes[1:][np.diff(x) != 0]
    assert set(moves % 30) == {0}


def test_swapped_words_are_the_bits_of_the_number(world: World) -> None:
    """The two 16-bit halves of a float32, changed over, by the standard library."""
    case = Case(world, "word-swap", "co2", size=0.1, where="coal-s")
    x, y = (s.values["co2"][case.part] for s in (case.a, case.b))
    struck = np.flatnonzero(x != y)
    assert len(struck) == pytest.approx(0.1 * DAYS * 1440, rel=0.2)
    for i in struck[:50]:
        raw = struct.pack(">f", y[i])
        assert x[i] == struct.unpack(">f", raw[2:] + raw[:2])[0]


@pytest.mark.parametrize("name", ["sentinel", "not-a-number"])
def test_what_is_no_reading(world: World, name: str) -> None:
    case = Case(world, name, "o2", size=0.1, where="coal-s")
    x, y = (s.values["o2"][case.part] for s in (case.a, case.b))
    struck = ~(x == y)
    assert struck.mean() == pytest.approx(0.1, abs=0.02)
    assert np.isnan(x[struck]).all() if name == "not-a-number" else set(x[struck]) == {-9999.0}


def test_the_wrong_scale_is_a_tenth(world: World) -> None:
    assert Case(world, "wrong-scale", "velocity", where="coal-s").ratio("velocity") == pytest.approx(0.1, rel=1e-6)


def books_ratio(case: Case, column: str, unit: int = 0) -> float:
    x, y = (run.books(MONTH)[unit].figures[column] for run in (case.with_it, case.without))
    days = case.with_it.books(MONTH)[unit].day * 1440
    there = (days >= case.fault.start_min) & (days < case.fault.end_min)
    return float((x[there] / y[there]).mean())


def test_books(world: World) -> None:
    """E.3 #41 and the dictionary: mass, carbon by dryness, gross for net, default carbon."""
    assert books_ratio(Case(world, "belt-scale", size=0.05), "mass") == pytest.approx(1.05)
    assert books_ratio(Case(world, "short-tons"), "mass") == pytest.approx(1.1023)
    assert books_ratio(Case(world, "belt-drift", size=0.05), "mass") == pytest.approx(1.025, abs=0.006)
    dry = Case(world, "carbon-dry", where="coal-s")
    moisture = dry.without.books(MONTH)[0].figures["moisture"][9:19].mean()
    assert books_ratio(dry, "carbon") == pytest.approx(1 / (1 - moisture), rel=0.01)
    gross = Case(world, "gross-heat", size=0.05)
    assert books_ratio(gross, "ncv") == books_ratio(gross, "carbon") == pytest.approx(1.05)
    assert books_ratio(Case(world, "default-carbon", size=0.2, where="coal-s"), "carbon") == pytest.approx(
        1.2, rel=0.03
    )


def test_a_late_analysis_is_that_of_days_before(world: World) -> None:
    case = Case(world, "late-analysis", size=7.0, where="coal-s")
    x, y = (run.books(MONTH)[0].figures["carbon"] for run in (case.with_it, case.without))
    day = case.with_it.books(MONTH)[0].day * 1440
    there = np.flatnonzero((day >= case.fault.start_min) & (day < case.fault.end_min))
    assert np.array_equal(x[there], y[there - 7])


def test_a_share_of_a_common_stack_is_booked_elsewhere_and_the_sum_stays(world: World) -> None:
    case = Case(world, "stack-share", size=0.1)
    first, second = (i for i, _ in case.point.feeds[:2])
    assert books_ratio(case, "mass", first) == pytest.approx(0.9)
    assert books_ratio(case, "mass", second) > 1.05
    x, y = (sum(b.figures["mass"] for b in run.books(MONTH)) for run in (case.with_it, case.without))
    assert np.allclose(x, y, rtol=1e-12)


def test_an_unrecorded_fuel_moves_fo_to_another_band_and_stays_out_of_the_books(world: World) -> None:
    case = Case(world, "fuel-switch", "lignite", where="coal-s")
    (co2, co2_0), (o2, o2_0) = case.pair("co2"), case.pair("o2")
    late = slice(3000, None)
    fo, fo_0 = ((20.9 - y[late].mean()) / x[late].mean() for x, y in ((co2, o2), (co2_0, o2_0)))
    assert fo / fo_0 == pytest.approx(1.0789 / 1.1356, abs=0.01)  # international sheet C.1
    assert set(case.with_it.books(MONTH)[0].fuel) == {"bituminous"}
    assert case.with_it.seen(MONTH, case.index).co2_t_h.sum() != case.seen.co2_t_h.sum()


def test_steps_of_instruments_hold_for_what_is_shown(world: World) -> None:
    for place in world.places[:6]:
        run = PlaceRun(world, place, ())
        for index, point in enumerate(place.points):
            _assert_steps(point, run.shown(MONTH, index))


def _assert_steps(point: PointTruth, shown: Shown) -> None:
    for channel, x in shown.values.items():
        steps = x / step_of(channel, point.doc.co2_full_scale_pct)
        assert np.allclose(steps, np.rint(steps), atol=1e-6), channel
