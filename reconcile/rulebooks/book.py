"""What every rule book offers, and what it gives back: one module each, with these names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cems.clock import HOUR_MS
from reconcile.hours import Hours
from reconcile.minutes import Minutes
from reconcile.parameters import Parameters
from reconcile.rulebooks.equations.hj75 import Standard
from reconcile.rulebooks.substitution.filled import MEASURED, REFUSED, Filled

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
KG_PER_T = 1000.0


@dataclass(frozen=True, slots=True)
class Site:
    """What a rule book must know of a stack beyond its hours."""

    offset_ms: int
    """The plant's standard time, milliseconds from UTC; quarters and years run in it."""
    route: str
    """Basis on which concentration and flow are multiplied, ``dry`` or ``wet``."""
    rated_mw: float
    """Rated load of the units of the stack together [MW]."""
    fuel: str
    """Fuel of the units as the plant file names it."""
    passed_checks_ms: tuple[int, ...] = ()
    """Instants at which a calibration check of the stack was passed, UTC, milliseconds since 1970."""


@dataclass(frozen=True, slots=True)
class ByRule:
    """Hours with what the rule puts in for the missing ones; arrays of shape (n_hours,)."""

    co2_kg: Array
    """CO2 of each hour [kg]; NaN where the source stood still, or the rule gives no number."""
    method: NDArray[np.str_]
    """``""`` for a measured hour, the methods of the rule for its parameters, or ``refused``."""
    filled: Mapping[str, Filled]
    """What was filled, parameter by parameter."""

    @property
    def substituted(self) -> Bools:
        """Which hours carry a substitute."""
        return np.asarray((self.method != MEASURED) & (self.method != REFUSED), dtype=np.bool_)

    @property
    def refused(self) -> Bools:
        """Which hours the rule leaves without a number."""
        return np.asarray(self.method == REFUSED, dtype=np.bool_)

    def reasons(self) -> tuple[str, ...]:
        """Why hours were refused, each reason once."""
        return tuple(dict.fromkeys(r.reason for filled in self.filled.values() for r in filled.refusals))


def joined_methods(filled: Mapping[str, Filled]) -> NDArray[np.str_]:
    """Method of each hour from those of its parameters, such as ``co2:mean+2s flow:model``; refused where one is."""
    names = list(filled)
    rows = zip(*(filled[name].method.tolist() for name in names), strict=True)
    return np.array([_joined(names, row) for row in rows], dtype=np.str_)


def _joined(names: list[str], methods: tuple[str, ...]) -> str:
    if REFUSED in methods:
        return REFUSED
    return " ".join(f"{name}:{method}" for name, method in zip(names, methods, strict=True) if method != MEASURED)


def hours_of_instants(hours: Hours, instants_ms: Sequence[int]) -> Bools:
    """In which hours some instants lie, shape (n_hours,); the hours need not follow one another without a gap."""
    at = np.asarray(instants_ms, dtype=np.int64)
    before = np.searchsorted(hours.start_ms, at, side="right") - 1
    inside = before[(before >= 0) & (at - hours.start_ms[np.maximum(before, 0)] < HOUR_MS)]
    hit = np.zeros(hours.start_ms.size, dtype=np.bool_)
    hit[inside] = True
    return hit


class RuleBook(Protocol):
    """The names that every rule book module has."""

    @property
    def NAME(self) -> str:  # noqa: N802  modules write it as a constant
        """Short name."""

    @property
    def TITLE(self) -> str:  # noqa: N802  modules write it as a constant
        """Documents it stands on."""

    def standard(self, parameters: Parameters) -> Standard:
        """Standard state and molar figures by which readings become standard-state gas."""

    def hours(self, minutes: Minutes, parameters: Parameters) -> Hours:
        """Hours by its validity rule, with its mass."""

    def substitute(self, hours: Hours, site: Site, parameters: Parameters) -> ByRule:
        """What it puts in for missing hours; ``hours`` begin with the history that it may look back on."""

    def total_t(self, co2_kg: Array) -> float:
        """Sum over hours [t] of their CO2 [kg], rounded where the rule rounds; shape (n_hours,), finite."""
