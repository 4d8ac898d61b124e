"""Offsets that rule books build in: rounded constants that move one side alone, named and taken out before judging.

They are no error of a plant: 22.4 for the molar volume, 44 for the molar mass, 273 for the standard temperature, 44/12
for CO2 per carbon. Removed is what lies between the constants in use and the physical ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from cems.errors import RuleError
from reconcile.parameters import Parameters

Side = Literal["monitoring", "accounting"]


@dataclass(frozen=True, slots=True)
class Offset:
    """One factor that a rule book puts on one side."""

    name: str
    """The constants, such as ``molar volume 22.4 / 22.41397 L/mol``."""
    side: Side
    """Which total it moves."""
    factor: float
    """What the total is multiplied with by it; 1 where the constant in use is the physical one."""

    @property
    def pct(self) -> float:
        """By how much it moves the total [%]."""
        return 100.0 * (self.factor - 1.0)


def known_offsets(used: Parameters, physical: Parameters, temperature_c: float) -> tuple[Offset, ...]:
    """The factors between the constants of a rule book and the physical ones, monitoring first; factors of 1 left out.

    ``temperature_c`` is the mean gas temperature [degC], weighted with the mass, on which the standard temperature
    acts: flow at the standard state is Q·T0/(T0 + t). Raises :class:`RuleError` for a temperature that is not above
    −T0. *Source*: international facts 0.1, 0.2; HJ 212-2017 App. D.2 eq. 18, 20, 31.

    >>> from reconcile.parameters import load_parameters, shipped_overrides
    >>> table, exact = load_parameters(), load_parameters(shipped_overrides("physical"))
    >>> [(o.side, round(o.pct, 4)) for o in known_offsets(table, exact, 50.0)]
    [('monitoring', 0.0624), ('monitoring', -0.0216), ('monitoring', -0.0085), ('accounting', 0.0701)]
    >>> known_offsets(exact, exact, 50.0)
    ()
    """
    if not (math.isfinite(temperature_c) and temperature_c > -min(used.value("std_T_K"), physical.value("std_T_K"))):
        raise RuleError(f"the gas temperature must be above absolute zero (found {temperature_c!r} degC)")

    def of(key: str) -> tuple[float, float]:
        return used.value(key), physical.value(key)

    (volume, true_volume), (molar, true_molar) = of("molar_volume"), of("M_CO2")
    (zero, true_zero), (ratio, true_ratio) = of("std_T_K"), of("co2_per_c")
    cold, true_cold = zero / (zero + temperature_c), true_zero / (true_zero + temperature_c)
    at = f"at {temperature_c:.0f} degC"
    rows = (
        Offset(f"molar volume {volume:g} for {true_volume:g} L/mol", "monitoring", true_volume / volume),
        Offset(f"molar mass of CO2 {molar:g} for {true_molar:g} g/mol", "monitoring", molar / true_molar),
        Offset(f"standard temperature {zero:g} for {true_zero:g} K, {at}", "monitoring", cold / true_cold),
        Offset(f"CO2 per carbon {ratio:.6g} for {true_ratio:.6g}", "accounting", ratio / true_ratio),
    )
    return tuple(row for row in rows if row.factor != 1.0)


def factor_of(offsets: tuple[Offset, ...], side: Side) -> float:
    """Product of the factors of one side; dividing a total by it removes them.

    >>> factor_of((Offset("a", "monitoring", 1.5), Offset("b", "monitoring", 2.0)), "monitoring")
    3.0
    """
    return math.prod((offset.factor for offset in offsets if offset.side == side), start=1.0)
