"""Substituted hours: how far a substitute is set off on purpose, and how uncertain it is for the rest.

A substitution by a maximum or by mean plus twice the standard deviation is meant to lie high. That is a bias, reported
in its own place; the uncertainty is that of the neutral value it was set off from. A neutral fill has no bias.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cems.errors import RuleError
from reconcile.quality.budget import Bias, Budget, Contribution
from reconcile.quality.serial import ar1_sum_u


@dataclass(frozen=True, slots=True)
class Substituted:
    """What the substituted hours of a total bring with them."""

    hours: int
    """How many hours were substituted."""
    bias_t: float
    """Sum of the substitutes less sum of the neutral values [t]; above 0 where the rule is conservative."""
    u_t: float
    """Standard uncertainty of the sum of the neutral values about the truth [t]."""

    def added_to(self, budget: Budget, source: str, relative: float = 0.0) -> Budget:
        """The budget with these hours as a source of its own, and their bias beside it; ``relative`` of one hour."""
        if not self.hours:
            return budget
        row = Contribution(source, "serial", relative, self.u_t)
        biases = (*budget.biases, Bias(source, self.bias_t)) if self.bias_t else budget.biases
        return Budget((*budget.rows, row), biases)


def substituted(
    substitute_t: ArrayLike,
    neutral_t: ArrayLike,
    sd_t: ArrayLike,
    phi: float,
    *,
    model_u_t: float = 0.0,
    hour: ArrayLike | None = None,
) -> Substituted:
    """Bias and uncertainty of substituted hours.

    ``substitute_t`` is what stands in the account, ``neutral_t`` what is expected of the hour, ``sd_t`` how far an hour
    scatters about that (residual standard deviation of a regression, standard deviation of the valid values), all
    [t], shape (n,); ``sd_t`` may be one number. ``phi`` is the correlation of neighbouring hours, ``hour`` their places
    (None: consecutive), ``model_u_t`` [t] what the line or mean itself may be off for all of them together (with
    σ of N valid hours about their mean, n·σ/√N). No hour gives zeros. Raises :class:`RuleError` for unequal shapes,
    a figure not finite, a negative spread, φ outside −1 … 1. *Source*: JCGM 100:2008 eq. 16, F.2.4.5 (bias apart).

    >>> mean, sigma, flow = 12.0, 0.5, np.array([100.0, 110.0])
    >>> found = substituted((mean + 2 * sigma) * flow, mean * flow, sigma * flow, 0.0)
    >>> found.bias_t, round(found.u_t, 6)
    (210.0, 74.330344)
    """
    used, neutral = np.asarray(substitute_t, dtype=np.float64), np.asarray(neutral_t, dtype=np.float64)
    if used.ndim != 1 or used.shape != neutral.shape:
        raise RuleError(f"substitutes of shape {used.shape} do not fit neutral values of shape {neutral.shape}")
    spread = np.asarray(sd_t, dtype=np.float64)
    if spread.shape not in ((), used.shape):
        raise RuleError(f"spreads of shape {spread.shape} do not fit substitutes of shape {used.shape}")
    if not (np.isfinite(used).all() and np.isfinite(neutral).all() and np.isfinite(spread).all()):
        raise RuleError("a substituted hour needs its substitute, its neutral value and its spread")
    if (spread < 0).any() or not (math.isfinite(model_u_t) and model_u_t >= 0):
        raise RuleError("a spread is finite and not negative")
    if not used.size:
        return Substituted(0, 0.0, 0.0)
    scatter = ar1_sum_u(np.broadcast_to(spread, used.shape), phi, hour)
    bias = math.fsum(used) - math.fsum(neutral)
    return Substituted(int(used.size), bias, math.hypot(scatter, model_u_t))
