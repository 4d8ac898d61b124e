"""Giving the oldest scans up, for operators who have chosen so: written down, logged, counted, and never in silence."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from typing import Final

from cems.clock import DAY_MS, HOUR_MS
from cems.ranges import Range
from gateway.spool import Spool

_log = logging.getLogger(__name__)
_AT_ONCE: Final = 1000
"""Scans given up in one go where the spool is full (project choice)."""
_AGED_AT_ONCE: Final = 10_000
"""Scans given up in one go where they are too old, so that reading never waits long for it (project choice)."""
_LEAST_SHARE: Final = 10
"""Scans are given up while they take at least the tenth part of a full spool (project choice)."""


class GiveUp:
    """The policy ``drop-oldest``."""

    def __init__(self, max_age_days: float | None, on_dropped: Callable[[Sequence[Range]], None]) -> None:
        self._on_dropped = on_dropped
        self._max_age_days = max_age_days
        self._told = False
        self._looked_ms: int | None = None
        """When the ages were looked at last, where nothing too old was left."""

    def make_room(self, spool: Spool, now_ms: int) -> int:
        """Gives up the oldest scans while the spool is full, or they are too old; how many.

        Ages are looked at once an hour, or more often where ``max_age_days`` is less than a day: scans that grow too
        old one after another go together, with one row and one line in the log.
        """
        given_up = 0
        while spool.full and self._helps(spool):
            dropped = self._drop(spool, _AT_ONCE, now_ms, "the spool was full and when_full is drop-oldest")
            if not dropped:
                break
            given_up += dropped
        return given_up + self._drop_aged(spool, now_ms)

    def _helps(self, spool: Spool) -> bool:
        """Whether scans take the room, and not what is kept for platforms, which no scan given up makes smaller."""
        scans, size = spool.scan_bytes, spool.size_bytes
        if scans * _LEAST_SHARE >= size:
            self._told = False
            return True
        if not self._told:
            self._told = True
            _log.error(
                "THE SPOOL IS FULL of packets and minutes for platforms: scans are %.1f of %.1f MB, and none is given "
                "up, for that makes no room. Is a platform away? Raise spool.max_bytes, or forget that destination",
                scans / 1e6,
                size / 1e6,
            )
        return False

    def _drop_aged(self, spool: Spool, now_ms: int) -> int:
        if self._max_age_days is None:
            return 0
        age_ms = self._max_age_days * DAY_MS
        if self._looked_ms is not None and abs(now_ms - self._looked_ms) < min(HOUR_MS, age_ms / 24):
            return 0
        aged = spool.older(math.ceil(now_ms - age_ms), _AGED_AT_ONCE)
        if aged < _AGED_AT_ONCE:
            self._looked_ms = now_ms
        return self._drop(spool, aged, now_ms, f"read more than {self._max_age_days:g} days ago") if aged else 0

    def _drop(self, spool: Spool, scans: int, now_ms: int, reason: str) -> int:
        dropped = spool.drop_oldest(scans, now_ms, reason)
        if dropped is None:
            return 0
        self._on_dropped([dropped])
        _log.error("SCANS %d TO %d WERE GIVEN UP: %s", *dropped, reason)
        return dropped[1] - dropped[0] + 1
