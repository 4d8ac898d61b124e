"""Regulatory time: half-open hours, months of the plant's standard time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.clock import CST, HOUR_MS, from_ms, hour_start, month_span, to_ms, zone_of
from cems.scan import EARLIEST_MS, LATEST_MS

milliseconds = st.integers(EARLIEST_MS, LATEST_MS - 1)
offsets = st.sampled_from([-9.5, -5.0, 0.0, 5.5, 5.75, 8.0, 14.0])
months = st.tuples(st.integers(2000, 2099), st.integers(1, 12))


@given(milliseconds)
def test_milliseconds_come_back(instant_ms: int) -> None:
    assert to_ms(from_ms(instant_ms)) == instant_ms


@given(milliseconds, offsets)
def test_every_instant_lies_in_its_half_open_hour(instant_ms: int, offset: float) -> None:
    zone = zone_of(offset)
    start = hour_start(from_ms(instant_ms), zone)
    assert start <= from_ms(instant_ms) < start + timedelta(hours=1)
    assert start.astimezone(zone).strftime("%M:%S.%f") == "00:00.000000"


@given(milliseconds)
def test_china_hours_are_utc_hours(instant_ms: int) -> None:
    assert to_ms(hour_start(from_ms(instant_ms))) == instant_ms // HOUR_MS * HOUR_MS


@given(months, offsets)
def test_months_join_without_gap(month: tuple[int, int], offset: float) -> None:
    year, number = month
    zone = zone_of(offset)
    start, end = month_span(f"{year}-{number:02}", zone)
    following = f"{year + number // 12}-{number % 12 + 1:02}"
    assert month_span(following, zone)[0] == end
    assert start.astimezone(zone) == datetime(year, number, 1, tzinfo=zone)
    assert end - start in {timedelta(days=d) for d in (28, 29, 30, 31)}


@pytest.mark.parametrize(("month", "hours"), [("2024-02", 29 * 24), ("2026-02", 28 * 24), ("2026-12", 31 * 24)])
def test_hours_of_a_month(month: str, hours: int) -> None:
    start, end = month_span(month)
    assert (end - start) / timedelta(hours=1) == hours


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "26-01", "2026-01-01", "January", ""])
def test_a_month_that_is_none_is_refused(month: str) -> None:
    with pytest.raises(ValueError, match=r"does not match|unconverted"):
        month_span(month)


def test_a_month_in_china_begins_the_day_before_in_utc() -> None:
    assert month_span("2026-03")[0] == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert zone_of(8) is CST
    assert zone_of(5.5) == timezone(timedelta(hours=5, minutes=30))
