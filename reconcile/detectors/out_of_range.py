"""Readings that cannot be: codes for errors, wrong words, values outside the range, sent as if they were measured."""

from __future__ import annotations

from functools import partial

import numpy as np

from reconcile.detectors.hourly import Flags, HourPattern
from reconcile.parameters import Parameters
from reconcile.pointhours import SPREAD_OF, PointHours

KIND = "impossible-readings"


def patterns(parameters: Parameters) -> tuple[HourPattern, ...]:
    """Hours with ``det_range_minutes`` such minutes, channel by channel, ``det_range_hours`` of them within a day."""
    limit = parameters.value("det_range_minutes")
    least, gap = int(parameters.value("det_range_hours")), int(parameters.value("det_day_gap"))
    channels = [c for c in SPREAD_OF if c != "load"]
    return tuple(
        HourPattern(KIND, c, "bad_minutes", limit, "min", least, gap, partial(_flags, c, limit)) for c in channels
    )


def _flags(channel: str, limit: float, hours: PointHours) -> Flags:
    bad = hours.spread.bad[:, SPREAD_OF.index(channel)].astype(np.float64)
    known = (bad > 0) | (hours.spread.n[:, SPREAD_OF.index(channel)] > 0)
    return Flags(bad >= limit, known, bad)
