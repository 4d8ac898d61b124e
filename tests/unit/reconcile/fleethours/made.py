"""A made-up month of minutes of a point and its unit, plain enough to be reckoned by hand."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from cems.channels import Moisture
from cems.fleettables import Co2Family, FleetPoint, FleetUnit, FlowFamily, MoistureFamily, Siting
from reconcile.fleethours.rows import PointMinutes, UnitMinutes

START_S = 1_767_196_800  # 2026-01-01 00:00 at UTC+8
START_MS = START_S * 1000

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
)
UNIT = FleetUnit(code="unit-1", unit_class="coal", rated=300.0, fuel="bituminous", shares={"stack-1": 1.0})


def ar1(rng, n, phi, sd):
    steps = rng.normal(0.0, sd * np.sqrt(1 - phi**2), n)
    out = np.empty(n)
    value = 0.0
    for i, step in enumerate(steps.tolist()):
        value = phi * value + step
        out[i] = value
    return out


def minutes(hours, seed=1, before=24, **still):
    """Point and unit rows from ``before`` hours before the start; ``still`` holds channels at one value."""
    rng = np.random.default_rng(seed)
    n = (hours + before) * 60
    t = np.arange(n)
    time = START_S - before * 3600 + 60 * t
    load = 220 + 60 * np.sin(2 * np.pi * t / 1440) + 15 * np.sin(2 * np.pi * t / 397) + ar1(rng, n, 0.9, 0.3)
    columns = {
        "time_s": time,
        "gas_status": np.zeros(n),
        "flow_status": np.zeros(n),
        "co2": 12.0 + 0.01 * (load - 220) + ar1(rng, n, 0.85, 0.08),
        "o2": 7.0 - 0.01 * (load - 220) + ar1(rng, n, 0.85, 0.08),
        "velocity": 14.0 * load / 220 + ar1(rng, n, 0.8, 0.2),
        "temperature": 52.0 + ar1(rng, n, 0.9, 0.1),
        "pressure": -150.0 + ar1(rng, n, 0.8, 8.0),
        "barometric": 101_325.0 + ar1(rng, n, 0.8, 10.0),
        "moisture": 12.0 + ar1(rng, n, 0.95, 0.1),
    }
    for name, value in still.items():
        if name in columns:
            columns[name] = np.full(n, value)
    unit = {
        "time_s": time,
        "load": np.full(n, still["load"]) if "load" in still else load,
        "fuel_feed": load * 0.4,
        "boiler_o2": np.full(n, 4.0),
        "bypass_open": np.zeros(n),
        "fan_state": np.full(n, 2),
    }
    return typed(PointMinutes, columns), typed(UnitMinutes, unit)


def typed(kind, columns):
    types = {"Ints": np.int64, "States": np.int8, "Readings": np.float32}
    return kind(**{f.name: np.asarray(columns[f.name]).astype(types[f.type]) for f in fields(kind)})


def taken(rows, index):
    """The rows in another order, some left out or doubled."""
    return replace(rows, **{f.name: getattr(rows, f.name)[index] for f in fields(rows)})


def changed(rows, where, **columns):
    """The rows with other values at some places."""
    new = {}
    for name, value in columns.items():
        column = getattr(rows, name).copy()
        column[where] = value
        new[name] = column
    return replace(rows, **new)
