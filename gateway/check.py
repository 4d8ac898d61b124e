"""Reads every instrument once and says what in the register map cannot be right, with the register named.

Devices that send by themselves cannot be read; their brokers are asked whether they let us in, and the ports are tried
that data loggers connect to.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from cems.channels import CHANNELS
from cems.clock import from_ms
from cems.decode import clock_of, status_of
from cems.errors import DeviceError
from cems.flags import FLAGS, Flag
from cems.instruments.modbus import ModbusInstrument
from cems.instruments.registers import ClockRegister, Register, StatusRegister, WordType
from cems.planner import CLOCK, STATUS, Cell, Request
from cems.plant import Point
from cems.reader import InstrumentReader
from gateway.candidates import likely
from gateway.check_brokers import broker_findings
from gateway.check_loggers import logger_findings
from gateway.drivers.base import Line, ReadError, Span, Trouble
from gateway.drivers.modbus_line import ModbusLine
from gateway.finding import Finding

_CLOCK_OFF_S = 120.0
"""Device clocks further from the gateway's than this are worth a remark (project choice)."""
_TINY = 1e-20
"""Bytes in the wrong order often read as a float this small, inside every range that begins at 0 (project choice)."""


def modbus_instruments(points: Iterable[Point]) -> list[ModbusInstrument]:
    """The instruments that are read over Modbus, in the order of the plant file."""
    return [i for point in points for i in point.instrument if isinstance(i, ModbusInstrument)]


async def live_findings(points: Sequence[Point], folder: Path) -> list[Finding]:
    """What one read of every instrument shows; no finding that is ``wrong`` means that the map fits the devices."""
    readers = [InstrumentReader(instrument) for instrument in modbus_instruments(points)]
    findings: list[Finding] = []
    for reader in readers:
        line = ModbusLine(reader.line, folder)  # one for each: a line that failed rests, and would not be asked again
        try:
            findings += await _instrument(reader, line)
        finally:
            await line.close()
    findings += await asyncio.to_thread(broker_findings, points, folder)
    return findings + await asyncio.to_thread(logger_findings, points, folder)


async def _instrument(reader: InstrumentReader, line: Line) -> list[Finding]:
    words = b""
    for request in reader.requests:
        try:
            words += await _read(reader, line, request.table, request.address, request.count)
        except DeviceError as error:
            if isinstance(error, ReadError) and error.trouble is Trouble.REFUSED:
                return await _refused(reader, line, request, error)
            return [Finding(reader.code, "", f"does not answer: {error}", wrong=True)]
    return _judged(reader, words, time.time_ns() // 1_000_000)


async def _refused(reader: InstrumentReader, line: Line, request: Request, error: ReadError) -> list[Finding]:
    """Which of the registers in a refused request the device does not have."""
    findings = []
    for cell in request.cells:
        try:
            await _read(reader, line, cell.table, cell.address, cell.count)
        except DeviceError as alone:
            findings.append(Finding(reader.code, str(cell), f"the device refuses it: {alone}", wrong=True))
    if findings:
        return findings
    hole = f"the device gives each register alone, but not {request}: lower max_gap or max_registers. {error}"
    return [Finding(reader.code, "", hole, wrong=True)]


async def _read(reader: InstrumentReader, line: Line, table: str, address: int, count: int) -> bytes:
    instrument = reader.instrument
    return await line.read(Span(instrument.unit_id, table, address, count), instrument.timeout_s)


def _judged(reader: InstrumentReader, words: bytes, now_ms: int) -> list[Finding]:
    cells = {cell.name: cell for request in reader.requests for cell in request.cells}
    findings = []
    for register in reader.instrument.register:
        findings += _judged_register(reader, register, cells[register.channel.value], words)
    if reader.instrument.clock is not None:
        findings.append(_judged_clock(reader, reader.instrument.clock, cells[CLOCK], words, now_ms))
    if reader.instrument.status is not None:
        findings += _judged_status(reader, reader.instrument.status, cells[STATUS], words)
    return findings


def _judged_register(reader: InstrumentReader, register: Register, cell: Cell, words: bytes) -> list[Finding]:
    value, flag = reader.reading(register, words)
    number, raw = reader.raw(register, words), reader.cut(cell, words)
    low, high = register.limits
    if value is None:
        what = f"mean {FLAGS[flag].term}" if flag is Flag.FAULT or number in register.bad else "give no finite number"
    elif flag is not Flag.NORMAL:
        what = f"give {value:g} {CHANNELS[register.channel].unit}, outside {low:g} to {high:g}"
    elif 0 < abs(number) < _TINY:
        what = f"give {number:.3g}, which no instrument measures"
    else:
        return []
    message = f"words {raw.hex(' ', 2).upper()} read as {_read_as(reader, register)} {what}; check address, type, "
    message += "byte order and scale"
    if other := likely(register, reader.instrument, raw):
        message += f" (inside the range as {', '.join(str(c.order) for c in other)})"
    return [Finding(reader.code, str(cell), message, wrong=True)]


def _read_as(reader: InstrumentReader, register: Register) -> str:
    """Type and byte order, in words."""
    if register.registers == 2 and register.type is not WordType.ASCII:
        return f"{register.type} {register.byte_order or reader.instrument.byte_order}"
    if register.registers == 4 and register.type is not WordType.ASCII:
        return f"{register.type} {reader.instrument.wide_order_of(register.wide_order, register.byte_order)}"
    return str(register.type)


def _judged_status(reader: InstrumentReader, status: StatusRegister, cell: Cell, words: bytes) -> list[Finding]:
    state = int.from_bytes(reader.cut(cell, words), "big")
    if status.flags and state not in status.flags:
        listed = ", ".join(str(known) for known in sorted(status.flags))
        message = f"holds {state}, which flags does not list ({listed}): every reading would be D; check address"
        return [Finding(reader.code, str(cell), message, wrong=True)]
    flag = status_of(status)(state)
    if flag is Flag.NORMAL:
        return []
    return [Finding(reader.code, str(cell), f"holds {state}, which means {flag} ({FLAGS[flag].term})", wrong=False)]


def _judged_clock(reader: InstrumentReader, clock: ClockRegister, cell: Cell, words: bytes, now_ms: int) -> Finding:
    instant = clock_of(clock, reader.instrument)(words, reader.position(cell))
    if instant is None:
        raw = reader.cut(cell, words).hex(" ", 2).upper()
        order = clock.byte_order or reader.instrument.byte_order
        message = f"words {raw} read as {clock.format} {order} lie outside the years 2000 to 2099; check address and "
        return Finding(reader.code, str(cell), message + "byte order", wrong=True)
    offset = (instant - now_ms) / 1000
    far = f", {offset:+.0f} s from this computer's clock" if abs(offset) > _CLOCK_OFF_S else ""
    return Finding(reader.code, str(cell), f"device time {from_ms(instant):%Y-%m-%d %H:%M:%S} UTC{far}", wrong=False)
