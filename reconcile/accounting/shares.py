"""Splitting a number so that the pieces add up to it exactly: largest remainder in units of the last bit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from cems.errors import RuleError


def largest_remainder(total: int, weights: Mapping[str, Fraction]) -> dict[str, int]:
    """A whole number split by weights into whole numbers that add up to it; each is its quota rounded down or up.

    What rounding down leaves over goes, one by one, to the largest remainders; equal remainders in the order of their
    names, so the order of the mapping leaves no trace. A weight of 0 gets 0. Raises :class:`RuleError` for a negative
    weight or none above 0.

    >>> largest_remainder(10, {"a": Fraction(1), "b": Fraction(1), "c": Fraction(1)})
    {'a': 4, 'b': 3, 'c': 3}
    """
    whole = sum(weights.values(), Fraction(0))
    if whole <= 0 or any(weight < 0 for weight in weights.values()):
        raise RuleError(f"weights must be 0 or more and one of them above 0 (found {_shown(weights)})")
    quotas = {name: abs(total) * weight / whole for name, weight in weights.items()}
    given = {name: math.floor(quota) for name, quota in quotas.items()}
    left = abs(total) - sum(given.values())
    for name in sorted(weights, key=lambda n: (given[n] - quotas[n], n))[:left]:
        given[name] += 1
    return {name: -n if total < 0 else n for name, n in given.items()}


def split(total: float, weights: Mapping[str, float]) -> dict[str, float]:
    """A number split in proportion to weights, in the unit of the number; the pieces add up to it to the last bit.

    They are whole multiples of the number's own last bit (``math.ulp``), so every one is a double and their sum is
    exact in any order. A weight of 0 gets 0. Raises :class:`RuleError` for a number or weight that is not finite, a
    negative weight, and weights that are all 0, even for a number of 0.

    >>> pieces = split(0.1, {"a": 1.0, "b": 1.0, "c": 1.0})
    >>> sum(pieces.values()) == 0.1
    True
    >>> split(468.129, {"u1": 300.0, "u2": 0.0})
    {'u1': 468.129, 'u2': 0.0}
    """
    if not (math.isfinite(total) and all(map(math.isfinite, weights.values()))):
        raise RuleError(f"total and weights must be finite (found {total!r} by {dict(weights)})")
    unit = Fraction(math.ulp(total))
    pieces = largest_remainder(int(Fraction(total) / unit), {n: Fraction(w) for n, w in weights.items()})
    return {name: float(n * unit) for name, n in pieces.items()}


def split_decimal(total: Decimal, weights: Mapping[str, float], places: int) -> dict[str, Decimal]:
    """A printed number split into printed numbers of as many decimals that add up to it, for a form.

    Raises :class:`RuleError` as :func:`split` does, and for a total with more decimals than ``places``.

    >>> [str(x) for x in split_decimal(Decimal("100.00"), {"a": 1.0, "b": 1.0, "c": 1.0}, 2).values()]
    ['33.34', '33.33', '33.33']
    """
    if not (total.is_finite() and all(map(math.isfinite, weights.values()))):
        raise RuleError(f"total and weights must be finite (found {total} by {dict(weights)})")
    scaled = Fraction(total) * 10**places
    if scaled.denominator != 1:
        raise RuleError(f"{total} has more than {places} decimals: round it first")
    pieces = largest_remainder(int(scaled), {n: Fraction(w) for n, w in weights.items()})
    return {name: Decimal(n).scaleb(-places) for name, n in pieces.items()}


def _shown(weights: Mapping[str, Fraction]) -> dict[str, float]:
    return {name: float(weight) for name, weight in weights.items()}
