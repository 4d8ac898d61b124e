"""A pattern that shows day by day: a figure of each statutory day on a chart, told as an anomaly."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cems.clock import DAY_MS
from reconcile.anomaly import Anomaly, Evidence
from reconcile.attribution.reference import noise_of
from reconcile.detectors.chart import Chart
from reconcile.detectors.chart_rule import ChartFigures, Level, Shift
from reconcile.detectors.physics import Physics, Seen
from reconcile.detectors.segments import segments
from reconcile.detectors.wholedays import WholeDays
from reconcile.pointhours import PointHours
from reconcile.quality.serial import unbiased_phi
from reconcile.quality.uncertainty import ar1_inflation

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DayPattern:
    """One figure of a day, and what its changes are called."""

    channel: str
    """Where it shows."""
    figure: str
    """Name of the figure."""
    unit: str
    """Unit of the figure."""
    up: str
    """Kind of a step upward."""
    down: str
    """Kind of a step downward; empty where that is no anomaly."""
    drift: str
    """Kind of a drift; empty: called as a step is."""
    feature: Callable[[Seen], Array]
    """The figure of each day; NaN where it cannot be told. Of each day alone, whatever days come with it."""
    delta: float
    """Smallest lasting change that matters."""
    floor: float
    """Least spread from day to day that is believed."""
    relative: bool = False
    """The figure is a logarithm: a size is told as a share."""
    sized: bool = True
    """The change of the figure is a size of the quantity."""
    recorded_ms: tuple[int, ...] = ()
    """Instants of recorded changes that may move its level."""
    tolerance: float = 0.0
    """How far they may."""
    stops: bool = False
    """Days without a value are days of standstill, on which things are worked on."""


@dataclass(frozen=True, slots=True)
class LevelRule:
    """How a level is found in a reference."""

    days_min: int
    """Fewest days with a value."""
    segment_days: int
    """Fewest days of a stretch of one level."""
    penalty: float
    """What a change of level has to save, times ln n and the variance."""
    segments_most: int
    """More stretches than that are no change of level but how the figure is."""
    noise_most: float
    """Largest spread, in changes that matter, of a figure that can tell one."""


def level_of(
    day_ms: NDArray[np.int64], values: Array, pattern: DayPattern, physics: Physics, rule: LevelRule
) -> Level | None:
    """Level, spread and correlation of a figure in its reference days, shape (n,); None where it can tell nothing.

    Where the reference changes by what matters or more, the first stretch of one level is the healthy one, with the
    others that come back to it: that the begin is healthy is an assumption. Steps at recorded changes are taken out. A
    figure with too few values, or one that spreads by more than what matters, is not charted.
    """
    floor, delta = pattern.floor, pattern.delta
    values = without_recorded(day_ms, values, pattern.recorded_ms, pattern.tolerance)
    known = np.flatnonzero(np.isfinite(values))
    if known.size < rule.days_min:
        return None
    x = values[known]
    steps = np.diff(x)
    sigma = max(1.4826 * float(np.median(np.abs(steps - np.median(steps)))) / np.sqrt(2.0), floor)
    parts = segments(x, max(sigma, delta / 2), rule.segment_days, rule.penalty)
    means = [float(np.median(x[a:b])) for a, b in parts]
    # Many levels are no fault but the way of this figure: it wanders.
    wanders = len(parts) > rule.segments_most
    keep = [part for part, mean in zip(parts, means, strict=True) if wanders or abs(mean - means[0]) < delta]
    healthy = np.full(values.shape, np.nan)
    for a, b in keep:
        healthy[known[a:b]] = x[a:b]
    noise = noise_of(healthy, physics.rule, rule.segment_days)
    if noise is None:
        return None
    # Few days tell a median and its deviation badly; mean and spread of what is not wild do better.
    rest = healthy[np.abs(healthy - noise.level) <= _WILD * max(noise.sigma, floor)]
    spread = max(noise.sigma, float(rest.std()), floor)
    if spread > rule.noise_most * delta:
        return None
    phi = min(unbiased_phi(noise.phi, int(rest.size)), physics.rule.phi_max)
    return Level(float(rest.mean()), spread, phi, spread * float(np.sqrt(ar1_inflation(phi) / rest.size)))


def without_recorded(day_ms: NDArray[np.int64], values: Array, recorded_ms: Sequence[int], tolerance: float) -> Array:
    """Values of days with the steps at recorded changes taken out, so that all are of the level of the first.

    A step is the median from a change on, up to the next, less that before it; beyond ``tolerance`` it is left as it
    is. The day of a change is NaN. Shape (n,).

    >>> days = DAY_MS * np.arange(6)
    >>> without_recorded(days, np.array([1.0, 1.0, 1.5, 2.0, 2.0, 2.0]), [2 * DAY_MS + 5], 1.0).tolist()
    [1.0, 1.0, nan, 1.0, 1.0, 1.0]
    """
    out = values.copy()
    inside = sorted(r for r in recorded_ms if day_ms.size and day_ms[0] <= r < day_ms[-1] + DAY_MS)
    for place, instant in enumerate(inside):
        end = inside[place + 1] if place + 1 < len(inside) else int(day_ms[-1]) + DAY_MS
        changed = (day_ms <= instant) & (instant < day_ms + DAY_MS)
        before, after = out[(day_ms < instant) & ~changed], (day_ms > instant) & (day_ms < end)
        out[changed] = np.nan
        known, new = before[np.isfinite(before)], out[after][np.isfinite(out[after])]
        if known.size and new.size and abs(step := float(np.median(new) - np.median(known))) <= tolerance:
            out[day_ms > instant] -= step
    return out


_WILD = 4.0


class DayDetector:
    """Charts one figure of the days of a point; hours may come in pieces of any length."""

    def __init__(self, pattern: DayPattern, physics: Physics, level: Level, figures: ChartFigures) -> None:
        self._pattern, self._physics, self._level = pattern, physics, level
        self._days = WholeDays(physics.facts.offset_ms)
        rule = figures.rule(pattern.delta, pattern.tolerance, stops=pattern.stops)
        self._chart = Chart(level, rule, pattern.recorded_ms)

    def step(self, hours: PointHours) -> list[Anomaly]:
        """Anomalies that the days completed by these hours raised or ended."""
        return self._judged(self._days.take(hours))

    def close(self) -> list[Anomaly]:
        """What is still open, after the last day even if it is not whole."""
        return [*self._judged(self._days.rest()), *self._told(self._chart.close())]

    def _judged(self, hours: PointHours | None) -> list[Anomaly]:
        if hours is None or not len(hours):
            return []
        seen = self._physics.of(hours)
        return self._told(self._chart.step(seen.daily.start_ms.tolist(), self._pattern.feature(seen).tolist()))

    def _told(self, shifts: list[Shift]) -> list[Anomaly]:
        return [a for s in shifts if (a := self._anomaly(s)) is not None]

    def _anomaly(self, shift: Shift) -> Anomaly | None:
        pattern = self._pattern
        kind = pattern.up if shift.size > 0 else pattern.down
        if not kind:
            return None
        if shift.drift and pattern.drift:
            kind = pattern.drift
        size = float(np.expm1(shift.size)) if pattern.relative else shift.size
        return Anomaly(
            kind=kind,
            subject=self._physics.facts.point.code,
            channel=pattern.channel,
            onset_ms=shift.onset_ms,
            onset_low_ms=shift.low_ms,
            onset_high_ms=shift.high_ms,
            end_ms=shift.end_ms,
            told_ms=shift.told_ms,
            size=size if pattern.sized else math.nan,
            evidence=(
                Evidence("cusum", shift.sum, shift.limit, pattern.unit),
                Evidence(pattern.figure, shift.size, self._level.sigma, pattern.unit),
            ),
        )
