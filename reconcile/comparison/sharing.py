"""The CO2 of stacks given to units and fuels by what they burnt, so that it can be added up again the other way.

Units on one stack get the same ratio of monitoring to accounting by it: a shared stack says nothing about one unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cems.errors import RuleError
from reconcile.comparison.fuel_days import UnitAccount
from reconcile.comparison.point_days import PointDays
from reconcile.pointhours import Array, Ints


@dataclass(frozen=True, slots=True, order=True)
class Party:
    """A fuel of a unit at a stack."""

    stack: str
    unit: str
    fuel: str


@dataclass(frozen=True, slots=True)
class Shared:
    """Stacks shared out; arrays of shape (n_parties, n_days), and (n_stacks, n_days) for what no party got."""

    parties: tuple[Party, ...]
    """In the order of stack, unit and fuel."""
    stacks: tuple[str, ...]
    """In their order."""
    day: Ints
    """Days since 1970, shape (n_days,)."""
    weight: Array
    """Share of the stack's CO2 of that day, adding up to 1 over the parties of a stack; 0 where it has no basis."""
    measured_t: Array
    """Measured CO2 [t]."""
    filled_t: Array
    """Filled CO2 [t]."""
    left_measured_t: Array
    """Measured CO2 of days without a basis [t]."""
    left_filled_t: Array
    """Filled CO2 of days without a basis [t]."""

    def rows_of(self, *, unit: str | None = None, stack: str | None = None) -> list[int]:
        """Places of the parties of a unit, of a stack, or of both."""
        return [
            i for i, p in enumerate(self.parties) if unit in (None, p.unit) and stack in (None, p.stack)
        ]  # fmt: skip

    def unit_share(self, unit: str, stack: str) -> Array:
        """Share of a stack's CO2 that falls to a unit, all its fuels; shape (n_days,)."""
        rows = self.rows_of(unit=unit, stack=stack)
        return np.asarray(self.weight[rows].sum(axis=0), dtype=np.float64)


def share_out(
    stacks: Mapping[str, PointDays], accounts: Mapping[str, UnitAccount], ways_out: Mapping[str, Mapping[str, float]]
) -> Shared:
    """CO2 of each reported stack given to the fuels of its units in proportion to their account of the day.

    A day on which a unit of the stack has no usable record, or none burnt anything while the stack has CO2, is left
    unapportioned: it is never split evenly. Raises :class:`RuleError` where days of stacks and accounts differ.
    """
    names = tuple(sorted(stacks))
    if not names:
        raise RuleError("there is no stack to share out")
    day = stacks[names[0]].day
    for theirs in (*(s.day for s in stacks.values()), *(a.days.day for a in accounts.values())):
        if not np.array_equal(theirs, day):
            raise RuleError("stacks and accounts must speak of the same days")
    parties = tuple(
        Party(stack, unit, fuel)
        for stack in names
        for unit in sorted(u for u, out in ways_out.items() if stack in out and u in accounts)
        for fuel in sorted(accounts[unit].by_fuel)
    )
    weight = np.zeros((len(parties), day.size))
    left = np.ones((len(names), day.size), dtype=np.bool_)
    for place, stack in enumerate(names):
        rows = [i for i, p in enumerate(parties) if p.stack == stack]
        if not rows:
            continue
        basis = np.vstack([_basis(accounts[parties[i].unit], parties[i], ways_out) for i in rows])
        total = basis.sum(axis=0)
        usable = np.isfinite(total) & (total > 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            weight[rows] = np.where(usable, basis / total, 0.0)
        left[place] = ~usable
    at = [names.index(p.stack) for p in parties]
    measured, filled = (np.vstack([getattr(stacks[n], k) for n in names]) for k in ("measured_t", "filled_t"))
    return Shared(
        parties=parties,
        stacks=names,
        day=day,
        weight=weight,
        measured_t=weight * measured[at],
        filled_t=weight * filled[at],
        left_measured_t=np.where(left, measured, 0.0),
        left_filled_t=np.where(left, filled, 0.0),
    )


def _basis(account: UnitAccount, party: Party, ways_out: Mapping[str, Mapping[str, float]]) -> Array:
    """What a party burnt for a stack, as CO2 [t]; NaN on days on which its unit has no usable record."""
    known = np.isfinite(account.days.co2_t)
    return np.where(known, account.by_fuel[party.fuel] * ways_out[party.unit][party.stack], np.nan)
