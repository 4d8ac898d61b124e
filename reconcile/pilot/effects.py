"""What each family of instruments adds by itself: least-squares means over the points, other families held equal.

A plain mean of the points with one flow meter holds whatever analysers stand beside it; a linear model takes that out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Array = NDArray[np.float64]
_FEWEST_FREE = 5
"""Points beyond the number of effects that a fit needs."""


@dataclass(frozen=True, slots=True)
class Mean:
    """Least-squares mean of one level of a factor."""

    value: float
    low: float
    """Lower end of the 95 % interval."""
    high: float
    n: int
    """Observations with this level."""


def least_squares_means(
    values: Sequence[float], factors: Mapping[str, Sequence[str]]
) -> dict[tuple[str, str], Mean] | None:
    """Mean of each level of each factor with the other factors at their average level, additive model, equal weights.

    ``values`` (n,) are finite; ``factors`` holds for each factor n names of levels, ``""`` where the factor does not
    apply to an observation. Levels are coded to sum to zero. None where the levels cannot be told apart (two of them
    always come together) or fewer than five observations are left beyond the effects.

    >>> found = least_squares_means(
    ...     [1.0, 3.0, 2.0, 4.0, 1.1, 2.9, 2.1, 3.9], {"a": list("ppqqppqq"), "b": list("xyxyxyxy")}
    ... )
    >>> {k: round(m.value, 2) for k, m in found.items()}
    {('a', 'p'): 2.0, ('a', 'q'): 3.0, ('b', 'x'): 1.55, ('b', 'y'): 3.45}
    """
    y = np.asarray(values, dtype=np.float64)
    coded = {name: _coded(levels) for name, levels in factors.items()}
    design = np.hstack([np.ones((y.size, 1)), *(block for _, block in coded.values())])
    free = y.size - design.shape[1]
    if free < _FEWEST_FREE or np.linalg.matrix_rank(design) < design.shape[1]:
        return None
    cross = np.linalg.inv(design.T @ design)
    effects = cross @ (design.T @ y)
    rest = y - design @ effects
    variance = math.fsum(rest * rest) / free
    t = float(stdtrit(free, 0.975))
    found: dict[tuple[str, str], Mean] = {}
    at = 1
    for name, (levels, block) in coded.items():
        width = block.shape[1]
        for place, level in enumerate(levels):
            contrast = np.zeros(design.shape[1])
            contrast[0] = 1.0
            contrast[at : at + width] = np.eye(len(levels))[place, :-1] if place < width else -1.0
            mean, half = float(contrast @ effects), t * math.sqrt(variance * float(contrast @ cross @ contrast))
            n = sum(one == level for one in factors[name])
            found[name, level] = Mean(mean, mean - half, mean + half, n)
        at += width
    return found


def _coded(levels: Sequence[str]) -> tuple[list[str], Array]:
    """Names of the levels and the block of the design, (n, levels − 1), that sums to zero over them."""
    names = sorted(set(levels) - {""})
    block = np.zeros((len(levels), max(len(names) - 1, 0)))
    for row, level in enumerate(levels):
        if level and names.index(level) < len(names) - 1:
            block[row, names.index(level)] = 1.0
        elif level:
            block[row, :] = -1.0
    return names, block
