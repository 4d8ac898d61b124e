from __future__ import annotations

import math

import numpy as np
import pytest

from reconcile import totals
from reconcile.hours import Hours


def some_hours(rows: list[tuple[str, float, float]]) -> Hours:
    """Hours of (status, mass in kg, load in MW)."""
    n = len(rows)
    status, mass, load = zip(*rows, strict=True)
    nan = np.full(n, np.nan)
    counts = np.zeros(n, dtype=np.int64)
    mass_kg, load_mw = np.array(mass, dtype=np.float64), np.array(load, dtype=np.float64)
    start = 3_600_000 * np.arange(n, dtype=np.int64)
    whole = np.where(np.array(status) == "stopped", 0.0, 1.0)
    means = (nan, nan, nan, nan, nan, nan)
    return Hours(start, np.array(status), whole, counts, counts, counts, *means, mass_kg, mass_kg, load_mw, nan)


NAN = float("nan")


def test_gaps_are_filled_on_the_line_of_mass_on_load() -> None:
    hours = some_hours([("valid", 110.0, 10.0), ("valid", 210.0, 20.0), ("valid", 310.0, 30.0), ("invalid", NAN, 25.0),
                        ("missing", NAN, 15.0), ("stopped", NAN, 0.0), ("missing", NAN, NAN)])  # fmt: skip
    fit = totals.fit_fill(hours)
    assert (fit.method, fit.n) == ("load_regression", 3)
    assert (fit.intercept_kg, fit.slope_kg_per_mw, fit.residual_sd_kg) == pytest.approx((10.0, 10.0, 0.0))
    result = totals.total(hours, fit)
    assert result.fills_kg[3:5].tolist() == pytest.approx([260.0, 160.0])
    assert np.isnan(result.fills_kg[[0, 1, 2, 5, 6]]).all()
    assert (result.filled_hours, result.unfilled_hours) == (2, 1)
    assert (result.measured_t, result.filled_t) == pytest.approx((0.63, 0.42))
    assert result.total_t == result.measured_t + result.filled_t


def test_a_load_constant_but_for_rounding_makes_no_slope() -> None:
    loads = [float(np.full(n, 250.1).sum() / n) for n in (47, 48, 49, 60, 50, 51)]
    assert 0 < np.ptp(loads) < 1e-12
    rows = [("valid", 200_000.0 + 100 * i, load) for i, load in enumerate(loads)]
    hours = some_hours([*rows, ("invalid", NAN, 125.0)])
    fit = totals.fit_fill(hours)
    assert (fit.slope_kg_per_mw, fit.intercept_kg) == (0.0, 200_250.0)
    assert totals.total(hours, fit).fills_kg[-1] == 200_250.0


def test_one_valid_hour_fills_nothing() -> None:
    """A month from one hour would have no uncertainty at all."""
    hours = some_hours([("valid", 100.0, 10.0), ("invalid", NAN, 20.0), ("missing", NAN, 30.0)])
    fit = totals.fit_fill(hours)
    assert fit.method == "none"
    assert (totals.total(hours, fit).total_t, totals.total(hours, fit).unfilled_hours) == (0.1, 2)


def test_two_valid_hours_fill_with_their_mean_and_its_error() -> None:
    hours = some_hours([("valid", 100.0, 10.0), ("valid", 300.0, 20.0)] + [("missing", NAN, 30.0)] * 8)
    fit = totals.fit_fill(hours)
    assert (fit.intercept_kg, fit.residual_sd_kg) == pytest.approx((200.0, math.sqrt(2) * 100))
    assert totals.total(hours, fit).line_u_kg == pytest.approx(8 * 100.0), "eight times the error of the one mean"


def test_a_fill_is_never_negative() -> None:
    hours = some_hours([("valid", 0.0, 10.0), ("valid", 100.0, 20.0), ("valid", 200.0, 30.0), ("invalid", NAN, 1.0)])
    assert totals.total(hours, totals.fit_fill(hours)).fills_kg[3] == 0.0


def test_without_any_load_the_mean_of_the_valid_hours_stands_in_where_the_stack_was_read() -> None:
    hours = some_hours([("valid", 100.0, NAN), ("valid", 300.0, NAN), ("invalid", NAN, NAN), ("missing", NAN, NAN)])
    fit = totals.fit_fill(hours)
    assert (fit.method, fit.intercept_kg) == ("mean_of_valid_hours", 200.0)
    result = totals.total(hours, fit)
    assert (result.filled_t, result.filled_hours, result.unfilled_hours) == (0.2, 1, 1)


def test_without_a_valid_hour_nothing_is_filled() -> None:
    hours = some_hours([("invalid", NAN, NAN), ("invalid", NAN, NAN)])
    result = totals.total(hours, totals.fit_fill(hours))
    assert (result.total_t, result.unfilled_hours) == (0.0, 2)


def test_capture_rate() -> None:
    """HJ 75: (H - stopped - invalid)/(H - stopped)."""
    hours = some_hours([("valid", 1.0, 1.0)] * 18 + [("stopped", NAN, 0.0)] * 4 + [("invalid", NAN, 1.0)] * 2)
    found = totals.capture(hours)
    assert (found.hours, found.stopped, found.valid, found.rate_pct) == (24, 4, 18, 90.0)
    assert totals.capture(some_hours([("stopped", NAN, 0.0)])).rate_pct is None


def test_statutory_days_begin_at_local_midnight() -> None:
    hours = some_hours([("valid", 1.0, 1.0)] * 24)
    assert totals.day_index(hours, 8 * 3_600_000).tolist() == [0] * 16 + [1] * 8
