"""A pattern that shows hour by hour: flags of hours gathered into episodes, told as anomalies."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cems.clock import HOUR_MS
from reconcile.anomaly import Anomaly, Evidence
from reconcile.detectors.episodes import Episode, Episodes
from reconcile.pointhours import PointHours

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Flags(NamedTuple):
    """What an hour-by-hour detector says of some hours; arrays of shape (n_hours,)."""

    flagged: Bools
    """The pattern is there."""
    known: Bools
    """The hour can be judged at all."""
    figure: Array
    """The figure that was looked at; finite where flagged."""


@dataclass(frozen=True, slots=True)
class HourPattern:
    """One pattern in one channel."""

    kind: str
    """Name of the pattern."""
    channel: str
    """Where it shows."""
    figure: str
    """Name of the figure looked at."""
    limit: float
    """The limit that it passed."""
    unit: str
    """Unit of both."""
    least: int
    """Flagged hours that raise it."""
    gap: int
    """Unflagged hours that do not end it."""
    flags: Callable[[PointHours], Flags]
    """What flags an hour; of each hour alone, whatever hours come with it."""
    lead_minutes: bool = False
    """The figure says for how many minutes it had lasted at the end of the hour."""


class HourDetector:
    """Runs hour patterns of one point."""

    def __init__(self, subject: str, patterns: Sequence[HourPattern]) -> None:
        self._subject = subject
        self._rows = [(pattern, Episodes(pattern.least, pattern.gap)) for pattern in patterns]

    def step(self, hours: PointHours) -> list[Anomaly]:
        """Anomalies that these hours raised or ended."""
        found = []
        for pattern, episodes in self._rows:
            flags = pattern.flags(hours)
            told = episodes.step(hours.start_ms, flags.flagged, flags.known, flags.figure)
            found += [self._anomaly(pattern, episode) for episode in told]
        return found

    def close(self) -> list[Anomaly]:
        """What is still open."""
        return [self._anomaly(pattern, e) for pattern, episodes in self._rows for e in episodes.close()]

    def _anomaly(self, pattern: HourPattern, episode: Episode) -> Anomaly:
        onset = episode.first_ms
        low, high = onset - HOUR_MS, onset + HOUR_MS
        if pattern.lead_minutes:
            onset = episode.first_ms + HOUR_MS - int(episode.first_figure) * 60_000
            low, high = onset - HOUR_MS, episode.first_ms + HOUR_MS
        return Anomaly(
            kind=pattern.kind,
            subject=self._subject,
            channel=pattern.channel,
            onset_ms=onset,
            onset_low_ms=low,
            onset_high_ms=high,
            end_ms=episode.end_ms,
            told_ms=episode.told_ms,
            size=math.nan,
            evidence=(
                Evidence(pattern.figure, episode.peak, pattern.limit, pattern.unit),
                Evidence("hours", float(episode.hours), float(pattern.least), "h"),
            ),
        )
