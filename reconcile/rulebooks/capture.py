"""Valid-data capture of a day, a month, a quarter, a year (HJ 75-2017), and which days and months are valid.

Limits are compared in whole hours, never as a rounded percentage: nine hours of ten are 90 %, to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.clock import DAY_MS
from cems.errors import RuleError
from reconcile.parameters import Parameters

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Period = Literal["day", "month", "quarter", "year"]

_MONTHS: Mapping[str, int] = {"month": 1, "quarter": 3, "year": 12}
_FEBRUARY = 1
"""Place of February in the year, January being 0."""


class Band(StrEnum):
    """What a capture rate allows."""

    FULL = "full"
    """At or above the upper limit (90 %)."""
    REDUCED = "reduced"
    """Below the upper limit, at or above the lower one (75 %)."""
    REFUSED = "refused"
    """Below the lower limit: the rule has no number."""
    STANDSTILL = "standstill"
    """No operating hour: there is no rate, and nothing to substitute."""


@dataclass(frozen=True, slots=True)
class CaptureLimits:
    """The two limits of the capture rate."""

    full_pct: float
    """At or above it the full band [%]."""
    min_pct: float
    """Below it the rule gives no number [%]."""

    def __post_init__(self) -> None:
        if not 0 < self.min_pct <= self.full_pct <= 100:
            raise RuleError(f"capture limits must be 0 < lower ≤ upper ≤ 100 % (found {self.min_pct}, {self.full_pct})")


def limits_of(parameters: Parameters) -> CaptureLimits:
    """The limits of a parameter table (capture_rate_full, capture_rate_min)."""
    return CaptureLimits(parameters.value("capture_rate_full"), parameters.value("capture_rate_min"))


@dataclass(frozen=True, slots=True)
class CaptureRate:
    """Valid-data capture of a period."""

    hours: int
    """All clock hours of the period, H."""
    stopped: int
    """Hours at which the source stood still."""
    invalid: int
    """Operating hours without a valid value: out of control, maintenance, fault, not read."""

    def __post_init__(self) -> None:
        if min(self.hours, self.stopped, self.invalid, self.valid) < 0:
            raise RuleError(
                f"stopped and invalid hours must be 0 or more and together no more than the hours of the period "
                f"(found {self.stopped} and {self.invalid} of {self.hours})"
            )

    @property
    def operating(self) -> int:
        """Hours at which the source ran, H − stopped."""
        return self.hours - self.stopped

    @property
    def valid(self) -> int:
        """Valid hours, H − stopped − invalid."""
        return self.hours - self.stopped - self.invalid

    @property
    def rate_pct(self) -> float | None:
        """α = valid / operating × 100 [%], for showing; None without an operating hour. Bands come from ``band``."""
        return 100.0 * self.valid / self.operating if self.operating else None

    def reaches(self, limit_pct: float) -> bool:
        """Whether α ≥ limit, compared exactly: 100 · valid ≥ limit · operating; False without an operating hour."""
        return self.operating > 0 and 100 * self.valid >= Fraction(str(limit_pct)) * self.operating

    def band(self, limits: CaptureLimits) -> Band:
        """The band in which the rate lies; a rate exactly at a limit belongs to the better band."""
        if not self.operating:
            return Band.STANDSTILL
        if self.reaches(limits.full_pct):
            return Band.FULL
        return Band.REDUCED if self.reaches(limits.min_pct) else Band.REFUSED


def capture_rate(hours: int, stopped: int, invalid: int) -> CaptureRate:
    """Valid-data capture, α = (H − stopped − invalid)/(H − stopped) × 100 [%].

    *Source*: HJ 75-2017, quarterly valid-data capture rate [V2]. Raises :class:`RuleError` when the counts contradict
    one another.

    >>> rate = capture_rate(2160, 160, 200)
    >>> rate.rate_pct, rate.band(CaptureLimits(90, 75)).value
    (90.0, 'full')
    >>> capture_rate(2160, 160, 201).band(CaptureLimits(90, 75)).value
    'reduced'
    """
    return CaptureRate(hours, stopped, invalid)


def captures(valid: ArrayLike, operating: ArrayLike, period: ArrayLike) -> dict[int, CaptureRate]:
    """Capture of each period, by its number, in order.

    ``valid`` and ``operating`` are boolean, ``period`` whole numbers, shape (n_hours,); a valid hour counts only while
    the source runs. Only the hours given are counted: an hour that is not there must be given as invalid, see
    :func:`hours_of`. Raises :class:`RuleError` for unequal shapes or arrays that are not boolean.
    """
    running, number = booleans("operating", operating), np.asarray(period)
    good = booleans("valid", valid)
    if not good.shape == number.shape == running.shape or not np.issubdtype(number.dtype, np.integer):
        raise RuleError("valid, operating and period must have the same shape (n_hours,), periods whole numbers")
    good = good & running
    names, inverse = np.unique(number, return_inverse=True)
    total = np.bincount(inverse, minlength=names.size)
    run = np.bincount(inverse[running], minlength=names.size)
    ok = np.bincount(inverse[good], minlength=names.size)
    rows = zip(names.tolist(), total.tolist(), run.tolist(), ok.tolist(), strict=True)
    return {name: CaptureRate(h, h - r, r - v) for name, h, r, v in rows}


def period_of(start_ms: ArrayLike, offset_ms: int, kind: Period) -> Ints:
    """Number of the statutory day, month, quarter or year of each hour, counted from 1970, shape (n_hours,).

    ``start_ms`` are starts of hours, UTC, milliseconds since 1970, each once and in order; ``offset_ms`` is the plant's
    standard time. Raises :class:`RuleError` for an hour that repeats or goes back: it would be counted twice.

    >>> period_of([1_767_196_800_000 - 1, 1_767_196_800_000], 8 * 3_600_000, "year").tolist()
    [55, 56]
    """
    start = np.asarray(start_ms, dtype=np.int64)
    if start.ndim != 1 or np.any(start[1:] <= start[:-1]):
        raise RuleError("hours must stand in order, each once; drop the hour that repeats")
    day = (start + offset_ms) // DAY_MS
    if kind == "day":
        return np.asarray(day, dtype=np.int64)
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return np.asarray(month // _MONTHS[kind], dtype=np.int64)


def hours_of(kind: Period, number: int) -> int:
    """Clock hours of a statutory day, month, quarter or year by its number: what a whole period must count.

    >>> hours_of("quarter", 4 * (2024 - 1970)), hours_of("month", 12 * (2026 - 1970) + 1)
    (2184, 672)
    """
    if kind == "day":
        return 24
    months = np.array([number, number + 1], dtype=np.int64) * _MONTHS[kind]
    first, following = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64).tolist()
    return int(24 * (following - first))


@dataclass(frozen=True, slots=True)
class DayRule:
    """How many hours make a day, and how many days a month."""

    hours_day: float
    """Valid hours of a valid day."""
    days_month: float
    """Valid days of a valid month."""
    days_february: float
    """Valid days of a valid February, of a leap year too."""

    def __post_init__(self) -> None:
        if not (0 < self.hours_day <= 24 and 0 < self.days_february <= 28 and 0 < self.days_month <= 30):
            raise RuleError("a valid day needs 1 to 24 hours, a valid month 1 to 30 days, February 1 to 28")


def day_rule_of(parameters: Parameters) -> DayRule:
    """The rule of a parameter table (min_valid_hours_day, hj75_min_valid_days_month, hj75_min_valid_days_february)."""
    return DayRule(
        parameters.value("min_valid_hours_day"),
        parameters.value("hj75_min_valid_days_month"),
        parameters.value("hj75_min_valid_days_february"),
    )


def valid_days(valid: ArrayLike, start_ms: ArrayLike, offset_ms: int, rule: DayRule) -> dict[int, bool]:
    """Which statutory days are valid, by day number: at least 20 valid hours, standstill or not.

    *Source*: HJ 212-2017 App. D.2 eq. 25 (m ≥ 20) [V]. ``valid`` and ``start_ms`` have shape (n_hours,).
    """
    good = booleans("valid", valid)
    rates = captures(good, np.ones_like(good), period_of(start_ms, offset_ms, "day"))
    return {day: rate.valid >= rule.hours_day for day, rate in rates.items()}


def valid_months(valid: ArrayLike, start_ms: ArrayLike, offset_ms: int, rule: DayRule) -> dict[int, bool]:
    """Which statutory months are valid, by month number (0 is January 1970): at least 25 valid days, February 23.

    *Source*: HJ 76-2017 App. B [V2]. A day of which not all hours are given has only the hours that are given.
    """
    days = valid_days(valid, start_ms, offset_ms, rule)
    number = np.fromiter(days, dtype=np.int64).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    good = np.fromiter(days.values(), dtype=np.bool_)
    return {m: int(good[number == m].sum()) >= days_needed(m, rule) for m in np.unique(number).tolist()}


def days_needed(month: int, rule: DayRule) -> float:
    """Valid days that a month needs, by its number (0 is January 1970)."""
    return rule.days_february if month % 12 == _FEBRUARY else rule.days_month


def booleans(name: str, values: ArrayLike) -> Bools:
    """A boolean array of shape (n,); raises :class:`RuleError` for anything else, since NaN would count as true."""
    array = np.asarray(values)
    if array.size == 0:
        return np.empty(0, dtype=np.bool_)
    if array.ndim != 1 or array.dtype != np.bool_:
        raise RuleError(f"{name} must be boolean, one for each hour (found shape {array.shape}, {array.dtype})")
    return array
