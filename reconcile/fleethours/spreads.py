"""How the minutes of each hour are spread, and how long a channel has repeated itself."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reconcile.rulebooks.averaging import MINUTES

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


class ChannelSpread(NamedTuple):
    """One channel's part of :class:`reconcile.pointhours.Spread`; arrays of shape (n_hours,)."""

    mean: Array
    sd: Array
    low: Array
    high: Array
    n: Ints
    run: Ints
    at_high: Ints
    at_low: Ints
    lag1: Array


def spread(grid: Array, look_back_h: int, lag1_minutes: float) -> ChannelSpread:
    """Spread of each hour of a channel on the grid of minutes, NaN where it did not measure.

    ``grid`` has shape ((look_back_h + n_hours) * 60,); the hours looked back upon serve the runs only.
    """
    rows = grid[look_back_h * MINUTES :].reshape(-1, MINUTES)
    there = np.isfinite(rows)
    n = np.count_nonzero(there, axis=1)
    whole = bool(there.all())
    mean = _ratio((rows if whole else np.where(there, rows, 0.0)).sum(axis=1), n, 1)
    off = rows - mean[:, None]
    if not whole:
        off = np.where(there, off, 0.0)
    squares = (off * off).sum(axis=1)
    high = (rows if whole else np.where(there, rows, -np.inf)).max(axis=1, initial=-np.inf)
    low = (rows if whole else np.where(there, rows, np.inf)).min(axis=1, initial=np.inf)
    at_high, at_low = (np.count_nonzero(rows == edge[:, None], axis=1) for edge in (high, low))
    # A reading that stands still gives equal extremes; its mean may be off by a rounding, its spread may not.
    squares = np.where(high == low, 0.0, squares)
    pairs = np.count_nonzero(there[:, 1:] & there[:, :-1], axis=1)
    neighbours = (off[:, 1:] * off[:, :-1]).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        lag1 = np.where((pairs >= lag1_minutes) & (squares > 0), neighbours / squares, np.nan)
    return ChannelSpread(
        mean=mean,
        sd=np.sqrt(_ratio(squares, n - 1, 1)),
        low=np.where(n > 0, low, np.nan),
        high=np.where(n > 0, high, np.nan),
        n=n.astype(np.int64),
        run=longest_runs(grid, look_back_h),
        at_high=at_high.astype(np.int64),
        at_low=at_low.astype(np.int64),
        lag1=lag1,
    )


def longest_runs(grid: Array, look_back_h: int) -> Ints:
    """Longest run of equal consecutive readings that touches each hour [minutes measured], shape (n_hours,).

    A run is counted up to the end of the hour, from ``look_back_h`` before its start at most, so that it does not
    depend on where a series is cut. Minutes without a reading neither count nor end a run.

    >>> longest_runs(np.repeat([1.0, 2.0, 2.0], 60), 1).tolist()
    [60, 120]
    """
    n_hours = grid.size // MINUTES - look_back_h
    at = np.flatnonzero(np.isfinite(grid))
    value = grid[at]
    place = np.arange(at.size)
    starts = np.ones(at.size, dtype=np.bool_)
    starts[1:] = value[1:] != value[:-1]
    run_start = np.maximum.accumulate(np.where(starts, place, 0))
    hour = at // MINUTES - look_back_h
    first = np.searchsorted(at, np.arange(n_hours) * MINUTES)
    skip = int(np.searchsorted(hour, 0))
    length = place[skip:] - np.maximum(run_start[skip:], first[hour[skip:]]) + 1
    longest = np.zeros(n_hours, dtype=np.int64)
    if length.size:
        begins = np.flatnonzero(np.diff(hour[skip:], prepend=-1))
        longest[hour[skip:][begins]] = np.maximum.reduceat(length, begins)
    return longest


def _ratio(over: Array, under: Ints, least: int) -> Array:
    return np.where(under >= least, over / np.maximum(under, 1), np.nan)
