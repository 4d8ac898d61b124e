"""CO2 of a power plant by accounting 核算法 from daily records: E = Σ FC · C_ar · OF · 44/12.

The comparison with the stack hangs on it, because it has a figure for each day; ``power_monthly`` takes monthly
records. *Source*: Guideline for power plants (2022), fuel combustion. Nothing is rounded on the way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from cems.errors import RuleError
from reconcile.accounting import parts
from reconcile.accounting.activity import FuelRecord
from reconcile.accounting.carbon import carbon_as_received_pct, combustion_co2_t, default_carbon_pct
from reconcile.accounting.fuels import Fuel, find_fuel
from reconcile.parameters import Parameters

__all__ = [
    "Account", "Method", "Part", "account", "as_parts", "carbon_as_received_pct", "combustion_co2_t",
    "default_carbon_pct",
]  # fmt: skip

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
    coal_figures: tuple[Literal["oxidation", "carbon"], ...] = ()
    """Figures of coal that were used for a fuel which is not known to be coal."""
    factors: tuple[str, ...] = ()
    """Factors that entered it, as ``key@version``."""


@dataclass(frozen=True, slots=True)
class Account:
    """CO2 by accounting."""

    method: Method
    """Measured carbon where there is any, or default carbon throughout."""
    co2_t: float
    """``math.fsum`` of the parts' CO2, exactly [t]."""
    parts: tuple[Part, ...]
    """By unit, month and fuel."""


def account(records: Sequence[FuelRecord], parameters: Parameters, method: Method = "measured_carbon") -> Account:
    """The account of some fuel records; its parts add up to the total exactly (``math.fsum``).

    With ``measured_carbon`` a day without a laboratory sample takes the month's mean of the sampled days, weighted by
    consumption; a month without any sample takes default carbon, and its part says so. With ``default_carbon`` every
    day takes its measured net calorific value, or the default one, times the default carbon per heat. Oil and gas take
    their figures from the fuel table; a fuel that the table does not know takes those of coal, and its part says so.
    Raises :class:`RuleError` for a sample that cannot be, and for gas by mass without its net calorific value.
    """
    groups: dict[tuple[str, str, str], list[FuelRecord]] = {}
    for record in sorted(records, key=lambda r: (r.unit, r.day, r.fuel)):
        groups.setdefault((record.unit, f"{record.day:%Y-%m}", record.fuel), []).append(record)
    found = tuple(_part(key, groups[key], parameters, method) for key in sorted(groups))
    return Account(method, math.fsum(p.co2_t for p in found), found)


def as_parts(account: Account) -> parts.Account:
    """The same account in the parts that all sectors share; its total is the same to the last bit."""
    return parts.made(
        "power",
        (
            parts.Part(
                name=f"fuel {p.fuel}",
                kind="fuel",
                co2_t=p.co2_t,
                formula=f"{p.mass_t:.10g} t × {p.carbon_pct_ar / 100:.8g} t C/t × {p.oxidation:g} × 44/12; {p.basis}",
                factors=p.factors,
                visible_at_stack=True,
                unit=p.unit,
                month=p.month,
                fuel=p.fuel,
                tier="default" if p.default else "measured_daily",
                amount=p.mass_t,
                amount_unit="t",
                carbon=p.carbon_pct_ar / 100,
            )
            for p in account.parts
        ),
    )


def _part(key: tuple[str, str, str], rows: list[FuelRecord], parameters: Parameters, method: Method) -> Part:
    unit, month, fuel = key
    looked_up = parameters.fresh()
    samples = [r for r in rows if r.sampled and r.mass_t > 0] if method == "measured_carbon" else []
    carbon, basis = _measured(rows, samples) if samples else _defaulted(rows, looked_up, method)
    known = _tabled(fuel)
    oxidation = looked_up.value(known.of_key("power") if known else "coal_of_power")
    ratio = looked_up.value("co2_per_c")
    co2 = [combustion_co2_t(r.mass_t, c, oxidation, ratio) for r, c in zip(rows, carbon, strict=True)]
    mass = math.fsum(r.mass_t for r in rows)
    weighted = math.fsum(r.mass_t * c for r, c in zip(rows, carbon, strict=True))
    sampled = {id(r) for r in samples}
    parameters.note(looked_up)
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
        coal_figures=_borrowed(fuel, default=not samples),
        factors=tuple(p.ref for p in looked_up.used()),
    )


def _tabled(name: str) -> Fuel | None:
    """The fuel whose own figures the table has; None for coal and for what takes coal's figures."""
    fuel = find_fuel(name)
    return fuel if fuel is not None and fuel.tabled and not fuel.coal else None


def _borrowed(name: str, *, default: bool) -> tuple[Literal["oxidation", "carbon"], ...]:
    """Figures of coal that stand in for those of a fuel which is not known to be coal."""
    fuel, tabled = find_fuel(name), _tabled(name)
    coal = fuel.coal if fuel is not None else "coal" in name.lower() or "煤" in name
    if coal or (tabled is not None and tabled.state != "solid"):
        return ()
    return ("oxidation", "carbon") if default and tabled is None else ("oxidation",)


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
    known = _tabled(rows[0].fuel)
    cc_key = known.cc_key("power") if known else "coal_cc_default_power"
    ncv_key = known.ncv_key("power") if known else "coal_ncv_default_power"
    carbon_per_heat = parameters.value(cc_key)
    lacking = sum(1 for r in rows if r.ncv_gj_per_t is None)
    if lacking and known and known.per != "t":
        place = f"{rows[0].unit} {rows[0].day:%Y-%m} {known.key}"
        raise RuleError(f"{place}: gas by mass needs ncv_gj_per_t on each day; the fuel table has it by volume only")
    fallback = parameters.value(ncv_key) if lacking else math.nan
    basis = f"default {carbon_per_heat:g} t C/GJ"
    basis += f", default NCV {fallback:g} GJ/t on {lacking} of {len(rows)} days" if lacking else ", measured NCV"
    if early := parameters.not_before(cc_key, min(r.day for r in rows)):
        basis += f"; the figure is in force only from {early}"
    if method == "measured_carbon":
        basis = f"no laboratory sample in the month: {basis}"
    return [default_carbon_pct(r.ncv_gj_per_t or fallback, carbon_per_heat) for r in rows], basis
