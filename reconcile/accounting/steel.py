"""CO2 of steelworks from monthly records 钢铁: net fuel of each process, flux, electrodes, bought carbon, products.

*Source*: Guideline for steel, CETS-AG-03.01-V01-2024, as read in public code [V2]. E = E_fuel + E_process − E_fixed;
the fuel of a process is what it takes in less what it gives out. Which of enterprise and process boundary allocation
takes, and how gas burnt in a captive power plant is told from the works', is not verified: parts name their process, so
that either can be summed.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconcile.accounting.combustion import ALL_EVIDENCE, Tiers, fuel_parts
from reconcile.accounting.material import material_part
from reconcile.accounting.parts import Account, Part, made
from reconcile.accounting.purchased import purchased_parts
from reconcile.accounting.records import (
    CarbonMaterial,
    ElectrodeUse,
    FluxUse,
    FuelSample,
    FuelUse,
    PurchasedEnergy,
    SteelProduct,
    SteelRecord,
)
from reconcile.parameters import Parameters


def account(records: Iterable[SteelRecord], parameters: Parameters, tiers: Tiers = ALL_EVIDENCE) -> Account:
    """The account of monthly steel records [t CO2], by process.

    Fuel given out, and carbon fixed in products, count negative; a fuel that one process gives to another with the
    same sample cancels exactly. A carbon monitor sees single stacks only: ``stack_visible_t`` is the site's. Raises
    :class:`cems.errors.RuleError` for an unknown material or product, and as ``fuel_parts`` does.

    >>> from reconcile.parameters import load_parameters
    >>> coke = FuelUse(unit="w1", month="2025-01", fuel="coke", amount_t=1, process="blast_furnace")
    >>> round(account([coke], load_parameters()).direct_t, 3)
    3.006
    """
    rows = tuple(records)
    uses = [r for r in rows if isinstance(r, FuelUse)]
    samples = [r for r in rows if isinstance(r, FuelSample)]
    parts = list(fuel_parts(uses, samples, parameters, "steel", tiers))
    parts += purchased_parts([r for r in rows if isinstance(r, PurchasedEnergy)], parameters)
    parts += [part for record in rows if (part := _material(record, parameters))]
    return made("steel", parts)


def by_process(account: Account) -> dict[str, Account]:
    """The account by process, ordered by name; ``""`` holds what names no process, such as products and power."""
    names = sorted({p.process for p in account.parts})
    return {name: Account(account.sector, tuple(p for p in account.parts if p.process == name)) for name in names}


def _material(record: SteelRecord, parameters: Parameters) -> Part | None:
    """The part of a flux, electrode, bought material or product; None for a record of another kind."""
    match record:
        case FluxUse():
            key, name = f"steel_flux_{record.flux}", f"flux {record.flux}"
            return material_part(record, parameters, key, record.mass_t, name=name, process=record.process)
        case ElectrodeUse():
            key, name = "steel_electrode", "electrodes"
            return material_part(record, parameters, key, record.mass_t, name=name, process=record.process)
        case CarbonMaterial():
            name = _plain(record.material)
            key = f"steel_material_{name}"
            return material_part(record, parameters, key, record.mass_t, name=name, process=record.process)
        case SteelProduct():
            name = _plain(record.product)
            key = f"steel_product_{name}"
            return material_part(record, parameters, key, record.mass_t, name=name, kind="fixed_product", sign=-1)
    return None


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")
