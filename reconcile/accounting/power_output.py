"""What a power unit makes of its CO2: supplied power, heat, the split between the two, load factor, intensities.

*Source*: Guideline for power plants (2022), production data; all [M].
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from cems.errors import RuleError
from reconcile.accounting.parts import Account
from reconcile.accounting.records import PowerOutput
from reconcile.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Performance:
    """Output and intensity of one unit over the months of its records."""

    unit: str
    """Code of the unit."""
    generated_mwh: float
    """Gross generation [MWh]."""
    supplied_mwh: float
    """Generation less own use [MWh]."""
    heat_gj: float
    """Heat supplied [GJ]."""
    heat_ratio: float
    """Heat supplied over total heat output, 0 … 1."""
    load_factor: float | None
    """Generation over rated power × hours in operation; None without hours."""
    power_t: float
    """CO2 of power [t]; with ``heat_t`` it adds up to the unit's direct CO2."""
    heat_t: float
    """CO2 of heat [t]."""
    power_t_per_mwh: float | None
    """CO2 of power over supplied power [t/MWh]; None without supplied power."""
    heat_t_per_gj: float | None
    """CO2 of heat over heat supplied [t/GJ]; None without heat."""


def supplied_power_mwh(generated_mwh: float, auxiliary_mwh: float) -> float:
    """Supplied power W_gd = W_fd − W_cy [MWh]; of a cogeneration unit the own use of its power side (W_dcy).

    Negative where a unit used more than it made. Raises :class:`RuleError` for a negative or infinite input.

    >>> supplied_power_mwh(1000.0, 60.0)
    940.0
    """
    return _amount("generation", generated_mwh) - _amount("own use", auxiliary_mwh)


def heat_of_steam_gj(steam_t: float, enthalpy_kj_per_kg: float, parameters: Parameters) -> float:
    """Heat supplied as steam, Q = D · (h − 83.74)/1000 [GJ].

    Raises :class:`RuleError` for an enthalpy below that of the make-up water and for a negative mass.

    >>> from reconcile.parameters import load_parameters
    >>> round(heat_of_steam_gj(100.0, 2900.0, load_parameters()), 3)
    281.626
    """
    base = parameters.value("heat_feedwater_kj_per_kg")
    if not (math.isfinite(enthalpy_kj_per_kg) and enthalpy_kj_per_kg >= base):
        raise RuleError(f"steam has at least {base:g} kJ/kg (found {enthalpy_kj_per_kg!r}): check the enthalpy")
    return _amount("steam", steam_t) * (enthalpy_kj_per_kg - base) / 1000


def heat_of_water_gj(water_t: float, temperature_degc: float, parameters: Parameters) -> float:
    """Heat supplied as hot water, Q = M · (t − 20) · 4.1868/1000 [GJ].

    Raises :class:`RuleError` for water colder than the reference and for a negative mass.

    >>> from reconcile.parameters import load_parameters
    >>> round(heat_of_water_gj(100.0, 90.0, load_parameters()), 4)
    29.3076
    """
    base = parameters.value("heat_water_reference_degc")
    if not (math.isfinite(temperature_degc) and temperature_degc >= base):
        raise RuleError(f"hot water has at least {base:g} degC (found {temperature_degc!r}): check the temperature")
    return _amount("water", water_t) * (temperature_degc - base) * parameters.value("heat_water_kj_per_kg_k") / 1000


def heat_ratio(heat_supplied_gj: float, boiler_heat_gj: float) -> float:
    """Heat ratio α_h = Q_gr/Q_cr, 0 … 1. Raises :class:`RuleError` for no output or more supplied than put out.

    >>> heat_ratio(250.0, 1000.0)
    0.25
    """
    supplied, put_out = _amount("heat supplied", heat_supplied_gj), _amount("heat output", boiler_heat_gj)
    if put_out <= 0 or supplied > put_out:
        raise RuleError(f"{supplied:g} GJ supplied of {put_out:g} GJ put out: check boiler_heat_gj")
    return supplied / put_out


def load_factor(generated_mwh: float, rated_mw: float, running_h: float) -> float:
    """Load factor 出力系数 F = W_fd/(P_rated · t_run). Raises :class:`RuleError` without rated power or hours.

    >>> load_factor(150_000.0, 300.0, 700.0) == 150_000 / 210_000
    True
    """
    if not (rated_mw > 0 and running_h > 0):
        raise RuleError(f"a load factor needs rated power and hours in operation (found {rated_mw!r}, {running_h!r})")
    return _amount("generation", generated_mwh) / (_amount("rated power", rated_mw) * _amount("hours", running_h))


def biomass_share(boiler_heat_gj: float, boiler_efficiency: float, fossil_heat_gj: float) -> float:
    """Share of biomass in the heat fired, (Q/η − fossil heat)/(Q/η), from the boiler's output [V2].

    Raises :class:`RuleError` for an efficiency outside 0 … 1, no output, and more fossil heat than was fired.

    >>> biomass_share(900.0, 0.9, 750.0)
    0.25
    """
    if not (0 < boiler_efficiency <= 1 and _amount("heat output", boiler_heat_gj) > 0):
        raise RuleError(f"heat output {boiler_heat_gj!r} GJ at efficiency {boiler_efficiency!r}: check both")
    fired = boiler_heat_gj / boiler_efficiency
    if _amount("fossil heat", fossil_heat_gj) > fired:
        raise RuleError(f"{fossil_heat_gj:g} GJ of fossil heat exceed the {fired:g} GJ fired: check the efficiency")
    return (fired - fossil_heat_gj) / fired


def performance(account: Account, records: Iterable[object]) -> tuple[Performance, ...]:
    """Output, split and intensities of each unit that has a :class:`PowerOutput`, over all its months together.

    CO2 of a cogeneration unit is split E_heat = α_h · E, E_power = E − E_heat. Raises :class:`RuleError` where heat
    was supplied and the boiler's heat output is not known. Records of other kinds are left aside.
    """
    rows: dict[str, list[PowerOutput]] = {}
    for record in records:
        if isinstance(record, PowerOutput):
            rows.setdefault(record.unit, []).append(record)
    return tuple(_performance(unit, rows[unit], account.of(unit=unit).direct_t) for unit in sorted(rows))


def _performance(unit: str, rows: list[PowerOutput], direct_t: float) -> Performance:
    generated = math.fsum(r.generated_mwh for r in rows)
    supplied = supplied_power_mwh(generated, math.fsum(r.auxiliary_mwh for r in rows))
    heat, ratio = math.fsum(r.heat_supplied_gj for r in rows), 0.0
    if heat:
        lacking = [r.month for r in rows if r.boiler_heat_gj is None]
        if lacking:
            raise RuleError(f"{unit} {', '.join(sorted(lacking))}: heat is supplied, so boiler_heat_gj is needed")
        ratio = heat_ratio(heat, math.fsum(r.boiler_heat_gj or 0.0 for r in rows))
    possible = math.fsum(r.rated_mw * r.running_h for r in rows)
    heat_t = ratio * direct_t
    return Performance(
        unit=unit,
        generated_mwh=generated,
        supplied_mwh=supplied,
        heat_gj=heat,
        heat_ratio=ratio,
        load_factor=generated / possible if possible else None,
        power_t=direct_t - heat_t,
        heat_t=heat_t,
        power_t_per_mwh=(direct_t - heat_t) / supplied if supplied > 0 else None,
        heat_t_per_gj=heat_t / heat if heat else None,
    )


def _amount(what: str, value: float) -> float:
    if not (math.isfinite(value) and value >= 0):
        raise RuleError(f"{what} must be a number of 0 or more (found {value!r})")
    return value
