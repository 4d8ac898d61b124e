"""A fleet has the enterprises and points it is asked for, and what is documented hangs together."""

from __future__ import annotations

from datetime import date

import pytest

from cems.errors import ConfigError
from cems.fleettables import Co2Family, Fleet, FlowFamily, MoistureFamily, Sector, Siting
from firmware_sim.fleet.places import World
from firmware_sim.fleet.plan import draw_world


@pytest.fixture(scope="module")
def pilot() -> World:
    return draw_world(1, date(2026, 1, 1), 365, 72, 152)


def test_the_pilot_has_72_enterprises_and_152_points_in_every_sector(pilot: World) -> None:
    places = pilot.fleet.enterprise
    assert len(places) == 72
    assert sum(len(e.point) for e in places) == 152
    assert {e.sector for e in places} == set(Sector)
    assert {len(e.point) for e in places} == {1, 2, 3, 4}


@pytest.mark.parametrize(("enterprises", "points"), [(1, 1), (1, 4), (5, 5), (5, 20), (20, 41)])
def test_any_fleet_has_what_it_is_asked_for(enterprises: int, points: int) -> None:
    world = draw_world(9, date(2026, 1, 1), 10, enterprises, points)
    assert len(world.places) == enterprises
    assert sum(len(p.points) for p in world.places) == points


@pytest.mark.parametrize(("enterprises", "points"), [(5, 4), (5, 21)])
def test_points_that_do_not_fit_are_refused_by_name(enterprises: int, points: int) -> None:
    with pytest.raises(ConfigError, match="--points"):
        draw_world(9, date(2026, 1, 1), 10, enterprises, points)


def test_every_family_siting_and_layout_is_met(pilot: World) -> None:
    points = [p for e in pilot.fleet.enterprise for p in e.point]
    assert {p.co2 for p in points} == set(Co2Family)
    assert {p.flow for p in points} == set(FlowFamily)
    assert {p.moisture for p in points} == set(MoistureFamily)
    assert {p.siting for p in points} == set(Siting)
    assert any(len(q.feeds) > 1 for p in pilot.places for q in p.points), "no shared stack"


def test_codes_are_unique_in_the_fleet(pilot: World) -> None:
    codes = [c for e in pilot.fleet.enterprise for c in (e.code, *(u.code for u in e.unit), *(p.code for p in e.point))]
    assert len(codes) == len(set(codes))


def test_what_is_reported_passes_every_unit_once(pilot: World) -> None:
    """Ducts before a monitored stack are the same gas: the reported points see each unit's gas exactly once."""
    for enterprise in pilot.fleet.enterprise:
        for unit in enterprise.unit:
            seen = [share for code, share in unit.shares.items() if code in enterprise.reported_stacks]
            assert len(seen) == 1, (enterprise.code, unit.code)


def test_a_potline_is_not_seen_whole_and_is_dilute(pilot: World) -> None:
    potlines = [e for e in pilot.fleet.enterprise if e.sector is Sector.ALUMINIUM]
    assert potlines
    for enterprise in potlines:
        assert all(share < 1 for unit in enterprise.unit for share in unit.shares.values())
        assert all(p.co2_full_scale_pct <= 2 for p in enterprise.point)


def test_the_document_comes_back_and_holds_no_error_of_an_instrument(pilot: World) -> None:
    text = pilot.fleet.model_dump_json()
    assert Fleet.model_validate_json(text) == pilot.fleet
    assert "gain" not in text
    assert "bias" not in text
    assert "swirl" not in text


def test_seeds_tell_fleets_apart() -> None:
    a, b, c = (draw_world(seed, date(2026, 1, 1), 10, 6, 12) for seed in (1, 1, 2))
    assert a == b
    assert a.fleet.enterprise != c.fleet.enterprise


@pytest.mark.parametrize(
    ("start", "days"), [(date(1969, 12, 1), 5), (date(1970, 1, 31), 5), (date(1, 1, 1), 1), (date(9999, 12, 30), 5)]
)
def test_days_that_nobody_counts_are_refused_before_a_folder_is_made(start: date, days: int) -> None:
    with pytest.raises(ConfigError, match="--start: a run lies between 1970-02-01 and"):
        draw_world(9, start, days, 1, 1)


def test_the_first_and_the_last_day_that_are_counted() -> None:
    for start in (date(1970, 2, 1), date(9999, 10, 27)):
        assert draw_world(9, start, 5, 1, 1).fleet.start == start.isoformat()
