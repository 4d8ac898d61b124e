"""Which requests read an instrument: contiguous registers together, small holes bridged, no value split. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cems.instruments.modbus import ModbusInstrument

CLOCK = "clock"
STATUS = "status"


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One value in the register map: a channel, the clock or the status."""

    address: int
    """First register."""
    count: int
    """Registers it fills."""
    name: str
    """Channel name, ``clock`` or ``status``."""

    @property
    def end(self) -> int:
        """The register after its last."""
        return self.address + self.count

    def __str__(self) -> str:
        last = f"-{self.end - 1}" if self.count > 1 else ""
        return f"{self.name} at {self.address}{last}"


@dataclass(frozen=True, slots=True)
class Request:
    """One read of contiguous registers."""

    address: int
    count: int
    cells: tuple[Cell, ...]
    """What is in it, by address."""

    def __str__(self) -> str:
        return f"registers {self.address}-{self.address + self.count - 1} ({', '.join(c.name for c in self.cells)})"


def cells_of(instrument: ModbusInstrument) -> tuple[Cell, ...]:
    """Everything that is read from an instrument, by address."""
    cells = [Cell(r.address, r.type.registers, r.channel.value) for r in instrument.register]
    if instrument.clock is not None:
        cells.append(Cell(instrument.clock.address, 2, CLOCK))
    if instrument.status is not None:
        cells.append(Cell(instrument.status.address, 1, STATUS))
    return tuple(sorted(cells))


def plan(instrument: ModbusInstrument) -> tuple[Request, ...]:
    """The requests of one poll of an instrument, by address."""
    return plan_cells(cells_of(instrument), instrument.max_registers, instrument.max_gap)


def plan_cells(cells: Iterable[Cell], max_registers: int, max_gap: int) -> tuple[Request, ...]:
    """The fewest requests that read all cells; among those, the most cells beside status and clock, the fewest words.

    Values read in one request are of one instant, so the status that judges them should come with them.

    >>> [str(r) for r in plan_cells([Cell(2, 1, "status"), Cell(4, 2, "co2"), Cell(90, 2, "o2")], 125, 16)]
    ['registers 2-5 (status, co2)', 'registers 90-91 (o2)']
    """
    ordered = sorted(cells)
    best: list[tuple[tuple[int, int, int], tuple[Request, ...]]] = [((0, 0, 0), ())]
    for end in range(1, len(ordered) + 1):
        options = []
        for start in range(end - 1, -1, -1):
            request = _request(ordered[start:end], max_registers, max_gap)
            if request is None:
                break
            (requests, apart, words), before = best[start]
            guarded = sum(cell.name in (CLOCK, STATUS) for cell in request.cells)
            cost = (requests + 1, apart - guarded * len(request.cells), words + request.count)
            options.append((cost, (*before, request)))
        best.append(min(options, key=lambda option: option[0]))
    return best[-1][1]


def _request(cells: list[Cell], max_registers: int, max_gap: int) -> Request | None:
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
    return Request(cells[0].address, count, tuple(cells))
