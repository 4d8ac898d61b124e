"""Activity data between files, database and arithmetic: import, account, what is in force."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cems.clock import zone_of
from cems.errors import ConfigError, Fault, RuleError
from cems.plant import Plant, Sector
from reconcile.accounting.parts import Account
from reconcile.accounting.power_output import Performance, performance
from reconcile.accounting.records import FuelSample, Record
from reconcile.activity.accounts import Options, by_sector, months_without, sector_account
from reconcile.activity.checks import Context
from reconcile.activity.csvbook import read_csv, read_zip
from reconcile.activity.grid import Book
from reconcile.activity.reading import read_books
from reconcile.activity.sensitivity import Level, Stake, sensitivity, stakes
from reconcile.activity.uncertainty import account_budget
from reconcile.activity.xlsxbook import read_xlsx
from reconcile.ledger import Entry, Json, code_version, digest, parameter_rows
from reconcile.parameters import Parameters, load_parameters
from reconcile.period import Span, span_of
from reconcile.quality.budget import Budget
from reconcile.store import Store
from reconcile.stored.activity import Imported, Stored, load_activity, save_activity

METHOD = "monthly_records"
"""Method under which the totals of these accounts are saved."""


@dataclass(frozen=True, slots=True)
class Made:
    """The account of one sector over a period, with what stands behind it."""

    sector: Sector
    """Whose guideline."""
    span: Span
    """The period."""
    account: Account
    """Its parts."""
    budget: Budget
    """Uncertainty of its direct CO2."""
    stored: tuple[Stored, ...]
    """The records it was made of."""
    without: dict[str, tuple[str, ...]]
    """Units of the sector and the months for which they have no record."""
    performance: tuple[Performance, ...]
    """Output and intensity of power units."""
    levels: tuple[Level, ...]
    """The account with less evidence; empty where nobody asked."""
    stakes: tuple[Stake, ...]
    """Fuels and what their default figures would make of them; empty where nobody asked."""
    parameters: Parameters
    """What was looked up."""
    ledger_id: int
    """Number of its ledger entry."""


def read_file(path: Path) -> list[Book]:
    """A workbook, a CSV table, a zip or a folder of CSV tables as books; a file that is none gives a book of faults."""
    if path.is_dir():
        tables = sorted(path.glob("*.csv"))
        return [book for table in tables for book in read_file(table)] or [_spoilt(path, b"", "holds no CSV table")]
    try:
        body = path.read_bytes()
    except OSError as error:
        return [_spoilt(path, b"", f"cannot be read: {error}")]
    read = {".csv": read_csv, ".zip": read_zip}.get(path.suffix.lower(), read_xlsx)
    try:
        return [read(body, path.name)]
    except ConfigError as error:
        return [Book(path.name, hashlib.sha256(body).hexdigest(), (), faults=tuple(error.faults))]


def import_files(dsn: str, plant: Plant, paths: Sequence[Path], *, made_at: datetime, reason: str = "") -> Imported:
    """Import files of monthly records, all or none.

    Raises :class:`ConfigError` with every faulty cell, and :class:`RuleError` where records in force would be replaced
    without a ``reason``.
    """
    books = [book for path in paths for book in read_file(path)]
    with Store(dsn) as store:
        reports: dict[str, set[tuple[str, str]]] = {}
        for stored in load_activity(store, plant.enterprise.code):
            if isinstance(stored.record, FuelSample) and stored.record.report_no:
                reports.setdefault(stored.record.report_no, set()).add((stored.record.unit, stored.record.month))
        known = {number: frozenset(places) for number, places in reports.items()}
        today = made_at.astimezone(zone_of(plant.enterprise.utc_offset_hours)).date()
        found = read_books(books, Context(plant, today, load_parameters(), known))
        store.register_plant(plant)
        return save_activity(store, plant.enterprise.code, found, made_at, reason)


def make_accounts(
    dsn: str,
    plant: Plant,
    period: str,
    parameters: Parameters,
    *,
    made_at: datetime,
    unit: str | None = None,
    options: Options | None = None,
    tiers: bool = False,
) -> tuple[Made, ...]:
    """The accounts of a period by sector, each saved with its ledger entry; empty where there is no record.

    ``unit`` takes one unit alone; ``tiers`` makes the accounts with less evidence too, which is not saved. Raises
    :class:`RuleError` for a unit that the plant does not have, and as the accounts do.
    """
    span = span_of(whole_period(period), plant.enterprise.utc_offset_hours)
    units = [u for u in plant.unit if unit in (None, u.code)]
    if not units:
        raise RuleError(f"the plant has no unit {unit!r}; it has {', '.join(u.code for u in plant.unit)}")
    with Store(dsn) as store:
        months = [month for month, _, _ in span.months]
        stored = load_activity(store, plant.enterprise.code, months[0], months[-1], unit)
        made = []
        for sector, records in by_sector((s.record for s in stored), plant).items():
            codes = [u.code for u in units if u.sector == sector]
            rows = tuple(s for s in stored if s.record.unit in codes)
            without = months_without(records, codes, months)
            one = _made(sector, span, rows, without, parameters.fresh(), options or Options(), tiers=tiers)
            made.append(_saved(store, plant, one, made_at, unit, options or Options()))
        return tuple(made)


def whole_period(period: str) -> str:
    """A year as its twelve months; any other period as it is.

    >>> whole_period("2025"), whole_period("2025-03")
    ('2025-01..2025-12', '2025-03')
    """
    return f"{period}-01..{period}-12" if re.fullmatch(r"\d{4}", period, re.ASCII) else period


def _made(
    sector: Sector,
    span: Span,
    stored: tuple[Stored, ...],
    without: dict[str, tuple[str, ...]],
    parameters: Parameters,
    options: Options,
    *,
    tiers: bool,
) -> Made:
    records: tuple[Record, ...] = tuple(s.record for s in stored)
    account = sector_account(sector, records, parameters, options=options)
    budget = account_budget(account, records, parameters)
    aside = parameters.fresh()
    return Made(
        sector=sector,
        span=span,
        account=account,
        budget=budget,
        stored=stored,
        without=without,
        performance=performance(account, records) if sector == "power" else (),
        levels=sensitivity(sector, records, aside, options) if tiers else (),
        stakes=stakes(sector, records, account, aside) if tiers else (),
        parameters=parameters,
        ledger_id=0,
    )


def _saved(store: Store, plant: Plant, made: Made, made_at: datetime, unit: str | None, options: Options) -> Made:
    records: list[Json] = [s.record.model_dump(mode="json") for s in made.stored]
    files: list[Json] = [*sorted({f"{s.file} sha256:{s.sha256}" for s in made.stored})]
    inputs: dict[str, Json] = {
        "activity_records": len(records),
        "activity_sha256": digest(records),
        "files": files,
        "plant_hash": store.register_plant(plant),
        "pfc": options.pfc,
        "clinker": options.clinker,
    }
    figures: list[Json] = [[p.name, p.unit, p.month, p.co2_t, p.co2e_t] for p in made.account.parts]
    subject = f"{made.sector} {unit}" if unit else made.sector
    entry = Entry(
        kind="accounting",
        subject=subject,
        period=made.span.name,
        inputs_hash=digest(inputs),
        inputs=inputs,
        parameters=parameter_rows(made.parameters.used()),
        code=code_version(),
        result_hash=digest(figures, [made.budget.random_t, made.budget.systematic_t]),
        reason="computed from the monthly records then in force",
    )
    number, new = store.record(entry, made_at)
    if new:
        row = ("accounting", METHOD, made.account.direct_t, made.budget.random_t, made.budget.systematic_t)
        store.save_total(number, plant.enterprise.code, subject, made.span.name, row)
    return replace(made, ledger_id=number)


def _spoilt(path: Path, body: bytes, message: str) -> Book:
    return Book(path.name, hashlib.sha256(body).hexdigest(), (), faults=(Fault(0, "file", message),))
