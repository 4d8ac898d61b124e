"""Load, compute, save: the one place where the arithmetic meets the store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import dropwhile
from pathlib import Path

from cems.errors import ConfigError, Fault, RuleError
from cems.plant import Plant
from reconcile import reconciliation, rules, totals
from reconcile.accounting.activity import read_csv
from reconcile.hours import Hours
from reconcile.ledger import code_version
from reconcile.measure import Inputs, Measured, measure, site_of, stack_point
from reconcile.parameters import Parameters, load_parameters
from reconcile.period import Span, months_before, span_of
from reconcile.quality.confirm import Confirmation, confirm
from reconcile.quality.register import carried_drifts, marks, passed_instants
from reconcile.reconciliation import Accounts
from reconcile.report.assemble import Made, assemble
from reconcile.report.model import Report
from reconcile.report.model_readings import Completeness
from reconcile.rulebooks import hj75
from reconcile.rulebooks.capture import CaptureRate
from reconcile.rulebooks.periods import rule_totals
from reconcile.save import Computed, Loaded, Place, account_entry, save, save_accounts, save_hours
from reconcile.store import Store
from reconcile.stored.chain import chain_facts
from reconcile.stored.marks import load_marks, standing_marks
from reconcile.stored.quality import load_checks

Overrides = Path | Iterable[Path] | None


@dataclass(frozen=True, slots=True)
class SavedHours:
    """Hours, and how many of them were news to the database."""

    measured: Measured
    """The monitoring side."""
    capture: CaptureRate
    """Valid-data capture."""
    new: int
    """Hours saved as a new version."""


def import_fuel(dsn: str, plant: Plant, path: Path) -> tuple[int, int]:
    """Import a CSV table of fuel records; how many say something new, and how many the table has.

    Raises :class:`ConfigError` with every faulty cell; nothing is imported then.
    """
    try:
        body = path.read_bytes()
    except OSError as error:
        raise ConfigError(str(path), [Fault(0, "file", f"cannot be read: {error}")]) from error
    records = read_csv(body, str(path), {u.code for u in plant.unit})
    source = f"{path.name} sha256:{hashlib.sha256(body).hexdigest()}"
    with Store(dsn) as store:
        return store.insert_fuel(plant.enterprise.code, records, source), len(records)


def load(store: Store, plant: Plant, period: str, stack: str | None = None, history_months: int = 0) -> Loaded:
    """Readings, records and facts of one stack over a period; the only stack where none is named.

    ``history_months`` says how many months before it are loaded too, for what a substitution may look back on.
    """
    code = stack or _only_stack(plant)
    span = span_of(period, plant.enterprise.utc_offset_hours)
    inputs = inputs_of(store, plant, code, span)
    if not len(inputs.stack_readings):
        raise RuleError(f"the database has no reading of point {inputs.point.code!r} in {span.name}")
    before = [inputs_of(store, plant, code, month) for month in months_before(span, history_months)]
    # A month without a reading between two that have some is a gap; before the first reading there was no monitoring.
    history = tuple(dropwhile(lambda month: not len(month.stack_readings), before))
    points = [inputs.point.code, *inputs.unit_readings]
    facts = chain_facts(store, plant.enterprise.code, points, span.start_ms, span.end_ms)
    absent = sum(gap.scans for gap in facts.gaps)
    completeness = Completeness(
        scans=facts.scans,
        expected=facts.scans + absent if facts.scans else None,
        missing_sequences=absent,
        gaps=facts.gaps,
        duplicate_instants=0,
        quarantined=facts.quarantined,
        config_hashes=facts.config_hashes,
    )
    return Loaded(inputs, history, completeness, store.register_plant(plant))


def inputs_of(store: Store, plant: Plant, code: str, span: Span) -> Inputs:
    """Readings, records and marks of a stack over a period as they stand in the database."""
    point = stack_point(plant, code)
    enterprise, units = plant.enterprise.code, plant.units_of_stack(code)
    unit_points = [p.code for p in plant.point if p.unit in {u.code for u in units}]
    checks = load_checks(store, enterprise, point.code)
    return Inputs(
        marks=(*marks(checks), *standing_marks(load_marks(store, enterprise, point.code))),
        drifts=carried_drifts(checks),
        passed_checks_ms=passed_instants(checks),
        plant=plant,
        stack=code,
        point=point,
        span=span,
        stack_readings=store.readings(enterprise, point.code, span.start_ms, span.end_ms),
        unit_readings={p: store.readings(enterprise, p, span.start_ms, span.end_ms) for p in unit_points},
        fuel=store.fuel_records(enterprise, [u.code for u in units], span.first_day, span.last_day),
    )


def build_report(
    dsn: str, plant: Plant, period: str, *, made_at: datetime, stack: str | None = None, overrides: Overrides = None
) -> Report:
    """Reconcile a stack over ``YYYY-MM`` or ``YYYY-MM..YYYY-MM``, save every figure with its ledger entry, report."""
    parameters = load_parameters(overrides)
    with Store(dsn) as store:
        loaded = load(store, plant, period, stack, int(parameters.value("history_months")))
        done = compute(loaded.inputs, loaded.history, parameters)
        completeness = loaded.completeness.model_copy(update={"duplicate_instants": done.outcome.measured.duplicates})
        made = Made(made_at, code_version())
        used = done.all_parameters()
        unsaved = assemble(loaded.inputs, done.outcome, completeness, used, made)
        ledger = save(store, loaded, done, made_at, unsaved, used)
    return unsaved.model_copy(update={"ledger": ledger})


def compute(inputs: Inputs, history: tuple[Inputs, ...], parameters: Parameters) -> Computed:
    """The arithmetic of a report, with the parameters of each step told apart."""
    of_hours, of_rule, of_account, of_rest = (parameters.fresh() for _ in range(4))
    measured = measure(inputs, of_hours)
    before = [measure(month, of_rule).hours for month in history]
    span, hours = inputs.span, Hours.joined([*before, measured.hours])
    by_rule = rule_totals(hj75, hours, site_of(inputs), span.start_ms, span.end_ms, of_rule)
    accounts = reconciliation.accounts_of(inputs.fuel, of_account)
    outcome = reconciliation.reconcile(inputs, measured, by_rule, accounts, of_rest)
    return Computed(outcome, of_hours, of_rule, of_account, of_rest)


def compute_hours(
    dsn: str, plant: Plant, period: str, *, made_at: datetime, stack: str | None = None, overrides: Overrides = None
) -> SavedHours:
    """Compute and save the hours of a stack; only hours that differ from their current version are saved."""
    parameters = load_parameters(overrides)
    with Store(dsn) as store:
        loaded = load(store, plant, period, stack)
        measured = measure(loaded.inputs, parameters)
        _, new = save_hours(store, loaded, measured, parameters, made_at)
    return SavedHours(measured, totals.capture(measured.hours), new)


def compute_account(
    dsn: str, plant: Plant, period: str, *, made_at: datetime, stack: str | None = None, overrides: Overrides = None
) -> Accounts:
    """Make and save the accounts of a stack's units with measured and with default carbon; empty without records."""
    parameters, span = load_parameters(overrides), span_of(period, plant.enterprise.utc_offset_hours)
    place = Place(plant.enterprise.code, stack or _only_stack(plant), span.name)
    units = [u.code for u in plant.units_of_stack(place.stack)]
    with Store(dsn) as store:
        store.register_plant(plant)
        fuel = store.fuel_records(place.enterprise, units, span.first_day, span.last_day)
        accounts = reconciliation.accounts_of(fuel, parameters)
        if accounts:
            save_accounts(store, account_entry(fuel, accounts, parameters, place), accounts, place, made_at)
    return accounts


def confirm_uncertainty(
    dsn: str, plant: Plant, period: str, seed: int, *, stack: str | None = None, overrides: Overrides = None
) -> Confirmation:
    """The uncertainty of the measured total by propagation and by Monte Carlo; nothing is saved."""
    parameters = load_parameters(overrides)
    with Store(dsn) as store:
        inputs = load(store, plant, period, stack).inputs
    measured = measure(inputs, parameters)
    return confirm(measured.hours, measured.gas.route, parameters, seed)


def compare_rules(
    dsn: str,
    plant: Plant,
    period: str,
    names: Sequence[str],
    history_months: int,
    *,
    stack: str | None = None,
    overrides: Overrides = None,
) -> rules.RuleComparison:
    """Run rule books over the same readings of a stack; nothing is saved."""
    with Store(dsn) as store:
        loaded = load(store, plant, period, stack, history_months)
    return rules.compare_rules(loaded.inputs, loaded.history, names, load_parameters(overrides))


def now() -> datetime:
    """The clock, for the command line only; the arithmetic gets the time as an argument."""
    return datetime.now(UTC)


def _only_stack(plant: Plant) -> str:
    if len(plant.stack) != 1:
        raise RuleError(f"the plant has {len(plant.stack)} stacks; name one: {', '.join(s.code for s in plant.stack)}")
    return plant.stack[0].code
