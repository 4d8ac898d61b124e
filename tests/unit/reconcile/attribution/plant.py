"""Hours of a stack made from the simulated coal unit, as instruments would show them, for faults to be put into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from firmware_sim.fuel import ncv_gj_per_t
from firmware_sim.plant import Unit, UnitSpec
from firmware_sim.span import Span
from reconcile.attribution.fuelside import UnitSide
from reconcile.pointhours import PointHours, Spread, UnitDays

Array = NDArray[np.float64]
OFFSET_MS = 8 * 3_600_000
DAYS = 56
FUEL = "bituminous"
RHO = 44.0095 / 22.41397
"""CO2 at the standard state [kg/m3]."""


@dataclass(frozen=True)
class Shown:
    """What the instruments of a stack and the books of its unit show; hours, and days of the books."""

    start_ms: NDArray[np.int64]
    load: Array
    running: Array
    feed: Array
    co2: Array
    o2: Array
    moisture: Array
    temperature: Array
    pressure: Array
    flow_wet: Array
    boiler_o2: Array
    bypass: Array
    fan: NDArray[np.int64]
    fuel_t: Array
    carbon: Array
    ncv: Array
    output: Array

    @property
    def mass_kg(self) -> Array:
        return RHO * self.co2 / 100 * self.flow_wet * (1 - self.moisture / 100) * self.running


def noise(rng: np.random.Generator, n: int, sd: float, phi: float) -> Array:
    steps = rng.standard_normal(n) * sd * np.sqrt(1 - phi**2)
    out = np.empty(n)
    last = rng.standard_normal() * sd
    for i in range(n):
        last = phi * last + steps[i]
        out[i] = last
    return out


@cache
def shown(seed: int = 1, days: int = DAYS, outage_hours: float = 9.0) -> Shown:
    """A healthy stack: noise of an installed system, gain errors within its uncertainty, books with a little error."""
    span = Span.of_month("2026-03", 31)
    span = replace(span, days=days)
    unit = Unit(span, seed, UnitSpec(outage_hours=outage_hours))
    p = unit.run(span.minutes)
    n = days * 24

    def mean(row: Array) -> Array:
        return row.reshape(n, 60).mean(axis=1)

    rng = np.random.default_rng(1000 + seed)
    load, running = mean(p.load_mw), mean(p.running.astype(np.float64))
    idle = 1 - load / unit.spec.rated_mw
    co2, o2, moisture = mean(p.co2_pct), mean(p.o2_pct), mean(p.moisture_pct)
    wet = mean(p.dry_flow_m3_h / (1 - p.moisture_pct / 100))
    daily = p.coal_t_h.reshape(days, 1440).mean(axis=1) * 24
    return Shown(
        start_ms=1000 * p.time_s[::60],
        load=load,
        running=running,
        feed=mean(p.coal_t_h) * (1 + noise(rng, n, 0.01, 0.5)),
        co2=co2 * (1 + 0.006 + noise(rng, n, 0.003, 0.8)),
        o2=o2 * (1 - 0.004 + noise(rng, n, 0.006, 0.8)),
        moisture=moisture * (1 + noise(rng, n, 0.01, 0.9)),
        temperature=mean(p.temperature_c) + noise(rng, n, 0.2, 0.5),
        pressure=mean(p.barometric_pa + p.static_pa) + noise(rng, n, 20, 0.5),
        flow_wet=wet * (1 + 0.008 + noise(rng, n, 0.008, 0.8)),
        boiler_o2=3.2 + 1.6 * idle + 2.0 * idle**2 + noise(rng, n, 0.08, 0.5),
        bypass=np.zeros(n),
        fan=(load > 0.75 * unit.spec.rated_mw).astype(np.int64),
        fuel_t=daily * (1 + 0.002 + 0.003 * rng.standard_normal(days)),
        carbon=np.asarray(unit.coal.carbon) * (1 + 0.004 * rng.standard_normal(days)),
        ncv=np.asarray(ncv_gj_per_t(unit.coal)) * (1 + 0.004 * rng.standard_normal(days)),
        output=p.load_mw.reshape(days, 1440).mean(axis=1) * 24,
    )


def hours_of(s: Shown) -> PointHours:
    n = s.start_ms.size
    ran = s.running > 0.99
    unknown, six = np.full(n, np.nan), np.full((n, 6), np.nan)
    minutes = np.zeros((n, 6), dtype=np.int64)
    minutes[:, 0] = np.where(ran, 60, 0)
    minutes[:, 4] = 60 - minutes[:, 0]
    whole, flat = np.zeros(n, dtype=np.int64), np.zeros((n, 6), dtype=np.int64)

    def seen(row: Array) -> Array:
        return np.where(ran, row, np.nan)

    return PointHours(
        start_ms=s.start_ms,
        status=np.where(ran, "valid", "stopped"),
        operating_h=s.running,
        co2_kg=seen(s.mass_kg),
        co2_pct_dry=seen(s.co2),
        o2_pct_dry=seen(s.o2),
        moisture_pct=seen(s.moisture),
        temperature_c=seen(s.temperature),
        pressure_pa=seen(s.pressure),
        flow_wet_std=seen(s.flow_wet),
        load=s.load,
        fuel_feed=s.feed,
        boiler_o2_pct=seen(s.boiler_o2),
        bypass_open=s.bypass,
        fan_state=s.fan,
        gas_minutes=minutes,
        flow_minutes=minutes,
        doubled=whole,
        spread=Spread(six, six, six, six, flat, flat, flat, flat, flat, six),
        lag_min=unknown,
        lag_gas_min=unknown,
        fingerprint=np.zeros(n, dtype=np.uint64),
        digits=np.zeros((n, 10), dtype=np.int64),
    )


def side_of(s: Shown, share: float = 1.0, fuel: str = FUEL) -> UnitSide:
    first = int((s.start_ms[0] + OFFSET_MS) // 86_400_000)
    n = s.fuel_t.size
    co2 = s.fuel_t * s.carbon * 0.99 * 44.0095 / 12.011
    days = UnitDays(
        day=first + np.arange(n),
        fuel_mass=s.fuel_t,
        carbon=s.carbon,
        ncv=s.ncv,
        fuel_co2_t=co2,
        process_co2_t=np.zeros(n),
        output=s.output,
        heat_gj=np.zeros(n),
    )
    return UnitSide(days, fuel, share)


def struck(s: Shown, day: int, change: Callable[[Shown], dict[str, Array]]) -> Shown:
    """The same with some rows changed from a day on; rows of days and of hours alike."""
    rows = {}
    for name, row in change(s).items():
        old = getattr(s, name)
        first = day if old.size == s.fuel_t.size else 24 * day
        rows[name] = np.where(np.arange(old.size) >= first, row, old)
    return replace(s, **rows)
