"""The poll loop: reads the instruments of some points on schedule and puts their scans into the intake."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping, Sequence

from cems.errors import DeviceError
from cems.instruments.modbus_line import LineSettings
from cems.reader import InstrumentReader
from gateway.assemble import Draft, Kind, Last, PointReader
from gateway.cancelling import heed_cancellation
from gateway.drivers.base import Line, ReadError, Span, Trouble
from gateway.intake import Intake
from gateway.metrics import Tally
from gateway.schedule import next_slot
from gateway.together import Together

_log = logging.getLogger(__name__)

PolledPoint = PointReader[InstrumentReader]
"""A point whose instruments are asked."""
_IDLE_S = 0.05
"""Pause after a poll that told nothing new, where the period is 0."""
_LONGEST_SLEEP_S = 5.0
_OUTAGE_S = 1.0
"""Outages are recorded at most this often where the period is 0."""


def groups(points: Iterable[PolledPoint]) -> list[list[PolledPoint]]:
    """Points that share lines, directly or through others: each group is polled on its own and waits for no other."""
    found: list[tuple[set[LineSettings], list[PolledPoint]]] = []
    for point in points:
        lines = {reader.line for reader in point.instruments}
        joined = [group for group in found if group[0] & lines]
        found = [group for group in found if not group[0] & lines]
        members = [member for _, group in joined for member in group]
        found.append((lines.union(*(known for known, _ in joined)), [*members, point]))
    return [members for _, members in found]


class Poller:
    """Polls one group of points."""

    def __init__(
        self,
        points: Sequence[PolledPoint],
        lines: Mapping[LineSettings, Line],
        intake: Intake | Together,
        tally: Tally,
        period_s: float,
    ) -> None:
        self._points = points
        self._lines = lines
        self._intake, self._tally, self._period = intake, tally, period_s
        self._outages: dict[str, float] = {}
        self._counts: dict[str, tuple[int | None, int]] = {}
        """The last count of each instrument that counts, and for how many polls it has stood."""
        self._by_line: dict[LineSettings, list[tuple[InstrumentReader, tuple[Span, ...]]]] = {}
        for point in points:
            for reader in point.instruments:
                self._by_line.setdefault(reader.line, []).append((reader, _spans(reader)))

    async def run(self) -> None:
        """Polls for ever: on whole multiples of the period, or without pause where the period is 0."""
        last: float | None = None
        while True:
            heed_cancellation()
            if self._period == 0:
                if not await self.cycle():
                    await asyncio.sleep(_IDLE_S)
                continue
            last, skipped = next_slot(time.time(), self._period, last)
            self._tally.late += skipped
            await _sleep_until(last)
            self._tally.started_late(max(0.0, time.time() - last))
            await self.cycle()

    async def cycle(self) -> bool:
        """Reads every instrument once and stores the scans in one transaction; whether something new was stored."""
        if not await self._intake.ready():
            return False
        answers: dict[str, bytes | None] = {}
        if len(self._by_line) == 1:
            await self._read_line(next(iter(self._by_line)), answers)
        else:
            async with asyncio.TaskGroup() as tasks:
                for line in self._by_line:
                    tasks.create_task(self._read_line(line, answers))
        self._tally.polls += 1
        drafts, lasts = self._assembled(answers, time.time_ns() // 1_000_000)
        if drafts:
            await self._intake.store(drafts, lasts)
        return bool(lasts)

    async def _read_line(self, address: LineSettings, answers: dict[str, bytes | None]) -> None:
        """Reads the instruments of a line; those that failed often come last, so that nobody waits for them."""
        line = self._lines[address]
        rows = self._by_line[address]
        if len(rows) > 1:
            rows = sorted(rows, key=lambda row: line.slowed(row[0].instrument.unit_id))
        for reader, spans in rows:
            answers[reader.code] = await self._read(line, reader, spans)
            self._tally.instruments[reader.code].slowed = line.slowed(reader.instrument.unit_id)
        await line.rest()

    async def _read(self, line: Line, reader: InstrumentReader, spans: Sequence[Span]) -> bytes | None:
        """The words of one instrument, or None where it does not give them."""
        timeout = reader.instrument.timeout_s
        tally = self._tally.instruments[reader.code]
        asked = time.perf_counter()
        words = b""
        try:
            for span in spans:
                tally.requests += 1
                words += await line.read(span, timeout)
            self._require_new(reader, words)
        except DeviceError as error:
            self._note_failure(reader.code, error)
            return None
        if tally.gave(time.time_ns() // 1_000_000, time.perf_counter() - asked):
            _log.info("instrument %s answers", reader.code)
        return words

    def _require_new(self, reader: InstrumentReader, words: bytes) -> None:
        """Raises :class:`ReadError` where the device's own count says that it has not measured for some polls."""
        counter, count = reader.instrument.counter, reader.counter(words)
        if counter is None or count is None:
            return
        before, still = self._counts.get(reader.code, (None, 0))
        still = still + 1 if count == before else 0
        self._counts[reader.code] = (count, still)
        if still >= counter.still_polls:
            raise ReadError(
                Trouble.STALE, f"its counter stands at {count} since {still} polls: it has stopped measuring"
            )

    def _note_failure(self, code: str, error: DeviceError) -> None:
        trouble = error.trouble if isinstance(error, ReadError) else Trouble.GARBLED
        self._tally.errors[trouble.value] += 1
        if self._tally.instruments[code].failed():
            _log.warning("instrument %s failed: %s", code, error)

    def _assembled(self, answers: Mapping[str, bytes | None], now_ms: int) -> tuple[list[Draft], dict[str, Last]]:
        drafts: list[Draft] = []
        lasts: dict[str, Last] = {}
        for point in self._points:
            got = [answers[reader.code] for reader in point.instruments]
            outcome = point.assemble(got, self._intake.lasts, now_ms)
            if outcome.clock_ms is not None:
                self._tally.clock_offset_s[point.code] = (outcome.clock_ms - now_ms) / 1000
            if outcome.draft is None:
                self._tally.repeats += 1
            elif outcome.kind is Kind.NEW or self._may_record_outage(point.code):
                drafts.append(outcome.draft)
                lasts.update(outcome.lasts)
            else:
                self._tally.withheld += 1
        return drafts, lasts

    def _may_record_outage(self, point: str) -> bool:
        """Once a period; where the period is 0, once a second, so that downtime is recorded without a flood."""
        now = asyncio.get_running_loop().time()
        if self._period == 0 and now < self._outages.get(point, -_OUTAGE_S) + _OUTAGE_S:
            return False
        self._outages[point] = now
        return True


def _spans(reader: InstrumentReader) -> tuple[Span, ...]:
    instrument = reader.instrument
    return tuple(Span(instrument.unit_id, r.table, r.address, r.count) for r in reader.requests)


async def _sleep_until(instant_s: float) -> None:
    """Sleeps in short steps, so that a clock that is set meanwhile is noticed."""
    while (left := instant_s - time.time()) > 0:
        await asyncio.sleep(min(left, _LONGEST_SLEEP_S))
        if instant_s - time.time() > left + _LONGEST_SLEEP_S:
            return  # the clock was set back: the next slot is another
