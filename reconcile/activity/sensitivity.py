"""What poor data cost: the account made again with less and less evidence, and the tonnes between."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cems.errors import RuleError
from cems.plant import Sector
from reconcile.accounting.combustion import Tiers
from reconcile.accounting.fuels import fuel_of
from reconcile.accounting.parts import Account
from reconcile.accounting.records import AnodeUse, FuelUse, Record
from reconcile.activity.accounts import DEFAULT_WAYS, Options, sector_account
from reconcile.parameters import Parameters

LEVELS: Final = (
    ("measured daily", Tiers()),
    ("batch", Tiers("batch", "batch")),
    ("monthly composite", Tiers("monthly_composite", "monthly_composite")),
    ("default carbon, measured heating value", Tiers("default", "measured_daily")),
    ("default", Tiers("default", "default")),
)
"""The best evidence that counts, from all there is to none."""


@dataclass(frozen=True, slots=True)
class Level:
    """The account with evidence up to one tier."""

    name: str
    """Best evidence that counts."""
    direct_t: float | None
    """Direct CO2 [t]; None where the rule gives no number without better evidence."""
    difference_t: float | None
    """Against all evidence [t]; positive: poorer data report more."""
    reason: str = ""
    """Why there is no number."""


@dataclass(frozen=True, slots=True)
class Stake:
    """A fuel of a unit: what its default figures would make of it."""

    unit: str
    """Code of the unit."""
    fuel: str
    """Fuel."""
    tiers: tuple[str, ...]
    """Evidence of its months, as used."""
    co2_t: float
    """CO2 with all evidence, biogenic included [t]."""
    default_t: float | None
    """CO2 with default figures [t]; None where the table has none for it."""

    @property
    def stake_t(self) -> float | None:
        """Default less evidence [t]."""
        return None if self.default_t is None else self.default_t - self.co2_t


def sensitivity(
    sector: Sector, records: Sequence[Record], parameters: Parameters, options: Options = DEFAULT_WAYS
) -> tuple[Level, ...]:
    """Direct CO2 with all evidence, then with ever less; a month without evidence of a tier takes the next one down.

    ``default`` drops the measured sulfur and ash of anodes too. The first raises :class:`RuleError` as the account
    does; a later level that the rule gives no number for says why. *Source*: priority of evidence, China sheet D.2 [M].

    >>> from reconcile.accounting.records import FuelSample, FuelUse
    >>> from reconcile.parameters import load_parameters
    >>> at = {"unit": "u1", "month": "2026-03", "fuel": "coal"}
    >>> lab = FuelSample(**at, tier="monthly_composite", c_ad_pct=58.2, m_ad_pct=2.4, m_ar_pct=12.5, ncv_gj_per_t=20.5)
    >>> for level in sensitivity("power", [FuelUse(**at, amount_t=120_000), lab], load_parameters()):
    ...     print(f"{level.name}: {level.direct_t:,.1f} {level.difference_t:+,.1f}")
    measured daily: 227,284.1 +0.0
    batch: 227,284.1 +0.0
    monthly composite: 227,284.1 +0.0
    default carbon, measured heating value: 275,484.3 +48,200.2
    default: 358,801.5 +131,517.4
    """
    best = sector_account(sector, records, parameters, options=options).direct_t
    levels: list[Level] = []
    for name, tiers in LEVELS:
        rows = [_without_evidence(r) for r in records] if tiers == LEVELS[-1][1] else records
        try:
            direct = sector_account(sector, rows, parameters, tiers, options).direct_t
        except RuleError as error:
            levels.append(Level(name, None, None, str(error)))
        else:
            levels.append(Level(name, direct, direct - best))
    return tuple(levels)


def stakes(sector: Sector, records: Sequence[Record], account: Account, parameters: Parameters) -> tuple[Stake, ...]:
    """Each fuel of each unit with the CO2 that default figures would make of it, largest difference first.

    Fuels without a default come first, because nothing stands in for their laboratory.
    """
    found: list[Stake] = []
    for unit, fuel in sorted({(p.unit, p.fuel) for p in account.parts if p.fuel}):
        parts = account.of(unit=unit, fuel=fuel).parts
        uses = [r for r in records if isinstance(r, FuelUse) and r.unit == unit and fuel_of(r.fuel).key == fuel]
        try:
            made = sector_account(sector, uses, parameters, LEVELS[-1][1])
        except RuleError:
            default = None
        else:
            default = math.fsum(p.co2_t for p in made.parts if p.fuel)
        tiers = tuple(sorted({str(p.tier) for p in parts}))
        found.append(Stake(unit, fuel, tiers, math.fsum(p.co2_t for p in parts), default))
    return tuple(sorted(found, key=lambda s: (-math.inf if s.stake_t is None else -abs(s.stake_t), s.unit, s.fuel)))


def _without_evidence(record: Record) -> Record:
    if isinstance(record, AnodeUse):
        return record.model_copy(update={"sulfur_pct": None, "ash_pct": None})
    return record
