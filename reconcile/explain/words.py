"""The words of a scan taken apart by the request plan of the plant file that read them, and decoded again. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from cems import decode
from cems.channels import INDEX
from cems.flags import Flag
from cems.instruments.modbus import ModbusInstrument
from cems.instruments.registers import ByteOrder, ClockFormat, Register, WideOrder, WordType
from cems.planner import CLOCK, Cell, cells_of
from cems.plant import Point
from cems.reader import InstrumentReader
from reconcile.explain.facts import KeptScan


@dataclass(frozen=True, slots=True)
class Answer:
    """What one instrument said in a scan."""

    reader: InstrumentReader
    """Its request plan and decoders."""
    words: bytes
    """Its registers as received, in plan order."""

    def values(self) -> dict[int, tuple[float | None, Flag]]:
        """Value and flag by channel position, decoded again."""
        return {index: (value, flag) for index, value, flag in self.reader.measured(self.words).readings}

    @property
    def clock_format(self) -> ClockFormat:
        """How its clock writes the time."""
        clock = self.reader.instrument.clock
        return clock.format if clock else ClockFormat.UNIX

    def cells(self) -> tuple[Cell, ...]:
        """What was asked of it, by address."""
        return cells_of(self.reader.instrument)

    def cut(self, cell: Cell) -> bytes:
        """The registers of one value."""
        return self.reader.cut(cell, self.words)

    def register(self, cell: Cell) -> Register | None:
        """The register of a channel; None for clock, status and counter."""
        return next((r for r in self.reader.instrument.register if r.channel.value == cell.name), None)

    def order(self, cell: Cell) -> ByteOrder | WideOrder:
        """Byte order in which a value stands."""
        instrument = self.reader.instrument
        source = instrument.clock if cell.name == CLOCK else self.register(cell)
        if cell.count == 4 and source is not None:
            return instrument.wide_order_of(source.wide_order, source.byte_order)
        return (source.byte_order if source else None) or instrument.byte_order

    def raw(self, cell: Cell) -> float:
        """The number in the words before scale and offset; of clock, status and counter as a whole number."""
        register = self.register(cell)
        if register is not None:
            return self.reader.raw(register, self.words)
        if cell.name == CLOCK and cell.count == 2:
            return decode.raw_number(self.cut(cell), 0, WordType.UINT32, ByteOrder(self.order(cell).value))
        return float(int.from_bytes(self.cut(cell), "big"))


def answers(point: Point, scan: KeptScan) -> tuple[Answer, ...] | None:
    """The answers in the words of a scan, in the order of the plant file; None where the words do not fit it.

    An instrument that did not answer has no words in the scan, and all its channels carry ``B`` without a value. Where
    its silence could be told in several ways, the one whose decoded values are those of the scan is taken.
    """
    readers = [InstrumentReader(i) for i in point.instrument if isinstance(i, ModbusInstrument)]
    if len(readers) != len(point.instrument):
        return None
    found = None
    for count in range(len(readers), -1, -1):
        for spoke in combinations(readers, count):
            if sum(reader.size for reader in spoke) != len(scan.words) or not _silent(readers, spoke, scan):
                continue
            cut = _cut(spoke, scan.words)
            if _agrees(cut, scan):
                return cut
            found = found or cut
    return found


def _silent(readers: Sequence[InstrumentReader], spoke: Sequence[InstrumentReader], scan: KeptScan) -> bool:
    quiet = [index for reader in readers if reader not in spoke for index in reader.channels]
    return all(scan.values[index] is None and scan.flags[index] == Flag.COMMUNICATION.value for index in quiet)


def _cut(spoke: Sequence[InstrumentReader], words: bytes) -> tuple[Answer, ...]:
    first, rows = 0, []
    for reader in spoke:
        rows.append(Answer(reader, words[first : first + reader.size]))
        first += reader.size
    return tuple(rows)


def _agrees(cut: Sequence[Answer], scan: KeptScan) -> bool:
    return all(
        scan.values[index] == value and scan.flags[index] == flag.value
        for answer in cut
        for index, (value, flag) in answer.values().items()
    )


def channel_index(cell: Cell, answer: Answer) -> int | None:
    """Position of a cell's channel in ``cems.channels.ORDER``; None for clock and status."""
    register = answer.register(cell)
    return None if register is None else INDEX[register.channel]
