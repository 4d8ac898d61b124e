"""Laboratory results that stand in the books a second time: those of some days before, in the same order.

Where results are booked a period late, the first days of the delay show the results of the days before it again:
there are no others yet. Exact repeats of several results that differ from each other are no chance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cems.clock import DAY_MS
from reconcile.anomaly import Anomaly, Evidence
from reconcile.attribution.fuelside import UnitSide
from reconcile.detectors.wholedays import WholeDays
from reconcile.parameters import Parameters
from reconcile.pointhours import PointHours

KIND: Final = "account-repeated"
_SAME: Final = 1e-9
"""Relative difference of results that are equal: means of several fuels of a day carry the error of doubles."""
Array = NDArray[np.float64]


class RepeatedBooks:
    """Finds days whose carbon and heating value are those of a fixed number of days before, ``least`` days or more.

    Days without an analysis neither count nor end it; a day with the results of the day before ends it, because a
    composite sample stands for several days. Looks at no day of the books beyond the hours it was told.
    """

    def __init__(self, subject: str, sides: Sequence[UnitSide], offset_ms: int, least: int, reach: int) -> None:
        self._days = WholeDays(offset_ms)
        self._offset = offset_ms
        self._rows = [_Unit(subject, side, least, reach, offset_ms) for side in sides if side.days.day.size]

    def step(self, hours: PointHours) -> list[Anomaly]:
        """Stretches that the days completed by these hours raised or ended."""
        return self._told(self._days.take(hours))

    def close(self) -> list[Anomaly]:
        """What is still open, after the last day."""
        return [*self._told(self._days.rest()), *(a for row in self._rows for a in row.close())]

    def _told(self, hours: PointHours | None) -> list[Anomaly]:
        if hours is None or not len(hours):
            return []
        end = (int(hours.start_ms[-1]) + self._offset) // DAY_MS + 1
        return [a for row in self._rows for a in row.up_to(end)]


class _Unit:
    """The books of one unit, read day by day."""

    def __init__(self, subject: str, side: UnitSide, least: int, reach: int, offset_ms: int) -> None:
        self._subject, self._least, self._offset = subject, least, offset_ms
        self._first = int(side.days.day[0])
        self._results = np.stack([side.days.carbon, side.days.ncv])
        self._known = np.isfinite(self._results).all(axis=0) & (side.days.fuel_mass > 0)
        self._run = np.zeros(reach + 1, dtype=np.int64)
        self._from = np.zeros(reach + 1, dtype=np.int64)
        self._at = 0
        self._last = -1
        self._open: tuple[int, int] | None = None

    def up_to(self, day: int) -> list[Anomaly]:
        """The days before ``day``."""
        end = min(day - self._first, self._known.size)
        found: list[Anomaly] = []
        while self._at < end:
            if self._known[self._at]:
                found += self._analysed(self._at)
            self._at += 1
        return found

    def close(self) -> list[Anomaly]:
        """The stretch that was not over."""
        found = [self._anomaly(*self._open, None)] if self._open else []
        self._open = None
        return found

    def _analysed(self, at: int) -> list[Anomaly]:
        reach = min(self._run.size - 1, at)
        now = self._results[:, at : at + 1]
        same = np.zeros(self._run.size, dtype=np.bool_)
        before = self._results[:, at - reach : at][:, ::-1]
        same[1 : reach + 1] = (np.abs(before - now) <= _SAME * np.abs(now)).all(axis=0)
        moved = self._last < 0 or not bool(
            (np.abs(self._results[:, self._last] - now[:, 0]) <= _SAME * np.abs(now[:, 0])).all()
        )
        same &= moved
        self._last = at
        self._from = np.where(same & (self._run == 0), at, self._from)
        self._run = np.where(same, self._run + 1, 0)
        found: list[Anomaly] = []
        if self._open and not same[self._open[0]]:
            found.append(self._anomaly(*self._open, at))
            self._open = None
        raised = np.flatnonzero(self._run == self._least)
        if raised.size and not self._open:
            self._open = int(raised[0]), at
            found.append(self._anomaly(*self._open, None))
        return found

    def _anomaly(self, lag: int, told: int, end: int | None) -> Anomaly:
        onset = self._ms(int(self._from[lag]))
        return Anomaly(
            kind=KIND,
            subject=self._subject,
            channel="account",
            onset_ms=onset,
            onset_low_ms=onset - DAY_MS,
            onset_high_ms=onset + DAY_MS,
            end_ms=None if end is None else self._ms(end),
            told_ms=self._ms(told + 1),
            size=math.nan,
            evidence=(
                Evidence("equal_results", float(self._least), float(self._least), "d"),
                Evidence("booked_days_before", float(lag), 0.0, "d"),
            ),
        )

    def _ms(self, place: int) -> int:
        return (self._first + place) * DAY_MS - self._offset


def repeated_books(subject: str, sides: Sequence[UnitSide], offset_ms: int, parameters: Parameters) -> RepeatedBooks:
    """The detector with the figures of the table (det_repeated_days, det_repeated_reach)."""
    least, reach = (int(parameters.value(f"det_repeated_{name}")) for name in ("days", "reach"))
    return RepeatedBooks(subject, sides, offset_ms, least, reach)
