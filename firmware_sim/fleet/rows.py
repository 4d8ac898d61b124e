"""What a point shows as rows of the table, as they come."""

from __future__ import annotations

from typing import Any

import numpy as np

from firmware_sim.fleet.meters import CHANNELS, Shown
from firmware_sim.fleet.noise import Block


def rows_of(block: Block, kept: slice, shown: Shown) -> dict[str, Any]:
    """Columns of the table of a point's minutes."""
    table: dict[str, Any] = {
        "time_s": block.time_s[kept],
        "gas_status": shown.gas_status[kept],
        "flow_status": shown.flow_status[kept],
    }
    return table | {c: shown.values[c][kept].astype(np.float32) for c in CHANNELS}
