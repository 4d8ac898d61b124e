"""The register of quality checks: what follows from the checks of a point for its readings. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cems.channels import Channel
from cems.flags import Flag
from reconcile.checks.history import FlagEvent
from reconcile.quality.kinds import KINDS
from reconcile.quality.outcome import Outcome
from reconcile.quality.periods import Check, Period, out_of_control

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One check in the register, judged."""

    number: int
    """Number in the register."""
    point: str
    """Code of the monitoring point."""
    channel: Channel
    """Channel that was checked."""
    kind: str
    """Name of the kind."""
    performed_ms: int
    """When it ended, UTC, milliseconds since 1970."""
    outcome: Outcome
    """Result in one word."""
    passed: bool
    """Whether the rule counts it as passed."""
    reason: str
    """Result in one sentence."""
    due_ms: int | None
    """When it is due again; None for a check that is made once."""
    who: str
    """Who made it."""
    recorded_ms: int
    """When it came into the register."""
    drift: float | None = None
    """Drift found, reading less reference, in the unit of the channel; None for a check of something else."""
    reference: float | None = None
    """Reading on the gas after the last adjustment, for a drift."""


@dataclass(frozen=True, slots=True)
class CarriedDrift:
    """A drift found at a check, carried back to the check before: the bias in between lies between 0 and it."""

    channel: Channel
    """Channel."""
    start_ms: int
    """The check before."""
    end_ms: int
    """The check that found it, after which the instrument is taken to be set right."""
    drift: float
    """Reading less reference, in the unit of the channel."""
    reference: float | None
    """For a span drift the reading that it belongs to: it grows in proportion; None for a drift of the zero."""


@dataclass(frozen=True, slots=True)
class Due:
    """A check that must be made again."""

    point: str
    """Code of the monitoring point."""
    channel: Channel
    """Channel."""
    kind: str
    """Name of the kind."""
    last_ms: int
    """When it was last made."""
    last_outcome: Outcome
    """With which result."""
    due_ms: int
    """When it is due; the time of the last check itself where that was not passed."""
    overdue: bool
    """Whether that time has come."""


@dataclass(frozen=True, slots=True)
class QualityStatus:
    """How the quality assurance of a point stands at an instant."""

    out_of_control: tuple[Period, ...]
    """Out-of-control periods that are open then."""
    overdue: tuple[Due, ...]
    """Checks that are overdue then."""
    checks: int
    """Checks made up to then."""


def periods(entries: Sequence[Entry]) -> tuple[Period, ...]:
    """Out-of-control periods of the checks of one point, ordered by start; subjects are channels."""
    found: list[Period] = []
    for whole_hours in (False, True):
        rows = [e for e in _in_order(entries) if KINDS[e.kind].whole_hours is whole_hours]
        found += out_of_control((_check(e) for e in rows), whole_hours=whole_hours)
    return tuple(sorted(found, key=lambda p: (p.start_ms, p.subject, p.check)))


def marks(entries: Sequence[Entry]) -> tuple[FlagEvent, ...]:
    """What the checks of one point say of its readings: out of control from failure to pass."""
    known = max((e.recorded_ms for e in entries), default=0)
    return tuple(
        FlagEvent(
            channel=Channel(p.subject),
            flag=Flag.OUT_OF_CONTROL,
            start_ms=p.start_ms,
            end_ms=p.end_ms,
            source=f"qa.{p.check}",
            reason=p.reason,
            who="quality register",
            made_at_ms=known,
        )
        for p in periods(entries)
    )


def passed_instants(entries: Sequence[Entry]) -> tuple[int, ...]:
    """Instants at which a calibration was passed, in order: where HJ 75 Table 5 looks back from.

    Calibrations are checks with gas or of the zero, of any channel; comparisons with a reference method are none.
    """
    return tuple(sorted(e.performed_ms for e in entries if e.passed and KINDS[e.kind].calibration))


def carried_drifts(entries: Sequence[Entry]) -> tuple[CarriedDrift, ...]:
    """Zero and span drifts of the checks of one point, each carried back to the check of the same kind before it.

    *Source*: project choice: nobody knows when between two checks a drift arose.
    """
    last: dict[tuple[Channel, str], int] = {}
    found = []
    for entry in _in_order(entries):
        if entry.kind not in {"zero-drift", "span-drift"} or entry.drift is None:
            continue
        before = last.get((entry.channel, entry.kind))
        if before is not None and entry.drift and entry.performed_ms > before:
            reference = entry.reference if entry.kind == "span-drift" else None
            found.append(CarriedDrift(entry.channel, before, entry.performed_ms, entry.drift, reference))
        last[entry.channel, entry.kind] = entry.performed_ms
    return tuple(found)


def due(entries: Sequence[Entry], at_ms: int) -> tuple[Due, ...]:
    """When each check that was ever made must be made again, the most urgent first; later entries do not count."""
    last: dict[tuple[str, Channel, str], Entry] = {}
    for entry in _in_order(entries):
        if entry.performed_ms <= at_ms:
            last[entry.point, entry.channel, entry.kind] = entry
    rows = []
    for (point, channel, kind), entry in last.items():
        if not KINDS[kind].due_key:
            continue
        again = entry.due_ms if entry.passed and entry.due_ms is not None else entry.performed_ms
        rows.append(Due(point, channel, kind, entry.performed_ms, entry.outcome, again, again <= at_ms))
    return tuple(sorted(rows, key=lambda d: (d.due_ms, d.point, d.channel, d.kind)))


def quality_status(entries: Sequence[Entry], at_ms: int) -> QualityStatus:
    """How the quality assurance of a point stands at an instant, from the checks performed up to then."""
    made = [e for e in entries if e.performed_ms <= at_ms]
    return QualityStatus(
        tuple(p for p in periods(made) if p.end_ms is None),
        tuple(d for d in due(made, at_ms) if d.overdue),
        len(made),
    )


def _in_order(entries: Sequence[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda e: (e.performed_ms, e.number))


def _check(entry: Entry) -> Check:
    return Check(entry.performed_ms, entry.channel.value, entry.kind, entry.outcome, entry.passed, entry.reason)
