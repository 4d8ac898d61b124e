"""What a unit really does, minute by minute: the carbon that goes in comes out, and everything else follows from it.

Amounts of gas are kmol/h. Air is dry nitrogen with 20.95 % O2 and its own water; CO2 of the air is left out, as the
account leaves it out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from firmware_sim.fleet.classes import UnitClass
from firmware_sim.fleet.fuels import FuelDays, fuel_days
from firmware_sim.fleet.noise import Block, Noise, smoothed
from firmware_sim.fleet.operation import Running, run
from firmware_sim.fleet.weather import Weather
from firmware_sim.physics import M_C, M_CO2, M_H2O, O2_IN_AIR, Floats
from firmware_sim.streams import Stream

_DRAUGHT_KMOL: float = 0.02
"""Air that a cold unit draws, share of its dry gas at rated load."""


@dataclass(frozen=True, slots=True)
class UnitTruth:
    """A unit as it is; what of this is documented stands in the fleet's own file."""

    owner: int
    """Names its random numbers."""
    kind: UnitClass
    """Its class."""
    oxidation: float
    """Share of the carbon that burns."""
    leak: float
    """Air that leaks in, mean of the time between overhauls, per volume of dry gas."""
    heat: float
    """Net heat of fuel at rated load per output [GJ/MWh or GJ/t]."""
    bypass_signal: bool = True
    """Whether the damper of the bypass has a signal."""


@dataclass(frozen=True, slots=True)
class Gas:
    """A stream of gas; arrays (minutes,) in kmol/h."""

    dry: Floats
    """Dry gas."""
    co2: Floats
    """CO2 in it."""
    o2: Floats
    """O2 in it."""
    water: Floats
    """Water vapour beside it."""
    temperature_c: Floats
    """Temperature [degC]."""


@dataclass(frozen=True, slots=True)
class Process:
    """A unit over a block; arrays (minutes,) unless said otherwise."""

    unit: UnitTruth
    """Whose it is."""
    running: Running
    """Load, fire, fans."""
    load: Floats
    """MW or t/h."""
    feed: Floats
    """Fuel [t/h or 1000 m3/h]."""
    fuel: FuelDays
    """Of the days of the block; arrays (days,)."""
    burns: tuple[str, ...]
    """The fuel of each day."""
    fuel_co2_kmol: Floats
    """CO2 of the fuel, kmol/h."""
    process_co2_kmol: Floats
    """CO2 of the process, kmol/h."""
    boiler_o2_pct: Floats
    """Behind the boiler, dry; NaN where nothing is measured or nothing burns."""
    gas: Gas
    """What leaves it, to all ways out together."""

    @property
    def co2_t_h(self) -> Floats:
        """CO2 that it makes [t/h]."""
        tonnes: Floats = (self.fuel_co2_kmol + self.process_co2_kmol) * (M_CO2 / 1000.0)
        return tonnes


def process(
    unit: UnitTruth, noise: Noise, block: Block, air: Weather, leak: Floats, burns: tuple[str, ...] | None = None
) -> Process:
    """A unit over a block; ``leak`` (days,) is its leakage, ``burns`` the fuel of each day if not the main one.

    All the carbon of the fuel that is not left unburnt, and of the process, is in the gas.
    """
    kind = unit.kind
    running = run(noise, block, kind.load, kind.stops)
    days = _fuel_of(unit, noise.seed, block, burns)
    share = running.share
    idle = 1.0 - share
    heat = unit.heat * (1.0 + 0.05 * idle + 0.10 * idle * idle)
    load = kind.rated * share
    feed = load * heat / block.by_day(days.ncv)
    fuel_co2 = feed * block.by_day(days.carbon * (1000.0 / M_C)) * unit.oxidation
    process_co2 = load * (kind.process_co2 * 1000.0 / M_CO2)
    gas, boiler_o2 = _gas(unit, noise, block, air, running, feed, days, fuel_co2, process_co2, block.by_day(leak))
    return Process(
        unit, running, load, feed, days, burns or (kind.fuel,) * block.days, fuel_co2, process_co2, boiler_o2, gas
    )


def _fuel_of(unit: UnitTruth, seed: int, block: Block, burns: tuple[str, ...] | None) -> FuelDays:
    found = fuel_days(unit.kind.fuel, seed, unit.owner, block.day)
    fields = ("carbon", "o2_demand", "dry_gas", "water", "ncv", "moisture", "biogenic")
    for name in sorted(set(burns or ()) - {unit.kind.fuel}):
        other = fuel_days(name, seed, unit.owner, block.day)
        there = np.array(burns) == name
        found = replace(found, **{f: np.where(there, getattr(other, f), getattr(found, f)) for f in fields})
    return found


def _gas(
    unit: UnitTruth,
    noise: Noise,
    block: Block,
    air: Weather,
    running: Running,
    feed: Floats,
    days: FuelDays,
    fuel_co2: Floats,
    process_co2: Floats,
    leak: Floats,
) -> tuple[Gas, Floats]:
    kind = unit.kind
    idle = 1.0 - running.share
    o2_pct = kind.o2 + kind.o2_rise * (0.45 * idle + 0.55 * idle * idle)
    o2_pct = np.clip(o2_pct + kind.o2_sd * noise.ar1(Stream.FLEET_GAS, 0, 0.9), 0.3, 20.8)
    y = o2_pct / 100.0
    demand, zero = _burnt(kind, unit.oxidation, days)
    burnt = feed * block.by_day(zero) * (O2_IN_AIR / (O2_IN_AIR - y))
    leaked = burnt * leak * (1.0 + 0.05 * noise.slow(Stream.FLEET_GAS, 1, 7))
    cold = _DRAUGHT_KMOL * _design_dry(unit, days)
    dry = np.where(running.fire, burnt + process_co2 + leaked, cold)
    o2 = np.where(running.fire, y * burnt + O2_IN_AIR * leaked, O2_IN_AIR * cold)
    used_air = (feed * block.by_day(demand) + o2) / O2_IN_AIR
    water = feed * block.by_day(days.water) + used_air * air.humidity
    water = water + kind.rated * running.share * (kind.process_water * 1000.0 / M_H2O)
    warm = kind.temperature_c - (3.0 if kind.wet_fgd else 15.0) * idle
    cooled = smoothed(1800.0, np.where(running.fire, warm, air.temperature_c + 5.0))
    temperature = cooled + 0.4 * noise.ar1(Stream.FLEET_GAS, 2, 0.99)
    boiler = np.where(running.fire, o2_pct, np.nan) if kind.boiler_o2 else np.full(len(feed), np.nan)
    return Gas(dry, fuel_co2 + process_co2, o2, water, temperature), boiler


def _burnt(kind: UnitClass, oxidation: float, days: FuelDays) -> tuple[Floats, Floats]:
    """O2 demand and dry gas at zero O2 [kmol per t] (days,) of what burns."""
    carbon = days.carbon * (1000.0 / M_C)
    lost = carbon * (1.0 - oxidation)
    nitrogen = (1.0 - O2_IN_AIR) / O2_IN_AIR
    demand = (days.o2_demand - lost) * kind.demand_share
    own = days.dry_gas - days.o2_demand * nitrogen
    return demand, own - lost + demand * nitrogen


def _design_dry(unit: UnitTruth, days: FuelDays) -> float:
    feed = unit.kind.rated * unit.heat / float(days.ncv[0])
    return feed * float(days.dry_gas[0]) * O2_IN_AIR / (O2_IN_AIR - unit.kind.o2 / 100.0)
