"""What the control system of a unit says, minute by minute."""

from __future__ import annotations

from typing import Any

import numpy as np

from firmware_sim.fleet.families import family
from firmware_sim.fleet.noise import Noise, smoothed
from firmware_sim.fleet.process import Process
from firmware_sim.physics import Floats
from firmware_sim.streams import Stream, generator


def control(process: Process, noise: Noise, kept: slice, bypass_open: Floats) -> dict[str, Any]:
    """Columns of the table of a unit's minutes; ``bypass_open`` (minutes,) is above 0 where a damper is open."""
    unit, seed = process.unit, noise.seed
    z = generator(seed, Stream.FLEET_BIAS, unit.owner).standard_normal(4).clip(-2.5, 2.5)

    def meter(name: str, part: int, x: Floats, places: int) -> Floats:
        kind = family("sensor", name)
        steady = smoothed(kind.tau_s, x)
        sd = kind.noise * np.abs(steady) + kind.floor
        biased = steady * (1.0 + kind.bias_sd * z[part]) + sd * noise.ar1(Stream.FLEET_NOISE, part, kind.phi)
        fire = process.running.fire
        burning: Floats = np.maximum(biased, 0.0) * fire
        return np.round(burning, places)[kept]

    o2 = np.where(np.isnan(process.boiler_o2_pct), 0.0, process.boiler_o2_pct)
    shown_o2 = meter("boiler_o2", 2, o2, 2)
    boiler = np.where(np.isnan(process.boiler_o2_pct[kept]), np.nan, shown_o2)
    signal = (bypass_open[kept] > 0).astype(np.int8) if unit.bypass_signal else np.full(len(boiler), -1, np.int8)
    return {
        "time_s": noise.block.time_s[kept],
        "load": meter("load", 0, process.load, 2).astype(np.float32),
        "fuel_feed": meter("fuel_feed", 1, process.feed, 3).astype(np.float32),
        "boiler_o2": boiler.astype(np.float32),
        "bypass_open": signal,
        "fan_state": process.running.fan_state[kept],
    }
