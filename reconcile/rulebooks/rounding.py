"""Regulatory rounding: in decimal, half away from zero, on the digits that a number prints.

Binary rounding and rounding half to even both differ from the rule books at ties: a rate of 0.25 t/h is 0.3 by rule,
not 0.2, and 2.675 is 2.68 although the double nearest to it lies a hair below.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError

Array: TypeAlias = NDArray[np.float64]

_PLACES_MAX = 350
"""No double has a digit beyond this many places."""
_EXACT_POWER_MAX = 22
"""Powers of ten up to this one are exact in a double."""
_NOISE = 1e-15
"""Relative distance from a tie below which the printed digits decide; a few times the spacing of doubles."""
_DECIMAL = Context(prec=2 * _PLACES_MAX, rounding=ROUND_HALF_UP)


@overload
def round_half_away(value: float, places: int) -> float: ...
@overload
def round_half_away(value: NDArray[Any] | Sequence[float], places: int) -> Array: ...
def round_half_away(value: ArrayLike, places: int) -> float | Array:
    """The value rounded to ``places`` decimals in decimal arithmetic, ties away from zero; unit and shape as given.

    The digits rounded are those that the shortest repr of the double prints, so that a figure that a person reads as a
    tie is treated as one. Negative places round to tens, hundreds, thousands (-3: flow to 1000 scfh). A number gives a
    float, an array a float64 array of the same shape. NaN stays NaN and an infinity stays as it is; a result of zero
    has no sign. Raises :class:`RuleError` for places beyond ±350 and where the rounded value is no double any more.
    *Source*: practice of EPA's check engine (decimal, half away from zero) [V].

    >>> [round_half_away(x, 2) for x in (0.125, 2.675, -0.005, 1.005)]
    [0.13, 2.68, -0.01, 1.01]
    >>> round_half_away(-0.5, 0), round_half_away(1_234_500.0, -3)
    (-1.0, 1235000.0)
    """
    if not -_PLACES_MAX <= places <= _PLACES_MAX:
        raise RuleError(f"a number is rounded to between -{_PLACES_MAX} and {_PLACES_MAX} places (found {places})")
    values = np.asarray(value, dtype=np.float64)
    rounded, sure = _fast(values, places)
    for index in np.flatnonzero(~sure & np.isfinite(values)):
        rounded.flat[index] = _by_digits(float(values.flat[index]), places)
    return float(rounded) if rounded.ndim == 0 else rounded


def _fast(values: Array, places: int) -> tuple[Array, NDArray[np.bool_]]:
    """Values rounded in binary, and where that is surely the decimal result: away from every tie, and exact to scale.

    Scaling by an exact power of ten errs by at most one part in 2**53, as does the repr against the double; a quotient
    (or product) of two exact whole numbers is the double nearest to the decimal result, which is what Decimal gives.
    """
    if abs(places) > _EXACT_POWER_MAX:
        return values.copy(), np.zeros(values.shape, dtype=np.bool_)
    power = 10.0 ** abs(places)
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.abs(values * power if places >= 0 else values / power)
        whole = np.floor(scaled)
        part = scaled - whole
        sure = np.abs(part - 0.5) > _NOISE * np.maximum(scaled, 1.0)
        near = np.copysign(whole + (part > 0.5), values)
        rounded = near / power if places >= 0 else near * power
    return np.where(sure, rounded + 0.0, values), np.asarray(sure, dtype=np.bool_)


def _by_digits(value: float, places: int) -> float:
    """One finite value rounded by its printed digits."""
    step = Decimal((0, (1,), -places))
    rounded = float(Decimal(repr(value)).quantize(step, context=_DECIMAL))
    if math.isinf(rounded):
        raise RuleError(f"{value!r} rounded to {places} places is beyond the largest double")
    return rounded + 0.0
