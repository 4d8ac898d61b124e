"""Faults of what is shown, stored and sent: rows 5-8, 30-37, 42-44 of the taxonomy (international sheet E.3)."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from firmware_sim.fleet.faults import FleetFault
from firmware_sim.fleet.kinds import KINDS
from firmware_sim.fleet.labels import shown_t_h
from firmware_sim.fleet.meters import CHANNELS, Shown, step_of
from firmware_sim.fleet.month import PlaceRun
from firmware_sim.fleet.places import PointTruth, World
from tests.unit.firmware_sim.fleet.case import (
    DAYS,
    END,
    MONTH,
    START,
    Case,
    table_of,
)


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


def test_a_clock_that_is_wrong_moves_the_rows(world: World) -> None:
    case = Case(world, "clock-shift", size=45.0)
    with_it, without = table_of(case, (case.fault,)), table_of(case, ())
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
    with_it, without = table_of(case, (case.fault,)), table_of(case, ())
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


def test_steps_of_instruments_hold_for_what_is_shown(world: World) -> None:
    for place in world.places[:6]:
        run = PlaceRun(world, place, ())
        for index, point in enumerate(place.points):
            _assert_steps(point, run.shown(MONTH, index))


def _assert_steps(point: PointTruth, shown: Shown) -> None:
    for channel, x in shown.values.items():
        steps = x / step_of(channel, point.doc.co2_full_scale_pct)
        assert np.allclose(steps, np.rint(steps), atol=1e-6), channel
