"""HJ 75-2017 with the CO2 practice built on it: hours, mass and substitution as a Chinese authority counts them."""

from __future__ import annotations

from typing import Final

import numpy as np

from reconcile.hours import Array, Bools, Hours, Means, compute
from reconcile.minutes import Minutes
from reconcile.parameters import Parameters
from reconcile.rulebooks.equations import hj75 as equations
from reconcile.rulebooks.equations.hj75 import Standard, standard_of

NAME: Final = "hj75"
TITLE: Final = "HJ 75-2017, HJ 76-2017, HJ 212-2017 App. D.2"


def standard(parameters: Parameters) -> Standard:
    """Standard state and molar figures by which readings become standard-state gas."""
    return standard_of(parameters)


def hours(minutes: Minutes, parameters: Parameters) -> Hours:
    """Hours by the 45-minute rule, with the mass of eq. 33 while the source ran."""
    need = parameters.value("min_valid_minutes_hour")

    def valid(present: Bools, operating: Bools, excused: Bools) -> Bools:
        return np.asarray(np.count_nonzero(present, axis=1) >= need, dtype=np.bool_)

    return compute(minutes, valid, _mass_rate, parameters.value("stopped_minutes_hour"), parameters)


def _mass_rate(means: Means) -> Array:
    return equations.mass_rate(means.concentration, means.flow)
