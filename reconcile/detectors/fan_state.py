"""An error that comes with a state of fans and dampers: another profile, another swirl."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cems.fleettables import Sector
from reconcile.detectors.daily import DayPattern
from reconcile.detectors.dayfigures import by_day, mean
from reconcile.detectors.physics import Physics, Seen, for_load
from reconcile.parameters import Parameters
from reconcile.pointhours import PointHours

KIND: Final = "fan-state"
Array = NDArray[np.float64]


def patterns(physics: Physics, reference: PointHours, parameters: Parameters) -> tuple[DayPattern, ...]:
    """Mass for the load of the hours of each state that the reference has, day by day.

    Not of waste: its load says nothing of its carbon.
    """
    labels, counts = np.unique(reference.fan_state[reference.operating_h >= 1], return_counts=True)
    states = [int(s) for s, n in zip(labels, counts, strict=True) if s >= 0 and n >= parameters.value("det_fan_hours")]
    least = int(parameters.value("det_fan_day_hours"))
    if len(states) < _TWO or physics.facts.sector is Sector.WASTE:
        return ()
    return tuple(
        DayPattern(
            channel="ghr",
            figure=f"fan_state_{state}",
            unit="",
            up=KIND,
            down=KIND,
            drift="",
            feature=partial(_mean, physics, state, least),
            delta=parameters.value("det_fan_delta"),
            floor=parameters.value("det_fan_floor"),
            relative=True,
            recorded_ms=physics.cylinders(),
            tolerance=parameters.value("det_cylinder_tolerance"),
        )
        for state in states
    )


def _mean(physics: Physics, state: int, least: int, seen: Seen) -> Array:
    rest = for_load(physics, seen)
    value = mean(by_day(seen, np.where(seen.hours.fan_state == state, rest, np.nan)), least)
    return value - physics.factor(seen.daily.start_ms)


_TWO = 2
