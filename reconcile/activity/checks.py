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
from reconcile.accounting.records import (
    AlternativeMaterial,
    CarbonMaterial,
    FuelSample,
    FuelUse,
    PowerOutput,
    PurchasedEnergy,
    Record,
    SteelProduct,
)
from reconcile.activity.table import Row
from reconcile.parameters import Parameters

MATERIALS: Final = {
    "alternative_material": ("material", "clinker_cut_"),
    "carbon_material": ("material", "steel_material_"),
    "steel_product": ("product", "steel_product_"),
}
"""Column that names a material, and where its factors stand in the table."""
_FRACTION_OF_COAL: Final = "m_ar_pct"


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
    """What is wrong with one record, held against plant, calendar and factor table."""
    record = row.record
    unit = next((u for u in context.plant.unit if u.code == record.unit), None)
    if unit is None:
        codes = [u.code for u in context.plant.unit]
        yield row.fault("unit", f"expected a unit of the plant: {', '.join(codes)} (found {record.unit!r})")
    else:
        yield from _unit_faults(row, unit)
        yield from _life_faults(row, unit, context.today)
    yield from _fuel_faults(row, record, unit)
    yield from _material_faults(row, record, context.parameters)
    if isinstance(record, FuelSample):
        yield from _sample_faults(row, record, context.parameters)
    if isinstance(record, PurchasedEnergy) and not {"electricity_mwh", "heat_gj"} & record.model_fields_set:
        yield row.fault("electricity_mwh", "expected electricity_mwh or heat_gj, 0 where none was bought")


def sheet_faults(rows: Sequence[Row], context: Context) -> Iterator[Fault]:
    """What rows say against one another: the same record twice, one laboratory report in several months."""
    seen: dict[tuple[object, ...], Row] = {}
    reports: dict[str, Row] = {}
    replaced = {(row.record.unit, row.record.month) for row in rows if isinstance(row.record, FuelSample)}
    for row in rows:
        first = seen.setdefault(row.kind.key(row.record), row)
        if first is not row:
            what = "unit and month" if row.kind.once else "unit, month and names, report and instrument included"
            yield row.fault(
                "month", f"the same {what} stand in {first.cells}; expected one row, or what tells them apart"
            )
        record = row.record
        if not isinstance(record, FuelSample) or not record.report_no:
            continue
        other = reports.setdefault(record.report_no, row)
        month, place = other.record.month, other.cells
        # What these rows replace does not speak against them.
        before = context.reports.get(record.report_no, frozenset()) - replaced
        if month == record.month and (elsewhere := sorted(m for _, m in before if m != month)):
            month, place = elsewhere[0], "the records imported before"
        if month != record.month:
            message = f"report {record.report_no!r} stands for {month} in {place}; expected one month for a report"
            yield row.fault("report_no", f"{message} (found {record.month})")


def _unit_faults(row: Row, unit: Unit) -> Iterator[Fault]:
    record = row.record
    if unit.sector not in row.kind.sectors:
        expected = " or ".join(row.kind.sectors)
        message = f"expected a unit of {expected}, for {row.kind.name} (found {unit.code!r} of {unit.sector})"
        yield row.fault("unit", message)
    if record.stack and record.stack not in unit.stacks:
        expected = ", ".join(unit.stacks)
        yield row.fault("stack", f"expected a stack of {unit.code}: {expected}, or nothing (found {record.stack!r})")
    if isinstance(record, PowerOutput) and unit.rated_mw is not None and record.rated_mw != unit.rated_mw:
        message = f"expected the rated power of the plant file, {unit.rated_mw:g} MW (found {record.rated_mw:g})"
        yield row.fault("rated_mw", message)


def _life_faults(row: Row, unit: Unit, today: date) -> Iterator[Fault]:
    month = row.record.month
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
    if unit.commissioned is not None and last < unit.commissioned:
        yield row.fault(
            "month", f"expected a month from {unit.commissioned:%Y-%m}, when {unit.code} began (found {month})"
        )
    if unit.decommissioned is not None and first > unit.decommissioned:
        end = f"{unit.decommissioned:%Y-%m}"
        yield row.fault("month", f"expected a month up to {end}, when {unit.code} ended (found {month})")


def _fuel_faults(row: Row, record: Record, unit: Unit | None) -> Iterator[Fault]:
    if not isinstance(record, FuelUse | FuelSample):
        return
    fuel = find_fuel(record.fuel)
    if fuel is None:
        names = [name for known in FUELS for name in (known.key, known.zh)]
        near = get_close_matches(record.fuel, names, n=3) or [known.key for known in FUELS]
        yield row.fault("fuel", f"expected a known fuel, such as {', '.join(near)} (found {record.fuel!r})")
        return
    of_gas, of_mass = (
        ("amount_1e4nm3", "represents_1e4nm3", "carbon_t_per_1e4nm3", "ncv_gj_per_1e4nm3"),
        ("amount_t", "represents_t", "c_ar_pct", "c_ad_pct", "c_d_pct", "c_daf_pct", "ncv_gj_per_t"),
    )
    for name in of_mass if fuel.per == "1e4Nm3" else of_gas:
        if getattr(record, name, None) is not None:
            yield row.fault(name, f"expected nothing here: {fuel.key} is counted in {fuel.per}")
    if unit is not None and unit.sector != "steel" and isinstance(record, FuelUse):
        for name in ("flow", "process"):
            if getattr(record, name) not in ("", "in"):
                yield row.fault(name, f"expected nothing here: {name} belongs to a steelworks (found {unit.sector})")
    moisture = record.m_ar_pct if isinstance(record, FuelSample) else None
    if fuel.coal and moisture is not None and 0 < moisture <= 1:
        message = f"{moisture:g} looks like a fraction; write {100 * moisture:.6g} for {100 * moisture:.6g} %"
        yield row.fault(_FRACTION_OF_COAL, f"expected the total moisture of a coal in %: {message}")


def _material_faults(row: Row, record: Record, parameters: Parameters) -> Iterator[Fault]:
    if not isinstance(record, AlternativeMaterial | CarbonMaterial | SteelProduct):
        return
    column, prefix = MATERIALS[row.kind.name]
    found = str(getattr(record, column))
    known = [p.key.removeprefix(prefix) for p in parameters.all() if p.key.startswith(prefix)]
    plain = found.strip().lower().replace("-", "_").replace(" ", "_")
    if plain not in known:
        near = get_close_matches(plain, known, n=3) or known
        yield row.fault(column, f"expected a {column} of the factor table, such as {', '.join(near)} (found {found!r})")


def _sample_faults(row: Row, sample: FuelSample, parameters: Parameters) -> Iterator[Fault]:
    """Carbon on several bases must be one carbon; on each it must leave room for moisture and ash."""
    c_ad, c_d, c_daf = sample.c_ad_pct, sample.c_d_pct, sample.c_daf_pct
    m_ar, m_ad, a_ar = sample.m_ar_pct, sample.m_ad_pct, sample.a_ar_pct
    found: dict[str, float] = {} if sample.c_ar_pct is None else {"c_ar_pct": sample.c_ar_pct}
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
        yield row.fault(
            name, f"expected at most {room:.6g} % carbon as received beside moisture and ash (found {carbon:.6g})"
        )
    allowed = parameters.value("activity_carbon_bases_pct")
    for other, figure in list(found.items())[1:]:
        if abs(figure - carbon) > allowed:
            message = f"{other} gives {figure:.4f} % carbon as received, {name} gives {carbon:.4f} %"
            yield row.fault(other, f"expected the same carbon on each basis, within {allowed:g} %: {message}")
