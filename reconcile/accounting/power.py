"""CO2 of a power plant by accounting 核算法: E = Σ FC · C_ar · OF · 44/12.

*Source*: Guideline for power plants (2022), fuel combustion. Nothing is rounded on the way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from cems.errors import RuleError
from reconcile.accounting.activity import FuelRecord
from reconcile.parameters import Parameters

Method = Literal["measured_carbon", "default_carbon"]


@dataclass(frozen=True, slots=True)
class Part:
    """One fuel of one unit in one month."""

    unit: str
    """Code of the unit."""
    month: str
    """``YYYY-MM``."""
    fuel: str
    """Name of the fuel."""
    mass_t: float
    """Mass burnt, as received [t]."""
    carbon_pct_ar: float
    """Carbon as received, weighted by daily consumption [%]."""
    oxidation: float
    """Oxidation factor."""
    co2_t: float
    """CO2 [t]: the days' CO2 added up."""
    basis: str
    """How the carbon was found."""
    default: bool
    """Whether the carbon is a default value."""
    days: tuple[tuple[date, float], ...]
    """CO2 of each day [t]."""
    masses: tuple[float, ...]
    """Mass burnt on each of these days [t]."""
    sampled_t: tuple[float, ...]
    """CO2 of the days with a laboratory sample [t]."""


@dataclass(frozen=True, slots=True)
class Account:
    """CO2 by accounting."""

    method: Method
    """Measured carbon where there is any, or default carbon throughout."""
    co2_t: float
    """``math.fsum`` of the parts' CO2, exactly [t]."""
    parts: tuple[Part, ...]
    """By unit, month and fuel."""


def carbon_as_received_pct(c_ad_pct: float, m_ad_pct: float, m_ar_pct: float) -> float:
    """Carbon as received C_ar = C_ad · (100 − M_ar)/(100 − M_ad) [%], from the air-dried sample.

    Raises :class:`RuleError` for a moisture outside 0 … 100 or a carbon that leaves no room for the sample's moisture.
    *Source*: conversion of coal bases (GB/T 483), Guideline for power plants (2022).

    >>> round(carbon_as_received_pct(58.2, 2.4, 12.5), 4)
    52.1773
    """
    if not (0 <= m_ad_pct < 100 and 0 <= m_ar_pct < 100 and 0 <= c_ad_pct <= 100 - m_ad_pct):
        raise RuleError(f"no coal has C_ad {c_ad_pct} %, M_ad {m_ad_pct} %, M_ar {m_ar_pct} %: check the sample")
    return c_ad_pct * (100 - m_ar_pct) / (100 - m_ad_pct)


def default_carbon_pct(ncv_gj_per_t: float, carbon_per_heat: float) -> float:
    """Carbon as received from heat, NCV [GJ/t] × CC [t C/GJ], as mass per cent.

    >>> round(default_carbon_pct(20.5, 0.03085), 4)
    63.2425
    """
    return 100.0 * ncv_gj_per_t * carbon_per_heat


def combustion_co2_t(mass_t: float, carbon_pct_ar: float, oxidation: float, co2_per_c: float) -> float:
    """CO2 of burnt fuel, FC · C_ar · OF · 44/12 [t].

    >>> round(combustion_co2_t(120_000.0, carbon_as_received_pct(58.2, 2.4, 12.5), 0.99, 44 / 12), 1)
    227284.1
    """
    return mass_t * carbon_pct_ar / 100.0 * oxidation * co2_per_c


def account(records: Sequence[FuelRecord], parameters: Parameters, method: Method = "measured_carbon") -> Account:
    """The account of some fuel records; its parts add up to the total exactly (``math.fsum``).

    With ``measured_carbon`` a day without a laboratory sample takes the month's mean of the sampled days, weighted by
    consumption; a month without any sample takes default carbon, and its part says so. With ``default_carbon`` every
    day takes its measured net calorific value, or the default one, times the default carbon per heat.
    """
    groups: dict[tuple[str, str, str], list[FuelRecord]] = {}
    for record in sorted(records, key=lambda r: (r.unit, r.day, r.fuel)):
        groups.setdefault((record.unit, f"{record.day:%Y-%m}", record.fuel), []).append(record)
    parts = tuple(_part(key, groups[key], parameters, method) for key in sorted(groups))
    return Account(method, math.fsum(p.co2_t for p in parts), parts)


def _part(key: tuple[str, str, str], rows: list[FuelRecord], parameters: Parameters, method: Method) -> Part:
    unit, month, fuel = key
    samples = [r for r in rows if r.sampled and r.mass_t > 0] if method == "measured_carbon" else []
    carbon, basis = _measured(rows, samples) if samples else _defaulted(rows, parameters, method)
    oxidation, ratio = parameters.value("coal_of_power"), parameters.value("co2_per_c")
    co2 = [combustion_co2_t(r.mass_t, c, oxidation, ratio) for r, c in zip(rows, carbon, strict=True)]
    mass = math.fsum(r.mass_t for r in rows)
    weighted = math.fsum(r.mass_t * c for r, c in zip(rows, carbon, strict=True))
    sampled = {id(r) for r in samples}
    return Part(
        unit=unit,
        month=month,
        fuel=fuel,
        mass_t=mass,
        carbon_pct_ar=weighted / mass if mass else math.fsum(carbon) / len(carbon),
        oxidation=oxidation,
        co2_t=math.fsum(co2),
        basis=basis,
        default=not samples,
        days=tuple((r.day, t) for r, t in zip(rows, co2, strict=True)),
        masses=tuple(r.mass_t for r in rows),
        sampled_t=tuple(t for r, t in zip(rows, co2, strict=True) if id(r) in sampled),
    )


def _measured(rows: list[FuelRecord], samples: list[FuelRecord]) -> tuple[list[float], str]:
    """Carbon of each record from its own sample, or from the month's weighted mean."""
    own = {id(r): _carbon(r) for r in samples}
    mean = math.fsum(r.mass_t * own[id(r)] for r in samples) / math.fsum(r.mass_t for r in samples)
    lacking = sum(1 for r in rows if id(r) not in own)
    basis = f"C_ad by daily sample ({len(samples)} of {len(rows)} days)"
    if lacking:
        basis += f"; {lacking} without a sample at the month's weighted mean {mean:.4f} %"
    return [own.get(id(r), mean) for r in rows], basis


def _carbon(record: FuelRecord) -> float:
    if record.c_ad_pct is None or record.m_ad_pct is None or record.m_ar_pct is None:
        raise RuleError(f"{record.unit} {record.day}: the record has no laboratory sample")
    try:
        return carbon_as_received_pct(record.c_ad_pct, record.m_ad_pct, record.m_ar_pct)
    except RuleError as error:
        raise RuleError(f"{record.unit} {record.day} {record.fuel}: {error}") from error


def _defaulted(rows: list[FuelRecord], parameters: Parameters, method: Method) -> tuple[list[float], str]:
    """Default carbon of each day from its measured or the default net calorific value."""
    carbon_per_heat = parameters.value("coal_cc_default_power")
    lacking = sum(1 for r in rows if r.ncv_gj_per_t is None)
    fallback = parameters.value("coal_ncv_default_power") if lacking else math.nan
    basis = f"default {carbon_per_heat:g} t C/GJ"
    basis += f", default NCV {fallback:g} GJ/t on {lacking} of {len(rows)} days" if lacking else ", measured NCV"
    if early := parameters.not_before("coal_cc_default_power", min(r.day for r in rows)):
        basis += f"; the figure is in force only from {early}"
    if method == "measured_carbon":
        basis = f"no laboratory sample in the month: {basis}"
    return [default_carbon_pct(r.ncv_gj_per_t or fallback, carbon_per_heat) for r in rows], basis
