"""Capture rates at their limits, valid days and months (China sheet A.5, A.6, H.4), and the calendar around them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from cems.clock import CST, to_ms
from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.rulebooks.capture import (
    Band,
    CaptureLimits,
    DayRule,
    capture_rate,
    captures,
    day_rule_of,
    days_needed,
    hours_of,
    limits_of,
    period_of,
    valid_days,
    valid_months,
)

LIMITS = limits_of(load_parameters())
RULE = day_rule_of(load_parameters())
CHINA_MS = 8 * 3_600_000
HOUR = 3_600_000


def hours_from(year: int, month: int, days: int) -> np.ndarray:
    start = to_ms(datetime(year, month, 1, tzinfo=CST))
    return start + HOUR * np.arange(24 * days, dtype=np.int64)


def month_number(year: int, month: int) -> int:
    return 12 * (year - 1970) + month - 1


def test_the_shipped_figures() -> None:
    assert CaptureLimits(90, 75) == LIMITS
    assert DayRule(20, 25, 23) == RULE


@pytest.mark.parametrize(
    ("operating", "invalid", "band"),
    [
        (2000, 200, Band.FULL),  # exactly 90
        (2000, 201, Band.REDUCED),
        (2000, 500, Band.REDUCED),  # exactly 75
        (2000, 501, Band.REFUSED),
        (2183, 218, Band.FULL),  # 90.01
        (2183, 219, Band.REDUCED),  # 89.97
        (2160, 216, Band.FULL),
        (2160, 541, Band.REFUSED),  # 74.95
        (10**15, 10**14, Band.FULL),
        (10**15, 10**14 + 1, Band.REDUCED),  # 89.9999999999999
        (10**17, 25 * 10**15 + 1, Band.REFUSED),  # the same double as 75
        (1, 0, Band.FULL),
        (1, 1, Band.REFUSED),
        (0, 0, Band.STANDSTILL),
    ],
)
def test_bands_are_exact_at_their_limits(operating: int, invalid: int, band: Band) -> None:
    assert capture_rate(operating + 24, 24, invalid).band(LIMITS) is band


def test_a_limit_with_decimals_is_taken_as_it_is_written() -> None:
    limits = CaptureLimits(90.1, 75.3)
    assert capture_rate(1000, 0, 99).band(limits) is Band.FULL
    assert capture_rate(1000, 0, 100).band(limits) is Band.REDUCED
    assert capture_rate(1000, 0, 247).band(limits) is Band.REDUCED
    assert capture_rate(1000, 0, 248).band(limits) is Band.REFUSED


def test_the_rate_leaves_stopped_hours_out_of_both_sides() -> None:
    rate = capture_rate(2160, 160, 160)  # (2160 - 160 - 160) / (2160 - 160) = 1840 / 2000
    assert (rate.operating, rate.valid, rate.rate_pct) == (2000, 1840, 92.0)
    assert capture_rate(24, 24, 0).rate_pct is None
    assert not capture_rate(24, 24, 0).reaches(75)


@pytest.mark.parametrize("counts", [(10, 11, 0), (10, 5, 6), (-1, 0, 0), (10, -1, 0), (10, 0, -1)])
def test_counts_that_contradict_one_another_are_named(counts: tuple[int, int, int]) -> None:
    with pytest.raises(RuleError, match=r"^stopped and invalid hours"):
        capture_rate(*counts)


@pytest.mark.parametrize("limits", [(75, 90), (101, 75), (90, 0), (float("nan"), 75), (90, float("nan"))])
def test_limits_in_the_wrong_order_are_named(limits: tuple[float, float]) -> None:
    with pytest.raises(RuleError, match=r"^capture limits"):
        CaptureLimits(*limits)


def test_the_strictest_figures_are_possible() -> None:
    assert capture_rate(10, 0, 0).band(CaptureLimits(100, 100)) is Band.FULL
    assert capture_rate(10, 0, 1).band(CaptureLimits(100, 100)) is Band.REFUSED
    strict = DayRule(24, 30, 28)
    start = hours_from(2026, 2, 28)
    assert valid_months(np.ones(start.size, dtype=bool), start, CHINA_MS, strict) == {month_number(2026, 2): True}
    assert valid_months(np.arange(start.size) > 0, start, CHINA_MS, strict) == {month_number(2026, 2): False}


def test_captures_count_by_period_and_a_valid_hour_only_while_the_source_runs() -> None:
    period = np.array([7, 7, 7, 7, 9, 9])
    valid = np.array([True, True, False, True, False, True])
    operating = np.array([True, True, True, False, False, True])
    found = captures(valid, operating, period)
    assert list(found) == [7, 9]
    assert (found[7].hours, found[7].stopped, found[7].invalid, found[7].valid) == (4, 1, 1, 2)
    assert (found[9].hours, found[9].stopped, found[9].invalid, found[9].valid) == (2, 1, 0, 1)
    none = np.empty(0, dtype=bool)
    assert captures(none, none, np.empty(0, dtype=int)) == {}


def test_captures_name_wrong_arrays() -> None:
    yes = np.ones(3, dtype=bool)
    for valid, operating, period in [
        (yes, yes, np.zeros(2, dtype=int)),
        (yes, yes[:2], np.zeros(3, dtype=int)),
        (np.array([1.0, np.nan, 1.0]), yes, np.zeros(3, dtype=int)),
        (yes, yes, np.zeros(3)),
        (np.array([np.nan]), yes[:1], np.zeros(1, dtype=int)),
    ]:
        with pytest.raises(RuleError, match=r"^(valid|operating|valid, operating and period) must"):
            captures(valid, operating, period)


def test_periods_run_in_the_standard_time_of_the_plant() -> None:
    last = to_ms(datetime(2025, 12, 31, 23, tzinfo=CST))
    at = [last, last + HOUR]
    assert period_of(at, CHINA_MS, "year").tolist() == [55, 56]
    assert period_of(at, CHINA_MS, "quarter").tolist() == [4 * 56 - 1, 4 * 56]
    assert period_of(at, CHINA_MS, "month").tolist() == [12 * 56 - 1, 12 * 56]
    assert np.diff(period_of(at, CHINA_MS, "day")).tolist() == [1]
    assert period_of(at, 0, "year").tolist() == [55, 55], "in UTC the year has not ended yet"


def test_every_quarter_of_a_century_holds_its_calendar_hours() -> None:
    for number in range(4 * 50, 4 * 80):
        year, quarter = 1970 + number // 4, number % 4
        first = datetime(year, 3 * quarter + 1, 1, tzinfo=UTC)
        following = datetime(year + quarter // 3, 3 * ((quarter + 1) % 4) + 1, 1, tzinfo=UTC)
        assert hours_of("quarter", number) == (following - first) // timedelta(hours=1)
    assert hours_of("year", 2024 - 1970) == 8784
    assert hours_of("year", 2026 - 1970) == 8760
    assert hours_of("month", month_number(2024, 2)) == 696
    assert hours_of("day", 20_000) == 24


def test_an_hour_that_repeats_is_named() -> None:
    for at in ([0, 0], [HOUR, 0]):
        with pytest.raises(RuleError, match="repeats"):
            period_of(at, 0, "day")


@pytest.mark.parametrize(("count", "valid"), [(19, False), (20, True), (24, True)])
def test_a_day_needs_twenty_valid_hours(count: int, valid: bool) -> None:
    (found,) = valid_days(np.arange(24) < count, hours_from(2026, 3, 1), CHINA_MS, RULE).items()
    assert found == ((datetime(2026, 3, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days, valid)


@pytest.mark.parametrize(
    ("year", "month", "length", "days", "valid"),
    [
        (2026, 3, 31, 24, False),
        (2026, 3, 31, 25, True),
        (2026, 4, 30, 24, False),
        (2026, 4, 30, 25, True),
        (2026, 2, 28, 22, False),
        (2026, 2, 28, 23, True),
        (2024, 2, 29, 22, False),
        (2024, 2, 29, 23, True),
    ],
)
def test_a_month_needs_its_valid_days(year: int, month: int, length: int, days: int, valid: bool) -> None:
    start = hours_from(year, month, length)
    hour, day = np.arange(start.size) % 24, np.arange(start.size) // 24
    good = (hour < 20) & (day < days) | (hour < 19)
    assert valid_months(good, start, CHINA_MS, RULE) == {month_number(year, month): valid}


def test_months_are_told_apart() -> None:
    start = hours_from(2026, 1, 31 + 28)
    found = valid_months(np.ones(start.size, dtype=bool), start, CHINA_MS, RULE)
    assert found == {month_number(2026, 1): True, month_number(2026, 2): True}
    assert [days_needed(month_number(2026, m), RULE) for m in (1, 2, 3, 12)] == [25, 23, 25, 25]
    assert valid_months(np.empty(0, dtype=bool), np.empty(0, dtype=np.int64), CHINA_MS, RULE) == {}


@pytest.mark.parametrize("figures", [(0, 25, 23), (25, 25, 23), (20, 31, 23), (20, 25, 29), (20, 0, 23), (20, 25, 0)])
def test_impossible_day_rules_are_named(figures: tuple[float, float, float]) -> None:
    with pytest.raises(RuleError, match=r"^a valid day .* February"):
        DayRule(*figures)


def test_limits_below_one_are_limits() -> None:
    assert CaptureLimits(full_pct=0.5, min_pct=0.5).min_pct == 0.5
    assert DayRule(0.5, 0.5, 0.5).hours_day == 0.5
    for bad in (
        (0.0, 1.0, 1.0),
        (1.0, 0.0, 1.0),
        (1.0, 1.0, 0.0),
        (25.0, 1.0, 1.0),
        (1.0, 31.0, 1.0),
        (1.0, 1.0, 29.0),
    ):
        with pytest.raises(RuleError):
            DayRule(*bad)


def test_an_hour_that_goes_back_is_refused_wherever_it_stands() -> None:
    with pytest.raises(RuleError, match="in order"):
        period_of([0, 2 * HOUR, HOUR], CHINA_MS, "day")
    with pytest.raises(RuleError, match="in order"):
        period_of([0, HOUR, HOUR], CHINA_MS, "day")


def test_days_before_1970_are_counted_downwards() -> None:
    """The hour before midnight of 1970-01-01 in China is day -1 and month -1, quarter -1, year -1."""
    before = [-CHINA_MS - HOUR]
    for kind in ("day", "month", "quarter", "year"):
        assert period_of(before, CHINA_MS, kind).tolist() == [-1]


def test_what_is_no_truth_value_is_named() -> None:
    with pytest.raises(RuleError, match=r"^valid must"):
        valid_days([0.5, 1.0], [0, HOUR], CHINA_MS, RULE)


def test_which_truth_value_is_none_is_named() -> None:
    with pytest.raises(RuleError, match=r"^valid must"):
        captures([0.5], [True], [0])
    with pytest.raises(RuleError, match=r"^operating must"):
        captures([True], [0.5], [0])


def test_a_period_of_negative_hours_is_none() -> None:
    with pytest.raises(RuleError):
        capture_rate(-1, -1, -1)
