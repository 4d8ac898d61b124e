"""What passes a monitoring point: the gas of its units, mixed, with the air that leaked in on the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_sim.fleet.noise import Noise
from firmware_sim.fleet.places import PointTruth
from firmware_sim.fleet.process import Process
from firmware_sim.fleet.weather import Weather
from firmware_sim.physics import M_CO2, MOLAR_VOLUME, O2_IN_AIR, Floats, saturation_pressure_pa, velocity_m_s
from firmware_sim.streams import Stream

_SATURATED = 0.985
"""Humidity of the gas behind a wet scrubber."""


@dataclass(slots=True)
class Seen:
    """The gas at a point; arrays (minutes,)."""

    fire: NDArray[np.bool_]
    """Whether a unit behind it has fire."""
    share: Floats
    """Load of its units over their rated load."""
    fan_state: NDArray[np.int8]
    """Of the first unit."""
    dry_kmol: Floats
    """Dry gas [kmol/h]."""
    co2_kmol: Floats
    """CO2 [kmol/h]."""
    fuel_co2_kmol: Floats
    """CO2 that a fuel account would put there [kmol/h]."""
    co2_pct: Floats
    """Dry [%]."""
    o2_pct: Floats
    """Dry [%]."""
    moisture_pct: Floats
    """Water vapour by volume [%]."""
    temperature_c: Floats
    """Temperature [degC]."""
    static_pa: Floats
    """Static pressure against the atmosphere [Pa]."""
    barometric_pa: Floats
    """Atmospheric pressure [Pa]."""
    velocity: Floats
    """Section mean over the documented Kv [m/s]: what a flawless meter would show."""
    emitted_t_h: Floats
    """CO2 that takes this way out, a bypass of the point included [t/h]."""

    @property
    def co2_t_h(self) -> Floats:
        """CO2 that passes the point [t/h]."""
        tonnes: Floats = self.co2_kmol * (M_CO2 / 1000.0)
        return tonnes


def see(
    point: PointTruth,
    processes: tuple[Process, ...],
    noise: Noise,
    air: Weather,
    bypassed: Floats | float = 0.0,
    leaked: Floats | float = 0.0,
) -> Seen:
    """What passes a point; ``bypassed`` of all its gas goes round it, ``leaked`` more air comes in (shares)."""
    feeds = [(processes[i], share) for i, share in point.feeds]
    past = 1.0 - np.asarray(bypassed)
    dry = past * sum(share * p.gas.dry for p, share in feeds)
    co2 = past * sum(share * p.gas.co2 for p, share in feeds)
    emitted = sum(share * p.co2_t_h for p, share in feeds)
    fire = np.logical_or.reduce([p.running.fire for p, _ in feeds])
    drawn = np.where(fire, dry * (point.leak + np.asarray(leaked)), 0.0)
    o2 = past * sum(share * p.gas.o2 for p, share in feeds) + O2_IN_AIR * drawn
    water = past * sum(share * p.gas.water for p, share in feeds) + air.humidity * drawn
    warmth = past * sum(share * p.gas.dry * p.gas.temperature_c for p, share in feeds)
    temperature = (warmth + drawn * air.temperature_c) / (dry + drawn)
    dry = dry + drawn
    load = sum(p.load for p, _ in feeds) / sum(p.unit.kind.rated for p, _ in feeds)
    static = np.where(fire, -60.0 - 90.0 * load, -20.0) + 6.0 * noise.ar1(Stream.FLEET_POINT, 0, 0.8)
    pressure = air.barometric_pa + static
    moisture = 100.0 * water / (dry + water)
    if point.doc.wet_fgd:
        saturated = 100.0 * _SATURATED * saturation_pressure_pa(temperature) / pressure
        moisture = np.where(fire, saturated, np.minimum(moisture, saturated))
    velocity = velocity_m_s(
        dry * MOLAR_VOLUME,
        temperature_c=temperature,
        static_pa=static,
        barometric_pa=air.barometric_pa,
        moisture_pct=moisture,
        area_m2=point.doc.area_m2,
        kv=point.doc.kv,
    )
    return Seen(
        fire=fire,
        share=np.asarray(load),
        fan_state=feeds[0][0].running.fan_state,
        dry_kmol=dry,
        co2_kmol=co2,
        fuel_co2_kmol=np.asarray(sum(share * (p.fuel_co2_kmol + p.process_co2_kmol) for p, share in feeds)),
        co2_pct=100.0 * co2 / dry,
        o2_pct=100.0 * o2 / dry,
        moisture_pct=moisture,
        temperature_c=temperature,
        static_pa=static,
        barometric_pa=air.barometric_pa,
        velocity=np.asarray(velocity),
        emitted_t_h=np.asarray(emitted),
    )
