"""Both sides of a boundary hour by hour. The day's account is spread by the feed: an hour tests the course of a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reconcile.comparison.boundary import Boundary, Level
from reconcile.comparison.boundary_days import EnterpriseInput, summed
from reconcile.comparison.point_days import HOURS_OF_DAY, PointHoursCompared
from reconcile.pointhours import Array, Ints


@dataclass(frozen=True, slots=True)
class BoundaryHours:
    """Both sides of a boundary, with neutral fills; arrays of shape (n_hours,)."""

    level: str
    code: str
    start_ms: Ints
    """Start of each hour, UTC."""
    monitoring_t: Array
    """CO2 of the points that know the hour [t]."""
    accounting_t: Array
    """Account of the same points and hour [t]."""
    points: Ints
    """Points that know the hour, on both sides."""


def boundary_hours(
    boundary: Boundary, given: EnterpriseInput, compared: Mapping[str, PointHoursCompared]
) -> BoundaryHours:
    """Hours of one boundary of an enterprise; they add up to its days."""
    shares = {u.code: u.shares for u in given.enterprise.unit}
    first = compared[boundary.points[0]]
    n = first.start_ms.size
    monitoring, accounting, points = np.zeros(n), np.zeros(n), np.zeros(n, dtype=np.int64)
    for name in boundary.points:
        hours = compared[name]
        use = hours.known("neutral") & np.isfinite(hours.weight)
        part = np.ones(n)
        if boundary.level is Level.UNIT:
            part = np.repeat(given.shared.unit_share(boundary.code, name), HOURS_OF_DAY)
        monitoring += np.where(use, hours.mass_t("neutral") * part, 0.0)
        for unit in boundary.shares:
            burnt = np.repeat(np.nan_to_num(given.accounts[unit].days.co2_t), HOURS_OF_DAY)
            weight = np.where(use, hours.weight, 0.0)
            accounting += burnt * shares[unit].get(name, 0.0) * weight
        points += use
    return BoundaryHours(boundary.level.value, boundary.code, first.start_ms, monitoring, accounting, points)


def joined_hours(level: Level, code: str, parts: Sequence[BoundaryHours]) -> BoundaryHours:
    """Enterprises added up, hour by hour; the order of the parts leaves no trace."""
    first = parts[0]
    return BoundaryHours(
        level.value,
        code,
        first.start_ms,
        summed([p.monitoring_t for p in parts]),
        summed([p.accounting_t for p in parts]),
        np.asarray(np.sum([p.points for p in parts], axis=0), dtype=np.int64),
    )
