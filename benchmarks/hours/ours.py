"""Ours: checks, standard state, hours and mass of one point, month by month."""

from __future__ import annotations

import numpy as np

from benchmarks.hours.data import CHANNELS, LIMITS, START_MS
from cems.channels import INDEX, ORDER, Channel, Moisture
from cems.flags import Flag
from cems.instruments.modbus import ModbusInstrument
from cems.instruments.registers import Register
from cems.plant import Point
from reconcile.basis import gas_of, needed_channels
from reconcile.hours import Hours
from reconcile.minutes import minutes_of
from reconcile.parameters import load_parameters
from reconcile.readings import Readings, letter
from reconcile.rulebooks import hj75
from reconcile.series import Series
from reconcile.validity import check, rules_of

BLOCK = 30 * 1440
"""Minutes looked at together; a month of one point stays in the cache of the processor."""
_STACK = CHANNELS[:-1]


def point() -> Point:
    """A stack point with the channels of the data."""
    basis = {"co2": Moisture.DRY, "o2": Moisture.DRY}
    registers = tuple(
        Register(channel=Channel(c), address=2 * i, basis=basis.get(c), range=LIMITS[c]) for i, c in enumerate(_STACK)
    )
    cabinet = ModbusInstrument(code="cabinet", register=registers)
    return Point(code="stack-1", stack="s1", area_m2=25.0, kv=1.05, instrument=(cabinet,))


def readings_of(values: np.ndarray, calibrating: np.ndarray) -> tuple[Readings, Series]:
    """The arrays as the store hands them over: columns together, flags beside the values."""
    n = len(values)
    table = np.full((n, len(ORDER)), np.nan, order="F")
    flags = np.full((n, len(ORDER)), letter(Flag.ABSENT), dtype=np.uint8, order="F")
    for column, name in enumerate(_STACK):
        table[:, INDEX[Channel(name)]] = values[:, column]
        flags[:, INDEX[Channel(name)]] = letter(Flag.NORMAL)
    for channel in (Channel.CO2, Channel.O2):
        flags[calibrating, INDEX[channel]] = letter(Flag.CALIBRATION)
    at = START_MS + 60_000 * np.arange(n, dtype=np.int64)
    count = np.arange(n, dtype=np.int64)
    return Readings("stack-1", at, np.ones(n, dtype=np.int64), count, table, flags), Series(at, values[:, -1].copy())


def hours_of(readings: Readings, load: Series, at: Point) -> Hours:
    """Checks, standard state, hours and mass by HJ 75."""
    parameters = load_parameters()
    rules, needed = rules_of(parameters), needed_channels(at)
    parts = []
    for start in range(0, len(readings), BLOCK):
        rows = slice(start, start + BLOCK)
        block = Readings(
            readings.point,
            readings.instant_ms[rows],
            readings.stream[rows],
            readings.seq[rows],
            readings.values[rows],
            readings.flags[rows],
        )
        running = load.value[rows] > parameters.value("load_stopped_MW")
        checked = check(block, at, running, rules)
        gas = gas_of(checked, at, hj75.standard(parameters))
        span = (int(block.instant_ms[0]), int(block.instant_ms[-1]) + 60_000)
        part = Series(block.instant_ms, load.value[rows])
        parts.append(hj75.hours(minutes_of(checked, gas, needed, part, None, span, 1.0), parameters))
    return Hours.joined(parts)
