"""Draws the faults of a run: so many per point and year, every kind as often as it can be, none upon another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from cems.clock import day_of
from cems.errors import ConfigError, Fault
from firmware_sim.fleet.cylinders import CYLINDER_MIN, cylinder_days
from firmware_sim.fleet.faults import Begin, FleetFault, FleetKind
from firmware_sim.fleet.kinds import KINDS
from firmware_sim.fleet.logbook import SERVICE_END_MIN
from firmware_sim.fleet.operation import stops_of
from firmware_sim.fleet.places import Place, PointTruth, World
from firmware_sim.fleet.trims import rata_days
from firmware_sim.span import DAY_MIN
from firmware_sim.streams import Stream, generator

QUIET_DAYS: Final = 42
"""No fault begins in the first days of a run, from which an engine learns what is usual; shorter in a short run."""
_REST_DAYS: Final = 14
"""Days between two faults of a point."""
_SHORTEST_DAYS: Final = 2
"""A time shorter than this is left without a fault."""
_LAWFUL_A_YEAR: Final = 0.15
_YEAR: Final = 365.2425


def draw_faults(world: World, first_min: int, a_year: float, kinds: Sequence[str] = ()) -> tuple[FleetFault, ...]:
    """Faults of a run, ``a_year`` for each point and year on average, of all kinds or of the named ones.

    The number at a point is drawn by Poisson, kinds are dealt from a shuffled deck that is made new when it is empty;
    a kind that does not fit a point, or cannot begin before the next fault, waits for another. What is drawn depends on
    the seed, the first day and the days of the run, not on which enterprises are made.

    Raises :class:`ConfigError` for a kind that there is not.
    """
    if unknown := [k for k in kinds if k not in KINDS]:
        raise ConfigError("simulated fleet", [Fault(0, "--kind", f"there is no fault {k!r}") for k in unknown])
    rng = generator(world.seed, Stream.FLEET_FAULTS)
    pool = [k for k in KINDS.values() if (k.name in kinds if kinds else not k.legit)]
    deck: list[FleetKind] = []
    found: list[FleetFault] = []
    for place in world.places:
        for point in range(len(place.points)):
            slots = _slots(rng, first_min, world.fleet.days, a_year)
            for slot in slots:
                if len(deck) < len(pool):
                    deck += [pool[j] for j in rng.permutation(len(pool))]
                fault = _dealt(world.seed, rng, len(found), deck, place, point, slot)
                if fault is not None:
                    deck.remove(fault.kind)
                    found.append(fault)
    return tuple(found)


def draw_lawful(world: World, first_min: int, faults: tuple[FleetFault, ...]) -> tuple[FleetFault, ...]:
    """What happens lawfully and is drawn like a fault: ducts that leak, at points where nothing else is wrong then."""
    rng = generator(world.seed, Stream.FLEET_FAULTS, 1)
    deck = [k for k in KINDS.values() if k.legit]
    found: list[FleetFault] = []
    for place in world.places:
        for point in range(len(place.points)):
            for slot in _slots(rng, first_min, world.fleet.days, _LAWFUL_A_YEAR):
                leak = _dealt(world.seed, rng, len(faults) + len(found), deck, place, point, slot)
                if leak is not None and not any(_together(leak, f) for f in faults):
                    found.append(leak)
    return tuple(found)


def _together(a: FleetFault, b: FleetFault) -> bool:
    rest = _REST_DAYS * DAY_MIN
    here = (a.place, a.point) == (b.place, b.point)
    return here and a.start_min < b.end_min + rest and b.start_min < a.end_min + rest


def _slots(rng: np.random.Generator, first_min: int, days: int, a_year: float) -> list[tuple[int, int]]:
    """Times in which one fault each may lie, first and last minute."""
    quiet = min(QUIET_DAYS, days / 3)
    times = sorted((quiet + (days - quiet) * rng.random(int(rng.poisson(a_year * (days - quiet) / _YEAR)))).tolist())
    ends = ([t - _REST_DAYS for t in times[1:]] + [float(days)])[: len(times)]
    return [
        (first_min + int(begin * DAY_MIN), first_min + int(end * DAY_MIN))
        for begin, end in zip(times, ends, strict=True)
        if end - begin >= _SHORTEST_DAYS
    ]


def _dealt(
    seed: int,
    rng: np.random.Generator,
    number: int,
    deck: list[FleetKind],
    place: Place,
    point: int,
    slot: tuple[int, int],
) -> FleetFault | None:
    """The first of the deck that fits a point and a time."""
    length, size, sign, channel = rng.random(4).tolist()
    for kind in deck:
        if not kind.fits(place, place.points[point]):
            continue
        start = _begin(kind.begins, seed, place.points[point], slot[0])
        most = slot[1] - start
        if most < _SHORTEST_DAYS * DAY_MIN or _stands_still(seed, place, point, start):
            continue
        days = kind.days[0] + (kind.days[1] - kind.days[0]) * length
        lasts = max(round(days), 1) * DAY_MIN if kind.begins is Begin.MIDNIGHT else int(days * DAY_MIN)
        options = kind.options(place)
        choice = options[int(channel * len(options))] if kind.choose else ""
        end = start + min(lasts, most)
        end -= end % DAY_MIN if kind.begins is Begin.MIDNIGHT else 0
        return FleetFault(number, kind, place.index, point, choice, start, end, _size(kind, size, sign))
    return None


def _stands_still(seed: int, place: Place, point: int, minute: int) -> bool:
    """Whether an overhaul of a unit behind a point goes on, or begins within days: nothing could be seen of a fault."""
    year = day_of(minute // DAY_MIN).year
    return any(
        stop.outage.start - _SHORTEST_DAYS * DAY_MIN <= minute < stop.end_min
        for i, _ in place.points[point].feeds
        for y in (year - 1, year)
        for stop in stops_of(seed, place.units[i].owner, y, place.units[i].kind.stops)
        if stop.overhaul
    )


def _begin(what: Begin, seed: int, point: PointTruth, minute: int) -> int:
    """The first minute from this one on with which a fault may begin."""
    day = minute // DAY_MIN + 1
    days = np.arange(day, day + 400, dtype=np.int64)
    if what is Begin.MIDNIGHT:
        return day * DAY_MIN
    if what is Begin.SERVICE:
        return int(days[(days + 3) % 7 == point.service_weekday][0]) * DAY_MIN + SERVICE_END_MIN
    if what is Begin.CYLINDER:
        return int(cylinder_days(point, days)[0]) * DAY_MIN + CYLINDER_MIN
    if what is Begin.RATA:
        compared = rata_days(seed, point, days)
        return (int(compared[compared >= day][0]) + 1) * DAY_MIN
    return minute


def _size(kind: FleetKind, z: float, sign: float) -> float:
    if kind.sizes is None:
        return 0.0
    low, high = kind.sizes
    size = math.exp(math.log(low) + z * (math.log(high) - math.log(low)))
    return round(-size if kind.both_signs and sign < 0.5 else size, 4)
