"""York's line: uncertainties in x and y that differ from point to point and may be correlated (York et al. 2004)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cems.errors import RuleError
from reconcile.comparison.regression import ols
from reconcile.comparison.samples import Array, pairs

_CONVERGED = 1e-14
"""Change of the slope, relative to the slope and to the spread of the data, below which the iteration ends."""
_MOST_STEPS = 1000


@dataclass(frozen=True, slots=True)
class YorkLine:
    """Line y = intercept + slope·x with errors in both."""

    intercept: float
    """Value at x = 0, unit of y."""
    slope: float
    """Change of y per unit of x."""
    u_intercept: float
    """Standard uncertainty of the intercept from the stated uncertainties of the points, unit of y."""
    u_slope: float
    """Standard uncertainty of the slope from the stated uncertainties of the points."""
    covariance: float
    """Covariance of intercept and slope."""
    s: float
    """Weighted sum of squared residuals, S."""
    reduced: float
    """S/(n − 2); about 1 when the stated uncertainties are right."""
    n: int
    """Points."""

    @property
    def scale(self) -> float:
        """Factor on the two uncertainties when the points scatter more than stated: sqrt(S/(n−2)), not below 1."""
        return math.sqrt(max(self.reduced, 1.0))


def york(x: ArrayLike, y: ArrayLike, u_x: ArrayLike, u_y: ArrayLike, correlation: ArrayLike = 0.0) -> YorkLine:
    """Best straight line through points with standard uncertainties ``u_x``, ``u_y`` (weights 1/u²).

    ``x``, ``y`` have shape (n,), n ≥ 3; ``u_x``, ``u_y`` and ``correlation`` (of the two errors of a point) shape (n,)
    or one number for all. An uncertainty may be 0, not both of a point. Raises :class:`RuleError` for too few or not
    finite points, negative uncertainties, a correlation outside −1 < r < 1, a point without any uncertainty, x all the
    same, and a slope that does not settle. *Source*: York, Evensen, Martínez, Delgado, Am. J. Phys. 72 (2004) 367.

    >>> line = york([0.0, 1.0, 2.0], [1.0, 3.0, 5.0], 0.1, 0.2)
    >>> round(line.intercept, 12), round(line.slope, 12)
    (1.0, 2.0)
    """
    x, y = pairs(x, y, 3, "a York regression")
    ux, uy, r = _errors(x.size, u_x, u_y, correlation)
    start = ols(x, y)
    spread = math.sqrt(float(np.var(y)) / float(np.var(x)))
    slope = start.slope
    for _ in range(_MOST_STEPS):
        new = _step(x, y, ux, uy, r, slope)
        done = abs(new - slope) <= _CONVERGED * max(abs(new), spread)
        slope = new
        if done:
            return _finish(x, y, ux, uy, r, slope)
    raise RuleError(f"York's slope does not settle in {_MOST_STEPS} steps; look at the uncertainties of the points")


def _errors(n: int, u_x: ArrayLike, u_y: ArrayLike, correlation: ArrayLike) -> tuple[Array, Array, Array]:
    try:
        ux, uy, r = (np.broadcast_to(np.asarray(v, dtype=np.float64), (n,)) for v in (u_x, u_y, correlation))
    except ValueError as error:
        raise RuleError(f"uncertainties and correlation must be one number or {n} numbers") from error
    if not all(np.all(np.isfinite(v)) for v in (ux, uy, r)) or np.any(ux < 0) or np.any(uy < 0):
        raise RuleError("uncertainties of the points must be finite and not negative")
    if np.any(np.abs(r) >= 1):
        raise RuleError("the correlation of the two errors of a point must lie between -1 and 1")
    if np.any((ux == 0) & (uy == 0)):
        raise RuleError("a point without any uncertainty cannot be weighed; state one of the two")
    return ux, uy, r


def _parts(
    x: Array, y: Array, ux: Array, uy: Array, r: Array, slope: float
) -> tuple[Array, Array, float, float, Array, Array]:
    """Weights W, β, weighted means, deviations U and V for a slope; in variances, so that an error may be 0."""
    cross = r * ux * uy
    variance = uy * uy + slope * slope * ux * ux - 2 * slope * cross
    if not np.all(variance > 0):
        raise RuleError("a York regression has a point without uncertainty across the line; state both uncertainties")
    w = 1 / variance
    total = math.fsum(w)
    mx, my = math.fsum(w * x) / total, math.fsum(w * y) / total
    u, v = x - mx, y - my
    beta = w * (u * uy * uy + slope * v * ux * ux - (slope * u + v) * cross)
    return w, beta, mx, my, u, v


def _step(x: Array, y: Array, ux: Array, uy: Array, r: Array, slope: float) -> float:
    w, beta, _, _, u, v = _parts(x, y, ux, uy, r, slope)
    below = math.fsum(w * beta * u)
    if below == 0.0:
        raise RuleError("a York regression has no slope: the points have no extent along x")
    return math.fsum(w * beta * v) / below


def _finish(x: Array, y: Array, ux: Array, uy: Array, r: Array, slope: float) -> YorkLine:
    w, beta, mx, my, _, _ = _parts(x, y, ux, uy, r, slope)
    intercept = my - slope * mx
    residual = y - slope * x - intercept
    s = math.fsum(w * residual * residual)
    total = math.fsum(w)
    adjusted = mx + beta
    centre = math.fsum(w * adjusted) / total
    away = adjusted - centre
    variance = 1 / math.fsum(w * away * away)
    return YorkLine(
        intercept=intercept,
        slope=slope,
        u_intercept=math.sqrt(1 / total + centre * centre * variance),
        u_slope=math.sqrt(variance),
        covariance=-centre * variance,
        s=s,
        reduced=s / (x.size - 2),
        n=int(x.size),
    )
