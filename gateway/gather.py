"""Messages that together make one scan: which of them belong to one instant, and when the scan is due. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

M = TypeVar("M")
Slot = tuple[str, int]
"""Code of an instrument, and which of its kinds of messages."""
_MOST_OPEN: Final = 16
"""Scans of one point that wait at the same time; the oldest is closed for a newer one."""


@dataclass(frozen=True, slots=True)
class Part(Generic[M]):
    """What one message gives to a scan of one point."""

    slots: frozenset[Slot]
    """Which places of the scan it fills; never empty."""
    clock_ms: int | None
    """Device time, where it has one."""
    words: dict[str, bytes]
    """Its evidence by code of the instrument."""
    message: M
    """The message that is done with when the scan is stored."""
    digest: bytes = b""
    """Names the message for the memory of those already stored."""


@dataclass(slots=True)
class Gathered(Generic[M]):
    """The parts of one scan."""

    due: float
    """When it is made at the latest, by the monotonic clock [s]."""
    clock_ms: int | None = None
    parts: list[Part[M]] = field(default_factory=list)
    messages: list[M] = field(default_factory=list)
    """All messages that are done with when it is stored, repeats of its parts among them."""

    @property
    def filled(self) -> frozenset[Slot]:
        """Which places are filled."""
        return frozenset().union(*(part.slots for part in self.parts))

    @property
    def size(self) -> int:
        """Bytes of evidence."""
        return sum(len(words) for part in self.parts for words in part.words.values())

    def answer(self, code: str) -> bytes | None:
        """The evidence of one instrument, its kinds of messages in the order of the plant file; None without any."""
        mine = [part for part in self.parts if code in part.words]
        mine.sort(key=lambda part: min(slot for slot in part.slots if slot[0] == code))
        return b"".join(part.words[code] for part in mine) if mine else None


class Gatherer(Generic[M]):
    """The scans of one point that wait for their messages."""

    def __init__(self, slots: Iterable[Slot], gather_s: float, align_s: float, largest: int) -> None:
        self._slots = frozenset(slots)
        self._gather_s, self._align_ms, self._largest = gather_s, align_s * 1000, largest
        self._open: list[Gathered[M]] = []
        self._done: list[Gathered[M]] = []

    def add(self, part: Part[M], now: float) -> None:
        """Puts a message where it belongs: the waiting scan that lacks it and is nearest in time, or a new one."""
        home = self._home(part)
        if home is None:
            home = Gathered(now + self._gather_s)
            self._open.append(home)
        home.parts.append(part)
        home.messages.append(part.message)
        if home.clock_ms is None:
            home.clock_ms = part.clock_ms
        if home.filled >= self._slots:
            self._close(home)
        elif len(self._open) > _MOST_OPEN:
            self._close(self._open[0])

    def attach(self, digest: bytes, message: M) -> bool:
        """A message that waits here already and came again: both are done with together; whether there is one."""
        for scan in (*self._open, *self._done):
            if any(part.digest == digest for part in scan.parts):
                scan.messages.append(message)
                return True
        return False

    def take(self, now: float) -> list[Gathered[M]]:
        """The scans that are whole or have waited long enough, oldest first; they do not wait here any more."""
        for scan in [scan for scan in self._open if scan.due <= now]:
            self._close(scan)
        done, self._done = self._done, []
        return done

    @property
    def waiting(self) -> list[M]:
        """The messages of all scans that wait here."""
        return [message for scan in (*self._open, *self._done) for message in scan.messages]

    @property
    def whole(self) -> int:
        """How many scans are whole and wait to be taken."""
        return len(self._done)

    @property
    def next_due(self) -> float | None:
        """When the next scan has waited long enough."""
        return min((scan.due for scan in self._open), default=None)

    def _close(self, scan: Gathered[M]) -> None:
        self._open.remove(scan)
        self._done.append(scan)

    def _home(self, part: Part[M]) -> Gathered[M] | None:
        size = sum(map(len, part.words.values()))
        free = [s for s in self._open if not s.filled & part.slots and s.size + size <= self._largest]
        if part.clock_ms is None:
            return next(iter(free), None)
        near = [(self._apart(scan, part.clock_ms), i) for i, scan in enumerate(free)]
        near = [(apart, i) for apart, i in near if apart == 0 or apart < self._align_ms]
        return free[min(near)[1]] if near else None

    @staticmethod
    def _apart(scan: Gathered[M], clock_ms: int) -> float:
        return 0.0 if scan.clock_ms is None else abs(scan.clock_ms - clock_ms)
