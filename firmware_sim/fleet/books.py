"""The books of a plant: what was weighed and analysed each day, with what scales and laboratories miss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cems.clock import day_of
from firmware_sim.fleet.families import figures as misses
from firmware_sim.fleet.fuels import is_gas, mean_fuel
from firmware_sim.fleet.noise import Block, Ints, daily
from firmware_sim.fleet.process import Process, UnitTruth
from firmware_sim.physics import CO2_PER_C, M_CO2, Floats
from firmware_sim.span import DAY_MIN
from firmware_sim.streams import Stream, generator

FIGURES: Final = ("mass", "carbon", "ncv", "moisture", "oxidation", "process_co2", "output", "heat", "biogenic")
"""Columns of numbers."""


@dataclass(slots=True)
class UnitBooks:
    """The books of one unit over the days of a block, the warm-up left out."""

    unit: str
    """Code of the unit."""
    day: Ints
    """Days since 1970 (days,)."""
    fuel: tuple[str, ...]
    """What the books name (days,)."""
    figures: dict[str, Floats]
    """By column (days,)."""
    reported: Ints
    """Day of the report (days,)."""


@dataclass(slots=True)
class BookStrike:
    """What a fault may touch in the books of one month; arrays (days,)."""

    first: dict[str, Floats]
    """Figures of the first unit behind the point, to be changed in place."""
    second: dict[str, Floats]
    """Of the second one; empty where there is none."""
    fuel: tuple[str, ...]
    """What the books of the first unit name."""
    there: NDArray[np.bool_]
    """Days whose midnight lies in the fault."""
    progress: Floats
    """How far the fault has come (days,)."""
    size: float
    """Of the fault."""
    before: Callable[[str, int], Floats]
    """A figure of the first unit so many days before each of these, without this fault."""


def account_t(books: UnitBooks) -> Floats:
    """CO2 by the account, per day (days,) [t]: mass, carbon, oxidation, with exact molar masses, and the process."""
    f = books.figures
    total: Floats = f["mass"] * f["carbon"] * f["oxidation"] * CO2_PER_C + f["process_co2"]
    return total


def daily_sum(block: Block, rate: Floats) -> Floats:
    """Sum over the minutes of each day (days,) of a rate per hour, the warm-up left out."""
    total: Floats = rate.reshape(block.days, DAY_MIN).sum(axis=1)[1:] / 60.0
    return total


def keep_unit_books(
    seed: int, unit: UnitTruth, code: str, block: Block, process: Process, named: tuple[str, ...]
) -> UnitBooks:
    """The books of a unit; ``named`` is the fuel that they name on each day of the block, warm-up included.

    Where another fuel was burnt than is named, mass and heat are what was weighed and measured, and carbon follows
    from heat with the carbon per heat of the named fuel.
    """
    days, err = block.day[1:], misses("books")
    gas = is_gas(unit.kind.fuel)
    fixed = generator(seed, Stream.FLEET_BOOKS, unit.owner).standard_normal(4).clip(-2.5, 2.5)
    z = daily(seed, Stream.FLEET_BOOKS, unit.owner + 100_000, days, 5)
    belt, belt_day = ("gas_meter_sd", "gas_meter_day_sd") if gas else ("belt_sd", "belt_day_sd")
    carbon_day = err["gas_carbon_day_sd" if gas else "carbon_day_sd"]
    fuel = process.fuel
    ncv = fuel.ncv[1:] * (1.0 + err["ncv_sd"] * fixed[2]) * (1.0 + err["ncv_day_sd"] * z[:, 2])
    carbon = fuel.carbon[1:] * (1.0 + err["carbon_sd"] * fixed[1]) * (1.0 + carbon_day * z[:, 1])
    carbon = np.where(_as_named(process, named), carbon, _by_heat(named, ncv))
    output = daily_sum(block, process.load)
    figures = {
        "mass": daily_sum(block, process.feed) * (1.0 + err[belt] * fixed[0]) * (1.0 + err[belt_day] * z[:, 0]),
        "carbon": carbon,
        "ncv": ncv,
        "moisture": np.clip(fuel.moisture[1:] + err["moisture_day_sd"] * z[:, 3], 0.0, 1.0),
        "oxidation": np.full(len(days), unit.kind.oxidation),
        "process_co2": daily_sum(block, process.process_co2_kmol)
        * (M_CO2 / 1000.0)
        * (1.0 + err["process_sd"] * fixed[3]),
        "output": output,
        "heat": output * unit.kind.supplied_heat,
        "biogenic": fuel.biogenic[1:],
    }
    later = 3 + np.floor(4 * np.abs(z[:, 4])).clip(0, 20).astype(np.int64)
    return UnitBooks(code, days, named[1:], figures, days + later)


def rows(books: UnitBooks) -> dict[str, list[str] | Floats]:
    """The books as columns of the table of daily records."""
    iso = [day_of(int(d)).isoformat() for d in books.day]
    return {
        "unit": [books.unit] * len(iso),
        "day": iso,
        "fuel": list(books.fuel),
        "report_no": [f"LAB-{books.unit}-{d.replace('-', '')}" for d in iso],
        "reported": [day_of(int(d)).isoformat() for d in books.reported],
        **{c: np.round(x, _PLACES[c]) for c, x in books.figures.items()},
    }


_PLACES: Final = {
    "mass": 2,
    "carbon": 4,
    "ncv": 3,
    "moisture": 4,
    "oxidation": 4,
    "process_co2": 2,
    "output": 3,
    "heat": 2,
    "biogenic": 3,
}


def _as_named(process: Process, named: tuple[str, ...]) -> NDArray[np.bool_]:
    return np.array([a == b for a, b in zip(process.burns[1:], named[1:], strict=True)])


def _by_heat(named: tuple[str, ...], ncv: Floats) -> Floats:
    per_heat = {name: float(mean_fuel(name).carbon[0] / mean_fuel(name).ncv[0]) for name in set(named)}
    carbon: Floats = ncv * np.array([per_heat[name] for name in named[1:]])
    return carbon
