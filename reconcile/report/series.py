"""The curves of the charts as plain lists over the plant's time in days, broken wherever hours or days are missing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cems.clock import EPOCH_DAY
from reconcile.report.figures import plant_time
from reconcile.report.model import Report
from reconcile.report.model_readings import DayRow, HourRow

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of a curve; NaN breaks the line."""

    days: list[float]
    """Days since 1970-01-01 00:00 in the plant's standard time."""
    values: list[float]


@dataclass(frozen=True, slots=True)
class Span:
    """A run of hours in the same state."""

    start: float
    """Days since 1970-01-01 00:00 in the plant's standard time."""
    end: float


def axis_days(instant: datetime, report: Report) -> float:
    """Days since 1970-01-01 00:00 in the plant's standard time."""
    return (plant_time(instant, report.utc_offset_hours).replace(tzinfo=None) - datetime(1970, 1, 1)) / DAY  # noqa: DTZ001 - wall clock


def curve(report: Report, value: Callable[[HourRow], float | None]) -> Curve:
    """One value per hour, at its middle; NaN where it is None and where hours do not follow each other."""
    hours = [(axis_days(h.start, report), value(h)) for h in report.hours]
    return _curve(hours, step=HOUR / DAY, shift=HOUR / DAY / 2)


def daily(report: Report, value: Callable[[DayRow], float | None]) -> Curve:
    """One value per statutory day, at its start; NaN where it is None and where days do not follow each other."""
    return _curve([(float((d.day - EPOCH_DAY).days), value(d)) for d in report.days], step=1.0, shift=0.0)


def _curve(points: list[tuple[float, float | None]], step: float, shift: float) -> Curve:
    days: list[float] = []
    values: list[float] = []
    for i, (start, found) in enumerate(points):
        if i and start - points[i - 1][0] > 1.5 * step:
            days.append(points[i - 1][0] + step)
            values.append(math.nan)
        days.append(start + shift)
        values.append(math.nan if found is None else found)
    return Curve(days, values)


def spans(report: Report, belongs: Callable[[HourRow], bool]) -> list[Span]:
    """Runs of neighbouring hours that belong to a set, as half-open spans."""
    runs: list[Span] = []
    for hour in report.hours:
        if not belongs(hour):
            continue
        start = axis_days(hour.start, report)
        end = start + HOUR / DAY
        if runs and abs(runs[-1].end - start) < 1e-6:
            runs[-1] = Span(runs[-1].start, end)
        else:
            runs.append(Span(start, end))
    return runs


def day_ticks(first: float, last: float, most: int = 11) -> tuple[list[float], list[str]]:
    r"""Places and labels of midnights between two axis times; the year stands under the first and under each new one.

    >>> day_ticks(18245.2, 18249.9)
    ([18246.0, 18247.0, 18248.0, 18249.0], ['12-16\n2019', '12-17', '12-18', '12-19'])
    """
    step = max(1, math.ceil((last - first) / most))
    places = [float(day) for day in range(math.ceil(first), math.floor(last) + 1, step)]
    days = [EPOCH_DAY + timedelta(days=place) for place in places]
    new_year = [i == 0 or days[i - 1].year != day.year for i, day in enumerate(days)]
    labels = [f"{d:%m-%d}\n{d.year}" if new else f"{d:%m-%d}" for d, new in zip(days, new_year, strict=True)]
    return places, labels


def is_unfilled(hour: HourRow) -> bool:
    """An operating hour that has neither a measurement nor a fill."""
    return hour.status in ("invalid", "missing") and hour.filled_t is None


def is_stopped(hour: HourRow) -> bool:
    """An hour with the source out of operation."""
    return hour.status == "stopped"
