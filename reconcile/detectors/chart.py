"""A chart of daily residuals: a CUSUM that tells a lasting change, its begin, and its end."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

import numpy as np
from numpy.typing import NDArray

from cems.clock import DAY_MS
from reconcile.detectors.chart_rule import ChartRule, Level, Shift
from reconcile.detectors.onset import Onset, onset_of
from reconcile.quality.control_charts import cusum_sum, inflated_sigma
from reconcile.quality.serial import ar1_exact_inflation

Array = NDArray[np.float64]


class Chart:
    """Told day by day or a year at once, it tells the same. Days without a value (NaN) are passed over.

    C± = max(0, C± ± (x − level) − k), k = max(delta/2, sigma/2, twice the error of the level); a change is raised on a
    day beyond k when a sum of ``days`` days or more passes ``interval`` times sigma, widened by sqrt((1+φ)/(1−φ)). One
    wild day counts for no more than its cap of three deltas or four sigma and cannot raise alone. A change ends after
    ``quiet_days`` days whose mean is nearer to the level than to the change and less than delta away.
    The limit grows with the spread of the steps from day to day of the last ``window_days``, up to twofold, where that
    is wider than in the reference. A step of up to ``tolerance`` at one of the ``recorded_ms``, such as a new cylinder
    of span gas, or after more than ``stop_days`` days without a value, is the new level: told from ``settle_days`` days
    after it, while nothing is raised unless their median lies beyond the tolerance by two standard errors; k then
    allows for the error of the new level.
    *Source*: international facts D.5; figures are project choices.
    """

    def __init__(self, level: Level, rule: ChartRule, recorded_ms: Sequence[int] = ()) -> None:
        self._level, self._rule = level, rule
        self._recorded = deque(sorted(recorded_ms)) if rule.tolerance > 0 else deque[int]()
        self._base = level.level
        self._settling: list[float] | None = None
        self._last_ms: int | None = None
        self._k = self._first_k = max(rule.delta / 2, level.sigma / 2, 2 * level.error)
        self._limit = max(rule.interval * inflated_sigma(max(level.sigma, _TINY), level.phi), rule.delta)
        self._cap = max(3 * rule.delta, 4 * level.sigma)
        self._past: deque[tuple[int, float]] = deque(maxlen=rule.window_days)
        self._sums, self._counts = [0.0, 0.0], [0, 0]
        self._open: Shift | None = None
        self._sign = 1.0
        self._changed: list[tuple[int, float]] = []
        self._more, self._more_count = [0.0, 0.0], [0, 0]

    def step(self, day_ms: list[int], values: list[float]) -> list[Shift]:
        """The next days by their start, with a value each; what they raised (open) or ended."""
        out: list[Shift] = []
        place, n = 0, len(values)
        while place < n:
            place = self._calm(day_ms, values, place)
            if place < n:
                out += self._day(day_ms[place], values[place])
                place += 1
        return out

    def _day(self, at: int, value: float) -> list[Shift]:
        new = self._recorded_on(at)
        if math.isnan(value) or (new and not self._open):
            return []  # a day with a change within is of neither level
        self._after_a_stop(at)
        rest = value - self._base
        return self._during(at, rest) if self._open else self._before(at, rest)

    def _calm(self, day_ms: list[int], values: list[float], place: int) -> int:
        """The first day from ``place`` on that may move a sum; those before it are only kept in mind.

        For charts without recorded changes, whose sums stay at zero while no day lies beyond k.
        """
        if self._open or self._rule.tolerance > 0 or any(self._sums):
            return place
        first = place
        while place < len(values) and not abs(values[place] - self._base) > self._k:
            place += 1
        known = [(at, x - self._base) for at, x in zip(day_ms[first:place], values[first:place], strict=True)]
        self._past.extend(row for row in known if not math.isnan(row[1]))
        return place

    def close(self) -> list[Shift]:
        """The change that is still open, with all that is known of it by now."""
        out = [self._told(self._open, None)] if self._open else []
        self._open = None
        return out

    def _before(self, at: int, rest: float) -> list[Shift]:
        self._past.append((at, rest))
        raised = self._summed(rest, self._sums, self._counts)
        if self._settled(rest) or raised is None:
            return []
        if self._sums[raised] <= self._limit * self._noisier():
            return []  # it is noisier by now than it was in the reference
        self._changed = list(self._past)
        begin = self._begin([value for _, value in self._changed])
        if abs(begin.size) < self._rule.least * self._rule.delta:
            return []  # it adds up, but to nothing that matters
        return [self._raise(at, raised, self._sums[raised])]

    def _noisier(self) -> float:
        """How much noisier than in the reference the days are from one to the next, 1 to :data:`_NOISIER`.

        By the median of the steps from day to day, which no change of level moves.
        """
        if len(self._past) < _STEPS_MIN:
            return 1.0
        steps = np.abs(np.diff(np.array([x for _, x in self._past])))
        own = 1.4826 * float(np.median(steps)) / math.sqrt(2.0 * (1.0 - self._level.phi))
        return min(max(own / max(self._level.sigma, _TINY), 1.0), _NOISIER)

    def _summed(self, rest: float, sums: list[float], counts: list[int]) -> int | None:
        """Both sums with one more day; the side that raises a change, 0 up, 1 down."""
        raised = None
        for side, sign in ((0, 1.0), (1, -1.0)):
            step = min(max(sign * rest, -self._cap), self._cap)
            sums[side] = cusum_sum(sums[side], step, self._k)
            counts[side] = counts[side] + 1 if sums[side] > 0 else 0
            if sums[side] > self._limit and counts[side] >= self._rule.days and sign * rest > self._k:
                raised = side
        return raised

    def _raise(self, at: int, side: int, total: float) -> Shift:
        """A change that the day raised, its begin told from the changed days."""
        self._sign = 1.0 - 2.0 * side
        self._more, self._more_count = [0.0, 0.0], [0, 0]
        bare = Shift(
            onset_ms=at,
            low_ms=at,
            high_ms=at,
            end_ms=None,
            told_ms=at + DAY_MS,
            drift=False,
            size=0.0,
            sum=self._sign * total,
            limit=self._limit,
        )
        self._open = self._told(bare, None)
        return self._open

    def _recorded_on(self, at: int) -> bool:
        """Whether a recorded change lies in the day that begins here; the level is then told anew."""
        found = False
        while self._recorded and self._recorded[0] < at + DAY_MS:
            found = self._recorded.popleft() >= at or found
        if found and not self._open:
            self._settling = []
        return found

    def _after_a_stop(self, at: int) -> None:
        """A source that stood still for long was worked on: its level is told anew, too."""
        days = self._rule.stop_days
        stood = days > 0 and self._last_ms is not None and at - self._last_ms > days * DAY_MS
        if stood and self._rule.tolerance > 0 and not self._open:
            self._settling = []
        self._last_ms = at

    def _settled(self, rest: float) -> bool:
        """Whether this day belongs to those from which a new level is told, within the tolerance so far."""
        if self._settling is None:
            return False
        self._settling.append(rest)
        n, step = len(self._settling), median(self._settling)
        error = self._error_of(n)
        within = abs(step) <= self._rule.tolerance + _SURE * error or n < min(_FIRST, self._rule.settle_days)
        if len(self._settling) >= self._rule.settle_days or not within:
            self._settling = None
            if within:
                self._base += step
                self._k = max(self._first_k, 2 * math.hypot(self._level.error, error))
                self._past.clear()
                self._sums, self._counts = [0.0, 0.0], [0, 0]
        return within

    def _error_of(self, n: int) -> float:
        """Standard error of the median of ``n`` days."""
        inflation = max(ar1_exact_inflation(n, self._level.phi), 1.0)
        return self._level.sigma * math.sqrt(math.pi / 2 * inflation / n)

    def _during(self, at: int, rest: float) -> list[Shift]:
        self._changed.append((at, rest))
        assert self._open is not None
        last = self._changed[-self._rule.quiet_days :]
        mean = math.fsum(value for _, value in last) / len(last)
        quiet = self._sign * mean < min(self._rule.delta, 0.5 * abs(self._open.size))
        now = self._sign * rest < min(self._rule.delta, 0.5 * abs(self._open.size))
        if quiet and now and last[0][0] > self._open.told_ms - DAY_MS:
            return self._end(last)
        side = self._summed(rest - self._open.size, self._more, self._more_count)
        # To the other side it is on its way back, or will be told once it is beyond the level.
        return self._grown(at) if side is not None and self._sign == 1.0 - 2.0 * side else []

    def _grown(self, at: int) -> list[Shift]:
        """A second change on top of the first: the first ends where the second begins."""
        assert self._open is not None
        first, side = self._open, 0 if self._sign > 0 else 1
        days, total = list(self._changed), self._more[side]
        since = [i for i, (day, _) in enumerate(days) if day > first.onset_ms]
        tail = days[since[0] :] if since else days
        begin = self._begin([value - first.size for _, value in tail]).index
        start = len(days) - len(tail) + begin
        if self._drifts([value for _, value in days], start):
            self._more, self._more_count = [0.0, 0.0], [0, 0]
            self._open = self._told(first, None)
            return [self._open]
        self._changed = days[:start]
        ended = self._told(first, days[start][0])
        self._changed = days[start:]
        return [ended, self._raise(at, side, total)]

    def _drifts(self, values: list[float], second: int) -> bool:
        """Whether one drift tells all of it better than a step with another on top from ``second`` on does."""
        whole, capped = self._begin(values), self._capped(values)
        before, after = self._begin(values[:second]), capped[second:]
        steps = before.error + float(((after - after.mean()) ** 2).sum())
        return whole.drift and whole.error < steps

    def _begin(self, values: list[float]) -> Onset:
        return onset_of(self._capped(values), max(self._level.sigma, _TINY), self._level.phi)

    def _capped(self, values: list[float]) -> Array:
        """Wild values cut off, but nothing that the last days reach."""
        most = max(self._cap, 2 * abs(float(np.median(values[-_LAST:]))))
        capped: Array = np.clip(np.array(values), -most, most)
        return capped

    def _end(self, last: list[tuple[int, float]]) -> list[Shift]:
        assert self._open is not None
        limit = min(self._rule.delta, 0.5 * abs(self._open.size))
        first = len(self._changed) - 1
        while first > 0 and self._sign * self._changed[first - 1][1] < limit:
            first -= 1
        self._changed, quiet = self._changed[:first], self._changed[first:]
        out = [self._told(self._open, quiet[0][0] if quiet else last[0][0])]
        self._open = None
        self._sums, self._counts = [0.0, 0.0], [0, 0]
        self._past.clear()
        self._past.extend(quiet)
        return out

    def _told(self, shift: Shift, end_ms: int | None) -> Shift:
        """The change with its begin and size, from what is known of it now."""
        known = self._changed[: self._rule.window_days + _MOST_CHANGED]
        onset = self._begin([value for _, value in known])
        changed = [value for _, value in self._changed[onset.index :]]
        return replace(
            shift,
            onset_ms=known[onset.index][0],
            low_ms=known[max(onset.low - 1, 0)][0],
            high_ms=known[onset.high][0] + DAY_MS,
            end_ms=end_ms,
            drift=onset.drift,
            size=float(np.median(changed)) if not onset.drift else math.fsum(changed) / len(changed),
        )


_TINY = 1e-9
_STEPS_MIN = 20
"""Days from which the spread of the steps from day to day is told."""
_NOISIER = 2.0
"""How far the limit may grow with it: a fault that makes a figure noisy must not hide itself."""
_SURE = 2.0
"""Standard errors by which a step must pass the tolerance to be more than it."""
_FIRST = 4
"""Days after a recorded change that a first judgement of it takes."""
_LAST = 5
_MOST_CHANGED = 120
"""Days of a change from which its begin is told; more would not move it."""
