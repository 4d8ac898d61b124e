"""Hours handed on day by day, so that a judgement of a day never hangs on how the hours came."""

from __future__ import annotations

import numpy as np

from cems.clock import DAY_MS, HOUR_MS
from reconcile.pointhours import PointHours


class WholeDays:
    """Gathers hours and gives back those of complete statutory days."""

    def __init__(self, offset_ms: int) -> None:
        self._offset = offset_ms
        self._held: PointHours | None = None

    def take(self, hours: PointHours) -> PointHours | None:
        """The days that are complete with these hours, in one; None where none is. An uncut gift comes back uncut."""
        if not len(hours):
            return None
        got = hours if self._held is None else PointHours.joined([self._held, hours])
        end = int(got.start_ms[-1]) + HOUR_MS
        cut = (end + self._offset) // DAY_MS * DAY_MS - self._offset
        if cut <= int(got.start_ms[0]):
            self._held = got
            return None
        self._held = got.part(cut, end) if cut < end else None
        return got if cut == end else got.part(int(got.start_ms[0]), cut)

    def rest(self) -> PointHours | None:
        """The hours of the day that was not complete; None where there are none."""
        rest, self._held = self._held, None
        return rest


def days_of(hours: PointHours, offset_ms: int) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], ...]:
    """Start of each day of the hours [ms UTC], shape (n_days,), and the place of each hour's day, shape (n_hours,)."""
    day = (hours.start_ms + offset_ms) // DAY_MS
    if not day.size:
        return day, day
    first = int(day[0])
    starts = np.arange(first, int(day[-1]) + 1, dtype=np.int64) * DAY_MS - offset_ms
    return starts, day - first
