"""What every rule book offers, and what it gives back: one module each, with these names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

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


@dataclass(frozen=True, slots=True)
class ByRule:
    """Hours with what the rule puts in for the missing ones; arrays of shape (n_hours,)."""

    co2_kg: Array
    """CO2 of each hour [kg]; NaN where the source stood still, or the rule gives no number."""
    method: NDArray[np.str_]
    """``""`` for a measured hour, the methods of the rule joined by ``+``, or ``refused``."""
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
