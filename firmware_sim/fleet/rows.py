"""What a point shows as rows of the table, as they come: with clocks that are wrong, twice, late, or not at all."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from firmware_sim.fleet.faults import FleetFault, Where
from firmware_sim.fleet.meters import CHANNELS, Shown
from firmware_sim.fleet.noise import Block, Noise
from firmware_sim.physics import Floats
from firmware_sim.streams import Stream

_LATE_ROWS = 30
"""A row that comes twice comes again so many rows later."""


def rows_of(noise: Noise, kept: slice, shown: Shown, faults: tuple[FleetFault, ...]) -> dict[str, Any]:
    """Columns of the table of a point's minutes, with the faults of the rows among these faults."""
    block = noise.block
    table: dict[str, Any] = {
        "time_s": block.time_s[kept],
        "gas_status": shown.gas_status[kept],
        "flow_status": shown.flow_status[kept],
    }
    table |= {c: shown.values[c][kept].astype(np.float32) for c in CHANNELS}
    place = np.arange(block.minutes)[kept].astype(np.float64)
    for fault in (f for f in faults if f.kind.where is Where.ROWS):
        there = _there(block, fault)[kept]
        if fault.kind.name == "clock-shift":
            table["time_s"] = table["time_s"] + np.where(there, 60 * round(fault.size), 0)
        else:
            hit = there & (noise.ar1(Stream.FLEET_STRIKE, fault.number, 0.8)[kept] > _limit(abs(fault.size)))
            table, place = _twice(table, place, hit) if fault.size > 0 else _without(table, place, hit)
    return table


def _there(block: Block, fault: FleetFault) -> NDArray[np.bool_]:
    minute = block.minute
    there: NDArray[np.bool_] = (minute >= fault.start_min) & (minute < fault.end_min)
    return there


def _limit(share: float) -> float:
    """What a standard normal number exceeds in a share of the cases."""
    return float(ndtri(1.0 - share))


def _twice(table: dict[str, Any], place: Floats, hit: NDArray[np.bool_]) -> tuple[dict[str, Any], Floats]:
    index = np.concatenate([np.arange(len(place)), np.flatnonzero(hit)])
    comes = np.concatenate([place, place[hit] + _LATE_ROWS + 0.5])
    order = np.argsort(comes, kind="stable")
    return {name: x[index[order]] for name, x in table.items()}, comes[order]


def _without(table: dict[str, Any], place: Floats, hit: NDArray[np.bool_]) -> tuple[dict[str, Any], Floats]:
    return {name: x[~hit] for name, x in table.items()}, place[~hit]
