"""Rows laid on a grid of minutes: each minute once, whatever the order in which rows came."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reconcile.rulebooks.averaging import MINUTES

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
MINUTE_S = 60


class Grid:
    """Places of rows on consecutive minutes; of several rows for one minute one is kept.

    It is the first by ``time_s``, then by the ``keys`` in turn (NaN last), so that neither the order of the rows nor
    their repetition changes anything.
    """

    def __init__(self, time_s: Ints, start_s: int, n_minutes: int, keys: tuple[NDArray[np.generic], ...]) -> None:
        place = (time_s - start_s) // MINUTE_S
        self.n_minutes = n_minutes
        self._rows: Ints | slice = slice(None)
        inside = (place >= 0) & (place < n_minutes)
        if not inside.all():
            self._rows = np.flatnonzero(inside)
        if not (np.diff(place[self._rows]) > 0).all():
            rows = np.flatnonzero(inside)
            rows = rows[np.lexsort((*(key[rows] for key in reversed(keys)), time_s[rows]))]
            self.rows_per_minute = np.bincount(place[rows], minlength=n_minutes).astype(np.int64)
            first = np.ones(rows.size, dtype=np.bool_)
            first[1:] = np.diff(place[rows]) > 0
            self._rows = rows[first]
            self.place = place[self._rows]
        else:
            self.place = place[self._rows]
            self.rows_per_minute = np.zeros(n_minutes, dtype=np.int64)
            self.rows_per_minute[self.place] = 1

    def values(self, column: NDArray[np.float32]) -> Array:
        """A column in double precision on the grid, shape (n_minutes,); NaN where no row came."""
        grid = np.full(self.n_minutes, np.nan)
        grid[self.place] = column[self._rows]
        return grid

    def states(self, column: NDArray[np.int8]) -> NDArray[np.int8]:
        """A column of labels on the grid, shape (n_minutes,); -1 where no row came."""
        grid = np.full(self.n_minutes, -1, dtype=np.int8)
        grid[self.place] = column[self._rows]
        return grid


def counts_of(labels: NDArray[np.int8], kinds: int) -> Ints:
    """Minutes of each label 0 … kinds-1 in each hour, shape (n_hours, kinds); other labels are not counted."""
    n_hours = labels.size // MINUTES
    known = (labels >= 0) & (labels < kinds)
    hour = np.repeat(np.arange(n_hours), MINUTES)
    flat = np.bincount((hour * kinds + labels)[known], minlength=n_hours * kinds)
    return flat.reshape(n_hours, kinds).astype(np.int64)


def most_frequent(labels: NDArray[np.int8]) -> Ints:
    """Most frequent known label of each hour, the lowest of equals, shape (n_hours,); -1 where none is known."""
    rows = labels.reshape(-1, MINUTES)
    kinds = max(1, int(labels.max(initial=-1)) + 1)
    counts = counts_of(labels, kinds)
    return np.where((rows >= 0).any(axis=1), counts.argmax(axis=1), -1).astype(np.int64)
