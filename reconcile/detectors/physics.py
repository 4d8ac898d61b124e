"""The ratios of a point, worked out once for all detectors that look at the same hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cems.clock import DAY_MS
from reconcile.attribution.fuelside import UnitSide
from reconcile.attribution.line import Line, line_of
from reconcile.attribution.logbook import recorded_factor
from reconcile.attribution.ratios import Ratios, daily, hourly
from reconcile.attribution.reference import RatioRule, Reference, ratio_rule_of
from reconcile.detectors.facts import Facts
from reconcile.parameters import Parameters
from reconcile.pointhours import Event, PointHours

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Seen:
    """The ratios of some hours."""

    hours: PointHours
    """The hours."""
    hourly: Ratios
    """Ratios of each."""
    daily: Ratios
    """Ratios of their statutory days."""


class Physics:
    """Makes the ratios of hours of one point against its reference, and keeps those of the hours asked for last."""

    def __init__(
        self,
        facts: Facts,
        sides: Sequence[UnitSide],
        events: Sequence[Event],
        reference: Reference | None,
        parameters: Parameters,
    ) -> None:
        self.facts, self.sides, self.reference = facts, tuple(sides), reference
        self.events = tuple(events)
        self.rule: RatioRule = ratio_rule_of(parameters)
        self.line: Line = line_of(facts.sector, [side.fuel for side in self.sides])
        self._parameters = parameters
        self._last: Seen | None = None
        self._usual = _usual_of(self.sides, reference, facts.offset_ms)

    def of(self, hours: PointHours) -> Seen:
        """The ratios of whole days of hours."""
        if self._last is None or self._last.hours is not hours:
            offset = self.facts.offset_ms
            rows = hourly(hours, self.sides, self.line, self.reference, offset, self._parameters, self.rule)
            self._last = Seen(hours, rows, daily(rows, offset, self.rule))
        return self._last

    def cylinders(self) -> tuple[int, ...]:
        """Instants at which a new cylinder of CO2 was put up, as recorded."""
        return tuple(e.time_ms for e in self.events if e.kind == "cylinder" and e.channel == "co2")

    def switches(self) -> tuple[int, ...]:
        """Starts of the days from which on the books name another fuel of a unit than before."""
        found: set[int] = set()
        for side in self.sides:
            fuel = side.days.fuel
            if fuel is not None:
                named = np.flatnonzero(fuel != "")
                at = named[1:][fuel[named[1:]] != fuel[named[:-1]]]
                found |= {int(day) * DAY_MS - self.facts.offset_ms for day in side.days.day[at]}
        return tuple(sorted(found))

    def factor(self, at_ms: Ints) -> Array:
        """Ln of what recorded changes of the flow cabinet's factor did by each instant (:func:`recorded_factor`)."""
        return recorded_factor(self.events, at_ms)

    def usual(self, day_ms: Ints, *, any_fuel: bool = False) -> Bools:
        """Whether each day, by its start, resembles the reference as far as the records tell; shape (n_days,).

        Every unit burns a fuel of the reference, and the units that run are those that ran there: a curve over the load
        of two units says nothing of one of them alone. With ``any_fuel`` the fuel does not matter: of a ratio that has
        the carbon of the recorded fuel in it.
        """
        day = (day_ms + self.facts.offset_ms) // DAY_MS
        same = np.ones(day.shape, dtype=np.bool_)
        for side, usual in zip(self.sides, self._usual, strict=True):
            if not side.days.day.size:
                continue
            place = day - int(side.days.day[0])
            inside = (place >= 0) & (place < side.days.day.size)
            at = np.where(inside, place, 0)
            if side.days.fuel is not None and not any_fuel:
                named = side.days.fuel[at]
                same &= ~inside | (named == "") | np.isin(named, sorted(usual.fuels))
            if len(self.sides) > 1:
                part = side.days.output[at] < _RUNS * usual.output
                same &= ~inside | ~part
        return same


@dataclass(frozen=True, slots=True)
class _Usual:
    """What a unit did on most days of the reference."""

    fuels: set[str]
    output: float
    """Median output of a day; 0 for a unit that stood still on most days."""


_RUNS = 0.7
"""Share of its usual output under which a unit of several ran for a part of the day only."""


def _usual_of(sides: Sequence[UnitSide], reference: Reference | None, offset_ms: int) -> list[_Usual]:
    found = []
    for side in sides:
        fuels, output = {side.fuel}, 0.0
        if reference is not None:
            span = [(edge + offset_ms) // DAY_MS for edge in (reference.start_ms, reference.end_ms)]
            inside = (side.days.day >= span[0]) & (side.days.day < span[1])
            made = side.days.output[inside]
            output = float(np.median(made[np.isfinite(made)])) if np.isfinite(made).any() else 0.0
            if side.days.fuel is not None:
                names, counts = np.unique(side.days.fuel[inside], return_counts=True)
                most = 2 * counts > np.count_nonzero(inside)
                fuels = {str(name) for name in names[most]} - {""} or fuels
        found.append(_Usual(fuels, output))
    return found


def for_load(physics: Physics, seen: Seen) -> Array:
    """Ln of CO2 mass over what the load asks for, by hour, shape (n_hours,); NaN on days unlike the reference."""
    value = log_ratio(seen.hourly.mass, seen.hourly.mass_expected)
    usual = physics.usual(seen.daily.start_ms)
    day = (seen.hourly.start_ms - seen.daily.start_ms[0]) // DAY_MS if len(seen.daily) else np.zeros(0, dtype=np.int64)
    return np.where(usual[day], value, np.nan)


def log_ratio(over: Array, under: Array) -> Array:
    """ln(over/under), shape as given; NaN where either is not above 0.

    >>> log_ratio(np.array([1.0, 2.0]), np.array([1.0, 0.0])).tolist()
    [0.0, nan]
    """
    good = (over > 0) & (under > 0)
    return np.where(good, np.log(np.where(good, over, 1.0) / np.where(good, under, 1.0)), np.nan)
