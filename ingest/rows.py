"""Scans as rows of the table ``scan`` in PostgreSQL's binary COPY format. Pure.

Made here and not value by value, because that was half of the work of ingest.

*Source*: PostgreSQL documentation, COPY, "Binary Format"; the send functions of int4, int8, float8, timestamptz
(microseconds since 2000-01-01 UTC), "char", text and bytea. [V]
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from functools import cache
from typing import Final

from cems.channels import ORDER
from cems.scan import Batch

COLUMNS: Final = (
    *("point_id", "ts", "stream_id", "seq", "boot", "config_id", "read_at", "stamped_by"),
    *(channel.value for channel in ORDER),
    *("flags", "words"),
)
"""Columns in the order of a row."""
HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER: Final = b"\xff\xff"
_EPOCH_MS: Final = 946_684_800_000
"""2000-01-01T00:00:00Z, where PostgreSQL counts from."""
_CHANNELS: Final = len(ORDER)
_EVERY: Final = (1 << _CHANNELS) - 1
_NULL: Final = -1
"""Length of a value that is not there."""


def rows(batch: Batch, points: Mapping[str, int], stream: int, config: int) -> bytes:
    """The rows of a batch, without header and trailer; ``points`` has the number of each point code."""
    made = []
    full = _form(_EVERY)
    cells: list[float] = [8] * (2 * _CHANNELS)
    for s in batch.scans:
        if None in s.values:
            form, row_cells = _form(sum(1 << i for i, v in enumerate(s.values) if v is not None)), _sparse(s.values)
        else:
            form, row_cells = full, cells
            cells[1::2] = s.values  # type: ignore[assignment]  # none of them is None
        made.append(
            form.pack(
                *(len(COLUMNS), 4, points[s.point], 8, 1000 * (s.instant_ms - _EPOCH_MS), 4, stream, 8, s.seq),
                *(8, s.boot, 4, config, 8, 1000 * (s.read_ms - _EPOCH_MS), 1, s.stamped_by.encode()),
                *row_cells,
                *(_CHANNELS, s.flags.encode(), len(s.words)),
            )
        )
        made.append(s.words)
    return b"".join(made)


def _sparse(values: tuple[float | None, ...]) -> list[float]:
    cells: list[float] = []
    for value in values:
        cells += (_NULL,) if value is None else (8, value)
    return cells


@cache
def _form(mask: int) -> struct.Struct:
    """A row with values where the mask has a bit: each field after its length."""
    values = "".join("id" if mask >> i & 1 else "i" for i in range(_CHANNELS))
    return struct.Struct(f">hiiiqiiiqiqiiiqi1s{values}i{_CHANNELS}si")
