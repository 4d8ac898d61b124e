"""Readings cut off at the top or at the bottom: many minutes of an hour lie at its very extreme."""

from __future__ import annotations

from functools import partial
from typing import Final, Literal

import numpy as np

from reconcile.detectors.hourly import Flags, HourPattern
from reconcile.parameters import Parameters
from reconcile.pointhours import SPREAD_OF, PointHours

TOP: Final = "clipped-high"
BOTTOM: Final = "clipped-low"
CHANNELS: Final = ("co2", "o2", "velocity")
_End = Literal["high", "low"]


def patterns(reference: PointHours, parameters: Parameters) -> tuple[HourPattern, ...]:
    """Hours with more minutes at an extreme than healthy ones, that is twice what one in a hundred has, or more.

    A cut shows at peaks of load only, so that episodes bridge ``det_clip_gap`` hours. A channel that stands still all
    hour is stuck, not clipped.
    """
    least, gap = int(parameters.value("det_clip_hours")), int(parameters.value("det_clip_gap"))
    share, floor = parameters.value("det_stuck_percentile"), parameters.value("det_clip_minutes")
    found = []
    ends: tuple[tuple[_End, str], ...] = (("high", TOP), ("low", BOTTOM))
    for channel in CHANNELS:
        place = SPREAD_OF.index(channel)
        for end, kind in ends:
            seen = _flags(place, end, 0.0, reference)
            counts = seen.figure[seen.known]
            limit = max(floor, 2 * float(np.percentile(counts, share))) if counts.size else floor
            flags = partial(_flags, place, end, limit)
            found.append(HourPattern(kind, channel, f"minutes_at_{end}", limit, "min", least, gap, flags))
    return tuple(found)


def _flags(place: int, end: _End, limit: float, hours: PointHours) -> Flags:
    spread = hours.spread
    at = (spread.at_high if end == "high" else spread.at_low)[:, place].astype(np.float64)
    known = (spread.n[:, place] >= _ENOUGH) & (spread.sd[:, place] > 0)
    return Flags(known & (at >= limit), known, at)


_ENOUGH = 45
