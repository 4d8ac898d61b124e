"""Writing batches: binary COPY, or, where a scan came before, by staging what is new; commit.

The only file of ingest that knows psycopg.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING, Final

import psycopg

from cems.clock import DAY_MS
from cems.errors import ConfigError, Fault, StoreUnavailableError, WireError
from cems.schema.migrate import require_current
from ingest.rows import COLUMNS, HEADER, TRAILER, rows

if TYPE_CHECKING:
    from cems.scan import Batch
    from ingest.messages import Config, Reject, Sorted, Statement

_STAGING: Final = "create temp table scan_staging (like scan) on commit delete rows"
_COPY: Final = f"copy {{}} ({', '.join(COLUMNS)}) from stdin (format binary)"
_PARTITION: Final = "select ensure_scan_partitions(month, month) from (select to_timestamp(%s)) as months (month)"
_STATEMENT: Final = """
    insert into spool_statement (stream_id, boot, stated_at, body)
    values (%s, %s, timestamptz 'epoch' + %s * interval '1 millisecond', %s)
    on conflict (stream_id, boot) do update set stated_at = excluded.stated_at, body = excluded.body
    where spool_statement.stated_at <= excluded.stated_at
"""
_INSERT: Final = resources.files("ingest").joinpath("insert_staged.sql").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Written:
    """What a commit put into the database."""

    received: int
    """Scans in the messages."""
    inserted: int
    """Scans that were new; the others had come before."""
    quarantined: int


class Writer:
    """One database connection of ingest, reopened when it breaks."""

    def __init__(self, dsn: str) -> None:
        try:
            psycopg.conninfo.conninfo_to_dict(dsn)
        except psycopg.ProgrammingError as error:
            raise ConfigError("ingest", [Fault(0, "dsn", f"{str(error).strip()}; e.g. postgresql:///co2")]) from error
        self._dsn = dsn
        self._connection: psycopg.Connection | None = None
        self._points: dict[tuple[str, str], int] = {}
        self._streams: dict[tuple[str, str, str], int] = {}
        self._configs: dict[str, int] = {}
        self._days: set[int] = set()
        """Days since 1970 for which there is a partition."""
        self._all_new = True
        """Whether the last scans had not come before; what a gateway repeats comes in a row."""

    def write(self, work: Sorted) -> Written:
        """Write all of it in one transaction and commit.

        Raises :class:`StoreUnavailableError` when the database cannot take it now (nothing was written), and
        :class:`WireError` when the database refuses the content itself, such as a number too large for its column.
        """
        connection = self._open()
        try:
            with connection.transaction(), connection.cursor() as cursor:
                self._write_configs(cursor, work.configs)
                inserted = self._write_batches(cursor, work.batches)
                self._write_statements(cursor, work.statements)
                self._write_rejects(cursor, work.rejects)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            self._forget_ids()
            raise WireError(f"the database refuses it: {error}") from error
        except psycopg.Error as error:
            self.close()
            raise StoreUnavailableError(f"the database does not take the readings: {error}") from error
        return Written(sum(len(b.scans) for b in work.batches), inserted, len(work.rejects))

    def open(self) -> None:
        """Connect and check the schema; :class:`StoreUnavailableError` or ``SchemaError`` when it is not usable."""
        self._open()

    def close(self) -> None:
        """Give the connection up; the next write opens another."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._forget_ids()

    def _forget_ids(self) -> None:
        """A rolled-back transaction takes the numbers it handed out with it."""
        self._points.clear()
        self._streams.clear()
        self._configs.clear()
        self._days.clear()

    def _open(self) -> psycopg.Connection:
        if self._connection is not None:
            return self._connection
        try:
            connection = psycopg.connect(self._dsn, autocommit=True, connect_timeout=5, application_name="ingest")
        except psycopg.Error as error:
            raise StoreUnavailableError(f"no database: {str(error).strip()}") from error
        with ExitStack() as on_failure:
            on_failure.callback(connection.close)
            try:
                require_current(connection)
                # What is acknowledged must outlive a killed server, whatever that server is set to.
                connection.execute("set synchronous_commit = on")
                connection.execute(_STAGING)
            except psycopg.Error as error:
                raise StoreUnavailableError(f"the database is not ready: {error}") from error
            on_failure.pop_all()
        self._connection = connection
        return connection

    def _write_batches(self, cursor: psycopg.Cursor, batches: tuple[Batch, ...]) -> int:
        if not batches:
            return 0
        data = b"".join((HEADER, *(self._rows(cursor, batch) for batch in batches), TRAILER))
        self._ensure_partitions(cursor, batches)
        received = sum(len(batch.scans) for batch in batches)
        if self._all_new:
            try:
                with cursor.connection.transaction():
                    _copy(cursor, "scan", data)
            except psycopg.errors.UniqueViolation:
                pass  # something came before: only what is new is inserted
            else:
                return received
        _copy(cursor, "scan_staging", data)
        inserted = cursor.execute(_INSERT).rowcount
        self._all_new = inserted == received
        return inserted

    def _ensure_partitions(self, cursor: psycopg.Cursor, batches: tuple[Batch, ...]) -> None:
        """Only the months that the scans name: a device whose clock went back to 2000 makes one partition, not 300."""
        days = {scan.instant_ms // DAY_MS for batch in batches for scan in batch.scans}
        months = {datetime.fromtimestamp(86_400 * day, UTC).strftime("%Y-%m"): day for day in days - self._days}
        for day in months.values():
            cursor.execute(_PARTITION, (86_400 * day,))
        self._days |= days

    def _rows(self, cursor: psycopg.Cursor, batch: Batch) -> bytes:
        stream = self._stream_id(cursor, (batch.enterprise, batch.gateway, batch.spool_id))
        config = self._config_id(cursor, batch.config_hash)
        points = {code: self._point_id(cursor, batch.enterprise, code) for code in {s.point for s in batch.scans}}
        return rows(batch, points, stream, config)

    def _point_id(self, cursor: psycopg.Cursor, enterprise: str, code: str) -> int:
        key = (enterprise, code)
        if key not in self._points:
            self._points[key] = _id_of(cursor, "monitoring_point", "point_id", ("enterprise", "code"), key)
        return self._points[key]

    def _stream_id(self, cursor: psycopg.Cursor, key: tuple[str, str, str]) -> int:
        if key not in self._streams:
            self._streams[key] = _id_of(cursor, "stream", "stream_id", ("enterprise", "gateway", "spool_id"), key)
        return self._streams[key]

    def _config_id(self, cursor: psycopg.Cursor, sha256: str) -> int:
        if sha256 not in self._configs:
            self._configs[sha256] = _id_of(cursor, "gateway_config", "config_id", ("config_hash",), (sha256,))
        return self._configs[sha256]

    def _write_configs(self, cursor: psycopg.Cursor, configs: tuple[Config, ...]) -> None:
        for config in configs:
            number = self._config_id(cursor, config.sha256)
            cursor.execute(
                "update gateway_config set body = %s where config_id = %s and body is null", (config.body, number)
            )

    def _write_statements(self, cursor: psycopg.Cursor, statements: tuple[Statement, ...]) -> None:
        """The newest statement of each spool and boot stands; an older one that comes late changes nothing."""
        for said in statements:
            stream = self._stream_id(cursor, (said.enterprise, said.gateway, said.health.spool_id))
            cursor.execute(_STATEMENT, (stream, said.health.boot, said.health.at_ms, said.payload.decode()))

    def _write_rejects(self, cursor: psycopg.Cursor, rejects: tuple[Reject, ...]) -> None:
        cursor.executemany(
            "insert into quarantine (topic, payload, reason) values (%s, %s, %s)"
            " on conflict (md5(topic), sha256(payload)) do update set times = quarantine.times + 1, last_at = now()",
            [(_text(r.topic), r.payload, _text(r.reason)) for r in rejects],
        )


def _id_of(cursor: psycopg.Cursor, table: str, number: str, columns: tuple[str, ...], key: tuple[str, ...]) -> int:
    """The number of a name, given to it now if it is new. All identifiers are literals of this file."""
    names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
    where = " and ".join(f"{c} = %s" for c in columns)
    find = f"select {number} from {table} where {where}"  # noqa: S608 - literals of this file
    row = cursor.execute(find, key).fetchone()
    if row is None:
        make = f"insert into {table} ({names}) values ({marks}) on conflict do nothing"  # noqa: S608 - as above
        cursor.execute(make, key)
        row = cursor.execute(find, key).fetchone()
    assert row is not None
    return int(row[0])


def _copy(cursor: psycopg.Cursor, table: str, data: bytes) -> None:
    with cursor.copy(_COPY.format(table)) as copy:
        copy.write(data)


def _text(text: str) -> str:
    """PostgreSQL texts hold no zero byte; the payload keeps the bytes as they came."""
    return text.replace("\x00", "\ufffd")
