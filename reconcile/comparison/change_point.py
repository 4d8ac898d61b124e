"""When did the level of a series change? One split by least squares with an interval, Pettitt's test, many splits.

Values come in order of time, shape (n,), finite. A split at index ``i`` means: the new level begins with value ``i``.
Neighbours that resemble each other make every test too sure; give it daily or monthly values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri

from cems.errors import RuleError
from reconcile.comparison.samples import Array, sample

BIC_PENALTY = 3.0
"""Multiple of ln n that a split has to gain: two levels and one place for one level (international facts D.6)."""
_ROUNDING = 1e-13
"""Spread below this share of the values is the rounding of doubles."""


@dataclass(frozen=True, slots=True)
class Split:
    """The best single split of a series into two levels."""

    index: int
    """First value of the new level."""
    before: float
    """Mean before."""
    after: float
    """Mean from the split on."""
    sse: float
    """Sum of squared errors with the split."""
    sse_none: float
    """Sum of squared errors about one mean."""
    sup_f: float
    """Largest F of all splits, (SSE₀ − SSE)/(SSE/(n − 2)); infinite where the two levels leave nothing."""
    bic_gain: float
    """n·ln(SSE₀/SSE) − 3·ln n; above 0 the split is worth its parameters."""
    onset: tuple[int, int]
    """Earliest and latest split that the data do not rule out: SSE within χ²(1)·s² of the best."""
    n: int
    """Values."""

    @property
    def changed(self) -> bool:
        """The level changed, by BIC."""
        return self.bic_gain > 0

    @property
    def amount(self) -> float:
        """Change of the level, unit of the values."""
        return self.after - self.before


def single_split(values: ArrayLike, least: int = 2, level: float = 0.95) -> Split:
    """The split into two levels with the least squared error, with ``least`` values or more on each side.

    Where several are equally good, to the rounding of doubles, the first is taken. The interval of the onset holds all
    splits with SSE ≤ SSE_min + χ²_level(1)·s², s² = SSE_min/(n − 2). Raises :class:`RuleError` for fewer than
    max(4, 2·least) values, one not finite, ``least`` no whole number from 1 or a level outside 0 … 1.
    *Source*: international facts D.6 [M].

    >>> split = single_split([0.0, 1.0, 0.0, 1.0, 5.0, 6.0, 5.0, 6.0])
    >>> split.index, split.before, split.after, split.changed, split.onset
    (4, 0.5, 5.5, True, (4, 4))
    """
    if least < 1 or least % 1 != 0 or not 0 < level < 1:
        raise RuleError(f"a split needs whole values on each side and a level between 0 and 1 ({least!r}, {level!r})")
    y = sample(values, max(4, 2 * least), "a series")
    n = int(y.size)
    at = np.arange(least, n - least + 1)
    centred = y - math.fsum(y) / n
    none = math.fsum(centred * centred)
    sse = _sse(centred, none, at)
    nothing = n * (_ROUNDING * float(np.abs(y).max())) ** 2
    index = int(at[np.argmax(sse <= sse.min() + _ROUNDING * none + nothing)])
    before, after = math.fsum(y[:index]) / index, math.fsum(y[index:]) / (n - index)
    best = math.fsum((y[:index] - before) ** 2) + math.fsum((y[index:] - after) ** 2)
    flat = none <= nothing
    best = 0.0 if best <= nothing else best
    allowed = best + float(chdtri(1, 1 - level)) * best / (n - 2) + nothing
    inside = at[sse <= allowed]
    gain, sup_f = _gain(n, none, best, flat=flat)
    return Split(
        index=index,
        before=before,
        after=after,
        sse=best,
        sse_none=none,
        sup_f=sup_f,
        bic_gain=gain,
        onset=(int(min(inside.min(initial=index), index)), int(max(inside.max(initial=index), index))),
        n=n,
    )


def _sse(centred: Array, none: float, at: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Array:
    """SSE of each split: Σ of all less what the two means take away, n₁n₂/n·(ȳ₁ − ȳ₂)²."""
    n = centred.size
    before = np.cumsum(centred)[at - 1]
    taken = before**2 * (1 / at + 1 / (n - at))  # the centred values sum to zero: the rest is −before
    return np.maximum(none - taken, 0.0)


def _gain(n: int, none: float, best: float, *, flat: bool) -> tuple[float, float]:
    if flat:
        return -BIC_PENALTY * math.log(n), 0.0
    if best == 0.0:
        return math.inf, math.inf
    return n * math.log(none / best) - BIC_PENALTY * math.log(n), (none - best) / (best / (n - 2))


@dataclass(frozen=True, slots=True)
class Pettitt:
    """Pettitt's rank test of one change."""

    index: int
    """First value after the change."""
    k: float
    """K = max|U_t|."""
    p: float
    """Approximate p-value, 2·exp(−6K²/(n³ + n²)), not above 1."""
    rises: bool
    """The values after the change rank higher."""
    n: int
    """Values."""


def pettitt(values: ArrayLike) -> Pettitt:
    """Pettitt's test: U_t = 2·Σ ranks of the first t − t(n + 1), ties with mean ranks; n ≥ 4.

    Robust against wild values. Where several |U_t| are equally large the first counts. Raises :class:`RuleError` for
    fewer than four values or one that is not finite. *Source*: Pettitt 1979; international facts D.6 [M].

    >>> test = pettitt([1.0, 2.0, 3.0, 11.0, 12.0, 13.0])
    >>> test.index, test.k, test.rises
    (3, 9.0, True)
    """
    y = sample(values, 4, "a series")
    n = int(y.size)
    t = np.arange(1, n)
    u = 2 * np.cumsum(_mean_ranks(y))[:-1] - t * (n + 1)
    place = int(np.argmax(np.abs(u)))
    k = float(abs(u[place]))
    p = min(1.0, 2 * math.exp(-6 * k * k / (n**3 + n**2)))
    return Pettitt(index=place + 1, k=k, p=p, rises=bool(u[place] < 0), n=n)


def _mean_ranks(y: Array) -> Array:
    """Ranks from 1, equal values with the mean of theirs."""
    _, place, counts = np.unique(y, return_inverse=True, return_counts=True)
    ranks: Array = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return ranks


def binary_segmentation(values: ArrayLike, least: int = 2) -> tuple[int, ...]:
    """First values of all new levels, ascending, by splitting again each part whose split gains by BIC.

    The penalty is 3·ln n of the part that is split. Raises :class:`RuleError` as :func:`single_split`. Two changes
    that undo each other over a short stretch may be missed. *Source*: international facts D.6 [M].

    >>> binary_segmentation([0.0, 1.0, 0.0, 1.0, 5.0, 6.0, 5.0, 6.0, 9.0, 10.0, 9.0, 10.0])
    (4, 8)
    """
    y = sample(values, max(4, 2 * least), "a series")
    found: list[int] = []
    waiting = [(0, int(y.size))]
    while waiting:
        first, end = waiting.pop()
        if end - first < max(4, 2 * least):
            continue
        split = single_split(y[first:end], least)
        if split.changed:
            found.append(first + split.index)
            waiting += [(first, first + split.index), (first + split.index, end)]
    return tuple(sorted(found))
