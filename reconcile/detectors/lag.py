"""Clocks that do not agree: gas or flow comes later or earlier behind the load than it used to."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reconcile.detectors.daily import DayPattern
from reconcile.detectors.dayfigures import by_day, median
from reconcile.detectors.physics import Seen
from reconcile.parameters import Parameters

KIND: Final = "clock-shift"
GAS_KIND: Final = "clock-shift-gas"
Array = NDArray[np.float64]


def patterns(parameters: Parameters) -> tuple[DayPattern, ...]:
    """Daily median of the lag of mass behind load, and of CO2 alone: where one moves, one of two clocks is off."""
    least = int(parameters.value("det_lag_hours"))
    return tuple(
        DayPattern(
            channel=channel,
            figure=name,
            unit="min",
            up=kind,
            down=kind,
            drift="",
            feature=partial(_lag, name, least),
            delta=parameters.value(f"det_{name}_delta"),
            floor=parameters.value(f"det_{name}_floor"),
        )
        for name, channel, kind in (("lag", "velocity", KIND), ("lag_gas", "co2", GAS_KIND))
    )


def _lag(name: str, least: int, seen: Seen) -> Array:
    row: Array = getattr(seen.hours, f"{name}_min")
    return median(by_day(seen, row), least)
