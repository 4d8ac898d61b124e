"""One figure for each statutory day from the hours of the day."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from cems.clock import HOUR_MS
from reconcile.detectors.physics import Seen

Array = NDArray[np.float64]
HOURS: Final = 24


def by_day(seen: Seen, row: NDArray[np.generic]) -> Array:
    """A figure of each hour laid out by days, shape (n_days, 24); NaN for hours before the first or after the last."""
    n = len(seen.daily)
    grid = np.full(n * HOURS, np.nan)
    if n:
        first = int(seen.hours.start_ms[0] - seen.daily.start_ms[0]) // HOUR_MS
        grid[first : first + row.size] = row
    return grid.reshape(n, HOURS)


def mean(grid: Array, least: int) -> Array:
    """Mean of the finite figures of each row, shape (n_days,); NaN with fewer than ``least``."""
    there = np.isfinite(grid)
    n = np.count_nonzero(there, axis=1)
    return np.where(n >= max(least, 1), np.where(there, grid, 0.0).sum(axis=1) / np.maximum(n, 1), np.nan)


def median(grid: Array, least: int) -> Array:
    """Median of the finite figures of each row, shape (n_days,); NaN with fewer than ``least``.

    >>> median(np.array([[1.0, np.nan, 5.0], [np.nan, np.nan, 2.0]]), 2).tolist()
    [3.0, nan]
    """
    n = np.count_nonzero(np.isfinite(grid), axis=1)
    ordered = np.sort(np.where(np.isfinite(grid), grid, np.inf), axis=1)
    row = np.arange(grid.shape[0])
    last = np.maximum(n, 1)
    middle = (ordered[row, (last - 1) // 2] + ordered[row, last // 2]) / 2
    return np.where(n >= max(least, 1), middle, np.nan)
