from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from cems.clock import to_ms
from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.rulebooks.eu_notifications import max_days_of, notifications, outages_of

DAY = 86_400_000
HOUR = 3_600_000
MARCH = to_ms(datetime(2026, 3, 1, tzinfo=UTC))
CHINA = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("length", "told"), [(5 * DAY, False), (5 * DAY + 1, True), (5 * DAY - 1, False), (6 * DAY, True)]
)
def test_more_than_five_days(length: int, told: bool) -> None:
    found = notifications([(MARCH, MARCH + length)], 0, max_days_of(load_parameters()))
    assert bool(found) is told


def test_120_hours_are_five_days_and_121_are_more() -> None:
    for hours, told in ((120, 0), (121, 1)):
        out = np.zeros(200, dtype=bool)
        out[10 : 10 + hours] = True
        assert len(notifications(outages_of(MARCH, out), 0, 5)) == told


def test_which_gaps() -> None:
    spans = [(MARCH + 20 * DAY, MARCH + 27 * DAY), (MARCH, MARCH + 6 * DAY), (MARCH + 10 * DAY, MARCH + 12 * DAY)]
    found = notifications(spans, 0, 5)
    assert [(n.year, n.start_ms, n.end_ms, n.days, n.crosses_year) for n in found] == [
        (2026, MARCH, MARCH + 6 * DAY, 6.0, False),
        (2026, MARCH + 20 * DAY, MARCH + 27 * DAY, 7.0, False),
    ]


def test_an_hour_of_operation_breaks_an_outage() -> None:
    spans = [(MARCH, MARCH + 4 * DAY), (MARCH + 4 * DAY + HOUR, MARCH + 8 * DAY)]
    assert notifications(spans, 0, 5) == ()


def test_spans_that_touch_or_overlap_are_one() -> None:
    touch = [(MARCH + 3 * DAY, MARCH + 6 * DAY), (MARCH, MARCH + 3 * DAY)]
    overlap = [(MARCH, MARCH + 4 * DAY), (MARCH + 1 * DAY, MARCH + 2 * DAY), (MARCH + 2 * DAY, MARCH + 6 * DAY)]
    for spans in (touch, overlap):
        assert [n.days for n in notifications(spans, 0, 5)] == [6.0]


def test_the_year_ends_by_the_clock_of_the_plant() -> None:
    """Six days from 27 December 00:00 in China: five in 2026, one in 2027. By UTC they begin and end 8 h earlier.

    For a plant at UTC, 8 h of it more lie in 2026: 5 d 8 h, which is more than five.
    """
    start = to_ms(datetime(2026, 12, 27, tzinfo=CHINA))
    span = [(start, start + 6 * DAY)]
    assert notifications(span, 8, 5) == ()
    (told,) = notifications(span, 0, 5)
    assert (told.year, told.crosses_year) == (2026, True)
    assert told.days == pytest.approx(5 + 8 / 24)
    assert told.end_ms == to_ms(datetime(2027, 1, 1, tzinfo=UTC))


def test_an_outage_over_new_year_is_told_in_each_year() -> None:
    start = to_ms(datetime(2026, 12, 20, tzinfo=CHINA))
    found = notifications([(start, start + 380 * DAY)], 8, 5)
    assert [(n.year, n.days) for n in found] == [(2026, 12.0), (2027, 365.0)]
    assert all(n.crosses_year for n in found)


def test_an_outage_that_ends_at_new_year_does_not_cross_it() -> None:
    end = to_ms(datetime(2027, 1, 1, tzinfo=CHINA))
    (told,) = notifications([(end - 6 * DAY, end)], 8, 5)
    assert (told.year, told.days, told.crosses_year) == (2026, 6.0, False)


def test_a_leap_year_is_a_day_longer() -> None:
    start = to_ms(datetime(2028, 1, 1, tzinfo=UTC))
    (told,) = notifications([(start, start + 366 * DAY)], 0, 5)
    assert (told.year, told.days, told.crosses_year) == (2028, 366.0, False)


def test_nothing_out_is_nothing_told() -> None:
    assert notifications([], 8, 5) == ()
    assert outages_of(0, np.zeros(0, dtype=bool)) == ()


def test_a_limit_of_no_days_tells_every_outage() -> None:
    assert len(notifications([(MARCH, MARCH + 1)], 8, 0)) == 1


def test_what_cannot_be_is_an_error() -> None:
    for span in ((5, 5), (6, 5)):
        with pytest.raises(RuleError, match="end after"):
            notifications([span], 0, 5)
    for offset, days in ((24.0, 5), (-24.0, 5), (float("nan"), 5), (0, -1), (0, float("nan"))):
        with pytest.raises(RuleError, match=r"^an offset"):
            notifications([(0, 1)], offset, days)
    for wrong in (np.zeros(3), np.zeros((2, 2), dtype=bool)):
        with pytest.raises(RuleError, match=r"^out_of_operation must"):
            outages_of(0, wrong)
