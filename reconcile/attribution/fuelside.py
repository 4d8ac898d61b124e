"""The accounting side of a point, hour by hour: the days of its units, shared out over the hours by the feeders."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cems.clock import DAY_MS
from cems.errors import RuleError
from reconcile.attribution.line import fo_of_fuel
from reconcile.parameters import Parameters
from reconcile.pointhours import Array, PointHours, UnitDays
from reconcile.rulebooks.equations.part75_f_factors import FUELS

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class UnitSide:
    """One unit whose gas passes a point."""

    days: UnitDays
    """Its account, day by day."""
    fuel: str
    """Its main fuel, for days that name none."""
    share: float = 1.0
    """Share of its gas that passes the point, 0 to 1."""

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise RuleError(f"the share of a unit at a point lies above 0 and at most at 1 (found {self.share!r})")


@dataclass(frozen=True, slots=True)
class Account:
    """What the account says of the gas of a point; arrays of shape (n_hours,), NaN where a unit has no record."""

    co2_t: Array
    """CO2 of fuel and process, sum over the units by their shares [t]."""
    fuel_co2_t: Array
    """CO2 of fuel alone [t]."""
    fuel_t: Array
    """Fuel [t, or 1000 m3]."""
    heat_gj: Array
    """Net heat of the fuel [GJ]; NaN where no heating value is known."""
    carbon_t: Array
    """Carbon of the fuel [t]; NaN where no analysis is known."""
    fo: Array
    """Fo of the recorded fuel, weighted by CO2; NaN for fuels that the table of F factors lacks."""


def hour_days(start_ms: Ints, offset_ms: int) -> Ints:
    """Statutory day of each hour, days since 1970 in standard time; shape (n_hours,)."""
    days: Ints = (start_ms + offset_ms) // DAY_MS
    return days


def account(hours: PointHours, sides: Sequence[UnitSide], offset_ms: int, parameters: Parameters) -> Account:
    """The account of a point by hours: each day's figure in proportion to the feed of its hours, so days are exact.

    Where the feed of an hour is unknown, load times the day's feed per load stands in; where that is unknown too, the
    mean of the day's other hours. An hour at a standstill has no fuel. Days of which the span does not hold all 24
    hours are NaN: their hours do not tell which part of the day they are. A point without a unit has NaN throughout.
    *Source*: project choice; only the shape within the day hangs on the feeders, no total does.
    """
    day = hour_days(hours.start_ms, offset_ms)
    part = _part_of_day(hours, day)
    nothing = 0.0 if sides else np.nan
    total = {name: np.full(len(hours), nothing) for name in ("co2", "fuel_co2", "fuel", "heat", "carbon", "room")}
    for side in sides:
        unit = _of_unit(side, parameters)
        place = day - int(side.days.day[0]) if side.days.day.size else np.full(day.shape, -1)
        inside = (place >= 0) & (place < side.days.day.size)
        at = np.where(inside, place, 0)
        for name, row in unit.items():
            total[name] += side.share * np.where(inside, row[at], np.nan) if row.size else np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        fo = np.where(total["co2"] > 0, total["room"] / total["co2"], np.nan)
    co2, fuel_co2, fuel, heat, carbon = (total[name] * part for name in ("co2", "fuel_co2", "fuel", "heat", "carbon"))
    return Account(co2, fuel_co2, fuel, heat, carbon, fo)


def other_fuel(start_ms: Ints, sides: Sequence[UnitSide], offset_ms: int) -> NDArray[np.bool_]:
    """Hours of days for which a unit records another fuel than its main one; shape (n_hours,)."""
    day = hour_days(start_ms, offset_ms)
    other = np.zeros(day.shape, dtype=np.bool_)
    for side in sides:
        if side.days.fuel is not None and side.days.day.size:
            switched = (side.days.fuel != side.fuel) & (side.days.fuel != "")
            other |= np.isin(day, side.days.day[switched])
    return other


def _of_unit(side: UnitSide, parameters: Parameters) -> dict[str, Array]:
    """Daily rows of a unit; ``room`` is CO2 times Fo, so that a sum over units keeps the share of each."""
    days = side.days
    names = days.fuel if days.fuel is not None else np.full(days.day.shape, side.fuel)
    named = [str(name) or side.fuel for name in names.tolist()]
    known = {name: fo_of_fuel(parameters, name) if name in FUELS else np.nan for name in sorted(set(named))}
    fo = np.array([known[name] for name in named], dtype=np.float64)
    idle = days.fuel_mass == 0

    def of_fuel(per_tonne: Array) -> Array:
        return np.where(idle, 0.0, days.fuel_mass * per_tonne)  # nobody analyses fuel that was not burnt

    return {
        "co2": days.co2_t,
        "fuel_co2": days.fuel_co2_t,
        "fuel": days.fuel_mass,
        "heat": of_fuel(days.ncv),
        "carbon": of_fuel(days.carbon),
        "room": np.where(days.co2_t == 0, 0.0, days.co2_t * fo),
    }


def _part_of_day(hours: PointHours, day: Ints) -> Array:
    """Share of its day's fuel that each hour burns; sums to 1 over whole days, NaN on days cut by the span."""
    _, place, counts = np.unique(day, return_inverse=True, return_counts=True)
    n = counts.size
    weight = _weights(hours, place, n)
    known = np.isfinite(weight)
    some = np.bincount(place[known], weights=weight[known], minlength=n)
    count = np.bincount(place[known], minlength=n)
    mean = np.where(count > 0, some / np.maximum(count, 1), np.nan)
    weight = np.where(known, weight, mean[place])
    whole = np.bincount(place, weights=np.where(np.isfinite(weight), weight, 0.0), minlength=n)
    good = (counts == 24) & (whole > 0)
    return np.where(good[place], weight / np.where(good, whole, 1.0)[place], np.nan)


def _weights(hours: PointHours, place: Ints, n: int) -> Array:
    """Weight of each hour within its day; of the day's own hours alone, so that no other day moves it."""
    feed = np.where(hours.fuel_feed >= 0, hours.fuel_feed, np.nan)
    ran = np.isfinite(feed) & (hours.load > 0) & (feed > 0)
    fed, loaded = (np.bincount(place[ran], weights=row[ran], minlength=n) for row in (feed, hours.load))
    per_load = np.where(loaded > 0, fed / np.where(loaded > 0, loaded, 1.0), 1.0)[place]
    guess = np.where(hours.load >= 0, hours.load * per_load, np.nan)
    weight = np.where(np.isfinite(feed), feed, guess)
    return np.where(np.isnan(weight) & (hours.operating_h == 0), 0.0, weight)


def unit_shares(sides: Sequence[UnitSide], span_ms: tuple[int, int], offset_ms: int) -> Array:
    """Share of each unit in the account of whole days, shape (n_units,); zeros where nothing was accounted."""
    first, end = ((instant + offset_ms) / DAY_MS for instant in span_ms)
    sums = [
        side.share * float(np.nansum(side.days.co2_t[(side.days.day >= first) & (side.days.day < end)]))
        for side in sides
    ]
    total = math.fsum(sums)
    return np.array([x / total if total > 0 else 0.0 for x in sums])
