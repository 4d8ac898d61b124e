"""Faults are drawn as often as asked, of every kind, apart from one another; by hand they are read or refused."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from cems.errors import ConfigError
from firmware_sim.fleet.draw import QUIET_DAYS, draw_faults, draw_lawful
from firmware_sim.fleet.faults import Begin, FleetFault
from firmware_sim.fleet.kinds import KINDS
from firmware_sim.fleet.operation import stops_of
from firmware_sim.fleet.places import World
from firmware_sim.fleet.plan import draw_world
from firmware_sim.fleet.text import parse_fleet_fault, parse_fleet_faults

FIRST = (date(2026, 1, 1) - date(1970, 1, 1)).days * 1440
YEAR = 365 * 1440


@pytest.fixture(scope="module")
def pilot() -> World:
    return draw_world(11, date(2026, 1, 1), 365, 72, 152)


@pytest.fixture(scope="module")
def drawn(pilot: World) -> tuple[FleetFault, ...]:
    return draw_faults(pilot, FIRST, 1.5)


def test_all_44_rows_of_the_taxonomy_are_there() -> None:
    assert {k.number for k in KINDS.values()} == set(range(1, 45))


def test_as_many_as_asked(pilot: World, drawn: tuple[FleetFault, ...]) -> None:
    """152 points, 1.5 a year, less the quiet days and the slots that were too short."""
    expected = 152 * 1.5 * (365 - QUIET_DAYS) / 365.25
    assert 0.75 * expected < len(drawn) < 1.15 * expected
    assert draw_faults(pilot, FIRST, 0.0) == ()


def test_kinds_come_evenly(drawn: tuple[FleetFault, ...]) -> None:
    counts = Counter(f.kind.name for f in drawn)
    assert set(counts) == {k.name for k in KINDS.values() if not k.legit}
    assert max(counts.values()) - min(counts.values()) <= 4


def test_every_fault_fits_its_point_begins_as_it_should_and_leaves_time_to_learn(
    pilot: World, drawn: tuple[FleetFault, ...]
) -> None:
    for fault in drawn:
        place = pilot.places[fault.place]
        point = place.points[fault.point]
        assert fault.kind.fits(place, point), fault
        assert FIRST + QUIET_DAYS * 1440 <= fault.start_min < fault.end_min <= FIRST + YEAR
        if fault.kind.begins is Begin.MIDNIGHT:
            assert fault.start_min % 1440 == fault.end_min % 1440 == 0
        if fault.kind.begins is Begin.SERVICE:
            assert (fault.start_min // 1440 + 3) % 7 == point.service_weekday
        if fault.kind.sizes is None:
            assert fault.size == 0
        else:
            low, high = fault.kind.sizes
            assert low - 1e-4 <= abs(fault.size) <= high + 1e-4
            assert fault.size > 0 or fault.kind.both_signs
        if fault.kind.choose:
            assert fault.channel in fault.kind.options(place)


def test_no_fault_lies_upon_another_at_a_point(drawn: tuple[FleetFault, ...]) -> None:
    for a in drawn:
        for b in drawn:
            if a is not b and (a.place, a.point) == (b.place, b.point):
                assert a.end_min <= b.start_min or b.end_min <= a.start_min


def test_no_fault_begins_in_an_overhaul(pilot: World, drawn: tuple[FleetFault, ...]) -> None:
    for fault in drawn:
        place = pilot.places[fault.place]
        for index, _ in place.points[fault.point].feeds:
            unit = place.units[index]
            for stop in stops_of(pilot.seed, unit.owner, 2026, unit.kind.stops):
                assert not stop.overhaul or not stop.outage.start <= fault.start_min < stop.end_min


def test_one_kind_on_request(pilot: World) -> None:
    only = draw_faults(pilot, FIRST, 1.0, ("common-leak",))
    assert only
    assert {f.kind.name for f in only} == {"common-leak"}


def test_an_unknown_kind_is_named(pilot: World) -> None:
    with pytest.raises(ConfigError, match="nonsense"):
        draw_faults(pilot, FIRST, 1.0, ("common-leak", "nonsense"))


def test_what_has_no_sample_line_has_no_leak_in_it(pilot: World) -> None:
    code = next(q.doc.code for p in pilot.places for q in p.points if q.doc.co2.startswith("tdlas"))
    with pytest.raises(ConfigError, match="cannot happen"):
        parse_fleet_fault(f"common-leak:{code}@10=4%", pilot)


def test_lawful_leaks_stay_clear_of_faults(pilot: World, drawn: tuple[FleetFault, ...]) -> None:
    lawful = draw_lawful(pilot, FIRST, drawn)
    assert lawful
    assert all(f.kind.legit for f in lawful)
    assert {f.number for f in lawful}.isdisjoint({f.number for f in drawn})
    for a in lawful:
        for b in drawn:
            assert (a.place, a.point) != (b.place, b.point) or a.end_min < b.start_min or b.end_min < a.start_min


def test_a_fault_by_hand(pilot: World) -> None:
    place = next(p for p in pilot.places if p.doc.sector == "power")
    code = place.points[0].doc.code
    fault = parse_fleet_fault(f"common-leak:{code}@10/2026-01-20T12:30=4%", pilot)
    assert (fault.kind.name, fault.place, fault.point, fault.size) == ("common-leak", place.index, 0, 0.04)
    assert fault.start_min == FIRST + 9 * 1440
    assert fault.end_min == FIRST + 19 * 1440 + 750
    stuck = parse_fleet_fault(f"stuck:o2:{code}@2026-02-01", pilot)
    assert (stuck.channel, stuck.end_min, stuck.size) == ("o2", FIRST + YEAR, 0.0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("leak@10", "expected KIND"),
        ("no-such:{p}@10", "there is no fault"),
        ("common-leak:nowhere@10=4%", "there is no point"),
        ("common-leak:{p}@x=4%", "is no time"),
        ("common-leak:{p}@2026-02-31=4%", "is no date"),
        ("common-leak:{p}@20/10=4%", "ends before it begins"),
        ("common-leak:{p}@366/370=4%", "none of them has this fault"),
        ("common-leak:{p}@2025-12-01/2026-01-01=4%", "none of them has this fault"),
        ("common-leak:{p}@10=lots", "is no number"),
        ("common-leak:{p}@10=400%", "is no share"),
        ("common-leak:{p}@10=nan", "is no number"),
        ("common-leak:{p}@10=-4%", "cannot be negative"),
        ("common-leak:co2:{p}@10=4%", "names no channel"),
        ("stuck:{p}@10", "needs one of co2, o2, velocity"),
        ("stuck:co2:{p}@10=4%", "has no size"),
    ],
)
def test_what_is_wrong_is_named(pilot: World, text: str, says: str) -> None:
    code = pilot.places[0].points[0].doc.code
    with pytest.raises(ConfigError, match=says):
        parse_fleet_fault(text.format(p=code), pilot)


def test_every_wrong_fault_is_listed(pilot: World) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_fleet_faults(["no-such:a@1", "common-leak:nowhere@1"], pilot)
    assert len(caught.value.faults) == 2


def test_a_fault_that_cannot_be_at_a_point_is_refused(pilot: World) -> None:
    code = next(q.doc.code for p in pilot.places for q in p.points if q.doc.flow.startswith("ultrasonic"))
    with pytest.raises(ConfigError, match="cannot happen"):
        parse_fleet_fault(f"pitot-plugging:{code}@10=10%", pilot)
