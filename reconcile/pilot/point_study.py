"""Everything that the study says of one point, from its hours and the records of its units. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cems.clock import HOUR_MS
from cems.fleettables import FleetEnterprise
from reconcile.anomaly import Anomaly
from reconcile.attribution.case import sides_of
from reconcile.comparison.conservation import check_point
from reconcile.comparison.fuel_days import UnitAccount
from reconcile.comparison.point_days import PointDays, PointHoursCompared, point_days, point_hours_compared
from reconcile.detectors.facts import Facts
from reconcile.detectors.replay import Prints, prints_of
from reconcile.parameters import Parameters
from reconcile.pilot.booked import BookedSeen, booked_rows
from reconcile.pilot.evaluation import Evaluation, evaluation
from reconcile.pilot.finding import Ranked, case_at, find
from reconcile.pilot.monthly_checks import monthly_anomalies
from reconcile.pilot.point_correction import PointCorrection, point_correction
from reconcile.pilot.routes_study import RouteRow, route_rows
from reconcile.pointhours import Array, Event, PointHours


@dataclass(frozen=True, slots=True)
class PointStudy:
    """What is known of one point."""

    enterprise: str
    point: str
    days: PointDays
    evaluation: Evaluation
    anomalies: tuple[Anomaly, ...]
    causes: tuple[Ranked, ...]
    healthy_pct: float = math.nan
    """Difference of monitoring from accounting over the days without an anomaly [%]; NaN without such days."""
    figures: tuple[str, ...] = ()
    """Keys of the parameters that were looked up."""
    prints: Prints | None = None
    """Fingerprints of its hours, until they were held against those of the other points."""
    correction: PointCorrection | None = None
    """What monitoring is estimated to be off by; None where no unit's gas passes the point."""
    routes: tuple[RouteRow, ...] = ()
    """Independent routes to its CO2, over the whole period and by month."""
    booked: tuple[BookedSeen, ...] = ()
    """How it sees the accounts of units that share a stack; empty elsewhere."""


def account_at(enterprise: FleetEnterprise, point: str, accounts: Mapping[str, UnitAccount]) -> Array:
    """Account of the gas that passes a point by the design shares [t], shape (n_days,); NaN where a unit has none."""
    rows = [accounts[u.code].days.co2_t * u.shares[point] for u in enterprise.unit if u.shares.get(point)]
    n = next(iter(accounts.values())).days.day.size
    return np.asarray(np.sum(rows, axis=0), dtype=np.float64) if rows else np.full(n, np.nan)


def compare_point(
    enterprise: FleetEnterprise,
    point: str,
    hours: PointHours,
    accounts: Mapping[str, UnitAccount],
    offset_ms: int,
    parameters: Parameters,
) -> tuple[PointHoursCompared, PointDays]:
    """Both sides of a point, hour by hour and day by day, checked for lost tonnes."""
    account = account_at(enterprise, point, accounts)
    first_day = int(next(iter(accounts.values())).days.day[0])
    compared = point_hours_compared(hours, account, first_day, offset_ms, parameters)
    days = point_days(point, hours, compared)
    check_point(hours, compared, days, offset_ms)
    return compared, days


def point_study(
    enterprise: FleetEnterprise,
    point: str,
    hours: PointHours,
    days: PointDays,
    accounts: Mapping[str, UnitAccount],
    events: Sequence[Event],
    offset_ms: int,
    parameters: Parameters,
) -> PointStudy:
    """Evaluation, anomalies and causes of one point over the span of its hours."""
    described = next(p for p in enterprise.point if p.code == point)
    account = account_at(enterprise, point, accounts)
    found = evaluation(described, hours, days, account, events, parameters)
    case = case_at(enterprise, described, hours, accounts, events, offset_ms, parameters)
    anomalies, causes = find(case, enterprise, described, accounts, parameters) if case else ((), ())
    healthy = healthy_difference(days, account, anomalies, offset_ms)
    corrected = None
    if case is not None:
        sides = sides_of(enterprise, described, {code: one.days for code, one in accounts.items()})
        facts = Facts(described, enterprise.sector, offset_ms)
        corrected = point_correction(case, sides, facts, anomalies, causes, parameters)
    monthly = monthly_anomalies(enterprise, point, accounts, offset_ms, parameters)
    anomalies = tuple(sorted((*anomalies, *monthly), key=lambda a: a.onset_ms))
    routes = route_rows(case, enterprise, described, accounts, parameters) if case else ()
    return PointStudy(
        enterprise=enterprise.code,
        point=point,
        days=days,
        evaluation=found,
        anomalies=anomalies,
        causes=causes,
        healthy_pct=healthy,
        prints=prints_of(hours),
        correction=corrected,
        routes=routes,
        booked=booked_rows(case, enterprise, point, routes, parameters) if case else (),
        figures=tuple(p.key for p in parameters.used()),
    )


def healthy_difference(days: PointDays, account_t: Array, anomalies: Sequence[Anomaly], offset_ms: int) -> float:
    """Monitoring less accounting over the days that no anomaly touches [% of accounting], known offsets still in.

    A day is touched from the earliest onset that an anomaly may have to its end. NaN without a day that is left.
    """
    start_ms = days.day * 24 * HOUR_MS - offset_ms
    clean = np.ones(days.day.size, dtype=np.bool_)
    for a in anomalies:
        end = a.end_ms if a.end_ms is not None else int(start_ms[-1]) + 24 * HOUR_MS
        clean &= (start_ms + 24 * HOUR_MS <= a.onset_low_ms) | (start_ms >= end)
    burnt = days.account_share["neutral"] * np.nan_to_num(account_t)
    total = math.fsum(burnt[clean])
    return 100.0 * (math.fsum(days.monitoring_t["neutral"][clean]) / total - 1.0) if total > 0 else math.nan
