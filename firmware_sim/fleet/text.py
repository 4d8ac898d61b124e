"""Reading a fault of a fleet from the command line.

A fault is written ``KIND[:CHANNEL]:POINT@START[/END][=SIZE]``; START, END and SIZE are written as for one plant (see
:mod:`firmware_sim.faulttext`): a day of the run counted from 1 or a date, with or without an hour, in the plant's time.
"""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Final

from cems.clock import EPOCH_DAY
from cems.errors import ConfigError, Fault
from firmware_sim.faulttext import day_and_minute, number_of
from firmware_sim.fleet.faults import FleetFault, FleetKind
from firmware_sim.fleet.kinds import KINDS
from firmware_sim.fleet.places import World
from firmware_sim.span import DAY_MIN

_TEXT: Final = re.compile(
    r"(?P<kind>[a-z0-9-]+)(:(?P<channel>[a-z0-9_]+))?:(?P<point>[a-z0-9-]+)"
    r"@(?P<start>[^/=@]+)(/(?P<end>[^/=@]+))?(=(?P<size>[^/=@]+))?"
)


def parse_fleet_faults(texts: list[str], world: World, first_number: int = 0) -> tuple[FleetFault, ...]:
    """All faults given by hand; raises :class:`ConfigError` that lists every text that is wrong."""
    found: list[FleetFault] = []
    wrong: list[Fault] = []
    for text in texts:
        try:
            found.append(parse_fleet_fault(text, world, first_number + len(found)))
        except ConfigError as error:
            wrong += error.faults
    if wrong:
        raise ConfigError("simulated fleet", wrong)
    return tuple(found)


def parse_fleet_fault(text: str, world: World, number: int = 0) -> FleetFault:
    """The fault that a text describes; raises :class:`ConfigError` that says how to write it."""
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise _wrong(text, "expected KIND[:CHANNEL]:POINT@START[/END][=SIZE]")
    kind = KINDS.get(match["kind"])
    if kind is None:
        raise _wrong(text, f"there is no fault {match['kind']!r}; known: {', '.join(KINDS)}")
    places = [(p, i) for p in world.places for i, q in enumerate(p.points) if q.doc.code == match["point"]]
    if not places:
        raise _wrong(text, f"there is no point {match['point']!r} in this fleet")
    place, point = places[0]
    if not kind.fits(place, place.points[point]):
        raise _wrong(text, f"{kind.name} cannot happen at {match['point']}")
    channel = match["channel"] or ""
    options = kind.options(place) if kind.choose else ()
    if channel not in (options or ("",)):
        needs = f"needs one of {', '.join(options)}" if kind.choose else "names no channel"
        raise _wrong(text, f"{kind.name} {needs}: KIND{':CHANNEL' if kind.choose else ''}:POINT@START")
    start = _minute(text, match["start"], world)
    first = (date.fromisoformat(world.fleet.start) - EPOCH_DAY).days
    last = first + world.fleet.days
    end = _minute(text, match["end"], world) if match["end"] else max(last * DAY_MIN, start + 60)
    if not start < end:
        raise _wrong(text, "it ends before it begins")
    if start >= last * DAY_MIN or end <= first * DAY_MIN:
        raise _wrong(
            text, f"the run has {world.fleet.days} days from {world.fleet.start}, and none of them has this fault"
        )
    return FleetFault(number, kind, place.index, point, channel, start, end, _size(text, kind, match["size"]))


def _minute(text: str, when: str, world: World) -> int:
    first = date.fromisoformat(world.fleet.start)
    try:
        day, minute = day_and_minute(when, first)
    except ValueError as error:
        raise _wrong(text, str(error)) from error
    return (first - EPOCH_DAY).days * DAY_MIN + day * DAY_MIN + minute


def _size(text: str, kind: FleetKind, size: str | None) -> float:
    if kind.sizes is None:
        if size is not None:
            raise _wrong(text, f"{kind.name} has no size; leave ={size} away")
        return 0.0
    if size is None:
        return round(math.sqrt(kind.sizes[0] * kind.sizes[1]), 4)
    number = number_of(size)
    if not 0.0 < abs(number) < math.inf:
        raise _wrong(text, f"size {size!r} is no number; write 5% or 0.05")
    if number < 0.0 and not kind.both_signs:
        raise _wrong(text, f"{kind.name} cannot be negative")
    if abs(number) >= 1.0 and max(kind.sizes) < 1.0:
        raise _wrong(text, f"size {size!r} is no share; write 5% or 0.05")
    return number


def _wrong(text: str, message: str) -> ConfigError:
    return ConfigError("simulated fleet", [Fault(0, f"--fault {text}", message)])
