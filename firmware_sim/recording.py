"""A finished run on a shelf: the registers of every minute, ready to be served."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from firmware_sim.instruments import Readings
from firmware_sim.registers import Layout, encode


@dataclass(frozen=True, slots=True)
class Recording:
    """Registers of all cabinets; a year of minutes takes 23 MB."""

    layout: Layout
    """What the words mean."""
    minutes: int
    """Number of readings of each cabinet."""
    frames: dict[int, bytes]
    """Per unit id: ``words * 2`` bytes a minute, big-endian."""

    def words(self, unit: int) -> int:
        """Number of registers of a cabinet."""
        return next(cabinet.words for cabinet in self.layout if cabinet.unit == unit)

    def frame(self, unit: int, minute: int) -> tuple[int, ...]:
        """The registers of a cabinet at a minute, counted from 0."""
        words = self.words(unit)
        return struct.unpack_from(f">{words}H", self.frames[unit], minute * words * 2)


def record(layout: Layout, chunks: Iterable[Readings]) -> Recording:
    """The registers of a run whose readings come chunk by chunk."""
    parts: dict[int, list[bytes]] = {cabinet.unit: [] for cabinet in layout}
    minutes = 0
    for readings in chunks:
        minutes += len(readings.time_s)
        for unit, frames in encode(layout, readings).items():
            parts[unit].append(frames)
    return Recording(layout, minutes, {unit: b"".join(frames) for unit, frames in parts.items()})
