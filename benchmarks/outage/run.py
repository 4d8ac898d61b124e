"""``scripts/bench outage``: memory of the daemon through an hour without a broker, and what arrives afterwards."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.rig.box import TEN_FLOATS, Box, wait_for, workplace
from benchmarks.rig.usage import memory
from flueledger.connecting import connect
from flueledger.db import scans_stored
from flueledger.servers.process import ServerProcess
from gateway.spoolschema import scans_made

_MIB = 1 << 20
_CURVE = 60
"""Looks at the memory during the outage."""
_SHOWN = 12
"""Of these printed."""
_HELD = "select count(*), count(distinct (stream_id, seq)), count(distinct seq) filter (where seq <= %s) from scan"


@dataclass(frozen=True, slots=True)
class Look:
    """The daemon at one moment of the outage."""

    minute: float
    """Since the broker went away."""
    scans: int
    """Scans in the spool."""
    rss_mib: float
    uss_mib: float
    """Memory that no other process shares."""


@dataclass(frozen=True, slots=True)
class Outage:
    """One outage and its end."""

    curve: tuple[Look, ...]
    growth_mib: float
    """Growth of USS by straight line over all looks but the first tenth, for 360 000 scans: an hour at 100 a second."""
    first_delivery_s: float
    """From the start of the broker to the first new scan in the database."""
    delivered_s: float
    """Until everything made before it came back was there."""
    made: int
    """Scans that the gateway had made then."""
    lost: int
    doubled: int


def outage(folder: Path, points: int, scans_per_s: float, minutes: float, say: Console) -> Outage:
    """Runs the chain, takes the broker away, looks on, gives it back, and counts."""
    with Box(folder) as box:
        devices, postgres, broker = box.devices(points), box.postgres(), box.broker()
        dsn, spool = postgres.dsn(), folder / "spool.db"
        ingest = box.ingest(broker, dsn)
        box.gateway_files(devices.ports, TEN_FLOATS, broker.port, points / scans_per_s)
        gateway = box.gateway()
        wait_for(lambda: scans_stored(dsn) >= points, "nothing arrives", 60.0, gateway, ingest)
        time.sleep(5.0)
        broker.kill()
        before = scans_made(spool)
        curve = _watched(gateway, spool, round(60 * minutes * scans_per_s), say)
        stored = scans_stored(dsn)
        began = time.monotonic()
        broker.start()
        made = scans_made(spool)
        wait_for(lambda: scans_stored(dsn) > stored, "nothing arrives again", 60.0, gateway, ingest)
        first = time.monotonic() - began
        patience = 60.0 + made / 500.0
        wait_for(lambda: _held(dsn, made)[2] >= made, "not everything arrives", patience, gateway, ingest)
        took = time.monotonic() - began
        rows, different, of_those = _held(dsn, made)
    assert made >= before
    return Outage(tuple(curve), slope(curve), first, took, made, made - of_those, rows - different)


def _held(dsn: str, made: int) -> tuple[int, int, int]:
    """Rows, different scans among them, and how many of the first ``made`` are there."""
    with connect(dsn) as connection:
        rows, different, of_those = connection.execute(_HELD, (made,)).fetchall()[0]
    return int(rows), int(different), int(of_those)


def _watched(gateway: ServerProcess, spool: Path, scans: int, say: Console) -> list[Look]:
    """Looks until so many scans were made since the first look."""
    began, at_first = time.monotonic(), scans_made(spool)
    curve: list[Look] = []
    while True:
        gateway.require_alive()
        count = scans_made(spool) - at_first
        if count >= len(curve) * scans / _CURVE:
            rss, uss = memory(gateway.pid)
            curve.append(Look((time.monotonic() - began) / 60, count, rss / _MIB, uss / _MIB))
            if (len(curve) - 1) % (_CURVE // _SHOWN) == 0:
                say.print(f"minute {curve[-1].minute:.1f}: {count} scans kept, USS {curve[-1].uss_mib:.2f} MiB")
        if count >= scans:
            return curve
        time.sleep(0.05)


def slope(curve: Sequence[Look], scans: int = 360_000) -> float:
    """Growth of USS for so many scans, MiB: least squares over all looks but the first tenth.

    >>> round(slope([Look(n, 1000 * n, 50.0, 40.0 + n / 100) for n in range(20)]), 9)
    3.6
    """
    rest = curve[len(curve) // 10 :]
    mean_scans = sum(one.scans for one in rest) / len(rest)
    mean_mib = sum(one.uss_mib for one in rest) / len(rest)
    above = sum((one.scans - mean_scans) * (one.uss_mib - mean_mib) for one in rest)
    below = sum((one.scans - mean_scans) ** 2 for one in rest)
    return scans * above / below


def main(
    minutes: Annotated[float, typer.Option(min=0.05, help="How long the broker is away")] = 6.0,
    scans_per_s: Annotated[float, typer.Option(min=1, help="Scans made meanwhile")] = 1000.0,
    points: Annotated[int, typer.Option(min=1, help="Devices, a point and a connection each")] = 100,
    out: Annotated[Path | None, typer.Option(help="JSON file to write")] = None,
) -> None:
    """Take the broker away from a running chain, watch the gateway's memory, give it back, and count what arrives.

    An hour at 100 scans a second is 360 000 scans; by default they are made in six minutes, because what could grow is
    what is kept of a scan. --minutes 60 --scans-per-s 100 takes the hour itself. Memory is RSS and USS of the daemon
    with its children. Afterwards every scan made before the broker came back is looked for in the database.
    """
    say, before = Console(highlight=False, soft_wrap=True), machine.facts()
    with workplace("outage") as home:
        found = outage(home / "box", points, scans_per_s, minutes, say)
    show(say, found)
    say.print(machine.told(before))
    if out is not None:
        result = {"machine": before, "load_after": machine.load(), "scans_per_s": scans_per_s, "minutes": minutes}
        out.write_text(json.dumps({**result, **asdict(found)}, indent=1) + "\n", encoding="utf-8")
    if found.lost or found.doubled:
        raise typer.Exit(1)


def show(say: Console, found: Outage) -> None:
    """The curve and the count."""
    table = Table(title="the daemon while the broker is away")
    for name in ("minute", "scans kept", "RSS MiB", "USS MiB"):
        table.add_column(name, justify="right")
    for one in found.curve[:: max(1, len(found.curve) // _SHOWN)]:
        table.add_row(f"{one.minute:.1f}", f"{one.scans}", f"{one.rss_mib:.2f}", f"{one.uss_mib:.2f}")
    say.print(table)
    say.print(f"growth for 360 000 scans: {found.growth_mib:+.2f} MiB")
    say.print(
        f"broker back: first delivery after {found.first_delivery_s:.1f} s, everything after "
        f"{found.delivered_s:.0f} s; {found.made} scans, lost {found.lost}, doubled {found.doubled}"
    )


if __name__ == "__main__":
    typer.run(main)
