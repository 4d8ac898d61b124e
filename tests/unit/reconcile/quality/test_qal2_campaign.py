"""QAL2 campaigns at the edge of each requirement, and the weeks outside the valid range."""

from __future__ import annotations

import math

import pytest

from cems.clock import HOUR_MS, MINUTE_MS
from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.quality.qal2_campaign import (
    campaign_faults,
    campaign_rule_of,
    outside_by_week,
    range_rule_of,
    range_use,
)

RULE = campaign_rule_of(load_parameters())
RANGE = range_rule_of(load_parameters())
DAY_MS = 24 * HOUR_MS
MIDNIGHT = 1_772_294_400_000  # 2026-03-01 00:00 at UTC+8, a Sunday


def campaign(days: int = 3, per_day: int = 5, spacing_min: int = 60, length_min: float = 30.0) -> list[list[int]]:
    """Starts and ends of measurements from 08:00 on each day."""
    starts = [
        MIDNIGHT + day * DAY_MS + 8 * HOUR_MS + i * spacing_min * MINUTE_MS
        for day in range(days)
        for i in range(per_day)
    ]
    return [starts, [start + int(length_min * MINUTE_MS) for start in starts]]


def test_exactly_enough() -> None:
    assert campaign_faults(*campaign(), 450.0, 8, RULE) == ()  # 4 · 450 s = 30 min


@pytest.mark.parametrize(
    ("change", "response_s", "words"),
    [
        ({"per_day": 4}, 60.0, "12 measurements, at least 15"),
        ({"days": 2, "per_day": 8}, 60.0, "on 2 days, at least 3"),
        ({"length_min": 29.99}, 60.0, "15 measurements are shorter than 30 min"),
        ({}, 451.0, "shorter than 30.0667 min"),
        ({"spacing_min": 59}, 60.0, "12 measurements start less than 60 min"),
    ],
)
def test_each_requirement(change: dict[str, int], response_s: float, words: str) -> None:
    faults = campaign_faults(*campaign(**change), response_s, 8, RULE)
    assert len(faults) == 1
    assert words in faults[0]


def test_four_weeks_run_from_the_first_start_to_the_last_end() -> None:
    starts, ends = campaign()
    ends.append(starts[0] + 28 * DAY_MS)
    starts.append(ends[-1] - 30 * MINUTE_MS)
    assert campaign_faults(starts, ends, 60.0, 8, RULE) == ()
    ends[-1] += 1
    assert campaign_faults(starts, ends, 60.0, 8, RULE) == ("the measurements span more than 28 days",)


def test_days_are_those_of_the_plant() -> None:
    starts = [MIDNIGHT + (3 + i) * HOUR_MS for i in range(15)]  # 03:00 to 17:00 at UTC+8, 19:00 to 09:00 in UTC
    ends = [start + 30 * MINUTE_MS for start in starts]
    assert campaign_faults(starts, ends, 60.0, 8, RULE) == ("measurements on 1 days, at least 3 are needed",)
    assert campaign_faults(starts, ends, 60.0, 0, RULE) == ("measurements on 2 days, at least 3 are needed",)


def test_the_order_of_the_measurements_does_not_matter() -> None:
    starts, ends = campaign()
    assert campaign_faults(starts[::-1], ends[::-1], 60.0, 8, RULE) == ()


def test_no_measurement_lacks_number_and_days() -> None:
    assert len(campaign_faults([], [], 60.0, 8, RULE)) == 2


def test_what_is_no_campaign() -> None:
    for starts, ends in (([0], [0]), ([0, 1], [5])):
        with pytest.raises(RuleError, match="a start and, after it, an end"):
            campaign_faults(starts, ends, 60.0, 8, RULE)
    with pytest.raises(RuleError, match="response time"):
        campaign_faults([0], [1], math.nan, 8, RULE)


@pytest.mark.parametrize(
    ("outside", "total", "due"),
    [
        ([5] * 10, [100] * 10, False),  # exactly 5 % is not more
        ([6] * 5, [100] * 5, False),  # five weeks are not more than five
        ([6] * 6, [100] * 6, True),
        ([6, 0, 6, 0, 6, 0, 6, 0, 6, 0, 6], [100] * 11, True),  # not in a row
        ([40], [100], False),
        ([41], [100], True),
        ([67], [168], False),  # 39.9 %
        ([68], [168], True),  # 40.5 %
        ([0], [0], False),
        ([], [], False),
    ],
)
def test_weeks_outside_the_range(outside: list[int], total: list[int], due: bool) -> None:
    assert range_use(outside, total, RANGE).new_qal2 is due


def test_weeks_run_from_monday_to_sunday_at_the_plant() -> None:
    sunday_2300 = MIDNIGHT + 23 * HOUR_MS
    at = [sunday_2300, sunday_2300 + HOUR_MS, sunday_2300 + 7 * DAY_MS, sunday_2300 + 7 * DAY_MS + HOUR_MS]
    outside, total = outside_by_week(at, [12.0, 12.0, 1.0, math.nan], 11.0, 8)
    assert (outside.tolist(), total.tolist()) == ([1, 1], [1, 2])
    assert outside_by_week(at, [12.0, 12.0, 1.0, 1.0], 11.0, 9)[1].tolist() == [2, 2]


def test_the_ends_of_the_range_are_inside() -> None:
    outside, total = outside_by_week([0, 1, 2, 3], [0.0, 2.09, 2.0901, -0.1], 1.1 * 1.9, 0)
    assert (outside.tolist(), total.tolist()) == ([2], [4])


def test_weeks_that_make_no_sense() -> None:
    for outside, total in (([2], [1]), ([-1], [1]), ([1], [1, 1])):
        with pytest.raises(RuleError):
            range_use(outside, total, RANGE)
    with pytest.raises(RuleError):
        outside_by_week([0], [1.0, 2.0], 11.0, 0)
    with pytest.raises(RuleError):
        outside_by_week([0], [1.0], 0.0, 0)
