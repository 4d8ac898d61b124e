"""Records grouped by unit, month and fuel, and what laboratory and scales say of each group."""

from __future__ import annotations

import calendar
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeVar

from cems.errors import RuleError
from reconcile.accounting.combustion import ALL_EVIDENCE, Tiers, carbon_of
from reconcile.accounting.factors import Factors
from reconcile.accounting.fuels import find_fuel
from reconcile.accounting.records import TIERS, FuelSample, FuelUse, PowerOutput, Record
from reconcile.parameters import Parameters

_Kind = TypeVar("_Kind", bound=Record)
_DEFAULT = Tiers(carbon="default")


class Key(NamedTuple):
    """What a group is of."""

    unit: str
    """Code of the unit."""
    month: str
    """``YYYY-MM``."""
    fuel: str
    """Key of the fuel, or its name where it is not known."""


def of_kind(records: Iterable[object], kind: type[_Kind]) -> list[_Kind]:
    """The records of one type, in an order of their own."""
    return sorted((r for r in records if isinstance(r, kind)), key=_order)


@lru_cache(maxsize=4096)
def _order(record: Record) -> tuple[str, str, str]:
    """Unit, month and all the rest; kept, because every check puts the same records in order."""
    return record.unit, record.month, repr(record)


def fuel_key(name: str) -> str:
    """Key of a fuel, or its name in small letters where it is not known."""
    known = find_fuel(name)
    return known.key if known else name.strip().lower()


def is_coal(name: str) -> bool:
    """Whether a fuel is coal."""
    known = find_fuel(name)
    return known is not None and known.coal


def uses_by_key(records: Iterable[object]) -> dict[Key, list[FuelUse]]:
    """Fuel burnt, by unit, month and fuel; what is given out is left aside."""
    groups: dict[Key, list[FuelUse]] = {}
    for row in of_kind(records, FuelUse):
        if row.flow == "in":
            groups.setdefault(Key(row.unit, row.month, fuel_key(row.fuel)), []).append(row)
    return groups


def samples_by_key(records: Iterable[object]) -> dict[Key, list[FuelSample]]:
    """Samples, by unit, month and fuel."""
    groups: dict[Key, list[FuelSample]] = {}
    for row in of_kind(records, FuelSample):
        groups.setdefault(Key(row.unit, row.month, fuel_key(row.fuel)), []).append(row)
    return groups


def outputs(records: Iterable[object]) -> dict[tuple[str, str], PowerOutput]:
    """Power output by unit and month."""
    return {(r.unit, r.month): r for r in of_kind(records, PowerOutput)}


def amount(rows: Iterable[FuelUse]) -> float:
    """Fuel burnt [t or 10⁴ Nm3]."""
    return math.fsum((r.amount_t if r.amount_t is not None else r.amount_1e4nm3) or 0.0 for r in rows)


def carbon(samples: Sequence[FuelSample], parameters: Parameters) -> float | None:
    """Measured carbon of a fuel in a month [t C per unit of amount]; None where no sample tells it."""
    fuel = find_fuel(samples[0].fuel) if samples else None
    if fuel is None:
        return None
    month = samples[0].month
    try:
        found = carbon_of(month, fuel, samples, Factors(parameters.fresh(), month), "power", ALL_EVIDENCE)
    except RuleError:
        return None
    return None if found.tier == "default" else found.content


def default_carbon(key: Key, samples: Sequence[FuelSample], parameters: Parameters, *, power: bool) -> float | None:
    """Carbon that a month without measured carbon takes [t C per unit of amount]; None where no default is known."""
    fuel = find_fuel(key.fuel)
    if fuel is None:
        return None
    factors = Factors(parameters.fresh(), key.month)
    try:
        return carbon_of(" ".join(key), fuel, samples, factors, "power" if power else "cement", _DEFAULT).content
    except RuleError:
        return None


def ncv(samples: Sequence[FuelSample]) -> float | None:
    """Measured net calorific value [GJ per unit of amount], by the best tier that has it; None where none has."""
    for tier in TIERS:
        pairs = [
            (1.0 if s.represents is None else s.represents, value)
            for s in samples
            if s.tier == tier and (value := s.ncv_gj_per_1e4nm3 if s.ncv_gj_per_t is None else s.ncv_gj_per_t)
        ]
        weight = math.fsum(w for w, _ in pairs)
        if weight > 0:
            return math.fsum(w * v for w, v in pairs) / weight
    return None


def co2_t(fuel_amount: float, carbon_content: float | None, parameters: Parameters) -> float | None:
    """CO2 of fuel with all its carbon burnt [t]; None without its carbon."""
    if carbon_content is None:
        return None
    return fuel_amount * carbon_content * parameters.fresh().value("co2_per_c")


def days_of(month: str) -> int:
    """Days of a month ``YYYY-MM``."""
    year, number = (int(piece) for piece in month.split("-"))
    return calendar.monthrange(year, number)[1]
