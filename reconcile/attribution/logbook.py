"""What the log book says of an onset: an event that brings a cause counts the more, the rarer such events are."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cems.clock import HOUR_MS
from reconcile.pointhours import Event

_WEEK_H = 168.0


@dataclass(frozen=True, slots=True)
class LogBook:
    """Events of a point, and the interval in which an onset lies."""

    events: tuple[Event, ...]
    """All entries."""
    onset_ms: tuple[int, int] | None
    """Interval of the onset, UTC; None for none."""
    log_h: float
    """Hours that the log book covers."""
    reach_h: float
    """How far from the interval an event may lie [h]."""

    @property
    def near(self) -> tuple[Event, ...]:
        """Events within reach of the onset."""
        return tuple(e for e in self.events if self._lies_near(e))

    def _lies_near(self, event: Event) -> bool:
        if self.onset_ms is None:
            return False
        reach_ms = self.reach_h * HOUR_MS
        return self.onset_ms[0] - reach_ms <= event.time_ms <= self.onset_ms[1] + reach_ms

    def gain(self, kinds: Collection[str], channels: Collection[str], most: float) -> float | None:
        """Factor for a cause that events of these kinds and channels bring; None where none lies near.

        One over the chance that such an event lies within reach anyway, n · reach/log, at most ``most``, at least 1. No
        channels means any.

        >>> one = Event(40 * HOUR_MS, "cylinder", "co2", 0.0, 0.0)
        >>> LogBook((one,), (38 * HOUR_MS, 42 * HOUR_MS), 1000.0, 23.0).gain({"cylinder"}, {"co2"}, 50.0)
        20.0
        """

        def fits(event: Event) -> bool:
            return event.kind in kinds and (not channels or event.channel in channels)

        # Few events are of the kind asked for; only these are held against the onset.
        some = [event for event in self.events if fits(event)]
        if self.onset_ms is None or not any(map(self._lies_near, some)):
            return None
        window_h = 2 * self.reach_h + (self.onset_ms[1] - self.onset_ms[0]) / HOUR_MS
        chance = len(some) * window_h / self.log_h if self.log_h > 0 else 1.0
        return min(max(1 / chance, 1.0), most)


def recorded_factor(events: Iterable[Event], at_ms: NDArray[np.int64]) -> NDArray[np.float64]:
    """Ln of what recorded changes of the flow cabinet's factor did to the flow by each instant; shape as given.

    A change that the log book names with the factor before and after it is no fault; one that does more, or that
    nobody wrote down, still shows.

    >>> changed = Event(5, "parameter", "velocity", 0.9, 1.0)
    >>> np.exp(recorded_factor([changed], np.array([0, 5]))).round(4).tolist()
    [1.0, 1.1111]
    """
    total = np.zeros(at_ms.shape)
    for event in events:
        if event.kind == "parameter" and event.channel == "velocity" and event.reading > 0 and event.reference > 0:
            total += np.where(at_ms >= event.time_ms, math.log(event.reference / event.reading), 0.0)
    return total


def weeks_between_services(events: Iterable[Event], log_h: float) -> float:
    """Mean time between services of the cabinets [weeks] over a log of so many hours; infinite with fewer than two.

    >>> weeks_between_services([Event(day * 24 * HOUR_MS, "service", "", 0.0, 0.0) for day in (3, 10, 17, 24)], 28 * 24)
    1.0
    """
    n = sum(event.kind == "service" for event in events)
    return log_h / _WEEK_H / n if n > 1 else math.inf
