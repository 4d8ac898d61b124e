"""When to send which scans again, and when to delete them: a state machine without I/O and without a clock.

Events come in with the time (s, any steady clock) and give actions. Nothing is deleted but what was acknowledged.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from cems.ranges import Range, merged

LONGEST_WAIT_S: Final = 60.0
"""Longest pause before a batch is sent again."""

Key = tuple[int, str]
"""Boot and configuration hash; a batch has one of each."""


class Segment(NamedTuple):
    """Consecutive scans of one boot and configuration."""

    first: int
    last: int
    key: Key


@dataclass(frozen=True, slots=True)
class Publish:
    """Send these scans as one batch."""

    batch: Segment
    again: bool
    """Whether they were sent before."""


@dataclass(frozen=True, slots=True)
class Delete:
    """The database has these scans; remove them from the spool."""

    ranges: tuple[Range, ...]


Action = Publish | Delete


@dataclass(frozen=True, slots=True)
class Limits:
    """How delivery behaves; the fields are those of ``[delivery]`` in the gateway file."""

    batch_scans: int = 200
    max_wait_s: float = 0.5
    window: int = 8
    ack_timeout_s: float = 5.0
    replay_scans_per_s: float = 5000.0
    """How fast a backlog is sent, so that fresh scans are not delayed; 0 for as fast as it goes."""
    refused_retry_s: float = 3600.0
    """After this time a scan that ingest could not read is offered again."""


@dataclass(slots=True)
class _Flight:
    """A batch on its way."""

    batch: Segment
    due: float
    """When it is sent again."""
    attempt: int = 0

    def wait(self, timeout_s: float) -> float:
        """Pause (s) until the next attempt: doubled each time, up to the cap."""
        return max(timeout_s, min(timeout_s * 2.0 ** min(self.attempt, 16), LONGEST_WAIT_S))


class Delivery:
    """What waits, what is on its way, and what to do next."""

    def __init__(self, limits: Limits, stored: Iterable[Segment] = ()) -> None:
        self._limits = limits
        self._backlog: deque[Segment] = deque(stored)
        """What was stored while nothing could be sent."""
        self._live: deque[Segment] = deque()
        """What was stored since, and goes first."""
        self._since = 0.0
        """Since when the first of those waits."""
        self._allowance = 0.0
        """Scans of the backlog that may be sent now."""
        self._allowance_at = -math.inf
        self._flights: dict[int, _Flight] = {}
        self._parked: list[_Flight] = []
        """Single scans that ingest could not read, and when they are offered again."""
        self._connected = False

    def appended(self, segment: Segment, now: float) -> list[Action]:
        """New scans are in the spool."""
        line = self._live if self._connected else self._backlog
        if not line:
            self._since = now
        tail = line[-1] if line else None
        if tail is not None and tail.key == segment.key and tail.last + 1 == segment.first:
            line[-1] = Segment(tail.first, segment.last, tail.key)
        else:
            line.append(segment)
        return self._fill(now)

    def connected(self, now: float) -> list[Action]:
        """The broker is there: everything that was on its way is sent again, then what waits."""
        self._connected = True
        actions: list[Action] = [self._again(flight, now) for flight in self._flights.values()]
        return actions + self._fill(now)

    def disconnected(self) -> None:
        """The broker is gone; nothing is sent until it is back."""
        self._connected = False
        self._backlog += self._live
        self._live.clear()

    def acknowledged(self, ranges: Sequence[Range], now: float) -> list[Action]:
        """The database has these scans. Numbers that are not here (acknowledged twice, never made) change nothing."""
        gone = self._taken_out(ranges)
        if not gone:
            return []
        for flight in self._flights.values():  # the database lives: whatever had long pauses is tried soon
            flight.attempt = 0
            flight.due = min(flight.due, now + self._limits.ack_timeout_s)
        return [Delete(tuple(sorted(gone))), *self._fill(now)]

    def forget(self, ranges: Sequence[Range]) -> None:
        """These scans were given up: they are sent no more."""
        self._taken_out(ranges)

    def _taken_out(self, ranges: Sequence[Range]) -> list[Range]:
        """Takes scans out of every line; gives those that were there."""
        gone: list[Range] = []
        for flight in list(self._flights.values()):
            pieces = _without(flight.batch, ranges, gone)
            if pieces != [flight.batch]:
                del self._flights[flight.batch.first]
                for piece in pieces:
                    self._flights[piece.first] = _Flight(piece, flight.due, flight.attempt)
        self._live = deque(piece for s in self._live for piece in _without(s, ranges, gone))
        self._backlog = deque(piece for s in self._backlog for piece in _without(s, ranges, gone))
        self._parked = [flight for flight in self._parked if _without(flight.batch, ranges, gone)]
        return gone

    def refused(self, batch: Segment, now: float) -> list[Action]:
        """Ingest could not read a batch: it is sent again in halves, until the scan at fault stands alone.

        That one leaves the window, stays in the spool and is offered again much later: a newer ingest may read it.
        """
        flight = self._flights.get(batch.first)
        if flight is None or flight.batch != batch:
            return []
        del self._flights[batch.first]
        if batch.first == batch.last:
            flight.due = now + self._limits.refused_retry_s
            self._parked.append(flight)
            return self._fill(now)
        middle = (batch.first + batch.last) // 2
        halves = Segment(batch.first, middle, batch.key), Segment(middle + 1, batch.last, batch.key)
        for half in halves:
            self._flights[half.first] = _Flight(half, now + self._limits.ack_timeout_s)
        return [Publish(half, again=True) for half in halves] if self._connected else []

    def tick(self, now: float) -> list[Action]:
        """Time has passed: batches without acknowledgement are sent again, and what waited long enough is sent."""
        if not self._connected:
            return []
        offered = [flight for flight in self._parked if flight.due <= now]
        self._parked = [flight for flight in self._parked if flight.due > now]
        self._flights.update({flight.batch.first: flight for flight in offered})
        actions: list[Action] = [self._again(f, now) for f in self._flights.values() if f.due <= now]
        return actions + self._fill(now)

    def wake_at(self) -> float:
        """When ``tick`` has something to do next; infinity for never."""
        if not self._connected:
            return math.inf
        due = [flight.due for flight in (*self._flights.values(), *self._parked)]
        if self._live and len(self._flights) < self._limits.window:
            due.append(self._since + self._limits.max_wait_s)
        if self._backlog and len(self._flights) < self._room_for_backlog:
            due.append(self._allowance_at + self._lacking() / (self._limits.replay_scans_per_s or math.inf))
        return min(due, default=math.inf)

    @property
    def on_the_way(self) -> tuple[Segment, ...]:
        """Batches sent and not acknowledged."""
        return tuple(flight.batch for flight in self._flights.values())

    @property
    def parked(self) -> tuple[Range, ...]:
        """Scans that ingest could not read, as ranges in order."""
        return merged((flight.batch.first, flight.batch.last) for flight in self._parked)

    def _again(self, flight: _Flight, now: float) -> Publish:
        flight.attempt += 1
        flight.due = now + flight.wait(self._limits.ack_timeout_s)
        return Publish(flight.batch, again=True)

    @property
    def _room_for_backlog(self) -> int:
        """Messages of the backlog that may be on their way: a quarter of the window is kept for fresh scans."""
        return self._limits.window - self._limits.window // 4

    def _fill(self, now: float) -> list[Action]:
        """Sends what is ready: fresh scans first, then of the backlog what rate and window leave room for."""
        if not self._connected:
            return []
        return [*self._fill_live(now), *self._fill_backlog(now)]

    def _fill_live(self, now: float) -> Iterator[Action]:
        """Full batches, batches that cannot grow, and what has waited long enough."""
        size = self._limits.batch_scans
        while self._live and len(self._flights) < self._limits.window:
            head = self._live[0]
            ready = head.last - head.first + 1 >= size or len(self._live) > 1
            if not ready and now < self._since + self._limits.max_wait_s:
                return
            yield self._launched(self._live, size, now)
            self._since = now

    def _fill_backlog(self, now: float) -> Iterator[Action]:
        rate = self._limits.replay_scans_per_s
        if rate:
            gained = rate * (now - self._allowance_at) if math.isfinite(self._allowance_at) else math.inf
            self._allowance = min(self._allowance + gained, float(self._limits.window * self._limits.batch_scans))
        self._allowance_at = now
        while self._backlog and len(self._flights) < self._room_for_backlog and not (rate and self._lacking() > 0):
            action = self._launched(self._backlog, self._limits.batch_scans, now)
            self._allowance -= action.batch.last - action.batch.first + 1
            yield action

    def _lacking(self) -> float:
        """Scans by which the allowance is too small for the next batch of the backlog."""
        head = self._backlog[0]
        return min(self._limits.batch_scans, head.last - head.first + 1) - self._allowance

    def _launched(self, line: deque[Segment], size: int, now: float) -> Publish:
        """The first batch of a line, on its way."""
        head = line[0]
        batch = Segment(head.first, min(head.last, head.first + size - 1), head.key)
        if batch.last < head.last:
            line[0] = Segment(batch.last + 1, head.last, head.key)
        else:
            line.popleft()
        self._flights[batch.first] = _Flight(batch, now + self._limits.ack_timeout_s)
        return Publish(batch, again=False)


def _without(segment: Segment, ranges: Sequence[Range], gone: list[Range]) -> list[Segment]:
    """The pieces of a segment outside all ranges; what was cut out is added to ``gone``."""
    pieces = [segment]
    for first, last in ranges:
        left: list[Segment] = []
        for piece in pieces:
            low, high = max(first, piece.first), min(last, piece.last)
            if low > high:
                left.append(piece)
                continue
            gone.append((low, high))
            if piece.first < low:
                left.append(Segment(piece.first, low - 1, piece.key))
            if high < piece.last:
                left.append(Segment(high + 1, piece.last, piece.key))
        pieces = left
    return pieces
