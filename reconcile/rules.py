"""Several rule books over the same readings of a stack. Pure; ``reconcile.pipeline`` loads what it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconcile.hours import Hours
from reconcile.measure import Inputs, hours_by, observe, site_of
from reconcile.parameters import Parameters
from reconcile.rulebooks.books import book_of
from reconcile.rulebooks.choice import Choice, choices
from reconcile.rulebooks.periods import RuleTotals, rule_totals


@dataclass(frozen=True, slots=True)
class RuleComparison:
    """Rule books over the same readings."""

    totals: dict[str, RuleTotals]
    """Totals of the period by rule book."""
    hours: dict[str, Hours]
    """Hours of the period by rule book."""
    choices: tuple[Choice, ...]
    """Every rule book against the first."""


def compare_rules(
    inputs: Inputs, history: Sequence[Inputs], names: Sequence[str], parameters: Parameters
) -> RuleComparison:
    """The period of ``inputs`` by each rule book; ``history`` are the months before it, in order.

    Raises :class:`RuleError` for a name that no rule book has.
    """
    observed = [(one, observe(one, parameters)) for one in (*history, inputs)]
    site, span = site_of(inputs), inputs.span
    totals, hours = {}, {}
    for name in dict.fromkeys(names):
        book = book_of(name)
        all_hours = hours_by(book, observed, parameters)
        totals[name] = rule_totals(book, all_hours, site, span.start_ms, span.end_ms, parameters)
        hours[name] = all_hours.part(span.start_ms, span.end_ms)
    return RuleComparison(totals, hours, choices(totals, hours))
