"""Clocks by the daily checks: they come at one time of day, and where that moves a clock or a program was changed.

At constant load no lag behind it tells a clock; the checks do. A cabinet starts its check by a timer of its own, and
what stamps its messages has another clock: where the stamped time moves, one of the two was set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reconcile.detectors.daily import DayPattern
from reconcile.detectors.dayfigures import HOURS, by_day
from reconcile.detectors.physics import Seen
from reconcile.parameters import Parameters
from reconcile.pointhours import STATES

TOGETHER: Final = "check-time"
APART: Final = "check-times-apart"
Array = NDArray[np.float64]
_CALIBRATING: Final = STATES.index("calibrating")
_HOUR_MIN: Final = 60.0


def patterns(parameters: Parameters) -> tuple[DayPattern, ...]:
    """Time of day of the checks, and how long after that of the gas cabinet that of the flow cabinet comes [min]."""
    rows: tuple[tuple[str, str, str, Callable[[Seen], Array]], ...] = (
        (TOGETHER, "status", "check_time", _time),
        (APART, "velocity", "flow_check_after_gas_check", _apart),
    )
    return tuple(
        DayPattern(
            channel=channel,
            figure=figure,
            unit="min",
            up=kind,
            down=kind,
            drift="",
            feature=feature,
            delta=parameters.value("det_check_delta"),
            floor=parameters.value("det_check_floor"),
            sized=False,
        )
        for kind, channel, figure, feature in rows
    )


def _of(minutes: NDArray[np.int64], seen: Seen) -> Array:
    """Middle of the day's minutes of checks [min after midnight]; NaN without."""
    grid = np.nan_to_num(by_day(seen, minutes[:, _CALIBRATING].astype(np.float64)))
    total = grid.sum(axis=1)
    middle = grid @ ((np.arange(HOURS) + 0.5) * _HOUR_MIN)
    return np.where(total > 0, middle / np.where(total > 0, total, 1.0), np.nan)


def _time(seen: Seen) -> Array:
    """Mean of both cabinets; that of the gas cabinet on days on which the flow cabinet has no check."""
    gas, flow = _of(seen.hours.gas_minutes, seen), _of(seen.hours.flow_minutes, seen)
    return np.where(np.isfinite(flow), (gas + flow) / 2, gas)


def _apart(seen: Seen) -> Array:
    return _of(seen.hours.flow_minutes, seen) - _of(seen.hours.gas_minutes, seen)
