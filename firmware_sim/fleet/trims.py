"""When a point is compared with a reference method, and what the flow cabinet is told to multiply by afterwards."""

from __future__ import annotations

from typing import Final

import numpy as np

from cems.clock import day_of
from firmware_sim.fleet.families import family
from firmware_sim.fleet.noise import Ints
from firmware_sim.fleet.places import PointTruth
from firmware_sim.streams import Stream, generator

_EVERY: Final = 3
"""A factor is set anew every so many years."""
_HALF_YEAR: Final = 182
_SIZE: Final = 0.5
"""Sd of the factor, over the sd of the family's bias."""


def rata_days(seed: int, point: PointTruth, days: Ints) -> Ints:
    """Days since 1970 of the comparisons in the years of these days: two a year, half a year apart."""
    years = range(day_of(int(days[0])).year, day_of(int(days[-1])).year + 1)
    return np.array([d for year in years for d in _of_year(seed, point, year)], dtype=np.int64)


def trimmed_day(seed: int, point: PointTruth, day: int) -> int:
    """The day of the comparison in the year of ``day`` after which the factor is set anew; 0 in a year without."""
    year = day_of(day).year
    return _of_year(seed, point, year)[1] if (year + point.owner) % _EVERY == 0 else 0


def trim_of(seed: int, point: PointTruth, day: int) -> float:
    """What the flow cabinet's factor is off 1 on a day [share]; every third year it is set anew after a comparison."""
    turn, since = divmod(day_of(day).year + point.owner, _EVERY)
    if since == 0 and day <= trimmed_day(seed, point, day):
        turn -= 1
    z = float(generator(seed, Stream.FLEET_LOG, point.owner, turn, 1).standard_normal())
    return _SIZE * family("flow", point.doc.flow).bias_sd * min(max(z, -2.0), 2.0)


def _of_year(seed: int, point: PointTruth, year: int) -> tuple[int, int]:
    first = int((np.datetime64(f"{year}-01-01") - np.datetime64("1970-01-01")).astype(int))
    day = first + 45 + int(generator(seed, Stream.FLEET_LOG, point.owner, year, 2).integers(0, 120))
    return day, day + _HALF_YEAR
