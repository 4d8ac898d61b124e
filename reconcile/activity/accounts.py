"""The account of a sector from monthly records, and what was not recorded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from cems.errors import RuleError
from cems.plant import Plant, Sector
from reconcile.accounting import aluminium, cement, power_monthly, steel
from reconcile.accounting.combustion import ALL_EVIDENCE, Tiers
from reconcile.accounting.parts import Account
from reconcile.accounting.records import AluminiumRecord, CementRecord, PowerRecord, Record, SteelRecord
from reconcile.activity.kinds import BY_MODEL
from reconcile.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Options:
    """Where a guideline leaves two ways."""

    pfc: aluminium.Pfc = "default"
    """PFC of aluminium by default factors, or by the slope method from anode effects."""
    clinker: cement.Process = "default"
    """Clinker by factor less alternative raw materials, or by measured oxides."""


DEFAULT_WAYS = Options()


def sector_account(
    sector: Sector,
    records: Sequence[Record],
    parameters: Parameters,
    tiers: Tiers = ALL_EVIDENCE,
    options: Options = DEFAULT_WAYS,
) -> Account:
    """The account that a sector's guideline makes of monthly records of its types [t CO2].

    Evidence that no account needs (laboratory reports, feeders, stock takes) is left out. Raises :class:`RuleError` as
    the sector's own ``account`` does; records of another sector's types must not be among them: the import refuses
    those.

    >>> from reconcile.accounting.records import FuelUse
    >>> from reconcile.parameters import load_parameters
    >>> coke = FuelUse(unit="w1", month="2025-01", fuel="coke", amount_t=1)
    >>> round(sector_account("steel", [coke], load_parameters()).direct_t, 3)
    3.006
    """
    records = [record for record in records if not BY_MODEL[type(record)].optional]
    if sector == "power":
        return power_monthly.account(cast("Sequence[PowerRecord]", records), parameters, tiers)
    if sector == "cement":
        return cement.account(cast("Sequence[CementRecord]", records), parameters, tiers, options.clinker)
    if sector == "aluminium":
        return aluminium.account(cast("Sequence[AluminiumRecord]", records), parameters, tiers, options.pfc)
    return steel.account(cast("Sequence[SteelRecord]", records), parameters, tiers)


def by_sector(records: Iterable[Record], plant: Plant) -> dict[Sector, tuple[Record, ...]]:
    """Records by the sector of their unit; raises :class:`RuleError` for a unit that the plant file does not have."""
    sector_of = {unit.code: unit.sector for unit in plant.unit}
    found: dict[Sector, list[Record]] = {}
    for record in records:
        if record.unit not in sector_of:
            raise RuleError(f"there are records of unit {record.unit!r}, which the plant file does not have")
        found.setdefault(sector_of[record.unit], []).append(record)
    return {sector: tuple(rows) for sector, rows in sorted(found.items())}


def months_without(
    records: Iterable[Record], units: Iterable[str], months: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Months of a period for which a unit has no record at all; a unit with a record in each month is left out.

    >>> from reconcile.accounting.records import FuelUse
    >>> row = FuelUse(unit="u1", month="2025-01", fuel="coal", amount_t=1)
    >>> months_without([row], ["u1", "u2"], ["2025-01", "2025-02"])
    {'u1': ('2025-02',), 'u2': ('2025-01', '2025-02')}
    """
    known = {(record.unit, record.month) for record in records}
    gaps = {unit: tuple(month for month in months if (unit, month) not in known) for unit in units}
    return {unit: lacking for unit, lacking in gaps.items() if lacking}
