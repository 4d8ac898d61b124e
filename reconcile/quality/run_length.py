"""Average run length: how many readings a control chart goes on for until it alarms, on average.

Readings are independent and normal with standard deviation 1; ``shift`` is the level's distance from the target in
these. Correlated readings alarm more often. Solved from the integral equation of the run length by Gauss-Legendre
quadrature (Brook and Evans' Markov chain with better nodes).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from cems.errors import RuleError
from reconcile.comparison.samples import positive

Array = NDArray[np.float64]
_NODES = 96
_SQRT_2PI = math.sqrt(2 * math.pi)


def cusum_run_length(k: float, h: float, shift: float = 0.0, *, two_sided: bool = True) -> float:
    """Mean number of readings until the tabular CUSUM alarms, both sums starting at zero.

    Two sides are joined by 1/ARL = 1/ARL₊ + 1/ARL₋. Raises :class:`RuleError` unless h > 0, k ≥ 0 and the shift is
    finite. *Source*: Page 1954; figures of international facts D.5 (k = 0.5).

    >>> round(cusum_run_length(0.5, 5.0)), round(cusum_run_length(0.5, 5.0, 1.0), 1)
    (465, 10.4)
    """
    positive("h", h)
    if not (math.isfinite(k) and k >= 0 and math.isfinite(shift)):
        raise RuleError(f"k must not be negative and the shift be a number (found {k!r}, {shift!r})")
    up = _one_sided(k, h, shift)
    return 1 / (1 / up + 1 / _one_sided(k, h, -shift)) if two_sided else up


def _one_sided(k: float, h: float, shift: float) -> float:
    """L(0) of L(u) = 1 + L(0)·Φ(k − u − δ) + ∫₀ʰ L(y)·φ(y + k − u − δ) dy."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    y, w = h / 2 * (nodes + 1), h / 2 * weights
    start = np.concatenate([[0.0], y])
    kernel = np.empty((_NODES + 1, _NODES + 1))
    kernel[:, 0] = ndtr(k - start - shift)
    kernel[:, 1:] = w * _density(y[None, :] + k - start[:, None] - shift)
    return float(np.linalg.solve(np.eye(_NODES + 1) - kernel, np.ones(_NODES + 1))[0])


def ewma_run_length(weight: float, width: float, shift: float = 0.0) -> float:
    """Mean number of readings until the EWMA chart with steady limits alarms, starting at the target.

    ``weight`` is λ, ``width`` is L. Raises :class:`RuleError` unless 0 < λ ≤ 1, L > 0 and the shift is finite.
    *Source*: Crowder 1987, L(u) = 1 + 1/λ·∫ L(y)·φ((y − (1−λ)u)/λ − δ) dy; figures of international facts D.5.

    >>> round(ewma_run_length(0.2, 2.962)), round(ewma_run_length(0.2, 2.962, 1.0), 1)
    (500, 10.5)
    """
    positive("width", width)
    if not 0 < weight <= 1 or not math.isfinite(shift):
        raise RuleError(f"the weight lies above 0 and up to 1, the shift is a number (found {weight!r}, {shift!r})")
    limit = width * math.sqrt(weight / (2 - weight))
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    y, w = limit * nodes, limit * weights
    rows = np.concatenate([[0.0], y])
    kernel = w / weight * _density((y[None, :] - (1 - weight) * rows[:, None]) / weight - shift)
    inside = np.linalg.solve(np.eye(_NODES) - kernel[1:], np.ones(_NODES))
    return float(1 + kernel[0] @ inside)


def shewhart_run_length(limit: float, shift: float = 0.0) -> float:
    """Mean number of readings until one lies beyond ± ``limit`` standard deviations.

    Raises :class:`RuleError` unless the limit is positive and the shift finite.

    >>> round(shewhart_run_length(3.0)), round(shewhart_run_length(2.0))
    (370, 22)
    """
    positive("limit", limit)
    if not math.isfinite(shift):
        raise RuleError(f"the shift must be a number (found {shift!r})")
    return 1 / float(ndtr(shift - limit) + ndtr(-limit - shift))


def _density(z: Array) -> Array:
    return np.exp(-0.5 * z * z) / _SQRT_2PI
