"""What a record must agree with beyond its own row: the plant, the calendar, the fuels, the other rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Final

from cems.errors import Fault, RuleError
from cems.plant import Plant, Unit
from reconcile.accounting.carbon import carbon_as_received_pct, carbon_from_daf_pct, carbon_from_dry_pct
from reconcile.accounting.fuels import FUELS, find_fuel
from reconcile.accounting.records import FuelSample, PurchasedEnergy
from reconcile.activity.kinds import plain_name
from reconcile.activity.table import Row
from reconcile.parameters import Parameters

MATERIALS: Final = {
    "alternative_material": ("material", "clinker_cut_"),
    "carbon_material": ("material", "steel_material_"),
    "steel_product": ("product", "steel_product_"),
}
"""Column that names a material, and where its factors stand in the table."""
_OF_GAS: Final = ("amount_1e4nm3", "represents_1e4nm3", "carbon_t_per_1e4nm3", "ncv_gj_per_1e4nm3")
_OF_MASS: Final = ("amount_t", "represents_t", "c_ar_pct", "c_ad_pct", "c_d_pct", "c_daf_pct", "ncv_gj_per_t")


@dataclass(frozen=True, slots=True)
class Context:
    """What records are held against."""

    plant: Plant
    """The plant file."""
    today: date
    """The day of the import, in the plant's standard time."""
    parameters: Parameters
    """The factor table."""
    reports: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    """Laboratory reports in force: number, and the units and months that it stands for."""


def row_faults(row: Row, context: Context) -> Iterator[Fault]:
    """What is wrong with the good cells of one row, held against plant, calendar and factor table."""
    unit = next((u for u in context.plant.unit if u.code == row.text("unit")), None)
    if unit is not None:
        yield from _unit_faults(row, unit)
    elif "unit" in row.values:
        codes = ", ".join(u.code for u in context.plant.unit)
        yield row.fault("unit", f"expected a unit of the plant: {codes} (found {row.text('unit')!r})")
    if "month" in row.values:
        yield from _life_faults(row, unit, context.today)
    if "fuel" in row.values:
        yield from _fuel_faults(row, unit)
    if row.kind.name in MATERIALS:
        yield from _material_faults(row, context.parameters)
    if row.kind.model is FuelSample:
        yield from _sample_faults(row, context.parameters)
    if row.kind.model is PurchasedEnergy and not {"electricity_mwh", "heat_gj"} & {*row.values, *row.wrong}:
        yield row.fault("electricity_mwh", "expected electricity_mwh or heat_gj, 0 where none was bought")


def sheet_faults(rows: Sequence[Row], context: Context) -> Iterator[Fault]:
    """What rows say against one another: the same record twice, one laboratory report in several months."""
    seen: dict[tuple[object, ...], Row] = {}
    reports: dict[str, Row] = {}
    samples = [r for r in rows if r.kind.model is FuelSample]
    replaced = {(row.text("unit"), row.text("month")) for row in samples}
    for row in rows:
        names = {c.name for c in row.kind.columns if c.form != "number"}
        if row.wrong & names:
            continue
        first = seen.setdefault(row.kind.key(row.values), row)
        if first is not row:
            what = "unit and month" if row.kind.once else "unit, month and names, report and instrument included"
            message = f"the same {what} stand in {first.cells}; expected one row, or what tells them apart"
            yield row.fault("month", message)
    for row in samples:
        number, month = row.text("report_no"), row.text("month")
        if not number or not month:
            continue
        other = reports.setdefault(number, row)
        stands, place = other.text("month"), other.cells
        # What these rows replace does not speak against them.
        before = context.reports.get(number, frozenset()) - replaced
        if stands == month and (elsewhere := sorted(m for _, m in before if m != month)):
            stands, place = elsewhere[0], "the records imported before"
        if stands != month:
            message = f"report {number!r} stands for {stands} in {place}; expected one month for a report"
            yield row.fault("report_no", f"{message} (found {month})")


def _unit_faults(row: Row, unit: Unit) -> Iterator[Fault]:
    if unit.sector not in row.kind.sectors:
        expected = " or ".join(row.kind.sectors)
        message = f"expected a unit of {expected}, for {row.kind.name} (found {unit.code!r} of {unit.sector})"
        yield row.fault("unit", message)
    stack, rated = row.text("stack"), row.number("rated_mw")
    if stack and stack not in unit.stacks:
        expected = ", ".join(unit.stacks)
        yield row.fault("stack", f"expected a stack of {unit.code}: {expected}, or nothing (found {stack!r})")
    if None not in (unit.rated_mw, rated) and rated != unit.rated_mw:
        message = f"expected the rated power of the plant file, {unit.rated_mw:g} MW (found {rated:g})"
        yield row.fault("rated_mw", message)


def _life_faults(row: Row, unit: Unit | None, today: date) -> Iterator[Fault]:
    month = row.text("month")
    if month > f"{today:%Y-%m}":
        yield row.fault("month", f"expected a month up to {today:%Y-%m}; {month} lies in the future")
        return
    year, number = (int(part) for part in month.split("-"))
    try:
        first = date(year, number, 1)
    except ValueError:
        yield row.fault("month", f"expected a month of our time (found {month!r})")
        return
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    if unit is not None and unit.commissioned is not None and last < unit.commissioned:
        begin = f"{unit.commissioned:%Y-%m}"
        yield row.fault("month", f"expected a month from {begin}, when {unit.code} began (found {month})")
    if unit is not None and unit.decommissioned is not None and first > unit.decommissioned:
        end = f"{unit.decommissioned:%Y-%m}"
        yield row.fault("month", f"expected a month up to {end}, when {unit.code} ended (found {month})")


def _fuel_faults(row: Row, unit: Unit | None) -> Iterator[Fault]:
    fuel = find_fuel(row.text("fuel"))
    if fuel is None:
        names = [name for known in FUELS for name in (known.key, known.zh)]
        near = get_close_matches(row.text("fuel"), names, n=3) or [known.key for known in FUELS]
        yield row.fault("fuel", f"expected a known fuel, such as {', '.join(near)} (found {row.text('fuel')!r})")
        return
    # The model itself refuses a row with both amounts.
    both = {"amount_t", "amount_1e4nm3"} <= row.values.keys()
    for name in _OF_MASS if fuel.per == "1e4Nm3" else _OF_GAS:
        if name in row.values and not (both and name.startswith("amount")):
            yield row.fault(name, f"expected nothing here: {fuel.key} is counted in {fuel.per}")
    if unit is not None and unit.sector != "steel":
        for name in ("flow", "process"):
            if row.text(name) not in ("", "in"):
                yield row.fault(name, f"expected nothing here: {name} belongs to a steelworks (found {unit.sector})")
    moisture = row.number("m_ar_pct")
    if fuel.coal and moisture is not None and 0 < moisture <= 1:
        message = f"{moisture:g} looks like a fraction; write {100 * moisture:.6g} for {100 * moisture:.6g} %"
        yield row.fault("m_ar_pct", f"expected the total moisture of a coal in %: {message}")


def _material_faults(row: Row, parameters: Parameters) -> Iterator[Fault]:
    column, prefix = MATERIALS[row.kind.name]
    if column not in row.values:
        return
    known = [p.key.removeprefix(prefix) for p in parameters.all() if p.key.startswith(prefix)]
    plain = plain_name(row.text(column))
    if plain not in known:
        near = ", ".join(get_close_matches(plain, known, n=3) or known)
        message = f"expected a {column} of the factor table, such as {near} (found {row.text(column)!r})"
        yield row.fault(column, message)


def _sample_faults(row: Row, parameters: Parameters) -> Iterator[Fault]:
    """Carbon on several bases must be one carbon; on each it must leave room for moisture and ash."""
    c_ar, c_ad, c_d, c_daf = (row.number(name) for name in ("c_ar_pct", "c_ad_pct", "c_d_pct", "c_daf_pct"))
    m_ar, m_ad, a_ar = (row.number(name) for name in ("m_ar_pct", "m_ad_pct", "a_ar_pct"))
    found: dict[str, float] = {} if c_ar is None else {"c_ar_pct": c_ar}
    try:
        if c_ad is not None and m_ad is not None and m_ar is not None:
            found["c_ad_pct"] = carbon_as_received_pct(c_ad, m_ad, m_ar)
        if c_d is not None and m_ar is not None:
            found["c_d_pct"] = carbon_from_dry_pct(c_d, m_ar)
        if c_daf is not None and m_ar is not None and a_ar is not None:
            found["c_daf_pct"] = carbon_from_daf_pct(c_daf, m_ar, a_ar)
    except RuleError as error:
        name = "c_ad_pct" if c_ad is not None and "c_ad_pct" not in found else "c_daf_pct"
        yield row.fault(name, f"expected a possible sample: {error}")
        return
    if not found:
        return
    name, carbon = next(iter(found.items()))
    room = 100 - (m_ar or 0.0) - (a_ar or 0.0)
    if carbon > room:
        message = f"expected at most {room:.6g} % carbon as received beside moisture and ash (found {carbon:.6g})"
        yield row.fault(name, message)
    allowed = parameters.value("activity_carbon_bases_pct")
    for other, figure in list(found.items())[1:]:
        if abs(figure - carbon) > allowed:
            message = f"{other} gives {figure:.4f} % carbon as received, {name} gives {carbon:.4f} %"
            yield row.fault(other, f"expected the same carbon on each basis, within {allowed:g} %: {message}")
