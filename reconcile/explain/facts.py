"""What the database holds of a number: ledger entries, versions of hours, totals, substitutes, scans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cems.plant import Plant
from reconcile.explain.step import Value


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """A ledger entry as it is kept."""

    ledger_id: int
    """Its number."""
    kind: str
    """``hours``, ``monitoring`` or ``substitution``."""
    subject: str
    """Point or stack."""
    period: str
    """``YYYY-MM`` or ``YYYY-MM..YYYY-MM``."""
    inputs_hash: str
    """SHA-256 of the inputs."""
    inputs: Mapping[str, Any]
    """What the inputs were."""
    parameters: Sequence[Mapping[str, Any]]
    """The parameters looked up, whole rows."""
    code: str
    """Program and version."""
    result_hash: str
    """SHA-256 of the result."""
    reason: str
    """Why it was made."""
    made_at: datetime
    """When it was made."""


@dataclass(frozen=True, slots=True)
class HourVersion:
    """One version of an hour."""

    start_ms: int
    """Start of the hour, UTC, milliseconds since 1970."""
    version: int
    """1, 2, 3 …"""
    ledger_id: int
    """Ledger entry that made it."""
    reason: str
    """Why it was made."""
    figures: Mapping[str, Value]
    """Its figures by the names of :class:`reconcile.hours.Hours`."""


@dataclass(frozen=True, slots=True)
class KeptTotal:
    """A total of a period."""

    co2_t: float
    """CO2 [t]."""
    u_random_t: float | None
    """Random standard uncertainty [t]; None where there is none."""
    u_systematic_t: float | None
    """Systematic standard uncertainty [t]; None where there is none."""


@dataclass(frozen=True, slots=True)
class KeptSubstitute:
    """What stood in for an hour by the rule."""

    method: str
    """Method of the rule book, or ``refused``."""
    co2_kg: float | None
    """CO2 [kg]; None where the rule gives no number."""


@dataclass(frozen=True, slots=True)
class KeptPeriod:
    """Everything that is kept of the monitoring total of a stack over a period."""

    hours: LedgerFacts
    """Entry of the hours that entered the totals."""
    monitoring: LedgerFacts
    """Entry of the totals measured only and neutral."""
    substitution: LedgerFacts
    """Entry of the total by rule."""
    totals: Mapping[str, KeptTotal]
    """By method: ``measured_only``, ``neutral``, ``by_rule:hj75`` where the rule gave a number."""
    substitutes: Mapping[int, KeptSubstitute]
    """By start of the hour."""


@dataclass(frozen=True, slots=True)
class KeptScan:
    """A scan with where it came from."""

    point: str
    """Code of the monitoring point."""
    instant_ms: int
    """UTC, milliseconds since 1970, by the clock that stamped it."""
    read_ms: int
    """UTC, milliseconds since 1970, when the answer came."""
    stamped_by: str
    """``d`` device or ``g`` gateway."""
    stream: int
    """Number of the stream."""
    gateway: str
    """Code of the gateway."""
    spool_id: str
    """Name of the spool."""
    boot: int
    """Count of the gateway's starts."""
    seq: int
    """Number of the scan in the spool."""
    values: tuple[float | None, ...]
    """By channel, as received."""
    flags: str
    """By channel, as received."""
    words: bytes
    """Registers as received."""
    config_hash: str
    """Configuration that read it."""
    config_body: bytes | None
    """The configuration itself; None until the gateway has announced it."""
    plant: Plant | None
    """The plant file in it; None where it is not known or cannot be read."""
