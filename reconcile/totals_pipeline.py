"""Load, compute, save: the monitoring totals of a stack and of the days, months, quarters and years in a period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cems.plant import Plant
from reconcile import pipeline, rules
from reconcile.breakdown import KINDS, Kind, PartTotal, breakdown
from reconcile.hours import Hours
from reconcile.parameters import Parameters, load_parameters
from reconcile.pipeline import Overrides
from reconcile.report.model import LedgerRow
from reconcile.rulebooks import hj75
from reconcile.rulebooks.books import book_of
from reconcile.rulebooks.periods import RuleTotals
from reconcile.save import Loaded, save_totals
from reconcile.store import Store


@dataclass(frozen=True, slots=True)
class PeriodTotals:
    """The monitoring side of a stack over a period by one rule book."""

    stack: str
    """Code of the stack."""
    period: str
    """``YYYY-MM`` or ``YYYY-MM..YYYY-MM``."""
    rule: RuleTotals
    """Totals of the period, with what was substituted."""
    parts: tuple[PartTotal, ...]
    """Totals of the days, months, quarters and years in it, and of the whole."""
    ledger: tuple[LedgerRow, ...]
    """Ledger entries of hours, totals and substitutes; empty where nothing was saved."""


def compute_totals(
    dsn: str,
    plant: Plant,
    period: str,
    *,
    made_at: datetime,
    stack: str | None = None,
    overrides: Overrides = None,
    rule: str = hj75.NAME,
    kinds: Sequence[Kind] = KINDS,
) -> PeriodTotals:
    """Compute the totals of a stack by a rule book; those of HJ 75, the rule book of the report, are saved.

    Saved are hours that are news, the totals measured only, neutral and by the rule, and every substitute, each with
    its ledger entry. Raises :class:`RuleError` where the database has no reading, or there is no such rule book.
    """
    book, parameters = book_of(rule), load_parameters(overrides)
    with Store(dsn) as store:
        loaded = pipeline.load(store, plant, period, stack, int(parameters.value("history_months")))
        if book.NAME == hj75.NAME:
            hours, done, ledger = _saved(store, loaded, parameters, made_at)
        else:
            compared = rules.compare_rules(loaded.inputs, loaded.history, [rule], parameters)
            hours, done, ledger = compared.hours[rule], compared.totals[rule], ()
    span = loaded.inputs.span
    parts = breakdown(book, hours, done, span.name, span.offset_ms, parameters, kinds)
    return PeriodTotals(loaded.inputs.stack, span.name, done, parts, ledger)


def _saved(
    store: Store, loaded: Loaded, parameters: Parameters, made_at: datetime
) -> tuple[Hours, RuleTotals, tuple[LedgerRow, ...]]:
    # The monitoring side alone: fuel records and accounts play no part in it.
    alone = replace(loaded, inputs=replace(loaded.inputs, fuel=()))
    computed = pipeline.compute(alone.inputs, alone.history, parameters)
    ledger = save_totals(store, alone, computed, made_at)
    return computed.outcome.measured.hours, computed.outcome.by_rule, ledger
