"""Flagged hours gathered into episodes: raised after enough of them, ended after a while without any."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cems.clock import HOUR_MS
from cems.errors import RuleError

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Episode:
    """A row of flagged hours."""

    first_ms: int
    """Start of the first."""
    told_ms: int
    """End of the hour that made them enough."""
    end_ms: int | None
    """End of the last flagged hour; None while it may go on."""
    hours: int
    """Flagged hours."""
    peak: float
    """The figure farthest from zero among them."""
    first_figure: float
    """The figure of the first hour."""


class Episodes:
    """Fed hour by hour or a year at once, it tells the same.

    ``least`` flagged hours raise an episode, none more than ``gap`` unflagged known hours after the one before.
    """

    def __init__(self, least: int, gap: int) -> None:
        if least < 1 or gap < 0:
            raise RuleError("an episode needs an hour or more, and no negative gap")
        self._least, self._gap = least, gap
        self._first = self._last = self._told = 0
        self._n = 0
        self._peak = self._first_figure = 0.0
        self._since = 0

    def step(self, start_ms: Ints, flagged: Bools, known: Bools, figure: Array) -> list[Episode]:
        """Episodes that these hours raised (open) or ended; an hour that is not known neither counts nor ends."""
        out: list[Episode] = []
        passed = np.cumsum(known & ~flagged)
        before = 0
        for i in np.flatnonzero(flagged & known).tolist():
            quiet = self._since + int(passed[i]) - before
            if self._n and quiet > self._gap:
                out += self._ended()
            self._since, before = 0, int(passed[i])
            out += self._flag(int(start_ms[i]), float(figure[i]))
        self._since += (int(passed[-1]) if passed.size else 0) - before
        if self._n and self._since > self._gap:
            out += self._ended()
        return out

    def close(self) -> list[Episode]:
        """The episode that is still open, if it was raised."""
        out = [self._as(None)] if self._n >= self._least else []
        self._n = 0
        return out

    def _flag(self, at_ms: int, figure: float) -> list[Episode]:
        if not self._n:
            self._first, self._peak, self._first_figure = at_ms, figure, figure
        self._n += 1
        self._last = at_ms + HOUR_MS
        self._peak = max(self._peak, figure, key=abs)
        if self._n != self._least:
            return []
        self._told = self._last
        return [self._as(None)]

    def _ended(self) -> list[Episode]:
        out = [self._as(self._last)] if self._n >= self._least else []
        self._n = 0
        return out

    def _as(self, end_ms: int | None) -> Episode:
        return Episode(self._first, self._told, end_ms, self._n, self._peak, self._first_figure)
