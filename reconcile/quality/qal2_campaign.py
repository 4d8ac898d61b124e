"""EN 14181 QAL2: whether the parallel measurements are enough to be judged, and when its range asks for a new one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.clock import DAY_MS, HOUR_MS, MINUTE_MS
from cems.errors import RuleError
from reconcile.comparison.samples import positive
from reconcile.parameters import Parameters

Ints = NDArray[np.int64]
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class CampaignRule:
    """Figures of a QAL2 campaign."""

    min_pairs: int
    """Fewest parallel measurements (15)."""
    min_days: int
    """Fewest distinct days on which one starts (3)."""
    min_duration_min: float
    """Shortest measurement [min] (30)."""
    response_times: float
    """A measurement lasts at least so many response times (4)."""
    min_spacing_min: float
    """Shortest time from start to start [min] (60)."""
    max_span_days: float
    """Longest time from the first start to the last end [d] (28)."""


def campaign_rule_of(parameters: Parameters) -> CampaignRule:
    """The figures of a QAL2 campaign from a parameter table (keys en14181_qal2_…)."""
    return CampaignRule(
        min_pairs=int(parameters.value("en14181_qal2_min_pairs")),
        min_days=int(parameters.value("en14181_qal2_min_days")),
        min_duration_min=parameters.value("en14181_qal2_min_duration"),
        response_times=parameters.value("en14181_qal2_response_times"),
        min_spacing_min=parameters.value("en14181_qal2_min_spacing"),
        max_span_days=parameters.value("en14181_qal2_max_span"),
    )


def campaign_faults(
    start_ms: ArrayLike, end_ms: ArrayLike, response_time_s: float, utc_offset_hours: float, rule: CampaignRule
) -> tuple[str, ...]:
    """What is missing for a valid QAL2, a sentence for each requirement not met; empty when all are.

    ``start_ms`` and ``end_ms`` (UTC, ms since 1970, shape (n,)) bound the measurements, in any order; days are those
    of the plant's standard time. Exactly 30 minutes, 60 minutes from start to start and 28 days are enough. Raises
    :class:`RuleError` for unequal numbers, an end not after its start and a response time that is negative or NaN.
    *Source*: EN 14181 QAL2 [V pairs and days, M the rest].

    >>> rule = CampaignRule(15, 3, 30.0, 4.0, 60.0, 28.0)
    >>> campaign_faults([0], [1_740_000], 60.0, 8, rule)[0]
    '1 measurements, at least 15 are needed'
    """
    start, end = np.asarray(start_ms, dtype=np.int64), np.asarray(end_ms, dtype=np.int64)
    if start.ndim != 1 or start.shape != end.shape or np.any(end <= start):
        raise RuleError("each measurement needs a start and, after it, an end")
    if not (math.isfinite(response_time_s) and response_time_s >= 0):
        raise RuleError(f"a response time must not be negative (found {response_time_s!r} s)")
    order = np.argsort(start, kind="stable")
    start, end = start[order], end[order]
    faults = []
    if start.size < rule.min_pairs:
        faults.append(f"{start.size} measurements, at least {rule.min_pairs} are needed")
    days = np.unique((start + int(utc_offset_hours * HOUR_MS)) // DAY_MS).size
    if days < rule.min_days:
        faults.append(f"measurements on {days} days, at least {rule.min_days} are needed")
    needed_ms = max(rule.min_duration_min * MINUTE_MS, rule.response_times * response_time_s * 1000)
    short = int(np.count_nonzero(end - start < needed_ms - 0.5))
    if short:
        faults.append(f"{short} measurements are shorter than {needed_ms / MINUTE_MS:g} min")
    close = int(np.count_nonzero(np.diff(start) < rule.min_spacing_min * MINUTE_MS))
    if close:
        faults.append(f"{close} measurements start less than {rule.min_spacing_min:g} min after the one before")
    if start.size and int(end.max() - start.min()) > rule.max_span_days * DAY_MS:
        faults.append(f"the measurements span more than {rule.max_span_days:g} days")
    return tuple(faults)


@dataclass(frozen=True, slots=True)
class RangeRule:
    """When values outside the valid calibration range ask for a new QAL2."""

    share_pct: float
    """A week with a larger share of values outside counts [%] (5)."""
    weeks: int
    """More than so many such weeks ask for a new QAL2 (5)."""
    share_once_pct: float
    """A larger share in one week asks for one at once [%] (40)."""


def range_rule_of(parameters: Parameters) -> RangeRule:
    """The figures of the range rule from a parameter table (keys en14181_range_…)."""
    return RangeRule(
        share_pct=parameters.value("en14181_range_share"),
        weeks=int(parameters.value("en14181_range_weeks")),
        share_once_pct=parameters.value("en14181_range_share_once"),
    )


@dataclass(frozen=True, slots=True)
class RangeUse:
    """How far the values of the weeks since the last test stayed in the valid calibration range."""

    weeks_over: int
    """Weeks with more than 5 % outside, consecutive or not."""
    worst_pct: float
    """Largest share outside in one week [%]; NaN without any value."""
    new_qal2: bool
    """Whether a new QAL2 is due."""


def outside_by_week(
    instant_ms: ArrayLike, value: ArrayLike, valid_max: float, utc_offset_hours: float
) -> tuple[Ints, Ints]:
    """Values outside 0 … ``valid_max`` and values in all, for each week (Monday to Sunday) that has one.

    ``instant_ms`` UTC, ms since 1970, ``value`` calibrated at standard conditions, shape (n,); NaN does not count.
    Weeks are those of the plant's standard time, in order. Raises :class:`RuleError` for unequal shapes and a range
    that is not positive.

    >>> [counts.tolist() for counts in outside_by_week([0, 1, 2], [5.0, 12.0, float("nan")], 11.0, 0)]
    [[1], [2]]
    """
    at, v = np.asarray(instant_ms, dtype=np.int64), np.asarray(value, dtype=np.float64)
    if at.ndim != 1 or at.shape != v.shape:
        raise RuleError("each value needs an instant")
    positive("the upper end of the valid range", valid_max)
    known = ~np.isnan(v)
    at, v = at[known], v[known]
    # 1 January 1970 was a Thursday: three days before it a week began.
    week = ((at + int(utc_offset_hours * HOUR_MS)) // DAY_MS + 3) // 7
    _, inverse = np.unique(week, return_inverse=True)
    # The product 1.1·max may end a hair below the decimal figure; a value exactly there is within.
    outside = (v < 0) | (v - valid_max > _ROUNDING * valid_max)
    total = np.bincount(inverse).astype(np.int64)
    return np.bincount(inverse, weights=outside, minlength=total.size).astype(np.int64), total


def range_use(outside: ArrayLike, total: ArrayLike, rule: RangeRule) -> RangeUse:
    """Whether the weeks since the last QAL2 or AST ask for a new QAL2.

    ``outside`` of ``total`` values lay outside the range, whole numbers per week, shape (n_weeks,); a week without
    values does not count. Due when more than 5 % lay outside in more than 5 weeks, or more than 40 % in one week;
    exactly 5 %, 5 weeks and 40 % are not enough. Raises :class:`RuleError` for negative numbers, more outside than in
    all, and unequal shapes. *Source*: EN 14181, resymesa.de [V].

    >>> rule = RangeRule(5.0, 5, 40.0)
    >>> range_use([6] * 5, [100] * 5, rule).new_qal2, range_use([6] * 6, [100] * 6, rule).new_qal2
    (False, True)
    """
    out, every = np.asarray(outside, dtype=np.int64), np.asarray(total, dtype=np.int64)
    if out.ndim != 1 or out.shape != every.shape or np.any(out < 0) or np.any(out > every):
        raise RuleError("values outside the range and values in all must pair, week by week")
    used = every > 0
    out, every = out[used], every[used]
    over = int(np.count_nonzero(100 * out > rule.share_pct * every))
    once = bool(np.any(100 * out > rule.share_once_pct * every))
    worst = float((100 * out / every).max()) if out.size else math.nan
    return RangeUse(weeks_over=over, worst_pct=worst, new_qal2=once or over > rule.weeks)
