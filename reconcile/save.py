"""Saving results, each with the ledger entry that says what made it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from reconcile.accounting.activity import FuelRecord
from reconcile.digests import marks_digest, readings_digest, readings_of, substitution_digest, totals_digest
from reconcile.ledger import Entry, Json, code_version, digest, digest_hours, parameter_rows
from reconcile.measure import Inputs, Measured
from reconcile.parameters import Parameters
from reconcile.reconciliation import Accounts, Outcome
from reconcile.report.model import LedgerRow, Report
from reconcile.report.model_readings import Completeness
from reconcile.store import Store

REASON: Final = "computed from the readings and records then in the database"


@dataclass(frozen=True, slots=True)
class Loaded:
    """Inputs as they stood in the database."""

    inputs: Inputs
    """What the arithmetic takes."""
    history: tuple[Inputs, ...]
    """The months before the period that a substitution may look back on, those that have readings, in order."""
    completeness: Completeness
    """What the chain proves; duplicates not yet counted."""
    plant_hash: str
    """Hash of the plant file."""


@dataclass(frozen=True, slots=True)
class Computed:
    """The outcome, and which parameters each step looked up."""

    outcome: Outcome
    """Figures of the stack."""
    of_hours: Parameters
    """Looked up for the hours."""
    of_rule: Parameters
    """Looked up for the substitution."""
    of_account: Parameters
    """Looked up for the accounts."""
    of_rest: Parameters
    """Looked up for totals and comparisons."""

    def all_parameters(self) -> Parameters:
        """Everything that was looked up."""
        return self.of_hours.joined(self.of_rule, self.of_account, self.of_rest)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a result belongs."""

    enterprise: str
    """Code of the enterprise."""
    stack: str
    """Code of the stack."""
    period: str
    """``YYYY-MM`` or ``YYYY-MM..YYYY-MM``."""


def save(
    store: Store, loaded: Loaded, done: Computed, made_at: datetime, report: Report, used: Parameters
) -> tuple[LedgerRow, ...]:
    """Save hours, totals, accounts and comparisons; the ledger entries that stand behind them, in that order.

    ``used`` has looked up everything that the report needed, the thresholds of its findings too.
    """
    inputs, outcome = loaded.inputs, done.outcome
    place = Place(inputs.plant.enterprise.code, inputs.stack, inputs.span.name)
    rows = [*save_totals(store, loaded, done, made_at)]
    if outcome.accounts:
        entry = account_entry(inputs.fuel, outcome.accounts, done.of_account, place)
        rows.append(save_accounts(store, entry, outcome.accounts, place, made_at))
        # Matched readings hang on the readings themselves, not on the hours made of them.
        behind: dict[str, Json] = {
            "inputs_hashes": [r.inputs_hash for r in rows],
            "result_hashes": [r.result_hash for r in rows],
        }
        figures = [[c.period, c.basis, c.monitoring_t, c.accounting_t, c.scores.expanded] for c in outcome.comparisons]
        result = digest(cast("Json", figures), [f.model_dump(mode="json") for f in report.findings])
        entry = _entry("comparison", place.stack, place.period, behind, result, used)
        rows.append(_save_comparisons(store, entry, report, place, made_at))
    return tuple(rows)


def save_totals(store: Store, loaded: Loaded, done: Computed, made_at: datetime) -> tuple[LedgerRow, ...]:
    """Save the monitoring side: hours, totals, substitutes; the ledger entries behind them, in that order."""
    inputs, outcome = loaded.inputs, done.outcome
    place = Place(inputs.plant.enterprise.code, inputs.stack, inputs.span.name)
    of_hours, _ = save_hours(store, loaded, outcome.measured, done.of_hours, made_at)
    monitoring = _monitoring_entry(outcome, done.of_rest, place, of_hours)
    substitution = _substitution_entry(outcome, loaded.history, done.of_rule, place, of_hours)
    of_totals = _save_monitoring(store, monitoring, outcome, place, made_at)
    return of_hours, of_totals, _save_substitution(store, substitution, outcome, inputs, made_at)


def _entry(
    kind: str, subject: str, period: str, inputs: dict[str, Json], result_hash: str, parameters: Parameters
) -> Entry:
    return Entry(
        kind=kind,
        subject=subject,
        period=period,
        inputs_hash=digest(inputs),
        inputs=inputs,
        parameters=parameter_rows(parameters.used()),
        code=code_version(),
        result_hash=result_hash,
        reason=REASON,
    )


def _monitoring_entry(outcome: Outcome, parameters: Parameters, place: Place, of_hours: LedgerRow) -> Entry:
    inputs: dict[str, Json] = {"hours_sha256": of_hours.result_hash}
    result = totals_digest(outcome.total, outcome.budget)
    return _entry("monitoring", place.stack, place.period, inputs, result, parameters)


def _substitution_entry(
    outcome: Outcome, history: tuple[Inputs, ...], parameters: Parameters, place: Place, of_hours: LedgerRow
) -> Entry:
    rule = outcome.by_rule
    before: list[Json] = [[h.span.name, readings_digest(h)] for h in history]
    inputs: dict[str, Json] = {"hours_sha256": of_hours.result_hash, "rulebook": rule.book, "history": before}
    return _entry("substitution", place.stack, place.period, inputs, substitution_digest(rule), parameters)


def _save_substitution(store: Store, entry: Entry, outcome: Outcome, inputs: Inputs, made_at: datetime) -> LedgerRow:
    """Save what stood in for hours, and the total by rule where the rule gives one."""
    number, new = store.record(entry, made_at)
    rule, enterprise = outcome.by_rule, inputs.plant.enterprise.code
    if new:
        store.save_substitutes(number, enterprise, inputs.point.code, rule)
        if rule.by_rule_t is not None:
            # A maximum is a deliberate bias, so that no uncertainty belongs to the total by rule.
            row = ("monitoring", f"by_rule:{rule.book}", rule.by_rule_t, None, None)
            store.save_total(number, enterprise, inputs.stack, inputs.span.name, row)
    return _row(number, entry)


def account_entry(fuel: tuple[FuelRecord, ...], accounts: Accounts, parameters: Parameters, place: Place) -> Entry:
    """Ledger entry of the accounts made from some fuel records."""
    records: list[Json] = [r.model_dump(mode="json") for r in fuel]
    figures: list[Json] = [x for a, b in accounts for x in (a.method, a.co2_t, b.random_t, b.systematic_t)]
    figures += [[p.unit, p.month, p.fuel, p.mass_t, p.carbon_pct_ar, p.co2_t] for a, _ in accounts for p in a.parts]
    inputs: dict[str, Json] = {"fuel_records": len(records), "fuel_sha256": digest(records)}
    return _entry("accounting", place.stack, place.period, inputs, digest(figures), parameters)


def save_hours(
    store: Store, loaded: Loaded, measured: Measured, parameters: Parameters, made_at: datetime
) -> tuple[LedgerRow, int]:
    """Save the hours that are news; their ledger entry, and how many those were."""
    inputs = loaded.inputs
    scans: dict[str, Json] = {r.point: len(r) for r in readings_of(inputs)}
    described: dict[str, Json] = {
        "plant_hash": loaded.plant_hash,
        "readings_sha256": readings_digest(inputs),
        "marks_sha256": marks_digest(inputs.marks),
        "scans": scans,
        "start_ms": inputs.span.start_ms,
        "end_ms": inputs.span.end_ms,
    }
    enterprise, point = inputs.plant.enterprise.code, inputs.point.code
    entry = _entry("hours", point, inputs.span.name, described, digest_hours(measured.hours), parameters)
    number, _ = store.record(entry, made_at)
    return _row(number, entry), store.save_hours(enterprise, point, measured.hours, number, entry)


def _save_monitoring(store: Store, entry: Entry, outcome: Outcome, place: Place, made_at: datetime) -> LedgerRow:
    number, new = store.record(entry, made_at)
    kinds = (
        ("measured_only", outcome.total.measured_t, outcome.measured_budget),
        ("neutral", outcome.total.total_t, outcome.budget),
    )
    for method, co2_t, budget in kinds if new else ():
        row = ("monitoring", method, co2_t, budget.random_t, budget.systematic_t)
        store.save_total(number, place.enterprise, place.stack, place.period, row)
    return _row(number, entry)


def save_accounts(store: Store, entry: Entry, accounts: Accounts, place: Place, made_at: datetime) -> LedgerRow:
    """Save the totals of the accounts, unless the same were saved last; their ledger entry."""
    number, new = store.record(entry, made_at)
    for account, budget in accounts if new else ():
        row = ("accounting", account.method, account.co2_t, budget.random_t, budget.systematic_t)
        store.save_total(number, place.enterprise, place.stack, place.period, row)
    return _row(number, entry)


def _save_comparisons(store: Store, entry: Entry, report: Report, place: Place, made_at: datetime) -> LedgerRow:
    """The findings are saved with the first comparison, the one that the verdict speaks of."""
    number, new = store.record(entry, made_at)
    found = json.dumps([f.model_dump(mode="json") for f in report.findings], ensure_ascii=False)
    for index, c in enumerate(report.comparisons if new else ()):
        figures = (c.monitoring_t, c.accounting_t, c.difference_t, c.U_t, c.e_n)
        row = (c.period, c.basis, *figures, "[]" if index else found)
        store.save_comparison(number, place.enterprise, place.stack, row)
    return _row(number, entry)


def _row(number: int, entry: Entry) -> LedgerRow:
    return LedgerRow(
        ledger_id=number,
        kind=entry.kind,
        subject=entry.subject,
        inputs_hash=entry.inputs_hash,
        code=entry.code,
        result_hash=entry.result_hash,
    )
