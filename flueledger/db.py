"""``flueledger db``: the schema and what the database holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cems.clock import from_ms
from cems.errors import StoreUnavailableError
from cems.lossbudget import Fate, Missing
from cems.schema import migrate as schema
from flueledger.connecting import connect
from flueledger.lossbudget import SpoolBudget, budgets

app = typer.Typer(no_args_is_help=True, help="Bring the database schema up to date, and see what the database holds.")
Dsn = Annotated[str, typer.Option(envvar="FLUELEDGER_DSN", help="PostgreSQL or TimescaleDB, e.g. postgresql:///co2")]

HOLDINGS = """
select p.enterprise, p.code, count(*), min(s.ts), max(s.ts), max(s.read_at)
from scan s join monitoring_point p using (point_id) group by 1, 2 order by 1, 2
"""

_SHOWN = 20
"""Runs of missing scans that are named one by one."""
COUNTS = """
select count(*), count(distinct (stream_id, seq)), count(*) - count(distinct (point_id, ts)),
       (select count(*) from quarantine) from scan
"""


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
def fleet(
    folder: Annotated[Path, typer.Argument(help="Folder that `flueledger sim fleet` wrote.", show_default=False)],
    dsn: Dsn,
) -> None:
    """Put the minutes of a fleet folder into the database, as gateways would have sent them. Safe to repeat.

    Each point and each unit is a stream of its own, carried over month by month. Fuel records stay in the folder.

    Example: flueledger db fleet fleet --dsn postgresql:///co2
    """
    from flueledger.fleetstore import store_fleet  # noqa: PLC0415  only this command reads Parquet

    columns = (TextColumn("{task.description}"), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("storing", total=None)
        received, inserted = store_fleet(folder, dsn, lambda code: progress.update(task, description=code))
    Console().print(f"{received} scans read, {inserted} of them new")


@app.command()
def status(dsn: Dsn) -> None:
    """Show the schema version, the readings of each point, the loss budget of each gateway, and the quarantine.

    A scan that was made and is not here is *waiting* (in the gateway's spool, by its last statement), *lost* (in
    neither), or *unknown* (the gateway has not said since).
    """
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
        held = connection.execute("select count(*) from quarantine").fetchone()
    spools = budgets(dsn)
    columns = ("enterprise", "gateway", "spool", "made", "received", "waiting", "lost", "unknown", "stated at")
    console.print(_table("Loss budget", columns, [_budget_row(spool) for spool in spools]))
    for spool in spools:
        for row in spool.missing[:_SHOWN]:
            style = "red" if row.fate is Fate.LOST else "yellow"
            console.print(f"{spool.gateway}/{spool.spool_id}: {_numbers(row)} {row.fate}: {row.why}", style=style)
        if len(spool.missing) > _SHOWN:
            console.print(f"{spool.gateway}/{spool.spool_id}: and {len(spool.missing) - _SHOWN} runs more")
    console.print(_verdict(spools))
    console.print(f"quarantine: {held[0] if held else 0} messages")


def _budget_row(spool: SpoolBudget) -> tuple[object, ...]:
    stated = from_ms(spool.statement.at_ms).isoformat(timespec="seconds") if spool.statement else None
    fates = (spool.of(Fate.WAITING), spool.of(Fate.LOST), spool.of(Fate.UNKNOWN))
    return (spool.enterprise, spool.gateway, spool.spool_id, spool.made, spool.received, *fates, stated)


def _numbers(row: Missing) -> str:
    return f"scan {row.first}" if row.scans == 1 else f"scans {row.first} to {row.last} ({row.scans})"


def _verdict(spools: list[SpoolBudget]) -> str:
    """The budget of all spools in one sentence."""
    made, received = sum(s.made for s in spools), sum(s.received for s in spools)
    lost, waiting, unknown = (sum(s.of(f) for s in spools) for f in (Fate.LOST, Fate.WAITING, Fate.UNKNOWN))
    if made == received and all(s.statement for s in spools):
        return f"complete: every one of the {made} scans made is here, by the gateways' own statements"
    if made == received:
        return f"{received} scans and no gap between them; gateways that made no statement may have made more"
    return (
        f"{received} of {made} scans made are here: {lost} proven lost, {waiting} waiting in a spool, {unknown} unknown"
    )


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
