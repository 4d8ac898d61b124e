"""Readings better than the instrument can make them: no noise, and never a check."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from reconcile.detectors.daily import DayPattern
from reconcile.detectors.dayfigures import by_day
from reconcile.detectors.physics import Seen
from reconcile.parameters import Parameters
from reconcile.pointhours import STATES

KIND: Final = "too-good"
NO_CHECKS: Final = "no-calibration"
Array = NDArray[np.float64]
_CALIBRATING: Final = STATES.index("calibrating")


def patterns(parameters: Parameters) -> tuple[DayPattern, ...]:
    """Minutes a day of checks, where the reference has them daily.

    Where the noise of a channel vanished too (:mod:`reconcile.detectors.variance`), merging calls both too good.
    """
    minutes = DayPattern(
        channel="status",
        figure="calibration_minutes",
        unit="min",
        up="",
        down=NO_CHECKS,
        drift="",
        feature=_minutes,
        delta=parameters.value("det_calibration_delta"),
        floor=parameters.value("det_calibration_floor"),
        sized=False,
    )
    return (minutes,)


def _minutes(seen: Seen) -> Array:
    """Minutes of checks on days that ran through; NaN on others."""
    ran = by_day(seen, seen.hours.operating_h)
    checks = by_day(seen, seen.hours.gas_minutes[:, _CALIBRATING].astype(np.float64))
    return np.where((ran >= 1).all(axis=1), np.nansum(checks, axis=1), np.nan)
