"""The air around a plant: what its barometer, its fans and its moisture see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from firmware_sim.fleet.noise import Noise
from firmware_sim.physics import P_STANDARD, Floats, saturation_pressure_pa
from firmware_sim.span import DAY_MIN
from firmware_sim.streams import Stream


@dataclass(frozen=True, slots=True)
class Weather:
    """Arrays (minutes,)."""

    temperature_c: Floats
    """Of the air."""
    barometric_pa: Floats
    """At the place."""
    humidity: Floats
    """Water per dry air, kmol/kmol."""


def weather(noise: Noise, mean_c: float, swing_c: float, altitude_m: float) -> Weather:
    """The weather at a place with a yearly mean, a yearly swing and an altitude; coldest in mid-January.

    The pressure falls with altitude as in the standard atmosphere, ``(1 - 2.25577e-5 h)**5.25588``.
    """
    minute = noise.block.minute
    year = 2.0 * np.pi * (minute / DAY_MIN - 15.0) / 365.2425
    hour = (minute % DAY_MIN) / 60.0
    day_wave = np.sin(2.0 * np.pi * (hour - 9.0) / 24.0)
    temperature = mean_c - swing_c * np.cos(year) + 3.5 * day_wave + 3.0 * noise.slow(Stream.FLEET_WEATHER, 0)
    base = P_STANDARD * (1.0 - 2.25577e-5 * altitude_m) ** 5.25588
    pressure = base + 600.0 * noise.slow(Stream.FLEET_WEATHER, 1, 2) - 300.0 * np.cos(year + np.pi)
    tide = 80.0 * np.sin(2.0 * np.pi * (hour - 4.0) / 12.0)
    relative = np.clip(0.65 - 0.12 * day_wave, 0.2, 0.95)
    vapour = relative * saturation_pressure_pa(np.asarray(temperature))
    return Weather(np.asarray(temperature), np.asarray(pressure + tide), np.asarray(vapour / (pressure - vapour)))
