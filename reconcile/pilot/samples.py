"""Statistics of a handful of points: mean with its interval, quartiles."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit


@dataclass(frozen=True, slots=True)
class Summary:
    """What a group of points has in common; NaN where there are too few."""

    n: int
    mean: float
    low: float
    """Lower end of the 95 % interval of the mean; NaN for a single point."""
    high: float
    median: float
    lower: float
    """Lower quartile."""
    upper: float
    """Upper quartile."""


def summary(values: Iterable[float]) -> Summary:
    """Mean with its 95 % interval (Student's t), median and quartiles of the values that are finite.

    >>> s = summary([1.0, 2.0, 3.0, float("nan")])
    >>> s.n, s.mean, round(s.high, 4), s.median
    (3, 2.0, 4.4841, 2.0)
    """
    found = np.array([v for v in values if math.isfinite(v)], dtype=np.float64)
    n = int(found.size)
    if not n:
        return Summary(0, *(math.nan,) * 6)
    mean = math.fsum(found) / n
    half = math.nan
    if n > 1:
        sd = math.sqrt(math.fsum((found - mean) ** 2) / (n - 1))
        half = float(stdtrit(n - 1, 0.975)) * sd / math.sqrt(n)
    lower, median, upper = (float(q) for q in np.quantile(found, (0.25, 0.5, 0.75)))
    return Summary(n, mean, mean - half, mean + half, median, lower, upper)
