"""A daily wave in the mass for the load: a leak that breathes with suction or warmth, or an account by the clock."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reconcile.detectors.daily import DayPattern
from reconcile.detectors.dayfigures import HOURS, by_day
from reconcile.detectors.physics import Physics, Seen, for_load
from reconcile.parameters import Parameters

KIND: Final = "daily-wave"
Array = NDArray[np.float64]


def patterns(physics: Physics, parameters: Parameters) -> tuple[DayPattern, ...]:
    """Both parts of the first wave of the day, by least squares over its hours."""
    least = int(parameters.value("det_wave_hours"))
    return tuple(
        DayPattern(
            channel="ghr",
            figure=f"wave_{name}",
            unit="",
            up=KIND,
            down=KIND,
            drift="",
            feature=partial(_wave, physics, place, least),
            delta=parameters.value("det_wave_delta"),
            floor=parameters.value("det_wave_floor"),
            relative=True,
            sized=False,
        )
        for place, name in enumerate(("cos", "sin"))
    )


def _wave(physics: Physics, place: int, least: int, seen: Seen) -> Array:
    grid = by_day(seen, for_load(physics, seen))
    there = np.isfinite(grid)
    angle = 2 * np.pi * (np.arange(HOURS) + 0.5) / HOURS
    wave = (np.cos(angle), np.sin(angle))[place]
    n = np.maximum(np.count_nonzero(there, axis=1), 1)
    rest = np.where(there, grid - (np.where(there, grid, 0.0).sum(axis=1) / n)[:, None], 0.0)
    turned = np.where(there, wave - (np.where(there, wave, 0.0).sum(axis=1) / n)[:, None], 0.0)
    squares = (turned * turned).sum(axis=1)
    enough = (np.count_nonzero(there, axis=1) >= least) & (squares > 0)
    return np.where(enough, (rest * turned).sum(axis=1) / np.where(enough, squares, 1.0), np.nan)
