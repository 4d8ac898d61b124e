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
    assert totals.day_index(hours, -3_600_000)[:2].tolist() == [-1, 0], "the hour before 1970 is of the day before"


@pytest.mark.parametrize("loads", [(0.0, 0.0, 0.0), (250.0, 250.0001, 250.0002), (1e6, 1e6, 1e6 + 1)])
def test_loads_less_than_a_millionth_apart_are_one_load(loads: tuple[float, float, float]) -> None:
    """Masses 10, 20, 60: mean 30, s² = (400 + 100 + 900)/2."""
    rows = [("valid", mass, load) for mass, load in zip((10.0, 20.0, 60.0), loads, strict=True)]
    fit = totals.fit_fill(some_hours(rows))
    assert (fit.intercept_kg, fit.slope_kg_per_mw, fit.residual_sd_kg) == (30.0, 0.0, pytest.approx(math.sqrt(700)))


def test_the_spread_about_the_line_by_hand() -> None:
    """10·load + (1, -1, -1, 1): the line is 10·load, s² = 4/(4 - 2)."""
    fit = totals.fit_fill(some_hours([("valid", 11.0, 1.0), ("valid", 19.0, 2.0), ("valid", 29.0, 3.0),
                                      ("valid", 41.0, 4.0)]))  # fmt: skip
    assert (fit.intercept_kg, fit.slope_kg_per_mw) == pytest.approx((0.0, 10.0), abs=1e-12)
    assert fit.residual_sd_kg == pytest.approx(math.sqrt(2))


def test_an_hour_without_operation_has_no_rate() -> None:
    hours = some_hours([("valid", 10.0, 1.0), ("valid", 20.0, 2.0), ("valid", 30.0, 3.0), ("valid", 0.0, 0.0)])
    hours.operating_h[3] = 0.0
    fit = totals.fit_fill(hours)
    assert (fit.n, fit.slope_kg_per_mw) == (3, pytest.approx(10.0))
