"""The messages of a gateway that comes back after an outage, made beforehand from a seed."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Final

from benchmarks.rig.box import ENTERPRISE, GATEWAY
from cems.channels import ORDER
from cems.scan import Batch, Scan, StampedBy
from cems.wire import encode_batch

POINTS: Final = 152
START_MS: Final = 1_772_323_200_000
"""2026-03-01 00:00 UTC."""
_MIDDLES: Final = (12.0, 6.0, 14.0, 9e5, 130.0, -300.0, 101_000.0, 9.0, 290.0, 120.0)
"""About what a coal unit shows, in the order of the channels."""


def messages(scans: int, batch_scans: int, seed: int) -> Iterator[bytes]:
    """Batches of so many scans of 152 points, a scan a minute, ten values each with 40 bytes of registers."""
    chance = random.Random(seed)  # noqa: S311 - the same readings every time
    spool_id = f"{chance.getrandbits(64):016x}"
    for first in range(0, scans, batch_scans):
        rows = tuple(_scan(number, chance) for number in range(first, min(first + batch_scans, scans)))
        yield encode_batch(Batch(ENTERPRISE, GATEWAY, spool_id, "a" * 64, rows))


def _scan(number: int, chance: random.Random) -> Scan:
    minute, point = divmod(number, POINTS)
    at_ms = START_MS + 60_000 * minute
    wave = 1.0 + 0.1 * math.sin(minute / 100.0 + point)
    return Scan(
        point=f"p{point}",
        instant_ms=at_ms,
        read_ms=at_ms + 37,
        stamped_by=StampedBy.DEVICE,
        seq=number + 1,
        boot=1,
        values=tuple(middle * wave * chance.uniform(0.99, 1.01) for middle in _MIDDLES),
        flags="N" * len(ORDER),
        words=chance.randbytes(40),
    )
