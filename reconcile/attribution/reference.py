"""What a point did while it was healthy: curves over load, its own Fo, and how its ratios spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cems.errors import RuleError
from reconcile.parameters import Parameters

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """A quantity over load: medians of bands of load, straight lines between them."""

    load: Array
    """Median load of each band, rising; shape (n_bands,)."""
    value: Array
    """Median of the quantity in each band."""
    reach: float
    """How far beyond the outer bands the curve may be used, unit of the load."""

    def at(self, load: Array) -> Array:
        """The quantity at loads, shape as given; held level up to ``reach`` outside the bands, NaN beyond.

        >>> Curve(np.array([100.0, 200.0]), np.array([1.0, 2.0]), 10.0).at(np.array([95.0, 150.0, 215.0])).tolist()
        [1.0, 1.5, nan]
        """
        inside = (load >= self.load[0] - self.reach) & (load <= self.load[-1] + self.reach)
        return np.where(inside, np.interp(load, self.load, self.value), np.nan)


@dataclass(frozen=True, slots=True)
class Noise:
    """How a ratio (as its natural logarithm) or a difference spreads from value to value."""

    level: float
    """Median; of a ratio the median of ln."""
    sigma: float
    """Standard deviation by the median absolute deviation."""
    phi: float
    """Lag-1 correlation, not below 0."""
    n: int
    """Values."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference period of a point."""

    start_ms: int
    """Begin, UTC, ms since 1970."""
    end_ms: int
    """First instant after it."""
    n_hours: int
    """Healthy hours."""
    curves: Mapping[str, Curve]
    """By quantity: ``flow`` [m3/h wet, per load], ``mass`` [t/h per load], ``heat_o2`` (dry flow times room under air,
    per load), and of the differences ``o2``, ``o2_gap``, ``moisture``, ``temperature``, ``pressure``; those that the
    point has."""
    fo: float
    """The point's own Fo; NaN without O2 or line."""
    hourly: Mapping[str, Noise]
    """Spread of the hourly ratios, by name."""
    daily: Mapping[str, Noise]
    """Spread of the daily ratios, by name; empty with too few days."""


@dataclass(frozen=True, slots=True)
class RatioRule:
    """Figures of the ratios and of a reference."""

    o2_air_pct: float
    """O2 of air [%]."""
    o2_room_min_pct: float
    """Least difference between O2 and that of air at which the line says something [%]."""
    ramp_share: float
    """Largest change of load from hour to hour of a steady hour, share."""
    load_bins: int
    """Bands of load of a curve."""
    bin_hours_min: int
    """Fewest hours of a band."""
    reference_hours_min: int
    """Fewest healthy hours of a reference."""
    reference_days_min: int
    """Fewest days of a spread."""
    day_hours_min: int
    """Fewest hours of a day."""
    line_share_min: float
    """Share of a day's hours with O2 that gives the day Rc and Rq."""
    phi_max: float
    """Largest lag-1 correlation."""

    def __post_init__(self) -> None:
        if not (0 < self.o2_room_min_pct < self.o2_air_pct and 0 <= self.phi_max < 1 and self.load_bins >= 1):
            raise RuleError(f"the figures of the ratios do not fit together: {self}")


def ratio_rule_of(parameters: Parameters) -> RatioRule:
    """The figures of a parameter table (attr_..., p75_o2_air_pct)."""
    value = parameters.value
    return RatioRule(
        value("p75_o2_air_pct"),
        value("attr_o2_room_min"),
        value("attr_ramp_share"),
        int(value("attr_load_bins")),
        int(value("attr_bin_hours_min")),
        int(value("attr_reference_hours_min")),
        int(value("attr_reference_days_min")),
        int(value("attr_day_hours_min")),
        value("attr_line_share_min"),
        value("attr_phi_max"),
    )


def fit_curve(load: Array, value: Array, rule: RatioRule) -> Curve | None:
    """Medians of ``value`` over bands of load with equal numbers of hours; None with fewer hours than one band needs.

    Pairs with a NaN are left out. The curve reaches half the width of its outer bands beyond them, at least 5 % of the
    load there.

    >>> from reconcile.parameters import load_parameters
    >>> load = np.repeat([100.0, 200.0], 12)
    >>> curve = fit_curve(load, 3 * load, ratio_rule_of(load_parameters()))
    >>> curve.load.tolist(), curve.value.tolist()
    ([100.0, 200.0], [300.0, 600.0])
    """
    good = np.isfinite(load) & np.isfinite(value)
    x, y = load[good], value[good]
    if x.size < rule.bin_hours_min:
        return None
    order = np.argsort(x, kind="stable")
    parts = np.array_split(order, min(rule.load_bins, x.size // rule.bin_hours_min))
    nodes = np.array([np.median(x[p]) for p in parts])
    values = np.array([np.median(y[p]) for p in parts])
    keep = np.unique(nodes, return_index=True)[1]  # a load that is held for long fills several bands
    ends = max(float(np.ptp(x[parts[0]])), float(np.ptp(x[parts[-1]])), 0.05 * float(np.abs(nodes[-1])))
    return Curve(nodes[keep], values[keep], ends)


def noise_of(values: Array, rule: RatioRule, least: int) -> Noise | None:
    """Level, robust spread and lag-1 correlation of values in order of time, NaN for none; None with under ``least``.

    The correlation is of neighbours that are both there and no wilder than three robust standard deviations.
    """
    known = np.isfinite(values)
    n = int(np.count_nonzero(known))
    if n < max(least, 3):
        return None
    level = float(np.median(values[known]))
    sigma = 1.4826 * float(np.median(np.abs(values[known] - level)))
    rest = np.clip(values - level, -3 * sigma, 3 * sigma)
    pair = known[1:] & known[:-1]
    squares = float(np.sum(rest[known] ** 2)) / n
    phi = float(np.sum(rest[1:][pair] * rest[:-1][pair])) / int(pair.sum()) / squares if pair.any() and squares else 0.0
    return Noise(level, sigma, min(max(phi, 0.0), rule.phi_max), n)
