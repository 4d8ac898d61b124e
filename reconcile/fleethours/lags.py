"""By how many minutes one series comes behind another, hour by hour, from their cross-correlation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
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
    y, x = _means(behind, rule.step_min), _means(ahead, rule.step_min)
    most = rule.most_min // rule.step_min
    first = (look_back_h - rule.window_h + 1) * MINUTES // rule.step_min
    score = np.array([_correlation(y, x, shift, first, n_hours, rule) for shift in range(-most, most + 1)])
    return _best(score, rule)


def _means(minutes: Array, step: int) -> Array:
    """Means over steps; NaN where fewer than half of the minutes are there."""
    rows = minutes.reshape(-1, step)
    there = np.isfinite(rows)
    n = np.count_nonzero(there, axis=1)
    return np.where(2 * n >= step, np.where(there, rows, 0.0).sum(axis=1) / np.maximum(n, 1), np.nan)


def _correlation(y: Array, x: Array, shift: int, first: int, n_hours: int, rule: LagRule) -> Array:
    """Correlation of y with x ``shift`` steps before over each window; -1 where it is not told."""
    late, early = first - max(shift, 0), first - max(-shift, 0)
    n = y.size - first
    a, b = x[late : late + n], y[early : early + n]
    there = np.isfinite(a) & np.isfinite(b)
    a, b = np.where(there, a, 0.0), np.where(there, b, 0.0)
    per_hour = MINUTES // rule.step_min
    terms = np.empty((6, n))
    terms[0], terms[1], terms[2] = there, a, b
    np.multiply(terms[1:3], terms[1:3], out=terms[3:5])
    np.multiply(a, b, out=terms[5])
    # Added step by step, then hour by hour: a window's sum is the same to the last bit wherever a series begins.
    blocks = terms[:, ::per_hour].copy()
    for step in range(1, per_hour):
        blocks += terms[:, step::per_hour]
    sums = blocks[:, :n_hours].copy()
    for hour in range(1, rule.window_h):
        sums += blocks[:, hour : hour + n_hours]
    return _from_sums(sums, rule)


def _from_sums(sums: Array, rule: LagRule) -> Array:
    n, a, b, aa, bb, ab = sums
    with np.errstate(invalid="ignore", divide="ignore"):
        var_a, var_b = aa / n - (a / n) ** 2, bb / n - (b / n) ** 2
        moves = (var_a > (rule.variation * a / n) ** 2) & (var_b > 0) & (n >= rule.pairs)
        found = (ab / n - a / n * b / n) / np.sqrt(var_a * var_b)
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
