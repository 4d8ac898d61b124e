"""The account of a unit day by day and fuel by fuel, from the daily records of a fleet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cems.errors import RuleError
from reconcile.pointhours import Array, Ints, UnitDays

PROCESS: Final = "process"
"""Name under which the CO2 of a process stands among the fuels of a unit."""


@dataclass(frozen=True, slots=True)
class FuelRecords:
    """Daily records as they were kept; arrays of shape (n_records,), as in :data:`cems.fleettables.FUEL`."""

    unit: NDArray[np.str_]
    day: Ints
    """Days since 1970, standard time."""
    fuel: NDArray[np.str_]
    mass: Array
    """[t, or 1000 m3]."""
    carbon: Array
    """[t per unit of mass]."""
    ncv: Array
    """[GJ per unit of mass]."""
    oxidation: Array
    process_co2: Array
    """[t]."""
    output: Array
    """[MWh or t]."""
    heat: Array
    """[GJ]."""
    report_no: NDArray[np.str_]
    biogenic: Array
    """Biogenic share of the carbon: at the stack, not in the account that is reported; NaN is none."""

    def __len__(self) -> int:
        return int(self.day.size)

    def of(self, unit: str) -> FuelRecords:
        """The records of one unit."""
        return self.where(np.asarray(self.unit == unit, dtype=np.bool_))

    def where(self, keep: NDArray[np.bool_]) -> FuelRecords:
        """The records for which ``keep``, shape (n_records,), is true."""
        return FuelRecords(*(getattr(self, name)[keep] for name in FuelRecords.__slots__))

    @staticmethod
    def joined(parts: Sequence[FuelRecords]) -> FuelRecords:
        """Records of several months; raises :class:`RuleError` without any."""
        if not parts:
            raise RuleError("there are no fuel records to join")
        return FuelRecords(*(np.concatenate([getattr(p, name) for p in parts]) for name in FuelRecords.__slots__))


@dataclass(frozen=True, slots=True)
class UnitAccount:
    """The account of one unit over consecutive days."""

    unit: str
    """Code of the unit."""
    days: UnitDays
    """Day by day, NaN where there is no record."""
    by_fuel: Mapping[str, Array]
    """CO2 by fuel and of the process [t], shape (n_days,), 0 where that fuel was not burnt; fuels by name."""
    biogenic_t: Array
    """Biogenic part of the fuels' CO2 [t], shape (n_days,): a stack sees it, a report leaves it out; 0 without."""
    repeated: int = 0
    """Records that repeat another one word for word and were counted once."""


def unit_account(records: FuelRecords, unit: str, first_day: int, n_days: int, co2_per_c: float) -> UnitAccount:
    """Account of one unit from its daily records: mass · carbon · oxidation · CO2 per C of each fuel, and the process.

    ``first_day`` in days since 1970, standard time. A day has figures where the unit has a record of it; carbon and
    NCV are means weighted with the mass, output and heat are sums over the records of the day. A record that is not
    finite in mass, carbon or oxidation, or with an endless process, leaves its day without an account; a process of NaN
    is none. Records outside the days are left out. Raises :class:`RuleError` for a biogenic share outside 0 … 1.
    *Source*: China sheet D.1, D.2 (44/12 by rule).
    """
    mine = records.of(unit)
    mine = mine.where((mine.day >= first_day) & (mine.day < first_day + n_days))
    single = _first_of_equals(mine)
    mine, repeated = mine.where(single), int((~single).sum())
    at = mine.day - first_day
    count = np.bincount(at, minlength=n_days)

    def summed(values: Array) -> Array:
        return np.where(count > 0, sum_at(at, values, n_days), np.nan)

    burnt = mine.mass * mine.carbon * mine.oxidation * co2_per_c
    co2 = np.where((mine.mass == 0) & ~np.isfinite(mine.carbon), 0.0, np.where(np.isfinite(burnt), burnt, np.nan))
    process = np.where(np.isnan(mine.process_co2), 0.0, mine.process_co2)
    process = np.where(np.isfinite(process), process, np.nan)
    mass = summed(mine.mass)
    with np.errstate(invalid="ignore", divide="ignore"):
        carbon, ncv = (summed(np.where(mine.mass == 0, 0.0, mine.mass * v)) / mass for v in (mine.carbon, mine.ncv))
    day = np.arange(first_day, first_day + n_days, dtype=np.int64)
    output, heat = summed(mine.output), summed(mine.heat)
    fuels = {
        name: sum_at(at[mine.fuel == name], co2[mine.fuel == name], n_days) for name in sorted(set(mine.fuel.tolist()))
    }
    main = _main_fuel(fuels, count)
    days = UnitDays(day, mass, carbon, ncv, summed(co2), summed(process), output, heat, main)
    if process.any():
        fuels[PROCESS] = sum_at(at, process, n_days)
    share = np.where(np.isnan(mine.biogenic), 0.0, mine.biogenic)
    if not ((share >= 0) & (share <= 1)).all():
        raise RuleError(f"the biogenic share of the carbon of {unit} must lie between 0 and 1, it is no percentage")
    return UnitAccount(unit, days, fuels, sum_at(at, np.nan_to_num(co2) * share, n_days), repeated)


def sum_at(place: Ints, values: Array, n: int) -> Array:
    """Sum of the values of each place, shape (n,)."""
    return np.asarray(np.bincount(place, weights=values, minlength=n), dtype=np.float64)


def _main_fuel(fuels: Mapping[str, Array], count: NDArray[np.int64]) -> NDArray[np.str_]:
    """The fuel with the most CO2 of each day, empty on days without a record; shape (n_days,)."""
    names = np.array(["", *fuels], dtype=np.str_)
    if not fuels:
        return np.full(count.size, "", dtype=names.dtype)
    most = np.argmax(np.nan_to_num(np.vstack(list(fuels.values()))), axis=0)
    return np.asarray(np.where(count > 0, names[most + 1], ""), dtype=np.str_)


def _first_of_equals(records: FuelRecords) -> NDArray[np.bool_]:
    """Which records repeat none before them in day, fuel, report, mass and carbon."""
    rows = zip(
        records.day.tolist(), records.fuel.tolist(), records.report_no.tolist(), records.mass.tolist(),
        records.carbon.tolist(), strict=True,
    )  # fmt: skip
    seen: set[tuple[object, ...]] = set()
    keep = []
    for row in rows:
        key = tuple(map(repr, row))  # NaN equals NaN here
        keep.append(key not in seen)
        seen.add(key)
    return np.array(keep, dtype=np.bool_)
