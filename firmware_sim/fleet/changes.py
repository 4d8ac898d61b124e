"""What changes lawfully at a unit: another fuel that the books name, and leakage that grows until the overhaul."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from firmware_sim.fleet.noise import Block
from firmware_sim.fleet.operation import stops_of
from firmware_sim.fleet.process import UnitTruth
from firmware_sim.physics import Floats
from firmware_sim.span import DAY_MIN
from firmware_sim.streams import Stream, generator

OTHER_FUEL: Final = {
    "bituminous": ("subbituminous", "lignite", "anthracite"),
    "lignite": ("subbituminous", "bituminous"),
    "blast_furnace_gas": ("coke_oven_gas",),
}
"""What else a unit on a main fuel may burn."""
_SWITCHES: Final = 0.25
"""Share of the unit years in which the fuel is changed for a time."""
_LEAK_GROWS: Final = 0.35
"""What leakage gains in a year after an overhaul, share of itself."""


@dataclass(frozen=True, slots=True)
class Switch:
    """A time with another fuel, in whole days."""

    start_min: int
    """Midnight, minutes since 1970 in standard time."""
    end_min: int
    """Midnight at which the main fuel comes back."""
    fuel: str
    """What is burnt instead."""
    recorded: bool
    """Whether the books name it."""


def switches_of(seed: int, unit: UnitTruth, year: int) -> tuple[Switch, ...]:
    """The recorded fuel switch that begins in a year, if there is one: not in its first forty days, two weeks or more.

    A unit that is not known to burn anything else has none.
    """
    others = OTHER_FUEL.get(unit.kind.fuel, ())
    happens, begin, length, which = generator(seed, Stream.FLEET_STOPS, unit.owner, year, 1).random(4)
    if not others or happens >= _SWITCHES or unit.kind.fuel == "blast_furnace_gas":
        return ()
    first = int((np.datetime64(f"{year}-01-01") - np.datetime64("1970-01-01")).astype(int))
    start = (first + 40 + int(280 * begin)) * DAY_MIN
    return (Switch(start, start + (14 + int(60 * length)) * DAY_MIN, others[int(which * len(others))], recorded=True),)


def years_of(block: Block) -> tuple[int, int]:
    """The years that may reach into a block: its own and the one before."""
    year = int(block.month[:4])
    return year - 1, year


def leakage(seed: int, unit: UnitTruth, block: Block) -> Floats:
    """Leakage of a unit (days,), share of the dry gas: it grows from overhaul to overhaul."""
    year = int(block.month[:4])
    ends = [
        stop.end_min / DAY_MIN
        for y in (year - 2, year - 1, year)
        for stop in stops_of(seed, unit.owner, y, unit.kind.stops)
        if stop.overhaul
    ]
    if not ends:
        return np.full(block.days, unit.leak)
    past = np.array(ends)[:, None]
    since = np.where(past <= block.day[None, :], block.day[None, :] - past, np.inf).min(axis=0)
    grown: Floats = unit.leak * (1.0 + _LEAK_GROWS * (np.minimum(since, 540.0) / 365.0 - 0.5))
    return grown
