"""Decimal arithmetic on printed digits, so that a figure that stands exactly at a limit is seen to stand there.

In binary 12.1 - 11.1 is a hair below 1, and 11.1 - 10.1 can come out a hair above; a limit of 1.0 must not depend on
that. The checks therefore subtract, add and divide in decimal, on the digits that a person wrote down.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Context, Decimal, localcontext

from cems.errors import RuleError

_DIGITS = 60
"""Digits carried: more than any two doubles of one test need, and enough that a root is not seen to be rounded."""


def exact(value: float, name: str = "a figure") -> Decimal:
    """The decimal number that the float prints; raises :class:`RuleError` unless it is finite.

    >>> exact(12.1) - exact(11.1)
    Decimal('1.0')
    """
    if not math.isfinite(value):
        raise RuleError(f"{name} must be a finite number (found {value!r})")
    return Decimal(repr(float(value)))


def positive(value: float, name: str) -> Decimal:
    """The decimal number of a figure that must be above 0, such as a span; raises :class:`RuleError` otherwise."""
    number = exact(value, name)
    if number <= 0:
        raise RuleError(f"{name} must be above 0 (found {value!r})")
    return number


def series(values: Iterable[float], name: str, at_least: int = 1) -> tuple[Decimal, ...]:
    """The decimal numbers of a series; raises :class:`RuleError` for a gap in it or fewer than ``at_least`` of them."""
    numbers = tuple(exact(value, f"{name}[{i}]") for i, value in enumerate(values))
    if len(numbers) < at_least:
        raise RuleError(f"{name} needs at least {at_least} figures (found {len(numbers)})")
    return numbers


def total(values: Iterable[Decimal]) -> Decimal:
    """Sum, to :data:`_DIGITS` digits."""
    with localcontext(Context(prec=_DIGITS)):
        return sum(values, Decimal(0))


def mean(values: Iterable[Decimal]) -> Decimal:
    """Arithmetic mean, unit as given; raises :class:`RuleError` when there is nothing to average."""
    numbers = tuple(values)
    if not numbers:
        raise RuleError("there is no mean of no figures")
    return ratio(total(numbers), Decimal(len(numbers)))


def ratio(numerator: Decimal, denominator: Decimal) -> Decimal:
    """Quotient to :data:`_DIGITS` digits; raises :class:`RuleError` for a denominator of 0.

    >>> str(ratio(Decimal(1), Decimal(8)))
    '0.125'
    """
    if denominator == 0:
        raise RuleError("a ratio with a denominator of 0 has no value")
    with localcontext(Context(prec=_DIGITS)):
        return numerator / denominator


def percent(part: Decimal, whole: Decimal) -> Decimal:
    """The part as per cent of the whole; raises :class:`RuleError` for a whole of 0."""
    with localcontext(Context(prec=_DIGITS)):
        return ratio(part * 100, whole)


def standard_deviation(values: Iterable[Decimal]) -> Decimal:
    """Sample standard deviation, sqrt(Σ(v-v̄)²/(n-1)), unit as given; raises :class:`RuleError` below two figures.

    >>> str(standard_deviation([Decimal(2), Decimal(4), Decimal(6)]))
    '2'
    """
    numbers = tuple(values)
    if len(numbers) < 2:
        raise RuleError(f"a standard deviation needs at least two figures (found {len(numbers)})")
    middle = mean(numbers)
    with localcontext(Context(prec=_DIGITS)):
        return (sum(((v - middle) ** 2 for v in numbers), Decimal(0)) / (len(numbers) - 1)).sqrt()
