"""The comparison of one enterprise at all its levels, and of sectors and the fleet from it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cems.fleettables import FleetEnterprise, Sector
from reconcile.comparison.boundary import Boundary, Level, Unseen, boundaries, unseen_of, ways_out
from reconcile.comparison.boundary_budget import point_uncertainty
from reconcile.comparison.boundary_days import BoundaryDays, EnterpriseInput, boundary_days, joined, stacks_of
from reconcile.comparison.boundary_hours import BoundaryHours, boundary_hours, joined_hours
from reconcile.comparison.conservation import check_hours, check_sharing, check_sum
from reconcile.comparison.fuel_days import UnitAccount
from reconcile.comparison.offsets import Offset
from reconcile.comparison.period_rows import Comparer, Row
from reconcile.comparison.point_days import BASES, PointHoursCompared
from reconcile.comparison.sharing import Shared, share_out
from reconcile.parameters import Parameters, load_parameters, shipped_overrides
from reconcile.pilot.point_study import PointStudy
from reconcile.pointhours import Array


@dataclass(frozen=True, slots=True)
class EnterpriseStudy:
    """One enterprise compared."""

    enterprise: str
    sector: str
    whole: BoundaryDays | None
    """The enterprise as a whole, for sector and fleet; None without a monitored way out."""
    boundaries: tuple[BoundaryDays, ...]
    """Every boundary day by day."""
    rows: tuple[Row, ...]
    """Every boundary by month, quarter, year and over the whole period."""
    unseen: tuple[Unseen, ...]
    unseen_t: Array
    """Account of the units of an enterprise without any monitored way out [t]; empty otherwise."""
    offsets: tuple[Offset, ...]
    """Known offsets that were removed, those of the enterprise's own gas temperature."""
    shares: Shared | None
    """Stacks shared out to units and fuels."""
    hours: tuple[BoundaryHours, ...] = ()
    """Boundaries hour by hour."""
    figures: tuple[str, ...] = ()
    """Keys of the parameters that were looked up."""


def enterprise_study(
    enterprise: FleetEnterprise,
    points: Sequence[PointStudy],
    accounts: Mapping[str, UnitAccount],
    period: str,
    offset_ms: int,
    parameters: Parameters,
    compared: Mapping[str, PointHoursCompared] | None = None,
) -> EnterpriseStudy:
    """All comparisons of an enterprise; raises :class:`ConservationError` where tonnes were lost on the way.

    ``compared`` are the hours of its points, where boundaries are wanted hour by hour too.
    """
    days = {p.point: p.days for p in points}
    given_points = {p.code: days[p.code] for p in enterprise.point}
    out = ways_out(enterprise)
    used = {stack for stacks in out.values() for stack in stacks}
    ways = {name: given_points[name] for name in enterprise.reported_stacks if name in used}
    shared = share_out(ways, accounts, out) if ways else None
    if shared is None:
        lost = np.asarray(np.sum([np.nan_to_num(a.days.co2_t) for a in accounts.values()], axis=0), dtype=np.float64)
        return EnterpriseStudy(
            enterprise.code, enterprise.sector.value, None, (), (), unseen_of(enterprise), lost, (), None
        )  # fmt: skip
    check_sharing(enterprise.code, ways, tuple(ways), accounts, out, shared)
    uncertainties = {p.code: point_uncertainty(p, parameters) for p in enterprise.point}
    given = EnterpriseInput(enterprise, given_points, accounts, shared, uncertainties)
    comparer = comparer_of(parameters, offset_ms)
    limits = boundaries(enterprise)
    found = tuple(boundary_days(b, given) for b in limits)
    whole = next(b for b in found if b.level is Level.ENTERPRISE)
    _check_levels(enterprise, given, found, whole)
    rows = tuple(row for b in found for row in comparer.rows(b, period))
    return EnterpriseStudy(
        enterprise=enterprise.code,
        sector=enterprise.sector.value,
        whole=whole,
        boundaries=found,
        rows=rows,
        unseen=unseen_of(enterprise),
        unseen_t=np.zeros(0),
        offsets=comparer.offsets(whole),
        shares=shared,
        hours=_hours(given, limits, found, compared) if compared else (),
        figures=tuple(p.key for p in parameters.used()),
    )


def fleet_rows(
    studies: Sequence[EnterpriseStudy], period: str, offset_ms: int, parameters: Parameters
) -> tuple[tuple[BoundaryDays, ...], tuple[Row, ...]]:
    """Sectors and the fleet day by day and by period, added up from the enterprises in the order of their codes."""
    ordered = sorted((s for s in studies if s.whole is not None), key=lambda s: s.enterprise)
    lost = {s.enterprise: s.unseen_t for s in studies if s.whole is None and s.unseen_t.size}
    sector_of = {s.enterprise: s.sector for s in studies}
    comparer = comparer_of(parameters, offset_ms)
    made = []
    for sector in Sector:
        parts = [s.whole for s in ordered if s.sector == sector.value and s.whole is not None]
        if parts:
            beside = [t for code, t in lost.items() if sector_of[code] == sector.value]
            made.append(joined(Level.SECTOR, sector.value, sector.value, parts, beside))
    if not made:
        return (), ()
    parts = [s.whole for s in ordered if s.whole is not None]
    fleet = joined(Level.FLEET, "fleet", "", parts, list(lost.values()))
    for basis in BASES:
        for side in ("monitoring_t", "accounting_t"):
            whole = float(np.sum(getattr(fleet, side)[basis]))
            check_sum(
                f"fleet, {side}, {basis}: enterprises", (float(getattr(p, side)[basis].sum()) for p in parts), whole
            )
            check_sum(f"fleet, {side}, {basis}: sectors", (float(getattr(p, side)[basis].sum()) for p in made), whole)
    made.append(fleet)
    return tuple(made), tuple(row for days in made for row in comparer.rows(days, period))


def comparer_of(parameters: Parameters, offset_ms: int) -> Comparer:
    """Makes rows with the physical constants that come with the program."""
    return Comparer(parameters, load_parameters(shipped_overrides("physical")), offset_ms)


def fleet_hours(studies: Sequence[EnterpriseStudy]) -> tuple[BoundaryHours, ...]:
    """Sectors and the fleet hour by hour; empty where no enterprise has hours."""
    ordered = sorted(studies, key=lambda s: s.enterprise)
    parts = [(s.sector, h) for s in ordered for h in s.hours if h.level == Level.ENTERPRISE.value]
    if not parts:
        return ()
    named = {sector.value: [h for name, h in parts if name == sector.value] for sector in Sector}
    sectors = [joined_hours(Level.SECTOR, name, hours) for name, hours in named.items() if hours]
    return (*sectors, joined_hours(Level.FLEET, "fleet", [h for _, h in parts]))


def _hours(
    given: EnterpriseInput,
    limits: Sequence[Boundary],
    found: Sequence[BoundaryDays],
    compared: Mapping[str, PointHoursCompared],
) -> tuple[BoundaryHours, ...]:
    rows = tuple(boundary_hours(b, given, compared) for b in limits)
    for days, hours in zip(found, rows, strict=True):
        what = f"{days.enterprise}, {days.level.value} {days.code}"
        check_hours(f"{what}, monitoring", hours.monitoring_t, days.monitoring_t["neutral"])
        check_hours(f"{what}, accounting", hours.accounting_t, days.accounting_t["neutral"])
    return rows


def _check_levels(
    enterprise: FleetEnterprise, given: EnterpriseInput, found: Sequence[BoundaryDays], whole: BoundaryDays
) -> None:
    """An enterprise is the sum of its ways out and of nothing else, and so are its units with what no unit got."""
    ways = stacks_of(given)
    for basis in BASES:
        total = float(whole.monitoring_t[basis].sum())
        parts = [float(d.monitoring_t[basis].sum()) for d in ways.values()]
        check_sum(f"{enterprise.code}, {basis}: ways out", parts, total)
        units = [float(b.monitoring_t[basis].sum()) for b in found if b.level is Level.UNIT]
        left = [
            float((d.monitoring_t[basis] * (given.shared.weight[given.shared.rows_of(stack=n)].sum(axis=0) == 0)).sum())
            for n, d in ways.items()
        ]
        check_sum(f"{enterprise.code}, {basis}: units", [*units, *left], total)
