"""Readings outside the measuring range, and readings without a value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cems.flags import Flag
from reconcile.readings import letter


def flags_of(value: NDArray[np.float64], flag: NDArray[np.uint8], limits: tuple[float, float]) -> NDArray[np.uint8]:
    """Flags after the range check: ``T`` above the range, ``r`` below it, ``u`` where there is no value to check.

    Only readings flagged ``N`` are judged; the range itself is closed on both sides. Shapes (n,); the flags given are
    handed back where nothing changes.
    """
    low, high = limits
    # Most blocks are in order throughout: two extremes tell, and NaN is no extreme.
    if value.size and low <= value.min() and value.max() <= high:
        return flag
    normal = flag == letter(Flag.NORMAL)
    out = flag.copy()
    out[normal & (value > high)] = letter(Flag.OVER_RANGE)
    out[normal & (value < low)] = letter(Flag.IMPLAUSIBLE)
    out[normal & ~np.isfinite(value)] = letter(Flag.UNCHECKED)
    return out
