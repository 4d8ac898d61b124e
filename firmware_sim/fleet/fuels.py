"""What is burnt or fed: by day, with what it asks of the air and gives to the gas, per tonne or per 1000 m3 of gas.

Dry, ash-free compositions are chosen so that CO2 at zero O2 lies where the F factors of the fuel put it (international
sheet C.1, [C]); moisture and ash, and how they scatter, are choices of this project.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from firmware_sim import fuel
from firmware_sim.fleet.noise import Ints, daily
from firmware_sim.physics import M_C, MOLAR_VOLUME, O2_IN_AIR, Floats
from firmware_sim.streams import Stream


@dataclass(frozen=True, slots=True)
class Solid:
    """A solid fuel as it scatters from batch to batch."""

    daf: tuple[float, float, float, float, float]
    """Carbon, hydrogen, sulphur, nitrogen, oxygen of the dry, ash-free fuel; mass fractions that sum to one."""
    moisture: tuple[float, float]
    """Total moisture as received: mean and sd between batches; mass fractions."""
    ash: tuple[float, float]
    """Ash as received: mean and sd between batches; mass fractions."""
    carbon_sd: float
    """Sd of carbon in the dry, ash-free fuel between batches, taken from or given to oxygen."""
    biogenic: float = 0.0
    """Biogenic share of the carbon, mean; it scatters by a tenth of itself."""


@dataclass(frozen=True, slots=True)
class Gas:
    """A gaseous fuel by volume fractions."""

    parts: dict[str, float]
    """Volume fractions by formula; they sum to one."""
    sd: float
    """Sd of the combustible part from day to day, share; nitrogen makes up for it."""


@dataclass(frozen=True, slots=True)
class FuelDays:
    """The fuel of consecutive days; arrays (days,), per tonne or per 1000 m3 of gas at the standard state."""

    name: str
    """Of the main fuel."""
    carbon: Floats
    """Carbon [t]."""
    o2_demand: Floats
    """Oxygen for the carbon that burns and the rest [kmol], all carbon burning."""
    dry_gas: Floats
    """Dry gas at zero O2 [kmol], all carbon burning."""
    water: Floats
    """Water from combustion and moisture [kmol]."""
    ncv: Floats
    """Net calorific value [GJ]."""
    moisture: Floats
    """Total moisture [t/t]; NaN for gas."""
    biogenic: Floats
    """Biogenic share of the carbon."""


SOLIDS: Final = {
    "anthracite": Solid((0.905, 0.033, 0.008, 0.012, 0.042), (0.08, 0.008), (0.24, 0.012), 0.004),
    "bituminous": Solid((0.812, 0.058, 0.010, 0.015, 0.105), (0.11, 0.010), (0.21, 0.012), 0.004),
    "subbituminous": Solid((0.760, 0.056, 0.008, 0.013, 0.163), (0.20, 0.012), (0.12, 0.010), 0.004),
    "lignite": Solid((0.700, 0.0505, 0.012, 0.012, 0.2255), (0.32, 0.012), (0.12, 0.010), 0.004),
    "coke": Solid((0.960, 0.006, 0.008, 0.012, 0.014), (0.06, 0.008), (0.13, 0.006), 0.003),
    "anode": Solid((0.983, 0.002, 0.015, 0.0, 0.0), (0.002, 0.0003), (0.004, 0.0005), 0.001),
    "municipal_waste": Solid((0.520, 0.072, 0.004, 0.014, 0.390), (0.44, 0.025), (0.17, 0.015), 0.012, biogenic=0.55),
}
GASES: Final = {
    "natural_gas": Gas({"CH4": 0.945, "C2H6": 0.030, "CO2": 0.010, "N2": 0.015}, 0.004),
    "blast_furnace_gas": Gas({"CO": 0.235, "CO2": 0.190, "H2": 0.030, "N2": 0.545}, 0.012),
    "coke_oven_gas": Gas({"H2": 0.57, "CH4": 0.245, "CO": 0.075, "CO2": 0.025, "C2H4": 0.025, "N2": 0.06}, 0.010),
}
_OF_GAS: Final = {
    "CH4": (1, 2.0, 2.0, 35.88),
    "C2H6": (2, 3.5, 3.0, 63.74),
    "C2H4": (2, 3.0, 2.0, 59.04),
    "CO": (1, 0.5, 0.0, 12.63),
    "H2": (0, 0.5, 1.0, 10.78),
    "CO2": (1, 0.0, 0.0, 0.0),
    "N2": (0, 0.0, 0.0, 0.0),
}
"""Per molecule: carbon atoms, O2 demand, water; and net calorific value [MJ/m3] at the standard state."""
_BATCH_DAYS: Final = 4


def is_gas(name: str) -> bool:
    """Whether a fuel is counted by volume."""
    return name in GASES


def fuel_days(name: str, seed: int, owner: int, days: Ints) -> FuelDays:
    """A fuel on consecutive days since 1970: batches of four days, and a little from day to day.

    >>> days = fuel_days("bituminous", 1, 0, np.arange(20_454, 20_460))
    >>> bool((np.abs(days.carbon - 0.552) < 0.05).all())
    True
    """
    z = daily(seed, Stream.FLEET_FUEL, owner * 10, days, 3).clip(-2.5, 2.5)
    batches = np.unique(days // _BATCH_DAYS)
    all_batches = np.arange(batches[0], batches[-1] + 1)
    batch = daily(seed, Stream.FLEET_FUEL, owner * 10 + 1, all_batches, 4).clip(-2.5, 2.5)
    batch = batch[days // _BATCH_DAYS - batches[0]]
    return _gas_days(name, GASES[name], z) if is_gas(name) else _solid_days(name, SOLIDS[name], z, batch)


def mean_fuel(name: str) -> FuelDays:
    """One day of a fuel without scatter."""
    z = np.zeros((1, 4))
    return _gas_days(name, GASES[name], z) if is_gas(name) else _solid_days(name, SOLIDS[name], z, z)


def co2_max_pct(days: FuelDays) -> Floats:
    """CO2 of the dry gas at zero O2 [%] (days,), all carbon burning.

    >>> [round(float(co2_max_pct(mean_fuel(n))[0]), 1) for n in ("bituminous", "natural_gas", "blast_furnace_gas")]
    [18.4, 11.9, 28.9]
    """
    pct: Floats = 100.0 * days.carbon * 1000.0 / M_C / days.dry_gas
    return pct


def _solid_days(name: str, kind: Solid, z: Floats, batch: Floats) -> FuelDays:
    moisture = kind.moisture[0] + kind.moisture[1] * (batch[:, 0] + 0.3 * z[:, 0])
    ash = kind.ash[0] + kind.ash[1] * (batch[:, 1] + 0.3 * z[:, 1])
    pure = 1.0 - moisture - ash
    shift = kind.carbon_sd * batch[:, 2] if kind.daf[4] > 4 * kind.carbon_sd else np.zeros(len(z))
    c, h, s, n, o = (share * pure for share in kind.daf)
    coal = fuel.Coal(c + shift * pure, h, s, n, o - shift * pure, moisture, ash)
    return FuelDays(
        name,
        carbon=np.asarray(coal.carbon),
        o2_demand=1000.0 * np.asarray(fuel.o2_demand(coal)),
        dry_gas=1000.0 * np.asarray(fuel.dry_gas_at_zero_o2(coal)),
        water=1000.0 * np.asarray(fuel.water(coal)),
        ncv=np.asarray(fuel.ncv_gj_per_t(coal)),
        moisture=moisture,
        biogenic=kind.biogenic * (1.0 + 0.1 * batch[:, 3]),
    )


def _gas_days(name: str, kind: Gas, z: Floats) -> FuelDays:
    kmol = 1000.0 / MOLAR_VOLUME
    rich = 1.0 + kind.sd * z[:, 0]
    sums = np.zeros((4, len(z)))
    for formula, share in kind.parts.items():
        sums += np.outer(_OF_GAS[formula], share * (np.ones(len(z)) if formula == "N2" else rich))
    carbon, demand, water, heat = sums
    nitrogen = kind.parts["N2"] + (1.0 - kind.parts["N2"]) * (1.0 - rich)
    return FuelDays(
        name,
        carbon=kmol * carbon * M_C / 1000.0,
        o2_demand=kmol * demand,
        dry_gas=kmol * (carbon + nitrogen + demand * (1.0 - O2_IN_AIR) / O2_IN_AIR),
        water=kmol * water,
        ncv=heat,
        moisture=np.full(len(z), np.nan),
        biogenic=np.zeros(len(z)),
    )
