"""Does the ratio of monitoring to accounting depend on the load? A flow bias usually does, a carbon error does not."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cems.clock import MINUTE_MS
from cems.errors import RuleError
from reconcile.comparison.matched import Matched
from reconcile.comparison.samples import pairs, positive
from reconcile.quality.serial import ar1_inflation

Array = NDArray[np.float64]
_SAME_LOAD = 1e-6
"""Loads that differ by less than this share are one load: means of a constant reading differ by rounding."""
_ROUNDING = 1e-12
"""A ratio that changes by less than this share over all loads changes by the rounding of doubles alone."""
_MOST_CORRELATED = 0.99
"""A lag-1 correlation estimated above this is taken as this; the slope is then as good as unknown."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Ratio in one band of load."""

    low_mw: float
    """Lower edge, inclusive."""
    high_mw: float
    """Upper edge, exclusive."""
    n: int
    """Blocks in the band."""
    ratio: float
    """Sum of monitoring over sum of accounting."""


@dataclass(frozen=True, slots=True)
class Dependence:
    """Straight line of the ratio on load."""

    bins: tuple[Bin, ...]
    """Bands that hold at least one block, by load."""
    n: int
    """Blocks."""
    mean_ratio: float
    """Mean of the single ratios."""
    sd_ratio: float
    """Standard deviation of the single ratios."""
    slope_per_mw: float
    """Change of the ratio per MW."""
    u_slope_per_mw: float
    """Standard uncertainty of the slope, inflated for the correlation of neighbouring residuals."""
    phi: float
    """Lag-1 correlation of the residuals that the inflation used."""

    @property
    def grows(self) -> bool:
        """The ratio rises with load by more than two standard uncertainties of the slope."""
        return self.slope_per_mw > 2 * self.u_slope_per_mw

    @property
    def falls(self) -> bool:
        """The ratio falls with load by more than two standard uncertainties of the slope."""
        return self.slope_per_mw < -2 * self.u_slope_per_mw


def blocks(matched: Matched, block_minutes: float) -> tuple[Array, Array, Array]:
    """Load, monitoring and accounting summed over blocks of time in which all three were read; shapes (n_blocks,).

    Blocks are counted from 1970 and take only pairs with a known load; those without fuel are left out. Raises
    :class:`RuleError` for blocks shorter than a millisecond.
    """
    if not block_minutes * MINUTE_MS >= 1:
        raise RuleError(f"the length of a block must be a positive number of minutes (found {block_minutes!r})")
    use = np.isfinite(matched.load_mw)
    block = matched.instant_ms[use] // int(block_minutes * MINUTE_MS)
    _, inverse, counts = np.unique(block, return_inverse=True, return_counts=True)
    n = counts.size
    load = np.bincount(inverse, weights=matched.load_mw[use], minlength=n) / np.maximum(counts, 1)
    stack: Array = np.bincount(inverse, weights=matched.stack_t_per_h[use], minlength=n).astype(np.float64)
    fuel: Array = np.bincount(inverse, weights=matched.fuel_t_per_h[use], minlength=n).astype(np.float64)
    good = fuel > 0
    return load[good], stack[good], fuel[good]


def dependence(load_mw: Array, stack: Array, fuel: Array, bin_mw: float) -> Dependence | None:
    """Line of ratio = stack/fuel on load by least squares, blocks in order of time; None with fewer than 10 blocks.

    The standard error of the slope is multiplied by sqrt((1+φ)/(1−φ)) with φ the lag-1 correlation of the residuals,
    not below 0: neighbouring blocks say less than their number. Also None where all loads are the same. Raises
    :class:`RuleError` for arrays of different lengths, values that are not finite, accounting that is not above 0, and
    bands of load that have no width.
    """
    load_mw, stack = pairs(load_mw, stack, 0, "load and monitoring")
    load_mw, fuel = pairs(load_mw, fuel, 0, "load and accounting")
    positive("the width of a band of load", bin_mw)
    if (fuel <= 0).any():
        raise RuleError("a ratio needs accounting above 0 in every block; leave out blocks without fuel")
    n = int(load_mw.size)
    if n < 10 or np.ptp(load_mw) <= _SAME_LOAD * np.abs(load_mw).max():
        return None
    ratio = stack / fuel
    mean_ratio = math.fsum(ratio) / n
    centred = load_mw - math.fsum(load_mw) / n
    spread = math.fsum(centred**2)
    slope = math.fsum(centred * (ratio - mean_ratio)) / spread
    if abs(slope) * float(np.ptp(load_mw)) <= _ROUNDING * abs(mean_ratio):
        slope = 0.0
    residual = ratio - mean_ratio - slope * centred
    squares = math.fsum(residual**2)
    phi = math.fsum(residual[1:] * residual[:-1]) / squares if squares else 0.0
    phi = min(max(phi, 0.0), _MOST_CORRELATED)
    u_slope = math.sqrt(squares / (n - 2) / spread * ar1_inflation(phi))
    sd = math.sqrt(math.fsum((ratio - mean_ratio) ** 2) / (n - 1))
    return Dependence(_bins(load_mw, stack, fuel, bin_mw), n, mean_ratio, sd, slope, u_slope, phi)


def _bins(load_mw: Array, stack: Array, fuel: Array, bin_mw: float) -> tuple[Bin, ...]:
    band = np.floor(load_mw / bin_mw).astype(np.int64)
    rows = []
    for index in np.unique(band).tolist():
        inside = band == index
        ratio = math.fsum(stack[inside]) / math.fsum(fuel[inside])
        rows.append(Bin(index * bin_mw, (index + 1) * bin_mw, int(inside.sum()), ratio))
    return tuple(rows)


def statement(d: Dependence) -> str:
    """What the line says, in one English sentence."""
    change, u = 1e4 * d.slope_per_mw, 1e4 * d.u_slope_per_mw
    spread = f"mean of {d.n} ratios {d.mean_ratio:.4f} ± {d.sd_ratio:.4f}"
    ends = ""
    bands = [b for b in d.bins if b.n >= 10] or list(d.bins)
    if len(bands) > 1:
        low, high = bands[0], bands[-1]
        ends = (
            f"; {low.ratio:.3f} at {low.low_mw:g}-{low.high_mw:g} MW, "
            f"{high.ratio:.3f} at {high.low_mw:g}-{high.high_mw:g} MW"
        )
    if d.grows or d.falls:
        verb = "grows" if d.grows else "falls"
        return (
            f"The ratio of monitoring to accounting {verb} with load: {change:+.2f} % per 100 MW "
            f"(u = {u:.2f} %, k=1){ends}; {spread}."
        )
    return (
        f"No dependence of the ratio on load is shown: {change:+.2f} % per 100 MW (u = {u:.2f} %, k=1){ends}; {spread}."
    )
