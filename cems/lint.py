"""What in a register map is allowed and yet looks wrong: remarks, each with what to look at. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from cems.instruments.modbus import ModbusInstrument
from cems.instruments.registers import BIT_TABLES, ByteOrder, Register, WordType
from cems.lint_loggers import logger_remarks
from cems.planner import STATUS, Cell, cells_of, plan, plan_cells
from cems.plant import Plant

_RAW: Final = {
    WordType.INT16: (-32_768, 32_767),
    WordType.UINT16: (0, 65_535),
    WordType.BCD16: (0, 9999),
    WordType.INT32: (-(2**31), 2**31 - 1),
    WordType.UINT32: (0, 2**32 - 1),
    WordType.BCD32: (0, 99_999_999),
    WordType.FLOAT16: (-65_504, 65_504),
    WordType.INT8_HIGH: (-128, 127),
    WordType.INT8_LOW: (-128, 127),
    WordType.UINT8_HIGH: (0, 255),
    WordType.UINT8_LOW: (0, 255),
}
_COARSE: Final = 50
"""Steps of a measuring range below which a value is too coarse to be one (project choice)."""
_BUSY: Final = 0.8
"""Share of a period that the requests of a serial line may take (project choice)."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that looks wrong."""

    instrument: str
    message: str

    def __str__(self) -> str:
        return f"{self.instrument}: {self.message}"


def remarks(plant: Plant, period_s: float) -> list[Remark]:
    """Everything that looks wrong in the instruments of a plant read at this period (0: as fast as it goes)."""
    devices = [i for point in plant.point for i in point.instrument if isinstance(i, ModbusInstrument)]
    found = [Remark(device.code, said) for device in devices for said in _of_device(device)]
    found += _of_lines(devices, period_s)
    return found + [Remark(code, said) for code, said in logger_remarks(plant)]


def _of_device(device: ModbusInstrument) -> Iterator[str]:
    for register in device.register:
        yield from _of_register(register)
    yield from _orders(device)
    yield from _alignment(device)
    yield from _requests(device)


def _of_register(register: Register) -> Iterator[str]:
    low, high = register.limits
    name = f"{register.channel} at {register.address}"
    if register.type in _RAW and register.current is None:
        scale, offset = register.canonical_line
        reach = sorted(raw * scale + offset for raw in _RAW[register.type])
        if register.range is not None and (reach[0] > low or reach[1] < high):
            span = f"{reach[0]:g} to {reach[1]:g}"
            yield f"{name}: {register.type} with this scale reaches {span}, the range is {low:g} to {high:g}"
        elif register.range is not None and register.stepped and abs(scale) * _COARSE > high - low:
            yield f"{name}: one step is {abs(scale):g}, fewer than {_COARSE} in the range {low:g} to {high:g}"
    if register.range is None:
        yield f"{name}: has no range; a measuring range finds swapped words and failed sensors"


def _orders(device: ModbusInstrument) -> Iterator[str]:
    """Devices do send whole numbers in one order and floats in another; the same type in two orders is a mistake."""
    by_type: dict[WordType, Counter[ByteOrder]] = {}
    for register in device.register:
        if register.registers == 2 and register.type is not WordType.ASCII:
            by_type.setdefault(register.type, Counter())[register.byte_order or device.byte_order] += 1
    for type_, orders in by_type.items():
        if len(orders) > 1:
            said = ", ".join(f"{count} in {order}" for order, count in orders.most_common())
            yield f"values of type {type_} stand in different byte orders ({said}): `gateway probe` shows which fit"


def _alignment(device: ModbusInstrument) -> Iterator[str]:
    wide = [cell for cell in cells_of(device) if cell.count in (2, 4) and cell.table not in BIT_TABLES]
    odd = [cell for cell in wide if cell.address % 2]
    if odd and len(odd) < len(wide) / 2:
        yield f"{', '.join(map(str, odd))} begin at odd addresses, the others at even ones: off by one?"


def _requests(device: ModbusInstrument) -> Iterator[str]:
    requests = plan(device)
    status = next((r for r in requests if any(c.name == STATUS for c in r.cells)), None)
    if status is not None:
        apart = [c.name for r in requests if r is not status for c in r.cells]
        if apart and device.requests == "merged":
            yield f"the status comes in another request than {', '.join(apart)}: it may have changed between the two"
    if device.requests == "merged":
        for table in dict.fromkeys(r.table for r in requests):
            now = [r for r in requests if r.table == table]
            cap = device.max_bits if table in BIT_TABLES else device.max_registers
            cells = [c for r in now for c in r.cells]
            better = plan_cells(cells, cap, cap, table)
            if len(better) < len(now):
                yield f"{len(now)} requests read table {table}; max_gap = {_gap(cells)} would make them {len(better)}"


def _gap(cells: Iterable[Cell]) -> int:
    """The widest hole between neighbours."""
    return max((b.address - a.end for a, b in pairwise(sorted(cells))), default=0)


def _of_lines(devices: list[ModbusInstrument], period_s: float) -> Iterator[Remark]:
    by_line: dict[object, list[ModbusInstrument]] = {}
    for device in devices:
        by_line.setdefault(device.line, []).append(device)
    for group in by_line.values():
        line, names = group[0].line, ", ".join(d.code for d in group)
        busy = sum(line.request_s(r.count) + d.pause_between_requests_s for d in group for r in plan(d))
        if period_s and busy > _BUSY * period_s:
            yield Remark(names, f"the requests of line {line} take about {busy:.2f} s of a period of {period_s:g} s")
        for unit, count in Counter(d.unit_id for d in group).items():
            if count > 1:
                same = ", ".join(d.code for d in group if d.unit_id == unit)
                yield Remark(same, f"are one device, unit {unit} of line {line}: is that so?")
