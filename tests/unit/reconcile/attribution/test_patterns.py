"""Patterns within the day, levels and trends: planted figures must come out, with honest uncertainty."""

from __future__ import annotations

import numpy as np
import pytest

from cems.clock import HOUR_MS
from reconcile.attribution.levels import standing_level, usable_levels
from reconcile.attribution.logbook import LogBook
from reconcile.attribution.within_day import fit_patterns, regressors
from reconcile.pointhours import Event
from tests.unit.reconcile.attribution.plant import OFFSET_MS, hours_of, shown

RNG = np.random.default_rng(5)
DAYS = 30
GROUP = np.repeat(np.arange(DAYS), 24)
N = GROUP.size
SHARE = 0.75 + 0.2 * np.sin(2 * np.pi * np.arange(N) / 24) + 0.02 * RNG.standard_normal(N)
FAN = ((np.arange(N) % 24) < 9).astype(float)
COLUMNS = {"load": SHARE, "fan": FAN}
ALL = np.ones(N, dtype=np.bool_)


def logs(slope: float, fan: float, sigma: float = 0.01) -> dict[str, np.ndarray]:
    """ln Rm with a slope, a fan step, and a level of its own each day that must cancel."""
    own = np.repeat(0.05 * RNG.standard_normal(DAYS), 24)
    return {"rm": slope * SHARE + fan * FAN + own + sigma * RNG.standard_normal(N)}


def test_slope_and_step_come_out_whatever_the_days_do() -> None:
    found = fit_patterns(logs(0.15, 0.03), COLUMNS, ALL, GROUP, 0.95, 36)
    assert found is not None
    value = dict(zip(found.names, found.value.tolist(), strict=True))
    u = dict(zip(found.names, np.sqrt(np.diag(found.cov)).tolist(), strict=True))
    assert value["rm@load"] == pytest.approx(0.15, abs=3 * u["rm@load"])
    assert value["rm@fan"] == pytest.approx(0.03, abs=3 * u["rm@fan"])
    assert u["rm@fan"] < 0.003


def test_the_uncertainty_is_that_of_repeated_draws() -> None:
    draws = []
    stated = []
    for _ in range(200):
        found = fit_patterns(logs(0.1, 0.0), COLUMNS, ALL, GROUP, 0.95, 36)
        assert found is not None
        draws.append(found.value[0])
        stated.append(np.sqrt(found.cov[0, 0]))
    assert np.std(draws) == pytest.approx(np.mean(stated), rel=0.25)
    assert np.mean(draws) == pytest.approx(0.1, abs=4 * np.std(draws) / np.sqrt(200))


def test_wild_hours_do_not_move_a_pattern() -> None:
    rows = logs(0.1, 0.0)
    rows["rm"][::50] += 3.0
    found = fit_patterns(rows, COLUMNS, ALL, GROUP, 0.95, 36)
    assert found is not None
    assert found.value[0] == pytest.approx(0.1, abs=0.02)


def test_what_does_not_vary_is_not_there() -> None:
    flat = {"load": np.full(N, 0.8), "fan": FAN}
    found = fit_patterns(logs(0.1, 0.02), flat, ALL, GROUP, 0.95, 36)
    assert found is not None
    assert found.names == ("rm@fan",)
    assert fit_patterns(logs(0.1, 0.02), {"load": np.full(N, 0.8)}, ALL, GROUP, 0.95, 36) is None
    assert fit_patterns(logs(0.1, 0.02), COLUMNS, np.arange(N) < 30, GROUP, 0.95, 36) is None


def test_a_healthy_pattern_is_taken_off() -> None:
    seen, healthy = (fit_patterns(logs(s, 0.0), COLUMNS, ALL, GROUP, 0.95, 36) for s in (0.15, 0.05))
    assert seen is not None
    beyond = seen.less(healthy)
    assert beyond.value[0] == pytest.approx(0.10, abs=0.02)
    assert beyond.cov[0, 0] > seen.cov[0, 0]


def test_regressors_know_calibration_and_fans() -> None:
    hours = hours_of(shown(1, 7))
    hours.gas_minutes[50, 1] = 20
    columns = regressors(hours, 350.0, OFFSET_MS, 3.0)
    assert columns["calibration"][[49, 50, 53]].tolist() == pytest.approx([0.0, 1.0, np.exp(-1)])
    assert columns["recovery"][[50, 62, 74]].tolist() == pytest.approx([1.0, 0.5, 0.0])
    assert set(np.unique(columns["fan"])) == {0.0, 1.0}
    midnight = int(np.flatnonzero((hours.start_ms + OFFSET_MS) % (24 * HOUR_MS) == 0)[0])
    assert columns["cos"][midnight] == pytest.approx(1.0)


def test_a_standing_level_carries_the_correlation_of_its_ratios() -> None:
    common = 0.02 * RNG.standard_normal(400)
    rows = {"rm": 0.05 + common + 0.01 * RNG.standard_normal(400), "rc": 0.02 + common}
    found = standing_level(rows, 0.95)
    assert found is not None
    assert found.value.tolist() == pytest.approx([0.05, 0.02], abs=0.005)
    correlation = found.cov[0, 1] / np.sqrt(found.cov[0, 0] * found.cov[1, 1])
    assert correlation == pytest.approx(0.02 / np.hypot(0.02, 0.01), abs=0.1)
    assert standing_level({"rm": np.array([0.1, np.nan])}, 0.95) is None


def test_levels_that_repeat_each_other_are_not_used_together() -> None:
    assert "ghr" in usable_levels(frozenset({"rm", "ghr", "heat_rate"}))
    assert "ghr" not in usable_levels(frozenset({"rm", "ghr", "heat_rate", "carbon_per_heat"}))


def test_rare_events_say_more_than_weekly_ones() -> None:
    year = 365 * 24.0
    weekly = tuple(Event(week * 168 * HOUR_MS, "service", "", 0.0, 0.0) for week in range(52))
    bottle = Event(168 * HOUR_MS, "cylinder", "co2", 0.0, 0.0)
    book = LogBook((*weekly, bottle), (168 * HOUR_MS, 168 * HOUR_MS), year, 24.0)
    assert book.gain({"service"}, set(), 50.0) == pytest.approx(year / (52 * 48))
    assert book.gain({"cylinder"}, {"co2"}, 50.0) == 50.0
    assert book.gain({"cylinder"}, {"o2"}, 50.0) is None
    assert book.gain({"rata"}, set(), 50.0) is None
    assert LogBook(weekly, None, year, 24.0).gain({"service"}, set(), 50.0) is None
