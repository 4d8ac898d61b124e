from __future__ import annotations

import math
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.flags import Flag
from cems.hj212.averages import (
    MIN_VALID_HOURS,
    MIN_VALID_MINUTES,
    Figure,
    Gathered,
    day_figure,
    hour_figure,
    minute_figure,
    span_figure,
)

TABLES = Path(__file__).resolve().parents[4] / "reconcile" / "parameter_tables"


def good(value: float) -> Figure:
    return Figure(value, value - 1.0, value + 1.0, Flag.NORMAL)


def bad(flag: Flag) -> Figure:
    return Figure(None, None, None, flag)


def test_the_counts_are_those_of_the_account() -> None:
    table = tomllib.loads((TABLES / "averaging.toml").read_text("utf-8"))
    assert table["min_valid_minutes_hour"]["value"] == MIN_VALID_MINUTES == 45
    assert table["min_valid_hours_day"]["value"] == MIN_VALID_HOURS == 20


def test_a_minute_counts_normal_readings_alone() -> None:
    """Above range (T) keeps its value at the device, but enters no mean."""
    reads = Gathered()
    for value, flag in [(12.0, Flag.NORMAL), (99.0, Flag.OVER_RANGE), (13.0, Flag.NORMAL), (None, Flag.FAULT)]:
        reads.add(value, flag)
    assert minute_figure(reads) == Figure(12.5, 12.0, 13.0, Flag.NORMAL)
    assert minute_figure(reads, 2).mean == 12.5
    assert minute_figure(reads, 3).mean is None


@pytest.mark.parametrize(("samples", "mean"), [(11, None), (12, 7.0)])
def test_twelve_readings_where_twelve_are_asked_for(samples: int, mean: float | None) -> None:
    reads = Gathered()
    for _ in range(samples):
        reads.add(7.0, Flag.NORMAL)
    figure = minute_figure(reads, 12)
    assert figure.mean == mean
    assert figure.flag is (Flag.COMMUNICATION if mean is None else Flag.NORMAL), "too few came: the line is at fault"


def test_a_normal_reading_without_a_value_is_none() -> None:
    reads = Gathered()
    reads.add(None, Flag.NORMAL)
    assert minute_figure(reads) == bad(Flag.COMMUNICATION)


@pytest.mark.parametrize(
    ("letters", "flag"),
    [("CCD", Flag.CALIBRATION), ("CD", Flag.FAULT), ("DC", Flag.FAULT), ("MF", Flag.STOPPED), ("T", Flag.OVER_RANGE)],
)
def test_the_flag_is_the_one_that_most_have_then_the_worse(letters: str, flag: Flag) -> None:
    reads = Gathered()
    for letter in letters:
        reads.add(1.0, Flag(letter))
    assert minute_figure(reads).flag is flag


@pytest.mark.parametrize(("valid", "mean"), [(0, None), (44, None), (45, 10.0), (60, 10.0)])
def test_an_hour_needs_45_minutes(valid: int, mean: float | None) -> None:
    minutes: list[Figure | None] = [good(10.0)] * valid + [bad(Flag.MAINTENANCE)] * (60 - valid)
    figure = hour_figure(minutes)
    assert figure.mean == mean
    assert figure.flag is (Flag.MAINTENANCE if mean is None else Flag.NORMAL)


@pytest.mark.parametrize(("valid", "mean"), [(19, None), (20, 10.0), (24, 10.0)])
def test_a_day_needs_20_hours(valid: int, mean: float | None) -> None:
    hours: list[Figure | None] = [good(10.0)] * valid + [None] * (24 - valid)
    figure = day_figure(hours)
    assert figure.mean == mean
    assert figure.flag is (Flag.COMMUNICATION if mean is None else Flag.NORMAL)


@pytest.mark.parametrize(
    ("length", "needed"),
    [(1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (6, 5), (10, 8), (12, 9), (15, 12), (20, 15), (30, 23)],
)
def test_an_interval_needs_three_quarters_of_its_minutes(length: int, needed: int) -> None:
    assert span_figure([good(3.0)] * needed, length).mean == 3.0
    assert span_figure([good(3.0)] * (needed - 1), length).mean is None


def test_an_hour_is_the_mean_of_minutes_not_of_readings() -> None:
    """Sixty readings of 20 in one minute weigh as much as one reading of 10 in each of 44 others."""
    reads = Gathered()
    for _ in range(60):
        reads.add(20.0, Flag.NORMAL)
    figure = hour_figure([minute_figure(reads), *[good(10.0)] * 44])
    assert figure.mean == pytest.approx((20.0 + 440.0) / 45)
    assert (figure.low, figure.high) == (9.0, 20.0), "extremes are those of the readings"


@given(st.lists(st.floats(-1e6, 1e6), min_size=45, max_size=60))
def test_the_mean_lies_between_the_extremes(values: list[float]) -> None:
    figure = hour_figure([Figure(v, v, v, Flag.NORMAL) for v in values])
    assert figure.mean is not None
    assert figure.low == min(values)
    assert figure.high == max(values)
    assert math.isclose(figure.mean, math.fsum(values) / len(values))
