"""What stands under every figure of allocation and exposure: that it is an estimate, and which figures are not sure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from cems.errors import RuleError
from reconcile.parameters import Parameters

_SURE: Final = ("V", "C", "user")
"""Confidence of figures read in the text named, computed, or set by the user; all else is listed as not verified."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What an estimate rests on."""

    factors: tuple[str, ...]
    """Parameters that entered it, as ``key@version``, by key."""
    unverified: tuple[str, ...]
    """Those not read in the text they come from, each with its figure, how sure it is, and what to know about it."""
    notes: tuple[str, ...] = ()
    """What was assumed because it was not given or is not known."""
    label: str = "estimate"
    """What every figure is: no statement of an authority."""


def basis_of(used: Parameters, *notes: str) -> Basis:
    """The basis of an estimate that looked up what ``used`` remembers."""
    rows = used.used()
    unsure = [
        f"{p.key} = {p.value:g} {p.unit} ({p.confidence}: {p.note or p.source})"
        for p in rows
        if p.confidence not in _SURE
    ]
    return Basis(tuple(p.ref for p in rows), tuple(unsure), tuple(note for note in notes if note))


def exact(value: float) -> Fraction:
    """The figure that the double prints, as an exact fraction, so that limits are met exactly.

    >>> exact(0.8) * exact(1_750_000.0) == 1_400_000
    True
    """
    return Fraction(repr(float(value)))


def amount(what: str, value: float) -> float:
    """The value, if it is a finite number of 0 or more; raises :class:`RuleError` otherwise."""
    if not (math.isfinite(value) and value >= 0):
        raise RuleError(f"{what} must be a number of 0 or more (found {value!r})")
    return float(value)
