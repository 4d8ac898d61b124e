"""One live read of one device, shown in every way the words can be read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cems.channels import CHANNELS
from cems.clock import from_ms
from cems.instruments.modbus import ModbusInstrument
from cems.instruments.modbus_line import LineSettings
from cems.planner import cells_of
from cems.reader import InstrumentReader
from gateway.candidates import Candidate, candidates
from gateway.drivers.base import Span
from gateway.drivers.modbus_line import ModbusLine


@dataclass(frozen=True, slots=True)
class Row:
    """One value, or one register of a raw read."""

    address: int
    name: str
    """Channel, ``clock`` or ``status``; empty in a raw read."""
    words: bytes
    candidates: tuple[Candidate, ...]
    reading: str = ""
    """Value, unit and flag by the plant file; empty in a raw read."""


async def probe_instrument(instrument: ModbusInstrument, folder: Path) -> list[Row]:
    """Every value of an instrument as read now; raises :class:`cems.errors.DeviceError` when it does not answer."""
    reader = InstrumentReader(instrument)
    line = ModbusLine(instrument.line, folder)
    words = b""
    try:
        for request in reader.requests:
            span = Span(instrument.unit_id, request.table, request.address, request.count)
            words += await line.read(span, instrument.timeout_s)
    finally:
        await line.close()
    readings = _readings(instrument, reader, words)
    rows = []
    for cell in cells_of(instrument):
        raw = reader.cut(cell, words)
        rows.append(Row(cell.address, cell.name, raw, tuple(candidates(raw)), readings.get(cell.name, "")))
    return rows


async def probe_raw(settings: LineSettings, span: Span, timeout_s: float, *, wide: bool) -> list[Row]:
    """Registers as read now, each alone, with its neighbour, and where ``wide`` with three.

    Raises :class:`cems.errors.DeviceError` when they are not given.
    """
    line = ModbusLine(settings)
    try:
        words = await line.read(span, timeout_s)
    finally:
        await line.close()
    rows = []
    for i in range(span.count):
        single, pair, four = (words[2 * i : 2 * (i + n)] for n in (1, 2, 4))
        pairs = candidates(pair) if len(pair) == 4 else []
        fours = candidates(four) if wide and len(four) == 8 else []
        rows.append(Row(span.address + i, "", single, (*candidates(single), *pairs, *fours)))
    return rows


def _readings(instrument: ModbusInstrument, reader: InstrumentReader, words: bytes) -> dict[str, str]:
    measured = reader.measured(words)
    found = {"status": f"{measured.status}"}
    if measured.clock_ms is not None:
        found["clock"] = f"{from_ms(measured.clock_ms):%Y-%m-%d %H:%M:%S} UTC"
    for register in instrument.register:
        value, flag = reader.reading(register, words)
        number = "none" if value is None else f"{value:g} {CHANNELS[register.channel].unit}"
        found[register.channel.value] = f"{number}  {flag}"
    return found
