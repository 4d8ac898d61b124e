"""An error that hangs on the load: an offset of the differential pressure, a profile, a range that is too small."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reconcile.detectors.daily import DayPattern
from reconcile.detectors.dayfigures import by_day, mean, median
from reconcile.detectors.physics import Physics, Seen, for_load
from reconcile.parameters import Parameters

KIND: Final = "load-dependent"
Array = NDArray[np.float64]


def patterns(physics: Physics, parameters: Parameters) -> tuple[DayPattern, ...]:
    """Mass for the load in the upper half of the day's loads less that in the lower half, on days that cycle."""
    return (
        DayPattern(
            channel="ghr",
            figure="high_less_low_load",
            unit="",
            up=KIND,
            down=KIND,
            drift="",
            feature=partial(
                _contrast, physics, int(parameters.value("det_slope_hours")), parameters.value("det_slope_load_range")
            ),
            delta=parameters.value("det_slope_delta"),
            floor=parameters.value("det_slope_floor"),
            relative=True,
            sized=False,
        ),
    )


def _contrast(physics: Physics, least: int, load_range: float, seen: Seen) -> Array:
    rest = by_day(seen, for_load(physics, seen))
    load = np.where(np.isfinite(rest), by_day(seen, seen.hours.load), np.nan)
    middle = median(load, 1)[:, None]
    high, low = load > middle, load < middle
    up, down = mean(np.where(high, load, np.nan), least), mean(np.where(low, load, np.nan), least)
    cycles = up > (1 + load_range) * down
    apart = mean(np.where(high, rest, np.nan), least) - mean(np.where(low, rest, np.nan), least)
    return np.where(cycles, apart, np.nan)
