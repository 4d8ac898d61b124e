"""Minute, hour and day values of a factor out of raw readings, by the counting rules of HJ 212-2017. Pure.

The order is that of the standard: raw readings give minutes, valid minutes an hour, valid hours a day. What does not
reach its count has no value, only a flag that says why.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from cems.flags import FLAGS, Flag

MINUTE_READINGS: Final = 12
"""Readings that a minute has. *Source*: HJ 212-2017 Annex D.2 eq. 23 [V]."""
MINUTE_APART_S: Final = 5.0
"""The most that they are apart, s. *Source*: HJ 212-2017 Annex D.2 eq. 23 [V]."""
MIN_VALID_MINUTES: Final = 45
"""Valid minutes that an hour needs. *Source*: HJ 212-2017 Annex D.2 eq. 24 [V]."""
MIN_VALID_HOURS: Final = 20
"""Valid hours that a day needs. *Source*: HJ 212-2017 Annex D.2 eq. 25 [V]."""
_MINUTES: Final = 60
_HOURS: Final = 24
"""Of an hour, and of a day."""
_RANK: Final = {flag: rank for rank, flag in enumerate(FLAGS)}


@dataclass(frozen=True, slots=True)
class Figure:
    """The value of one factor over one period."""

    mean: float | None
    """None where too few readings are valid."""
    low: float | None
    """Lowest valid reading of the period; of a longer one, of its valid parts."""
    high: float | None
    """Highest of them."""
    flag: Flag
    """N with a value; without one, why there is none."""


@dataclass(slots=True)
class Gathered:
    """The raw readings of one factor in one minute, added up."""

    samples: int = 0
    """Readings with flag N."""
    total: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    others: Counter[str] = field(default_factory=Counter)
    """Readings with another flag, by its letter; they enter no mean."""

    def add(self, value: float | None, flag: Flag) -> None:
        """One more reading; one without a value counts by its flag, N without a value as B."""
        if flag is not Flag.NORMAL or value is None:
            self.others[flag if flag is not Flag.NORMAL else Flag.COMMUNICATION] += 1
            return
        self.samples += 1
        self.total += value
        self.low, self.high = min(self.low, value), max(self.high, value)


def minute_figure(gathered: Gathered, min_samples: int = 1) -> Figure:
    """Mean, lowest and highest of the valid readings of a minute; without a value below ``min_samples`` of them.

    *Source*: HJ 212-2017 Annex D.2 eq. 23 [V], which takes at least 12 readings at most 5 s apart: give 12 where the
    instruments are read so often.

    >>> reads = Gathered()
    >>> for value in (11.0, 12.0, 14.5):
    ...     reads.add(value, Flag.NORMAL)
    >>> minute_figure(reads)
    Figure(mean=12.5, low=11.0, high=14.5, flag=<Flag.NORMAL: 'N'>)
    """
    if gathered.samples >= max(1, min_samples):
        return Figure(gathered.total / gathered.samples, gathered.low, gathered.high, Flag.NORMAL)
    return Figure(None, None, None, _prevailing(gathered.others))


def span_figure(minutes: Sequence[Figure | None], length: int) -> Figure:
    """The value over so many minutes, from their values; None stands for a minute without any reading.

    An interval shorter than an hour needs three quarters of its minutes, as the hour does (project choice: no rule that
    we know says how many).
    """
    return _joined(minutes, length, -(-length * MIN_VALID_MINUTES // _MINUTES))


def hour_figure(minutes: Sequence[Figure | None]) -> Figure:
    """The value of an hour: mean of its valid minutes where at least 45 are. *Source*: HJ 212-2017 eq. 24 [V].

    >>> minute = Figure(12.0, 11.0, 13.0, Flag.NORMAL)
    >>> hour_figure([minute] * 45).mean, hour_figure([minute] * 44).mean
    (12.0, None)
    """
    return _joined(minutes, _MINUTES, MIN_VALID_MINUTES)


def day_figure(hours: Sequence[Figure | None]) -> Figure:
    """The value of a day: mean of its valid hours where at least 20 are. *Source*: HJ 212-2017 eq. 25 [V].

    >>> hour = Figure(12.0, 11.0, 13.0, Flag.NORMAL)
    >>> day_figure([hour] * 20).mean, day_figure([hour] * 19).flag
    (12.0, <Flag.COMMUNICATION: 'B'>)
    """
    return _joined(hours, _HOURS, MIN_VALID_HOURS)


def _joined(figures: Sequence[Figure | None], length: int, needed: int) -> Figure:
    """The mean of the valid ones, the lowest and highest reading in them; periods that are not there count as B."""
    valid = [(f.mean, f.low, f.high) for f in figures if f is not None and f.mean is not None]
    if len(valid) >= needed:
        means, lows, highs = zip(*valid, strict=True)
        return Figure(math.fsum(means) / len(means), min(lows), max(highs), Flag.NORMAL)
    why = Counter(str(figure.flag) for figure in figures if figure is not None and figure.mean is None)
    why[Flag.COMMUNICATION] += length - sum(1 for figure in figures if figure is not None)
    return Figure(None, None, None, _prevailing(why))


def _prevailing(letters: Counter[str]) -> Flag:
    """The flag that most have; of several the one that stands above the others, B where there is none."""
    counts: Iterable[tuple[int, int, Flag]] = (
        (count, _RANK[Flag(letter)], Flag(letter)) for letter, count in letters.items() if count > 0
    )
    return max(counts, default=(0, 0, Flag.COMMUNICATION))[2]
