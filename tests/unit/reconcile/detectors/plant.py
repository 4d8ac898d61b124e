"""Hours of a made-up coal unit behind a wet scrubber, with an account that agrees; patterns are planted in them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cems.channels import Moisture
from cems.clock import HOUR_MS
from cems.fleettables import Co2Family, FleetPoint, FlowFamily, MoistureFamily, Sector, Siting
from reconcile.attribution.fuelside import UnitSide
from reconcile.detectors.facts import Facts
from reconcile.pointhours import PointHours, Spread, UnitDays
from reconcile.quality.velocity import saturation_moisture

START_DAY = 20_454  # 2026-01-01
OFFSET_MS = 8 * HOUR_MS
START_MS = START_DAY * 24 * HOUR_MS - OFFSET_MS
DAY_MS = 24 * HOUR_MS

POINT = FleetPoint(
    code="stack-1",
    siting=Siting.STACK,
    area_m2=20.0,
    kv=1.0,
    straight_up_d=4.0,
    straight_down_d=2.0,
    co2=Co2Family.NDIR,
    flow=FlowFamily.PITOT,
    moisture=MoistureFamily.CAPACITIVE,
    co2_basis=Moisture.DRY,
    o2_basis=Moisture.DRY,
    co2_full_scale_pct=25.0,
    velocity_full_scale=40.0,
    wet_fgd=True,
)
FACTS = Facts(POINT, Sector.POWER)


@dataclass(frozen=True)
class Plant:
    """A point with its account."""

    hours: PointHours
    sides: tuple[UnitSide, ...]


def plant(days=70, seed=1, noise=1.0):
    """A healthy unit over some days; its ratios scatter by ``noise`` times a little."""
    rng = np.random.default_rng(seed)
    n = 24 * days
    t = np.arange(n)

    def scatter(sd):
        return 1.0 + noise * sd * rng.standard_normal(n)

    load = 230 + 60 * np.sin(2 * np.pi * (t % 24 - 8) / 24) + 10 * np.sin(2 * np.pi * t / 333) + rng.normal(0, 4, n)
    o2 = (7.5 - 0.008 * (load - 230)) * scatter(0.004)
    co2 = (20.9 - o2) / 1.1356 * scatter(0.003)
    flow = 3300.0 * load * 20.9 / (20.9 - o2) * scatter(0.004)
    temperature = 52.0 + rng.normal(0, 0.3, n)
    pressure = 101_000.0 + rng.normal(0, 60.0, n)
    moisture = 98.0 * saturation_moisture(temperature, 0.0, pressure) * scatter(0.004)
    mass = co2 / 100 * 44.0 / 22.4 * flow * (1 - moisture / 100)
    truth = (20.9 - 7.5) / 1.1356 / 100 * 44.0 / 22.4 * 3300.0 * load * 20.9 / 13.4 * 0.865 / 1000
    burnt = truth.reshape(days, 24).sum(axis=1)
    per_tonne = 0.55 * 0.99 * 44.0095 / 12.011
    lab = 1 + noise * 0.006 * rng.standard_normal(days)
    unit = UnitDays(
        day=np.arange(START_DAY, START_DAY + days),
        fuel_mass=burnt / per_tonne,
        carbon=0.55 * lab,
        ncv=np.full(days, 21.0),
        fuel_co2_t=burnt * lab,
        process_co2_t=np.zeros(days),
        output=load.reshape(days, 24).sum(axis=1),
        heat_gj=np.zeros(days),
    )
    hours = PointHours(
        start_ms=START_MS + HOUR_MS * t.astype(np.int64),
        status=np.full(n, "valid"),
        operating_h=np.ones(n),
        co2_kg=mass,
        co2_pct_dry=co2,
        o2_pct_dry=o2,
        moisture_pct=moisture,
        temperature_c=temperature,
        pressure_pa=pressure,
        flow_wet_std=flow,
        load=load,
        fuel_feed=load * 0.45,
        boiler_o2_pct=o2 - 1.5,
        bypass_open=np.zeros(n),
        fan_state=np.where(load < 200, 2, 1).astype(np.int64),
        gas_minutes=_minutes(t, 2),
        flow_minutes=_minutes(t, 3),
        doubled=np.zeros(n, dtype=np.int64),
        spread=_spread(rng, n, co2, o2, flow / 80_000, temperature, moisture, load),
        lag_min=rng.normal(1.0, 1.0, n),
        lag_gas_min=rng.normal(1.0, 2.0, n),
        fingerprint=rng.integers(1, 2**63, n, dtype=np.uint64),
        digits=rng.multinomial(58, np.full(10, 0.1), n),
    )
    return Plant(hours, (UnitSide(unit, "bituminous"),))


def _minutes(t, check_hour):
    minutes = np.zeros((t.size, 6), dtype=np.int64)
    minutes[:, 1] = np.where(t % 24 == check_hour, 14, 0)
    minutes[:, 2] = np.where((t % 24 == 10) & (t // 24 % 7 == 2), 60, 0)
    minutes[:, 0] = 60 - minutes.sum(axis=1)
    return minutes


def _spread(rng, n, *means):
    mean = np.stack(means, axis=1)
    shares = np.array([0.007, 0.012, 0.02, 0.002, 0.01, 0.004])
    sd = mean * shares * rng.uniform(0.95, 1.05, (n, 6))
    counts = np.full((n, 6), 60, dtype=np.int64)
    ones = np.ones((n, 6), dtype=np.int64)
    return Spread(
        mean=mean,
        sd=sd,
        low=mean - 2.3 * sd,
        high=mean + 2.3 * sd,
        n=counts,
        run=ones + (rng.random((n, 6)) < 0.1),
        at_high=ones,
        at_low=ones.copy(),
        bad=np.zeros((n, 6), dtype=np.int64),
        lag1=np.clip(rng.normal(0.8, 0.05, (n, 6)), -0.99, 0.99),
    )


def days(first, end):
    """Hours of the days from the first up to the end."""
    return slice(24 * first, 24 * end)


def with_hours(plant_, where, **changes):
    """The plant with other figures in some hours: a factor for a float array, an array or a value for others."""
    hours = plant_.hours
    new = {}
    for name, change in changes.items():
        column = getattr(hours, name).copy()
        column[where] = change(column[where]) if callable(change) else change
        new[name] = column
    return replace(plant_, hours=replace(hours, **new))


def with_spread(plant_, where, channel, **changes):
    """The plant with other spreads of one channel."""
    place = ("co2", "o2", "velocity", "temperature", "moisture", "load").index(channel)
    spread = plant_.hours.spread
    new = {}
    for name, change in changes.items():
        block = getattr(spread, name).copy()
        block[where, place] = change(block[where, place]) if callable(change) else change
        new[name] = block
    return replace(plant_, hours=replace(plant_.hours, spread=replace(spread, **new)))


def with_account(plant_, first, end, factor, *columns):
    """The plant with other records on some days."""
    side = plant_.sides[0]
    new = {}
    for name in columns:
        row = getattr(side.days, name).copy()
        row[first:end] *= factor
        new[name] = row
    return replace(plant_, sides=(replace(side, days=replace(side.days, **new)),))


def at(day, hour=0):
    """The instant a day of the run begins."""
    return START_MS + day * DAY_MS + hour * HOUR_MS
