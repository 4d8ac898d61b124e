"""One hour: the product of the mean concentration and the mean flow, its uncertainty, and what the means leave out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cems.errors import RuleError


@dataclass(frozen=True, slots=True)
class HourlyMeans:
    """Means of two channels read together within one hour."""

    concentration: float
    """Mean concentration, unit of the readings."""
    flow: float
    """Mean flow, unit of the readings."""
    u_concentration: float
    """Standard uncertainty of the mean by the readings that are missing; 0 where none is."""
    u_flow: float
    """The same of the flow."""
    correlation: float
    """Correlation of the two means, that of the readings."""
    bias: float
    """Product of the means less the mean of the products: known, reported apart, no uncertainty."""


def product_u(concentration: float, flow: float, u_c: float, u_q: float, correlation: float) -> float:
    """Standard uncertainty of c·q, unit of the product: (q·u_c)² + (c·u_q)² + 2r·c·q·u_c·u_q + (1 + r²)·u_c²·u_q².

    The last term is of second order; with it the formula is exact for normal errors. ``u_c`` and ``u_q`` are standard
    uncertainties in the units of the factors. Raises :class:`RuleError` for a figure that is not finite, a negative
    uncertainty or a correlation outside −1 … 1. *Source*: JCGM 100:2008 eq. 13 and 5.1.2 note (H.1.7).

    >>> [round(product_u(10.0, 5.0, 0.3, 0.2, r) ** 2, 9) for r in (0.0, 1.0)]
    [6.2536, 12.2572]
    """
    figures = (concentration, flow, u_c, u_q, correlation)
    if not all(math.isfinite(x) for x in figures) or u_c < 0 or u_q < 0:
        raise RuleError("factors and uncertainties of a product must be finite, uncertainties not negative")
    if not -1 <= correlation <= 1:
        raise RuleError(f"a correlation lies between -1 and 1 (found {correlation!r})")
    by_c, by_q = flow * u_c, concentration * u_q
    second = (1 + correlation**2) * (u_c * u_q) ** 2
    return math.sqrt(max(math.fsum((by_c**2, by_q**2, 2 * correlation * by_c * by_q, second)), 0.0))


def hourly_means(concentration: ArrayLike, flow: ArrayLike, n_max: int) -> HourlyMeans:
    """Means of one hour's readings, and how far they may lie from the means of all ``n_max`` readings of the hour.

    Both arrays have shape (n,) and hold the readings at which both channels are valid. The uncertainty is that of a
    mean of n out of n_max, s/√n·√(1 − n/n_max): nothing where no reading is missing. It does not know that missing
    readings come in runs. Raises :class:`RuleError` for unequal shapes, a reading not finite, more readings than
    n_max, and fewer than two. *Source*: JCGM 100:2008 4.2.3 and 5.2.3; finite population.

    >>> hourly_means([10.0, 12.0], [4.0, 6.0], 2).bias
    -1.0
    """
    c, q = np.asarray(concentration, dtype=np.float64), np.asarray(flow, dtype=np.float64)
    if c.ndim != 1 or c.shape != q.shape or c.size < 2 or c.size > n_max:
        raise RuleError(f"an hour needs 2 to {n_max} readings of both channels (found shapes {c.shape} and {q.shape})")
    if not (np.isfinite(c).all() and np.isfinite(q).all()):
        raise RuleError("readings of an hour must be finite: leave the invalid ones out")
    n = c.size
    c_mean, q_mean = math.fsum(c) / n, math.fsum(q) / n
    var_c, var_q = math.fsum((c - c_mean) ** 2) / (n - 1), math.fsum((q - q_mean) ** 2) / (n - 1)
    cov = math.fsum((c - c_mean) * (q - q_mean)) / (n - 1)
    over = math.sqrt(var_c) * math.sqrt(var_q)
    left = (1 - n / n_max) / n
    return HourlyMeans(
        concentration=c_mean,
        flow=q_mean,
        u_concentration=math.sqrt(var_c * left),
        u_flow=math.sqrt(var_q * left),
        correlation=min(max(cov / over, -1.0), 1.0) if over else 0.0,
        bias=-cov * (n - 1) / n,
    )
