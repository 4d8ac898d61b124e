"""40 CFR Part 98 tiers 1 to 3: CO2 of fuel in tonnes from heat or carbon (C-1, C-3, C-5), with Table C-1."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from cems.errors import RuleError
from reconcile.parameters import Parameters

FUELS: Final = (
    "anthracite",
    "bituminous",
    "subbituminous",
    "lignite",
    "coal_coke",
    "power_sector_coal",
    "natural_gas",
    "distillate_oil_2",
    "residual_oil_6",
    "petroleum_coke",
    "propane_gas",
)
"""Fuels of Table C-1 that were read."""


@dataclass(frozen=True, slots=True)
class Part98Fuel:
    """Figures of 98.33(a)(1) and (3)."""

    t_per_kg: float
    """Tonnes in a kilogram as the equations write it, 1e-3."""
    m_co2: float
    """44 of the ratio 44/12."""
    m_c: float
    """12 of the ratio 44/12."""
    t_per_short_ton: float
    """Tonnes in a short ton by C-3, 0.91."""
    molar_volume_scf: float
    """Molar volume of C-5, 849.5 [scf/kg-mol]."""

    def __post_init__(self) -> None:
        for name in ("t_per_kg", "m_co2", "m_c", "t_per_short_ton", "molar_volume_scf"):
            _positive(name, getattr(self, name))


def part98_fuel_of(parameters: Parameters) -> Part98Fuel:
    """The figures of a parameter table (keys ``p98_…``)."""
    return Part98Fuel(
        parameters.value("p98_t_per_kg"),
        parameters.value("p98_co2_per_c_m_co2"),
        parameters.value("p98_co2_per_c_m_c"),
        parameters.value("p98_t_per_short_ton"),
        parameters.value("p98_molar_volume"),
    )


def emission_factor(fuel: str, parameters: Parameters) -> float:
    """Emission factor of Table C-1 [kg CO2/mmBtu, gross]; raises :class:`RuleError` for a fuel not read there [V].

    >>> from reconcile.parameters import load_parameters
    >>> emission_factor("bituminous", load_parameters())
    93.28
    """
    if fuel not in FUELS:
        raise RuleError(f"Table C-1 as read has no fuel {fuel!r}; it has {', '.join(FUELS)}")
    return parameters.value(f"p98_ef_{fuel}")


def default_hhv(fuel: str, parameters: Parameters) -> float:
    """Gross heating value of Table C-1 [mmBtu/short ton; mmBtu/scf for gas]; raises for a fuel whose value is not read.

    >>> from reconcile.parameters import load_parameters
    >>> default_hhv("natural_gas", load_parameters())
    0.001026
    """
    emission_factor(fuel, parameters.fresh())
    if f"p98_hhv_{fuel}" not in parameters:
        raise RuleError(f"the heating value of {fuel} in Table C-1 was not read: give a measured one")
    return parameters.value(f"p98_hhv_{fuel}")


def by_heat(fuel_quantity: float, hhv_mmbtu: float, ef_kg_per_mmbtu: float, rule: Part98Fuel) -> float:
    """CO2 by heat, 1e-3·Fuel·HHV·EF [t]; fuel in short tons or scf, HHV per the same unit. *Source*: Eq. C-1 [V].

    Raises :class:`RuleError` for a negative quantity and factors that are not positive.

    >>> from reconcile.parameters import load_parameters
    >>> round(by_heat(1000.0, 24.93, 93.28, part98_fuel_of(load_parameters())), 4)
    2325.4704
    """
    heat = _amount("fuel", fuel_quantity) * _positive("HHV", hhv_mmbtu)
    return rule.t_per_kg * heat * _positive("EF", ef_kg_per_mmbtu)


def by_carbon_solid(fuel_short_tons: float, carbon_fraction: float, rule: Part98Fuel) -> float:
    """CO2 of solid fuel by its carbon, 44/12·Fuel·CC·0.91 [t]; CC as a mass fraction. *Source*: Eq. C-3 [V].

    Raises :class:`RuleError` for a negative quantity and a fraction outside 0 … 1, which is how a percentage is caught.

    >>> from reconcile.parameters import load_parameters
    >>> round(by_carbon_solid(1200.0, 0.6, part98_fuel_of(load_parameters())), 6)
    2402.4
    """
    carbon = _amount("fuel", fuel_short_tons) * _fraction(carbon_fraction)
    return rule.m_co2 / rule.m_c * carbon * rule.t_per_short_ton


def by_carbon_gas(fuel_scf: float, carbon_fraction: float, molar_mass: float, rule: Part98Fuel) -> float:
    """CO2 of gaseous fuel by its carbon, 44/12·Fuel·CC·(MW/849.5)·0.001 [t]; MW [kg/kg-mol]. *Source*: Eq. C-5 [V].

    Raises :class:`RuleError` for a negative quantity, a fraction outside 0 … 1 and a molar mass that is not positive.

    >>> from reconcile.parameters import load_parameters
    >>> round(by_carbon_gas(849_500.0, 0.75, 16.0, part98_fuel_of(load_parameters())), 6)
    44.0
    """
    carbon = _amount("fuel", fuel_scf) * _fraction(carbon_fraction) * _positive("molar mass", molar_mass)
    return rule.m_co2 / rule.m_c * carbon / rule.molar_volume_scf * rule.t_per_kg


def _amount(what: str, value: float) -> float:
    if not (math.isfinite(value) and value >= 0):
        raise RuleError(f"{what} must be a number of 0 or more (found {value!r})")
    return value


def _positive(what: str, value: float) -> float:
    if _amount(what, value) == 0:
        raise RuleError(f"{what} must be above 0")
    return value


def _fraction(value: float) -> float:
    if not 0 <= value <= 1:
        raise RuleError(f"carbon content is a mass fraction, 0 to 1 (found {value!r})")
    return value
