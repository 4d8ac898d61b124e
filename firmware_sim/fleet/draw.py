"""Draws the faults of a run: so many per point and year, every kind as often as it can be, none upon another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from firmware_sim.fleet.faults import FleetFault, FleetKind
from firmware_sim.fleet.kinds import KINDS
from firmware_sim.fleet.places import Place, World
from firmware_sim.span import DAY_MIN
from firmware_sim.streams import Stream, generator

QUIET_DAYS: Final = 42
"""No fault begins in the first days of a run, from which an engine learns what is usual; shorter in a short run."""
_REST_DAYS: Final = 14
"""Days between two faults of a point."""
_YEAR: Final = 365.2425


def draw_faults(world: World, first_min: int, a_year: float, kinds: Sequence[str] = ()) -> tuple[FleetFault, ...]:
    """Faults of a run, ``a_year`` for each point and year on average, of all kinds or of the named ones.

    The number at a point is drawn by Poisson, kinds are dealt from a shuffled deck that is made new when it is empty;
    a kind that does not fit a point is passed over. What is drawn depends on the seed, the first day and the days of
    the run, not on which enterprises are made. Faults of the fuel switch begin and end at midnight.
    """
    rng = generator(world.seed, Stream.FLEET_FAULTS)
    pool = [k for k in KINDS.values() if (k.name in kinds if kinds else not k.legit)]
    deck: list[FleetKind] = []
    found: list[FleetFault] = []
    for place in world.places:
        for point in range(len(place.points)):
            plan = _times(rng, world.fleet.days, a_year)
            for i, begin in enumerate(plan):
                if len(deck) < len(pool):
                    deck += [pool[j] for j in rng.permutation(len(pool))]
                kind = next((k for k in deck if k.fits(place, place.points[point])), None)
                if kind is None:
                    continue
                deck.remove(kind)
                most = (plan[i + 1] if i + 1 < len(plan) else float(world.fleet.days)) - _REST_DAYS - begin
                found.append(_one(rng, len(found), kind, place, point, first_min, begin, most))
    return tuple(found)


def _times(rng: np.random.Generator, days: int, a_year: float) -> list[float]:
    quiet = min(QUIET_DAYS, days / 3)
    count = int(rng.poisson(a_year * (days - quiet) / _YEAR))
    times = sorted((quiet + (days - quiet - 1) * rng.random(count)).tolist())
    kept: list[float] = []
    for t in times:
        if not kept or t > kept[-1] + 2 * _REST_DAYS:
            kept.append(t)
    return kept


def _one(
    rng: np.random.Generator,
    number: int,
    kind: FleetKind,
    place: Place,
    point: int,
    first_min: int,
    begin: float,
    most_days: float,
) -> FleetFault:
    length, size, sign, channel = rng.random(4)
    days = min(kind.days[0] + (kind.days[1] - kind.days[0]) * float(length), max(most_days, 0.5))
    start = first_min + int(begin * DAY_MIN)
    end = start + max(int(days * DAY_MIN), 60)
    return FleetFault(
        number,
        kind,
        place.index,
        point,
        kind.options(place)[int(channel * len(kind.options(place)))] if kind.choose else "",
        start,
        end,
        _size(kind, float(size), float(sign)),
    )


def _size(kind: FleetKind, z: float, sign: float) -> float:
    if kind.sizes is None:
        return 0.0
    low, high = kind.sizes
    size = math.exp(math.log(low) + z * (math.log(high) - math.log(low)))
    return round(-size if kind.both_signs and sign < 0.5 else size, 4)
