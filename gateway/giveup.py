"""Giving the oldest scans up, for operators who have chosen so: written down, logged, counted, and never in silence."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final

from cems.ranges import Range
from gateway.spool import Spool

_log = logging.getLogger(__name__)
_AT_ONCE: Final = 1000
"""Scans given up in one go (project choice)."""
_DAY_MS: Final = 86_400_000


class GiveUp:
    """The policy ``drop-oldest``."""

    def __init__(self, max_age_days: float | None, on_dropped: Callable[[Sequence[Range]], None]) -> None:
        self._max_age_days, self._on_dropped = max_age_days, on_dropped

    def make_room(self, spool: Spool, now_ms: int) -> int:
        """Gives up the oldest scans while the spool is full, or they are too old; how many."""
        given_up = 0
        while reason := self._reason(spool, now_ms):
            dropped = spool.drop_oldest(_AT_ONCE if spool.full else 1, now_ms, reason)
            if dropped is None:
                break
            self._on_dropped([dropped])
            given_up += dropped[1] - dropped[0] + 1
            _log.error("SCANS %d TO %d WERE GIVEN UP: %s", *dropped, reason)
        return given_up

    def _reason(self, spool: Spool, now_ms: int) -> str:
        if spool.full:
            return "the spool was full and when_full is drop-oldest"
        oldest = spool.oldest_ms if self._max_age_days is not None else None
        if oldest is not None and self._max_age_days is not None and now_ms - oldest > self._max_age_days * _DAY_MS:
            return f"read more than {self._max_age_days:g} days ago"
        return ""
