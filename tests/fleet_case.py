"""A small enterprise with hours and records that can be worked out by hand, for tests of comparison and pilot."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from cems.channels import Moisture
from cems.clock import HOUR_MS
from cems.fleettables import (
    Co2Family,
    FleetEnterprise,
    FleetPoint,
    FleetUnit,
    FlowFamily,
    MoistureFamily,
    Sector,
    Siting,
)
from reconcile.comparison.fuel_days import FuelRecords
from reconcile.pointhours import SPREAD_OF, STATES, PointHours, Spread

OFFSET_MS = 8 * HOUR_MS
FIRST_DAY = 20_454
"""2026-01-01."""
START_MS = FIRST_DAY * 24 * HOUR_MS - OFFSET_MS


def point(code: str, **change: Any) -> FleetPoint:
    given: dict[str, Any] = {
        "code": code, "siting": Siting.STACK, "area_m2": 40.0, "kv": 1.0, "straight_up_d": 6.0,
        "straight_down_d": 3.0, "co2": Co2Family.NDIR, "flow": FlowFamily.PITOT,
        "moisture": MoistureFamily.CAPACITIVE, "co2_basis": Moisture.DRY, "o2_basis": Moisture.DRY,
        "co2_full_scale_pct": 25.0, "velocity_full_scale": 40.0,
    }  # fmt: skip
    return FleetPoint(**{**given, **change})


def unit(code: str, shares: dict[str, float], **change: Any) -> FleetUnit:
    given: dict[str, Any] = {"code": code, "unit_class": "coal-supercritical-600", "rated": 600.0, "fuel": "bituminous"}
    return FleetUnit(**{**given, "shares": shares, **change})


def enterprise(units: list[FleetUnit], points: list[FleetPoint], reported: list[str], **change: Any) -> FleetEnterprise:
    given: dict[str, Any] = {"code": "ent-1", "sector": Sector.POWER, "province": "Anhui"}
    return FleetEnterprise(
        **{**given, **change}, unit=tuple(units), point=tuple(points), reported_stacks=tuple(reported)
    )


def two_units_one_stack() -> FleetEnterprise:
    """Units u1 and u2, each with a duct of its own, into one stack."""
    units = [unit("u1", {"d1": 1.0, "s1": 1.0}), unit("u2", {"d2": 1.0, "s1": 1.0})]
    points = [point("d1", siting=Siting.DUCT, straight_up_d=2.0), point("d2", siting=Siting.DUCT), point("s1")]
    return enterprise(units, points, ["s1"])


def hours(n_days: int, co2_kg: Any = 1000.0, **change: Any) -> PointHours:
    """Hours in which everything is valid unless said otherwise; every argument broadcasts over the hours."""
    n = 24 * n_days
    given: dict[str, Any] = {
        "start_ms": START_MS + HOUR_MS * np.arange(n, dtype=np.int64),
        "status": np.full(n, "valid"), "operating_h": 1.0, "co2_kg": co2_kg, "co2_pct_dry": 12.0, "o2_pct_dry": 6.0,
        "moisture_pct": 10.0, "temperature_c": 50.0, "pressure_pa": 101_325.0, "flow_wet_std": 1e6, "load": 300.0,
        "fuel_feed": 100.0, "boiler_o2_pct": 4.0, "bypass_open": 0.0, "fan_state": 0, "doubled": 0, "lag_min": 0.0,
        "lag_gas_min": 0.0, "fingerprint": 0,
    }  # fmt: skip
    given |= change
    counts = np.zeros((n, len(STATES)), dtype=np.int64)
    counts[:, 0] = 60
    spread = Spread(
        *(
            np.zeros((n, len(SPREAD_OF)), dtype=np.int64 if "Ints" in str(f.type) else np.float64)
            for f in fields(Spread)
        )
    )
    kinds = {"fan_state": np.int64, "doubled": np.int64, "fingerprint": np.uint64, "start_ms": np.int64}
    arrays = {
        name: value.copy() if name == "status" else np.broadcast_to(value, n).astype(kinds.get(name, np.float64))
        for name, value in given.items()
    }
    made = PointHours(
        **arrays,
        gas_minutes=counts,
        flow_minutes=counts.copy(),
        spread=spread,
        digits=np.zeros((n, 10), dtype=np.int64),
    )
    return replace(made, co2_kg=np.where(made.status == "valid", made.co2_kg, np.nan))


def records(rows: list[dict[str, Any]]) -> FuelRecords:
    """Daily records; ``day`` counts from the first day, carbon of 12/44 makes a tonne of CO2 of a tonne of fuel."""
    given: dict[str, Any] = {
        "unit": "u1", "day": 0, "fuel": "bituminous", "mass": 24.0, "carbon": 12.0 / 44.0, "ncv": 25.0,
        "oxidation": 1.0, "process_co2": 0.0, "output": 7200.0, "heat": 0.0, "report_no": "r1", "biogenic": 0.0,
    }  # fmt: skip
    whole = [{**given, **row} for row in rows]
    columns = {name: np.array([row[name] for row in whole]) for name in given}
    columns["day"] = columns["day"].astype(np.int64) + FIRST_DAY
    numbers = ("mass", "carbon", "ncv", "oxidation", "process_co2", "output", "heat", "biogenic")
    return FuelRecords(**{k: v.astype(np.float64) if k in numbers else v for k, v in columns.items()})
