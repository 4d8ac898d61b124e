"""Flags that a person sets or takes back, as an append-only history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cems.channels import Channel
from cems.clock import from_ms, to_ms
from cems.errors import RuleError
from cems.flags import Flag
from reconcile.checks.history import FlagEvent
from reconcile.store import Store

SOURCE = "person"


@dataclass(frozen=True, slots=True)
class Mark:
    """One row of the history."""

    number: int
    """Number of the row."""
    point: str
    """Code of the monitoring point."""
    event: FlagEvent
    """What it says."""
    withdraws: int | None
    """Number of the row that it takes back."""


def load_marks(store: Store, enterprise: str, point: str | None = None) -> tuple[Mark, ...]:
    """The whole history of flags that people set, at one point or all; withdrawals included."""
    rows = store.rows("marks", {"enterprise": enterprise, "point": point})
    return tuple(_mark(row) for row in rows)


def standing_marks(marks: Sequence[Mark]) -> tuple[FlagEvent, ...]:
    """The events that stand: what was taken back counts no more, whatever else was said of the same hours."""
    gone = {m.withdraws for m in marks if m.withdraws is not None}
    # Each mark speaks for itself: as a source of its own it is overruled by its withdrawal only.
    return tuple(
        replace(m.event, source=f"{m.event.source} {m.number}")
        for m in marks
        if m.number not in gone and m.withdraws is None
    )


def set_mark(store: Store, enterprise: str, point: str, event: FlagEvent) -> int:
    """Append a mark; its number."""
    return _insert(store, enterprise, point, event, None)


def withdraw(store: Store, enterprise: str, number: int, reason: str, who: str, made_at: datetime) -> int:
    """Append the withdrawal of a mark; raises :class:`RuleError` for a number that is none, or gone already."""
    marks = load_marks(store, enterprise)
    found = next((m for m in marks if m.number == number and m.withdraws is None), None)
    if found is None or any(m.withdraws == number for m in marks):
        raise RuleError(f"there is no standing mark number {number}; `flueledger qa marks` lists them")
    event = replace(found.event, reason=reason, who=who, made_at_ms=to_ms(made_at), withdrawn=True)
    return _insert(store, enterprise, found.point, event, number)


def _insert(store: Store, enterprise: str, point: str, event: FlagEvent, withdraws: int | None) -> int:
    end = None if event.end_ms is None else from_ms(event.end_ms)
    row = (enterprise, point, event.channel.value, event.flag.value, from_ms(event.start_ms), end, event.source)
    ((number,),) = store.rows("insert_mark", (*row, event.reason, event.who, withdraws, from_ms(event.made_at_ms)))
    return int(number)


def _mark(row: tuple[Any, ...]) -> Mark:
    number, channel, flag, start, end, source, reason, who, made_at, withdraws, point = row
    event = FlagEvent(
        channel=Channel(channel),
        flag=Flag(flag),
        start_ms=to_ms(start),
        end_ms=None if end is None else to_ms(end),
        source=source,
        reason=reason,
        who=who,
        made_at_ms=to_ms(made_at),
        withdrawn=withdraws is not None,
    )
    return Mark(number, point, event, withdraws)
