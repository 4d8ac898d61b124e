"""Straight lines through pairs: least squares, Deming (errors in both, one ratio), Theil-Sen (robust).

A slope other than 1 points to a scale fault, an intercept other than 0 to an offset. Least squares takes x as known
without error; an error in x bends its slope toward 0. Errors that differ from pair to pair: :mod:`.york`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cems.errors import RuleError
from reconcile.comparison.samples import Array, pairs, positive

_ROUNDING = 1e-14
"""A spread below this share of the values is the rounding of doubles."""
_MOST_PAIRWISE = 5000
"""Above so many pairs all pairwise slopes do not fit a small machine."""


@dataclass(frozen=True, slots=True)
class Line:
    """Least-squares line y = intercept + slope·x."""

    intercept: float
    """Value at x = 0, unit of y."""
    slope: float
    """Change of y per unit of x."""
    u_intercept: float
    """Standard uncertainty of the intercept, unit of y."""
    u_slope: float
    """Standard uncertainty of the slope."""
    covariance: float
    """Covariance of intercept and slope."""
    residual_sd: float
    """Standard deviation of the residuals, n − 2 degrees of freedom, unit of y."""
    r_squared: float
    """Share of the variance of y that the line explains; NaN where y does not vary."""
    n: int
    """Pairs."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Means and centred sums of squares and products of pairs."""

    x: float
    """Mean of x."""
    y: float
    """Mean of y."""
    xx: float
    """Σ(x − x̄)²."""
    yy: float
    """Σ(y − ȳ)²."""
    xy: float
    """Σ(x − x̄)(y − ȳ)."""


def moments(x: Array, y: Array) -> Moments:
    """Means and centred sums of finite pairs of shape (n,), summed without loss."""
    mx, my = math.fsum(x) / x.size, math.fsum(y) / y.size
    dx, dy = x - mx, y - my
    return Moments(mx, my, math.fsum(dx * dx), math.fsum(dy * dy), math.fsum(dx * dy))


def ols(x: ArrayLike, y: ArrayLike) -> Line:
    """Ordinary least squares of y on x, with standard uncertainties.

    ``x`` and ``y`` have shape (n,), n ≥ 3, finite. Raises :class:`RuleError` for fewer pairs, values that are not
    finite, and where all x are the same. *Source*: any textbook; good to the certified digits of NIST StRD Norris.

    >>> line = ols([0.0, 1.0, 2.0, 3.0], [1.0, 3.0, 5.0, 7.0])
    >>> line.intercept, line.slope, line.r_squared
    (1.0, 2.0, 1.0)
    """
    x, y = pairs(x, y, 3, "a regression")
    m = moments(x, y)
    if m.xx <= _none(x):
        raise RuleError("a regression needs different values of x (all are the same)")
    slope = m.xy / m.xx
    residual = (y - m.y) - slope * (x - m.x)
    squares = math.fsum(residual * residual)
    variance = squares / (x.size - 2)
    return Line(
        intercept=m.y - slope * m.x,
        slope=slope,
        u_intercept=math.sqrt(variance * (1 / x.size + m.x * m.x / m.xx)),
        u_slope=math.sqrt(variance / m.xx),
        covariance=-m.x * variance / m.xx,
        residual_sd=math.sqrt(variance),
        r_squared=1 - squares / m.yy if m.yy > _none(y) else math.nan,
        n=int(x.size),
    )


def _none(values: Array) -> float:
    """Sum of squares about the mean that the rounding of doubles makes of values that are all the same."""
    return (_ROUNDING * float(np.abs(values).max())) ** 2 * values.size


def deming(x: ArrayLike, y: ArrayLike, delta: float = 1.0) -> tuple[float, float]:
    """Intercept and slope of the Deming line; ``delta`` is var(error of y)/var(error of x).

    Shape (n,), n ≥ 3. With a large delta it becomes least squares of y on x. Raises :class:`RuleError` for too few or
    not finite pairs, a delta that is not positive, and pairs without any covariance (no direction to follow).
    *Source*: slope = [Syy − δ·Sxx + sqrt((Syy − δ·Sxx)² + 4δ·Sxy²)]/(2·Sxy).

    >>> deming([0.0, 1.0, 2.0], [1.0, 3.0, 5.0])
    (1.0, 2.0)
    """
    x, y = pairs(x, y, 3, "a Deming regression")
    positive("delta", delta)
    m = moments(x, y)
    if abs(m.xy) <= _ROUNDING * math.sqrt(m.xx * m.yy) or m.xy == 0.0:
        raise RuleError("a Deming regression needs x and y that vary together (their covariance is 0)")
    q = m.yy - delta * m.xx
    root = math.hypot(q, 2 * math.sqrt(delta) * m.xy)
    # The same root in two forms, so that two nearly equal numbers are never taken from each other.
    slope = (q + root) / (2 * m.xy) if q >= 0 else 2 * delta * m.xy / (root - q)
    return m.y - slope * m.x, slope


def pairwise_slopes(x: Array, y: Array) -> Array:
    """Slopes of all pairs of points with different x, in no order; raises :class:`RuleError` above 5 000 points."""
    if x.size > _MOST_PAIRWISE:
        raise RuleError(f"{x.size} points have too many pairwise slopes (at most {_MOST_PAIRWISE}); take daily means")
    slopes = np.empty(x.size * (x.size - 1) // 2)
    filled = 0
    differ = bool(np.diff(np.sort(x)).all())
    for i in range(x.size - 1):
        dx, dy = x[i + 1 :] - x[i], y[i + 1 :] - y[i]
        if not differ:
            dx, dy = dx[dx != 0], dy[dx != 0]
        np.divide(dy, dx, out=slopes[filled : filled + dx.size])
        filled += dx.size
    return slopes[:filled]


def theil_sen(x: ArrayLike, y: ArrayLike) -> tuple[float, float]:
    """Intercept and slope of the Theil-Sen line: median of all pairwise slopes, intercept ỹ − slope·x̃ (medians).

    Shape (n,), n ≥ 3. A quarter of wild points does not move it far. Raises :class:`RuleError` for too few or not
    finite pairs, for x all the same, and above 5 000 pairs. *Source*: Theil 1950, Sen 1968; intercept after Conover.

    >>> theil_sen([0.0, 1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 5.0, 7.0, 90.0])
    (1.0, 2.0)
    """
    x, y = pairs(x, y, 3, "a Theil-Sen line")
    slopes = pairwise_slopes(x, y)
    if not slopes.size:
        raise RuleError("a Theil-Sen line needs different values of x (all are the same)")
    slope = float(np.median(slopes))
    return float(np.median(y)) - slope * float(np.median(x)), slope
