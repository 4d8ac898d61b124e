"""40 CFR Part 75: operating time, the totals F-12 and F-13, and the way from scf, short ton and mmBtu to metric units.

Rates of Part 75 are rates *while operating*. A total multiplies each by its operating time once; a mean over the
quarter multiplied by its hours, or a rate already cut to the share of the hour, counts the partial hour twice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.rulebooks.equations.part75_base import Array, Rule, positive
from reconcile.rulebooks.rounding import round_products

_MINUTES = 60
_NOISE = 1e-9
"""Of a step: what doubles may add to a whole number of steps."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Between which steps operating time may be recorded."""

    smallest_h: float
    """Smallest step [h], 0.01."""
    largest_h: float
    """Largest step [h], 0.25."""


def steps_of(parameters: Parameters) -> Steps:
    """The steps of a parameter table (p75_operating_step_min, p75_operating_step_max)."""
    return Steps(parameters.value("p75_operating_step_min"), parameters.value("p75_operating_step_max"))


def checked_operating_time(operating_h: ArrayLike, step_h: float, steps: Steps) -> Array:
    """Operating time of each hour [h], shape as given, once it is known to be one: 0…1 and whole steps of ``step_h``.

    Raises :class:`RuleError` for a step outside ``steps`` or that does not divide the hour into equal parts, and for a
    time that is below 0, above 1, not finite or not a whole number of steps.
    *Source*: App. F Eq. F-12 [V]; equal parts [M].

    >>> checked_operating_time([0.0, 0.25, 1.0], 0.25, Steps(0.01, 0.25)).tolist()
    [0.0, 0.25, 1.0]
    """
    count = _steps_per_hour(step_h, steps)
    times = _times(operating_h)
    off = np.abs(times * count - np.round(times * count)) > _NOISE
    if off.any():
        raise RuleError(f"an operating time of {times[off][0]} h is no whole number of steps of {step_h!r} h")
    return times


def operating_time(minutes: ArrayLike, step_h: float, steps: Steps) -> Array:
    """Operating time of each hour [h] from its minutes of operation, rounded up to the next step.

    Raises :class:`RuleError` for a step as in :func:`checked_operating_time` and for minutes below 0, above 60 or not
    finite. *Source*: 75.57, recording of unit operating time [M: that it is rounded up].

    >>> operating_time([0, 1, 15, 16, 60], 0.25, Steps(0.01, 0.25)).tolist()
    [0.0, 0.25, 0.25, 0.5, 1.0]
    """
    count = _steps_per_hour(step_h, steps)
    values = np.asarray(minutes, dtype=np.float64)
    if not np.all((values >= 0) & (values <= _MINUTES)):
        raise RuleError("an hour has between 0 and 60 minutes of operation")
    return np.asarray(np.maximum(np.ceil(values * count / _MINUTES - _NOISE), 0.0) / count + 0.0)


def total(rate_per_h: ArrayLike, operating_h: ArrayLike) -> float:
    """Σ rate·operating time over the hours, unit of the rate times h, unrounded; 0.0 without hours.

    ``rate_per_h`` and ``operating_h`` have shape (n_hours,). The rate of an hour without operation does not count and
    may be NaN; NaN when a rate is missing in an hour of operation. Raises :class:`RuleError` for unequal shapes and for
    an operating time outside 0…1. *Source*: App. F Eq. F-12 [V]; the same sum serves heat input.

    >>> total([400.0, 380.0, float("nan")], [1.0, 0.25, 0.0])
    495.0
    """
    rates, times = _hours(rate_per_h, operating_h)
    return math.fsum(rates * times)


def quarter_total(rate_t_per_h: ArrayLike, operating_h: ArrayLike, rule: Rule) -> float:
    """CO2 of a quarter as recorded [short ton], Σ rate·operating time in exact decimal, rounded once to 0.1 t.

    Takes the recorded rates (0.1 short ton/h); NaN and errors as in :func:`total`. *Source*: App. F Eq. F-12 [V],
    rounding by the check engine [V].

    >>> from reconcile.parameters import load_parameters
    >>> from reconcile.rulebooks.equations.part75_base import rule_of
    >>> quarter_total([100.2, 100.2], [0.25, 1.0], rule_of(load_parameters()))  # 125.25 by hand
    125.3
    """
    rates, times = _hours(rate_t_per_h, operating_h)
    return round_products(rates, times, rule.places_total)


def year_total(quarter_t: ArrayLike, rule: Rule) -> float:
    """CO2 of the year [short ton], the sum of its recorded quarters; NaN when one of them is NaN.

    Raises :class:`RuleError` for more than four quarters or none. *Source*: App. F Eq. F-13 [V].

    >>> from reconcile.parameters import load_parameters
    >>> from reconcile.rulebooks.equations.part75_base import rule_of
    >>> year_total([0.1, 0.2, 0.3, 0.1], rule_of(load_parameters()))
    0.7
    """
    quarters = np.atleast_1d(np.asarray(quarter_t, dtype=np.float64))
    if not (quarters.ndim == 1 and 1 <= quarters.size <= 4):
        raise RuleError(f"a year has one to four quarters (found shape {quarters.shape})")
    return round_products(quarters, np.ones(quarters.size), rule.places_total)


@dataclass(frozen=True, slots=True)
class Units:
    """Exact factors from the units of Part 75 to metric ones."""

    nm3_per_scf: float
    """Nm3 (0 degC) per scf (68 F); the pressures are taken as the same."""
    t_per_short_ton: float
    """Tonnes per short ton."""
    gj_per_mmbtu: float
    """GJ per mmBtu."""

    def __post_init__(self) -> None:
        for name in ("nm3_per_scf", "t_per_short_ton", "gj_per_mmbtu"):
            positive(name, getattr(self, name))


def units_of(parameters: Parameters) -> Units:
    """The factors of a parameter table; the volume is that of the cubic foot times 273.15/293.15.

    >>> from reconcile.parameters import load_parameters
    >>> round(units_of(load_parameters()).nm3_per_scf, 7)
    0.0263849
    """
    shrink = parameters.value("p75_t_normal_k") / parameters.value("p75_t_standard_k")
    return Units(
        parameters.value("p75_ft3_m3") * shrink,
        parameters.value("p75_short_ton_t"),
        parameters.value("p75_mmbtu_gj"),
    )


def nm3_of_scf(scf: ArrayLike, units: Units) -> Array:
    """Volume [Nm3, 0 degC] from scf (68 F); basis wet or dry stays."""
    return np.asarray(scf, dtype=np.float64) * units.nm3_per_scf


def scf_of_nm3(nm3: ArrayLike, units: Units) -> Array:
    """Volume [scf, 68 F] from Nm3 (0 degC); basis wet or dry stays."""
    return np.asarray(nm3, dtype=np.float64) / units.nm3_per_scf


def tonnes_of_short_tons(short_ton: ArrayLike, units: Units) -> Array:
    """Mass [t] from short tons, exactly; Part 98 has a figure of its own (``part98.tonnes_by_rule``)."""
    return np.asarray(short_ton, dtype=np.float64) * units.t_per_short_ton


def short_tons_of_tonnes(tonnes: ArrayLike, units: Units) -> Array:
    """Mass [short ton] from tonnes, exactly."""
    return np.asarray(tonnes, dtype=np.float64) / units.t_per_short_ton


def gj_of_mmbtu(mmbtu: ArrayLike, units: Units) -> Array:
    """Heat [GJ] from mmBtu; gross stays gross."""
    return np.asarray(mmbtu, dtype=np.float64) * units.gj_per_mmbtu


def mmbtu_of_gj(gj: ArrayLike, units: Units) -> Array:
    """Heat [mmBtu] from GJ; gross stays gross."""
    return np.asarray(gj, dtype=np.float64) / units.gj_per_mmbtu


def _steps_per_hour(step_h: float, steps: Steps) -> int:
    if not (math.isfinite(step_h) and steps.smallest_h <= step_h <= steps.largest_h):
        found = f"(found {step_h!r})"
        raise RuleError(f"operating time has steps of {steps.smallest_h} to {steps.largest_h} h {found}")
    count = round(1 / step_h)
    if abs(1 / step_h - count) > _NOISE:
        raise RuleError(f"a step of {step_h!r} h does not divide the hour into equal parts")
    return count


def _times(operating_h: ArrayLike) -> Array:
    times = np.asarray(operating_h, dtype=np.float64)
    if not np.all((times >= 0) & (times <= 1)):
        bad = times[~((times >= 0) & (times <= 1))].ravel()[0]
        raise RuleError(f"operating time lies between 0 and 1 h (found {float(bad)!r}); give hours, not minutes")
    return times


def _hours(rate_per_h: ArrayLike, operating_h: ArrayLike) -> tuple[Array, Array]:
    """Rates and times of equal shape (n_hours,), the rate of an hour without operation being 0."""
    rates, times = np.asarray(rate_per_h, dtype=np.float64), _times(operating_h)
    if rates.shape != times.shape or rates.ndim != 1:
        raise RuleError(f"rates and operating times need one row each of equal length ({rates.shape}, {times.shape})")
    return np.where(times > 0, rates, 0.0), times
