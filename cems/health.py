"""What a gateway says of itself: the message on its ``health`` topic, retained, and the statement on its spool in it.

JSON, so that any MQTT client can show it. Any bytes give a :class:`Health` or a :class:`WireError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Self

from pydantic import Field, ValidationError, model_validator

from cems.errors import WireError
from cems.scan import EARLIEST_MS, LATEST_MS
from cems.tables import Code, Table

MAX_BYTES: Final = 1024 * 1024
"""A health message is far smaller."""
MAX_RANGES: Final = 1000
"""Most ranges a message names; :func:`coarser` joins those that lie closest."""

Seq = Annotated[int, Field(ge=1, lt=2**63)]
Range = tuple[Seq, Seq]
"""First and last sequence number, inclusive."""
Count = Annotated[int, Field(ge=0, lt=2**63)]
Instant = Annotated[int, Field(ge=EARLIEST_MS, lt=LATEST_MS)]
"""UTC, ms since 1970."""


class Dropped(Table):
    """Scans that the gateway gave up because the operator had chosen to."""

    first: Seq
    last: Seq
    at_ms: Instant
    reason: str = Field(max_length=200)


class InstrumentHealth(Table):
    """How one instrument does."""

    code: Code
    last_good_ms: Instant | None = None
    """When it last gave a reading; None: not since the start."""
    up: int = Field(ge=0, le=1)
    """1 while it answers."""
    slowed: int = Field(default=0, ge=0, le=1)
    """1 while it is asked less often because it failed."""
    reads: Count = 0
    """Good reads or messages since the start."""
    errors: Count = 0
    """Failed reads or unreadable messages since the start."""
    latency_ms: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Time the last read took."""


class DestinationHealth(Table):
    """How one destination of the scans does, where there are others than ingest."""

    name: Code
    scans: Count = 0
    """Scans in the spool that it lacks."""
    oldest_ms: Instant | None = None
    """When the oldest of them was read."""
    dropped: Count = 0
    """Scans that it lacked when they were given up, ever."""
    packets: Count = 0
    """Of a platform: packets that wait for it."""
    packets_oldest_ms: Instant | None = None
    """Start of the oldest period among them."""
    refused: Count = 0
    """Of these packets, what the platform has refused."""
    lines: Count = 0
    """Lines to the platform that are open."""
    points: Count = 0
    """Lines that there should be."""
    last_ack_ms: Instant | None = None
    """When the platform last acknowledged a packet, since the start."""
    away: str = Field(default="", max_length=400)
    """Why it does not take packets just now."""


class Health(Table):
    """One message."""

    format: int = Field(default=1, ge=1, le=1)
    at_ms: Instant
    """When it was made, by the gateway's clock."""
    version: str = Field(max_length=40)
    """Version of the program."""
    started_ms: Instant
    spool_id: str = Field(pattern=r"^[0-9a-f]{16}$")
    boot: Seq
    made: Count
    """Last sequence number given; 0 before the first."""
    stored: tuple[Range, ...] = Field(default=(), max_length=MAX_RANGES)
    """What the spool still holds for ingest, in order; ranges that lie close may have been joined."""
    refused: tuple[Range, ...] = Field(default=(), max_length=MAX_RANGES)
    """Of these, what ingest could not read."""
    dropped: tuple[Dropped, ...] = Field(default=(), max_length=MAX_RANGES)
    standing_still: str = Field(default="", max_length=400)
    """Why no instrument is read just now; empty while they are."""
    spool_bytes: Count = 0
    spool_limit_bytes: Count = 0
    oldest_ms: Instant | None = None
    """When the oldest scan in the spool was read."""
    clock_offset_s: dict[Code, float] = Field(default_factory=dict)
    """Device clock minus gateway clock, by point."""
    instruments: tuple[InstrumentHealth, ...] = Field(default=(), max_length=10_000)
    destinations: tuple[DestinationHealth, ...] = Field(default=(), max_length=100)
    """Every destination; empty where ingest is the only one."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for ranges in (self.stored, self.refused, tuple((d.first, d.last) for d in self.dropped)):
            if any(first > last for first, last in ranges):
                raise ValueError("a range is first to last")
        if any(last > self.made for _, last in self.stored):
            raise ValueError("the spool holds numbers that were never given")
        return self


def encode_health(health: Health) -> bytes:
    """The bytes of a message; ``decode_health`` gives the same back."""
    return health.model_dump_json(exclude_defaults=True).encode()


def decode_health(payload: bytes) -> Health:
    """The message in these bytes; raises :class:`WireError` with the reason for anything else."""
    if len(payload) > MAX_BYTES:
        raise WireError(f"a health message of {len(payload)} bytes")
    try:
        return Health.model_validate_json(payload)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise WireError(f"not a health message: {place + ': ' if place else ''}{first['msg']}") from error


def coarser(ranges: Sequence[Range], most: int = MAX_RANGES) -> tuple[Range, ...]:
    """At most so many ranges that together hold all of these: those that lie closest are joined.

    Joining says that more is stored than is, which turns nothing lost into something found: what is in the database is
    looked up first, and what is in neither stays in doubt until fewer ranges can name it.

    >>> coarser([(1, 2), (4, 5), (90, 91)], most=2)
    ((1, 5), (90, 91))
    """
    if len(ranges) <= most:
        return tuple(ranges)
    ordered = sorted(ranges)
    gaps = sorted(range(1, len(ordered)), key=lambda i: ordered[i][0] - ordered[i - 1][1], reverse=True)
    breaks = sorted(gaps[: most - 1])
    starts, ends = [0, *breaks], [*breaks, len(ordered)]
    return tuple((ordered[a][0], max(last for _, last in ordered[a:b])) for a, b in zip(starts, ends, strict=True))
