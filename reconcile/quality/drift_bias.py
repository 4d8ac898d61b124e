"""Drift found by a check, carried back to the hours since the last one as an interval in which the bias lies."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from reconcile.quality.budget import Bias, Budget, Contribution
from reconcile.quality.register import CarriedDrift

NO_INTERVAL = -1
"""Number of an hour that no interval covers."""


@dataclass(frozen=True, slots=True)
class Interval:
    """What the drift between two checks does to the total."""

    number: int
    """Number of the interval."""
    hours: int
    """Hours that it covers."""
    lo_t: float
    """The least the total can be off [t], signed."""
    hi_t: float
    """The most the total can be off [t], signed."""

    @property
    def expected_t(self) -> float:
        """Middle of the interval [t]."""
        return (self.lo_t + self.hi_t) / 2

    @property
    def u_t(self) -> float:
        """Standard uncertainty of a rectangular distribution over it, half width/√3 [t]."""
        return (self.hi_t - self.lo_t) / (2 * math.sqrt(3))


@dataclass(frozen=True, slots=True)
class DriftBias:
    """What all drift of a period does to the total."""

    intervals: tuple[Interval, ...]
    """One for each stretch between two checks."""

    @property
    def lo_t(self) -> float:
        """All intervals at their lower end [t]."""
        return math.fsum(i.lo_t for i in self.intervals)

    @property
    def hi_t(self) -> float:
        """All intervals at their upper end [t]."""
        return math.fsum(i.hi_t for i in self.intervals)

    @property
    def expected_t(self) -> float:
        """Expected bias of the total [t]; not taken off, reported."""
        return math.fsum(i.expected_t for i in self.intervals)

    @property
    def u_t(self) -> float:
        """Standard uncertainty about it [t]: intervals are independent of one another."""
        return math.sqrt(math.fsum(i.u_t**2 for i in self.intervals))

    def added_to(self, budget: Budget, source: str, total_t: float) -> Budget:
        """The budget with the drift as a systematic source, its expected bias beside it; ``total_t`` [t]."""
        if not self.intervals:
            return budget
        relative = self.u_t / abs(total_t) if total_t else 0.0
        row = Contribution(source, "offset", relative, self.u_t)
        return Budget((*budget.rows, row), (*budget.biases, Bias(source, self.expected_t)))


def drift_bias(lo_t: ArrayLike, hi_t: ArrayLike, interval: ArrayLike) -> DriftBias:
    """Bias of a total from hourly bias intervals.

    ``lo_t`` and ``hi_t`` are the ends between which the mass of each hour is off [t], signed (reading less truth),
    shape (n,); ``interval`` is the number of the stretch between two checks that the hour belongs to, from 0, or
    :data:`NO_INTERVAL`, whose ends are not looked at. Within one interval the error is one and the same place in all
    hourly intervals (full correlation, rectangular); between intervals it is independent. Raises :class:`RuleError` for
    unequal shapes, an interval number that is not whole or below −1, ends of a covered hour that are not finite, and
    lo above hi. *Source*: JCGM 100:2008 4.3.7 (rectangular), 5.2.2 note 1 (full correlation).

    >>> found = drift_bias([0.0, 0.0, -0.2], [0.1, 0.3, 0.2], [0, 0, 1])
    >>> round(found.expected_t, 12), round(found.hi_t, 12), [round(i.u_t * 12**0.5, 12) for i in found.intervals]
    (0.2, 0.6, [0.4, 0.4])
    """
    lo, hi = np.asarray(lo_t, dtype=np.float64), np.asarray(hi_t, dtype=np.float64)
    number = np.asarray(interval)
    if lo.ndim != 1 or not lo.shape == hi.shape == number.shape:
        raise RuleError(f"bias intervals of shapes {lo.shape}, {hi.shape} and {number.shape} do not fit together")
    if number.size and (number.dtype.kind not in "iu" or (number.astype(np.int64) < NO_INTERVAL).any()):
        raise RuleError("intervals are numbered from 0; -1 stands for an hour that none covers")
    covered = np.asarray(number != NO_INTERVAL, dtype=np.bool_)
    if not (np.isfinite(lo[covered]).all() and np.isfinite(hi[covered]).all()):
        raise RuleError("a bias interval needs both its ends in every hour it covers")
    if (lo[covered] > hi[covered]).any():
        raise RuleError("the lower end of a bias interval lies above its upper end")
    return DriftBias(tuple(_interval(lo, hi, number == k, int(k)) for k in np.unique(number[covered])))


def _interval(lo: NDArray[np.float64], hi: NDArray[np.float64], inside: NDArray[np.bool_], number: int) -> Interval:
    return Interval(number, int(inside.sum()), math.fsum(lo[inside]), math.fsum(hi[inside]))


def hourly_bounds(
    start_ms: NDArray[np.int64], mass_t: ArrayLike, co2_pct: ArrayLike, drift: CarriedDrift
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bounds of the bias that a carried drift of CO2 puts on hourly masses [t], shape (n,); 0 outside its interval.

    Of a span drift d found at a reading S the mass is off by m·d/S, of a zero drift by m·d/c with c the hourly mean
    concentration in the unit of the drift [%]; anything from nothing to that. NaN masses and concentrations give 0.

    >>> from cems.channels import Channel
    >>> drift = CarriedDrift(Channel.CO2, 0, 7_200_000, -0.32, 16.0)
    >>> low, high = hourly_bounds(np.array([0, 3_600_000, 7_200_000]), [100.0, 50.0, 80.0], [12.0, 12.0, 12.0], drift)
    >>> low.tolist(), high.tolist()
    ([-2.0, -1.0, 0.0], [0.0, 0.0, 0.0])
    """
    mass, conc = np.asarray(mass_t, dtype=np.float64), np.asarray(co2_pct, dtype=np.float64)
    inside = (start_ms >= drift.start_ms) & (start_ms < drift.end_ms)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = drift.drift / (conc if drift.reference is None else np.full(conc.shape, drift.reference))
        off = np.where(inside, mass * share, 0.0)
    off = np.where(np.isfinite(off), off, 0.0)
    return np.minimum(off, 0.0), np.maximum(off, 0.0)
