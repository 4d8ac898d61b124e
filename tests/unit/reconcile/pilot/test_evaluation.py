"""Evaluation of a point, by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from reconcile.comparison.point_days import point_days, point_hours_compared
from reconcile.parameters import load_parameters
from reconcile.pilot.evaluation import Evaluation, evaluation
from reconcile.pointhours import Event
from tests.fleet_case import FIRST_DAY, OFFSET_MS, START_MS, hours, point

TABLE = load_parameters()
DAY_MS = 86_400_000


def evaluate(n_days: int, events: list[Event] | None = None, kg: Any = 1000.0, **change: Any) -> Evaluation:
    made = hours(n_days, kg, **change)
    account = np.full(n_days, 24.0)
    compared = point_hours_compared(made, account, FIRST_DAY, OFFSET_MS, TABLE)
    return evaluation(point("s1"), made, point_days("s1", made, compared), account, events or [], TABLE)


def check(day: int, reading: float, reference: float, kind: str = "span-check", channel: str = "co2") -> Event:
    return Event(START_MS + day * DAY_MS, kind, channel, reading, reference)


def test_capture_and_availability() -> None:
    status = np.full(240, "valid", dtype="<U7")
    status[:24], status[24:48] = "stopped", "invalid"
    found = evaluate(10, status=status)
    assert (found.capture.operating, found.capture.valid) == (216, 192)
    assert found.gas_available_pct == 100.0


def test_drift_in_per_cent_of_full_scale() -> None:
    """Full scale 25 %: 12.5 read for 12.0 is 2 % of it, 11.5 for 12 is −2 %, 12.75 is 3 % and beyond 2.5 %."""
    (found,) = evaluate(3, [check(0, 12.5, 12.0), check(1, 11.5, 12.0), check(2, 12.75, 12.0)]).drifts
    assert (found.n, found.beyond, found.worst_pct_fs) == (3, 1, 3.0)
    assert found.mean_pct_fs == pytest.approx(1.0)
    assert math.isnan(found.per_year_pct_fs)


def test_the_slope_of_a_drift() -> None:
    """A tenth of a per cent of full scale every day, for 60 days: 36.5 % a year."""
    rows = [check(day, 12.0 + 0.025 * day, 12.0) for day in range(60)]
    (found,) = evaluate(60, rows).drifts
    assert found.per_year_pct_fs == pytest.approx(36.5)


def test_nine_runs_of_a_reference_make_a_relative_accuracy() -> None:
    runs = [Event(START_MS + i * 3_600_000, "rata", "co2", 12.3, 12.0) for i in range(9)]
    (found,) = evaluate(2, runs).references
    assert found.figures is not None
    assert (found.n, found.passed) == (9, True)
    assert found.bias_pct == pytest.approx(2.5)
    assert found.figures.ra_pct == pytest.approx(2.5)


def test_a_single_mean_can_fail_but_not_pass() -> None:
    near = evaluate(1, [check(0, 10.9, 10.0, "rata", "velocity")]).references[0]
    far = evaluate(1, [check(0, 11.1, 10.0, "rata", "velocity")]).references[0]
    assert (near.passed, far.passed) == (None, False)


def test_runs_weeks_apart_are_two_comparisons() -> None:
    rows = [check(0, 10.0, 10.0, "rata"), check(30, 10.0, 10.0, "rata")]
    assert [r.n for r in evaluate(40, rows).references] == [1, 1]


def test_a_flow_that_hangs_on_the_fans_at_the_same_load() -> None:
    fans = np.tile([1, 2], 240)
    found = evaluate(20, fan_state=fans, flow_wet_std=np.where(fans == 1, 1e6, 1.05e6))
    assert found.fans_pct == pytest.approx(5.0)
    assert math.isnan(evaluate(20).fans_pct)


def test_a_mass_that_hangs_on_the_load() -> None:
    load = np.tile([150.0, 300.0], 240)
    kg = load * np.where(load > 200, 1.1, 1.0) * 4.0
    found = evaluate(20, kg=kg, load=load, fuel_feed=load)
    assert found.load_pct == pytest.approx(10.0)


def test_the_ratio_and_its_slope() -> None:
    """Rising from 1 by a thousandth a day: 36.5 % a year."""
    kg = 1000.0 * (1.0 + 0.001 * np.repeat(np.arange(40), 24))
    found = evaluate(40, kg=kg)
    assert found.ratio == pytest.approx(1.0 + 0.001 * 19.5)
    assert found.ratio_slope is not None
    assert found.ratio_slope.slope == pytest.approx(36.5)
