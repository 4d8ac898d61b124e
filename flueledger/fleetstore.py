"""The minutes of a fleet folder into the database, as a gateway at each point would have sent them."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cems.channels import ORDER, Channel
from cems.flags import Flag
from cems.fleettables import MINUTES, UNIT_MINUTES, Column
from cems.scan import Batch, Scan, StampedBy
from ingest.messages import Config, Sorted
from ingest.writer import Writer
from reconcile.pilot.dataset import load_fleet, read_columns

GATEWAY: Final = "simulated"
"""Code of the gateway in the name of each stream."""
_SCANS: Final = 8_000
"""Scans of one batch: what is held of a month at once."""
_FLAGS: Final = (Flag.NORMAL, Flag.CALIBRATION, Flag.MAINTENANCE, Flag.FAULT, Flag.STOPPED, Flag.OVER_RANGE)
"""By status of a cabinet."""
_STATUS: Final = {
    Channel.CO2: "gas_status",
    Channel.O2: "gas_status",
    Channel.VELOCITY: "flow_status",
    Channel.TEMPERATURE: "flow_status",
    Channel.PRESSURE: "flow_status",
    Channel.BAROMETRIC: "flow_status",
    Channel.MOISTURE: "flow_status",
}
_CODES: Final = {"int64": "q", "int8": "b", "float32": "f"}
Table = dict[str, NDArray[Any]]


def store_fleet(folder: Path, dsn: str, told: Callable[[str], None] = lambda _: None) -> tuple[int, int]:
    """Put the minutes of all points and units of a fleet into the table of scans; how many there were and were new.

    A point or unit is one stream whose scans are counted over its months: doing it twice adds nothing. ``words`` is
    the row as it stands in the file, big-endian in the order of its columns; a number that is not finite is none in the
    database and has the flag of a bad value. Reads one file after the other; ``told`` hears each code.
    Raises :class:`ConfigError` for a folder without a fleet, :class:`RuleError` for a file that is no table of it, and
    what :class:`ingest.writer.Writer` raises.
    """
    fleet = load_fleet(folder)
    received = inserted = 0
    with closing(Writer(dsn)) as writer:
        for enterprise in fleet.enterprise:
            body = enterprise.model_dump_json().encode()
            config = Config(hashlib.sha256(body).hexdigest(), body)
            subjects: list[tuple[str, str, tuple[Column, ...]]] = [
                ("minutes", p.code, MINUTES) for p in enterprise.point
            ]
            subjects += [("units", u.code, UNIT_MINUTES) for u in enterprise.unit]
            for kind, code, columns in subjects:
                for scans in _batches(folder / kind / enterprise.code / code, code, columns):
                    batch = Batch(enterprise.code, GATEWAY, spool_of(fleet.name, code), config.sha256, scans)
                    done = writer.write(Sorted((batch,), (config,), ()))
                    received, inserted = received + done.received, inserted + done.inserted
                told(code)
    return received, inserted


def spool_of(fleet: str, code: str) -> str:
    """Name of the stream of a point or unit of a fleet: 16 hex digits, the same each time.

    >>> spool_of("simulated-1", "power-01-stack-1")
    '0d981bdfdbf36df5'
    """
    return hashlib.sha256(f"{fleet}/{code}".encode()).hexdigest()[:16]


def _batches(folder: Path, code: str, columns: tuple[Column, ...]) -> Iterator[tuple[Scan, ...]]:
    seq = 1
    for path in sorted(folder.glob("*.parquet")):
        table = read_columns(path)
        rows = len(table["time_s"])
        for first in range(0, rows, _SCANS):
            part = {name: x[first : first + _SCANS] for name, x in table.items()}
            yield _scans(part, code, columns, seq + first)
        seq += rows


def _scans(table: Table, code: str, columns: tuple[Column, ...], first_seq: int) -> tuple[Scan, ...]:
    row = struct.Struct(">" + "".join(_CODES[c.kind] for c in columns))
    words = map(row.pack, *(table[c.name].tolist() for c in columns))
    values, flags = zip(*(_channel(table, channel) for channel in ORDER), strict=True)
    instants = (1000 * table["time_s"]).tolist()
    rows = zip(instants, zip(*values, strict=True), map("".join, zip(*flags, strict=True)), words, strict=True)
    return tuple(
        Scan(code, at, at, StampedBy.DEVICE, first_seq + i, 1, value, flag, word)
        for i, (at, value, flag, word) in enumerate(rows)
    )


def _channel(table: Table, channel: Channel) -> tuple[list[float | None], list[str]]:
    """Values and flags of one channel."""
    n = len(table["time_s"])
    if channel.value not in table:
        return [None] * n, [Flag.ABSENT.value] * n
    shown = table[channel.value].astype(np.float64)
    good = np.isfinite(shown)
    letters = np.array([f.value for f in _FLAGS])
    status = table.get(_STATUS.get(channel, ""), np.zeros(n, np.int8))
    flags: list[str] = np.where(good, letters[status], Flag.BAD_VALUE.value).tolist()
    return [v if ok else None for v, ok in zip(shown.tolist(), good.tolist(), strict=True)], flags
