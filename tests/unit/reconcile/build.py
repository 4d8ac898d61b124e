"""A stack point, a unit point and their readings, for tests of the arithmetic."""

from __future__ import annotations

import numpy as np

from cems.channels import INDEX, ORDER, Channel, Moisture
from cems.flags import Flag
from cems.instruments.modbus import ModbusInstrument
from cems.instruments.registers import Register
from cems.plant import Point
from reconcile.readings import Readings, letter

GOLDEN = {
    Channel.CO2: 12.0,
    Channel.O2: 6.5,
    Channel.VELOCITY: 12.0,
    Channel.TEMPERATURE: 52.0,
    Channel.PRESSURE: -150.0,
    Channel.BAROMETRIC: 101_325.0,
    Channel.MOISTURE: 13.0,
}
"""The readings of the golden hour (China sheet A.3)."""


def register(channel: Channel, basis: Moisture | None) -> Register:
    return Register(channel=channel, address=2 * INDEX[channel], basis=basis)


def stack_point(basis: Moisture = Moisture.DRY, channels: tuple[Channel, ...] = tuple(GOLDEN)) -> Point:
    gases = (Channel.CO2, Channel.O2)
    registers = tuple(register(c, basis if c in gases else None) for c in channels)
    return Point(
        code="stack-1",
        stack="s1",
        area_m2=60.0,
        kv=1.05,
        instrument=(ModbusInstrument(code="cabinet", register=registers),),
    )


def readings(instants: np.ndarray, values: dict[Channel, object], point: str = "stack-1") -> Readings:
    n = len(instants)
    table = np.full((n, len(ORDER)), np.nan)
    flags = np.full((n, len(ORDER)), letter(Flag.ABSENT), dtype=np.uint8)
    for channel, value in values.items():
        table[:, INDEX[channel]] = value
        flags[:, INDEX[channel]] = letter(Flag.NORMAL)
    return Readings(
        point,
        np.asarray(instants, dtype=np.int64),
        np.ones(n, dtype=np.int64),
        np.arange(1, n + 1, dtype=np.int64),
        table,
        flags,
    )


def minutes(n: int, start: int = 0, step: int = 60_000) -> np.ndarray:
    return start + step * np.arange(n, dtype=np.int64)


def flagged(source: Readings, channel: Channel, rows: object, flag: Flag) -> Readings:
    flags = source.flags.copy()
    flags[rows, INDEX[channel]] = letter(flag)
    return Readings(source.point, source.instant_ms, source.stream, source.seq, source.values, flags)


def taken(source: Readings, rows: np.ndarray) -> Readings:
    return Readings(
        source.point,
        source.instant_ms[rows],
        source.stream[rows],
        source.seq[rows],
        source.values[rows],
        source.flags[rows],
    )
