"""What is held against what: points, stacks, units, the enterprise, and what no monitor can see of each.

The same gas passes a duct and the stack behind it, so that an enterprise is the sum of its ways out (its reported
stacks) and of nothing else. What a way out does not see of a unit is taken out of the account and listed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cems.errors import RuleError
from cems.fleettables import FleetEnterprise, FleetUnit

_ROUNDING: Final = 1e-9
"""Shares that add up to one within this are whole: they are written down in decimals."""


class Level(StrEnum):
    """What a comparison speaks of."""

    POINT = "point"
    """Any monitoring point, ducts too; points are never added up."""
    UNIT = "unit"
    STACK = "stack"
    """A way out of the enterprise: a reported stack."""
    ENTERPRISE = "enterprise"
    SECTOR = "sector"
    FLEET = "fleet"


@dataclass(frozen=True, slots=True)
class Boundary:
    """One comparison: the points whose CO2 is added up, and the share of each unit's account that passes them."""

    level: Level
    """What it is."""
    code: str
    """Code of the point, unit, stack or enterprise."""
    points: tuple[str, ...]
    """Points whose CO2 is added up."""
    shares: Mapping[str, float]
    """Share of each unit's gas that passes these points, 0 < share ≤ 1, by unit."""
    independent: bool = True
    """Whether the monitored side owes nothing to the fuel records; False for units that share a stack by fuel."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """A part of the account that no way out sees; it stands in no comparison."""

    unit: str
    """Code of the unit."""
    share: float
    """Share of its gas."""
    why: str
    """In words."""


def ways_out(enterprise: FleetEnterprise) -> dict[str, dict[str, float]]:
    """Share of each unit's gas by reported stack, units and stacks in the order of the file; {} for an unseen unit.

    Raises :class:`RuleError` for a share that is no share, for points that do not exist, for a stack reported twice,
    and for a unit more of whose gas would be counted than there is: a duct and its stack were both reported.
    """
    points = {p.code for p in enterprise.point}
    reported = enterprise.reported_stacks
    if len(set(reported)) != len(reported) or not set(reported) <= points:
        raise RuleError(f"{enterprise.code}: reported stacks must be points of the enterprise, each once")
    found: dict[str, dict[str, float]] = {}
    for unit in enterprise.unit:
        _check_shares(enterprise.code, unit, points)
        found[unit.code] = {stack: unit.shares[stack] for stack in reported if unit.shares.get(stack)}
        whole = math.fsum(found[unit.code].values())
        if whole > 1 + _ROUNDING:
            raise RuleError(
                f"{enterprise.code}: {100 * whole:.6g} % of the gas of {unit.code} is counted at "
                f"{', '.join(reported)}; "
                "a duct before a monitored stack must not be a reported stack"
            )
    return found


def unseen_of(enterprise: FleetEnterprise) -> tuple[Unseen, ...]:
    """What no way out sees of the units of an enterprise."""
    rows = []
    for unit, stacks in ways_out(enterprise).items():
        left = 1.0 - math.fsum(stacks.values())
        if not stacks:
            rows.append(Unseen(unit, 1.0, "unit without a monitored way out"))
        elif left > _ROUNDING:
            rows.append(Unseen(unit, left, "gas that leaves beside the monitored ways out"))
    return tuple(rows)


def boundaries(enterprise: FleetEnterprise) -> tuple[Boundary, ...]:
    """Every boundary of an enterprise: points, stacks, units and the enterprise, in this order and that of the file.

    Raises :class:`RuleError` as :func:`ways_out`. A point that no unit's gas passes has none.
    """
    out = ways_out(enterprise)
    rows = []
    for point in enterprise.point:
        shares = {u.code: u.shares[point.code] for u in enterprise.unit if u.shares.get(point.code)}
        if shares:
            rows.append(Boundary(Level.POINT, point.code, (point.code,), shares))
    for stack in enterprise.reported_stacks:
        shares = {unit: stacks[stack] for unit, stacks in out.items() if stack in stacks}
        if shares:
            rows.append(Boundary(Level.STACK, stack, (stack,), shares))
    guests = {stack: sum(stack in stacks for stacks in out.values()) for stack in enterprise.reported_stacks}
    for unit, stacks in out.items():
        if stacks:
            alone = all(guests[stack] == 1 for stack in stacks)
            seen = min(math.fsum(stacks.values()), 1.0)
            rows.append(Boundary(Level.UNIT, unit, tuple(stacks), {unit: seen}, independent=alone))
    whole = {unit: min(math.fsum(stacks.values()), 1.0) for unit, stacks in out.items() if stacks}
    if whole:
        rows.append(Boundary(Level.ENTERPRISE, enterprise.code, enterprise.reported_stacks, whole))
    return tuple(rows)


def ducts_before(enterprise: FleetEnterprise) -> dict[str, tuple[str, ...]]:
    """Ducts that carry, added up, the gas of a stack, by stack; only where they carry all of it and nothing twice."""
    units_at = {p.code: {u.code for u in enterprise.unit if u.shares.get(p.code)} for p in enterprise.point}
    found = {}
    for stack in enterprise.reported_stacks:
        before = [
            p.code
            for p in enterprise.point
            if p.code not in enterprise.reported_stacks and units_at[p.code] and units_at[p.code] <= units_at[stack]
        ]
        carried = [unit for code in before for unit in units_at[code]]
        if before and sorted(carried) == sorted(units_at[stack]):
            found[stack] = tuple(before)
    return found


def ducts_of_units(enterprise: FleetEnterprise) -> dict[str, dict[str, str]]:
    """Stacks before which each unit has a monitored duct of its own, by stack: unit by duct; two units or more.

    All gas of the unit must pass its duct and the stack, as the design has it.
    """
    found = {}
    for stack, ducts in ducts_before(enterprise).items():
        units = {
            duct: [
                u for u in enterprise.unit if min(u.shares.get(duct, 0.0), u.shares.get(stack, 0.0)) >= 1 - _ROUNDING
            ]
            for duct in ducts
        }
        passing = {duct: sum(bool(u.shares.get(duct)) for u in enterprise.unit) for duct in ducts}
        if len(ducts) > 1 and all(len(units[duct]) == passing[duct] == 1 for duct in ducts):
            found[stack] = {duct: units[duct][0].code for duct in ducts}
    return found


def _check_shares(enterprise: str, unit: FleetUnit, points: set[str]) -> None:
    for point, share in unit.shares.items():
        if point not in points:
            raise RuleError(f"{enterprise}: unit {unit.code} names {point!r}, which is no point of the enterprise")
        if not (math.isfinite(share) and 0 <= share <= 1 + _ROUNDING):
            raise RuleError(f"{enterprise}: share of {unit.code} at {point} must lie between 0 and 1 (found {share!r})")
