"""HJ 75-2017 with the CO2 practice built on it: hours, mass and substitution as a Chinese authority counts them."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from reconcile.hours import Array, Hours, Means, Status, compute
from reconcile.minutes import Minutes
from reconcile.parameters import Parameters
from reconcile.rulebooks.averaging import MINUTES
from reconcile.rulebooks.book import KG_PER_T, ByRule, Site, hours_of_instants
from reconcile.rulebooks.capture import period_of
from reconcile.rulebooks.equations import hj75 as equations
from reconcile.rulebooks.equations.hj75 import Standard, standard_of
from reconcile.rulebooks.substitution.hj75 import substitute_mass, substitution_of
from reconcile.rulebooks.validity.hj75 import minutes_needed_of, valid_hours

NAME: Final = "hj75"
TITLE: Final = "HJ 75-2017, HJ 76-2017, HJ 212-2017 App. D.2"


def standard(parameters: Parameters) -> Standard:
    """Standard state and molar figures by which readings become standard-state gas."""
    return standard_of(parameters)


def hours(minutes: Minutes, parameters: Parameters) -> Hours:
    """Hours by the 45-minute rule, with the mass of eq. 33 while the source ran."""
    need = minutes_needed_of(parameters)
    return compute(
        minutes,
        lambda present, operating, excused: valid_hours(present, operating, excused, need),
        _mass_rate,
        parameters.value("stopped_minutes_hour"),
        parameters,
    )


def substitute(hours: Hours, site: Site, parameters: Parameters) -> ByRule:
    """Hours with the maxima of Tables 5 and 6; an hour that ran for a part takes that part of the maximum rate.

    Table 5 takes the hours that out-of-control minutes alone would spoil: more of them than an hour may lack. An hour
    that counts as stopped gets nothing by rule, although the source may have run for a few minutes of it.

    The capture rate of a quarter is that of the hours given: where a quarter is not whole, the rate is provisional.
    """
    running, share = ~hours.is_(Status.STOPPED), hours.operating_h
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = hours.co2_kg / share
    filled = substitute_mass(
        rate,
        hours.is_(Status.VALID),
        running,
        (hours.n_out_of_control > MINUTES - minutes_needed_of(parameters)) & ~hours.is_(Status.VALID),
        period_of(hours.start_ms, site.offset_ms, "quarter"),
        substitution_of(parameters),
        passed_calibration=hours_of_instants(hours, site.passed_checks_ms),
    )
    return ByRule(np.where(running, filled.value * share, np.nan), filled.method, {"mass": filled})


def total_t(co2_kg: Array) -> float:
    """Sum over hours [t]; the standard rounds nothing."""
    return math.fsum(co2_kg) / KG_PER_T


def _mass_rate(means: Means) -> Array:
    return equations.mass_rate(means.concentration, means.flow)
