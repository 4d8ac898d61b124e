"""Which days of a point make its reference: the first weeks of running on the documented fuel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cems.clock import DAY_MS
from reconcile.attribution.fuelside import UnitSide
from reconcile.detectors.facts import Facts
from reconcile.detectors.wholedays import days_of
from reconcile.hours import Status
from reconcile.parameters import Parameters
from reconcile.pointhours import PointHours

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class ReferenceSpan:
    """Told the days of a point as they come, it says when they are enough and which of them are the reference."""

    def __init__(self, sides: Sequence[UnitSide], facts: Facts, parameters: Parameters) -> None:
        self._sides, self._facts = tuple(sides), facts
        self._hours_min = parameters.value("det_running_hours")
        self._need = int(parameters.value("det_reference_days"))
        self._most = int(parameters.value("det_reference_days_most"))
        self._first = self._from = self._end = 0
        self._ran = self._days = 0
        self.span_ms: tuple[int, int] | None = None
        """Begin and end of the reference [ms UTC]; None until it is complete."""

    def tell(self, hours: PointHours) -> None:
        """The next whole days."""
        starts, place = days_of(hours, self._facts.offset_ms)
        valid = np.bincount(place[hours.status == Status.VALID.value], minlength=starts.size)
        main = on_main_fuel(self._sides, starts, self._facts.offset_ms)
        for start, ran, same in zip(starts.tolist(), valid >= self._hours_min, main, strict=True):
            if self.span_ms is None:
                self._day(start, ran=bool(ran), same=bool(same))

    def so_far(self) -> tuple[int, int]:
        """The reference as good as it gets: what there is."""
        begin = self._from if self._ran else self._first
        return self.span_ms or (begin, self._end)

    def _day(self, start: int, *, ran: bool, same: bool) -> None:
        if not self._days:
            self._first = self._from = start
        self._days += 1
        self._end = start + DAY_MS
        self._ran = self._ran + ran if same else 0
        if not same:
            self._from = self._end
        stated = self._facts.reference_ms
        if stated is not None:
            self.span_ms = stated if self._end >= stated[1] else None
        elif self._ran >= self._need or self._days >= self._most:
            self.span_ms = self.so_far()


def reference_span(
    hours: PointHours, sides: Sequence[UnitSide], facts: Facts, parameters: Parameters
) -> tuple[int, int]:
    """Begin and end of the reference of a point of which all days are there [ms UTC]; what there is of too few days."""
    span = ReferenceSpan(sides, facts, parameters)
    span.tell(hours)
    return span.so_far()


def on_main_fuel(sides: Sequence[UnitSide], day_ms: Ints, offset_ms: int) -> Bools:
    """Whether no unit burnt another fuel than its main one on each day, by its start, as recorded; shape (n_days,)."""
    day = (day_ms + offset_ms) // DAY_MS
    same = np.ones(day.shape, dtype=np.bool_)
    for side in sides:
        if side.days.fuel is None or not side.days.day.size:
            continue
        place = day - int(side.days.day[0])
        inside = (place >= 0) & (place < side.days.day.size)
        named = side.days.fuel[np.where(inside, place, 0)]
        same &= ~inside | (named == "") | (named == side.fuel)
    return same
