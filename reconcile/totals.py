"""Period totals of monitored CO2: measured only, and with a neutral fill of the operating hours that have no number.

The neutral fill is a straight line of hourly mass on load, fitted to the valid hours of the period; it is meant to be
unbiased, unlike the statutory substitution by maxima. Conservation holds to the last bit: measured + filled = total.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cems.clock import HOUR_MS
from reconcile.hours import Hours, Status
from reconcile.rulebooks.capture import CaptureRate, capture_rate

Array = NDArray[np.float64]
_KG_PER_T = 1000.0
_SAME_LOAD = 1e-6
"""Loads that differ by less than this share are one load: means of a constant reading differ by rounding."""
FillMethod = Literal["load_regression", "mean_of_valid_hours", "none"]


@dataclass(frozen=True, slots=True)
class Fit:
    """Straight line of the hourly mass rate on load while the source runs; an hour gets its share of the rate.

    ``mass_kg = intercept_kg * operating_h + slope_kg_per_mw * load_mw``, the load being the mean over the whole hour.
    """

    method: FillMethod
    """How operating hours without a mass are filled."""
    intercept_kg: float
    """Mass at no load [kg]; for the mean, the mean itself."""
    slope_kg_per_mw: float
    """Mass per load [kg/MW]; 0 for the mean."""
    residual_sd_kg: float
    """Standard deviation of an hour about the line [kg]."""
    n: int
    """Valid hours that the line was fitted to."""
    load_mean_mw: float = 0.0
    """Mean load of these hours [MW]; 0 for a flat line."""
    load_squares: float = 0.0
    """Sum of the squares of their loads about that mean [MW²]; 0 for a flat line."""

    def rate(self, hours: Hours) -> Array:
        """Mass of each hour on the line [kg], shape (n_hours,); NaN where the load is not known."""
        return self.intercept_kg * hours.operating_h + self.slope_kg_per_mw * hours.load_mw

    def line_u_kg(self, load_mw: Array) -> float:
        """Standard uncertainty of the sum of fills at these loads that comes from the line alone [kg], shape (n,).

        All fills share the line, so that its error grows with their number, not with the root of it. *Source*:
        variance of a straight line of least squares, s²(1/n + (x − x̄)²/Σ(x − x̄)²), summed over the fills.
        """
        if not self.n:
            return 0.0
        slope = math.fsum(load_mw - self.load_mean_mw) ** 2 / self.load_squares if self.load_squares else 0.0
        return self.residual_sd_kg * math.sqrt(load_mw.size**2 / self.n + slope)


@dataclass(frozen=True, slots=True)
class Totals:
    """Monitored CO2 of a period."""

    measured_t: float
    """Sum of the valid hours."""
    filled_t: float
    """Sum of the fills."""
    total_t: float
    """measured_t + filled_t, exactly."""
    filled_hours: int
    """Operating hours filled."""
    unfilled_hours: int
    """Operating hours with neither a mass nor anything to fill it from."""
    fills_kg: Array
    """Fill of each hour [kg], NaN where there is none, shape (n_hours,)."""
    line_u_kg: float = 0.0
    """Standard uncertainty of the fills that comes from their common line [kg]."""


def fit_fill(hours: Hours) -> Fit:
    """The line from which operating hours without a mass are filled, fitted by least squares to the valid hours.

    Without any known load the mean of the valid hours stands in; with two valid hours with a load, or with one single
    load, the line is flat at their mean. One valid hour fills nothing: nobody could say how far it is off.
    """
    valid = hours.is_(Status.VALID) & (hours.operating_h > 0)
    with_load = valid & np.isfinite(hours.load_mw)
    if not np.isfinite(hours.load_mw).any():
        return _flat("mean_of_valid_hours", hours.co2_kg[valid] / hours.operating_h[valid])
    share = hours.operating_h[with_load]
    x, y = hours.load_mw[with_load] / share, hours.co2_kg[with_load] / share
    if x.size < 3 or np.ptp(x) <= _SAME_LOAD * np.abs(x).max():
        return _flat("load_regression", y)
    x_mean, y_mean = math.fsum(x) / x.size, math.fsum(y) / y.size
    slope = math.fsum((x - x_mean) * (y - y_mean)) / math.fsum((x - x_mean) ** 2)
    intercept = y_mean - slope * x_mean
    residual = y - (intercept + slope * x)
    spread, squares = math.sqrt(math.fsum(residual**2) / (x.size - 2)), math.fsum((x - x_mean) ** 2)
    return Fit("load_regression", intercept, slope, spread, int(x.size), x_mean, squares)


def total(hours: Hours, fit: Fit) -> Totals:
    """Monitored CO2 of some hours with the fills of a line [t].

    Filled are the operating hours without a mass: by the line where the load is known; by the mean, when no hour of the
    plant has a load, only where the stack was read at all (status invalid). An hour that counts as stopped although the
    source ran for a part of it gets that part. A fill is never below 0.
    """
    fills = np.full(hours.start_ms.size, np.nan)
    partly = hours.is_(Status.STOPPED) & (hours.operating_h > 0)
    gap = hours.is_(Status.INVALID) | hours.is_(Status.MISSING) | partly
    if fit.method == "load_regression":
        use = gap & np.isfinite(hours.load_mw)
        fills[use] = np.maximum(fit.rate(hours)[use], 0.0)
    elif fit.method == "mean_of_valid_hours":
        use = hours.is_(Status.INVALID) | partly
        fills[use] = fit.intercept_kg * hours.operating_h[use]
    filled = np.isfinite(fills)
    measured_t = math.fsum(hours.co2_kg[hours.is_(Status.VALID)]) / _KG_PER_T
    filled_t = math.fsum(fills[filled]) / _KG_PER_T
    n_open, line_u_kg = int(open_hours(hours, fills).sum()), fit.line_u_kg(hours.load_mw[filled])
    return Totals(measured_t, filled_t, measured_t + filled_t, int(filled.sum()), n_open, fills, line_u_kg)


def open_hours(hours: Hours, fills_kg: Array) -> NDArray[np.bool_]:
    """Which hours have neither a mass nor a fill and are not known to be stopped, shape (n_hours,)."""
    known = hours.is_(Status.VALID) | hours.is_(Status.STOPPED) | np.isfinite(fills_kg)
    return np.asarray(~known, dtype=np.bool_)


def capture(hours: Hours) -> CaptureRate:
    """Valid-data capture of any period; an operating hour that was not read counts as invalid."""
    n, stopped, valid = hours.start_ms.size, int(hours.is_(Status.STOPPED).sum()), int(hours.is_(Status.VALID).sum())
    return capture_rate(n, stopped, n - stopped - valid)


def day_index(hours: Hours, offset_ms: int) -> NDArray[np.int64]:
    """Statutory day of each hour, counted from 1970-01-01 in the plant's standard time, shape (n_hours,)."""
    day_ms = 24 * HOUR_MS
    return np.asarray((hours.start_ms + offset_ms) // day_ms, dtype=np.int64)


def _flat(method: FillMethod, mass: Array) -> Fit:
    if mass.size < 2:
        return Fit("none", 0.0, 0.0, 0.0, 0)
    mean = math.fsum(mass) / mass.size
    spread = math.sqrt(math.fsum((mass - mean) ** 2) / (mass.size - 1))
    return Fit(method, mean, 0.0, spread, int(mass.size))
