"""What the cabinets say of themselves, against the load: stopped at load, and looked after when it matters most."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reconcile.detectors.daily import DayPattern
from reconcile.detectors.dayfigures import by_day
from reconcile.detectors.hourly import Flags, HourPattern
from reconcile.detectors.physics import Seen
from reconcile.parameters import Parameters
from reconcile.pointhours import STATES, PointHours

STOPPED: Final = "stopped-at-load"
FOLLOWS: Final = "flags-follow-load"
BYPASS: Final = "bypass-open"
Array = NDArray[np.float64]
_EXCUSED: Final = [STATES.index("maintenance"), STATES.index("fault")]
_STOP: Final = STATES.index("stopped")


def hour_patterns(reference: PointHours, parameters: Parameters) -> tuple[HourPattern, ...]:
    """A cabinet that says the source stands still while it runs; a bypass whose damper says that it is open."""
    load = _high_load(reference, parameters.value("det_load_running_percentile"))
    if load is None:
        return ()
    load *= parameters.value("det_load_running_share")
    stop, gap = parameters.value("det_flags_stop_minutes"), int(parameters.value("det_flags_gap"))
    damper, least = parameters.value("det_bypass_share"), int(parameters.value("det_flags_hours"))
    return (
        HourPattern(STOPPED, "load", "stopped_minutes", stop, "min", least, gap, partial(_stopped, load, stop)),
        HourPattern(BYPASS, "velocity", "bypass_open", damper, "", least, gap, partial(_bypass, load, damper)),
    )


def patterns(reference: PointHours, parameters: Parameters) -> tuple[DayPattern, ...]:
    """Hours a day of maintenance or fault at high load, less those at low load, against the reference."""
    high = _high_load(reference, parameters.value("det_flags_percentile"))
    if high is None:
        return ()
    return (
        DayPattern(
            channel="status",
            figure="flagged_hours_at_high_load",
            unit="h",
            up=FOLLOWS,
            down="",
            drift="",
            feature=partial(_follows, high),
            delta=parameters.value("det_flags_delta"),
            floor=parameters.value("det_flags_floor"),
            sized=False,
        ),
    )


def _high_load(reference: PointHours, percentile: float) -> float | None:
    load = reference.load[reference.load > 0]
    return float(np.percentile(load, percentile)) if load.size else None


def _stopped(load: float, limit: float, hours: PointHours) -> Flags:
    minutes = np.maximum(hours.gas_minutes[:, _STOP], hours.flow_minutes[:, _STOP]).astype(np.float64)
    known = np.isfinite(hours.load)
    return Flags(known & (minutes >= limit) & (hours.load > load), known, minutes)


def _bypass(load: float, limit: float, hours: PointHours) -> Flags:
    known = np.isfinite(hours.bypass_open) & np.isfinite(hours.load)
    share = np.where(known, hours.bypass_open, 0.0)
    return Flags(known & (share >= limit) & (hours.load > load), known, share)


def _follows(high: float, seen: Seen) -> Array:
    hours = seen.hours
    away = np.maximum(hours.gas_minutes[:, _EXCUSED].sum(axis=1), hours.flow_minutes[:, _EXCUSED].sum(axis=1)) / 60.0
    sign = np.where(hours.load > high, 1.0, np.where(hours.load > 0, -1.0, 0.0))
    return np.asarray(np.nansum(by_day(seen, away * sign), axis=1))
