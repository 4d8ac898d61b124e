"""Flue gas of a fuel from its composition, and flow from fuel or heat: the mass-balance route of EU MRR Art. 43(5)(a).

Amounts are kmol per kg of fuel as received, volumes Nm3 (273.15 K, 101.325 kPa). Complete combustion in dry air; what
stays as carbon in ash, humidity of the air, water of a scrubber and CO2 of limestone are not in it. An O2 reading
outside 0 … O2 of air, or not finite, gives NaN in its own place; a wrong composition or constant raises
:class:`cems.errors.RuleError`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from reconcile.parameters import Parameters

Array: TypeAlias = NDArray[np.float64]
_SUM_NOISE = 1e-9
"""Mass fractions that add up to 1 in decimal may exceed it by so much in binary."""


@dataclass(frozen=True, slots=True)
class Air:
    """Molar masses [kg/kmol], molar volume and O2 of dry air."""

    c: float
    """Carbon."""
    h2: float
    """Hydrogen, as H2."""
    s: float
    """Sulphur."""
    n2: float
    """Nitrogen, as N2."""
    o2: float
    """Oxygen, as O2."""
    h2o: float
    """Water."""
    nm3_per_kmol: float
    """Molar volume of an ideal gas [Nm3/kmol]."""
    o2_fraction: float
    """O2 of dry air as a volume fraction, xa."""

    def __post_init__(self) -> None:
        for name in Air.__slots__:
            _positive(name, getattr(self, name))
        if self.o2_fraction >= 1:
            raise RuleError(f"O2 of air is a fraction below 1 (found {self.o2_fraction})")


def air_of(parameters: Parameters) -> Air:
    """The molar figures of a parameter table (stoich_M_..., stoich_molar_volume, stoich_air_o2)."""
    names = ("M_C", "M_H2", "M_S", "M_N2", "M_O2", "M_H2O", "molar_volume", "air_o2")
    return Air(*(parameters.value(f"stoich_{name}") for name in names))


@dataclass(frozen=True, slots=True)
class Fuel:
    """Composition of a fuel as received, mass fractions 0 … 1; what is left to 1 is ash."""

    c: float
    """Carbon."""
    h: float
    """Hydrogen without that of the water."""
    s: float = 0.0
    """Sulphur."""
    n: float = 0.0
    """Nitrogen."""
    o: float = 0.0
    """Oxygen without that of the water."""
    w: float = 0.0
    """Water."""

    def __post_init__(self) -> None:
        parts = [getattr(self, name) for name in Fuel.__slots__]
        if not all(math.isfinite(x) and 0 <= x <= 1 for x in parts) or math.fsum(parts) > 1 + _SUM_NOISE:
            raise RuleError(f"mass fractions C, H, S, N, O, W must be 0 to 1 and at most 1 together (found {parts})")


def o2_demand(fuel: Fuel, air: Air) -> float:
    """Oxygen that complete combustion takes, C/12.011 + (H/2.016)/2 + S/32.06 − O/31.998 [kmol/kg].

    Raises :class:`RuleError` for a fuel that needs none (no combustible, or more oxygen than it can use).
    *Source*: stoichiometry [C].

    >>> methane = Fuel(c=12.011 / 16.043, h=4.032 / 16.043)
    >>> round(o2_demand(methane, Air(12.011, 2.016, 32.06, 28.014, 31.998, 18.015, 22.414, 0.2095)) * 16.043, 9)
    2.0
    """
    demand = fuel.c / air.c + fuel.h / air.h2 / 2 + fuel.s / air.s - fuel.o / air.o2
    if demand <= 0:
        raise RuleError(f"a fuel that needs no oxygen ({demand} kmol/kg) does not burn: check its composition")
    return demand


def dry_gas_stoich(fuel: Fuel, air: Air) -> float:
    """Dry flue gas at 0 % O2, n0 = C/12.011 + S/32.06 + N/28.014 + n_O2·(1−xa)/xa [kmol/kg].

    >>> methane = Fuel(c=12.011 / 16.043, h=4.032 / 16.043)
    >>> round(dry_gas_stoich(methane, Air(12.011, 2.016, 32.06, 28.014, 31.998, 18.015, 22.414, 0.2095)) * 16.043, 4)
    8.5465
    """
    nitrogen = o2_demand(fuel, air) * (1 - air.o2_fraction) / air.o2_fraction
    return fuel.c / air.c + fuel.s / air.s + fuel.n / air.n2 + nitrogen


def excess_air(fuel: Fuel, o2_pct_dry: ArrayLike, air: Air) -> Array:
    """Air beyond the demand at a dry O2 of y, a = n0·y/(xa − y) [kmol/kg]; NaN where y is not in 0 … xa (excluded)."""
    y = _o2_fraction(o2_pct_dry, air)
    return dry_gas_stoich(fuel, air) * y / (air.o2_fraction - y)


def dry_gas(fuel: Fuel, o2_pct_dry: ArrayLike, air: Air) -> Array:
    """Dry flue gas, n = n0 + a = n0·xa/(xa − y) [kmol/kg], at a dry O2 [%]; NaN as in :func:`excess_air`."""
    return dry_gas_stoich(fuel, air) + excess_air(fuel, o2_pct_dry, air)


def dry_gas_nm3(fuel: Fuel, o2_pct_dry: ArrayLike, air: Air) -> Array:
    """Dry flue gas [Nm3/kg], 22.414·n, at a dry O2 [%]; NaN as in :func:`excess_air`."""
    return air.nm3_per_kmol * dry_gas(fuel, o2_pct_dry, air)


def water(fuel: Fuel, air: Air) -> float:
    """Water vapour of the fuel, H/2.016 + W/18.015 [kmol/kg], without humidity of air and scrubber water."""
    return fuel.h / air.h2 + fuel.w / air.h2o


def wet_gas_nm3(fuel: Fuel, o2_pct_dry: ArrayLike, air: Air, more_water: ArrayLike = 0.0) -> Array:
    """Wet flue gas [Nm3/kg] at a dry O2 [%]; ``more_water`` [kmol/kg fuel] is from humid air and scrubber.

    NaN as in :func:`excess_air`, and where ``more_water`` is negative or not finite.
    """
    more = np.asarray(more_water, dtype=np.float64)
    more = np.where(np.isfinite(more) & (more >= 0), more, np.nan)
    return air.nm3_per_kmol * (dry_gas(fuel, o2_pct_dry, air) + water(fuel, air) + more)


def co2_fraction_dry(fuel: Fuel, o2_pct_dry: ArrayLike, air: Air) -> Array:
    """CO2 of the dry flue gas as a volume fraction, (C/12.011)/n, at a dry O2 [%]; NaN as in :func:`excess_air`.

    >>> methane = Fuel(c=12.011 / 16.043, h=4.032 / 16.043)
    >>> air = Air(12.011, 2.016, 32.06, 28.014, 31.998, 18.015, 22.414, 0.2095)
    >>> round(float(co2_fraction_dry(methane, 0.0, air)), 4)
    0.117
    """
    return fuel.c / air.c / dry_gas(fuel, o2_pct_dry, air)


def closure(fuel: Fuel, o2_pct_dry: ArrayLike, co2_fraction: ArrayLike, air: Air) -> Array:
    """CO2 that a dry gas of this O2 [%] and CO2 (fraction) carries, over that of the carbon of the fuel [-].

    1 when the gas comes from this fuel and nothing else. *Source*: closure test of the carbon balance [C]. Raises
    :class:`RuleError` for a fuel without carbon. NaN as in :func:`excess_air` and for a fraction outside 0 … 1.
    """
    share = np.asarray(co2_fraction, dtype=np.float64)
    share = np.where((share >= 0) & (share <= 1), share, np.nan)
    return dry_gas(fuel, o2_pct_dry, air) * share / (_positive("carbon of the fuel", fuel.c) / air.c)


def flow_from_fuel(fuel_kg: ArrayLike, fuel: Fuel, o2_pct_dry: ArrayLike, air: Air) -> Array:
    """Dry flue gas [Nm3, or Nm3/h from kg/h] of a quantity of fuel, fuel·v0·xa/(xa − O2), dry O2 in %.

    NaN where the fuel is negative or not finite, and as in :func:`excess_air`.
    *Source*: Regulation (EU) 2018/2066 Art. 43(5)(a), Art. 45(4) [M]; stoichiometry [C].
    """
    burnt = np.asarray(fuel_kg, dtype=np.float64)
    return np.where(np.isfinite(burnt) & (burnt >= 0), burnt, np.nan) * dry_gas_nm3(fuel, o2_pct_dry, air)


def flow_from_heat(heat_mj: ArrayLike, nm3_per_mj: float, o2_pct_dry: ArrayLike, air: Air) -> Array:
    """Dry flue gas [Nm3, or Nm3/h from MJ/h] of a heat input, heat·F·xa/(xa − O2), dry O2 in %.

    ``nm3_per_mj`` is the dry gas at 0 % O2 per net or gross heat, as ``heat_mj`` is. NaN as in :func:`flow_from_fuel`.
    *Source*: factor route after EN ISO 16911-1 [M].

    >>> air = Air(12.011, 2.016, 32.06, 28.014, 31.998, 18.015, 22.414, 0.2095)
    >>> round(float(flow_from_heat(1_000_000.0, 0.257, 6.0, air)), 3)
    360143.813
    """
    heat, y = np.asarray(heat_mj, dtype=np.float64), _o2_fraction(o2_pct_dry, air)
    good = np.isfinite(heat) & (heat >= 0)
    factor = _positive("nm3_per_mj", nm3_per_mj)
    return np.where(good, heat, np.nan) * factor * air.o2_fraction / (air.o2_fraction - y)


@dataclass(frozen=True, slots=True)
class UsUnits:
    """What brings an F factor of 40 CFR Part 75 to SI and to the normal state."""

    m3_per_scf: float
    """Cubic metres in a standard cubic foot, at the state of the foot."""
    mj_per_mmbtu: float
    """Megajoules in a million Btu."""
    scf_t_k: float
    """Temperature of the standard cubic foot [K]."""
    normal_t_k: float
    """Temperature of the normal cubic metre [K]."""
    scf_per_lbmol: float
    """Molar volume, scf/lb-mol."""
    co2_lb_per_lbmol: float
    """Molar mass of CO2 in the same rule."""
    kg_per_lb: float
    """Kilograms in a pound."""

    def __post_init__(self) -> None:
        for name in UsUnits.__slots__:
            _positive(name, getattr(self, name))


def us_units_of(parameters: Parameters) -> UsUnits:
    """The conversion figures of a parameter table (stoich_...)."""
    names = ("m3_per_scf", "mj_per_mmbtu", "us_scf_T_K", "normal_T_K", "us_molar_volume", "us_M_CO2", "kg_per_lb")
    return UsUnits(*(parameters.value(f"stoich_{name}") for name in names))


def nm3_per_mj_of_fd(fd_dscf_per_mmbtu: float, units: UsUnits, ncv_per_gcv: float = 1.0) -> float:
    """Dry gas at 0 % O2 [Nm3/MJ] of an Fd [dscf/mmBtu gross], per gross heat; per net heat with ``ncv_per_gcv``.

    Raises :class:`RuleError` for a factor or ratio that is not positive, or a ratio above 1.
    *Source*: Fd·0.0283168/1055.056·(273.15/293.15) [C]. Fd itself counts 20.9 % O2 in air.

    >>> units = UsUnits(0.0283168, 1055.056, 293.15, 273.15, 385.0, 44.0, 0.45359237)
    >>> round(nm3_per_mj_of_fd(8710.0, units), 4), round(nm3_per_mj_of_fd(8710.0, units, 0.9015), 4)
    (0.2178, 0.2416)
    """
    if not 0 < ncv_per_gcv <= 1:
        raise RuleError(f"net over gross heat lies above 0 and at most at 1 (found {ncv_per_gcv})")
    m3 = _positive("fd_dscf_per_mmbtu", fd_dscf_per_mmbtu) * units.m3_per_scf / units.mj_per_mmbtu
    return m3 * units.normal_t_k / units.scf_t_k / ncv_per_gcv


def emission_factor_of_fc(fc_scf_per_mmbtu: float, units: UsUnits) -> float:
    """Emission factor [kg CO2/mmBtu gross] of an Fc [scf CO2/mmBtu], Fc·44/385·0.45359237.

    Raises :class:`RuleError` for a factor that is not positive. *Source*: 40 CFR Part 75 App. G eq. G-4 [V].

    >>> units = UsUnits(0.0283168, 1055.056, 293.15, 273.15, 385.0, 44.0, 0.45359237)
    >>> round(emission_factor_of_fc(1040.0, units), 1)
    53.9
    """
    lb = _positive("fc_scf_per_mmbtu", fc_scf_per_mmbtu) * units.co2_lb_per_lbmol / units.scf_per_lbmol
    return lb * units.kg_per_lb


def _o2_fraction(o2_pct_dry: ArrayLike, air: Air) -> Array:
    """O2 as a fraction; NaN where there is no combustion gas of that O2."""
    y = np.asarray(o2_pct_dry, dtype=np.float64) / 100.0
    return np.where((y >= 0) & (y < air.o2_fraction), y, np.nan)


def _positive(name: str, value: float) -> float:
    if not (math.isfinite(value) and value > 0):
        raise RuleError(f"{name} must be a positive number (found {value!r})")
    return value
