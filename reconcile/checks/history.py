"""Flags as a history that only grows: who set which flag, when, and why; and the flags that stand at an instant.

Nothing is ever taken out of a history. A later event of the same source overrules what the earlier ones said of the
same readings; an event marked ``withdrawn`` ends them. Among sources the worst flag stands (``cems.flags``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from cems.channels import Channel
from cems.errors import RuleError
from cems.flags import FLAGS, Flag
from reconcile.checks.column import Codes, Ints, codes
from reconcile.checks.precedence import worst_of
from reconcile.readings import letter

_RANK = {flag: rank for rank, flag in enumerate(FLAGS)}
_SILENT = 0
"""Code of a reading of which a source says nothing."""


@dataclass(frozen=True, slots=True)
class FlagEvent:
    """One statement about the readings of a channel in a span of time."""

    channel: Channel
    """The channel it concerns."""
    flag: Flag
    """The flag given; for a withdrawal, the flag that is taken back."""
    start_ms: int
    """First instant it concerns, UTC, milliseconds since 1970."""
    end_ms: int | None
    """First instant it no longer concerns; None while it goes on."""
    source: str
    """What or who spoke, such as ``check.spike`` or ``qa.zero_drift`` or ``operator``; events of one source overrule
    one another."""
    reason: str
    """Why, for a reader."""
    who: str
    """Person or program that answers for it."""
    made_at_ms: int
    """When it was said, UTC, milliseconds since 1970."""
    withdrawn: bool = False
    """Whether it ends what the source said before of these readings, and puts nothing in its place."""

    def __post_init__(self) -> None:
        if self.end_ms is not None and self.end_ms <= self.start_ms:
            raise RuleError(f"a flag event must end after it starts (found {self.start_ms} to {self.end_ms} ms)")
        for name in ("source", "reason", "who"):
            if not getattr(self, name).strip():
                raise RuleError(f"a flag event must name its {name}")


def withdrawal(event: FlagEvent, reason: str, who: str, made_at_ms: int) -> FlagEvent:
    """The event that ends another over its whole span; raises :class:`RuleError` if it is not later than that one."""
    if made_at_ms <= event.made_at_ms:
        raise RuleError("a flag can be withdrawn only after it was set")
    return replace(event, reason=reason, who=who, made_at_ms=made_at_ms, withdrawn=True)


def standing(
    events: Iterable[FlagEvent], channel: Channel, instant_ms: ArrayLike, as_of_ms: int | None = None
) -> Codes:
    """The flags that a history puts on readings of a channel, shape (n,); ``N`` where it says nothing.

    Per source the last event made that covers an instant counts; if it is withdrawn, the source says nothing there.
    Among sources, and among events of one source made in the same millisecond, the worst flag stands, and a flag
    stands before a withdrawal: the result does not depend on the order of ``events``. With ``as_of_ms`` only what was
    said up to then counts: the flags as they were known at that time. ``instant_ms`` has shape (n,), in any order.

    >>> co2 = Channel.CO2
    >>> spike = FlagEvent(co2, Flag.SPIKE, 0, 100, "check.spike", "7 MAD", "reconcile", 1000)
    >>> fault = FlagEvent(co2, Flag.FAULT, 50, 100, "operator", "pump", "Li", 2000)
    >>> undone = withdrawal(spike, "start-up", "Wang", 3000)
    >>> bytes(standing([spike, fault], co2, [0, 50, 100])).decode()
    'pDN'
    >>> bytes(standing([undone, spike, fault], co2, [0, 50, 100])).decode()
    'NDN'
    """
    instant = np.asarray(instant_ms, dtype=np.int64)
    if instant.ndim != 1:
        raise RuleError("instants must have the shape (n,)")
    ordered = bool(np.all(instant[1:] >= instant[:-1]))
    order = np.arange(instant.size) if ordered else np.argsort(instant, kind="stable")
    at = instant[order]
    out = np.full(instant.size, letter(Flag.NORMAL), dtype=np.uint8)
    known = [e for e in events if e.channel is channel and (as_of_ms is None or e.made_at_ms <= as_of_ms)]
    for source in sorted({event.source for event in known}):
        said = _said([event for event in known if event.source == source], at)
        spoken = np.flatnonzero(said)
        out[order[spoken]] = worst_of(out[order[spoken]], said[spoken])
    return out


def events_of(
    instant_ms: ArrayLike, flags: ArrayLike, channel: Channel, source: str, reason: str, who: str, made_at_ms: int
) -> tuple[FlagEvent, ...]:
    """What a check found, as events: first ``N`` over all its readings, then one for each run of another flag.

    The first event overrules what an earlier run of the same check said of these readings; the others, made in the same
    millisecond, stand before it. ``instant_ms`` in order, shape (n,) as ``flags``. An event ends one millisecond after
    its last reading, so that it says nothing of what comes after.

    >>> found = events_of([0, 10, 20, 30], np.frombuffer(b"NppN", dtype=np.uint8), Channel.O2, "s", "r", "w", 99)
    >>> [(event.flag.value, event.start_ms, event.end_ms) for event in found]
    [('N', 0, 31), ('p', 10, 21)]
    """
    instant, given = np.asarray(instant_ms, dtype=np.int64), codes(flags)
    if instant.shape != given.shape or np.any(instant[1:] <= instant[:-1]):
        raise RuleError("instants and flags must have the same shape (n,), in order of time, each instant once")
    if not given.size:
        return ()
    first = np.flatnonzero(np.concatenate(([True], given[1:] != given[:-1])))
    last = np.append(first[1:], given.size) - 1
    rows = [(letter(Flag.NORMAL), int(instant[0]), int(instant[-1]))]
    rows += zip(given[first].tolist(), instant[first].tolist(), instant[last].tolist(), strict=True)
    return tuple(
        FlagEvent(channel, Flag(chr(code)), start, end + 1, source, reason, who, made_at_ms)
        for i, (code, start, end) in enumerate(rows)
        if i == 0 or code != letter(Flag.NORMAL)
    )


def _said(events: list[FlagEvent], at: Ints) -> Codes:
    """What one source says of each instant, :data:`_SILENT` where it says nothing; ``at`` in order.

    Events are laid over one another in the order in which they were made; of those made together the withdrawals come
    first, then the flags from best to worst.
    """
    said = np.full(at.size, _SILENT, dtype=np.uint8)
    for event in sorted(events, key=lambda e: (e.made_at_ms, not e.withdrawn, _RANK[e.flag])):
        first = int(np.searchsorted(at, event.start_ms))
        end = at.size if event.end_ms is None else int(np.searchsorted(at, event.end_ms))
        said[first:end] = _SILENT if event.withdrawn else letter(event.flag)
    return said
