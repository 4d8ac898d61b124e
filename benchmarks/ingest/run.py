"""``scripts/bench ingest``: from the broker into the database, beside binary COPY of the same rows."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.ingest.broker import fill, open_session
from benchmarks.ingest.copying import bytes_copied_s, empty, rows_as_bytes, tuples_copied_s
from benchmarks.ingest.load import messages
from benchmarks.rig.box import Box, wait_for, workplace
from benchmarks.rig.ear import Ear
from benchmarks.rig.usage import cpu_s
from cems.channels import ORDER
from cems.errors import FlueledgerError
from flueledger.db import scan_counts
from flueledger.servers.postgres import Installation, embedded
from tests.servers.missing import MissingServerError
from tests.servers.postgres import find_timescaledb


@dataclass(frozen=True, slots=True)
class Round:
    """One load into one store; all in scans a second."""

    ingest: float
    """From the first acknowledgement to the last."""
    ingest_cpu: float
    """Part of a core that the ingest process took meanwhile."""
    copy_bytes: float
    """COPY of rows that are ready in PostgreSQL's own format."""
    copy_tuples: float
    """COPY of rows that are Python tuples."""


def measured(folder: Path, store: Installation, scans: int, batch_scans: int, seed: int) -> Round:
    """Carries the scans, counts them in the database, then copies the same rows.

    Raises :class:`FlueledgerError` when a scan is missing or there twice.
    """
    with Box(folder) as box:
        postgres, broker = box.postgres(store), box.broker()
        dsn = postgres.dsn()
        open_session(broker)
        fill(broker, messages(scans, batch_scans, seed))
        with Ear(broker) as ear:
            ingest = box.ingest(broker, dsn)
            wait_for(lambda: bool(ear.heard), "ingest committed nothing", 60.0, ingest)
            cpu = cpu_s(ingest.pid)
            wait_for(lambda: ear.scans >= scans, "not everything was committed", 600.0, ingest)
            cpu = cpu_s(ingest.pid) - cpu
            heard = list(ear.heard)
        ingest.stop()
        stored, distinct, _, _ = scan_counts(dsn)
        if (stored, distinct) != (scans, scans):
            raise FlueledgerError(f"{scans} scans were sent, {stored} are there, {distinct} of them different")
        took = heard[-1].at_s - heard[0].at_s
        data = rows_as_bytes(dsn)
        tuples = tuples_copied_s(dsn)
        empty(dsn)
        ready = bytes_copied_s(dsn, data)
        if scan_counts(dsn)[0] != scans:
            raise FlueledgerError("COPY did not bring all rows")
    return Round(
        sum(one.scans for one in heard if one.at_s > heard[0].at_s) / took, cpu / took, scans / ready, scans / tuples
    )


def stores(say: Console) -> dict[str, Installation]:
    """The stores that are here, by name."""
    found = {"PostgreSQL (embedded)": embedded()}
    try:
        found["TimescaleDB"] = find_timescaledb()
    except MissingServerError as error:
        say.print(f"TimescaleDB: not measured, {error}")
    return found


def main(
    scans: Annotated[int, typer.Option(min=1000, help="Scans of each load, ten values each")] = 200_000,
    batch_scans: Annotated[int, typer.Option(min=1, max=5000, help="Scans in a message; 200 is the gateway's")] = 200,
    rounds: Annotated[int, typer.Option(min=1, help="How often each store is loaded")] = 3,
    seed: Annotated[int, typer.Option(help="Seed of the readings")] = 1,
    store: Annotated[str, typer.Option(help="Part of the name of the store to measure; all when empty")] = "",
    out: Annotated[Path | None, typer.Option(help="JSON file to write")] = None,
) -> None:
    """Carry scans from a full broker into the database, then COPY the same rows into the same table.

    The broker holds all messages before ingest starts. The rate counts from the first acknowledgement, which follows a
    commit, to the last, without the start of the program. At the end the scans are counted in the database. COPY is
    measured twice: of bytes in PostgreSQL's own format, where nothing but the database works, and of Python tuples by
    psycopg; both in one transaction. Every server runs with fsync and synchronous commit.
    """
    say, before = Console(highlight=False, soft_wrap=True), machine.facts()
    found: dict[str, list[Round]] = {}
    with workplace("ingest") as home:
        for number in range(1, rounds + 1):
            for name, installation in stores(say).items():
                if store.lower() in name.lower():
                    one = measured(home / "box", installation, scans, batch_scans, seed)
                    found.setdefault(name, []).append(one)
                    say.print(f"round {number}, {name}: {_line(one)}")
    show(say, found, scans)
    say.print(machine.told(before))
    if out is not None:
        rows = {name: [asdict(one) for one in every] for name, every in found.items()}
        result = {"machine": before, "load_after": machine.load(), "scans": scans, "seed": seed, "rounds": rows}
        out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def _line(one: Round) -> str:
    return (
        f"{one.ingest:.0f} scans/s ({100 * one.ingest_cpu:.0f} % of a core), COPY of bytes {one.copy_bytes:.0f}, "
        f"COPY of tuples {one.copy_tuples:.0f}"
    )


def show(say: Console, found: dict[str, list[Round]], scans: int) -> None:
    """Medians of the rates, and of the ratios of each round: what disturbs a round disturbs both sides of its ratio."""
    table = Table(title=f"{scans:,} scans x {len(ORDER)} values, median of the rounds (least to most)")
    for name in ("store", "ingest / COPY of bytes", "ingest / COPY of tuples", "scans/s", "values/s"):
        table.add_column(name, justify="left" if name == "store" else "right")
    for name, rounds in found.items():
        ratios = [sorted(one.ingest / copy for one, copy in pairs) for pairs in _pairs(rounds)]
        cells = (f"{statistics.median(of):.2f} ({of[0]:.2f} to {of[-1]:.2f})" for of in ratios)
        rate = statistics.median(one.ingest for one in rounds)
        table.add_row(name, *cells, f"{rate:.0f}", f"{rate * len(ORDER):.0f}")
    say.print(table)


def _pairs(rounds: list[Round]) -> tuple[list[tuple[Round, float]], list[tuple[Round, float]]]:
    return [(one, one.copy_bytes) for one in rounds], [(one, one.copy_tuples) for one in rounds]


if __name__ == "__main__":
    typer.run(main)
