"""A stack computed again from what the database holds now, step by step, so that every step can be shown. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reconcile.basis import Gas
from reconcile.explain.facts import LedgerFacts
from reconcile.explain.kept import parameters_of
from reconcile.hours import Hours
from reconcile.measure import Inputs, Measured, Observed, measure, minutes_by, observe, site_of
from reconcile.minutes import Minutes
from reconcile.parameters import Parameters
from reconcile.reconciliation import Outcome, reconcile
from reconcile.rulebooks import hj75
from reconcile.rulebooks.book import RuleBook
from reconcile.rulebooks.periods import RuleTotals, rule_totals


@dataclass(frozen=True, slots=True)
class Again:
    """The monitoring side of a stack, with every intermediate step."""

    book: RuleBook
    """Rule book."""
    parameters: Parameters
    """The figures it was computed with; those that were looked up are marked."""
    inputs: Inputs
    """Readings and plant."""
    observed: Observed
    """Readings with the flags that stand."""
    gas: Gas
    """Standard-state gas, reading by reading."""
    minutes: Minutes
    """Minutes, shape (n_hours, 60)."""
    hours: Hours
    """Hours."""


def compute_again(book: RuleBook, inputs: Inputs, parameters: Parameters) -> Again:
    """The steps from readings to hours by a rule book."""
    used = parameters.fresh()
    observed = observe(inputs, used)
    gas, minutes = minutes_by(book, inputs, observed, used)
    return Again(book, used, inputs, observed, gas, minutes, book.hours(minutes, used))


@dataclass(frozen=True, slots=True)
class TotalsAgain:
    """Totals of a period, made again from the hours that are kept."""

    outcome: Outcome
    """Totals, line of the neutral fill, uncertainty; no accounts."""
    rule: RuleTotals
    """By the rule book."""


def totals_again(
    again: Again, hours: Hours, history: Sequence[Inputs], monitoring: LedgerFacts, substitution: LedgerFacts
) -> TotalsAgain:
    """The totals of some kept hours with the parameters of their own ledger entries.

    ``history`` are the months that the substitution looked back on; their hours are computed from readings.
    """
    of_rule, of_rest = parameters_of(substitution), parameters_of(monitoring)
    span, alone = again.inputs.span, replace(again.inputs, fuel=())
    before = [measure(month, of_rule).hours for month in history]
    joined = Hours.joined([*before, hours])
    rule = rule_totals(hj75, joined, site_of(alone), span.start_ms, span.end_ms, of_rule)
    kept = Measured(again.observed, again.gas, hours)
    return TotalsAgain(reconcile(alone, kept, rule, (), of_rest), rule)
