"""Totals of the parts of a period: conservation, names, and what a part says of itself."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cems.clock import HOUR_MS, month_span, to_ms
from reconcile.breakdown import KINDS, PartTotal, breakdown
from reconcile.hours import Hours, Status
from reconcile.parameters import load_parameters
from reconcile.rulebooks import eu_mrr, hj75
from reconcile.rulebooks.book import Site
from reconcile.rulebooks.periods import rule_totals

OFFSET_MS = 8 * HOUR_MS
START = to_ms(month_span("2025-12")[0])
SITE = Site(OFFSET_MS, "dry", 300.0, "coal")


def hours(status: list[str], mass: list[float]) -> Hours:
    n = len(status)
    nan, zero = np.full(n, np.nan), np.zeros(n, dtype=np.int64)
    valid = np.array(status) == "valid"
    return Hours(
        start_ms=START + HOUR_MS * np.arange(n, dtype=np.int64),
        status=np.array(status),
        operating_h=np.where(np.array(status) == "stopped", 0.0, 1.0),
        n_scans=zero,
        n_valid=zero,
        n_out_of_control=zero,
        co2_pct=np.where(valid, 12.0, np.nan),
        co2_pct_dry=nan,
        o2_pct_dry=nan,
        moisture_pct=nan,
        flow_dry_std=np.where(valid, 2e6, np.nan),
        flow_wet_std=nan,
        co2_kg=np.where(valid, np.array(mass, dtype=float), np.nan),
        co2_kg_minutes=nan,
        load_mw=np.full(n, 200.0),
        fuel_t=nan,
    )


def two_months() -> tuple[Hours, dict[tuple[str, str], PartTotal]]:
    """December 2025 and January 2026: a day with 19 valid hours, one with 20, and a stopped day."""
    n = 62 * 24
    status, mass = ["valid"] * n, [1000.0 + (i % 7) for i in range(n)]
    for first, count, what in ((24, 5, "invalid"), (72, 4, "missing"), (40 * 24, 24, "stopped")):
        status[first : first + count] = [what] * count
    made, parameters = hours(status, mass), load_parameters()
    rule = rule_totals(hj75, made, SITE, START, START + n * HOUR_MS, parameters)
    parts = breakdown(hj75, made, rule, "2025-12..2026-01", OFFSET_MS, parameters)
    return made, {(p.kind, p.name): p for p in parts}


def test_parts_add_up_to_the_whole() -> None:
    _, parts = two_months()
    whole = parts["period", "2025-12..2026-01"]
    for kind in KINDS:
        mine = [p for (k, _), p in parts.items() if k == kind]
        for name in ("measured_t", "by_rule_t", "neutral_t"):
            assert math.fsum(getattr(p, name) for p in mine) == pytest.approx(getattr(whole, name), rel=1e-12)
        assert sum(p.capture.valid for p in mine) == whole.capture.valid == 62 * 24 - 5 - 4 - 24
        assert sum(p.substituted_hours for p in mine) == whole.substituted_hours == 9


def test_days_months_quarters_and_years_run_in_the_plants_standard_time() -> None:
    _, parts = two_months()
    assert [name for kind, name in parts if kind == "month"] == ["2025-12", "2026-01"]
    assert [name for kind, name in parts if kind == "quarter"] == ["2025-Q4", "2026-Q1"]
    assert [name for kind, name in parts if kind == "year"] == ["2025", "2026"]
    assert parts["month", "2025-12"].whole
    assert not parts["quarter", "2025-Q4"].whole


def test_a_day_is_valid_with_twenty_hours_and_a_month_with_twenty_five_days() -> None:
    _, parts = two_months()
    assert parts["day", "2025-12-02"].valid is False  # 19 valid hours
    assert parts["day", "2025-12-04"].valid is True  # exactly 20
    assert parts["month", "2025-12"].valid is True
    assert parts["quarter", "2025-Q4"].valid is None


def test_a_stopped_day_has_no_rate_and_no_mass() -> None:
    _, parts = two_months()
    stopped = parts["day", "2026-01-10"]
    assert (stopped.capture.rate_pct, stopped.measured_t, stopped.unfilled_hours) == (None, 0.0, 0)
    assert stopped.band is not None
    assert stopped.band.value == "standstill"


def test_a_refused_hour_leaves_its_parts_without_a_number_and_no_other() -> None:
    n = 2 * 24
    status = ["missing"] * 3 + ["valid"] * (n - 3)  # nothing valid before the first three
    made, parameters = hours(status, [1000.0] * n), load_parameters()
    rule = rule_totals(hj75, made, SITE, START, START + n * HOUR_MS, parameters)
    parts = {p.name: p for p in breakdown(hj75, made, rule, "x", OFFSET_MS, parameters, ("day", "period"))}
    assert parts["2025-12-01"].by_rule_t is None
    assert parts["2025-12-01"].refused_hours == 3
    assert parts["2025-12-02"].by_rule_t == 24.0
    assert parts["x"].by_rule_t is None


def test_another_rule_book_has_no_bands_and_no_valid_days() -> None:
    made, parameters = hours(["valid"] * 48, [1000.0] * 48), load_parameters()
    rule = rule_totals(eu_mrr, made, SITE, START, START + 48 * HOUR_MS, parameters)
    parts = breakdown(eu_mrr, made, rule, "x", OFFSET_MS, parameters, ("day",))
    assert [(p.band, p.valid) for p in parts] == [(None, None)] * 2
    assert made.is_(Status.VALID).all()
