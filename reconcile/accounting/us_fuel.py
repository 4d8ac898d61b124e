"""CO2 of fuel by the rules of the United States as an account of parts: Part 75 Appendix G, or Part 98 tiers 1 to 3.

Parts are in tonnes. Appendix G counts short tons: they become tonnes by the exact conversion, or, where the result is
to be what Part 98 reports, by its rounded one. Biogenic CO2 stands apart, as Part 98 has it reported.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from cems.errors import RuleError
from reconcile.accounting import us_appendix_g as app_g
from reconcile.accounting import us_part98 as p98
from reconcile.accounting.parts import Account, Kind, Part, made
from reconcile.accounting.records import Record, Tier
from reconcile.parameters import Parameter, Parameters
from reconcile.rulebooks.equations.part75_f_factors import factors_of

Tonnes = Literal["exact", "part98"]
"""``exact``: 0.90718474 t; ``part98``: divided by 1.1."""
_Amount: TypeAlias = Annotated[float, Field(ge=0)]
_Positive: TypeAlias = Annotated[float, Field(gt=0)]
_Pct: TypeAlias = Annotated[float, Field(ge=0, le=100)]


class _Fuel(Record):
    fuel: str = Field(min_length=1)
    """Name of the fuel, as in Table C-1 or, for heat by Appendix G, as in Table 1 of Appendix F."""
    biogenic_pct: _Pct = 0.0
    """Share of the CO2 that is biogenic [%]."""


class CarbonBurnt(_Fuel):
    """Appendix G, G-1 with G-2 or G-3: coal by its carbon."""

    coal_short_tons: _Amount
    """Coal burnt [short tons]."""
    carbon_pct: _Pct
    """Carbon as burnt [% by mass]."""
    ash_pct: _Pct | None = None
    """Ash of the coal [%], for G-2."""
    carbon_in_ash_pct: _Pct | None = None
    """Carbon of the ash [%], for G-2; without both of them the whole carbon counts, or 99 % of it."""
    default_oxidation: bool = False
    """Take 99 % of the carbon (G-3)."""

    @model_validator(mode="after")
    def _one_oxidation(self) -> Self:
        if (self.ash_pct is None) != (self.carbon_in_ash_pct is None):
            raise ValueError("G-2 needs ash_pct and carbon_in_ash_pct, both of them")
        if self.ash_pct is not None and self.default_oxidation:
            raise ValueError("G-2 and G-3 stand for the same carbon: give ash or default_oxidation, one of them")
        return self


class HeatBurnt(_Fuel):
    """Appendix G, G-4: gas or oil by its heat input."""

    heat_mmbtu: _Amount
    """Heat input, gross [mmBtu]."""


class Sorbent(Record):
    """Appendix G, G-5 or G-6 with G-7: CO2 that limestone sets free."""

    caco3_short_tons: _Amount | None = None
    """Calcium carbonate used [short tons], for G-5."""
    so2_out_lb: _Amount | None = None
    """SO2 that leaves the stack [lb], for G-6."""
    removal_pct: Annotated[float, Field(ge=0, lt=100)] | None = None
    """SO2 removed [%], for G-6."""
    fu: _Amount | None = None
    """Moles of CO2 per mole of carbonate or SO2; None: that of limestone."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        by_so2 = self.so2_out_lb is not None and self.removal_pct is not None
        if (self.caco3_short_tons is not None) == by_so2 or (self.so2_out_lb is None) != (self.removal_pct is None):
            raise ValueError("give caco3_short_tons, or so2_out_lb with removal_pct")
        return self


class FuelByHeat(_Fuel):
    """Part 98 C-1 (and C-2a with a measured heating value)."""

    quantity: _Amount
    """Solid fuel in short tons, gas in scf."""
    hhv_mmbtu: _Positive | None = None
    """Measured gross heating value [mmBtu per unit of quantity]; None: Table C-1."""


class SolidByCarbon(_Fuel):
    """Part 98 C-3."""

    short_tons: _Amount
    """Solid fuel [short tons]."""
    carbon_pct: _Pct
    """Carbon [% by mass]."""


class GasByCarbon(_Fuel):
    """Part 98 C-5."""

    scf: _Amount
    """Gas at 68 F [scf]."""
    carbon_pct: _Pct
    """Carbon [% by mass]."""
    molar_mass: _Positive
    """Molar mass [kg/kg-mol]."""


UsRecord: TypeAlias = CarbonBurnt | HeatBurnt | Sorbent | FuelByHeat | SolidByCarbon | GasByCarbon
AppendixGRecord: TypeAlias = CarbonBurnt | HeatBurnt | Sorbent
_SECTOR: Final = "us"
_HEAT_FUELS: Final = ("natural_gas", "oil")
"""Fuels for which G-4 was read."""
_UNITS: Final = {
    "natural_gas": "scf",
    "propane_gas": "scf",
    "distillate_oil_2": "unit of its heating value",
    "residual_oil_6": "unit of its heating value",
}
"""Units of quantity of what is not a solid."""


def account(records: Iterable[UsRecord], parameters: Parameters, tonnes: Tonnes = "exact") -> Account:
    """The account of fuel records by Appendix G or Part 98 [t CO2], one or two parts each (fossil, biogenic).

    Parts are unrounded. Raises :class:`RuleError` for a unit and month that has records of both rules, which would
    count its fuel twice, and for a fuel that the table asked does not have.

    >>> from reconcile.parameters import load_parameters
    >>> coal = FuelByHeat(unit="u1", month="2025-01", fuel="bituminous", quantity=1000.0)
    >>> round(account([coal], load_parameters()).direct_t, 4)
    2325.4704
    """
    rows = tuple(records)
    _one_rule(rows)
    parts = [part for row in rows for part in _parts(row, parameters, tonnes)]
    return made(_SECTOR, parts)


def _one_rule(rows: tuple[UsRecord, ...]) -> None:
    of_g = {(r.unit, r.month) for r in rows if isinstance(r, AppendixGRecord)}
    of_98 = {(r.unit, r.month) for r in rows if not isinstance(r, AppendixGRecord)}
    for unit, month in sorted(of_g & of_98):
        raise RuleError(f"{unit} {month}: has records of Appendix G and of Part 98; keep those of one rule")


def _parts(row: UsRecord, parameters: Parameters, tonnes: Tonnes) -> list[Part]:
    used = parameters.fresh()
    if isinstance(row, AppendixGRecord):
        co2_t, text = _by_appendix_g(row, used, tonnes)
    else:
        co2_t, text = _by_part98(row, used)
    parameters.note(used)
    share = 0.0 if isinstance(row, Sorbent) else row.biogenic_pct / 100
    fossil = co2_t * (1 - share)
    main: Kind = "process" if isinstance(row, Sorbent) else "fuel"
    pieces: list[tuple[Kind, float]] = [(main, fossil)] if share < 1 else []
    pieces += [("biogenic", co2_t - fossil)] if share > 0 else []
    return [_part(row, kind, t, text, used.used()) for kind, t in pieces]


def _by_appendix_g(row: AppendixGRecord, used: Parameters, tonnes: Tonnes) -> tuple[float, str]:
    """CO2 [t] and the formula."""
    rule = app_g.appendix_g_of(used)
    if isinstance(row, CarbonBurnt):
        short, text = _carbon_burnt(row, rule)
    elif isinstance(row, HeatBurnt):
        if row.fuel not in _HEAT_FUELS:
            raise RuleError(
                f"{row.unit} {row.month}: G-4 is for {' and '.join(_HEAT_FUELS)} only, not for {row.fuel!r}"
            )
        fc = factors_of(used, row.fuel).fc
        short = app_g.from_heat(row.heat_mmbtu, fc, rule)
        text = f"G-4: {row.heat_mmbtu:.10g} mmBtu × {fc:g} scf/mmBtu × 44/(385·2000)"
    else:
        short, text = _sorbent(row, used, rule)
    if tonnes == "part98":
        per_t = used.value("p98_short_tons_per_t")
        return short / per_t, f"{text} = {short:.10g} short tons; / {per_t:g}"
    per_ton = used.value("p75_short_ton_t")
    return short * per_ton, f"{text} = {short:.10g} short tons; × {per_ton:.8g}"


def _carbon_burnt(row: CarbonBurnt, rule: app_g.AppendixG) -> tuple[float, str]:
    carbon_lb = row.coal_short_tons * rule.lb_per_short_ton * row.carbon_pct / 100
    short = app_g.from_carbon(carbon_lb, rule)
    text = f"G-1: {carbon_lb:.10g} lb C × 44/(12·2000)"
    if row.ash_pct is not None and row.carbon_in_ash_pct is not None:
        short = app_g.less_ash(short, row.ash_pct, row.carbon_in_ash_pct, row.coal_short_tons, rule)
        text += f"; G-2: less ash {row.ash_pct:g} % with {row.carbon_in_ash_pct:g} % C"
    elif row.default_oxidation:
        short = app_g.by_default_oxidation(short, rule)
        text += f"; G-3: × {rule.oxidised:g}"
    return short, text


def _sorbent(row: Sorbent, used: Parameters, rule: app_g.AppendixG) -> tuple[float, str]:
    fu = used.value("p75_fu_limestone") if row.fu is None else row.fu
    if row.caco3_short_tons is not None:
        short = app_g.sorbent_from_carbonate(row.caco3_short_tons, fu, rule)
        return short, f"G-5: {fu:g} × {row.caco3_short_tons:.10g} short tons CaCO3 × 44/100"
    removed = app_g.so2_removed(row.so2_out_lb or 0.0, row.removal_pct or 0.0)
    return app_g.sorbent_from_so2(removed, fu, rule), f"G-6, G-7: {fu:g} × {removed:.10g} lb SO2/2000 × 44/64"


def _by_part98(row: FuelByHeat | SolidByCarbon | GasByCarbon, used: Parameters) -> tuple[float, str]:
    """CO2 [t] and the formula."""
    rule = p98.part98_fuel_of(used)
    if isinstance(row, FuelByHeat):
        factor = p98.emission_factor(row.fuel, used)
        hhv = p98.default_hhv(row.fuel, used) if row.hhv_mmbtu is None else row.hhv_mmbtu
        text = f"C-1: 1e-3 × {row.quantity:.10g} × {hhv:.8g} mmBtu × {factor:g} kg/mmBtu"
        return p98.by_heat(row.quantity, hhv, factor, rule), text
    carbon = row.carbon_pct / 100
    if isinstance(row, SolidByCarbon):
        text = f"C-3: 44/12 × {row.short_tons:.10g} short tons × {carbon:.8g} × {rule.t_per_short_ton:g}"
        return p98.by_carbon_solid(row.short_tons, carbon, rule), text
    text = f"C-5: 44/12 × {row.scf:.10g} scf × {carbon:.8g} × {row.molar_mass:g}/{rule.molar_volume_scf:g} × 0.001"
    return p98.by_carbon_gas(row.scf, carbon, row.molar_mass, rule), text


def _part(row: UsRecord, kind: Kind, co2_t: float, text: str, used: tuple[Parameter, ...]) -> Part:
    fuel = "" if isinstance(row, Sorbent) else row.fuel
    amount, unit = _amount(row)
    measured = isinstance(row, CarbonBurnt | SolidByCarbon | GasByCarbon)
    tier: Tier = "monthly_composite" if measured else "default"
    return Part(
        name=f"{kind} {fuel}" if fuel else "sorbent",
        kind=kind,
        co2_t=co2_t,
        formula=text,
        factors=tuple(p.ref for p in used),
        visible_at_stack=True,
        unit=row.unit,
        month=row.month,
        stack=row.stack,
        fuel=fuel,
        tier=tier,
        amount=amount,
        amount_unit=unit,
    )


def _amount(row: UsRecord) -> tuple[float, str]:
    if isinstance(row, CarbonBurnt):
        return row.coal_short_tons, "short ton"
    if isinstance(row, HeatBurnt):
        return row.heat_mmbtu, "mmBtu"
    if isinstance(row, FuelByHeat):
        return row.quantity, _UNITS.get(row.fuel, "short ton")
    if isinstance(row, SolidByCarbon):
        return row.short_tons, "short ton"
    if isinstance(row, GasByCarbon):
        return row.scf, "scf"
    return (
        (row.caco3_short_tons, "short ton") if row.caco3_short_tons is not None else (row.so2_out_lb or 0.0, "lb SO2")
    )
