"""Readings of one quantity at a unit or stack, put on common minutes and added up."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cems.clock import MINUTE_MS

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


class Series(NamedTuple):
    """Readings of one quantity at a unit or stack, valid ones only."""

    instant_ms: Ints
    """UTC, milliseconds since 1970, shape (n,)."""
    value: Array
    """Shape (n,), finite."""


def per_minute(series: Series) -> tuple[Ints, Array]:
    """Minutes since 1970 with a finite reading, and the mean of the readings in each; their order does not matter.

    >>> minute, value = per_minute(Series(np.array([60_000, 61_000, 180_000]), np.array([1.0, 3.0, 5.0])))
    >>> minute.tolist(), value.tolist()
    ([1, 3], [2.0, 5.0])
    """
    good = np.isfinite(series.value)
    instant, value = series.instant_ms[good], series.value[good]
    order = np.lexsort((value, instant))
    minute, inverse, counts = np.unique(instant[order] // MINUTE_MS, return_inverse=True, return_counts=True)
    return minute, np.bincount(inverse, weights=value[order], minlength=minute.size) / counts


def combined(series: list[Series]) -> Series | None:
    """Sum of the units' readings at the minutes at which every unit was read; None without any series.

    Several readings of a unit in one minute are averaged first. The instants are the starts of the minutes.
    """
    if not series:
        return None
    minute, total = per_minute(series[0])
    for other in series[1:]:
        theirs, value = per_minute(other)
        minute, mine, yours = np.intersect1d(minute, theirs, assume_unique=True, return_indices=True)
        total = total[mine] + value[yours]
    return Series(minute * MINUTE_MS, total)
