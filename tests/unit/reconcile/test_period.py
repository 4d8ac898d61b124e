from __future__ import annotations

from datetime import date

import pytest

from cems.errors import RuleError
from reconcile.period import span_of


def test_a_month_in_the_plants_standard_time() -> None:
    span = span_of("2026-02", 8)
    assert (span.name, span.first_day, span.last_day) == ("2026-02", date(2026, 2, 1), date(2026, 2, 28))
    assert span.end_ms - span.start_ms == 28 * 86_400_000
    assert span.start_ms == 1_769_875_200_000, "2026-01-31T16:00:00Z"


def test_months_in_a_row_join() -> None:
    span = span_of("2025-11..2026-02", 0)
    assert [m for m, _, _ in span.months] == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert all(a[2] == b[1] for a, b in zip(span.months, span.months[1:], strict=False))
    assert span_of("2026-02..2026-02", 0).name == "2026-02"


def test_a_period_has_one_name_however_it_is_written() -> None:
    assert span_of("2026-1..2026-3", 8).name == "2026-01..2026-03"


@pytest.mark.parametrize("offset", [-12, -3.5, 0, 5.75, 8, 14])
@pytest.mark.parametrize(("period", "days"), [("2024-02", 29), ("2100-02", 28), ("2026-12..2027-01", 62)])
def test_months_are_whole_days_at_every_offset(period: str, days: int, offset: float) -> None:
    span = span_of(period, offset)
    assert span.end_ms - span.start_ms == days * 86_400_000
    assert (span.last_day - span.first_day).days == days - 1
    assert (span.start_ms + span.offset_ms) % 86_400_000 == 0


@pytest.mark.parametrize(
    "period", ["", "2026", "2026-13", "March", "2026-03..2026-02", "2026-03..", "1990-01..2026-01"]
)
def test_what_is_no_period(period: str) -> None:
    with pytest.raises(RuleError, match="is no period"):
        span_of(period, 8)
