"""Load ranges of 40 CFR Part 75, Appendix C, section 2, and the range that EPA's software computes."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from cems.errors import RuleError
from reconcile.rulebooks.substitution.filled import Bools, Ints

Convention: TypeAlias = Literal["appendix_c", "epa_software"]
"""To which range a load on a boundary belongs: the lower one (the rule) or the upper one (EPA's check engine)."""

UNKNOWN = 0
"""Range of an hour whose load is not known."""
_NOISE = 1e-9
"""Share of a range within which a load stands on the boundary: far below any meter, far above binary noise."""


def load_range(load: ArrayLike, max_load: float, ranges: int, convention: Convention = "appendix_c") -> Ints:
    """Number of the load range, 1 … ``ranges``, of each hourly gross load; same shape, :data:`UNKNOWN` without a load.

    ``appendix_c``: range 1 is 0 to 100/ranges % of ``max_load``, range k what lies above (k-1)·100/ranges up to and
    with k·100/ranges %. ``epa_software``: floor(ranges·L/max + 1), so that a load on a boundary falls into the upper
    range; load 0 is in range 1 by both, a load at or above the maximum in the top range. Load and maximum share a unit
    (MW or 1000 lb/h of steam). A load that is NaN, infinite or negative has no range.
    Raises :class:`RuleError` for a maximum that is not positive, fewer than one range, or an unknown convention.
    *Source*: 40 CFR Part 75 App. C 2.2.1 (10 ranges, 20 for common stacks) [V]; floor form: EPA check engine [V].

    >>> load_range([0, 30, 30.1, 299, 300, 310, float("nan")], 300, 10).tolist()
    [1, 1, 2, 10, 10, 10, 0]
    >>> load_range([0, 30, 30.1, 299, 300], 300, 10, "epa_software").tolist()
    [1, 2, 2, 10, 10]
    """
    if not (math.isfinite(max_load) and max_load > 0):
        raise RuleError(f"the maximum hourly gross load must be a positive number (found {max_load!r})")
    if ranges < 1:
        raise RuleError(f"there must be at least one load range (found {ranges})")
    hourly = np.asarray(load, dtype=np.float64)
    known = np.isfinite(hourly) & (hourly >= 0)
    share = ranges * np.where(known, hourly, 0.0) / max_load
    nearest = np.rint(share)
    share = np.where(np.abs(share - nearest) <= _NOISE, nearest, share)
    if convention == "appendix_c":
        number = np.ceil(share)
    elif convention == "epa_software":
        number = np.floor(share + 1)
    else:
        raise RuleError(f"there is no load range convention {convention!r}; use appendix_c or epa_software")
    return np.where(known, np.clip(number, 1, ranges), UNKNOWN).astype(np.int64)


def load_range_accepted(reported: ArrayLike, load: ArrayLike, max_load: float, ranges: int, tolerance: float) -> Bools:
    """Whether a reported load range is accepted: that of some load within ``tolerance`` of the hour's load.

    Near a boundary both conventions of :func:`load_range` are accepted. Without a load nothing is. Arrays broadcast.
    Raises :class:`RuleError` for a negative tolerance and as :func:`load_range`.
    *Source*: EPA check engine, tolerance of 2 load units [V].

    >>> load_range_accepted([1, 2, 3], 31.0, 300, 10, 2).tolist()
    [True, True, False]
    """
    if not tolerance >= 0:
        raise RuleError(f"a tolerance is not negative (found {tolerance!r})")
    hourly, number = np.asarray(load, dtype=np.float64), np.asarray(reported, dtype=np.int64)
    known = load_range(hourly, max_load, ranges) != UNKNOWN
    lowest = load_range(np.maximum(hourly - tolerance, 0.0), max_load, ranges)
    highest = load_range(hourly + tolerance, max_load, ranges, "epa_software")
    return np.asarray(known & (number >= lowest) & (number <= highest), dtype=np.bool_)
