"""Applying the numbered migrations to a database, whichever driver the caller connects with."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib import resources
from typing import Any, Protocol

from cems.errors import SchemaError

_NAME = re.compile(r"^(\d{4})_([a-z_]+?)(?:\.(timescale|plain))?\.sql$")
_LOCK = 0x666C7565
"""Advisory lock key, so that two services that start together do not migrate at once."""


class Connection(Protocol):
    """The little of a DB-API-like connection that migrating needs; psycopg's has it."""

    def execute(self, query: Any, params: Any = None) -> Any:
        """Run one statement, or several when there are no parameters."""

    def commit(self) -> None:
        """End the transaction."""

    def rollback(self) -> None:
        """Give the transaction up."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    version: int
    name: str
    variant: str | None
    """``timescale`` or ``plain`` where the store matters, else None."""
    sql: str

    @property
    def sha256(self) -> str:
        """Digest of the SQL text, so that an edited migration is noticed."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Status:
    """Where a database stands."""

    timescale: str | None
    """Version of the TimescaleDB extension; None where the readings lie in plain PostgreSQL, whatever is installed."""
    applied: tuple[tuple[int, str], ...]
    pending: tuple[Migration, ...]


def migrations(*, timescale: bool) -> list[Migration]:
    """All steps in order, each in the variant for the store."""
    wanted = "timescale" if timescale else "plain"
    files = resources.files("cems.schema").joinpath("migrations").iterdir()
    matches = [(file, match) for file in files if (match := _NAME.match(file.name)) and match[3] in (None, wanted)]
    found = [
        Migration(int(match[1]), match[2], match[3], _variant_sql(file.read_text("utf-8"), wanted))
        for file, match in matches
    ]
    return sorted(found, key=lambda m: m.version)


def status(connection: Connection) -> Status:
    """What is applied and what is pending; raises :class:`SchemaError` when the database is newer or was altered."""
    rows = connection.execute("select to_regclass('schema_migration')").fetchall()
    applied: list[tuple[int, str, str]] = []
    if rows[0][0] is not None:
        applied = list(connection.execute("select version, name, sha256 from schema_migration order by 1").fetchall())
    version = None if _begun_plain(applied) else _timescale_version(connection)
    known = {m.version: m for m in migrations(timescale=version is not None)}
    for number, name, digest in applied:
        if number not in known:
            raise SchemaError(
                f"the database has migration {number:04} {name}, which this program does not know: upgrade it"
            )
        if known[number].sha256 != digest:
            raise SchemaError(f"migration {number:04} {name} was altered after it was applied")
    done = {number for number, _, _ in applied}
    pending = tuple(m for v, m in known.items() if v not in done)
    return Status(version, tuple((number, name) for number, name, _ in applied), pending)


def migrate(connection: Connection) -> list[Migration]:
    """Apply what is pending, each step in a transaction of its own; returns the steps that were applied."""
    connection.execute("select pg_advisory_lock(%s)", (_LOCK,))
    try:
        connection.execute(
            "create table if not exists schema_migration (version integer primary key, name text not null,"
            " sha256 text not null, applied_at timestamptz not null default now())"
        )
        begun = connection.execute("select count(*) from schema_migration").fetchall()[0][0]
        if not begun and _timescale_available(connection):  # what was begun on plain PostgreSQL stays there
            connection.execute("create extension if not exists timescaledb")
        connection.commit()
        pending = list(status(connection).pending)
        for step in pending:
            connection.execute(step.sql)
            connection.execute(
                "insert into schema_migration (version, name, sha256) values (%s, %s, %s)",
                (step.version, step.name, step.sha256),
            )
            connection.commit()
    finally:
        connection.rollback()
        connection.execute("select pg_advisory_unlock(%s)", (_LOCK,))
        connection.commit()
    return pending


def require_current(connection: Connection) -> None:
    """Raise :class:`SchemaError` unless every migration is applied; services call it at start-up."""
    pending = status(connection).pending
    if pending:
        names = ", ".join(f"{m.version:04} {m.name}" for m in pending)
        raise SchemaError(f"the database lacks {names}; run `flueledger db migrate`")


def _variant_sql(sql: str, store: str) -> str:
    """Native partitions must be declared with the table; TimescaleDB wants a plain table."""
    return sql.replace("/* storage */", "partition by range (ts)" if store == "plain" else "")


def _begun_plain(applied: list[tuple[int, str, str]]) -> bool:
    """Whether the steps were applied in their variant for plain PostgreSQL."""
    plain, timescale = ({m.sha256 for m in migrations(timescale=store)} for store in (False, True))
    return any(digest in plain - timescale for _, _, digest in applied)


def _timescale_available(connection: Connection) -> bool:
    query = "select count(*) from pg_available_extensions where name = 'timescaledb'"
    return bool(connection.execute(query).fetchall()[0][0])


def _timescale_version(connection: Connection) -> str | None:
    rows = connection.execute("select extversion from pg_extension where extname = 'timescaledb'").fetchall()
    return str(rows[0][0]) if rows else None
