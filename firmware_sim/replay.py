"""A recorded operation shown as the instruments of a unit: each record held for some minutes, gaps left as gaps."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import numpy as np

from cems.channels import Channel
from cems.errors import ConfigError, Fault
from firmware_sim.instruments import Readings
from firmware_sim.operation import CARBON_DRY_PCT, MOISTURE_PCT, Operation, co2_dry_pct, co2_t_h
from firmware_sim.physics import M_CO2, MOLAR_VOLUME, Floats, velocity_m_s
from firmware_sim.records import FuelRecord
from firmware_sim.schedule import Status

AREA_M2: Final = 20.0
"""Section of the duct, m2. The recording has none; any will do, since the velocity is made from it."""
KV: Final = 1.0
"""Velocity-field coefficient; as above."""
STACK_MOISTURE_PCT: Final = 9.0
"""Moisture of the flue gas, %. Assumed and constant: the recording has none, and it cancels out of the dry flow."""
STATIC_PA: Final = -100.0
"""Static pressure, Pa; assumed and constant, as above."""
LONGEST_HOLD: Final = 10
"""The records are ten minutes apart."""


def dry_flow_m3_h(operation: Operation) -> Floats:
    """Dry standard flow [m3/h at 273.15 K, 101 325 Pa] (n,) that carries the CO2 of each record."""
    kmol_co2 = 1000.0 * co2_t_h(operation.air_kg_h, operation.o2_pct) / M_CO2
    flow: Floats = kmol_co2 / (co2_dry_pct(operation.o2_pct) / 100.0) * MOLAR_VOLUME
    return flow


def show(operation: Operation, hold: int = LONGEST_HOLD) -> Readings:
    """What the cabinets show: each record for ``hold`` minutes, shape (n * hold,); the clock jumps over gaps.

    Dry standard flow computed from these readings with physical constants gives back the CO2 of the record. Raises
    :class:`ConfigError` when ``hold`` would run one record into the next.
    """
    _check(hold)
    moisture = np.full(len(operation.time_s), STACK_MOISTURE_PCT)
    static = np.full(len(operation.time_s), STATIC_PA)
    velocity = velocity_m_s(
        dry_flow_m3_h(operation),
        temperature_c=operation.temperature_c,
        static_pa=static,
        barometric_pa=operation.barometric_pa,
        moisture_pct=moisture,
        area_m2=AREA_M2,
        kv=KV,
    )
    values = {
        Channel.CO2: co2_dry_pct(operation.o2_pct),
        Channel.O2: operation.o2_pct,
        Channel.VELOCITY: np.asarray(velocity),
        Channel.TEMPERATURE: operation.temperature_c,
        Channel.PRESSURE: static,
        Channel.MOISTURE: moisture,
        Channel.BAROMETRIC: operation.barometric_pa,
        Channel.LOAD: operation.load_mw,
        Channel.FUEL_FEED: operation.coal_t_h,
    }
    time_s = (operation.time_s[:, None] + 60 * np.arange(hold)).ravel()
    measuring = np.full(len(time_s), Status.MEASURING, dtype=np.int64)
    held = {channel: np.repeat(series, hold) for channel, series in values.items()}
    return Readings(time_s, dict.fromkeys((1, 2, 3), measuring), held)


def books(operation: Operation, hold: int = LONGEST_HOLD) -> tuple[FuelRecord, ...]:
    """Coal of each UTC day: feeder times the minutes recorded, with the recording's one analysis, on dry basis."""
    _check(hold)
    day = operation.time_s // 86_400
    rows = []
    for number in np.unique(day):
        mass = float(operation.coal_t_h[day == number].sum()) * hold / 60.0
        date = datetime.fromtimestamp(int(number) * 86_400, UTC).date()
        rows.append(FuelRecord(date, round(mass, 4), CARBON_DRY_PCT, 0.0, MOISTURE_PCT, None, ""))
    return tuple(rows)


def _check(hold: int) -> None:
    if not 1 <= hold <= LONGEST_HOLD:
        message = f"{hold} minutes; the records are {LONGEST_HOLD} minutes apart, give 1 to {LONGEST_HOLD}"
        raise ConfigError("replay", [Fault(0, "--hold", message)])
