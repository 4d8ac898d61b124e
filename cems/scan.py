"""A scan: all channels of one monitoring point at one instant, as the device sent them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from cems.channels import ORDER
from cems.errors import WireError
from cems.flags import Flag

EARLIEST_MS = 946_684_800_000
"""2000-01-01T00:00:00Z: no reading is older; a stamp before it is a dead clock battery."""
LATEST_MS = 4_102_444_800_000
"""2100-01-01T00:00:00Z."""

_LETTERS = frozenset(Flag)


class StampedBy(StrEnum):
    """Whose clock gave the scan its instant."""

    DEVICE = "d"
    GATEWAY = "g"


@dataclass(frozen=True, slots=True)
class Scan:
    """One instant of one point. A channel without a usable reading has ``None`` and a flag that says why."""

    point: str
    """Code of the monitoring point in the plant file."""
    instant_ms: int
    """UTC, milliseconds since 1970, by the clock named in ``stamped_by``."""
    read_ms: int
    """UTC, milliseconds since 1970, by the gateway's clock when the answer came."""
    stamped_by: StampedBy
    seq: int
    """Number of the scan in the gateway's spool: 1, 2, 3 … without a gap, over all boots of one spool."""
    boot: int
    """Count of the gateway's starts with this spool, from 1."""
    values: tuple[float | None, ...]
    """One per channel in ``cems.channels.ORDER``, in canonical units; finite, or ``None``."""
    flags: str
    """One letter of ``cems.flags.Flag`` per channel."""
    words: bytes
    """The evidence: the registers exactly as received, big-endian, in the order of the request plan; or the messages of
    a device that sends by itself, as ``cems.evidence`` packs them."""

    def __post_init__(self) -> None:
        if len(self.values) != len(ORDER) or len(self.flags) != len(ORDER):
            raise WireError(f"a scan has {len(ORDER)} channels, not {len(self.values)} values, {len(self.flags)} flags")
        if not _LETTERS.issuperset(self.flags):
            raise WireError(f"unknown flag in {self.flags!r}")
        if not all(map(math.isfinite, [v for v in self.values if v is not None])):
            raise WireError("a value is not finite; an unusable reading is None with a flag")
        for name, ms in (("instant", self.instant_ms), ("time of reading", self.read_ms)):
            if not EARLIEST_MS <= ms < LATEST_MS:
                raise WireError(f"{name} {ms} ms lies outside the years 2000 to 2099")
        if not 1 <= self.seq < 2**63 or not 1 <= self.boot < 2**63:
            raise WireError(f"sequence {self.seq} and boot {self.boot} count from 1, up to what the database holds")


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive scans of one gateway, made under one configuration in one boot: the unit of delivery."""

    enterprise: str
    gateway: str
    spool_id: str
    """Random name that the spool got when it was created; with ``seq`` it identifies a scan for ever."""
    config_hash: str
    """SHA-256 (hex) of the configuration that made the scans."""
    scans: tuple[Scan, ...]

    def __post_init__(self) -> None:
        if not self.scans:
            raise WireError("a batch has at least one scan")
        first = self.scans[0]
        if any(s.seq != first.seq + i or s.boot != first.boot for i, s in enumerate(self.scans)):
            raise WireError("the scans of a batch are consecutive and of one boot")

    @property
    def first_seq(self) -> int:
        """Sequence number of the first scan."""
        return self.scans[0].seq

    @property
    def last_seq(self) -> int:
        """Sequence number of the last scan."""
        return self.scans[-1].seq


@dataclass(frozen=True, slots=True)
class Ack:
    """Ingest's word that these scans of a spool are committed in the database."""

    spool_id: str
    ranges: tuple[tuple[int, int], ...]
    """Inclusive pairs (first, last) of sequence numbers."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Ingest's word that these messages lie in quarantine: sending them again changes nothing."""

    digests: tuple[str, ...]
    """First eight bytes of the SHA-256 of each message, in hex: the only name of a message that cannot be read."""
