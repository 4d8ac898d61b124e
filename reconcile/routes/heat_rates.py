"""The heat rate of a class of power units by its published range: one that is not made from the fuel of the period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cems.fleettables import FleetUnit
from reconcile.parameters import Parameters
from reconcile.routes.kinds import HeatRate
from reconcile.rulebooks.equations.part75_f_factors import FUELS, factors_of

_BTU_PER_KWH = 1e-3
"""mmBtu/MWh in one Btu/kWh."""


class ClassRate(NamedTuple):
    """A heat rate with its uncertainty."""

    rate: HeatRate
    """Heat by gross calorific value for gross generation, with the CO2 of that heat."""
    relative_u: float
    """Relative standard uncertainty: half of the range."""


def class_rate_of(units: Sequence[FleetUnit], parameters: Parameters) -> ClassRate | None:
    """The heat rate of units of one class and fuel; None where they differ, or where no range of the class is known.

    Class is the name without the size behind it, ``coal-supercritical-600``. The middle of the range [Btu/kWh, gross
    calorific value] is made GJ/MWh; CO2 per heat is Fc of the fuel by Eq. G-4. *Source*: international facts A.7, C.3
    [M]; 40 CFR Part 75 App. F Table 1, App. G [V].

    By hand, subcritical coal: (9 500 + 11 000)/2 = 10 250 Btu/kWh · 1.0550559 GJ/mmBtu = 10.8143 GJ/MWh; ±750 is
    7.32 %; Fc 1 800 scf/mmBtu · 44/385 lb/scf · 0.45359237 kg/lb = 93.31 kg/mmBtu, 0.08844 t/GJ.

    >>> from reconcile.parameters import load_parameters
    >>> unit = FleetUnit(code="u", unit_class="coal-subcritical-300", rated=300, fuel="bituminous", shares={})
    >>> found = class_rate_of([unit], load_parameters())
    >>> round(found.rate.gj_per_output, 4), round(found.rate.t_co2_per_gj, 5), round(found.relative_u, 4)
    (10.8143, 0.08844, 0.0732)
    """
    classes = {unit.unit_class.rpartition("-")[0].replace("-", "_") for unit in units}
    fuels = {unit.fuel for unit in units}
    if len(classes) != 1 or len(fuels) != 1 or not fuels <= set(FUELS):
        return None
    (name,), (fuel,) = classes, fuels
    ends = [f"route_heat_rate_{end}_{name}" for end in ("low", "high")]
    if not all(key in parameters for key in ends):
        return None
    low, high = map(parameters.value, ends)
    value = parameters.value
    gj = value("p75_mmbtu_gj")
    pounds = factors_of(parameters, fuel).fc * value("p75_m_co2") / value("p75_molar_volume")
    t_per_mmbtu = pounds / value("p75_lb_per_short_ton") * value("p75_short_ton_t")
    rate = HeatRate((low + high) / 2 * _BTU_PER_KWH * gj, t_per_mmbtu / gj)
    return ClassRate(rate, (high - low) / (high + low))
