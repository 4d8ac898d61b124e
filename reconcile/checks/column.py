"""One channel of a point over time, as every check takes it: instants, values and the flags that stand so far."""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from cems.flags import Flag
from reconcile.readings import letter

Array: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Codes: TypeAlias = NDArray[np.uint8]
Ints: TypeAlias = NDArray[np.int64]


class Column(NamedTuple):
    """Readings of one channel, shape (n,) each."""

    instant_ms: Ints
    """UTC, milliseconds since 1970, in order, each once."""
    value: Array
    """NaN where there is no value."""
    flags: Codes
    """Codes of the flag letters that stand so far."""

    @property
    def judged(self) -> Bools:
        """Which readings a check looks at: normal so far, with a finite value."""
        return np.asarray((self.flags == letter(Flag.NORMAL)) & np.isfinite(self.value), dtype=np.bool_)


def column(instant_ms: ArrayLike, value: ArrayLike, flags: ArrayLike) -> Column:
    """The readings of a channel, not copied where they have the right type.

    Raises :class:`RuleError` when the shapes differ or an instant repeats or goes back (drop such readings first, see
    ``reconcile.readings.distinct``).
    """
    made = Column(np.asarray(instant_ms, dtype=np.int64), np.asarray(value, dtype=np.float64), codes(flags))
    if made.instant_ms.ndim != 1 or not made.instant_ms.shape == made.value.shape == made.flags.shape:
        raise RuleError("instants, values and flags must have the same shape (n,)")
    if np.any(made.instant_ms[1:] <= made.instant_ms[:-1]):
        raise RuleError("readings must stand in order of time, each instant once")
    return made


def codes(flags: ArrayLike) -> Codes:
    """Codes of flag letters; raises :class:`RuleError` for anything that is no array of bytes."""
    array = np.asarray(flags)
    if array.size and array.dtype != np.uint8:
        raise RuleError(f"flags must be codes of letters, type uint8 (found {array.dtype})")
    return array.astype(np.uint8, copy=False)


def span_of(limits: tuple[float, float]) -> float:
    """Width of a range; raises :class:`RuleError` unless it is finite and positive."""
    low, high = limits
    if not (math.isfinite(low) and math.isfinite(high) and high > low):
        raise RuleError(f"a range must have a lower and a higher finite end (found {low!r}, {high!r})")
    return high - low
