"""Control charts: Shewhart, EWMA, tabular CUSUM, and the standard deviation that scales them.

Readings come in order of time, shape (n,). NaN is a reading that was not taken: it alarms nothing and moves nothing.
A chart is the same whether it is fed at once or reading by reading (:func:`cusum_sum`, :func:`ewma_next`). A value
exactly at a limit is within it; what the rounding of doubles adds does not take it out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from reconcile.comparison.samples import positive, sample
from reconcile.quality.uncertainty import ar1_inflation

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

D2 = 1.128
"""Mean range of two readings in standard deviations, as tabulated for control charts (2/√π)."""
MAD_SCALE = 1.4826
"""Standard deviation of a normal distribution in median absolute deviations."""
_ROUNDING = 1e-12
"""Share of the figures at hand below which a difference is the rounding of doubles."""


def above(value: float, limit: float) -> bool:
    """Whether a value exceeds a limit by more than the rounding of doubles; NaN never does.

    >>> above(0.1 + 0.2, 0.3), above(0.31, 0.3)
    (False, True)
    """
    return bool(_beyond(np.float64(value), limit))


@dataclass(frozen=True, slots=True)
class Shewhart:
    """Readings against warning and action limits; arrays of shape (n,)."""

    warning: Bools
    """Beyond the warning limit, the action limit included."""
    action: Bools
    """Beyond the action limit."""


@dataclass(frozen=True, slots=True)
class Ewma:
    """Exponentially weighted moving average and its limits; arrays of shape (n,)."""

    value: Array
    """The average after each reading, unit of the readings."""
    lower: Array
    """Lower limit."""
    upper: Array
    """Upper limit."""
    alarm: Bools
    """The average lies outside the limits, at a reading that was taken."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """The first alarm of a CUSUM, and when and by how much the level had changed."""

    index: int
    """Reading that raised it."""
    onset: int
    """First reading after the last zero of the sum: the level changed between the reading before it and this one."""
    last_zero: int
    """Last reading at which the sum was zero; −1 when it never was."""
    amount: float
    """Estimated change of the level, ±(k + C/N)·sigma, unit of the readings."""


@dataclass(frozen=True, slots=True)
class Cusum:
    """Tabular CUSUM, in standard deviations; arrays of shape (n,)."""

    high: Array
    """C+, the sum of what lies above target + k."""
    low: Array
    """C−, the sum of what lies below target − k, counted positive."""
    n_high: Ints
    """Readings since C+ was last zero."""
    n_low: Ints
    """Readings since C− was last zero."""
    alarm_high: Bools
    """C+ exceeds h, at a reading that was taken."""
    alarm_low: Bools
    """C− exceeds h, at a reading that was taken."""
    k: float
    """Allowance."""
    sigma: float
    """Standard deviation the readings were divided by."""

    def first_alarm(self) -> Alarm | None:
        """The first alarm on either side with its onset and amount; None without an alarm.

        *Source*: international facts D.5: last zero before the alarm, amount k + C/N.
        """
        hits = np.flatnonzero(self.alarm_high | self.alarm_low)
        if not hits.size:
            return None
        index = int(hits[0])
        up = bool(self.alarm_high[index]) and self.high[index] >= self.low[index]
        sums, counts, sign = (self.high, self.n_high, 1.0) if up else (self.low, self.n_low, -1.0)
        zeros = np.flatnonzero(counts[:index] == 0)
        last_zero = int(zeros[-1]) if zeros.size else -1
        # A reading not taken carries the count of the one before it, so the count alone names the first that moved.
        amount = sign * (self.k + float(sums[index]) / int(counts[index])) * self.sigma
        return Alarm(index, int(np.flatnonzero(counts[last_zero + 1 :] == 1)[0]) + last_zero + 1, last_zero, amount)


def cusum_sum(before: float, step: float, allowance: float) -> float:
    """The next value of a one-sided sum, max(0, before + step − allowance); a rest of rounding alone counts as 0.

    >>> cusum_sum(1.0, 2.0, 0.5), cusum_sum(1.0, -2.0, 0.5)
    (2.5, 0.0)
    """
    after = before + step - allowance
    return after if after > _ROUNDING * (before + abs(step) + allowance) else 0.0


def cusum(x: ArrayLike, target: float, sigma: float, k: float = 0.5, h: float = 5.0, *, phi: float = 0.0) -> Cusum:
    """Two-sided tabular CUSUM of z = (x − target)/sigma with allowance ``k`` and decision interval ``h``.

    k is half the change to find, both in standard deviations. ``phi`` is the correlation of neighbouring readings,
    for which sigma is inflated (:func:`inflated_sigma`). Raises :class:`RuleError` unless sigma and h are positive, k
    is not negative and the target is finite. *Source*: Montgomery; recursion NIST e-Handbook 6.3.2.3 [V].

    >>> chart = cusum([0.0, 2.0, 2.0, 2.0, 2.0], 0.0, 1.0, 0.5, 4.0)
    >>> chart.high.tolist(), chart.first_alarm()
    ([0.0, 1.5, 3.0, 4.5, 6.0], Alarm(index=3, onset=1, last_zero=0, amount=2.0))
    """
    values = _readings(x)
    width = inflated_sigma(positive("sigma", sigma), phi)
    positive("h", h)
    if not (math.isfinite(k) and k >= 0) or not math.isfinite(target):
        raise RuleError(f"k must not be negative and the target be a number (found {k!r}, {target!r})")
    z = (values - target) / width
    high, n_high = _one_side(z, k)
    low, n_low = _one_side(-z, k)
    taken = np.isfinite(values)
    return Cusum(
        high=high,
        low=low,
        n_high=n_high,
        n_low=n_low,
        alarm_high=taken & _beyond(high, h),
        alarm_low=taken & _beyond(low, h),
        k=k,
        sigma=width,
    )


def _one_side(z: Array, k: float) -> tuple[Array, Ints]:
    sums, counts = np.empty(z.size), np.empty(z.size, dtype=np.int64)
    value, count = 0.0, 0
    for i, step in enumerate(z.tolist()):
        if not math.isnan(step):
            value = cusum_sum(value, step, k)
            count = count + 1 if value > 0 else 0
        sums[i], counts[i] = value, count
    return sums, counts


def ewma_next(before: float, x: float, weight: float) -> float:
    """The next average, λ·x + (1 − λ)·before. *Source*: NIST e-Handbook 6.3.2.4 [V].

    >>> ewma_next(50.0, 52.0, 0.3)
    50.6
    """
    return weight * x + (1 - weight) * before


def ewma_half_width(t: ArrayLike, sigma: float, weight: float, width: float) -> Array:
    """Distance of the limits from the target after ``t`` readings, L·σ·sqrt(λ/(2−λ)·(1−(1−λ)^(2t))).

    *Source*: international facts A.10 [M]; for t → ∞ NIST e-Handbook 6.3.2.4 [V].

    >>> round(float(ewma_half_width(1, 1.0, 0.2, 3.0)), 9)
    0.6
    """
    readings = np.asarray(t, dtype=np.float64)
    return width * sigma * np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * readings)))


def ewma(
    x: ArrayLike,
    target: float,
    sigma: float,
    weight: float = 0.2,
    width: float = 3.0,
    *,
    phi: float = 0.0,
    steady: bool = False,
) -> Ewma:
    """EWMA chart that starts at the target, with limits that widen with the readings taken, or ``steady`` ones.

    ``weight`` is λ in 0 < λ ≤ 1, ``width`` is L; ``phi`` as in :func:`cusum`. Raises :class:`RuleError` for another λ,
    L or sigma not positive, a target that is not finite.

    >>> chart = ewma([52.0, 47.0], 50.0, 2.0539, 0.3, 3.0, steady=True)
    >>> chart.value.round(2).tolist(), round(float(chart.upper[0]), 3)
    ([50.6, 49.52], 52.588)
    """
    values = _readings(x)
    sd = inflated_sigma(positive("sigma", sigma), phi)
    positive("width", width)
    if not 0 < weight <= 1 or not math.isfinite(target):
        raise RuleError(f"the weight lies above 0 and up to 1, the target is a number (found {weight!r}, {target!r})")
    average = np.empty(values.size)
    now = float(target)
    for i, value in enumerate(values.tolist()):
        now = now if math.isnan(value) else ewma_next(now, value, weight)
        average[i] = now
    taken = np.isfinite(values)
    half = ewma_half_width(np.inf if steady else np.cumsum(taken), sd, weight, width)
    half = np.broadcast_to(half, values.shape)
    # At t = 1 the limit is L·λ·σ and the average λ·x: both are held against each other as distances from the target.
    alarm = taken & (np.abs(average - target) - half > _ROUNDING * (np.abs(average) + abs(target) + half))
    return Ewma(value=average, lower=target - half, upper=target + half, alarm=alarm)


def shewhart(
    x: ArrayLike, target: float, sigma: float, warning: float = 2.0, action: float = 3.0, *, phi: float = 0.0
) -> Shewhart:
    """Readings beyond ``warning`` and ``action`` standard deviations from the target; NaN is beyond neither.

    Raises :class:`RuleError` unless 0 < warning ≤ action, sigma is positive and the target finite.

    >>> chart = shewhart([0.0, 2.0, 2.1, -3.1], 0.0, 1.0)
    >>> chart.warning.tolist(), chart.action.tolist()
    ([False, False, True, True], [False, False, False, True])
    """
    values = _readings(x)
    sd = inflated_sigma(positive("sigma", sigma), phi)
    if not (0 < warning <= action and math.isfinite(action) and math.isfinite(target)):
        raise RuleError(f"limits must be positive, warning not above action (found {warning!r}, {action!r})")
    away = np.abs(values - target)
    slack = _ROUNDING * (np.abs(values) + abs(target))
    return Shewhart(warning=away - slack > warning * sd, action=away - slack > action * sd)


def moving_range_sigma(x: ArrayLike) -> float:
    """Standard deviation from the mean moving range of neighbours, MR̄/1.128; at least two finite readings.

    *Source*: international facts D.5; NIST e-Handbook 6.3.2.2. Raises :class:`RuleError` for fewer or NaN.

    >>> round(moving_range_sigma([1.0, 2.128, 1.0]), 9)
    1.0
    """
    values = sample(x, 2, "a moving range")
    return math.fsum(np.abs(np.diff(values))) / (values.size - 1) / D2


def mad_sigma(x: ArrayLike) -> float:
    """Standard deviation from the median absolute deviation, 1.4826·MAD; a few wild readings do not move it.

    *Source*: international facts D.5, D.7. Raises :class:`RuleError` for fewer than three readings or NaN.

    >>> mad_sigma([1.0, 2.0, 3.0, 4.0, 100.0])
    1.4826
    """
    values = sample(x, 3, "a median absolute deviation")
    return MAD_SCALE * float(np.median(np.abs(values - np.median(values))))


def inflated_sigma(sigma: float, phi: float) -> float:
    """Standard deviation for limits of readings whose neighbours correlate by ``phi``: sigma·sqrt((1+φ)/(1−φ)).

    *Source*: international facts D.5. Raises :class:`RuleError` unless −1 < φ < 1.

    >>> inflated_sigma(2.0, 0.6)
    4.0
    """
    return sigma * math.sqrt(ar1_inflation(phi))


def _readings(x: ArrayLike) -> Array:
    values = np.asarray(x, dtype=np.float64)
    if values.ndim != 1 or np.any(np.isinf(values)):
        raise RuleError("a control chart takes one list of readings, NaN where none was taken, none infinite")
    return values


def _beyond(values: ArrayLike, limit: float) -> Bools:
    value = np.asarray(values, dtype=np.float64)
    return np.asarray(value - limit > _ROUNDING * np.maximum(np.abs(value), abs(limit)), dtype=np.bool_)
