"""The record types: sheet name, model, sectors that have it, and what makes two rows one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cems.plant import Sector
from reconcile.accounting import records
from reconcile.accounting.fuels import find_fuel
from reconcile.accounting.plausibility import evidence
from reconcile.accounting.records import Record
from reconcile.activity.columns import Column, columns_of

SECTORS: Final[tuple[Sector, ...]] = ("power", "cement", "aluminium", "steel")
_OF_STEEL: Final = ("flow", "process")
"""Columns of common sheets that a steelworks has and others have not."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One record type; a sheet of a workbook or a CSV table."""

    name: str
    """Name of its sheet."""
    model: type[Record]
    """What a row becomes."""
    zh: str
    """Chinese name."""
    sectors: tuple[Sector, ...]
    """Sectors whose account takes it."""
    columns: tuple[Column, ...]
    """All its columns, in the order of the sheet."""
    once: bool = False
    """Whether a unit and month may have one row only."""
    optional: bool = False
    """Whether a workbook may lack its sheet: no account needs it, checks of plausibility do."""

    def columns_for(self, sector: Sector | None) -> tuple[Column, ...]:
        """The columns that a sector's sheet has; all of them where the sector is not known."""
        if sector in (None, "steel") or self.sectors == ("steel",):
            return self.columns
        return tuple(c for c in self.columns if c.name not in _OF_STEEL)

    def key(self, values: Mapping[str, object]) -> tuple[object, ...]:
        """What tells rows apart: two rows with the same key say the same thing twice.

        ``values`` are a row's cells by column name; an empty cell counts as what it stands for, and a name as what it
        names.
        """
        names = ("unit", "month") if self.once else tuple(c.name for c in self.columns if c.form != "number")
        return (self.name, *(_plain(name, values.get(name, self.model.model_fields[name].default)) for name in names))


def _plain(name: str, value: object) -> object:
    """A fuel or a material under any of its names as one."""
    if name == "fuel" and (fuel := find_fuel(str(value))) is not None:
        return fuel.key
    return plain_name(str(value)) if name in ("material", "product") else value


def plain_name(name: str) -> str:
    """A material or product as the factor table names it.

    >>> plain_name("Carbide slag")
    'carbide_slag'
    """
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def _kind(
    name: str, model: type[Record], zh: str, *sectors: Sector, once: bool = False, optional: bool = False
) -> Kind:
    return Kind(name, model, zh, sectors or SECTORS, columns_of(model), once, optional)


KINDS: Final = (
    _kind("fuel_use", records.FuelUse, "燃料消耗"),
    _kind("fuel_sample", records.FuelSample, "燃料检测"),
    _kind("purchased_energy", records.PurchasedEnergy, "外购电力和热力"),
    _kind("power_output", records.PowerOutput, "发电和供热", "power", once=True),
    _kind("clinker_output", records.ClinkerOutput, "熟料产量", "cement"),
    _kind("alternative_material", records.AlternativeMaterial, "替代原料", "cement"),
    _kind("aluminium_output", records.AluminiumOutput, "铝产量", "aluminium"),
    _kind("anode_use", records.AnodeUse, "阳极消耗", "aluminium"),
    _kind("anode_effects", records.AnodeEffects, "阳极效应", "aluminium", once=True),
    _kind("carbonate_use", records.CarbonateUse, "碳酸盐消耗", "aluminium"),
    _kind("flux_use", records.FluxUse, "熔剂消耗", "steel"),
    _kind("electrode_use", records.ElectrodeUse, "电极消耗", "steel"),
    _kind("carbon_material", records.CarbonMaterial, "外购含碳原料", "steel"),
    _kind("steel_product", records.SteelProduct, "固碳产品", "steel"),
    _kind("lab_report", evidence.LabReport, "检测报告", optional=True),
    _kind("feeder_total", evidence.FeederTotal, "给煤机累计", optional=True),
    _kind("stock_take", evidence.StockTake, "燃料进销存", optional=True),
)
BY_NAME: Final = {kind.name: kind for kind in KINDS}
BY_MODEL: Final = {kind.model: kind for kind in KINDS}


def kinds_of(sector: Sector | None) -> tuple[Kind, ...]:
    """The record types of a sector; all of them where it is not known.

    >>> [kind.name for kind in kinds_of("cement")][2:5]
    ['purchased_energy', 'clinker_output', 'alternative_material']
    """
    return tuple(kind for kind in KINDS if sector is None or sector in kind.sectors)
