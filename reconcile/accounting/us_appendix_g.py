"""40 CFR Part 75 Appendix G: CO2 from the carbon or heat of fuel and from sorbent [short tons], G-1 to G-8.

Gross heat, short tons of 2000 lb. Results are in full precision; :func:`recorded` rounds one as it is reported, once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.rulebooks.rounding import round_half_away


@dataclass(frozen=True, slots=True)
class AppendixG:
    """Figures of Appendix G."""

    m_co2: float
    """Molar mass of CO2, 44 [lb/lb-mol]."""
    m_c: float
    """Molar mass of carbon, 12 [lb/lb-mol]."""
    m_caco3: float
    """Molar mass of calcium carbonate, 100 [lb/lb-mol]."""
    m_so2: float
    """Molar mass of SO2, 64 [lb/lb-mol]."""
    lb_per_short_ton: float
    """Pounds in a short ton, 2000."""
    molar_volume_scf: float
    """Molar volume, 385 [scf/lb-mol]."""
    oxidised: float
    """Share of carbon taken as burnt by G-3, 0.99."""
    places: int
    """Decimals to which a mass or rate is recorded."""

    def __post_init__(self) -> None:
        for name in ("m_co2", "m_c", "m_caco3", "m_so2", "lb_per_short_ton", "molar_volume_scf", "oxidised"):
            if _amount(name, getattr(self, name)) == 0:
                raise RuleError(f"{name} must be above 0")


def appendix_g_of(parameters: Parameters) -> AppendixG:
    """The figures of a parameter table (keys ``p75_…``)."""
    return AppendixG(
        m_co2=parameters.value("p75_m_co2"),
        m_c=parameters.value("p75_m_c"),
        m_caco3=parameters.value("p75_m_caco3"),
        m_so2=parameters.value("p75_m_so2"),
        lb_per_short_ton=parameters.value("p75_lb_per_short_ton"),
        molar_volume_scf=parameters.value("p75_molar_volume"),
        oxidised=parameters.value("p75_g3_oxidised"),
        places=int(parameters.value("p75_places_co2_rate")),
    )


def from_carbon(carbon_lb: float, rule: AppendixG) -> float:
    """CO2 of carbon burnt, lb C · 44/(12·2000) [short tons]; Eq. G-1, by the day [V].

    Raises :class:`RuleError` for a negative or infinite mass, as all of these do.

    >>> from reconcile.parameters import load_parameters
    >>> from_carbon(1_200_000.0, appendix_g_of(load_parameters()))
    2200.0
    """
    return _amount("carbon", carbon_lb) * rule.m_co2 / (rule.m_c * rule.lb_per_short_ton)


def less_ash(
    co2_short_tons: float, ash_pct: float, carbon_in_ash_pct: float, coal_short_tons: float, rule: AppendixG
) -> float:
    """CO2 less the carbon left in ash, W − (44/12)·(A/100)·(C_ash/100)·W_coal [short tons]; Eq. G-2 [V].

    ``ash_pct`` of the coal and ``carbon_in_ash_pct`` of the ash, by mass. Raises :class:`RuleError` for a share outside
    0 … 100 and when the ash holds more carbon than was burnt.

    >>> from reconcile.parameters import load_parameters
    >>> less_ash(2200.0, 10.0, 6.0, 1000.0, appendix_g_of(load_parameters()))
    2178.0
    """
    shares = _pct("ash", ash_pct) * _pct("carbon in ash", carbon_in_ash_pct)
    kept = rule.m_co2 / rule.m_c * shares * _amount("coal", coal_short_tons)
    if kept > _amount("CO2", co2_short_tons):
        raise RuleError(f"ash holds the carbon of {kept:g} short tons of CO2, more than {co2_short_tons:g}: check it")
    return co2_short_tons - kept


def by_default_oxidation(co2_short_tons: float, rule: AppendixG) -> float:
    """CO2 with 99 % of the carbon burnt, 0.99·W [short tons]; Eq. G-3 [V]."""
    return rule.oxidised * _amount("CO2", co2_short_tons)


def from_heat(heat_mmbtu: float, fc_scf_per_mmbtu: float, rule: AppendixG) -> float:
    """CO2 of gas or oil by heat, HI·Fc·44/(385·2000) [short tons, or short tons/h from mmBtu/h]; Eq. G-4 [V].

    Raises :class:`RuleError` for a factor of 0.

    >>> from reconcile.parameters import load_parameters
    >>> round(from_heat(1000.0, 1040.0, appendix_g_of(load_parameters())), 4)
    59.4286
    """
    if _amount("Fc", fc_scf_per_mmbtu) == 0:
        raise RuleError("Fc must be above 0 scf/mmBtu")
    heat = _amount("heat input", heat_mmbtu)
    return heat * fc_scf_per_mmbtu * rule.m_co2 / (rule.molar_volume_scf * rule.lb_per_short_ton)


def sorbent_from_carbonate(caco3_short_tons: float, fu: float, rule: AppendixG) -> float:
    """CO2 of calcium carbonate used, Fu·W·44/100 [short tons]; Eq. G-5 [V variables, M layout].

    >>> from reconcile.parameters import load_parameters
    >>> sorbent_from_carbonate(100.0, 1.0, appendix_g_of(load_parameters()))
    44.0
    """
    return _amount("Fu", fu) * _amount("carbonate", caco3_short_tons) * rule.m_co2 / rule.m_caco3


def sorbent_from_so2(so2_removed_lb: float, fu: float, rule: AppendixG) -> float:
    """CO2 of sorbent by the SO2 removed, Fu·(W/2000)·(44/64) [short tons]; Eq. G-6 [V variables, M layout].

    >>> from reconcile.parameters import load_parameters
    >>> sorbent_from_so2(128_000.0, 1.0, appendix_g_of(load_parameters()))
    44.0
    """
    so2 = _amount("SO2 removed", so2_removed_lb) / rule.lb_per_short_ton
    return _amount("Fu", fu) * so2 * rule.m_co2 / rule.m_so2


def so2_removed(so2_out_lb: float, removal_pct: float) -> float:
    """SO2 removed from the SO2 that leaves, out·(R/100)/(1 − R/100) [lb]; Eq. G-7 [V variables, M layout].

    Raises :class:`RuleError` for a removal outside 0 … 100, 100 excluded.

    >>> so2_removed(1000.0, 90.0)
    9000.0
    """
    if not 0 <= removal_pct < 100:
        raise RuleError(f"removal must be 0 or more and below 100 % (found {removal_pct!r})")
    return _amount("SO2 out", so2_out_lb) * removal_pct / (100 - removal_pct)


def with_sorbent(co2_short_tons: float, sorbent_short_tons: float) -> float:
    """CO2 of fuel and sorbent together, W + SE [short tons]; Eq. G-8 [V variables, M layout]."""
    return _amount("CO2", co2_short_tons) + _amount("sorbent CO2", sorbent_short_tons)


def recorded(short_tons: float, rule: AppendixG) -> float:
    """A mass or rate as it is recorded, to 0.1 short ton, half away from zero; practice of the check engine [V].

    >>> from reconcile.parameters import load_parameters
    >>> recorded(59.45, appendix_g_of(load_parameters()))
    59.5
    """
    return round_half_away(short_tons, rule.places)


def _amount(what: str, value: float) -> float:
    if not (math.isfinite(value) and value >= 0):
        raise RuleError(f"{what} must be a number of 0 or more (found {value!r})")
    return value


def _pct(what: str, value: float) -> float:
    if not 0 <= value <= 100:
        raise RuleError(f"{what} must lie between 0 and 100 % (found {value!r})")
    return value / 100
