"""Regulatory rounding: in decimal, half away from zero, on the digits that a number prints.

Binary rounding and rounding half to even both differ from the rule books at ties: a rate of 0.25 t/h is 0.3 by rule,
not 0.2, and 2.675 is 2.68 although the double nearest to it lies a hair below. :func:`round_half_away` rounds a number
that is given; :func:`round_formula` and :func:`round_products` round a result whose own binary noise could move a tie.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact
from fractions import Fraction
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
_FORMULA_NOISE = 1e-8
"""The same for the result of a formula, with room for cancellation between its terms."""
_DECIMAL = Context(prec=2 * _PLACES_MAX, rounding=ROUND_HALF_UP)
_EXACT = Context(prec=3000, traps=[Inexact])
"""Precision at which no sum of products of doubles is cut."""


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
    _check(places)
    values = np.asarray(value, dtype=np.float64)
    rounded, sure = _fast(values, places, _NOISE)
    for index in np.flatnonzero(~sure & np.isfinite(values)):
        rounded.flat[index] = _by_digits(float(values.flat[index]), places)
    return float(rounded) if rounded.ndim == 0 else rounded


def round_formula(formula: Callable[..., Any], places: int, *inputs: ArrayLike) -> Array:
    """The result of a formula rounded to ``places`` decimals as if it had been computed in exact decimal arithmetic.

    ``formula`` is plain arithmetic of its arguments and whole numbers; a fraction such as 5.7e-7 must come in as one of
    ``inputs``, which broadcast against each other. It is worked out in doubles, and once more in exact fractions of the
    printed digits wherever the result lies so near a tie that the noise of doubles could move it. NaN and infinities
    stay. Raises :class:`RuleError` for places beyond ±350.

    >>> 5.7e-7 * 10.2 * 75_000_000, round_half_away(5.7e-7 * 10.2 * 75_000_000, 1)  # 436.05 by hand
    (436.04999999999995, 436.0)
    >>> float(round_formula(lambda k, co2, flow: k * co2 * flow, 1, 5.7e-7, 10.2, 75_000_000))
    436.1
    """
    _check(places)
    arrays = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in inputs))
    with np.errstate(all="ignore"):
        values = np.asarray(formula(*arrays), dtype=np.float64)
    rounded, sure = _fast(values, places, _FORMULA_NOISE)
    for index in np.flatnonzero(~sure & np.isfinite(values)):
        exact = formula(*(_fraction(float(each.flat[index])) for each in arrays))
        rounded.flat[index] = _by_fraction(exact, places)
    return rounded


def round_products(one: ArrayLike, two: ArrayLike, places: int) -> float:
    """Σ one·two rounded to ``places`` decimals, every product and the sum in exact decimal; such as rates times hours.

    Shapes (n,), equal. NaN when one of the terms is not finite; 0.0 for an empty sum. Raises :class:`RuleError` for
    unequal shapes.

    >>> round_products([100.1, 0.2], [0.25, 0.125], 1)
    25.1
    """
    _check(places)
    first, second = np.asarray(one, dtype=np.float64), np.asarray(two, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 1:
        raise RuleError(f"a sum of products needs two rows of equal length (found {first.shape} and {second.shape})")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return math.nan
    total = Decimal(0)
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        total = _EXACT.fma(Decimal(repr(a)), Decimal(repr(b)), total)
    return _by_fraction(Fraction(total), places)


def _check(places: int) -> None:
    if not -_PLACES_MAX <= places <= _PLACES_MAX:
        raise RuleError(f"a number is rounded to between -{_PLACES_MAX} and {_PLACES_MAX} places (found {places})")


def _fast(values: Array, places: int, noise: float) -> tuple[Array, NDArray[np.bool_]]:
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
        sure = np.abs(part - 0.5) > noise * np.maximum(scaled, 1.0)
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


def _fraction(value: float) -> Fraction:
    return Fraction(Decimal(repr(value)))


def _by_fraction(value: Fraction, places: int) -> float:
    scaled = abs(value) * Fraction(10) ** places
    whole = Fraction(math.floor(scaled + Fraction(1, 2))) / Fraction(10) ** places
    return float(-whole if value < 0 else whole) + 0.0
