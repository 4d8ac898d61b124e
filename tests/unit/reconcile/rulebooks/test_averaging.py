from __future__ import annotations

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.rulebooks.averaging import Slots, hourly_mean
from tests.unit.reconcile.build import minutes

HOUR = 3_600_000


@pytest.mark.parametrize(("n", "valid"), [(44, False), (45, True), (60, True)])
def test_forty_five_minutes_make_an_hour(n: int, valid: bool) -> None:
    result = hourly_mean(minutes(n), np.full(n, 12.0), np.ones(n), 0, 1, 45)
    assert result.minutes.tolist() == [n]
    assert bool(np.isfinite(result.mean[0])) is valid
    assert result.loose[0] == 12.0


def test_seconds_of_one_minute_are_one_minute() -> None:
    at = np.arange(0, 44 * 60_000, 1000)
    assert hourly_mean(at, np.ones(at.size), np.ones(at.size), 0, 1, 45).minutes.tolist() == [44]


def test_the_minute_weighs_the_same_however_often_it_was_read() -> None:
    at = np.concatenate([minutes(45), np.full(5, 1000)])
    value = np.concatenate([[0.0], np.ones(44), np.zeros(5)])
    assert hourly_mean(at, value, np.ones(50), 0, 1, 45).mean[0] == pytest.approx(44 / 45)


def test_the_hour_is_half_open() -> None:
    at = np.array([0, HOUR - 1, HOUR])
    result = hourly_mean(at, [1.0, 3.0, 100.0], np.ones(3), 0, 2, 1)
    assert result.mean.tolist() == [2.0, 100.0]


def test_readings_outside_the_span_do_not_count() -> None:
    result = hourly_mean(np.array([-1, 2 * HOUR]), [1.0, 1.0], [True, True], 0, 2, 1)
    assert result.minutes.tolist() == [0, 0]


def test_invalid_and_absent_values_do_not_enter() -> None:
    result = hourly_mean(minutes(3), [1.0, 99.0, np.nan], [True, False, True], 0, 1, 1)
    assert (result.mean[0], result.minutes[0]) == (1.0, 1)


def test_an_hour_without_readings_has_no_mean_even_if_none_are_needed() -> None:
    assert np.isnan(hourly_mean(minutes(0), [], [], 0, 1, 0).mean[0])


def test_slots_of_a_span_that_begins_somewhere_else() -> None:
    """Readings at 10:59, 11:00, 11:00:30 and 11:02 in the hour from 11:00: minutes 0 (their mean) and 2."""
    start = 11 * 3_600_000
    instants = np.array([start - 60_000, start, start + 30_000, start + 120_000])
    slots = Slots(instants, start, 1)
    grid = slots.mean(np.array([9.0, 1.0, 3.0, 5.0]))
    assert grid[0, [0, 2]].tolist() == [2.0, 5.0]
    assert np.isnan(grid[0, 1])
    assert slots.readings().tolist() == [3]
    assert np.flatnonzero(slots.any(np.array([True, False, True, False]))).tolist() == [0]


def test_a_span_without_hours_has_no_slots() -> None:
    assert Slots(np.array([], dtype=np.int64), 0, 0).mean(np.array([])).shape == (0, 60)
    with pytest.raises(RuleError, match="negative"):
        Slots(np.array([], dtype=np.int64), 0, -1)


def test_without_readings_there_is_not_even_a_loose_mean() -> None:
    """No minute has no mean, which is not 0; counts are whole numbers."""
    result = hourly_mean([], [], [], 0, 1, 0)
    assert np.isnan(result.loose[0])
    assert (result.minutes.tolist(), result.minutes.dtype) == ([0], np.int64)
    assert Slots(np.array([0]), 0, 1).readings().dtype == np.int64


def test_one_reading_in_sixty_hours_fills_one_minute() -> None:
    grid = Slots(np.array([59 * HOUR]), 0, 60).mean(np.array([7.0]))
    assert np.flatnonzero(np.isfinite(grid)).tolist() == [59 * 60]
