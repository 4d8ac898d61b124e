"""Samples that statistics may be made of: finite, one-dimensional, long enough; anything else is refused by name."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError

Array = NDArray[np.float64]


def sample(values: ArrayLike, least: int, name: str = "the sample") -> Array:
    """The values as an array of shape (n,), n ≥ ``least``, all finite.

    Raises :class:`RuleError` for what are no numbers, more than one dimension, a value that is not finite (leave out
    what was not measured, so that the number of values is known), and for fewer than ``least`` values.

    >>> sample([1, 2, 3], 2).tolist()
    [1.0, 2.0, 3.0]
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise RuleError(f"{name}: expected a list of numbers ({error})") from error
    if array.ndim != 1:
        raise RuleError(f"{name}: expected a list of numbers (found {array.ndim} dimensions)")
    if not np.all(np.isfinite(array)):
        bad = int(np.count_nonzero(~np.isfinite(array)))
        raise RuleError(f"{name}: {bad} of {array.size} values are not finite; leave out what was not measured")
    if array.size < least:
        raise RuleError(f"{name}: {array.size} values are too few, at least {least} are needed")
    return array


def pairs(x: ArrayLike, y: ArrayLike, least: int, name: str = "the pairs") -> tuple[Array, Array]:
    """Two samples of the same length, as :func:`sample`; raises :class:`RuleError` also for unequal lengths.

    >>> [v.tolist() for v in pairs([1, 2], [3, 4], 2)]
    [[1.0, 2.0], [3.0, 4.0]]
    """
    a, b = sample(x, least, f"{name} (x)"), sample(y, least, f"{name} (y)")
    if a.size != b.size:
        raise RuleError(f"{name}: {a.size} values of x and {b.size} of y do not pair")
    return a, b


def positive(name: str, value: float) -> float:
    """The value, when it is finite and above 0; otherwise raises :class:`RuleError`.

    >>> positive("sigma", 2.0)
    2.0
    """
    if not (np.isfinite(value) and value > 0):
        raise RuleError(f"{name} must be a positive number (found {value!r})")
    return float(value)
