"""The law of propagation of uncertainty with correlation, for one result and for several (JCGM 100).

Correlation is always an argument: whoever means independent inputs says so with a unit matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError

Array: TypeAlias = NDArray[np.float64]
_ROUNDING = 1e-9
"""How far a correlation matrix may be off by the rounding of its figures, for one row of it."""
_STEP = float(np.cbrt(np.finfo(np.float64).eps))
"""Relative step of a numerical derivative where the uncertainty itself gives none."""


@dataclass(frozen=True, slots=True)
class Propagated:
    """Several results of the same inputs, with what they have in common."""

    u: Array
    """Standard uncertainty of each result, shape (m,)."""
    covariance: Array
    """Covariance of the results, shape (m, m)."""
    correlation: Array
    """Correlation of the results, shape (m, m); 0 beside a result without uncertainty."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """Means of inputs that were read together several times."""

    mean: Array
    """Mean of each input, shape (n,)."""
    u: Array
    """Standard uncertainty of each mean, s/√k, shape (n,)."""
    correlation: Array
    """Correlation of the means, shape (n, n); 0 beside an input that never changed."""
    dof: int
    """Degrees of freedom, k − 1."""


def propagate(sensitivities: ArrayLike, u: ArrayLike, correlation: ArrayLike) -> float:
    """Standard uncertainty of one result, u² = Σ_i Σ_j c_i c_j u_i u_j r_ij, unit of the result.

    ``sensitivities`` c and ``u`` (standard, not negative) have shape (n,), ``correlation`` r shape (n, n). Raises
    :class:`RuleError` as :func:`propagate_many` does. *Source*: JCGM 100:2008 eq. 13 and 16 [V2].

    >>> propagate([1.0, 1.0], [3.0, 4.0], [[1, 0], [0, 1]]), propagate([1.0, 1.0], [3.0, 4.0], [[1, 1], [1, 1]])
    (5.0, 7.0)
    """
    return float(propagate_many(np.atleast_2d(np.asarray(sensitivities, dtype=np.float64)), u, correlation).u[0])


def propagate_many(jacobian: ArrayLike, u: ArrayLike, correlation: ArrayLike) -> Propagated:
    """Uncertainties and correlations of several results of the same inputs, V_y = J·V_x·Jᵀ.

    ``jacobian`` has shape (m, n): row l holds the sensitivities of result l. Raises :class:`RuleError` for shapes that
    do not fit, no input at all, a figure that is not finite, a negative uncertainty, and a correlation matrix that
    is not one: not symmetric, diagonal not 1, an entry beyond ±1, or correlations that cannot hold together (a negative
    eigenvalue). *Source*: JCGM 100:2008 eq. 13, H.2.3 [V2]; JCGM 102:2011 6.2 [M].
    """
    c = np.asarray(jacobian, dtype=np.float64)
    standard = np.asarray(u, dtype=np.float64)
    r = np.asarray(correlation, dtype=np.float64)
    if standard.ndim != 1 or not standard.size or c.ndim != 2 or c.shape[1] != standard.size:
        raise RuleError(f"sensitivities of shape {c.shape} do not fit uncertainties of shape {standard.shape}")
    if not (np.isfinite(c).all() and np.isfinite(standard).all() and (standard >= 0).all()):
        raise RuleError("sensitivities and uncertainties must be finite, uncertainties not negative")
    check_correlation(r, standard.size)
    scaled = c * standard
    covariance = scaled @ r @ scaled.T
    covariance = (covariance + covariance.T) / 2
    # Full cancellation may leave a variance a rounding below 0; it is none.
    return of_covariance(covariance)


def of_covariance(covariance: Array) -> Propagated:
    """The uncertainties and correlations that stand in a covariance matrix, shape (m, m)."""
    u = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    over = np.outer(u, u)
    correlation = np.divide(covariance, over, out=np.zeros_like(covariance), where=over > 0)
    np.clip(correlation, -1.0, 1.0, out=correlation)
    np.fill_diagonal(correlation, 1.0)
    return Propagated(u, covariance, correlation)


def check_correlation(correlation: Array, n: int) -> None:
    """Raise :class:`RuleError` unless this is the correlation matrix of ``n`` quantities."""
    if correlation.shape != (n, n):
        raise RuleError(f"the correlation of {n} inputs has shape ({n}, {n}), found {correlation.shape}")
    if not np.isfinite(correlation).all() or (np.abs(correlation) > 1 + _ROUNDING).any():
        raise RuleError("a correlation lies between -1 and 1")
    if (np.abs(np.diag(correlation) - 1) > _ROUNDING).any():
        raise RuleError("every input has correlation 1 with itself: the diagonal must be 1")
    if (np.abs(correlation - correlation.T) > _ROUNDING).any():
        raise RuleError("a correlation matrix is symmetric: r_ij = r_ji")
    if np.linalg.eigvalsh(correlation).min() < -_ROUNDING * n:
        raise RuleError("these correlations cannot all hold at once: the matrix has a negative eigenvalue")


def sensitivities(function: Callable[[Array], ArrayLike], x: ArrayLike, u: ArrayLike) -> Array:
    """Sensitivities of a function at ``x`` by numbers, [f(x_i + u_i) − f(x_i − u_i)]/(2u_i), shape (m, n).

    ``function`` takes an array of shape (n,) and gives one number (m = 1) or an array of shape (m,). An input without
    uncertainty is moved by a small step instead. Raises :class:`RuleError` where the function is not finite at a step:
    then the uncertainty reaches beyond what the formula is good for. *Source*: JCGM 100:2008 5.1.4 note 2 [M].

    >>> np.round(sensitivities(lambda x: x[0] * x[1], [2.0, 5.0], [0.1, 0.1]), 9).tolist()
    [[5.0, 2.0]]
    """
    at, standard = np.asarray(x, dtype=np.float64), np.asarray(u, dtype=np.float64)
    if at.ndim != 1 or at.shape != standard.shape or not at.size:
        raise RuleError(f"inputs of shape {at.shape} do not fit uncertainties of shape {standard.shape}")
    if not (np.isfinite(at).all() and np.isfinite(standard).all() and (standard >= 0).all()):
        raise RuleError("inputs and uncertainties must be finite, uncertainties not negative")
    columns = []
    for i in range(at.size):
        step = standard[i] if standard[i] > 0 else _STEP * max(abs(at[i]), 1.0)
        above, below = at.copy(), at.copy()
        above[i] += step
        below[i] -= step
        rise = np.asarray(function(above), dtype=np.float64) - np.asarray(function(below), dtype=np.float64)
        column = np.atleast_1d(rise) / (above[i] - below[i])
        if not np.isfinite(column).all():
            raise RuleError(f"the function has no number at input {i} = {at[i]:g} ± {step:g}")
        columns.append(column)
    return np.stack(columns, axis=1)


def sampled(readings: ArrayLike) -> Sampled:
    """Means, their standard uncertainties and correlations from inputs read together, shape (k, n): k sets of n inputs.

    Raises :class:`RuleError` for fewer than two sets or a reading that is not finite. *Source*: JCGM 100:2008
    eq. 3, 5 and 17, H.2.2 [V2].

    >>> found = sampled([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    >>> found.mean.tolist(), round(float(found.correlation[0, 1]), 12)
    ([2.0, 20.0], 1.0)
    """
    sets = np.asarray(readings, dtype=np.float64)
    if sets.ndim != 2 or sets.shape[0] < 2 or not sets.shape[1] or not np.isfinite(sets).all():
        raise RuleError(f"means need at least two sets of finite readings, found shape {sets.shape}")
    k = sets.shape[0]
    mean = sets.mean(axis=0)
    off = np.where(np.ptp(sets, axis=0) > 0, sets - mean, 0.0)
    found = of_covariance(np.asarray(off.T @ off / (k * (k - 1)), dtype=np.float64))
    return Sampled(mean, found.u, found.correlation, k - 1)
