"""Figures as they are written into a form: rounded once, at the end, by the places the guidelines ask for.

An account is never made of these. *Source*: sector guidelines, practice of rounding [V2 and M, see the factor table].
"""

from __future__ import annotations

from dataclasses import dataclass

from cems.errors import RuleError
from reconcile.accounting.parts import Account, Part
from reconcile.parameters import Parameters
from reconcile.rulebooks.rounding import round_half_away


@dataclass(frozen=True, slots=True)
class Places:
    """Decimals of each sort of figure."""

    fuel: int
    """Fuel and material [t], [10⁴ Nm3]."""
    carbon: int
    """Carbon content [t C per unit of amount]."""
    electricity: int
    """Electricity [MWh]."""
    heat: int
    """Heat [GJ]."""
    emission: int
    """CO2 of a part [t]."""
    enterprise: int
    """CO2 of the enterprise [t]."""
    intensity: int
    """CO2 per output."""


@dataclass(frozen=True, slots=True)
class Line:
    """One part as a form prints it."""

    part: Part
    """The part with every digit."""
    amount: float
    """Activity, rounded, in the part's ``amount_unit``."""
    carbon: float | None
    """Carbon content, rounded; None where there is none."""
    co2_t: float
    """CO2, rounded [t]."""
    co2e_t: float
    """Other gases, rounded [t CO2e]."""


@dataclass(frozen=True, slots=True)
class Form:
    """An account as a form prints it; its totals are the rounded exact totals, not sums of rounded lines."""

    lines: tuple[Line, ...]
    """By part."""
    direct_t: float
    """Direct CO2 [t]."""
    total_t: float
    """Direct and indirect CO2 [t]."""
    biogenic_t: float
    """Biogenic CO2, memo [t]."""
    pfc_co2e_t: float
    """Perfluorocarbons [t CO2e]."""


def places_of(parameters: Parameters) -> Places:
    """The places of a parameter table (``places_...``); raises :class:`RuleError` for one that is no whole number."""

    def places(key: str) -> int:
        value = parameters.value(key)
        if value != int(value):
            raise RuleError(f"{key} must be a whole number of decimals (found {value!r})")
        return int(value)

    return Places(
        fuel=places("places_fuel_t"),
        carbon=places("places_carbon"),
        electricity=places("places_electricity_mwh"),
        heat=places("places_heat_gj"),
        emission=places("places_emission_t"),
        enterprise=places("places_enterprise_t"),
        intensity=places("places_intensity"),
    )


def reported(account: Account, places: Places) -> Form:
    """The account rounded half away from zero for a form; the account itself keeps every digit.

    >>> from reconcile.accounting.cement import account
    >>> from reconcile.accounting.records import ClinkerOutput
    >>> from reconcile.parameters import load_parameters
    >>> rows = [ClinkerOutput(unit="k1", month="2025-01", clinker_t=1000.005)]
    >>> form = reported(account(rows, load_parameters()), places_of(load_parameters()))
    >>> form.lines[0].amount, form.lines[0].co2_t, form.direct_t
    (1000.01, 535.0, 535.0)
    """
    lines = tuple(_line(part, places) for part in account.parts)
    totals = (account.direct_t, account.total_t, account.biogenic_t, account.pfc_co2e_t)
    return Form(lines, *(round_half_away(total, places.enterprise) for total in totals))


def _line(part: Part, places: Places) -> Line:
    of_unit = {"MWh": places.electricity, "GJ": places.heat}
    return Line(
        part=part,
        amount=round_half_away(part.amount, of_unit.get(part.amount_unit, places.fuel)),
        carbon=None if part.carbon is None else round_half_away(part.carbon, places.carbon),
        co2_t=round_half_away(part.co2_t, places.emission),
        co2e_t=round_half_away(part.co2e_t, places.emission),
    )
