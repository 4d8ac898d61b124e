"""A channel that repeats itself, however the load moves."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np

from cems.fleettables import FleetPoint, MoistureFamily
from reconcile.detectors.hourly import Flags, HourPattern
from reconcile.parameters import Parameters
from reconcile.pointhours import SPREAD_OF, PointHours

KIND = "stuck"
CHANNELS: Final = ("co2", "o2", "velocity", "temperature", "moisture")


def patterns(point: FleetPoint, reference: PointHours, parameters: Parameters) -> tuple[HourPattern, ...]:
    """Hours touched by a run of equal readings, longer than any healthy one.

    The limit is twice the run that one hour in a hundred of the reference has, between ``stuck_minutes`` and
    ``stuck_minutes_coarse``: a coarse step repeats itself without being stuck. A moisture that is documented as typed
    in is not looked at. The note of an anomaly says whether the load moved meanwhile.
    """
    low, high = parameters.value("stuck_minutes"), parameters.value("stuck_minutes_coarse")
    share = parameters.value("det_stuck_percentile")
    found = []
    for channel in CHANNELS:
        if channel == "moisture" and point.moisture is MoistureFamily.TYPED:
            continue
        place = SPREAD_OF.index(channel)
        runs = reference.spread.run[:, place][reference.spread.n[:, place] > 0]
        limit = float(np.clip(2 * np.percentile(runs, share), low, high)) if runs.size else high
        flags = partial(_flags, place, limit)
        found.append(HourPattern(KIND, channel, "longest_run", limit, "min", 1, 2, flags, lead_minutes=True))
    return tuple(found)


def _flags(place: int, limit: float, hours: PointHours) -> Flags:
    run, n = hours.spread.run[:, place], hours.spread.n[:, place]
    # A run that ended within the hour is still the longest that touches it: the hour must stand still to the end too.
    return Flags((run >= limit) & (n > 0), n > 0, run.astype(np.float64))
