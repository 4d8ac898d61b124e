"""Digests by which the ledger knows inputs and results; one function for each, so that anybody can take them again."""

from __future__ import annotations

from collections.abc import Iterable

from reconcile.checks.history import FlagEvent
from reconcile.ledger import Json, digest, digest_readings
from reconcile.measure import Inputs
from reconcile.quality.budget import Budget
from reconcile.readings import Readings
from reconcile.rulebooks.periods import RuleTotals
from reconcile.totals import Totals


def readings_of(inputs: Inputs) -> list[Readings]:
    """The readings behind the hours of a stack: its point first, then those of its units by code."""
    return [inputs.stack_readings, *(inputs.unit_readings[p] for p in sorted(inputs.unit_readings))]


def readings_digest(inputs: Inputs) -> str:
    """Digest of the readings behind the hours of a stack."""
    return digest_readings(*readings_of(inputs))


def marks_digest(marks: Iterable[FlagEvent]) -> str:
    """Digest of what marks say of the readings; when and by whom it was said does not change a number."""
    rows: list[Json] = [[m.channel.value, m.flag.value, m.start_ms, m.end_ms] for m in marks]
    return digest(rows)


def totals_digest(total: Totals, budget: Budget) -> str:
    """Digest of the totals measured only and neutral, with the uncertainty of the latter."""
    figures: list[Json] = [total.measured_t, total.filled_t, total.total_t, budget.random_t, budget.systematic_t]
    return digest(figures)


def substitution_digest(rule: RuleTotals) -> str:
    """Digest of a total by rule and of every hour in it."""
    return digest(rule.by_rule_t, rule.substituted.co2_kg, rule.substituted.method)
