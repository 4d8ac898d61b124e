"""Regulatory hours of a stack: hourly means, CO2 mass, and whether the hour is valid, invalid, stopped or missing.

An hour is *valid* when concentration and flow each have 45 valid minutes; else *stopped* when the source stood still
for ``stopped_minutes`` of them; else *missing* when the stack was not read at all; else *invalid*.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cems.channels import Channel
from cems.clock import HOUR_MS, MINUTE_MS
from cems.flags import Flag
from reconcile.basis import Gas
from reconcile.parameters import Parameters
from reconcile.readings import letter
from reconcile.rulebooks.averaging import hourly_mean
from reconcile.rulebooks.equations import hj75
from reconcile.validity import Checked

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


class Status(StrEnum):
    """What an hour is worth."""

    VALID = "valid"
    INVALID = "invalid"
    STOPPED = "stopped"
    MISSING = "missing"


class Series(NamedTuple):
    """Readings of one quantity at a unit or stack, valid ones only."""

    instant_ms: Ints
    """UTC, milliseconds since 1970, shape (n,)."""
    value: Array
    """Shape (n,), finite."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Consecutive regulatory hours of a stack; arrays of shape (n_hours,)."""

    start_ms: Ints
    """Start of each hour, UTC, milliseconds since 1970."""
    status: NDArray[np.str_]
    """A :class:`Status` value each."""
    n_scans: Ints
    """Distinct instants at which the stack was read."""
    n_valid: Ints
    """Valid minutes of concentration or flow, whichever has fewer."""
    co2_pct_dry: Array
    """Hourly mean [% dry]; NaN with fewer than 45 valid minutes."""
    o2_pct_dry: Array
    """Hourly mean [% dry]; NaN likewise."""
    moisture_pct: Array
    """Hourly mean [%]; NaN likewise."""
    flow_dry_std: Array
    """Hourly mean [m3/h, dry, standard]; NaN likewise, or where the route is wet."""
    co2_kg: Array
    """Statutory mass: hourly mean concentration times hourly mean flow [kg]; NaN unless valid."""
    co2_kg_minutes: Array
    """Diagnostic: mean of the products of single readings [kg]; NaN unless 45 minutes have both."""
    load_mw: Array
    """Mean load of the units of the stack [MW]; NaN where unknown."""
    fuel_t: Array
    """Fuel of the units by their feeders [t]; NaN with fewer than 45 valid minutes."""

    def is_(self, status: Status) -> NDArray[np.bool_]:
        """Which hours have a status."""
        return np.asarray(self.status == status.value, dtype=bool)

    def part(self, start_ms: int, end_ms: int) -> Hours:
        """The hours that start in [start_ms, end_ms)."""
        return self.where((self.start_ms >= start_ms) & (self.start_ms < end_ms))

    def where(self, keep: NDArray[np.bool_]) -> Hours:
        """The hours for which ``keep``, shape (n_hours,), is true."""
        return Hours(*(getattr(self, name)[keep] for name in Hours.__slots__))


def per_minute(series: Series) -> tuple[Ints, Array]:
    """Minutes since 1970 with a finite reading, and the mean of the readings in each; their order does not matter.

    >>> minute, value = per_minute(Series(np.array([60_000, 61_000, 180_000]), np.array([1.0, 3.0, 5.0])))
    >>> minute.tolist(), value.tolist()
    ([1, 3], [2.0, 5.0])
    """
    good = np.isfinite(series.value)
    instant, value = series.instant_ms[good], series.value[good]
    order = np.lexsort((value, instant))
    minute, inverse, counts = np.unique(instant[order] // MINUTE_MS, return_inverse=True, return_counts=True)
    return minute, np.bincount(inverse, weights=value[order], minlength=minute.size) / counts


def combined(series: list[Series]) -> Series | None:
    """Sum of the units' readings at the minutes at which every unit was read; None without any series.

    Several readings of a unit in one minute are averaged first. The instants are the starts of the minutes.
    """
    if not series:
        return None
    minute, total = per_minute(series[0])
    for other in series[1:]:
        theirs, value = per_minute(other)
        minute, mine, yours = np.intersect1d(minute, theirs, assume_unique=True, return_indices=True)
        total = total[mine] + value[yours]
    return Series(minute * MINUTE_MS, total)


def compute(
    checked: Checked,
    gas: Gas,
    load: Series | None,
    fuel: Series | None,
    start_ms: int,
    end_ms: int,
    parameters: Parameters,
) -> Hours:
    """The regulatory hours from ``start_ms`` up to ``end_ms`` (full hours) of one stack point and its units.

    ``load`` [MW] and ``fuel`` [t/h] are sums over the units of the stack. Permuting the readings changes nothing;
    taking a valid reading away never makes an hour valid or stopped.
    *Source*: HJ 212-2017 App. D.2 eq. 24, 30-33; what counts as stopped is a project choice (parameters).
    """
    n = max(0, (end_ms - start_ms) // HOUR_MS)
    need = parameters.value("min_valid_minutes_hour")
    at = gas.instant_ms

    def mean(values: Array) -> Array:
        return hourly_mean(at, values, np.isfinite(values), start_ms, n, need).mean

    conc = hourly_mean(at, gas.concentration, np.isfinite(gas.concentration), start_ms, n, need)
    flow = hourly_mean(at, gas.flow, np.isfinite(gas.flow), start_ms, n, need)
    load_mean = _hourly(load, start_ms, n, parameters.value("min_load_minutes_hour"))
    mass = hj75.mass_rate(conc.mean, flow.mean)
    n_scans = _scans(at, start_ms, n)
    stopped = _stopped_minutes(checked, load, start_ms, n, parameters.value("load_stopped_MW"))
    conditions = [np.isfinite(mass), stopped >= parameters.value("stopped_minutes_hour"), n_scans == 0]
    names = [Status.VALID.value, Status.STOPPED.value, Status.MISSING.value]
    return Hours(
        start_ms=start_ms + HOUR_MS * np.arange(n, dtype=np.int64),
        status=np.select(conditions, names, Status.INVALID.value),
        n_scans=n_scans,
        n_valid=np.minimum(conc.minutes, flow.minutes),
        co2_pct_dry=mean(gas.co2_pct_dry),
        o2_pct_dry=mean(gas.o2_pct_dry),
        moisture_pct=mean(gas.moisture_pct),
        flow_dry_std=flow.mean if gas.route == "dry" else np.full(n, np.nan),
        co2_kg=mass,
        co2_kg_minutes=mean(gas.mass_kg_per_h),
        load_mw=load_mean,
        fuel_t=_hourly(fuel, start_ms, n, need),
    )


def _hourly(series: Series | None, start_ms: int, n: int, need: float) -> Array:
    if series is None:
        return np.full(n, np.nan)
    good = np.isfinite(series.value)
    return hourly_mean(series.instant_ms, series.value, good, start_ms, n, need).mean


def _scans(instant_ms: Ints, start_ms: int, n: int) -> Ints:
    inside = instant_ms[(instant_ms >= start_ms) & (instant_ms < start_ms + n * HOUR_MS)]
    return np.bincount((inside - start_ms) // HOUR_MS, minlength=n).astype(np.int64)


def _stopped_minutes(checked: Checked, load: Series | None, start_ms: int, n: int, threshold: float) -> Ints:
    """Minutes of each hour at which the device says F, or the load of all units is at or below the threshold."""
    flagged = np.any(checked.flags == letter(Flag.STOPPED), axis=1) & ~checked.valid(Channel.CO2)
    instants = [checked.readings.instant_ms[flagged]]
    if load is not None:
        instants.append(load.instant_ms[load.value <= threshold])
    at = np.concatenate(instants)
    minutes = np.unique((at[(at >= start_ms) & (at < start_ms + n * HOUR_MS)] - start_ms) // MINUTE_MS)
    return np.bincount(minutes * MINUTE_MS // HOUR_MS, minlength=n).astype(np.int64)
