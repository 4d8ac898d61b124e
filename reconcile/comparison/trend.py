"""Trend of a series in time without assuming a distribution: Mann-Kendall test and Sen's slope."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from cems.errors import RuleError
from reconcile.comparison.regression import pairwise_slopes
from reconcile.comparison.samples import Array, pairs, sample

_FEWEST = 4
_MOST = 5000


@dataclass(frozen=True, slots=True)
class MannKendall:
    """Mann-Kendall test of a monotonic trend."""

    s: int
    """S, later values above earlier ones less those below."""
    variance: float
    """Variance of S without a trend, corrected for ties."""
    z: float
    """Standard score, with continuity correction; 0 where S is."""
    p: float
    """Two-sided p-value of the normal approximation, fair from about 10 values on."""
    n: int
    """Values."""


def mann_kendall(values: ArrayLike) -> MannKendall:
    """Mann-Kendall test of values in order of time, shape (n,), n from 4 to 5 000, finite.

    Var S = [n(n−1)(2n+5) − Σt(t−1)(2t+5)]/18 with t the sizes of groups of equal values; z = (S ∓ 1)/√Var. Neighbours
    that resemble each other make it too sure: give it monthly or deseasonalised values. Raises :class:`RuleError` for
    another number of values or one that is not finite. *Source*: Mann 1945, Kendall 1975; international facts D.4.

    >>> test = mann_kendall([1.0, 2.0, 3.0, 4.0, 5.0])
    >>> test.s, round(test.variance, 4), round(test.z, 4)
    (10, 16.6667, 2.2045)
    """
    s, variance, n = _s_and_variance(_series(values))
    return _tested(s, variance, n)


def seasonal_mann_kendall(values: ArrayLike, season: ArrayLike) -> MannKendall:
    """Mann-Kendall test summed over seasons, so that a yearly course is no trend (Hirsch, Slack, Smith 1982).

    ``values`` in order of time and ``season`` (any number, such as the month), shape (n,). A season with one value
    adds nothing; seasons are taken as independent of each other. Raises :class:`RuleError` as :func:`mann_kendall`,
    and where no season has two values.

    >>> seasonal_mann_kendall([1.0, 9.0, 2.0, 8.0, 3.0, 7.0], [1, 2, 1, 2, 1, 2]).s
    0
    """
    y, which = pairs(values, season, _FEWEST, "a seasonal series")
    parts = [_s_and_variance(_series(y[which == one], 1)) for one in np.unique(which)]
    if not any(n > 1 for _, _, n in parts):
        raise RuleError("a seasonal trend needs a season with two values")
    return _tested(sum(s for s, _, _ in parts), math.fsum(v for _, v, _ in parts), int(y.size))


@dataclass(frozen=True, slots=True)
class SenSlope:
    """Sen's slope of a series."""

    slope: float
    """Median of all pairwise slopes, unit of the values per unit of time."""
    low: float
    """Lower end of its interval."""
    high: float
    """Upper end of its interval."""
    n: int
    """Values."""


def sen_slope(time: ArrayLike, values: ArrayLike, level: float = 0.95) -> SenSlope:
    """Sen's slope with an interval from the variance of Mann-Kendall's S, shape (n,), n from 4 to 5 000.

    The interval runs between the slopes of rank (N ∓ z·√Var S)/2, rounded outward. Raises :class:`RuleError` for
    another number of pairs, values not finite, times all the same, a level outside 0 … 1.
    *Source*: Sen 1968, Gilbert 1987; international facts D.4.

    >>> sen_slope([0.0, 1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 5.0, 7.0, 90.0]).slope
    2.0
    """
    t, y = pairs(time, values, _FEWEST, "a trend")
    if not 0 < level < 1:
        raise RuleError(f"a level lies between 0 and 1 (found {level!r})")
    slopes = pairwise_slopes(t, y)
    if not slopes.size:
        raise RuleError("a trend needs different times (all are the same)")
    half = float(ndtri((1 + level) / 2)) * math.sqrt(_variance(_series(y)))
    low = max(math.floor((slopes.size - half) / 2) - 1, 0)
    high = min(math.ceil((slopes.size + half) / 2), slopes.size - 1)
    middle = (slopes.size - 1) // 2, slopes.size // 2
    ranked = np.partition(slopes, sorted({low, high, *middle}))
    return SenSlope(
        float(np.mean(ranked[middle[0] : middle[1] + 1])), float(ranked[low]), float(ranked[high]), int(y.size)
    )


def _series(values: ArrayLike, least: int = _FEWEST) -> Array:
    y = sample(values, least, "a series")
    if y.size > _MOST:
        raise RuleError(f"{y.size} values are too many for a test of all pairs (at most {_MOST}); take daily means")
    return y


def _s_and_variance(y: Array) -> tuple[int, float, int]:
    n = int(y.size)
    s = sum(int(np.sign(y[i + 1 :] - y[i]).sum()) for i in range(n - 1))
    return s, _variance(y), n


def _variance(y: Array) -> float:
    """Variance of S without a trend, corrected for ties."""
    n = int(y.size)
    ties: Iterable[int] = np.unique(y, return_counts=True)[1].tolist()
    return (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties if t > 1)) / 18


def _tested(s: int, variance: float, n: int) -> MannKendall:
    z = (s - math.copysign(1, s)) / math.sqrt(variance) if s and variance > 0 else 0.0
    return MannKendall(s, variance, z, min(1.0, 2 * float(ndtr(-abs(z)))), n)
