"""CO2 of clinker lines from monthly records 水泥: clinker less alternative raw materials, kiln fuel, biogenic apart.

*Source*: Guideline for cement, CETS-AG-02.01-V01-2024, as read in public code [V2]; the route by measured oxides is the
older method [M], and whether the 2024 guideline allows it is not known.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from cems.errors import RuleError
from reconcile.accounting.combustion import ALL_EVIDENCE, Tiers, fuel_parts
from reconcile.accounting.factors import Factors
from reconcile.accounting.material import material_part
from reconcile.accounting.parts import Account, Part, made
from reconcile.accounting.purchased import purchased_parts
from reconcile.accounting.records import (
    AlternativeMaterial,
    CementRecord,
    ClinkerOutput,
    FuelSample,
    FuelUse,
    PurchasedEnergy,
)
from reconcile.parameters import Parameters

Process = Literal["default", "oxides"]


def account(
    records: Iterable[CementRecord],
    parameters: Parameters,
    tiers: Tiers = ALL_EVIDENCE,
    process: Process = "default",
) -> Account:
    """The account of monthly cement records [t CO2], by line.

    E_process = Σ clinker · EF − Σ material · k, and not below 0 for a line over the months given: then its process
    parts give way to one part of 0 t. ``process = "oxides"`` takes measured CaO and MgO instead of EF and deducts no
    material, because oxides that did not come from carbonate are left out of the measured figures already. Raises
    :class:`RuleError` for an unknown material, missing oxides, and as ``fuel_parts`` does.

    >>> from reconcile.parameters import load_parameters
    >>> rows = [ClinkerOutput(unit="k1", month="2025-01", clinker_t=1_550_000),
    ...     AlternativeMaterial(unit="k1", month="2025-01", material="carbide_slag", mass_t=20_000)]
    >>> account(rows, load_parameters()).direct_t
    819650.0
    """
    rows = tuple(records)
    uses = [r for r in rows if isinstance(r, FuelUse)]
    samples = [r for r in rows if isinstance(r, FuelSample)]
    fuels = fuel_parts(uses, samples, parameters, "cement", tiers)
    bought = purchased_parts([r for r in rows if isinstance(r, PurchasedEnergy)], parameters)
    clinker = [r for r in rows if isinstance(r, ClinkerOutput)]
    if process == "oxides":
        return made("cement", (*fuels, *bought, *(_by_oxides(r, parameters) for r in clinker)))
    parts = [_by_clinker(r, parameters) for r in clinker]
    parts += [_deduction(r, parameters) for r in rows if isinstance(r, AlternativeMaterial)]
    return made("cement", (*fuels, *bought, *_not_below_zero(parts)))


def clinker_factor(cao_fraction: float, mgo_fraction: float, factors: Factors) -> float:
    """Process CO2 of clinker from its carbonate oxides, CaO · 44/56 + MgO · 44/40 [t CO2/t clinker].

    Fractions are of mass, without the oxides that did not come from carbonate. Raises :class:`RuleError` for a
    negative fraction or more than 1 together. *Source*: older method [M].

    >>> from reconcile.parameters import load_parameters
    >>> round(clinker_factor(0.65, 0.02, Factors(load_parameters(), "2025-01")), 4)
    0.5327
    """
    if not (cao_fraction >= 0 and mgo_fraction >= 0 and cao_fraction + mgo_fraction <= 1):
        raise RuleError(f"no clinker has CaO {cao_fraction!r} and MgO {mgo_fraction!r} by mass: check the analysis")
    return cao_fraction * factors.value("co2_per_cao") + mgo_fraction * factors.value("co2_per_mgo")


def t_per_t_clinker(account: Account, records: Iterable[CementRecord]) -> float:
    """Direct CO2 per clinker [t/t] over the months given; raises :class:`RuleError` without clinker."""
    clinker = math.fsum(r.clinker_t for r in records if isinstance(r, ClinkerOutput))
    if not clinker:
        raise RuleError("there is no clinker in the records, so no CO2 per tonne of it")
    return account.direct_t / clinker


def _by_clinker(record: ClinkerOutput, parameters: Parameters) -> Part:
    key, name = f"clinker_ef_{record.clinker}", f"clinker {record.clinker}"
    return material_part(record, parameters, key, record.clinker_t, name=name)


def _deduction(record: AlternativeMaterial, parameters: Parameters) -> Part:
    key = f"clinker_cut_{record.material.strip().lower().replace('-', '_').replace(' ', '_')}"
    return material_part(record, parameters, key, record.mass_t, name=f"less {record.material}", sign=-1)


def _by_oxides(record: ClinkerOutput, parameters: Parameters) -> Part:
    if record.cao_pct is None or record.mgo_pct is None:
        raise RuleError(f"{record.unit} {record.month}: the route by oxides needs cao_pct and mgo_pct")
    factors = Factors(parameters, record.month)
    factor = clinker_factor(record.cao_pct / 100, record.mgo_pct / 100, factors)
    oxides = f"CaO {record.cao_pct:g} %, MgO {record.mgo_pct:g} %"
    return Part(
        name=f"clinker {record.clinker} by oxides",
        kind="process",
        co2_t=record.clinker_t * factor,
        formula=f"{record.clinker_t:.10g} t × {factor:.8g} t CO2/t ({oxides})",
        factors=factors.refs,
        visible_at_stack=True,
        unit=record.unit,
        month=record.month,
        stack=record.stack,
        tier="monthly_composite",
        amount=record.clinker_t,
        amount_unit="t",
    )


def _not_below_zero(parts: list[Part]) -> list[Part]:
    """The process parts, with those of a line whose deductions exceed its clinker in one part of 0 t."""
    lines: dict[str, list[Part]] = {}
    for part in sorted(parts, key=lambda p: (p.unit, p.month, p.stack, p.name, p.co2_t)):
        lines.setdefault(part.unit, []).append(part)
    kept: list[Part] = []
    for rows in lines.values():
        total = math.fsum(p.co2_t for p in rows)
        kept += rows if total >= 0 else [_floor(rows, total)]
    return kept


def _floor(rows: list[Part], total: float) -> Part:
    refs = tuple(dict.fromkeys(ref for p in rows for ref in p.factors))
    formula = f"max(0, {total:,.2f} t), deductions exceed clinker: " + "; ".join(p.formula for p in rows)
    return replace(rows[0], name="process, floor 0", co2_t=0.0, formula=formula, factors=refs, amount=0.0)
