"""``flueledger gateway status``: how the daemon does, from the status file that it leaves beside its spool."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from cems.clock import from_ms
from cems.errors import FlueledgerError
from cems.health import DestinationHealth, Health, InstrumentHealth
from gateway.salvage import salvaged_spools
from gateway.selfreport import read_status, status_path
from gateway.spoolfile import in_use

_STALE_S: Final = 30.0
"""A status older than this was not renewed as it should have been (project choice: six times the pace)."""
_SILENT_S: Final = 300.0
"""An instrument without a good reading for this long is named among what is wrong (project choice)."""


def show(spool_path: Path, console: Console, now_ms: int) -> list[str]:
    """Prints the status; gives what is wrong, in words, nothing where all is well.

    Raises :class:`FlueledgerError` where no daemon has ever run with this spool.
    """
    health = read_status(status_path(spool_path))
    if health is None:
        raise FlueledgerError(f"no gateway has run with spool {spool_path} yet: start `flueledger gateway run`")
    alive = in_use(spool_path)
    wrong = list(faults(health, now_ms, alive=alive))
    console.print(f"gateway {'runs' if alive else 'does not run'}; version {health.version}, "
                  f"started {_ago(health.started_ms, now_ms)}, said so {_ago(health.at_ms, now_ms)}")  # fmt: skip
    console.print(_spool_table(health, now_ms))
    for salvaged in salvaged_spools(spool_path):
        console.print(f"salvaged spool {salvaged.name} is delivered beside it")
    if health.destinations:
        console.print(_destination_table(health, now_ms))
    console.print(_instrument_table(health, now_ms))
    for point, offset in sorted(health.clock_offset_s.items()):
        console.print(f"clock of {point}: {offset:+.1f} s from the gateway's")
    return wrong


def faults(health: Health, now_ms: int, *, alive: bool) -> Iterator[str]:
    """What is wrong with a gateway that said this.

    >>> said = Health(at_ms=10**12, version="1", started_ms=10**12, spool_id="0" * 16, boot=1, made=0)
    >>> list(faults(said, 10**12 + 60_000, alive=False))
    ['the gateway does not run']
    """
    if not alive:
        yield "the gateway does not run"
    elif now_ms - health.at_ms > 1000 * _STALE_S:
        yield f"the gateway runs but has said nothing for {(now_ms - health.at_ms) / 1000:.0f} s"
    if health.standing_still:
        yield f"reading stands still: {health.standing_still}"
    for row in health.dropped:
        yield f"scans {row.first} to {row.last} were dropped: {row.reason}"
    if health.refused:
        yield f"{_count(health.refused)} scans were refused by ingest, or cannot be sent; the spool keeps them"
    for to in health.destinations:
        yield from _destination_faults(to)
    for one in health.instruments:
        if not one.up:
            yield f"instrument {one.code} does not answer, last good reading {_ago(one.last_good_ms, health.at_ms)}"
        elif one.last_good_ms is not None and health.at_ms - one.last_good_ms > 1000 * _SILENT_S:
            yield f"instrument {one.code} gave its last reading {_ago(one.last_good_ms, health.at_ms)}"


def _destination_faults(to: DestinationHealth) -> Iterator[str]:
    if to.refused:
        yield f"{to.refused} packets were refused by platform {to.name}"
    if to.away:
        yield f"platform {to.name} takes no packets: {to.away}"


def _spool_table(health: Health, now_ms: int) -> Table:
    table = Table(title="Spool", title_justify="left", show_header=False)
    used = 100 * health.spool_bytes / health.spool_limit_bytes if health.spool_limit_bytes else 0.0
    table.add_row("id, boot", f"{health.spool_id}, {health.boot}")
    table.add_row("scans made, ever", str(health.made))
    table.add_row("waiting for delivery", str(_count(health.stored)))
    table.add_row("oldest of them read", _ago(health.oldest_ms, now_ms) if health.oldest_ms else "-")
    table.add_row("size", f"{health.spool_bytes / 1e6:.1f} MB, {used:.1f} % of its limit")
    table.add_row("dropped", str(sum(row.last - row.first + 1 for row in health.dropped)))
    table.add_row("refused by ingest", str(_count(health.refused)))
    return table


def _destination_table(health: Health, now_ms: int) -> Table:
    table = Table(title="Destinations", title_justify="left")
    for column in (
        "destination",
        "scans waiting",
        "oldest",
        "dropped",
        "packets waiting",
        "oldest",
        "lines",
        "last ack",
    ):
        table.add_column(column)
    for one in health.destinations:
        upload = one.points > 0
        table.add_row(
            one.name,
            str(one.scans),
            _ago(one.oldest_ms, now_ms) if one.oldest_ms else "-",
            str(one.dropped),
            str(one.packets) if upload else "-",
            _ago(one.packets_oldest_ms, now_ms) if one.packets_oldest_ms else "-",
            f"{one.lines} of {one.points}" if upload else "-",
            _ago(one.last_ack_ms, now_ms) if upload else "-",
        )
    return table


def _instrument_table(health: Health, now_ms: int) -> Table:
    table = Table(title="Instruments", title_justify="left")
    for column in ("instrument", "state", "last good", "reads", "errors", "error rate", "latency"):
        table.add_column(column)
    for one in health.instruments:
        tries = one.reads + one.errors
        table.add_row(
            one.code,
            _state(one),
            _ago(one.last_good_ms, now_ms),
            str(one.reads),
            str(one.errors),
            f"{100 * one.errors / tries:.2f} %" if tries else "-",
            f"{one.latency_ms:.1f} ms" if one.latency_ms is not None else "-",
        )
    return table


def _state(one: InstrumentHealth) -> str:
    return "answers" if one.up else "slowed" if one.slowed else "silent"


def _count(ranges: tuple[tuple[int, int], ...]) -> int:
    return sum(last - first + 1 for first, last in ranges)


def _ago(instant_ms: int | None, now_ms: int) -> str:
    if instant_ms is None:
        return "never"
    seconds = (now_ms - instant_ms) / 1000
    unit, size = next(((u, s) for u, s in (("d", 86400), ("h", 3600), ("min", 60)) if abs(seconds) >= 2 * s), ("s", 1))
    return f"{seconds / size:.0f} {unit} ago ({from_ms(instant_ms):%Y-%m-%d %H:%M:%S} UTC)"
