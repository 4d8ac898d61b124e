"""By how many minutes one series comes behind another, hour by hour, from their cross-correlation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.rulebooks.averaging import MINUTES

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LagRule:
    """How a lag is looked for."""

    step_min: int
    """Step of the means [min]; a divisor of 60."""
    most_min: int
    """Largest lag, either way [min]."""
    window_h: int
    """Hours whose readings tell it, this one included."""
    correlation: float
    """Smallest correlation at the best lag."""
    variation: float
    """Smallest standard deviation of the leading series, as a share of its mean."""
    pairs: int
    """Fewest pairs."""

    def __post_init__(self) -> None:
        if self.step_min < 1 or MINUTES % self.step_min or self.most_min < self.step_min or self.window_h < 1:
            raise RuleError("the step of a lag divides the hour, the largest lag is a step or more, the window an hour")


def lag_rule_of(parameters: Parameters) -> LagRule:
    """The rule of a parameter table (fleet_lag_…)."""
    value = parameters.value
    return LagRule(
        int(value("fleet_lag_step_min")),
        int(value("fleet_lag_most_min")),
        int(value("fleet_lag_window_h")),
        value("fleet_lag_correlation"),
        value("fleet_lag_variation"),
        int(value("fleet_lag_pairs")),
    )


def lags(behind: Array, ahead: Array, look_back_h: int, rule: LagRule) -> Array:
    """Lag [min] of ``behind`` after ``ahead``, hour by hour, positive where it comes later; shape (n_hours,).

    Both are minutes of shape ((look_back_h + n_hours) * 60,), NaN where there is none. An hour's lag is told by its
    own and earlier minutes alone. NaN where the leading series hardly moves, pairs are few, no lag correlates, or the
    best lies at the edge of what is looked for.
    """
    n_hours = behind.size // MINUTES - look_back_h
    if look_back_h * MINUTES < (rule.window_h - 1) * MINUTES + rule.most_min:
        raise RuleError("the look back must hold the window of the lag and the largest lag")
    if not np.isfinite(ahead).any() or not np.isfinite(behind).any():
        return np.full(n_hours, np.nan)
    per_hour, most = MINUTES // rule.step_min, rule.most_min // rule.step_min
    y, x = (_Series(_means(minutes, rule.step_min), per_hour) for minutes in (behind, ahead))
    first, blocks = (look_back_h - rule.window_h + 1) * per_hour, n_hours + rule.window_h
    sums, score = np.empty((6, blocks)), []
    windows = sliding_window_view(sums, n_hours + 1, axis=1)
    for shift in range(-most, most + 1):
        _add_up(x.at(first - max(shift, 0), blocks), y.at(first - max(-shift, 0), blocks), sums)
        # Step by step, then hour by hour: a window's sum is the same to the last bit wherever a series begins.
        score.append(_correlation(np.add.reduce(windows, axis=1), rule))
    return _best(np.array(score)[:, :n_hours], rule)


class _Part(NamedTuple):
    """A stretch of a series, whole hours long and begun at any step; arrays of shape (steps of an hour, n_blocks)."""

    there: Array
    """1 where there is a value."""
    value: Array
    """0 where there is none."""
    square: Array


class _Series:
    """Means over steps, laid so that the same step of all hours is contiguous wherever the hours begin.

    An hour of nothing stands behind them: numpy would add up the steps of a single hour in another order.
    """

    def __init__(self, means: Array, per_hour: int) -> None:
        there = np.isfinite(means)
        value = np.where(there, means, 0.0)
        self._per_hour = per_hour
        self._laid = [self._lay(row) for row in (there.astype(np.float64), value, value * value)]

    def _lay(self, row: Array) -> Array:
        steps = np.append(row, np.zeros(2 * self._per_hour)).reshape(-1, self._per_hour).T
        return np.ascontiguousarray(np.concatenate([steps[:, :-1], steps[:, 1:]]))

    def at(self, begin: int, blocks: int) -> _Part:
        """The stretch from a step on, as views."""
        hour, step = divmod(begin, self._per_hour)
        return _Part(*(rows[step : step + self._per_hour, hour : hour + blocks] for rows in self._laid))


def _means(minutes: Array, step: int) -> Array:
    """Means over steps; NaN where fewer than half of the minutes are there."""
    rows = minutes.reshape(-1, step)
    there = np.isfinite(rows)
    n = np.count_nonzero(there, axis=1)
    return np.where(2 * n >= step, np.where(there, rows, 0.0).sum(axis=1) / np.maximum(n, 1), np.nan)


def _add_up(a: _Part, b: _Part, sums: Array) -> None:
    """Pairs of each hour into ``sums``, (6, n_blocks): their number, both sums, both of squares, that of products."""
    masked = ((a.there, b.there), (a.value, b.there), (a.there, b.value), (a.square, b.there), (a.there, b.square))
    for row, (one, other) in zip(sums, masked, strict=False):  # times 0 or 1: exact, rounded or not
        np.einsum("sh,sh->h", one, other, out=row)
    np.add.reduce(a.value * b.value, axis=0, out=sums[5])


def _correlation(sums: Array, rule: LagRule) -> Array:
    """Correlation over each window from the six sums of its pairs; -1 where it is not told."""
    n, a, b, aa, bb, ab = sums
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_a, mean_b = a / n, b / n
        var_a, var_b = aa / n - mean_a**2, bb / n - mean_b**2
        moves = (var_a > (rule.variation * a / n) ** 2) & (var_b > 0) & (n >= rule.pairs)
        found = (ab / n - mean_a * b / n) / np.sqrt(var_a * var_b)
    return np.where(moves & np.isfinite(found), found, -1.0)


def _best(score: Array, rule: LagRule) -> Array:
    """The lag with the highest score of each hour, between steps by the parabola through its neighbours."""
    place = score.argmax(axis=0)
    hour = np.arange(place.size)
    inner = (place > 0) & (place < score.shape[0] - 1)
    at = np.clip(place, 1, score.shape[0] - 2)
    left, top, right = score[at - 1, hour], score[at, hour], score[at + 1, hour]
    bend = left - 2 * top + right
    with np.errstate(invalid="ignore", divide="ignore"):
        between = np.where(bend < 0, 0.5 * (left - right) / bend, 0.0)
    told = inner & (top >= rule.correlation) & (left > -1) & (right > -1)
    lag = (at - score.shape[0] // 2 + between) * rule.step_min
    return np.where(told, lag, np.nan)
