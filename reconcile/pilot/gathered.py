"""What the study is made of: the fleet, the points, the enterprises, and the row of each over the whole period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cems.fleettables import Fleet, FleetEnterprise, FleetPoint
from reconcile.allocation.exposure import Price
from reconcile.comparison.boundary_days import BoundaryDays
from reconcile.comparison.boundary_hours import BoundaryHours
from reconcile.comparison.period_rows import Row
from reconcile.pilot.enterprise_study import EnterpriseStudy
from reconcile.pilot.point_study import PointStudy


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that was computed of a fleet."""

    fleet: Fleet
    period: str
    enterprises: tuple[EnterpriseStudy, ...]
    """In the order of their codes."""
    points: tuple[PointStudy, ...]
    """In the order of enterprise and code."""
    totals: tuple[BoundaryDays, ...]
    """Sectors, then the fleet."""
    total_rows: tuple[Row, ...]
    """Of sectors and fleet."""
    costs: Mapping[str, float]
    """Cost a year by family of instrument, in the user's money; empty where nobody gave it."""
    price: Price
    """What a tonne is worth, for estimates."""
    hours: tuple[BoundaryHours, ...] = ()
    """Sectors and the fleet hour by hour."""
    figures: tuple[str, ...] = ()
    """Keys of the parameters that points and enterprises looked up, in order."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every row of every level."""
        return (*(row for e in self.enterprises for row in e.rows), *self.total_rows)

    def of(self, level: str, kind: str = "period") -> tuple[Row, ...]:
        """Rows of a level and kind of period."""
        return tuple(row for row in self.rows if row.level == level and row.kind == kind)


@dataclass(frozen=True, slots=True)
class Seen:
    """One point with what is documented, what was found, and its comparison over the whole period."""

    enterprise: FleetEnterprise
    point: FleetPoint
    study: PointStudy
    row: Row | None
    """None for a point that no unit's gas passes."""


def seen_points(gathered: Gathered) -> tuple[Seen, ...]:
    """All points of the fleet that were studied, in the order of enterprise and code."""
    rows = {(row.enterprise, row.code): row for row in gathered.of("point")}
    studies = {(s.enterprise, s.point): s for s in gathered.points}
    return tuple(
        Seen(enterprise, point, studies[enterprise.code, point.code], rows.get((enterprise.code, point.code)))
        for enterprise in sorted(gathered.fleet.enterprise, key=lambda e: e.code)
        for point in sorted(enterprise.point, key=lambda p: p.code)
        if (enterprise.code, point.code) in studies
    )


def biases(seen: Sequence[Seen]) -> list[float]:
    """Difference of monitoring from accounting of some points [%]."""
    return [s.row.difference_pct for s in seen if s.row is not None]
