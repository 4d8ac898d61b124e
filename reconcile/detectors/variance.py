"""Noise that grows or vanishes: the minute-to-minute part of the spread of a channel, against its reference."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reconcile.detectors.daily import DayPattern
from reconcile.detectors.dayfigures import by_day, median
from reconcile.detectors.physics import Physics, Seen
from reconcile.parameters import Parameters
from reconcile.pointhours import SPREAD_OF, PointHours

GROWTH: Final = "variance-growth"
COLLAPSE: Final = "variance-collapse"
CHANNELS: Final = ("co2", "o2", "velocity")
Array = NDArray[np.float64]


def patterns(physics: Physics, parameters: Parameters) -> tuple[DayPattern, ...]:
    """Daily median of the logarithm of the noise of a minute, as a share of the reading.

    With 24 hours of some fifty minutes each the F test of two variances would call a tenth significant; what matters
    is a change of the standard deviation by exp(``det_noise_delta``).
    """
    least = int(parameters.value("det_noise_hours"))
    return tuple(
        DayPattern(
            channel=channel,
            figure="ln_noise",
            unit="",
            up=GROWTH,
            down=COLLAPSE,
            drift="",
            feature=partial(_noise_of_days, physics, channel, least),
            delta=parameters.value("det_noise_delta"),
            floor=parameters.value("det_noise_floor"),
            sized=False,
        )
        for channel in CHANNELS
    )


def log_noise(hours: PointHours, channel: str) -> Array:
    """Noise, as the logarithm of the part of a minute that the one before does not tell, by the mean; (n_hours,).

    sd·sqrt(1 − r²)/mean with r the lag-1 correlation: a ramp of load or a slow wave leaves it as it was. NaN where
    the hour has no spread or its mean is not above 0.
    """
    place = SPREAD_OF.index(channel)
    mean, sd, lag1 = (getattr(hours.spread, name)[:, place] for name in ("mean", "sd", "lag1"))
    good = (mean > 0) & (sd > 0) & np.isfinite(lag1)
    rest = np.sqrt(np.maximum(1 - np.where(good, lag1, 0.0) ** 2, _LEAST)) * np.where(good, sd, 1.0)
    return np.where(good, np.log(rest / np.where(good, mean, 1.0)), np.nan)


def _noise_of_days(physics: Physics, channel: str, least: int, seen: Seen) -> Array:
    value = median(by_day(seen, log_noise(seen.hours, channel)), least)
    return np.where(physics.usual(seen.daily.start_ms), value, np.nan)


_LEAST = 1e-6
