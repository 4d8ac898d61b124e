"""Which requests read an instrument: contiguous registers together, small holes bridged, no value split. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cems.instruments.addresses import Notation, as_modicon, on_the_wire
from cems.instruments.modbus import ModbusInstrument
from cems.instruments.registers import BIT_TABLES

CLOCK = "clock"
STATUS = "status"
COUNTER = "counter"
_GUARDS = (CLOCK, STATUS, COUNTER)
"""What should come in the same request as the values it judges."""


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One value in the register map: a channel, the clock, the status or the counter."""

    address: int
    """First register, or bit of a table of bits, from 0."""
    count: int
    """Registers or bits it fills."""
    name: str
    """Channel name, ``clock``, ``status`` or ``counter``."""
    table: str = "holding"

    @property
    def end(self) -> int:
        """The register after its last."""
        return self.address + self.count

    def __str__(self) -> str:
        last = f"-{self.end - 1}" if self.count > 1 else ""
        return f"{self.name} at {self.address}{last}"


@dataclass(frozen=True, slots=True)
class Request:
    """One read of contiguous registers, or bits."""

    address: int
    count: int
    cells: tuple[Cell, ...]
    """What is in it, by address."""
    table: str = "holding"

    @property
    def size(self) -> int:
        """Bytes that its answer takes in the words of a scan: two a register, and bits packed to whole words."""
        return 2 * ((self.count + 15) // 16) if self.table in BIT_TABLES else 2 * self.count

    def place(self, cell: Cell) -> int:
        """Where a cell begins in the answer: its byte, or for a bit eight times its byte and the bit."""
        return cell.address - self.address if self.table in BIT_TABLES else 2 * (cell.address - self.address)

    def in_notation(self, notation: Notation) -> str:
        """First and last address as the manual writes them."""
        first, last = self.address, self.address + self.count - 1
        if notation is Notation.MODICON:
            return f"{as_modicon(first, self.table)}-{as_modicon(last, self.table)}"
        shift = 1 if notation is Notation.ONE else 0
        return f"{first + shift}-{last + shift}"

    def __str__(self) -> str:
        what = {"coil": "coils", "discrete": "discrete inputs"}.get(self.table, "registers")
        names = ", ".join(cell.name for cell in self.cells)
        return f"{what} {self.address}-{self.address + self.count - 1} ({names})"


def cells_of(instrument: ModbusInstrument) -> tuple[Cell, ...]:
    """Everything that is read from an instrument, by address on the wire."""
    cells = (
        Cell(on_the_wire(address, table, instrument.addresses), count, name, table)
        for name, address, count, table in instrument.items()
    )
    return tuple(sorted(cells, key=lambda cell: (cell.table, cell)))


def plan(instrument: ModbusInstrument) -> tuple[Request, ...]:
    """The requests of one poll of an instrument, by table and address."""
    requests: list[Request] = []
    cells = cells_of(instrument)
    for table in dict.fromkeys(cell.table for cell in cells):
        own = [cell for cell in cells if cell.table == table]
        if instrument.requests == "one-per-value":
            requests += _alone(own, table)
            continue
        cap = instrument.max_bits if table in BIT_TABLES else instrument.max_registers
        requests += plan_cells(own, cap, instrument.max_gap, table)
    return tuple(requests)


def _alone(cells: list[Cell], table: str) -> Iterator[Request]:
    """A request for each value; bits and halves of one register share it."""
    for first, count in dict.fromkeys((cell.address, cell.count) for cell in cells):
        yield Request(first, count, tuple(c for c in cells if (c.address, c.count) == (first, count)), table)


def plan_cells(cells: Iterable[Cell], max_registers: int, max_gap: int, table: str = "holding") -> tuple[Request, ...]:
    """The fewest requests that read all cells; among those, the most cells beside their status, the fewest words.

    Values read in one request are of one instant, so the status that judges them should come with them.

    >>> [str(r) for r in plan_cells([Cell(2, 1, "status"), Cell(4, 2, "co2"), Cell(90, 2, "o2")], 125, 16)]
    ['registers 2-5 (status, co2)', 'registers 90-91 (o2)']
    """
    ordered = sorted(cells)
    best: list[tuple[tuple[int, int, int], tuple[Request, ...]]] = [((0, 0, 0), ())]
    for end in range(1, len(ordered) + 1):
        options = []
        for start in range(end - 1, -1, -1):
            request = _request(ordered[start:end], max_registers, max_gap, table)
            if request is None:
                break
            (requests, apart, words), before = best[start]
            guarded = sum(cell.name in _GUARDS for cell in request.cells)
            cost = (requests + 1, apart - guarded * len(request.cells), words + request.count)
            options.append((cost, (*before, request)))
        best.append(min(options, key=lambda option: option[0]))
    return best[-1][1]


def _request(cells: list[Cell], max_registers: int, max_gap: int, table: str) -> Request | None:
    """One request for these neighbours, or None when they are too long or too far apart."""
    end = cells[0].address
    for cell in cells:
        if cell.address - end > max_gap:
            return None
        end = max(end, cell.end)
    count = end - cells[0].address
    # A single cell always stands: the plant file was refused if one did not fit.
    if count > max_registers and len(cells) > 1:
        return None
    return Request(cells[0].address, count, tuple(cells), table)
