"""Scans become minutes and parcels of a platform, in the order in which they came, each exactly once."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from cems.clock import DAY_MS, MINUTE_MS
from cems.hj212.content import Kind
from cems.ranges import Range, cut
from cems.scan import Scan
from gateway.spool import Spool
from gateway.upload.config import UploadConfig
from gateway.upload.factors import PointFactors
from gateway.upload.figures import kinds_of, length_ms, start_of
from gateway.upload.minutes import Minute
from gateway.upload.store import Parcel, UploadStore

_log = logging.getLogger(__name__)
AT_ONCE: Final = 500
"""Scans of one transaction, so that reading instruments never waits long for it (project choice)."""
AHEAD_MS: Final = 2 * DAY_MS
"""A scan whose instant is so far ahead of the time at which it was read has no time that counts (project choice)."""
_SET_BACK_MS: Final = 10 * MINUTE_MS
"""A realtime packet so far ahead of the time at which a scan is read was made by a clock set back since."""


class Digest:
    """Takes what a platform lacks out of the spool, a piece at a time."""

    def __init__(
        self, spool: Spool, store: UploadStore, upload: UploadConfig, points: Mapping[str, PointFactors]
    ) -> None:
        self._spool, self._store, self._upload, self._points = spool, store, upload, points
        self._slots = {point: int(store.setting(_slot(point)) or -1) for point in points}
        """The realtime interval of which a packet was made last."""
        self._acknowledged: dict[tuple[str, Kind], int | None] = {}
        self.strange: Counter[str] = Counter()
        """Scans since the start that no packet can be made of, by reason."""

    def step(self) -> bool:
        """Takes up to :data:`AT_ONCE` scans; whether there may be more. Errors are those of :class:`Spool`."""
        lacking = self._store.lacking()
        if not lacking:
            return False
        first, last = lacking[0]
        last = min(last, first + AT_ONCE - 1)
        scans = self._spool.read(first, last)
        self.fold(scans, cut((first, last), self._spool.unfit)[1])  # what no scan can be made of stays in the spool
        return len(lacking) > 1 or last < lacking[0][1]

    def fold(self, scans: Sequence[Scan], had: Sequence[Range], settings: Mapping[str, str] | None = None) -> None:
        """Puts scans into minutes and parcels, and takes numbers out of what the platform lacks, in one transaction."""
        minutes: dict[tuple[str, int], Minute] = {}
        parcels: dict[tuple[str, Kind, int], Parcel] = {}
        slots = dict(self._slots)
        self._acknowledged.clear()
        closed_ms = int(self._store.setting("closed_ms") or 0)
        for scan in scans:
            point = self._points.get(scan.point)
            if point is None or self._is_strange(scan, closed_ms):
                continue
            readings = point.readings(scan)
            if not readings:
                continue
            self._minute(minutes, scan).add(readings, point.told_wet)
            for parcel in self._parcels(scan):
                before = parcels.get(parcel.name, parcel)
                ready_ms = max(before.ready_ms, parcel.ready_ms)
                parcels[parcel.name] = replace(parcel, ready_ms=ready_ms)
            if self._is_due(scan, slots):
                at = scan.instant_ms
                realtime = Parcel(scan.point, Kind.REALTIME, at, at, scan.read_ms, scan.seq, readings=readings)
                parcels[realtime.name] = realtime
        moved = {_slot(point): str(slot) for point, slot in slots.items() if slot != self._slots[point]}
        self._store.record(minutes, parcels.values(), {**moved, **(settings or {})}, had)
        self._slots = slots

    def _minute(self, minutes: dict[tuple[str, int], Minute], scan: Scan) -> Minute:
        start = scan.instant_ms // MINUTE_MS * MINUTE_MS
        if (scan.point, start) not in minutes:
            stored = self._store.minutes(scan.point, start, start + 1)
            minutes[scan.point, start] = stored.get(start, Minute())
        return minutes[scan.point, start]

    def _parcels(self, scan: Scan) -> list[Parcel]:
        """The periods that a scan belongs to."""
        found = []
        settle_ms = round(1000 * self._upload.settle_s)
        for kind in kinds_of(self._upload):
            start = start_of(kind, scan.instant_ms, self._upload)
            end = start + length_ms(kind, self._upload)
            if (scan.point, kind) not in self._acknowledged:
                self._acknowledged[scan.point, kind] = self._store.last_acknowledged(scan.point, kind)
            last = self._acknowledged[scan.point, kind]
            # What was acknowledged ahead of the time at which this was read says nothing: the clock was set back since.
            late = last is not None and start <= last <= scan.read_ms
            found.append(Parcel(scan.point, kind, start, end, max(end, scan.read_ms) + settle_ms, scan.seq, late))
        return found

    def _is_due(self, scan: Scan, slots: dict[str, int]) -> bool:
        """Whether a scan is the first of its realtime interval. Readings that come late are no realtime data."""
        if not self._upload.realtime_s:
            return False
        every_ms = 1000 * self._upload.realtime_s
        slot, last = scan.instant_ms // every_ms, slots[scan.point]
        if slot > last or (slot < last and last > (scan.read_ms + _SET_BACK_MS) // every_ms):
            slots[scan.point] = slot
            return True
        return False

    def _is_strange(self, scan: Scan, closed_ms: int) -> bool:
        if scan.instant_ms > scan.read_ms + AHEAD_MS:
            reason = "its time lies ahead of the clock"
        elif scan.instant_ms < closed_ms:
            reason = "its day is closed"
        else:
            return False
        if not self.strange[reason]:
            _log.warning("upload %s: scan %d of %s is not told: %s", self._store.name, scan.seq, scan.point, reason)
        self.strange[reason] += 1
        return True


def _slot(point: str) -> str:
    return f"slot:{point}"
