"""What the bytes mean: the register maps of the three cabinets, and the encoder that fills them.

The encoder is the simulator's own and shares nothing with the gateway's decoder, so that a mistake in one cannot hide
in the other. It works on whole chunks; serving a read is then cutting a slice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from cems.channels import Channel
from firmware_sim.instruments import Readings
from firmware_sim.physics import Floats

Kind = Literal["int16", "uint16", "int32", "uint32", "float32"]
Order = Literal["ABCD", "CDAB", "BADC", "DCBA"]
ORDERS: Final[dict[str, list[int]]] = {
    "ABCD": [0, 1, 2, 3],
    "CDAB": [2, 3, 0, 1],
    "BADC": [1, 0, 3, 2],
    "DCBA": [3, 2, 1, 0],
}
TYPES: Final = {"int16": ">i2", "uint16": ">u2", "int32": ">i4", "uint32": ">u4", "float32": ">f4"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One value in a cabinet's registers."""

    source: Channel | Literal["clock", "status"]
    """What is kept here."""
    address: int
    """First register, counted from 0."""
    kind: Kind
    """Type of the number."""
    order: Order = "ABCD"
    """Order of the bytes of a 32-bit number on the line."""
    step: float = 1.0
    """What one count of an integer means, canonical unit; 1 for floats."""


@dataclass(frozen=True, slots=True)
class Cabinet:
    """One Modbus unit."""

    unit: int
    """Modbus unit id."""
    words: int
    """Number of registers, from 0."""
    cells: tuple[Cell, ...]
    """Everything it keeps; registers between them are 0."""

    @property
    def clock(self) -> int | None:
        """First register of the clock; None for a cabinet without one."""
        return next((c.address for c in self.cells if c.source == "clock"), None)


Layout = tuple[Cabinet, ...]
_C: Final = Channel

DEMO: Final[Layout] = (
    Cabinet(
        1,
        8,
        (
            Cell("clock", 0, "uint32"),
            Cell("status", 2, "uint16"),
            Cell(_C.CO2, 4, "float32", "CDAB"),
            Cell(_C.O2, 6, "float32", "CDAB"),
        ),
    ),
    Cabinet(
        2,
        7,
        (
            Cell("status", 0, "uint16"),
            Cell(_C.VELOCITY, 1, "float32", "ABCD"),
            Cell(_C.TEMPERATURE, 3, "int16", step=0.1),
            Cell(_C.PRESSURE, 4, "int16"),
            Cell(_C.MOISTURE, 5, "uint16", step=0.01),
            Cell(_C.BAROMETRIC, 6, "uint16", step=10.0),
        ),
    ),
    Cabinet(
        3,
        7,
        (
            Cell("clock", 0, "uint32"),
            Cell("status", 2, "uint16"),
            Cell(_C.LOAD, 3, "float32", "DCBA"),
            Cell(_C.FUEL_FEED, 5, "int32", "BADC", step=0.01),
        ),
    ),
)
"""The simulated unit: deliberately three different encodings."""

REPLAY: Final[Layout] = (
    Cabinet(
        1,
        8,
        (
            Cell("clock", 0, "uint32"),
            Cell("status", 2, "uint16"),
            Cell(_C.CO2, 4, "uint16", step=0.1),
            Cell(_C.O2, 6, "uint16", step=0.1),
        ),
    ),
    Cabinet(
        2,
        7,
        (
            Cell("status", 0, "uint16"),
            Cell(_C.VELOCITY, 1, "uint16", step=0.1),
            Cell(_C.TEMPERATURE, 3, "int16", step=0.1),
            Cell(_C.PRESSURE, 4, "int16", step=10.0),
            Cell(_C.MOISTURE, 5, "uint16", step=0.1),
            Cell(_C.BAROMETRIC, 6, "uint16", step=10.0),
        ),
    ),
    Cabinet(
        3,
        7,
        (
            Cell("clock", 0, "uint32"),
            Cell("status", 2, "uint16"),
            Cell(_C.LOAD, 3, "int16", step=0.1),
            Cell(_C.FUEL_FEED, 5, "uint16", step=0.1),
        ),
    ),
)
"""A replayed recording: the same addresses, every measured value in one 16-bit register with one decimal."""


def encode(layout: Layout, readings: Readings) -> dict[int, bytes]:
    """The registers of each unit id, minute after minute, as big-endian words without gaps (``words * 2`` bytes each).

    An integer is rounded half to even and held at the ends of its type; it never wraps.
    """
    minutes = len(readings.time_s)
    frames: dict[int, bytes] = {}
    for cabinet in layout:
        block = np.zeros((minutes, cabinet.words * 2), dtype=np.uint8)
        for cell in cabinet.cells:
            raw = _cell_bytes(cell, _source(cell, cabinet.unit, readings))
            block[:, cell.address * 2 : cell.address * 2 + raw.shape[1]] = raw
        frames[cabinet.unit] = block.tobytes()
    return frames


def _source(cell: Cell, unit: int, readings: Readings) -> Floats:
    if cell.source == "clock":
        return readings.time_s.astype(np.float64)
    if cell.source == "status":
        return readings.status[unit].astype(np.float64)
    return readings.values[cell.source]


def _cell_bytes(cell: Cell, values: Floats) -> NDArray[np.uint8]:
    dtype = np.dtype(TYPES[cell.kind])
    if dtype.kind != "f":
        limits = np.iinfo(dtype)
        values = np.clip(np.rint(values / cell.step), limits.min, limits.max)
    raw = values.astype(dtype).view(np.uint8).reshape(len(values), dtype.itemsize)
    return raw[:, ORDERS[cell.order]] if dtype.itemsize == 4 else raw
