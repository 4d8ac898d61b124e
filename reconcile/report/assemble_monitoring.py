"""The monitoring side of the report: three totals, what the rule put in, the tier reached. Pure."""

from __future__ import annotations

from cems.clock import from_ms
from reconcile.parameters import Parameters
from reconcile.quality.average_hour import relative_expanded_of_average_hourly_emission
from reconcile.quality.budget import Budget
from reconcile.quality.tiers import GasKind, tier_reached, tiers_of
from reconcile.reconciliation import Outcome
from reconcile.report.model_totals import BudgetRow, MonitoringTotal, RuleTotal, SubstitutedBlock
from reconcile.rulebooks.periods import RuleTotals


def monitoring_total(outcome: Outcome, parameters: Parameters) -> MonitoringTotal:
    """Three totals of the period with the uncertainty of the neutral one, and the tier that it keeps."""
    total, budget = outcome.total, outcome.budget
    return MonitoringTotal(
        measured_only_t=total.measured_t,
        filled_t=total.filled_t,
        neutral_t=total.total_t,
        filled_hours=total.filled_hours,
        unfilled_hours=total.unfilled_hours,
        u_random_t=budget.random_t,
        u_systematic_t=budget.systematic_t,
        budget=budget_rows(budget),
        by_rule=_by_rule(outcome.by_rule),
        drift_bias_t=budget.bias_t if budget.biases else None,
        eu_tier=_tier(outcome, parameters),
    )


def _by_rule(rule: RuleTotals) -> RuleTotal:
    return RuleTotal(
        rulebook=rule.book,
        by_rule_t=rule.by_rule_t,
        substituted_t=rule.substituted_t,
        substituted_hours=int(rule.substituted.substituted.sum()),
        refused_hours=rule.refused_hours,
        reasons=rule.reasons,
        blocks=tuple(
            SubstitutedBlock(
                start=from_ms(b.start_ms),
                hours=b.hours,
                method=b.method,
                rule_t=b.co2_t,
                neutral_t=b.neutral_t,
                fed_from=from_ms(b.fed.first_ms) if b.fed else None,
                fed_to=from_ms(b.fed.last_ms) if b.fed else None,
                fed_hours=b.fed.hours if b.fed else 0,
            )
            for b in rule.blocks
        ),
    )


def _tier(outcome: Outcome, parameters: Parameters) -> int | None:
    """Tier that the neutral total keeps; None without a total."""
    total_t, budget = outcome.total.total_t, outcome.budget
    if not (total_t > 0 and budget.standard_t > 0):
        return None
    expanded = relative_expanded_of_average_hourly_emission(budget, total_t)
    return tier_reached(GasKind.CO2, expanded, tiers_of(parameters))


def budget_rows(budget: Budget) -> tuple[BudgetRow, ...]:
    """Rows of an uncertainty budget."""
    return tuple(
        BudgetRow(source=r.source, kind=r.part, relative_pct=100 * r.relative, tonnes=r.tonnes) for r in budget.rows
    )
