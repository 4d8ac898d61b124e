"""``scripts/bench latency``: from a change at a device to its row in the database, at 152 points and 1 Hz."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.rig.box import STAMP, Box, wait_for, workplace
from benchmarks.rig.ear import Ear, Heard
from cems.errors import FlueledgerError
from flueledger.connecting import connect
from flueledger.db import scans_stored

_ROWS = """
select seq, flow, extract(epoch from read_at)::float8, extract(epoch from pg_xact_commit_timestamp(xmin))::float8
from scan where flow is not null order by seq
"""
_LEFT_OUT_S = 5.0
"""Time at the beginning that is not measured: connections are made and memory is claimed."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from the change to the row, at three places of the distribution."""

    p50: float
    p99: float
    most: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One run."""

    changes: str
    """When the devices change."""
    max_wait_s: float
    """``delivery.max_wait_s`` of the gateway."""
    scans: int
    committed: Latency
    """By the time stamp of the commit: at most one flush of the log too early."""
    acknowledged: Latency
    """By the acknowledgement, which follows the commit: too late by its way through the broker."""
    read: Latency
    """Part until the gateway had read it; for changes at any moment mostly the wait for the next poll."""


def measured(folder: Path, points: int, seconds: float, max_wait_s: float, *, spread: bool, seed: int = 1) -> Measured:
    """Runs the whole chain for a while and looks at the rows of its steady part."""
    since = float(int(time.time()))
    phases = ["--spread", "--seed", str(seed)] if spread else []
    with Box(folder) as box:
        devices = box.devices(points, "--face", "stamped", "--since", str(since), *phases)
        postgres, broker = box.postgres(settings={"track_commit_timestamp": "on"}), box.broker()
        with Ear(broker) as ear:
            ingest = box.ingest(broker, postgres.dsn())
            box.gateway_files(devices.ports, STAMP, broker.port, 1.0, f"max_wait_s = {max_wait_s}")
            gateway = box.gateway()
            wait_for(lambda: scans_stored(postgres.dsn()) >= points, "nothing arrives", 60.0, gateway, ingest)
            begin = math.ceil(time.time() + _LEFT_OUT_S) + 0.5  # between two polls, which fall on whole seconds
            time.sleep(begin + seconds + 3.0 - time.time())
            heard = list(ear.heard)
        with connect(postgres.dsn()) as connection:
            every = connection.execute(_ROWS).fetchall()
    rows = [row for row in every if begin <= row[2] < begin + seconds]
    if len(rows) < points * (seconds - 1):
        raise FlueledgerError(f"{len(rows)} scans in {seconds:g} s of {points} points: the chain does not keep up")
    told = _told(heard)
    changed = [since + row[1] for row in rows]
    return Measured(
        "at any moment" if spread else "at each whole second",
        max_wait_s,
        len(rows),
        committed=places([row[3] - at for row, at in zip(rows, changed, strict=True)]),
        acknowledged=places([told[row[0]] - at for row, at in zip(rows, changed, strict=True)]),
        read=places([row[2] - at for row, at in zip(rows, changed, strict=True)]),
    )


def _told(heard: Sequence[Heard]) -> dict[int, float]:
    """When each scan was acknowledged first."""
    found: dict[int, float] = {}
    for one in heard:
        for seq in range(one.first, one.last + 1):
            found.setdefault(seq, one.at_s)
    return found


def places(seconds: Sequence[float]) -> Latency:
    """Median, 99th percentile (nearest rank) and maximum.

    >>> places([float(n) for n in range(1, 201)])
    Latency(p50=100.0, p99=198.0, most=200.0)
    """
    ordered = sorted(seconds)
    return Latency(ordered[(len(ordered) - 1) // 2], ordered[-(-99 * len(ordered) // 100) - 1], ordered[-1])


def main(
    points: Annotated[int, typer.Option(min=1, help="Devices, a point and a connection each")] = 152,
    seconds: Annotated[float, typer.Option(min=2, help="Length of each measurement")] = 60.0,
    max_wait_s: Annotated[list[float] | None, typer.Option(help="delivery.max_wait_s; may be given again")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the moments at which devices change")] = 1,
    out: Annotated[Path | None, typer.Option(help="JSON file to write")] = None,
) -> None:
    """Poll 152 devices at 1 Hz through broker and ingest into PostgreSQL, all on this machine and with fsync.

    The value of a device is the moment at which it last changed. Devices change once a second: in the one run on the
    whole second, as analysers with a set clock do, in the other each at a moment of its own, so that the wait for the
    next poll, up to a second, is in the figure. A row counts as visible at the time stamp of the commit that brought
    it (track_commit_timestamp), which the server takes just before it flushes its log; beside it stands the time at
    which ingest's acknowledgement was heard, which is later. The truth lies between the two.
    """
    say, before = Console(highlight=False, soft_wrap=True), machine.facts()
    found: list[Measured] = []
    with workplace("latency") as home:
        for wait in max_wait_s or [0.5, 0.05]:
            for spread in (False, True):
                found.append(measured(home / "box", points, seconds, wait, spread=spread, seed=seed))
                say.print(f"{found[-1].changes}, max_wait_s {wait:g}: p99 {found[-1].committed.p99:.3f} s")
    show(say, found, points)
    say.print(machine.told(before))
    if out is not None:
        result = {"machine": before, "load_after": machine.load(), "points": points, "seed": seed}
        out.write_text(json.dumps({**result, "runs": [asdict(one) for one in found]}, indent=1) + "\n", "utf-8")


def show(say: Console, found: Sequence[Measured], points: int) -> None:
    """All runs."""
    table = Table(title=f"{points} points at 1 Hz: seconds from the change to the row")
    for name in ("devices change", "max_wait_s", "p50", "p99", "most", "p99 acknowledged", "p50 read", "p99 read"):
        table.add_column(name, justify="left" if name == "devices change" else "right")
    for one in found:
        seconds = one.committed.p50, one.committed.p99, one.committed.most, one.acknowledged.p99
        cells = (*seconds, one.read.p50, one.read.p99)
        table.add_row(one.changes, f"{one.max_wait_s:g}", *(f"{cell:.3f}" for cell in cells))
    say.print(table)


if __name__ == "__main__":
    typer.run(main)
