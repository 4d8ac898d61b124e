"""EU MRR Art. 45(1): equipment out of operation for more than five consecutive days in a calendar year is notified."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from cems.clock import DAY_MS, HOUR_MS, from_ms, to_ms, zone_of
from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.readings import runs

Span: TypeAlias = tuple[int, int]
_OFFSET_MAX = 24.0


@dataclass(frozen=True, slots=True)
class Notification:
    """One outage that must be told to the authority without undue delay, with measures proposed."""

    year: int
    """Calendar year of the plant in which the outage is too long."""
    start_ms: int
    """Start of the outage within that year, UTC, milliseconds since 1970."""
    end_ms: int
    """Its end within that year, exclusive."""
    crosses_year: bool
    """Whether the same outage began in the year before or goes on in the next."""

    @property
    def days(self) -> float:
        """Length within the year [d of 24 h]."""
        return (self.end_ms - self.start_ms) / DAY_MS


def max_days_of(parameters: Parameters) -> float:
    """The number of days of a parameter table that may pass without notice (eu_notify_days)."""
    return parameters.value("eu_notify_days")


def notifications(outages: Iterable[Span], offset_hours: float, max_days: float) -> tuple[Notification, ...]:
    """The outages of one piece of equipment that must be notified: more than ``max_days`` consecutive days in one year.

    ``outages`` are half-open spans (start, end) [UTC, ms since 1970], in any order; spans that touch or overlap are one
    outage. ``offset_hours`` is the plant's local standard time, in which calendar years begin. An outage over New Year
    is measured in each year apart, as the rule counts within a calendar year. A day is 24 h; exactly five days are not
    more than five. Time runs on while the plant stands still: leave out spans in which nothing was to be measured.

    Raises :class:`RuleError` for a span that does not end after it starts, an offset of 24 h or more, or days below 0.
    *Source*: Regulation (EU) 2018/2066 Art. 45(1) [V]; 24-hour days and the cut at New Year [M].

    >>> day = 86_400_000
    >>> notifications([(0, 5 * day)], 0, 5)
    ()
    >>> [n.days for n in notifications([(0, 3 * day), (3 * day, 6 * day)], 0, 5)]
    [6.0]
    """
    if not abs(offset_hours) < _OFFSET_MAX or not max_days >= 0:
        raise RuleError(f"an offset lies within 24 h, days are not negative (found {offset_hours} h, {max_days} d)")
    found: list[Notification] = []
    for start, end in _merged(outages):
        pieces = list(_by_year(start, end, offset_hours))
        found += [
            Notification(year, first, last, crosses_year=len(pieces) > 1)
            for year, first, last in pieces
            if last - first > max_days * DAY_MS
        ]
    return tuple(found)


def outages_of(start_ms: int, out_of_operation: ArrayLike) -> tuple[Span, ...]:
    """Spans [UTC, ms since 1970] of consecutive clock hours, from ``start_ms``, in which equipment did not operate.

    ``out_of_operation`` (bool) has shape (n_hours,). Raises :class:`RuleError` for anything else.

    >>> outages_of(0, [False, True, True, False])
    ((3600000, 10800000),)
    """
    out = np.asarray(out_of_operation)
    if out.ndim != 1 or out.dtype != np.bool_:
        raise RuleError(f"out_of_operation must be bool, one for each hour (found {out.dtype}, shape {out.shape})")
    return tuple((start_ms + HOUR_MS * first, start_ms + HOUR_MS * (last + 1)) for first, last in runs(out))


def _merged(outages: Iterable[Span]) -> list[Span]:
    """Spans in order of time, those that touch or overlap joined."""
    joined: list[Span] = []
    for start, end in sorted(outages):
        if end <= start:
            raise RuleError(f"an outage must end after it starts (found {start} to {end})")
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _by_year(start: int, end: int, offset_hours: float) -> Iterable[tuple[int, int, int]]:
    """The pieces of a span in each local calendar year: year, start, end."""
    zone = zone_of(offset_hours)
    while start < end:
        year = from_ms(start).astimezone(zone).year
        following = to_ms(datetime(year + 1, 1, 1, tzinfo=zone))
        yield year, start, min(end, following)
        start = following
