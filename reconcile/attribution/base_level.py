"""The level of a ratio in the healthy days around a disturbed stretch, and how surely it is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reconcile.attribution.reference import Reference
from reconcile.quality.serial import ar1_exact_inflation

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class BaseRule:
    """Figures of such a level."""

    days: int
    """Healthy days before, and as many after."""
    days_min: int
    """Fewest of them together; with fewer the level of the reference stands in."""
    sigma_min: float
    """Least spread from day to day that is believed."""
    floor: Mapping[str, float]
    """By ratio: what it may wander off a level without a cause, one sigma."""
    phi_max: float
    """Largest lag-1 correlation."""


@dataclass(frozen=True, slots=True)
class Level:
    """What the logarithm of a ratio would be if nothing were wrong."""

    level: float
    sigma: float
    """Standard deviation from day to day."""
    phi: float
    """Correlation of neighbouring days."""
    level_variance: float
    """Variance of the level itself: of a mean of so many days, and of what it may wander."""

    @property
    def noise_variance(self) -> float:
        """Variance of a day, widened so that a sum over many days has the variance that its correlated days give it."""
        return self.sigma**2 * (1 + self.phi) / (1 - self.phi)

    def mean_variance(self, n: int) -> float:
        """Variance of the mean of ``n`` days less the level."""
        return self.sigma**2 * max(ar1_exact_inflation(n, self.phi), 1.0) / n + self.level_variance


def base_level(
    values: Array, healthy: Bools, stretch: tuple[int, int], reference: Reference | None, name: str, rule: BaseRule
) -> Level | None:
    """The median of the healthy days next to a stretch [first, end) of days, before it and after it.

    ``values`` (n,) are logarithms by day, NaN for unknown. Spread by the median absolute deviation; correlation as in
    the reference, 0 without one. With fewer healthy days than ``days_min`` the reference's own level; None without one.
    """
    first, end = stretch
    good = healthy & np.isfinite(values)
    days = np.concatenate([np.flatnonzero(good[:first])[-rule.days :], end + np.flatnonzero(good[end:])[: rule.days]])
    noise = reference.daily.get(name) if reference is not None else None
    phi = min(noise.phi, rule.phi_max) if noise is not None else 0.0
    wander = rule.floor[name] ** 2
    if days.size >= max(rule.days_min, 1):
        known = values[days]
        level = float(np.median(known))
        sigma = max(1.4826 * float(np.median(np.abs(known - level))), rule.sigma_min)
        n = int(days.size)
    elif noise is not None:
        level, sigma, n = noise.level, max(noise.sigma, rule.sigma_min), noise.n
    else:
        return None
    own = sigma**2 * max(ar1_exact_inflation(n, phi), 1.0) / n * np.pi / 2  # the variance of a median
    return Level(level, sigma, phi, float(own) + wander)
