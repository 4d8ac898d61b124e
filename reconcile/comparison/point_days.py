"""Both sides of one monitoring point, hour by hour and day by day, over the same hours.

An hour is measured, filled, stopped or open. The day's account is spread over its hours by the feed, so that an hour
that one side does not know is taken out of the other side too. The spread tests the course of a day, not its level.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cems.clock import DAY_MS
from cems.errors import RuleError
from reconcile import totals
from reconcile.hours import Hours, Status
from reconcile.parameters import Parameters
from reconcile.pointhours import STATES, Array, Ints, PointHours
from reconcile.rulebooks import hj75
from reconcile.rulebooks.book import Site

Bools = NDArray[np.bool_]
BASES: Final = ("measured", "by_rule", "neutral")
"""Valid hours alone; with the substitutes of HJ 75; with the neutral fill."""
HOURS_OF_DAY: Final = 24
_KG_PER_T: Final = 1000.0


@dataclass(frozen=True, slots=True)
class PointHoursCompared:
    """Both sides of a point hour by hour; arrays of shape (n_hours,)."""

    start_ms: Ints
    """Start of each hour, UTC."""
    day: Ints
    """Days since 1970, standard time."""
    measured_t: Array
    """CO2 of the valid hours [t]; NaN elsewhere."""
    filled_t: Array
    """Neutral fill [t]; NaN where there is none."""
    substituted_t: Array
    """What HJ 75 puts in [t]; NaN where it puts in nothing."""
    stopped: Bools
    """The source stood still."""
    valid: Bools
    """The hour was measured."""
    weight: Array
    """Share of the day's account that falls on the hour, adding up to 1 over the day; NaN for a day without account."""
    fill_u_kg: float
    """Spread of an hour about the fill line [kg]."""
    line_u_t: float
    """Standard uncertainty that the line adds to all fills together [t]."""

    def known(self, basis: str) -> Bools:
        """Hours for which a basis has a mass: measured, or with its fills; a standstill is a mass of 0."""
        if basis == "measured":
            return self.valid | self.stopped
        fills = self.filled_t if basis == "neutral" else self.substituted_t
        return np.asarray(self.valid | self.stopped | np.isfinite(fills), dtype=np.bool_)

    def mass_t(self, basis: str) -> Array:
        """CO2 of each hour on a basis [t]; 0 for hours that it does not know."""
        mass = np.where(self.valid, self.measured_t, 0.0)
        if basis != "measured":
            fills = self.filled_t if basis == "neutral" else self.substituted_t
            mass = np.where(~self.valid & np.isfinite(fills), fills, mass)
        return np.asarray(mass, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class PointDays:
    """Both sides of a point day by day; arrays of shape (n_days,), those by basis in the order of :data:`BASES`."""

    point: str
    """Code of the point."""
    day: Ints
    """Days since 1970, standard time; consecutive."""
    measured_t: Array
    """Sum of the valid hours [t], all of them, compared or not."""
    filled_t: Array
    """Sum of the neutral fills [t], all of them."""
    substituted_t: Array
    """Sum of what HJ 75 puts in [t], all of it."""
    squares_t2: Array
    """Sum of the squares of measured and filled hours that are compared [t²]."""
    valid: Ints
    """Valid hours."""
    filled: Ints
    """Filled hours."""
    stopped: Ints
    """Hours at a standstill, but for those that ran for a part and were filled."""
    open: Ints
    """Hours neither measured, nor filled, nor at a standstill; taken out of both sides."""
    refused: Ints
    """Operating hours to which HJ 75 gives no number."""
    without_record: Bools
    """Days of operation on which a unit has no usable fuel record; taken out of both sides."""
    monitoring_t: Mapping[str, Array]
    """CO2 by monitoring over the compared hours [t], by basis."""
    account_share: Mapping[str, Array]
    """Share of the day's account that falls on the compared hours, by basis; 0 on days that are not compared."""
    hours: Mapping[str, Ints]
    """Hours compared, by basis."""
    temperature_c: Array
    """Mean gas temperature of the valid hours [degC]; NaN without."""
    fill_u_t: float
    """Spread of an hour about the fill line [t]."""
    line_u_t: float
    """Standard uncertainty that the line adds to all fills of the span together [t]."""


def point_hours_compared(
    hours: PointHours, account_t: Array, first_day: int, offset_ms: int, parameters: Parameters
) -> PointHoursCompared:
    """Hours of a point with their fills and the share of the day's account that falls on each.

    ``account_t``, shape (n_days,), is the account of the units whose gas passes here [t], from ``first_day`` on; NaN
    where a unit has no record. A day at a standstill counts as an account of 0 without a record. The span must hold
    whole days: :class:`RuleError` otherwise, because a day's account cannot be cut.
    """
    whole = as_hours(hours)
    day = _whole_days(hours.start_ms, first_day, account_t.size, offset_ms)
    valid, stopped = whole.is_(Status.VALID), whole.is_(Status.STOPPED)
    fit = totals.fit_fill(whole)
    neutral = totals.total(whole, fit)
    by_rule = hj75.substitute(whole, Site(offset_ms, "dry", 0.0, ""), parameters)
    put_in = np.where(by_rule.substituted, by_rule.co2_kg, np.nan) / _KG_PER_T
    still = np.logical_and.reduceat(stopped, np.arange(0, stopped.size, HOURS_OF_DAY))
    lacking = np.repeat(~np.isfinite(account_t) & ~still, HOURS_OF_DAY)
    weight = np.where(lacking, np.nan, spread_weights(hours))
    return PointHoursCompared(
        start_ms=hours.start_ms,
        day=day,
        measured_t=np.where(valid, hours.co2_kg / _KG_PER_T, np.nan),
        filled_t=neutral.fills_kg / _KG_PER_T,
        substituted_t=np.where(valid, np.nan, put_in),
        stopped=stopped,
        valid=valid,
        weight=weight,
        fill_u_kg=fit.residual_sd_kg,
        line_u_t=neutral.line_u_kg / _KG_PER_T,
    )


def point_days(point: str, hours: PointHours, compared: PointHoursCompared) -> PointDays:
    """The days of a point from its hours; every figure is a sum over the hours of a day in their order."""
    n_days = compared.day.size // HOURS_OF_DAY
    known_day = np.isfinite(compared.weight)
    fills, put_in = np.isfinite(compared.filled_t), np.isfinite(compared.substituted_t)
    open_ = ~compared.known("neutral")
    monitoring, share, counted = {}, {}, {}
    for basis in BASES:
        use = compared.known(basis) & known_day
        weight = np.where(known_day, compared.weight, 0.0)
        monitoring[basis] = _per_day(np.where(use, compared.mass_t(basis), 0.0))
        with np.errstate(invalid="ignore", divide="ignore"):
            part = _per_day(np.where(use, weight, 0.0)) / _per_day(weight)
        share[basis] = np.where(np.isfinite(part), part, 0.0)
        counted[basis] = _count(use)
    used = np.where(known_day & compared.known("neutral"), compared.mass_t("neutral"), 0.0)
    degrees, n_warm = np.where(compared.valid, hours.temperature_c, np.nan), compared.valid
    warm = np.isfinite(degrees) & n_warm
    with np.errstate(invalid="ignore", divide="ignore"):
        temperature = _per_day(np.where(warm, degrees, 0.0)) / _count(warm)
    still = _count(compared.stopped) == HOURS_OF_DAY
    return PointDays(
        point=point,
        day=compared.day.reshape(n_days, HOURS_OF_DAY)[:, 0],
        measured_t=_per_day(np.where(compared.valid, compared.measured_t, 0.0)),
        filled_t=_per_day(np.where(fills & ~compared.valid, compared.filled_t, 0.0)),
        substituted_t=_per_day(np.where(put_in, compared.substituted_t, 0.0)),
        squares_t2=_per_day(used**2),
        valid=_count(compared.valid),
        filled=_count(fills & ~compared.valid),
        stopped=_count(compared.stopped & ~fills),
        open=_count(open_),
        refused=_count(~compared.known("by_rule")),
        without_record=~known_day.reshape(n_days, HOURS_OF_DAY)[:, 0] & ~still,
        monitoring_t=monitoring,
        account_share=share,
        hours=counted,
        temperature_c=temperature,
        fill_u_t=compared.fill_u_kg / _KG_PER_T,
        line_u_t=compared.line_u_t,
    )


def as_hours(hours: PointHours) -> Hours:
    """The hours of a point as the regulatory hours that fills and rule books take; what they do not need is empty.

    Raises :class:`RuleError` for a status that is none, and for a valid hour without a mass.
    """
    if strange := sorted(set(np.unique(hours.status).tolist()) - {s.value for s in Status}):
        raise RuleError(f"an hour is {', '.join(Status)} (found {strange[0]!r})")
    if lacking := int((~np.isfinite(hours.co2_kg[hours.status == Status.VALID.value])).sum()):
        raise RuleError(f"{lacking} valid hours have no mass: an hour without a number is invalid")
    n, empty = len(hours), np.full(len(hours), np.nan)
    measuring = STATES.index("measuring")
    return Hours(
        start_ms=hours.start_ms,
        status=hours.status,
        operating_h=hours.operating_h,
        n_scans=hours.gas_minutes.sum(axis=1),
        n_valid=np.minimum(hours.gas_minutes[:, measuring], hours.flow_minutes[:, measuring]),
        n_out_of_control=np.zeros(n, dtype=np.int64),
        co2_pct=hours.co2_pct_dry,
        co2_pct_dry=hours.co2_pct_dry,
        o2_pct_dry=hours.o2_pct_dry,
        moisture_pct=hours.moisture_pct,
        flow_dry_std=empty,
        flow_wet_std=hours.flow_wet_std,
        co2_kg=hours.co2_kg,
        co2_kg_minutes=empty,
        load_mw=hours.load,
        fuel_t=hours.fuel_feed,
    )


def spread_weights(hours: PointHours) -> Array:
    """Share of the day's account that falls on each hour, shape (n_hours,) of whole days; adds up to 1 over a day.

    By the feed where it is known in all hours of the day, else by the load, else by the operating time, else evenly.
    """
    n = len(hours) // HOURS_OF_DAY
    weight = np.full((n, HOURS_OF_DAY), 1.0 / HOURS_OF_DAY)
    for by in (hours.operating_h, hours.load, hours.fuel_feed):
        rows = np.maximum(by.reshape(n, HOURS_OF_DAY), 0.0)
        sums = rows.sum(axis=1, keepdims=True)
        usable = np.isfinite(sums) & (sums > 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            weight = np.where(usable, rows / sums, weight)
    return np.asarray(weight.ravel(), dtype=np.float64)


def _whole_days(start_ms: Ints, first_day: int, n_days: int, offset_ms: int) -> Ints:
    day = np.asarray((start_ms + offset_ms) // DAY_MS, dtype=np.int64)
    whole = start_ms.size == n_days * HOURS_OF_DAY
    begins = whole and n_days > 0 and int(start_ms[0] + offset_ms) == first_day * DAY_MS
    if not begins:
        raise RuleError(
            f"a comparison needs whole days: {start_ms.size} hours were given for {n_days} days from day {first_day}"
        )
    return day


def _per_day(values: Array) -> Array:
    """Correctly rounded sum of the 24 hours of each day."""
    return np.array([math.fsum(row) for row in values.reshape(-1, HOURS_OF_DAY).tolist()], dtype=np.float64)


def _count(which: Bools) -> Ints:
    return np.asarray(which.reshape(-1, HOURS_OF_DAY).sum(axis=1), dtype=np.int64)
