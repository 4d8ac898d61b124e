"""Data reconciliation by least squares: measurements that must obey A x = 0, whether they do, which one does not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtri

from cems.errors import RuleError
from reconcile.pointhours import Array

_RANK: Final = 1e-9
"""Share of the largest eigenvalue below which a contradiction has no uncertainty at all."""
_SAME: Final = 1e-6
"""Test statistics that differ by less than this share are one."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Measurements made to obey their constraints."""

    names: tuple[str, ...]
    """Names of the measurements, shape (n,)."""
    value: Array
    """Reconciled values x̂ (n,)."""
    cov: Array
    """Their covariance, V − V A'(A V A')⁻¹ A V; shape (n, n)."""
    gamma: float
    """Global test, (A x)'(A V A')⁻¹(A x)."""
    freedom: int
    """Its degrees of freedom, the rank of A V A'."""
    p: float
    """Probability of a larger one by chance alone."""
    z: Array
    """Measurement test, |x − x̂| over the standard uncertainty of that difference; NaN where a measurement stands in no
    constraint; shape (n,)."""
    limit: float
    """Value that the largest z passes by chance with probability ``alpha`` (Šidák)."""
    alpha: float
    """Level of both tests."""

    @property
    def disagree(self) -> bool:
        """The measurements contradict each other by the global test."""
        return self.p < self.alpha

    @property
    def suspects(self) -> tuple[str, ...]:
        """The measurements with the largest z, where it passes the limit; several are equal and cannot be told apart.

        Empty where nothing contradicts. All names where there is but one contradiction: a disagreement, not which.
        """
        if not self.disagree or not np.nanmax(self.z) > self.limit:
            return ()
        top = float(np.nanmax(self.z))
        return tuple(name for name, z in zip(self.names, self.z.tolist(), strict=True) if z >= top * (1 - _SAME))

    @property
    def which(self) -> str | None:
        """The one measurement that the tests name; None where none or several are left."""
        found = self.suspects
        return found[0] if len(found) == 1 else None


def reconcile(
    names: Sequence[str], value: ArrayLike, cov: ArrayLike, constraints: ArrayLike, alpha: float = 0.05
) -> Reconciled:
    """Least-squares reconciliation x̂ = x − V A'(A V A')⁻¹ A x with its global and measurement test.

    ``value`` x (n,), ``cov`` V (n, n) symmetric, ``constraints`` A (m, n). Constraints that repeat each other count
    once. Raises :class:`RuleError` for shapes that do not fit, values not finite, a covariance that is no covariance,
    no constraint, ``alpha`` outside 0 … 1, and where a constraint is broken that no uncertainty can mend.
    *Source*: international facts D.7.

    Three weighings of one thing, 10, 10 and 16 with u = 1, 1, 1: the mean is 12, γ = 24, and the third is off by 4.

    >>> r = reconcile(["a", "b", "c"], [10.0, 10.0, 16.0], np.eye(3), [[1, -1, 0], [1, 0, -1]])
    >>> r.value.round(9).tolist(), round(r.gamma, 9), r.freedom, r.z.round(4).tolist(), r.which
    ([12.0, 12.0, 12.0], 24.0, 2, [2.4495, 2.4495, 4.899], 'c')
    """
    x, v, a = (np.asarray(row, dtype=np.float64) for row in (value, cov, constraints))
    _check(tuple(names), x, v, a, alpha)
    broken, spread = a @ x, a @ v @ a.T
    inverse, freedom = _pseudo_inverse(spread, broken, float(np.trace(v)))
    gain = v @ a.T @ inverse
    change = gain @ broken
    spread_of_change = gain @ a @ v
    variance = np.diag(spread_of_change)
    tested = variance > _RANK * np.maximum(np.diag(v), np.finfo(float).tiny)
    z = np.where(tested, np.abs(change) / np.sqrt(np.where(tested, variance, 1.0)), np.nan)
    gamma = float(broken @ inverse @ broken)
    n = max(int(np.count_nonzero(tested)), 1)
    beta = -math.expm1(math.log1p(-alpha) / n)
    return Reconciled(
        names=tuple(names),
        value=x - change,
        cov=v - spread_of_change,
        gamma=gamma,
        freedom=freedom,
        p=float(chdtrc(freedom, gamma)),
        z=z,
        limit=float(ndtri(1 - beta / 2)),
        alpha=alpha,
    )


def _pseudo_inverse(spread: Array, broken: Array, scale: float) -> tuple[Array, int]:
    """Inverse over the contradictions that have an uncertainty, and how many there are."""
    root, vectors = np.linalg.eigh(spread)
    keep = root > _RANK * max(float(root[-1]), _RANK * scale)
    if not keep.any():
        raise RuleError("the constraints hold measurements without uncertainty only: nothing can be reconciled")
    lost = np.abs(vectors[:, ~keep].T @ broken)
    if (lost > 1e-6 * math.sqrt(float(root[-1])) + 1e-9 * float(np.abs(broken).max(initial=0.0))).any():
        raise RuleError("a constraint is broken that stands on no uncertainty: state the uncertainty of its quantities")
    kept = vectors[:, keep]
    return np.asarray(kept / root[keep] @ kept.T), int(np.count_nonzero(keep))


def _check(names: tuple[str, ...], x: Array, v: Array, a: Array, alpha: float) -> None:
    n = len(names)
    if x.shape != (n,) or v.shape != (n, n) or a.ndim != 2 or a.shape[1:] != (n,) or not a.shape[0]:
        raise RuleError(f"{n} names need {n} values, their covariance and constraints on them (found {a.shape})")
    if not all(np.isfinite(row).all() for row in (x, v, a)):
        raise RuleError("values, covariance and constraints must be finite")
    if not 0 < alpha < 1:
        raise RuleError(f"a level lies between 0 and 1 (found {alpha!r})")
    root = np.linalg.eigvalsh((v + v.T) / 2)
    if not np.allclose(v, v.T) or root[0] < -1e-9 * max(float(root[-1]), 0.0):
        raise RuleError("the covariance is not symmetric, or has a negative variance")
