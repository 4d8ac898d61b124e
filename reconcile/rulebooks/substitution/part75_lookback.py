"""What a Part 75 substitute may look back to, and the percentile of it."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from cems.errors import RuleError
from reconcile.rulebooks.substitution.filled import Ints
from reconcile.rulebooks.substitution.part75_rule import Definition


def lookback(quality_assured: Ints, gap_first: int, hours: int, clock_hours: int) -> Ints:
    """The last ``hours`` quality-assured hours before a gap, none more than ``clock_hours`` before its first hour.

    ``quality_assured`` holds the rising indices of quality-assured hours (for flow: of one load range). The result is
    a part of it, perhaps empty or shorter than ``hours``.
    *Source*: 40 CFR 75.33(a), (b), (c) [V].

    >>> lookback(np.array([0, 5, 6, 7, 20]), 10, 2, 26_280).tolist()
    [6, 7]
    >>> lookback(np.array([0, 5, 6, 7, 20]), 10, 720, 4).tolist()
    [6, 7]
    """
    end = int(np.searchsorted(quality_assured, gap_first))
    oldest = int(np.searchsorted(quality_assured, gap_first - clock_hours))
    return quality_assured[max(oldest, end - hours) : end]


def percentile(values: ArrayLike, pct: float, definition: Definition) -> float:
    """The ``pct``-th percentile of the values, unit as given; their order does not matter.

    ``nearest_rank``: the value whose rank is pct/100 · n, rounded up (the smallest value with at least pct % of the
    values at or below it; rank 1 for 0). ``linear``: between the ranks around 1 + pct/100 · (n-1).
    Raises :class:`RuleError` for no values, a value that is not finite, a percentile outside 0 … 100, or an unknown
    definition.
    *Source*: 40 CFR 75.33 asks for percentiles and leaves the definition open [V].

    >>> percentile(range(1, 721), 90, "nearest_rank"), percentile(range(1, 721), 90, "linear")
    (648.0, 648.1)
    """
    given = np.asarray(values, dtype=np.float64).ravel()
    if given.size == 0 or not np.isfinite(given).all():
        raise RuleError("a percentile needs at least one value, and finite ones only")
    if not 0 <= pct <= 100:
        raise RuleError(f"a percentile lies between 0 and 100 (found {pct!r})")
    if definition == "nearest_rank":
        rank = max(math.ceil(Fraction(pct) * given.size / 100), 1)
        return float(np.sort(given)[rank - 1])
    if definition == "linear":
        return float(np.percentile(given, pct))
    raise RuleError(f"there is no percentile definition {definition!r}; use nearest_rank or linear")
