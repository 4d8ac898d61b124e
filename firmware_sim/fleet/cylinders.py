"""Cylinders of span gas: when a new one is put up, and what its label misses."""

from __future__ import annotations

from typing import Final

import numpy as np

from firmware_sim.fleet.families import family, figures
from firmware_sim.fleet.noise import Ints
from firmware_sim.fleet.places import PointTruth
from firmware_sim.physics import Floats
from firmware_sim.streams import Stream, generator

CYLINDER_DAYS: Final = 120
"""A cylinder lasts so long."""
CYLINDER_MIN: Final = 9 * 60
"""Minute of the day at which it is put up."""


def cylinder_days(point: PointTruth, days: Ints) -> Ints:
    """The days on which a new cylinder is put up, of these days since 1970."""
    new: Ints = days[(days + 17 * point.owner) % CYLINDER_DAYS == 0]
    return new


def label_gain(seed: int, point: PointTruth, days: Ints) -> Floats:
    """By how much an analyser set to the label of its cylinder reads too much (days,) [share]; a day begins with it."""
    if not family("co2", point.doc.co2).calibrates:
        return np.zeros(len(days))
    numbers = (days + 17 * point.owner) // CYLINDER_DAYS
    sd = figures("cylinder")["sd"]
    by_number = {
        n: sd * float(np.clip(generator(seed, Stream.FLEET_LOG, point.owner, n, 3).standard_normal(), -2.5, 2.5))
        for n in np.unique(numbers).tolist()
    }
    return np.array([by_number[n] for n in numbers.tolist()])
