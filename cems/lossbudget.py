"""What became of every scan that a gateway made: received, waiting, lost, or not known. Pure.

Sequence numbers count every scan of a spool without a gap, so that a number that the database lacks is a scan that
was made and is not there. The gateway's own statement (:mod:`cems.health`) says what its spool still holds, and what
was given up. A scan leaves the spool only after the database has it, so that a number in neither was lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cems.health import Health
from cems.ranges import Range


class Fate(StrEnum):
    """What became of a scan that the database does not have."""

    WAITING = "waiting"
    """It is in the gateway's spool."""
    LOST = "lost"
    """It is proven that it is neither in the database nor in the spool."""
    UNKNOWN = "unknown"
    """The gateway has not said since: it may wait, or be lost."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Consecutive scans that the database does not have."""

    first: int
    last: int
    fate: Fate
    why: str
    """In a few words."""

    @property
    def scans(self) -> int:
        """How many."""
        return self.last - self.first + 1


def missing(absent: Iterable[Range], statement: Health | None) -> list[Missing]:
    """The fate of the numbers that the database lacks, in order; neighbours of the same fate are one.

    ``absent`` must have been read not before the statement: what the spool let go between the two would seem lost.

    >>> said = Health(at_ms=10**12, version="1", started_ms=10**12, spool_id="0" * 16, boot=1, made=9, stored=((8, 9),))
    >>> [(m.first, m.last, m.fate.value) for m in missing([(3, 4), (8, 12)], said)]
    [(3, 4, 'lost'), (8, 9, 'waiting'), (10, 12, 'unknown')]
    """
    found: list[Missing] = []
    for first, last in sorted(absent):
        found += _fates(first, last, statement)
    return found


def beyond(received_first: int | None, received_last: int | None, statement: Health | None) -> list[Range]:
    """Numbers outside what was received that must have been given: before the first, and up to the last stated."""
    if received_first is None or received_last is None:
        return [(1, statement.made)] if statement is not None and statement.made else []
    ranges = [(1, received_first - 1)] if received_first > 1 else []
    if statement is not None and statement.made > received_last:
        ranges.append((received_last + 1, statement.made))
    return ranges


def counted(rows: Sequence[Missing]) -> dict[Fate, int]:
    """Scans by fate; every fate is there."""
    return {fate: sum(row.scans for row in rows if row.fate is fate) for fate in Fate}


def _fates(first: int, last: int, statement: Health | None) -> Iterator[Missing]:
    if statement is None:
        yield Missing(first, last, Fate.UNKNOWN, "the gateway has made no statement on this spool")
        return
    known: list[tuple[int, int, Fate, str]] = [
        *((d.first, d.last, Fate.LOST, f"dropped: {d.reason}") for d in statement.dropped),
        *((a, b, Fate.WAITING, "in the spool; ingest could not read it") for a, b in statement.refused),
        *((a, b, Fate.WAITING, "in the spool") for a, b in statement.stored),
        (1, statement.made, Fate.LOST, "neither in the spool nor in the database"),
        (statement.made + 1, last, Fate.UNKNOWN, "made after the gateway's last statement"),
    ]
    at = first
    while at <= last:
        # The first row of the table that holds the number tells its fate, as far as no earlier row begins.
        rank, (_, end, fate, why) = next((i, row) for i, row in enumerate(known) if row[0] <= at <= row[1])
        end = min([end, last, *(row[0] - 1 for row in known[:rank] if row[0] > at)])
        yield Missing(at, end, fate, why)
        at = end + 1
