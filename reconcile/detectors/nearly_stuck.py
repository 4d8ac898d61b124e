"""A channel behind a heavy filter: it still moves, but each minute is nearly the one before."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reconcile.detectors.daily import DayPattern
from reconcile.detectors.dayfigures import by_day, median
from reconcile.detectors.physics import Physics, Seen
from reconcile.parameters import Parameters
from reconcile.pointhours import SPREAD_OF

KIND: Final = "nearly-stuck"
CHANNELS: Final = ("co2", "o2", "velocity")
Array = NDArray[np.float64]


def patterns(physics: Physics, parameters: Parameters) -> tuple[DayPattern, ...]:
    """Daily median of Fisher's z of the lag-1 correlation of the minutes of an hour."""
    least = int(parameters.value("det_noise_hours"))
    return tuple(
        DayPattern(
            channel=channel,
            figure="lag1_z",
            unit="",
            up=KIND,
            down="",
            drift="",
            feature=partial(_z, physics, channel, least),
            delta=parameters.value("det_lag1_delta"),
            floor=parameters.value("det_lag1_floor"),
            sized=False,
        )
        for channel in CHANNELS
    )


def _z(physics: Physics, channel: str, least: int, seen: Seen) -> Array:
    lag1 = np.clip(seen.hours.spread.lag1[:, SPREAD_OF.index(channel)], -_MOST, _MOST)
    value = median(by_day(seen, np.arctanh(lag1)), least)
    return np.where(physics.usual(seen.daily.start_ms), value, np.nan)


_MOST = 0.999
