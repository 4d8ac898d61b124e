"""The rows of a comparison: a boundary over a day, month, quarter, year or the whole period, with its statistics."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from cems.clock import DAY_MS
from reconcile.breakdown import Kind, name_of
from reconcile.comparison.boundary_budget import Monitored, accounted_budget, monitored_budget
from reconcile.comparison.boundary_days import BoundaryDays
from reconcile.comparison.daily_agreement import Agreement, DailyU, daily_agreement
from reconcile.comparison.offsets import Offset, factor_of, known_offsets
from reconcile.comparison.point_days import BASES
from reconcile.comparison.scores import Scores, scores
from reconcile.parameters import Parameters
from reconcile.quality.budget import Budget
from reconcile.quality.sides import assumed_correlation, sides
from reconcile.quality.tiers import GasKind, materiality_of, materiality_t, tier_reached, tiers_of
from reconcile.rulebooks.capture import period_of

Bools = NDArray[np.bool_]
ROW_KINDS: Final[tuple[Kind, ...]] = ("month", "quarter", "year", "period")
Sign = Literal["accounting below", "accounting above", "equal"]


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison; totals and differences in tonnes of CO2 over the hours that both sides know."""

    level: str
    enterprise: str
    sector: str
    code: str
    kind: Kind
    """Day, month, quarter, year or period."""
    period: str
    independent: bool
    """Whether the monitored side owes nothing to the fuel records."""
    days: int
    """Days of the period."""
    hours: int
    """Hours compared with neutral fills, summed over the points."""
    filled_hours: int
    open_hours: int
    """Hours taken out of both sides because a stack has no number for them."""
    days_without_record: int
    """Days of points taken out because a unit has no usable fuel record."""
    measured_t: float
    """Valid hours alone."""
    measured_account_t: float
    """Account of these same hours."""
    by_rule_t: float
    """With the substitutes of HJ 75."""
    by_rule_account_t: float
    refused_hours: int
    """Operating hours to which HJ 75 gives no number; left out on both sides."""
    monitoring_t: float
    """With the neutral fill."""
    accounting_t: float
    """Account of these same hours."""
    unseen_t: float
    """CO2 of the account that is not compared: units without a monitored way out, days, hours."""
    biogenic_t: float
    """Biogenic CO2 in the account that is compared; what is reported is lower by it."""
    offsets_pct: float
    """What known offsets of rule books add to monitoring over accounting; removed from all that follows."""
    difference_t: float
    """Monitoring − accounting."""
    difference_pct: float
    """In per cent of accounting."""
    absolute_t: float
    """Sum of the sizes of the daily differences, of a sector or the fleet of those of its enterprises: what cancels in
    the total shows here."""
    absolute_pct: float
    u_random_t: float
    u_systematic_t: float
    expanded_t: float
    """k = 2."""
    zeta: float
    e_n: float
    monitoring_expanded_pct: float
    """Expanded uncertainty of the monitored total (k = 2)."""
    tier: int | None
    """Highest tier of the EU MRR that this keeps; None below tier 1 or without a total."""
    materiality_t: float
    material: bool
    """The difference reaches the materiality level."""
    sign: Sign
    """Which side is lower; equal only where both are the same number."""
    agreement: Agreement | None
    """Daily statistics; None for too few days."""

    @property
    def agrees(self) -> bool:
        """The two totals agree within their expanded uncertainty."""
        return abs(self.e_n) <= 1.0

    @property
    def severity(self) -> float:
        """max(|E_n|, size of the difference over materiality). *Source*: international facts D.8, a design choice."""
        share = abs(self.difference_t) / self.materiality_t if self.materiality_t else 0.0
        return max(abs(self.e_n), share)


class Comparer:
    """Makes rows; holds the constants in use, the physical ones and the limits."""

    def __init__(self, used: Parameters, physical: Parameters, offset_ms: int) -> None:
        self._used, self._physical, self._offset_ms = used, physical, offset_ms
        self._tiers, self._levels = tiers_of(used), materiality_of(used)
        self._correlation = assumed_correlation(used)

    def offsets(self, days: BoundaryDays) -> tuple[Offset, ...]:
        """Known offsets of a boundary, named; none of the temperature where it was never measured."""
        warm = days.temperature_c if math.isfinite(days.temperature_c) else 0.0
        return known_offsets(self._used, self._physical, warm)

    def rows(self, days: BoundaryDays, period: str, kinds: Sequence[Kind] = ROW_KINDS) -> tuple[Row, ...]:
        """Rows of a boundary, each kind in order of time; ``period`` names the whole span."""
        offsets = self.offsets(days)
        start = days.day * DAY_MS - self._offset_ms
        found = []
        for kind in kinds:
            if kind == "period":
                found.append(self._row(days, kind, period, np.ones(days.day.size, dtype=np.bool_), offsets))
                continue
            number = period_of(start, self._offset_ms, kind)
            for one in np.unique(number).tolist():
                inside = np.asarray(number == one, dtype=np.bool_)
                found.append(self._row(days, kind, name_of(kind, one), inside, offsets))
        return tuple(found)

    def _row(self, d: BoundaryDays, kind: Kind, name: str, at: Bools, offsets: tuple[Offset, ...]) -> Row:
        f_m, f_a = factor_of(offsets, "monitoring"), factor_of(offsets, "accounting")
        mon, acc = d.monitoring_t["neutral"][at] / f_m, d.accounting_t["neutral"][at] / f_a
        m_budget, a_budget = self._budgets(d, at)
        common = sides(m_budget, a_budget, self._correlation)
        total_m, total_a = math.fsum(mon), math.fsum(acc)
        found = _scored(total_m, total_a, m_budget, a_budget, common.correlation)
        absolute = math.fsum(
            math.fsum(np.abs(m[at] / f_m - a[at] / f_a))
            for m, a in d.members or ((d.monitoring_t["neutral"], d.accounting_t["neutral"]),)
        )
        sums = {b: (math.fsum(d.monitoring_t[b][at]), math.fsum(d.accounting_t[b][at])) for b in BASES}
        whole = sums["neutral"][0]
        expanded_pct = 200.0 * m_budget.standard_t / whole if whole > 0 else math.nan
        share = materiality_t(d.annual_t, self._levels) / d.annual_t if d.annual_t else 0.0
        level_t = share * total_a
        return Row(
            level=d.level.value,
            enterprise=d.enterprise,
            sector=d.sector,
            code=d.code,
            kind=kind,
            period=name,
            independent=d.independent,
            days=int(at.sum()),
            hours=int(d.hours["neutral"][at].sum()),
            filled_hours=int(d.filled[at].sum()),
            open_hours=int(d.open[at].sum()),
            days_without_record=int(d.without_record[at].sum()),
            measured_t=sums["measured"][0],
            measured_account_t=sums["measured"][1],
            by_rule_t=sums["by_rule"][0],
            by_rule_account_t=sums["by_rule"][1],
            refused_hours=int(d.refused[at].sum()),
            monitoring_t=sums["neutral"][0],
            accounting_t=sums["neutral"][1],
            unseen_t=math.fsum(d.unseen_t[at]),
            biogenic_t=math.fsum(d.biogenic_t[at]),
            offsets_pct=100.0 * (f_m / f_a - 1.0),
            difference_t=total_m - total_a,
            difference_pct=found.difference_pct if found else math.nan,
            absolute_t=absolute,
            absolute_pct=100.0 * absolute / total_a if total_a else math.nan,
            u_random_t=common.u_random_t,
            u_systematic_t=common.u_systematic_t,
            expanded_t=found.expanded if found else math.nan,
            zeta=found.zeta if found else math.nan,
            e_n=found.e_n if found else math.nan,
            monitoring_expanded_pct=expanded_pct,
            tier=tier_reached(GasKind.CO2, expanded_pct, self._tiers) if expanded_pct > 0 else None,
            materiality_t=level_t,
            material=bool(level_t and abs(total_m - total_a) >= level_t),
            sign="equal" if total_m == total_a else "accounting below" if total_m > total_a else "accounting above",
            agreement=self._agreement(d, at, mon, acc, m_budget, a_budget) if kind != "day" else None,
        )

    def _budgets(self, d: BoundaryDays, at: Bools) -> tuple[Budget, Budget]:
        points = []
        for p in d.points:
            filled, all_filled = int(p.filled[at].sum()), int(p.filled.sum())
            line = p.line_u_t * filled / all_filled if all_filled else 0.0
            sizes = math.fsum(p.total_t[at]), math.fsum(p.squares_t2[at])
            points.append(Monitored(p.uncertainty, *sizes, filled, p.fill_u_t, line))
        fuels = {key: (math.fsum(co2[at]), math.fsum(co2[at] ** 2)) for key, co2 in d.fuels.items()}
        return monitored_budget(points), accounted_budget(fuels, self._used)

    def _agreement(
        self,
        d: BoundaryDays,
        at: Bools,
        mon: NDArray[np.float64],
        acc: NDArray[np.float64],
        m_budget: Budget,
        a_budget: Budget,
    ) -> Agreement | None:
        """Daily statistics; a day counts as n such days together would, their random errors being independent."""
        n, total_m, total_a = int((acc > 0).sum()), math.fsum(mon), math.fsum(acc)
        whole = 24 * len(d.points) * self._used.value("pilot_share_of_day_min")
        enough = np.asarray(d.hours["neutral"][at] >= whole, dtype=np.bool_)
        if not (n and total_m > 0 and total_a > 0):
            return None
        root = math.sqrt(n)
        u = DailyU(root * m_budget.random_t / total_m, root * a_budget.random_t / total_a)
        return daily_agreement(d.day[at][enough], mon[enough], acc[enough], u, self._used)


def _scored(a: float, b: float, m: Budget, other: Budget, correlation: float) -> Scores | None:
    """Scores of two totals; None where neither has an uncertainty to be held against."""
    if not (m.standard_t or other.standard_t):
        return None
    return scores(a, b, m.standard_t, other.standard_t, correlation)
