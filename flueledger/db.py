"""``flueledger db``: the schema and what the database holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.table import Table

from cems.errors import StoreUnavailableError
from cems.schema import migrate as schema

app = typer.Typer(no_args_is_help=True, help="Bring the database schema up to date, and see what the database holds.")
Dsn = Annotated[str, typer.Option(envvar="FLUELEDGER_DSN", help="PostgreSQL or TimescaleDB, e.g. postgresql:///co2")]

HOLDINGS = """
select p.enterprise, p.code, count(*), min(s.ts), max(s.ts), max(s.read_at)
from scan s join monitoring_point p using (point_id) group by 1, 2 order by 1, 2
"""
STREAMS = """
select st.enterprise, st.gateway, st.spool_id, count(*), min(s.seq), max(s.seq), max(s.seq) - count(distinct s.seq)
from scan s join stream st using (stream_id) group by 1, 2, 3 order by 1, 2, 3
"""


COUNTS = """
select count(*), count(distinct (stream_id, seq)), count(*) - count(distinct (point_id, ts)),
       (select count(*) from quarantine) from scan
"""


def connect(dsn: str) -> psycopg.Connection:
    """A connection, or :class:`StoreUnavailableError` in plain words."""
    try:
        return psycopg.connect(dsn, connect_timeout=5)
    except psycopg.Error as error:
        raise StoreUnavailableError(f"cannot connect to the database: {str(error).strip()}") from error


@contextmanager
def _session(dsn: str) -> Iterator[psycopg.Connection]:
    """A connection for one command; what the database refuses is told in plain words."""
    try:
        with connect(dsn) as connection:
            yield connection
    except psycopg.Error as error:
        raise StoreUnavailableError(f"the database refuses: {str(error).strip()}") from error


def scan_counts(dsn: str) -> tuple[int, int, int, int]:
    """Scans stored, distinct sequence numbers among them, repeated instants, and messages in quarantine."""
    with connect(dsn) as connection:
        stored, distinct, repeated, held = connection.execute(COUNTS).fetchall()[0]
    return int(stored), int(distinct), int(repeated), int(held)


def scans_stored(dsn: str) -> int:
    """Scans in the database; :class:`StoreUnavailableError` while it is away."""
    with connect(dsn) as connection:
        try:
            return int(connection.execute("select count(*) from scan").fetchall()[0][0])
        except psycopg.OperationalError as error:
            raise StoreUnavailableError(f"the database went away: {error}") from error


@app.command()
def migrate(dsn: Dsn) -> None:
    """Apply every migration that is pending. Safe to repeat; uses TimescaleDB where the server offers it."""
    console = Console()
    with _session(dsn) as connection:
        applied = schema.migrate(connection)
        for step in applied:
            console.print(f"applied {step.version:04} {step.name}" + (f" ({step.variant})" if step.variant else ""))
        state = schema.status(connection)
    console.print(f"schema is at {state.applied[-1][0]:04}; {store_name(state)}")


@app.command()
def status(dsn: Dsn) -> None:
    """Show the schema version, the readings of each point, each gateway's sequence, and the quarantine."""
    console = Console()
    with _session(dsn) as connection:
        state = schema.status(connection)
        for step in state.pending:
            console.print(f"pending: {step.version:04} {step.name}; run `flueledger db migrate`", style="yellow")
        if state.pending:
            raise typer.Exit(1)
        console.print(f"schema {state.applied[-1][0]:04}, {store_name(state)}")
        console.print(_table("Readings", ("enterprise", "point", "scans", "first", "last", "last read"),
                             connection.execute(HOLDINGS).fetchall()))  # fmt: skip
        console.print(_table("Streams", ("enterprise", "gateway", "spool", "scans", "first", "last", "not received"),
                             connection.execute(STREAMS).fetchall()))  # fmt: skip
        held = connection.execute("select count(*) from quarantine").fetchone()
    console.print(f"quarantine: {held[0] if held else 0} messages")


def store_name(state: schema.Status) -> str:
    """What the store is, in words."""
    return f"TimescaleDB {state.timescale}" if state.timescale else "plain PostgreSQL, monthly partitions"


def _table(title: str, columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("-" if v is None else str(v) for v in row))
    return table
