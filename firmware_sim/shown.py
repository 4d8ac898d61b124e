"""What the cabinets of a recording show, as numbers: for faces that send texts or metrics instead of registers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from cems.channels import Channel
from firmware_sim.physics import Floats
from firmware_sim.recording import Recording
from firmware_sim.registers import ORDERS, TYPES, Cell

Source = Channel | str
_DECIMALS: Final = 4
"""Decimals of a value that a cabinet sends as a text (project choice)."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Every value of every minute."""

    columns: dict[tuple[int, str], Floats]
    """By unit id and channel, ``clock`` or ``status``: one value a minute, in the channel's unit."""

    def value(self, unit: int, source: str, minute: int) -> float:
        """One value as it is sent."""
        return round(float(self.columns[unit, source][minute]), _DECIMALS)

    def time_s(self, minute: int) -> int:
        """The clock of the cabinets, s since 1970 UTC."""
        return int(self.columns[1, "clock"][minute])


def shown(recording: Recording) -> Shown:
    """All values of a recording, read back from the registers that it serves."""
    columns = {}
    for cabinet in recording.layout:
        words = np.frombuffer(recording.frames[cabinet.unit], dtype=np.uint8).reshape(recording.minutes, -1)
        for cell in cabinet.cells:
            columns[cabinet.unit, str(cell.source)] = _column(cell, words)
    return Shown(columns)


def _column(cell: Cell, words: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Floats:
    dtype = np.dtype(TYPES[cell.kind])
    raw = words[:, 2 * cell.address : 2 * cell.address + dtype.itemsize]
    if dtype.itemsize == 4:
        raw = raw[:, ORDERS[cell.order]]  # each order is its own inverse
    values: Floats = np.ascontiguousarray(raw).view(dtype).reshape(-1).astype(np.float64) * cell.step
    return values
