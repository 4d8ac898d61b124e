"""The scans of one point whose devices send by themselves: gathered, told apart from repeats, remembered. Pure."""

from __future__ import annotations

import hashlib
from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, Protocol, TypeVar, cast

from cems.errors import WireError
from cems.evidence import LARGEST, unpack
from cems.readers import Reader
from cems.scan import StampedBy
from gateway.assemble import Draft, Kind, Last, Outcome, PointReader
from gateway.gather import Gathered, Gatherer, Part, Slot
from gateway.itemmemory import ItemMemory

_DIGEST: Final = 8
_REMEMBERED: Final = 128
"""Messages remembered; twice what a broker sends ahead of our acknowledgements."""


class Heard(Protocol):
    """What a point needs to know of a message."""

    topic: str
    payload: bytes
    mid: int
    again: bool
    retained: bool
    late: bool
    came_ms: int
    waiting: int


M = TypeVar("M", bound=Heard)


@dataclass(frozen=True, slots=True)
class Made(Generic[M]):
    """A scan, or the finding that there is nothing new to store, with the messages that are then done with."""

    outcome: Outcome
    lasts: Mapping[str, Last]
    """What to remember, stored in the same transaction as the scan."""
    messages: Sequence[M]


class PointDesk(Generic[M]):
    """Where the messages of one point come together."""

    def __init__(
        self,
        code: str,
        readers: Sequence[Reader],
        slots: Sequence[Slot],
        gather_s: float,
        align_s: float,
        *,
        remembered: int = _REMEMBERED,
        told_time_stands: bool = False,
    ) -> None:
        """``remembered``: messages known again. ``told_time_stands``: another reading of a time told before has it."""
        self.code = code
        self._remembered, self._told_time_stands = remembered, told_time_stands
        self._point: PointReader[Reader] = PointReader(code, readers)
        self._gatherer: Gatherer[M] = Gatherer(slots, gather_s, align_s, LARGEST)
        self._memory = f"{code}#recent"  # no code has such a letter
        self._items = ItemMemory(f"{code}#items")

    @property
    def due_now(self) -> int:
        """Scans that are whole and wait to be taken."""
        return self._gatherer.whole

    @property
    def waiting(self) -> Sequence[M]:
        """Messages whose scans wait to be made or taken."""
        return self._gatherer.waiting

    @property
    def next_due(self) -> float | None:
        """When the next scan is made of what there is."""
        return self._gatherer.next_due

    def known(self, message: M, clock_ms: int | None, lasts: Mapping[str, Last]) -> bytes | None:
        """The digest of a message that is new here; None for one that was stored, or waits to be, or lay retained.

        With a time in it, a message is known again by its bytes. Without one, equal bytes may be a new reading: such a
        message is a repeat only where the broker says so and gives the number that it had.
        """
        digest = _digest(message, message.payload, timed=clock_ms is not None)
        if self._gatherer.attach(digest, message):
            message.waiting += 1
            return None
        seen = _place(_words(lasts.get(self._memory)), digest) >= 0
        if seen and (clock_ms is not None or message.again):
            return None
        if message.retained and not self._newer(clock_ms, lasts):
            return None
        return digest

    def is_new_item(self, message: M, payload: bytes, clock_ms: int | None, of: int, lasts: Mapping[str, Last]) -> bool:
        """Whether a reading in a list of so many was not told before, in this list or an earlier one.

        Without a time, equal bytes in another message may be a new reading.
        """
        return self._items.is_new(_digest(message, payload, timed=clock_ms is not None), of, lasts)

    def add(self, part: Part[M], now: float) -> None:
        """Puts a message to those that wait for its scan."""
        part.message.waiting += 1
        self._gatherer.add(part, now)

    def take(self, now: float, lasts: Mapping[str, Last]) -> Sequence[Made[M]]:
        """The scans that are whole or have waited long enough, each under the memory that the one before it leaves."""
        made: list[Made[M]] = []
        memory = ChainMap[str, Last]({}, cast("dict[str, Last]", lasts))  # only the first of them is written to
        for gathered in self._gatherer.take(now):
            one = self._made(gathered, memory)
            memory.update(one.lasts)
            made.append(one)
        if made and (told := self._items.changed()) is not None:
            made[-1] = replace(made[-1], lasts={**made[-1].lasts, self._items.key: told})
        return made

    def _made(self, gathered: Gathered[M], lasts: Mapping[str, Last]) -> Made[M]:
        answers = [gathered.answer(reader.code) for reader in self._point.instruments]
        came_ms = max(message.came_ms for message in gathered.messages)
        outcome = self._point.assemble(answers, lasts, came_ms)
        draft = outcome.draft
        if draft is not None and draft.stamped_by is StampedBy.GATEWAY and outcome.clock_ms is not None:
            timed = next(code for code, last in outcome.lasts.items() if last.clock_ms is not None)
            if self._told_time_stands or not _topics(outcome.lasts[timed]) & _topics(lasts[timed]):
                # Not a clock that stands still: another part of the same reading, that came too late for its scan.
                outcome = replace(outcome, draft=_stamped(draft, outcome.clock_ms))
        memory = _words(lasts.get(self._memory))
        for digest in dict.fromkeys(part.digest for part in gathered.parts):
            if (at := _place(memory, digest)) >= 0:
                memory = memory[:at] + memory[at + _DIGEST :]
            memory += digest
        remembered = memory[-_DIGEST * self._remembered :]
        told = {} if outcome.kind is Kind.REPEAT else dict(outcome.lasts)
        return Made(outcome, {**told, self._memory: Last(remembered, None)}, gathered.messages)

    def _newer(self, clock_ms: int | None, lasts: Mapping[str, Last]) -> bool:
        """Whether a time is later than all that the point's instruments said last."""
        known = [lasts[r.code].clock_ms for r in self._point.instruments if r.code in lasts]
        return clock_ms is not None and all(last is None or last < clock_ms for last in known)


def _stamped(draft: Draft, clock_ms: int) -> Draft:
    return replace(draft, instant_ms=clock_ms, stamped_by=StampedBy.DEVICE)


def _topics(last: Last) -> set[str]:
    try:
        return {piece.topic for piece in unpack(last.words) if not piece.is_remark}
    except WireError:  # another kind of instrument had this code before
        return set()


def _digest(message: Heard, payload: bytes, *, timed: bool) -> bytes:
    digest = hashlib.blake2b(message.topic.encode() + b"\0" + payload, digest_size=_DIGEST)
    if not timed:
        digest.update(message.mid.to_bytes(4, "big"))
    return digest.digest()


def _words(memory: Last | None) -> bytes:
    return memory.words if memory else b""


def _place(memory: bytes, digest: bytes) -> int:
    """Where a digest stands in a row of them; -1 where it does not."""
    at = memory.find(digest)
    while at % _DIGEST and at >= 0:
        at = memory.find(digest, at + 1)
    return at
