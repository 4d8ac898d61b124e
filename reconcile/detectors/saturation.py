"""Moisture behind a wet scrubber against saturation: the gas leaves it saturated, neither drier nor wetter."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cems.fleettables import FleetPoint, MoistureFamily
from reconcile.detectors.daily import DayPattern
from reconcile.detectors.dayfigures import by_day, median
from reconcile.detectors.physics import Seen, log_ratio
from reconcile.parameters import Parameters
from reconcile.quality.velocity import saturation_moisture

WET: Final = "above-saturation"
DRY: Final = "below-saturation"
Array = NDArray[np.float64]


def patterns(point: FleetPoint, parameters: Parameters) -> tuple[DayPattern, ...]:
    """Daily median of ln(moisture / saturation at the measured temperature and pressure); none without a wet FGD.

    A typed-in moisture is no measurement and is not judged. *Source*: China sheet F.3 no. 7; figures project choices.
    """
    if not point.wet_fgd or point.moisture is MoistureFamily.TYPED:
        return ()
    return (
        DayPattern(
            channel="moisture",
            figure="ln_saturation",
            unit="",
            up=WET,
            down=DRY,
            drift="",
            feature=partial(_saturation, int(parameters.value("det_noise_hours"))),
            delta=parameters.value("det_saturation_delta"),
            floor=parameters.value("det_saturation_floor"),
            relative=True,
        ),
    )


def _saturation(least: int, seen: Seen) -> Array:
    hours = seen.hours
    full = 100.0 * saturation_moisture(hours.temperature_c, 0.0, hours.pressure_pa)
    ratio = np.where(hours.operating_h >= 1, log_ratio(hours.moisture_pct, full), np.nan)
    return median(by_day(seen, ratio), least)
