"""The study as a whole: its tables in the order of the four questions, and the series that its charts draw. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cems.clock import day_of
from reconcile.comparison.period_rows import Row
from reconcile.parameters import Parameters
from reconcile.pilot import study_comparison as comparison
from reconcile.pilot import study_correction as correction
from reconcile.pilot import study_evaluation as evaluation
from reconcile.pilot import study_instruments as instruments
from reconcile.pilot import study_routes as routes
from reconcile.pilot import study_sharing as sharing
from reconcile.pilot import study_siting as siting
from reconcile.pilot.gathered import Gathered
from reconcile.pilot.tables import Table
from reconcile.pointhours import Array

FORMAT = "flueledger-pilot/1"


@dataclass(frozen=True, slots=True)
class Dot:
    """One enterprise in the funnel and in the plot of Bland and Altman."""

    code: str
    sector: str
    accounting_t: float
    difference_pct: float
    """Of accounting."""
    symmetric_pct: float
    """Of the mean of both."""
    u_pct: float
    """Standard uncertainty of the difference, in per cent of accounting."""


@dataclass(frozen=True, slots=True)
class Course:
    """Ratio of monitoring to accounting over time."""

    name: str
    week: tuple[str, ...]
    """First day of each week."""
    ratio: tuple[float, ...]
    """NaN where a week has none."""


@dataclass(frozen=True, slots=True)
class Study:
    """What the pilot has to say."""

    fleet: str
    period: str
    enterprises: int
    points: int
    tables: Mapping[str, tuple[Table, ...]]
    """By question: ``fleet``, ``instruments``, ``siting``, ``comparison``, ``evaluation``."""
    headline: Row | None
    """The fleet over the whole period."""
    dots: tuple[Dot, ...]
    courses: tuple[Course, ...]
    """The fleet, then its sectors."""
    pareto: tuple[tuple[str, float], ...]
    """Cause and tonnes, the largest first."""


def study(gathered: Gathered, parameters: Parameters) -> Study:
    """The study of a fleet."""
    tables = {
        "instruments": (instruments.instruments(gathered),),
        "siting": (siting.siting(gathered, parameters), siting.doubles(gathered)),
        "comparison": (
            comparison.sectors(gathered),
            comparison.signs(gathered),
            comparison.enterprises(gathered),
            comparison.side_by_side(gathered),
            comparison.offsets(gathered),
            comparison.not_compared(gathered),
            routes.stands_on(gathered),
            routes.routes(gathered, parameters),
            routes.route_tests(gathered),
            sharing.sharing(gathered),
            comparison.everything(gathered),
        ),
        "evaluation": (
            evaluation.reached(gathered, parameters),
            evaluation.points(gathered),
            evaluation.references(gathered),
            evaluation.pareto(gathered),
            evaluation.causes(gathered),
            evaluation.anomalies(gathered),
            correction.corrections(gathered),
            correction.shares(gathered),
        ),
    }
    (pareto,) = (t for t in tables["evaluation"] if t.key == "pareto")
    whole = gathered.of("fleet")
    return Study(
        fleet=gathered.fleet.name,
        period=gathered.period,
        enterprises=len(gathered.enterprises),
        points=len(gathered.points),
        tables=tables,
        headline=whole[0] if whole else None,
        dots=tuple(
            _dot(r) for r in gathered.of("enterprise") if math.isfinite(r.difference_pct) and r.monitoring_t > 0
        ),
        courses=_courses(gathered),
        pareto=tuple((str(r["cause"]), float(r["tonnes"] or 0.0)) for r in pareto.rows),
    )


def _dot(row: Row) -> Dot:
    corrected = row.difference_pct / 100.0
    return Dot(
        code=row.code,
        sector=row.sector,
        accounting_t=row.accounting_t,
        difference_pct=row.difference_pct,
        symmetric_pct=100.0 * corrected / (1.0 + corrected / 2.0),
        u_pct=50.0 * row.expanded_t / row.accounting_t if row.accounting_t else math.nan,
    )


def _courses(gathered: Gathered) -> tuple[Course, ...]:
    """Weekly ratios of the fleet and its sectors, known offsets still in."""
    ordered = sorted(gathered.totals, key=lambda d: d.level.value != "fleet")
    rows = []
    for days in ordered:
        week = (days.day - int(days.day[0])) // 7
        numbers = np.unique(week).tolist()
        mon, acc = days.monitoring_t["neutral"], days.accounting_t["neutral"]
        ratio = tuple(_ratio(mon[week == w], acc[week == w]) for w in numbers)
        names = tuple(day_of(int(days.day[0]) + 7 * w).isoformat() for w in numbers)
        rows.append(Course(days.code, names, ratio))
    return tuple(rows)


def _ratio(over: Array, under: Array) -> float:
    total = math.fsum(under)
    return math.fsum(over) / total if total > 0 else math.nan
