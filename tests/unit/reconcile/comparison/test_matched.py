from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from reconcile.comparison.matched import fuel_co2, match
from reconcile.series import Series
from tests.unit.reconcile.build import minutes


def series(at: list[int], value: list[float]) -> Series:
    return Series(np.array(at, dtype=np.int64) * 60_000, np.array(value))


def test_only_minutes_that_both_sides_read() -> None:
    matched = match(series([0, 1, 2, 4], [1e3, 2e3, 3e3, 4e3]), [series([1, 2, 3, 4], [2.5, 2.5, 2.5, 2.5])], None)
    assert matched.instant_ms.tolist() == [60_000, 120_000, 240_000]
    assert matched.stack_t_per_h.tolist() == [2.0, 3.0, 4.0]
    assert matched.stack_t / matched.fuel_t == pytest.approx(9 / 7.5)
    assert np.isnan(matched.load_mw).all()


def test_every_unit_must_have_been_read() -> None:
    matched = match(series([0, 1], [1e3, 1e3]), [series([0, 1], [0.4, 0.4]), series([1], [0.6])], series([1], [300.0]))
    assert matched.fuel_t_per_h.tolist() == [1.0]
    assert matched.load_mw.tolist() == [300.0]


def test_invalid_readings_of_the_stack_do_not_match() -> None:
    assert len(match(series([0, 1], [float("nan"), 1e3]), [series([0, 1], [1.0, 1.0])], None)) == 1
    assert len(match(series([0, 1], [1e3, 1e3]), [], None)) == 0


def test_seconds_apart_is_the_same_minute() -> None:
    stack = Series(np.array([60_000, 61_000]), np.array([1e3, 3e3]))
    feed = Series(np.array([119_000]), np.array([1.0]))
    assert match(stack, [feed], None).stack_t_per_h.tolist() == [2.0]


def test_a_reading_stands_for_the_usual_step_and_the_step_leaves_the_ratio_alone() -> None:
    at = minutes(7, step=600_000)
    stack, feed = Series(at, np.full(7, 6e3)), Series(at, np.full(7, 5.0))
    matched = match(stack, [feed], None)
    assert matched.stack_t == pytest.approx(7.0)
    assert matched.stack_t / matched.fuel_t == pytest.approx(1.2)
    assert match(stack, [feed], None, interval_h=1.0).stack_t == pytest.approx(42.0)


def test_the_carbon_of_the_statutory_day_is_taken() -> None:
    day = 24 * 60
    feed = series([16 * 60 - 1, 16 * 60, 16 * 60 + day], [100.0, 100.0, 100.0])
    rate = fuel_co2(feed, {date(1970, 1, 1): 2.0, date(1970, 1, 2): 3.0}, 8 * 3_600_000)
    assert rate.value.tolist() == [200.0, 300.0]
    assert fuel_co2(Series(minutes(0), np.empty(0)), {}, 0).value.size == 0
