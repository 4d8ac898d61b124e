"""Carbon of a fuel on the basis as received, and the CO2 it makes when it burns."""

from __future__ import annotations

from cems.errors import RuleError


def carbon_as_received_pct(c_ad_pct: float, m_ad_pct: float, m_ar_pct: float) -> float:
    """Carbon as received C_ar = C_ad · (100 − M_ar)/(100 − M_ad) [%], from the air-dried sample.

    Raises :class:`RuleError` for a moisture outside 0 … 100 or a carbon that leaves no room for the sample's moisture.
    *Source*: conversion of coal bases (GB/T 483), Guideline for power plants (2022) [M].

    >>> round(carbon_as_received_pct(58.2, 2.4, 12.5), 4)
    52.1773
    """
    if not (0 <= m_ad_pct < 100 and 0 <= m_ar_pct < 100 and 0 <= c_ad_pct <= 100 - m_ad_pct):
        raise RuleError(f"no coal has C_ad {c_ad_pct} %, M_ad {m_ad_pct} %, M_ar {m_ar_pct} %: check the sample")
    return c_ad_pct * (100 - m_ar_pct) / (100 - m_ad_pct)


def carbon_from_dry_pct(c_d_pct: float, m_ar_pct: float) -> float:
    """Carbon as received C_ar = C_d · (100 − M_ar)/100 [%], from the dry basis.

    Raises :class:`RuleError` for carbon outside 0 … 100 or moisture outside 0 … 100 (100 excluded).
    *Source*: conversion of coal bases (GB/T 483) [M].

    >>> carbon_from_dry_pct(60.0, 12.5)
    52.5
    """
    if not (0 <= m_ar_pct < 100 and 0 <= c_d_pct <= 100):
        raise RuleError(f"no coal has C_d {c_d_pct} %, M_ar {m_ar_pct} %: check the sample")
    return c_d_pct * (100 - m_ar_pct) / 100


def carbon_from_daf_pct(c_daf_pct: float, m_ar_pct: float, a_ar_pct: float) -> float:
    """Carbon as received C_ar = C_daf · (100 − M_ar − A_ar)/100 [%], only where a laboratory reports dry and ash-free.

    Raises :class:`RuleError` where moisture and ash leave nothing, or one of the figures lies outside 0 … 100.
    *Source*: conversion of coal bases (GB/T 483) [M].

    >>> carbon_from_daf_pct(80.0, 12.5, 20.0)
    54.0
    """
    if not (0 <= c_daf_pct <= 100 and min(m_ar_pct, a_ar_pct) >= 0 and m_ar_pct + a_ar_pct < 100):
        raise RuleError(f"no coal has C_daf {c_daf_pct} %, M_ar {m_ar_pct} %, A_ar {a_ar_pct} %: check the sample")
    return c_daf_pct * (100 - m_ar_pct - a_ar_pct) / 100


def default_carbon_pct(ncv_gj_per_t: float, carbon_per_heat: float) -> float:
    """Carbon as received from heat, NCV [GJ/t] × CC [t C/GJ], as mass per cent.

    >>> round(default_carbon_pct(20.5, 0.03085), 4)
    63.2425
    """
    return 100.0 * ncv_gj_per_t * carbon_per_heat


def combustion_co2_t(mass_t: float, carbon_pct_ar: float, oxidation: float, co2_per_c: float) -> float:
    """CO2 of burnt fuel, FC · C_ar · OF · 44/12 [t].

    *Source*: Guideline for power plants (2022), fuel combustion [M].

    >>> round(combustion_co2_t(120_000.0, carbon_as_received_pct(58.2, 2.4, 12.5), 0.99, 44 / 12), 1)
    227284.1
    """
    return mass_t * carbon_pct_ar / 100.0 * oxidation * co2_per_c
