"""Minute and hourly means (HJ 212-2017 App. D.2 eq. 23-24).

Readings within one minute are averaged first, then the valid minutes of the half-open hour. An hour counts distinct
minutes, so that a device read every second does not make an hour valid in 45 seconds. The results do not depend on the
order of the readings, to the last bit.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.clock import HOUR_MS, MINUTE_MS
from cems.errors import RuleError

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
MINUTES: Final = 60
"""Minutes of an hour."""


class HourlyMean(NamedTuple):
    """Means over the hours of a span; arrays of shape (n_hours,)."""

    mean: Array
    """Mean of the valid minutes; NaN where the hour is not valid."""
    minutes: Ints
    """Distinct valid minutes."""
    loose: Array
    """Mean of whatever valid minutes there are; NaN where there is none."""


class Slots:
    """The place of each reading on a grid of minutes."""

    def __init__(self, instant_ms: Ints, start_ms: int, n_hours: int) -> None:
        if n_hours < 0:
            raise RuleError("a span has no negative number of hours")
        self.shape = (n_hours, MINUTES)
        self._instant = instant_ms
        self.inside = (instant_ms >= start_ms) & (instant_ms < start_ms + n_hours * HOUR_MS)
        self._all_inside = bool(self.inside.all())
        self.slot = ((instant_ms if self._all_inside else instant_ms[self.inside]) - start_ms) // MINUTE_MS
        self._single = bool((np.diff(self.slot) > 0).all())
        self._full = self._single and self.slot.size == n_hours * MINUTES

    def mean(self, values: Array) -> Array:
        """Mean of the finite values of each minute, shape (n_hours, 60); NaN where there is none."""
        value = values if self._all_inside else values[self.inside]
        if self._full:
            return np.ascontiguousarray(value).reshape(self.shape)
        if self._single:
            grid = np.full(self.shape[0] * MINUTES, np.nan)
            grid[self.slot] = value
            return grid.reshape(self.shape)
        good = np.isfinite(value)
        slot, value = self.slot[good], value[good]
        order = np.lexsort((value, self._instant[self.inside][good]))
        counts = np.bincount(slot[order], minlength=self.shape[0] * MINUTES)
        sums = np.bincount(slot[order], weights=value[order], minlength=self.shape[0] * MINUTES)
        return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan).reshape(self.shape)

    def any(self, hit: Bools) -> Bools:
        """Whether any reading of each minute is hit, shape (n_hours, 60)."""
        grid = np.zeros(self.shape[0] * MINUTES, dtype=np.bool_)
        grid[self.slot[hit if self._all_inside else hit[self.inside]]] = True
        return grid.reshape(self.shape)

    def readings(self) -> Ints:
        """Readings in each hour, shape (n_hours,)."""
        return np.bincount(self.slot // MINUTES, minlength=self.shape[0]).astype(np.int64)


def hour_means(grid: Array, present: Bools | None = None) -> HourlyMean:
    """Means of the finite minutes of each hour, valid or not (``mean`` is ``loose``).

    ``grid`` has shape (n_hours, 60), NaN where a minute has no valid reading; ``present`` says where it is finite, for
    a caller who knows already.
    """
    good = np.isfinite(grid) if present is None else present
    minutes = np.count_nonzero(good, axis=1)
    total = np.add.reduce(grid if good.all() else np.where(good, grid, 0.0), axis=1)
    loose = np.where(minutes > 0, total / np.maximum(minutes, 1), np.nan)
    return HourlyMean(loose, minutes.astype(np.int64), loose)


def hourly_mean(
    instant_ms: ArrayLike, values: ArrayLike, valid: ArrayLike, start_ms: int, n_hours: int, min_valid_minutes: float
) -> HourlyMean:
    """Mean of each of the ``n_hours`` hours from ``start_ms``, over valid minutes, if at least ``min_valid_minutes``.

    *Source*: HJ 212-2017 App. D.2 eq. 24 (k ≥ 45). Hours are half-open [start, start + 1 h). Readings outside the span
    do not count, nor do readings that are not valid or not finite. ``instant_ms``, ``values``, ``valid`` have shape
    (n,).

    >>> at = [60_000 * m for m in range(45)]
    >>> result = hourly_mean(at, [12.0] * 45, [True] * 45, 0, 1, 45)
    >>> float(result.mean[0]), int(result.minutes[0])
    (12.0, 45)
    >>> float(hourly_mean(at[:44], [12.0] * 44, [True] * 44, 0, 1, 45).mean[0])
    nan
    """
    value = np.asarray(values, dtype=np.float64)
    use = np.asarray(valid, dtype=bool) & np.isfinite(value)
    instant = np.asarray(instant_ms, dtype=np.int64)
    _, minutes, loose = hour_means(Slots(instant[use], start_ms, n_hours).mean(value[use]))
    return HourlyMean(np.where(minutes >= max(min_valid_minutes, 1), loose, np.nan), minutes, loose)
