"""Highest readings edited away: the highs of many hours crowd just below one ceiling.

What lay above a limit was written anew a little below it. No reading stands still, so that nothing is clipped; but the
highs of hours, which noise and load spread, lie together as no instrument's do.
"""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reconcile.detectors.daily import DayPattern
from reconcile.detectors.dayfigures import by_day
from reconcile.detectors.physics import Seen
from reconcile.parameters import Parameters

KIND: Final = "edited-top"
CHANNELS: Final = ("co2", "velocity")
Array = NDArray[np.float64]
_ENOUGH = 45
"""Minutes of an hour whose high counts."""
_PLACE = 5
"""The high that the day's highest is held against."""
_LEAST = 2e-4
"""Share below which a distance is one step of an instrument."""


def patterns(parameters: Parameters) -> tuple[DayPattern, ...]:
    """Daily logarithm of how far the day's fifth highest hour lies below the highest, by channel; a fall is told."""
    least = int(parameters.value("det_edited_hours"))
    return tuple(
        DayPattern(
            channel=channel,
            figure="ln_top_hours_apart",
            unit="",
            up="",
            down=KIND,
            drift="",
            feature=partial(_apart, channel, least),
            delta=parameters.value("det_edited_delta"),
            floor=parameters.value("det_edited_floor"),
            sized=False,
        )
        for channel in CHANNELS
    )


def _apart(channel: str, least: int, seen: Seen) -> Array:
    spread = (seen.hours.spread_of(channel, name) for name in ("high", "n", "sd"))
    high, n, sd = spread
    grid = by_day(seen, np.where((n >= _ENOUGH) & (sd > 0) & (high > 0), high, np.nan))
    enough = np.count_nonzero(np.isfinite(grid), axis=1) >= max(least, _PLACE)
    ordered = -np.sort(-np.where(np.isfinite(grid), grid, 0.0), axis=1)
    top = np.where(enough, ordered[:, 0], 1.0)
    return np.where(enough, np.log(np.maximum(1.0 - ordered[:, _PLACE - 1] / top, _LEAST)), np.nan)
