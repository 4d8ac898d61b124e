"""Effective degrees of freedom (Welch-Satterthwaite) and the coverage factor that goes with them (JCGM 100 G.4)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtrit

from cems.errors import RuleError


def effective_dof(parts: ArrayLike, dof: ArrayLike) -> float:
    """Effective degrees of freedom of a combined uncertainty, u⁴/Σ(u_i⁴/ν_i); infinite where every ν_i is.

    ``parts`` are the contributions u_i(y) of independent inputs in one unit, ``dof`` their degrees of freedom (infinite
    for a figure taken as exactly known), both of shape (n,). Correlated inputs have no such formula. Raises
    :class:`RuleError` for unequal shapes, no part, a part that is negative or not finite, a ν_i not above 0, and where
    all parts are 0. *Source*: JCGM 100:2008 eq. G.2b [V2].

    >>> effective_dof([3.0, 4.0], [9.0, math.inf])
    69.44444444444444
    """
    u, nu = np.asarray(parts, dtype=np.float64), np.asarray(dof, dtype=np.float64)
    if u.ndim != 1 or u.shape != nu.shape or not u.size:
        raise RuleError(f"parts of shape {u.shape} do not fit degrees of freedom of shape {nu.shape}")
    if not (np.isfinite(u).all() and (u >= 0).all() and (nu > 0).all()):
        raise RuleError("parts must be finite and not negative, degrees of freedom above 0")
    largest = float(u.max())
    if largest == 0:
        raise RuleError("without any uncertainty there are no degrees of freedom to combine")
    share = u / largest
    over, under = math.fsum(share**2) ** 2, math.fsum(share**4 / nu)
    return over / under if under else math.inf


def coverage_factor(probability: float, dof: float = math.inf) -> float:
    """Coverage factor k of a two-sided interval, quantile of Student's t; of the normal distribution for infinite ν.

    ν is cut to the next lower whole number first. Raises :class:`RuleError` for a probability outside 0 … 1 (both
    excluded) and for fewer than one degree of freedom. *Source*: JCGM 100:2008 G.4.1 and table G.2 [V2].

    >>> round(coverage_factor(0.99, 16.7), 2), round(coverage_factor(0.95), 2)
    (2.92, 1.96)
    """
    if not 0 < probability < 1:
        raise RuleError(f"a coverage probability lies between 0 and 1 (found {probability!r})")
    if not dof >= 1:
        raise RuleError(f"a coverage factor needs at least one degree of freedom (found {dof!r}): take more readings")
    upper = (1 + probability) / 2
    return float(ndtri(upper) if math.isinf(dof) else stdtrit(math.floor(dof), upper))
