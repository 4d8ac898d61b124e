"""Short excursions in readings that are said to be measured: spikes, and gases of a check that count as flue gas."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reconcile.detectors.hourly import Flags, HourPattern
from reconcile.parameters import Parameters
from reconcile.pointhours import SPREAD_OF, PointHours

KIND = "spikes"
CHANNELS: Final = ("co2", "o2", "velocity")
Array = NDArray[np.float64]


def patterns(reference: PointHours, parameters: Parameters) -> tuple[HourPattern, ...]:
    """Hours in which an extreme lies far from the mean and is made by few minutes; one each day is enough.

    Far: ``det_spike_limit`` robust standard deviations of a healthy hour (Hampel), and ``det_spike_share`` of the
    reading. Few: a single minute carries ``det_spike_weight`` of the squares of the hour. Hours in which the cabinet
    did anything but measure, and hours of a start or a stop, are not judged.
    """
    least, gap = int(parameters.value("det_spike_hours")), int(parameters.value("det_day_gap"))
    limit, weight = parameters.value("det_spike_limit"), parameters.value("det_spike_weight")
    share = parameters.value("det_spike_share")
    found = []
    for channel in CHANNELS:
        place = SPREAD_OF.index(channel)
        typical = _typical(reference, place)
        if np.isfinite(typical):
            flags = partial(_flags, place, typical, share, limit, weight)
            found.append(HourPattern(KIND, channel, "robust_sd", limit, "sd", least, gap, flags))
    return tuple(found)


def _typical(reference: PointHours, place: int) -> float:
    """Standard deviation of a healthy hour, as a share of its mean."""
    mean, sd = reference.spread.mean[:, place], reference.spread.sd[:, place]
    good = np.isfinite(sd) & (mean > 0)
    return float(np.median(sd[good] / mean[good])) if good.any() else float("nan")


def _flags(place: int, typical: float, share: float, limit: float, weight: float, hours: PointHours) -> Flags:
    spread = hours.spread
    mean, n = spread.mean[:, place], spread.n[:, place]
    away = np.maximum(spread.high[:, place] - mean, mean - spread.low[:, place])
    load_high, load_low = (getattr(spread, end)[:, SPREAD_OF.index("load")] for end in ("high", "low"))
    ramps = load_low < (1 - _STEADY) * load_high
    known = (n >= _MINUTES - 1) & (mean > 0) & np.isfinite(spread.sd[:, place]) & ~ramps
    width = np.maximum(typical * mean, share * mean / limit)
    far = np.where(known, away / np.where(known, width, 1.0), 0.0)
    squares = np.where(known, spread.sd[:, place] ** 2 * (n - 1), np.inf)
    return Flags(known & (far > limit) & (away**2 >= weight * squares), known, far)


_MINUTES = 60
_STEADY = 0.3
"""Share by which the load of an hour may move; on a start or a stop the gas moves with it."""
