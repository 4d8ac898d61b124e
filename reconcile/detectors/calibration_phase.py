"""What follows the daily check: readings that are off after it and come back, or that wander until the next."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reconcile.detectors.daily import DayPattern
from reconcile.detectors.dayfigures import by_day, mean
from reconcile.detectors.physics import Seen, log_ratio
from reconcile.parameters import Parameters
from reconcile.pointhours import STATES

KIND: Final = "calibration-phase"
Array = NDArray[np.float64]
_CALIBRATING: Final = STATES.index("calibrating")


def patterns(parameters: Parameters) -> tuple[DayPattern, ...]:
    """Mean residual of the hours right after the check less that of the other hours of the day.

    The residual is ln of the CO2 mass over what the load asks for: it holds where no line does, and load cancels.
    """
    after, least = int(parameters.value("det_phase_hours")), int(parameters.value("det_phase_least"))
    return (
        DayPattern(
            channel="co2",
            figure="after_calibration",
            unit="",
            up=KIND,
            down=KIND,
            drift="",
            feature=partial(_contrast, after, least),
            delta=parameters.value("det_phase_delta"),
            floor=parameters.value("det_phase_floor"),
            relative=True,
            sized=False,
        ),
    )


def residual(seen: Seen) -> Array:
    """Ln of CO2 against O2's word for it where there is a line, else CO2 mass against load; shape (n_hours,)."""
    lined = log_ratio(seen.hourly.line_monitored_t, seen.hourly.line_predicted_t)
    loaded = log_ratio(seen.hourly.mass, seen.hourly.mass_expected)
    return np.where(np.isfinite(lined), lined, loaded)


def _contrast(after: int, least: int, seen: Seen) -> Array:
    rest = by_day(seen, residual(seen))
    checks = np.nan_to_num(by_day(seen, seen.hours.gas_minutes[:, _CALIBRATING].astype(np.float64))) > 0
    first = np.where(checks.any(axis=1), checks.argmax(axis=1), -1)
    since = np.arange(rest.shape[1])[None, :] - first[:, None]
    near = (first[:, None] >= 0) & (since >= 0) & (since < after)
    far = (first[:, None] >= 0) & ((since < 0) | (since >= 2 * after))
    return mean(np.where(near, rest, np.nan), 1) - mean(np.where(far, rest, np.nan), least)
