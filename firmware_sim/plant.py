"""A coal-fired unit of 350 MW with a wet FGD: what really happens, minute by minute, before anybody measures it.

The carbon balance closes by construction: CO2 out is the carbon of the coal times the oxidation, times 44.0095/12.011,
and dry flow times CO2 fraction gives the same mass. CO2 from the limestone of the FGD is left out: the account from
fuel that this plant is compared with knows only the coal.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from firmware_sim import fuel
from firmware_sim.coalyard import daily_coal
from firmware_sim.load import LoadProfile, draw_outage
from firmware_sim.physics import (
    AIR_CO2_PCT,
    AIR_O2_PCT,
    CO2_PER_C,
    MOLAR_VOLUME,
    O2_IN_AIR,
    Floats,
    saturation_pressure_pa,
    velocity_m_s,
)
from firmware_sim.span import DAY_MIN, Span
from firmware_sim.streams import Ar1, Stream, generator, lag


@dataclass(frozen=True, slots=True)
class UnitSpec:
    """What was built, and how it is run."""

    rated_mw: float = 350.0
    """Rated gross load, MW."""
    area_m2: float = 24.63
    """Section of the stack at the measuring plane (5.6 m across), m2."""
    kv: float = 1.05
    """True ratio of section mean velocity to velocity at the point."""
    heat_rate_mj_per_mwh: float = 8_900.0
    """Heat from coal (net) for one MWh gross at rated load; it rises to part load."""
    oxidation: float = 0.99
    """Share of the coal's carbon that becomes CO2; the rest stays in ash and slag."""
    air_leakage: float = 0.06
    """Air that leaks in at the air heater and behind it, per volume of flue gas."""
    outage_hours: float = 9.0
    """Length of the one stop in a month; 0 for none."""


@dataclass(frozen=True, slots=True)
class Process:
    """The true state of the unit in consecutive minutes; arrays of shape (n,)."""

    time_s: NDArray[np.int64]
    """Seconds since 1970 UTC."""
    running: NDArray[np.bool_]
    """Whether there is fire."""
    load_mw: Floats
    """Gross load, MW."""
    coal_t_h: Floats
    """Coal burnt as received, t/h."""
    carbon_t_h: Floats
    """Carbon in that coal, t/h."""
    co2_t_h: Floats
    """CO2 that leaves the stack and comes from coal, t/h."""
    dry_flow_m3_h: Floats
    """Dry flow at 273.15 K and 101 325 Pa, m3/h."""
    co2_pct: Floats
    """CO2, % by volume, dry."""
    o2_pct: Floats
    """O2, % by volume, dry."""
    velocity_m_s: Floats
    """Velocity at the measuring point, m/s."""
    temperature_c: Floats
    """Gas temperature, degC."""
    static_pa: Floats
    """Static (gauge) pressure, Pa."""
    moisture_pct: Floats
    """Water vapour, % by volume."""
    barometric_pa: Floats
    """Atmospheric pressure, Pa."""

    def __len__(self) -> int:
        return len(self.time_s)


@dataclass(frozen=True, slots=True)
class _Gas:
    dry_flow_m3_h: Floats
    co2_pct: Floats
    o2_pct: Floats


class Unit:
    """The unit, told to run on; chunks come in order and join without a seam, however long they are."""

    def __init__(self, span: Span, seed: int, spec: UnitSpec | None = None) -> None:
        self.spec = spec or UnitSpec()
        self.span = span
        self.outage = draw_outage(seed, self.spec.outage_hours)
        self.coal = daily_coal(seed, span.days)
        """Composition of each day's coal, fields of shape (days,)."""
        self._minute = 0
        self._load = LoadProfile(span, seed, self.spec.rated_mw, self.outage)
        self._excess_air = Ar1(generator(seed, Stream.EXCESS_AIR), 0.9)
        self._weather = Ar1(generator(seed, Stream.WEATHER), 0.9996)
        self._heat = Ar1(generator(seed, Stream.STACK, 0), 0.99)
        self._draught = Ar1(generator(seed, Stream.STACK, 1), 0.8)
        self._cooling = lag(30 * 60.0)

    def run(self, minutes: int) -> Process:
        """The next minutes of the run, fewer at its end, none after it."""
        last = min(self._minute + minutes, self.span.minutes)
        minute = np.arange(self._minute, last, dtype=np.int64)
        self._minute = last
        coal = _of_days(self.coal, minute // DAY_MIN)
        load, running = self._load.take(minute)
        share = load / self.spec.rated_mw
        coal_t_h = load * heat_rate(self.spec, share) / 1000.0 / fuel.ncv_gj_per_t(coal)
        gas = self._gas(coal, coal_t_h, share, running)
        barometric = self._barometric(minute)
        temperature = self._cooling(np.where(running, 48.5 + 3.0 * share, 32.0)) + 0.4 * self._heat.take(len(minute))
        static = np.where(running, -60.0 - 90.0 * share, -20.0) + 6.0 * self._draught.take(len(minute))
        moisture = 98.5 * saturation_pressure_pa(temperature) / (barometric + static)
        velocity = velocity_m_s(
            gas.dry_flow_m3_h,
            temperature_c=temperature,
            static_pa=static,
            barometric_pa=barometric,
            moisture_pct=moisture,
            area_m2=self.spec.area_m2,
            kv=self.spec.kv,
        )
        carbon_t_h = coal_t_h * coal.carbon
        return Process(
            time_s=self.span.start_s + 60 * minute,
            running=running,
            load_mw=load,
            coal_t_h=coal_t_h,
            carbon_t_h=np.asarray(carbon_t_h),
            co2_t_h=np.asarray(carbon_t_h * self.spec.oxidation * CO2_PER_C),
            dry_flow_m3_h=gas.dry_flow_m3_h,
            co2_pct=gas.co2_pct,
            o2_pct=gas.o2_pct,
            velocity_m_s=np.asarray(velocity),
            temperature_c=temperature,
            static_pa=static,
            moisture_pct=moisture,
            barometric_pa=barometric,
        )

    def _gas(self, coal: fuel.Coal, coal_t_h: Floats, share: Floats, running: NDArray[np.bool_]) -> _Gas:
        o2 = stack_o2_pct(self.spec, share) + 0.12 * self._excess_air.take(len(share))
        flame = fuel.burnt(coal, self.spec.oxidation)
        flow = coal_t_h * 1000.0 * fuel.dry_gas(flame, o2 / 100.0) * MOLAR_VOLUME
        return _Gas(
            dry_flow_m3_h=np.where(running, flow, 40_000.0),
            co2_pct=np.where(running, 100.0 * fuel.co2_dry(flame, o2 / 100.0), AIR_CO2_PCT),
            o2_pct=np.where(running, o2, AIR_O2_PCT),
        )

    def _barometric(self, minute: NDArray[np.int64]) -> Floats:
        day_wave = 80.0 * np.sin(2.0 * np.pi * (self.span.local_hour(minute) - 4.0) / 12.0)
        pressure: Floats = 101_300.0 + 600.0 * self._weather.take(len(minute)) + day_wave
        return pressure


def heat_rate(spec: UnitSpec, share: Floats) -> Floats:
    """Net heat from coal per MWh gross [MJ/MWh] at a share of the rated load (n,): 5 % more at half load."""
    idle = 1.0 - share
    return spec.heat_rate_mj_per_mwh * (1.0 + 0.05 * idle + 0.10 * idle * idle)


def stack_o2_pct(spec: UnitSpec, share: Floats) -> Floats:
    """Dry O2 at the stack [%] (n,): the furnace's, which rises by 2 to 4 % abs. to low load, and the leaked air's."""
    idle = 1.0 - share
    furnace = 3.2 + 1.6 * idle + 2.0 * idle * idle
    return (furnace + spec.air_leakage * 100.0 * O2_IN_AIR) / (1.0 + spec.air_leakage)


def _of_days(coal: fuel.Coal, day: NDArray[np.int64]) -> fuel.Coal:
    return fuel.Coal(**{f.name: np.asarray(getattr(coal, f.name))[day] for f in fields(coal)})
