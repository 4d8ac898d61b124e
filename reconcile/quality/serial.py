"""Sums of hourly errors that resemble their neighbours: first-order serial correlation, AR(1).

Two formulas stand here. :func:`ar1_sum_u` is exact for any number of hours and any gaps between them; sums of hourly
products (:mod:`reconcile.quality.products`) and their Monte Carlo check use it. :func:`ar1_inflation` is the limit for
many hours of equal weight; the budget of the monitored total and the load dependence use it, where the hours come
without their places in time. For φ ≥ 0 the limit is never below the exact figure.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.signal import lfilter

from cems.errors import RuleError

Array = NDArray[np.float64]


def ar1_inflation(phi: float) -> float:
    """Factor on the variance of a sum whose terms have first-order correlation ``phi``: (1+φ)/(1−φ), large n.

    Raises :class:`RuleError` unless −1 < φ < 1. *Source*: variance of the mean of an AR(1) series.

    >>> ar1_inflation(0.5)
    3.0
    """
    _check(phi)
    return (1 + phi) / (1 - phi)


def ar1_exact_inflation(n: int, phi: float) -> float:
    """The same factor for exactly ``n`` equal terms: 1 + 2·Σ_{j=1}^{n−1} (1 − j/n)·φ^j.

    Raises :class:`RuleError` unless −1 < φ < 1 and n ≥ 1. *Source*: variance of the mean of an AR(1) series.

    >>> ar1_exact_inflation(1, 0.5), ar1_exact_inflation(2, 0.5)
    (1.0, 1.5)
    """
    _check(phi)
    if n < 1:
        raise RuleError(f"a sum needs at least one term (found {n})")
    return (1 + phi) / (1 - phi) - 2 * phi * (1 - phi**n) / (n * (1 - phi) ** 2)


def unbiased_phi(phi: float, n: int) -> float:
    """A lag-1 correlation told from ``n`` values about their own mean, without its bias: (n·φ + 1)/(n − 3).

    Few values show too little of it: the estimate lies by (1 + 3φ)/n too low. As given with fewer than 8 values; never
    above 1 − 1/n. *Source*: Marriott and Pope 1954, Kendall 1954, to order 1/n.

    >>> unbiased_phi(0.3, 28)
    0.376
    """
    return phi if n < _FEWEST_PHI else min((n * phi + 1) / (n - 3), 1 - 1 / n)


_FEWEST_PHI = 8


def ar1_sum_u(weights: ArrayLike, phi: float, hour: ArrayLike | None = None) -> float:
    """Standard deviation of Σ w_i·e_i, errors e of unit variance with correlation φ^|t_i − t_j|, unit of the weights.

    ``weights`` shape (n,), finite; ``hour`` t shape (n,), whole numbers that rise, None for consecutive hours: errors
    on both sides of a gap resemble each other less. Exact for any n. Raises :class:`RuleError` for φ outside −1 … 1,
    no weight, a weight that is not finite, hours that do not rise or are not whole. *Source*: JCGM 100:2008 eq. 16
    with r_ij = φ^|t_i − t_j|.

    >>> [round(ar1_sum_u([1.0, 1.0], 0.5, hour) ** 2, 9) for hour in ([0, 1], [0, 2])]
    [3.0, 2.5]
    """
    w = np.asarray(weights, dtype=np.float64)
    return math.sqrt(max(float(w @ ar1_correlated(w, phi, hour)), 0.0))


def ar1_correlated(weights: ArrayLike, phi: float, hour: ArrayLike | None = None) -> Array:
    """R·w with R_ij = φ^|t_i − t_j|, shape (n,); arguments and errors as for :func:`ar1_sum_u`.

    Found by one recursion forwards and one backwards, so that a year of hours needs no matrix.
    """
    _check(phi)
    w = np.asarray(weights, dtype=np.float64)
    if w.ndim != 1 or not w.size or not np.isfinite(w).all():
        raise RuleError(f"a sum of errors needs finite weights, one per hour (found shape {w.shape})")
    place = places(w.size, hour)
    grid = np.zeros(int(place[-1]) + 1)
    grid[place] = w
    forwards = lfilter([1.0], [1.0, -phi], grid)
    backwards = lfilter([1.0], [1.0, -phi], grid[::-1])[::-1]
    return np.asarray((forwards + backwards - grid)[place], dtype=np.float64)


def places(n: int, hour: ArrayLike | None) -> NDArray[np.int64]:
    """Places of the hours counted from the first one, shape (n,); raises :class:`RuleError` unless whole and rising."""
    if hour is None:
        return np.arange(n, dtype=np.int64)
    t = np.asarray(hour, dtype=np.float64)
    if t.shape != (n,) or not np.isfinite(t).all() or (t != np.floor(t)).any() or (np.diff(t) <= 0).any():
        raise RuleError("the hours of a sum are whole numbers that rise, one for each term")
    return np.asarray(t - t[0], dtype=np.int64)


def random_of_sum(masses: ArrayLike, relative: float, phi: float = 0.0) -> float:
    """Random standard uncertainty of Σm_i, unit of the masses: sqrt((1+φ)/(1−φ) · Σ(m_i·u)²).

    ``masses`` shape (n,), finite; ``relative`` per hour. The large-n limit; a φ below 0 earns no credit, because that
    limit is too small for few hours. *Source*: JCGM 100:2008 eq. 10; AR(1) inflation.

    >>> random_of_sum([100.0] * 100, 0.02)
    20.0
    """
    mass = np.asarray(masses, dtype=np.float64)
    return relative * math.sqrt(inflation_without_credit(phi) * math.fsum(mass**2))


def inflation_without_credit(phi: float) -> float:
    """The large-n factor on a variance, but never below 1: a negative correlation of neighbours earns no credit.

    >>> inflation_without_credit(0.5), inflation_without_credit(-0.5)
    (3.0, 1.0)
    """
    return max(ar1_inflation(phi), 1.0)


def _check(phi: float) -> None:
    if not -1 < phi < 1:
        raise RuleError(f"a correlation of neighbours must lie between -1 and 1 (found {phi!r})")
