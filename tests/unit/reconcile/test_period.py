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


@pytest.mark.parametrize(
    "period", ["", "2026", "2026-13", "March", "2026-03..2026-02", "2026-03..", "1990-01..2026-01"]
)
def test_what_is_no_period(period: str) -> None:
    with pytest.raises(RuleError, match="is no period"):
        span_of(period, 8)
