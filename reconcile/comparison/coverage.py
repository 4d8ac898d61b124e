"""Which statutory days both sides know, so that a comparison by rule holds like against like.

A day without a fuel record of every unit has an account that is too low; a day with an hour neither measured nor
filled has a monitored mass that is too low. Neither kind of day may enter the difference of a month.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from cems.clock import EPOCH_DAY, day_of
from reconcile import totals
from reconcile.accounting.power import Part
from reconcile.hours import Hours, Status


@dataclass(frozen=True, slots=True)
class Coverage:
    """The statutory days of some hours, sorted by what is known of them."""

    compared: frozenset[date]
    """Days on which both sides are whole; a day of standstill counts, with or without a record."""
    without_fuel: tuple[date, ...]
    """Days of operation on which a unit has no fuel record."""
    open: tuple[date, ...]
    """Days, not counted above, with an hour that is neither measured nor filled."""

    @property
    def whole(self) -> bool:
        """Whether no day is left out."""
        return not (self.without_fuel or self.open)

    def hours(self, hours: Hours, offset_ms: int) -> Hours:
        """The hours of the compared days."""
        days = np.array([(day - EPOCH_DAY).days for day in sorted(self.compared)], dtype=np.int64)
        return hours.where(np.isin(totals.day_index(hours, offset_ms), days))

    def accounted_t(self, parts: Iterable[Part]) -> float:
        """CO2 by accounting on the compared days [t]; all of it, exactly, when no day is left out."""
        if self.whole:
            return math.fsum(p.co2_t for p in parts)
        return math.fsum(co2_t for p in parts for day, co2_t in p.days if day in self.compared)


def co2_by_day(parts: Iterable[Part]) -> dict[date, dict[str, list[float]]]:
    """CO2 by accounting of each day with a record [t], by unit; one figure a part."""
    rows: dict[date, dict[str, list[float]]] = {}
    for part in parts:
        for day, co2_t in part.days:
            rows.setdefault(day, {}).setdefault(part.unit, []).append(co2_t)
    return rows


def coverage(hours: Hours, fills_kg: totals.Array, parts: Iterable[Part], units: set[str], offset_ms: int) -> Coverage:
    """Which days of ``hours`` both sides know; ``fills_kg`` [kg] are the fills of these hours, shape (n_hours,).

    *Source*: the two totals are compared only where both exist (China sheet D.7).
    """
    burnt = co2_by_day(parts)
    index = totals.day_index(hours, offset_ms)
    stopped, unknown = hours.is_(Status.STOPPED), totals.open_hours(hours, fills_kg)
    compared, without_fuel, unfilled = [], [], []
    for number in np.unique(index).tolist():
        inside, day = index == number, day_of(number)
        if not (burnt.get(day, {}).keys() >= units or stopped[inside].all()):
            without_fuel.append(day)
        elif unknown[inside].any():
            unfilled.append(day)
        else:
            compared.append(day)
    return Coverage(frozenset(compared), tuple(without_fuel), tuple(unfilled))
