"""How the points of a common stack and of the ducts before it see the accounts of their units. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from cems.clock import HOUR_MS
from cems.errors import RuleError
from cems.fleettables import FleetEnterprise
from reconcile.attribution.case import Case
from reconcile.attribution.engine import rules_of
from reconcile.attribution.misbooked import AccountSeen, seen_of
from reconcile.attribution.observe import observe
from reconcile.breakdown import name_of
from reconcile.comparison.boundary import ducts_of_units
from reconcile.parameters import Parameters
from reconcile.pilot.routes_study import PeriodKind, RouteRow
from reconcile.rulebooks.capture import period_of


class Against(StrEnum):
    """What the ratio of monitoring to account is held against."""

    FIRST_WEEKS = "its own first weeks"
    """The reference of the point: changes since then, which are seen down to a per cent or so."""
    ACCOUNT = "the account"
    """A ratio of 1, with the uncertainty of installed instruments: what was wrong from the beginning."""


@dataclass(frozen=True, slots=True)
class BookedSeen:
    """What one point sees of the account in one period."""

    kind: PeriodKind
    """Month, or the whole period."""
    period: str
    """Its name."""
    against: Against
    """What it is held against."""
    seen: AccountSeen
    """Ratio, uncertainty and tonnes."""


def booked_rows(
    case: Case, enterprise: FleetEnterprise, point: str, routes: Sequence[RouteRow], parameters: Parameters
) -> tuple[BookedSeen, ...]:
    """What a point sees of the account of its units, where every unit of a stack has a monitored duct of its own.

    Empty for every other point. The whole period against the account by ``routes``; against its first weeks each month
    that begins after them. Periods with fewer hours than routes need are left out.
    """
    if not any(point in (stack, *ducts) for stack, ducts in ducts_of_units(enterprise).items()):
        return ()
    found = [
        BookedSeen("period", row.period, Against.ACCOUNT, _of_routes(row)) for row in routes if row.kind == "period"
    ]
    return (*found, *_since_reference(case, parameters))


def _of_routes(row: RouteRow) -> AccountSeen:
    monitored, accounted = row.mass_t["flow x CO2"], row.mass_t["fuel x carbon"]
    return AccountSeen(math.log(monitored / accounted), row.u_rm, accounted)


def _since_reference(case: Case, parameters: Parameters) -> list[BookedSeen]:
    at = case.hourly.start_ms
    if case.reference is None or not at.size:
        return []
    begin, rules = case.reference.end_ms, rules_of(parameters)
    number = period_of(at, case.offset_ms, "month")
    rows = []
    for n in np.unique(number).tolist():
        inside = at[number == n]
        window = int(inside[0]), int(inside[-1]) + HOUR_MS
        if window[0] < begin:
            continue
        try:
            seen = observe(case, window, rules.ratios, rules.seeing, rules.floors, levels_only=True)
        except RuleError:  # no ratio is known in this window
            continue
        if seen.n_hours >= parameters.value("route_hours_min") and math.isfinite(seen.seen("rm")):
            rows.append(BookedSeen("month", name_of("month", n), Against.FIRST_WEEKS, seen_of(seen)))
    return rows
