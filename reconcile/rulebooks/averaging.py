"""Hourly means with the 45-minute rule (HJ 212-2017 App. D.2 eq. 23-24).

Readings within one minute are averaged first, then the valid minutes of the half-open hour. An hour counts distinct
minutes, so that a device read every second does not make an hour valid in 45 seconds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.clock import HOUR_MS, MINUTE_MS
from cems.errors import RuleError

Array = NDArray[np.float64]


class HourlyMean(NamedTuple):
    """Means over the hours of a span; arrays of shape (n_hours,)."""

    mean: Array
    """Mean of the valid minutes; NaN where they are too few."""
    minutes: NDArray[np.int64]
    """Distinct valid minutes."""
    loose: Array
    """Mean of whatever valid minutes there are; NaN where there is none."""


def hourly_mean(
    instant_ms: ArrayLike, values: ArrayLike, valid: ArrayLike, start_ms: int, n_hours: int, min_valid_minutes: float
) -> HourlyMean:
    """Mean of each of the ``n_hours`` hours from ``start_ms``, over valid minutes, if at least ``min_valid_minutes``.

    *Source*: HJ 212-2017 App. D.2 eq. 24 (k ≥ 45). Hours are half-open [start, start + 1 h). Readings outside the span
    do not count, nor do readings that are not valid or not finite. The result does not depend on the order of the
    readings, to the last bit. ``instant_ms``, ``values``, ``valid`` have shape (n,).

    >>> at = [60_000 * m for m in range(45)]
    >>> result = hourly_mean(at, [12.0] * 45, [True] * 45, 0, 1, 45)
    >>> float(result.mean[0]), int(result.minutes[0])
    (12.0, 45)
    >>> float(hourly_mean(at[:44], [12.0] * 44, [True] * 44, 0, 1, 45).mean[0])
    nan
    """
    if n_hours < 0:
        raise RuleError("a span has no negative number of hours")
    instant, value = np.asarray(instant_ms, dtype=np.int64), np.asarray(values, dtype=np.float64)
    use = np.asarray(valid, dtype=bool) & np.isfinite(value)
    use &= (instant >= start_ms) & (instant < start_ms + n_hours * HOUR_MS)
    instant, value = instant[use], value[use]
    order = np.lexsort((value, instant))
    minute = (instant[order] - start_ms) // MINUTE_MS
    slots = n_hours * (HOUR_MS // MINUTE_MS)
    counts = np.bincount(minute, minlength=slots)
    sums = np.bincount(minute, weights=value[order], minlength=slots)
    filled = counts > 0
    minute_mean = np.where(filled, sums / np.maximum(counts, 1), 0.0)
    hour = np.repeat(np.arange(n_hours), HOUR_MS // MINUTE_MS)
    minutes = np.bincount(hour, weights=filled, minlength=n_hours).astype(np.int64)
    total = np.bincount(hour, weights=minute_mean, minlength=n_hours)
    loose = np.where(minutes > 0, total / np.maximum(minutes, 1), np.nan)
    enough = minutes >= max(min_valid_minutes, 1)
    return HourlyMean(np.where(enough, loose, np.nan), minutes, loose)
