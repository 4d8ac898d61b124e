"""Loading readings and records, saving results. The only file of reconcile that knows psycopg."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from importlib import resources
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import psycopg
from psycopg.rows import TupleRow

from cems.channels import ORDER
from cems.clock import from_ms
from cems.errors import RuleError, SchemaError, StoreUnavailableError
from cems.plant import Plant
from cems.plantfile import config_hash
from cems.schema.migrate import require_current
from reconcile.accounting.activity import FuelRecord
from reconcile.hours import Hours
from reconcile.ledger import Entry
from reconcile.readings import Readings, empty
from reconcile.rulebooks.periods import RuleTotals
from reconcile.rulebooks.substitution.filled import MEASURED
from reconcile.versions import Before, why_again

Row = tuple[Any, ...]
"""A row of a result; psycopg cannot know its types."""

_EPOCH_2000_US: Final = 946_684_800_000_000
_HEADER: Final = 19
"""Bytes before the first tuple of a binary COPY: signature, flags, length of no extension."""
_FIELDS: Final = (("ts", ">i8"), ("stream", ">i4"), ("seq", ">i8"), *((c.value, ">f8") for c in ORDER))
_ROW: Final = np.dtype(
    [
        ("n", ">i2"),
        *((part, kind) for name, form in _FIELDS for part, kind in ((f"{name}_len", ">i4"), (name, form))),
        ("flags_len", ">i4"),
        ("flags", "u1", (len(ORDER),)),
    ]
)
HOUR_COLUMNS: Final = (
    *("status", "operating_h", "n_scans", "n_valid", "n_out_of_control", "co2_pct", "co2_pct_dry", "o2_pct_dry"),
    *("moisture_pct", "flow_dry_std", "flow_wet_std", "co2_kg", "co2_kg_minutes", "load_mw", "fuel_t"),
)
"""Figures of an hour in the order of its columns; names of :class:`reconcile.hours.Hours`."""
_SCANS: Final = HOUR_COLUMNS.index("n_scans")
_FUEL_COLUMNS: Final = "unit, day, fuel, mass_t, c_ad_pct, m_ad_pct, m_ar_pct, ncv_gj_per_t, report_no"


def _queries() -> dict[str, str]:
    """The named statements of ``queries.sql``: each begins with a line ``-- name: …``."""
    text = resources.files("reconcile").joinpath("queries.sql").read_text("utf-8")
    blocks = text.split("-- name: ")[1:]
    return {name.strip(): sql.strip() for name, _, sql in (block.partition("\n") for block in blocks)}


_SQL: Final = _queries()


class Store:
    """A database connection; a context manager that commits when it ends well and rolls back when it does not."""

    def __init__(self, dsn: str) -> None:
        try:
            self._connection: psycopg.Connection[TupleRow] = psycopg.connect(dsn, connect_timeout=10)
        except psycopg.Error as error:
            raise StoreUnavailableError(f"the database does not answer: {str(error).strip()}") from error

    def __enter__(self) -> Self:
        try:
            require_current(self._connection)
        except BaseException:
            self._connection.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._connection.commit()
            else:
                self._connection.rollback()
        except psycopg.Error as failure:
            if kind is None:
                raise StoreUnavailableError(f"the results could not be saved: {str(failure).strip()}") from failure
        finally:
            self._connection.close()
        if isinstance(error, psycopg.OperationalError):
            raise StoreUnavailableError(f"the database went away: {str(error).strip()}") from error

    def readings(self, enterprise: str, point: str, start_ms: int, end_ms: int) -> Readings:
        """All scans of a point in [start, end), ordered by instant, stream and sequence."""
        point_id = self.point_id(enterprise, point)
        if point_id is None:
            return empty(point)
        parameters = (point_id, from_ms(start_ms), from_ms(end_ms))
        with self.cursor() as cursor, cursor.copy(_SQL["copy_scans"], parameters) as copy:
            body = b"".join(bytes(block) for block in copy)
        rows = np.frombuffer(body[_HEADER:-2], dtype=_ROW) if len(body) > _HEADER + 2 else np.empty(0, dtype=_ROW)
        if rows.size and not (np.all(rows["n"] == len(_FIELDS) + 1) and np.all(rows["flags_len"] == len(ORDER))):
            raise SchemaError("the scan table does not have the columns and flags that this program knows")
        instant = (rows["ts"].astype(np.int64) + _EPOCH_2000_US) // 1000
        values = np.empty((rows.size, len(ORDER)), order="F")
        for column, channel in enumerate(ORDER):
            values[:, column] = rows[channel.value]
        stream, seq = rows["stream"].astype(np.int64), rows["seq"].astype(np.int64)
        return Readings(point, instant, stream, seq, values, rows["flags"].copy())

    def register_plant(self, plant: Plant) -> str:
        """Keep the plant file that a computation used; its hash."""
        digest, body = config_hash(plant)
        self.run("insert_plant", (plant.enterprise.code, digest, body.decode()))
        return digest

    def fuel_records(self, enterprise: str, units: Iterable[str], first: date, last: date) -> tuple[FuelRecord, ...]:
        """The records in force of some units from the first to the last day, ordered by unit, day and fuel."""
        rows = self.rows("fuel", (enterprise, list(units), first, last))
        names = _FUEL_COLUMNS.split(", ")
        return tuple(
            FuelRecord.model_validate({**dict(zip(names, row, strict=True)), "report_no": row[-1] or ""})
            for row in rows
        )

    def insert_fuel(self, enterprise: str, records: Sequence[FuelRecord], source: str) -> int:
        """Add the records that say something new; how many those were. Earlier rows stay as they are."""
        units = sorted({r.unit for r in records})
        days = [r.day for r in records]
        known = set(self.fuel_records(enterprise, units, min(days), max(days))) if records else set()
        new = [r for r in records if r not in known]
        with self.cursor() as cursor:
            cursor.executemany(
                _SQL["insert_fuel"],
                [(enterprise, *(getattr(r, name) for name in _FUEL_COLUMNS.split(", ")), source) for r in new],
            )
        return len(new)

    def record(self, entry: Entry, made_at: datetime) -> tuple[int, bool]:
        """Number of a ledger entry, and whether it is new: the same entry made again keeps its number."""
        parameters = json.dumps(list(entry.parameters), sort_keys=True, ensure_ascii=False)
        found = self.rows(
            "find_ledger",
            (entry.kind, entry.subject, entry.period, entry.inputs_hash, entry.result_hash, entry.code, parameters),
        )
        if found:
            return int(found[0][0]), False
        inputs = json.dumps(dict(entry.inputs), sort_keys=True, ensure_ascii=False)
        row = (entry.kind, entry.subject, entry.period, entry.inputs_hash, inputs, parameters)
        ((number,),) = self.rows("insert_ledger", (*row, entry.code, entry.result_hash, entry.reason, made_at))
        return int(number), True

    def save_hours(self, enterprise: str, point: str, hours: Hours, ledger_id: int, entry: Entry) -> int:
        """Save the hours that differ from their current version, a version more with its reason; how many those were.

        ``entry`` is what the ledger keeps under ``ledger_id``.
        """
        point_id = self.point_id(enterprise, point)
        if point_id is None:
            raise RuleError(f"point {point!r} has never sent a scan to this database")
        if hours.start_ms.size == 0:
            return 0
        first, last = from_ms(int(hours.start_ms[0])), from_ms(int(hours.start_ms[-1]))
        current = {row[0]: row[1:] for row in self.rows("current_hours", (point_id, first, last))}
        before = self._ledger_before(sorted({int(row[1]) for row in current.values()}))
        new: list[Row] = []
        for index, start_ms in enumerate(hours.start_ms.tolist()):
            figures = tuple(_plain(getattr(hours, name)[index]) for name in HOUR_COLUMNS)
            version, made_by, *saved = current.get(from_ms(start_ms), (0, None))
            if figures != tuple(saved):
                more = figures[_SCANS] - saved[_SCANS] if saved else 0
                reason = why_again(before.get(made_by), entry, more)
                key = (point_id, from_ms(start_ms), version + 1, ledger_id, reason)
                new.append((*key, figures[0] == "valid", *figures))
        with self.cursor() as cursor, cursor.copy(_SQL["copy_hours"]) as copy:
            for row in new:
                copy.write_row(row)
        return len(new)

    def _ledger_before(self, numbers: list[int]) -> dict[int | None, Before]:
        rows = self.rows("ledger_before", (numbers,))
        return {int(number): Before(inputs, parameters, code) for number, inputs, parameters, code in rows}

    def save_substitutes(self, ledger_id: int, enterprise: str, point: str, rule: RuleTotals) -> None:
        """Save what a rule book put in for the hours of a period, and the hours that it left without a number."""
        done, point_id = rule.substituted, self.point_id(enterprise, point)
        with self.cursor() as cursor, cursor.copy(_SQL["copy_substitutes"]) as copy:
            for index in np.flatnonzero(done.method != MEASURED).tolist():
                start, fed = from_ms(int(rule.start_ms[index])), rule.fed[index]
                row = (ledger_id, point_id, rule.book, start, str(done.method[index]), _plain(done.co2_kg[index]))
                behind = (from_ms(fed.first_ms), from_ms(fed.last_ms), fed.hours) if fed else (None, None, 0)
                copy.write_row((*row, *behind))

    def save_total(self, ledger_id: int, enterprise: str, scope: str, period: str, row: Row) -> None:
        """Save one total: side, method, CO2 [t], random and systematic standard uncertainty [t]."""
        self.run("insert_total", (ledger_id, enterprise, scope, period, *row))

    def save_comparison(self, ledger_id: int, enterprise: str, scope: str, row: Row) -> None:
        """Save one comparison: period, basis, both totals, difference, U [t], E_n, findings as JSON text."""
        self.run("insert_comparison", (ledger_id, enterprise, scope, *row))

    def point_id(self, enterprise: str, point: str) -> int | None:
        """Number of a point; None where it never sent a scan."""
        rows = self.rows("point_id", (enterprise, point))
        return int(rows[0][0]) if rows else None

    def cursor(self) -> psycopg.Cursor[TupleRow]:
        """A cursor, for COPY."""
        return self._connection.cursor()

    def rows(self, name: str, parameters: Any = None) -> list[Row]:
        """Rows of a named statement of ``queries.sql``."""
        return self._connection.execute(_SQL[name], parameters).fetchall()

    def run(self, name: str, parameters: Any) -> None:
        """Run a named statement of ``queries.sql``."""
        self._connection.execute(_SQL[name], parameters)


def _plain(value: Any) -> Any:
    """A numpy scalar as the database takes it; NaN is null."""
    plain = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(plain, float) and math.isnan(plain) else plain
