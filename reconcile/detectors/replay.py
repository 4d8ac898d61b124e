"""Hours that came before: readings equal to the bit, of the same point or of another."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cems.clock import HOUR_MS
from reconcile.anomaly import Anomaly, Evidence
from reconcile.parameters import Parameters
from reconcile.pointhours import SPREAD_OF, PointHours

REPLAYED: Final = "replayed"
CLONED: Final = "cloned"


class Replay:
    """Finds stretches of hours that repeat earlier hours of the point in order, at least ``least`` of them."""

    def __init__(self, subject: str, least: int) -> None:
        self._subject, self._least = subject, least
        self._seen: dict[int, int] = {}
        self._start = self._end = self._told = self._apart = 0
        self._n = 0

    def step(self, hours: PointHours) -> list[Anomaly]:
        """Stretches that these hours raised or ended."""
        found: list[Anomaly] = []
        for at, print_ in zip(hours.start_ms.tolist(), moving_prints(hours).tolist(), strict=True):
            if not print_:
                continue
            earlier = self._seen.setdefault(print_, at)
            if earlier == at:
                continue
            found += self._repeated(at, at - earlier)
        if len(hours) and self._n and int(hours.start_ms[-1]) >= self._end:
            found += self._ended()
        return found

    def close(self) -> list[Anomaly]:
        """The stretch that was not over."""
        return self._ended()

    def _repeated(self, at: int, apart: int) -> list[Anomaly]:
        found = []
        if self._n and (at != self._end or apart != self._apart):
            found = self._ended()
        if not self._n:
            self._start, self._apart = at, apart
        self._n += 1
        self._end = at + HOUR_MS
        if self._n == self._least:
            self._told = self._end
            found.append(self._anomaly(None))
        return found

    def _ended(self) -> list[Anomaly]:
        found = [self._anomaly(self._end)] if self._n >= self._least else []
        self._n = 0
        return found

    def _anomaly(self, end_ms: int | None) -> Anomaly:
        evidence = (
            Evidence("equal_hours", float(self._n), float(self._least), "h"),
            Evidence("copied_from_hours_before", self._apart / HOUR_MS, 0.0, "h"),
        )
        onset = self._start
        return Anomaly(
            REPLAYED, self._subject, "co2", onset, onset - HOUR_MS, onset, end_ms, self._told, math.nan, evidence
        )


def moving_prints(hours: PointHours) -> NDArray[np.uint64]:
    """Fingerprints of hours in which CO2 and O2 moved, 0 for others: what stands still repeats itself anyway."""
    places = [SPREAD_OF.index("co2"), SPREAD_OF.index("o2")]
    moved = (hours.spread.sd[:, places] > 0).all(axis=1)
    return np.where(moved, hours.fingerprint, np.uint64(0))


class Prints(NamedTuple):
    """The hours of a point by their fingerprints, 0 where they tell nothing; arrays of shape (n_hours,)."""

    start_ms: NDArray[np.int64]
    print: NDArray[np.uint64]


def prints_of(hours: PointHours) -> Prints:
    """What of a point's hours is needed to find them at another point."""
    return Prints(hours.start_ms, moving_prints(hours))


def cloned(points: Mapping[str, Prints], parameters: Parameters) -> tuple[Anomaly, ...]:
    """Stretches of hours that two points have in common to the bit, each told of the point that comes later by name.

    For hours of the same time or of different times. ``det_replay_hours`` equal hours in a row tell it.
    """
    least = int(parameters.value("det_replay_hours"))
    owner: dict[int, tuple[str, int]] = {}
    found: list[Anomaly] = []
    shared = _of_several(points.values())
    for name in sorted(points):
        here = np.isin(points[name].print, shared)
        rows = list(zip(*(row[here].tolist() for row in points[name]), strict=True))
        hits = [(at, *owner[p]) for at, p in rows if p in owner]
        found += _stretches(name, hits, least)
        for at, p in rows:
            owner.setdefault(p, (name, at))
    return tuple(found)


def _of_several(points: Iterable[Prints]) -> NDArray[np.uint64]:
    """Fingerprints that more than one point has: hardly any, so that few hours need be looked at one by one."""
    of_each = [np.unique(p.print[p.print != 0]) for p in points]
    prints, count = np.unique(np.concatenate(of_each), return_counts=True) if of_each else (np.zeros(0), np.zeros(0))
    return np.asarray(prints[count > 1], dtype=np.uint64)


def _stretches(code: str, hits: list[tuple[int, str, int]], least: int) -> list[Anomaly]:
    found, first = [], 0
    for i in range(1, len(hits) + 1):
        at, other, theirs = hits[i - 1]
        if i < len(hits) and hits[i] == (at + HOUR_MS, other, theirs + HOUR_MS):
            continue
        n, onset = i - first, hits[first][0]
        if n >= least:
            told = onset + least * HOUR_MS
            evidence = (Evidence(f"equal_hours_with_{other}", float(n), float(least), "h"),)
            found.append(
                Anomaly(CLONED, code, "co2", onset, onset - HOUR_MS, onset, at + HOUR_MS, told, math.nan, evidence)
            )
        first = i
    return found
