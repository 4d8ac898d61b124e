"""Least-squares means of families: exact where the model is exact, silent where two families always come together."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from reconcile.anomaly import Anomaly
from reconcile.comparison.point_days import point_days, point_hours_compared
from reconcile.parameters import load_parameters
from reconcile.pilot.effects import least_squares_means
from reconcile.pilot.point_study import healthy_difference
from tests.fleet_case import FIRST_DAY, OFFSET_MS, START_MS, hours

DAY_MS = 86_400_000


def test_families_that_stand_beside_others_unevenly_are_told_apart() -> None:
    """Pitots add 3, X-paths 0; dilution adds 2, NDIR 0. Most pitots stand beside dilution: their plain mean is 4.6."""
    rows = [("pitot", "dilution")] * 8 + [("pitot", "ndir")] * 2 + [("x", "dilution")] * 2 + [("x", "ndir")] * 8
    value = {"pitot": 3.0, "x": 0.0, "dilution": 2.0, "ndir": 0.0}
    values = [value[f] + value[c] for f, c in rows]
    assert sum(values[:10]) / 10 == pytest.approx(4.6)
    found = least_squares_means(values, {"flow": [f for f, _ in rows], "co2": [c for _, c in rows]})
    assert found is not None
    means = {level: m.value for (_, level), m in found.items()}
    assert means == pytest.approx({"pitot": 4.0, "x": 1.0, "dilution": 3.5, "ndir": 1.5})
    assert found["flow", "pitot"].n == 10


def test_two_families_that_always_come_together_tell_nothing() -> None:
    levels = ["a", "b"] * 10
    assert least_squares_means(list(range(20)), {"one": levels, "two": levels}) is None
    assert least_squares_means([1.0, 2.0, 3.0], {"one": ["a", "b", "a"]}) is None


def test_a_factor_that_does_not_apply_everywhere() -> None:
    """Moisture enters the mass of dry points only: wet ones have no level of it and take no part in its effect."""
    rows = [("dry", m) for m in ("cap", "typed")] * 6 + [("wet", "")] * 6
    values = [10.0 + {"cap": 1.0, "typed": -1.0, "": 4.0}[m] for _, m in rows]
    found = least_squares_means(values, {"co2": [c for c, _ in rows], "moisture": [m for _, m in rows]})
    assert found is not None
    assert found["co2", "wet"].value - found["co2", "dry"].value == pytest.approx(4.0)
    assert found["moisture", "cap"].value - found["moisture", "typed"].value == pytest.approx(2.0)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    cells = list(itertools.product("abc", "xy")) * 4
    inside = 0
    for _ in range(400):
        values = [{"a": 1.0, "b": 0.0, "c": -1.0}[f] + rng.normal(0.0, 2.0) for f, _ in cells]
        found = least_squares_means(values, {"f": [f for f, _ in cells], "g": [g for _, g in cells]})
        assert found is not None
        inside += found["f", "a"].low <= 1.0 <= found["f", "a"].high
    assert 0.92 <= inside / 400 <= 0.98


def test_days_that_an_anomaly_may_touch_are_left_out() -> None:
    """Ten days; the third to fifth read twice as much. The onset may be as early as noon of the second day."""
    kg = 1000.0 * np.repeat([1.0, 1.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0], 24)
    account, made = np.full(10, 24.0), hours(10, kg)
    compared = point_hours_compared(made, account, FIRST_DAY, OFFSET_MS, load_parameters())
    days = point_days("s1", made, compared)
    start, end = START_MS + 2 * DAY_MS, START_MS + 5 * DAY_MS
    shift = Anomaly("level-shift", "s1", "rm", start, start - DAY_MS // 2, start, end, end, 1.0, ())
    assert healthy_difference(days, account, [], OFFSET_MS) == pytest.approx(30.0)
    assert healthy_difference(days, account, [shift], OFFSET_MS) == pytest.approx(0.0, abs=1e-9)
    lasting = Anomaly("level-shift", "s1", "rm", START_MS, START_MS, START_MS, None, end, 1.0, ())
    assert np.isnan(healthy_difference(days, account, [lasting], OFFSET_MS))
