"""How alarms are held against faults, by cases worked out in the head."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.detection.bias import bias
from benchmarks.detection.causes import RIGHT
from benchmarks.detection.score import Alarm, Fault, alarms_of, merged, score, threshold_of
from cems.clock import DAY_MS
from firmware_sim.fleet.kinds import KINDS
from reconcile.attribution.correction import Correction
from reconcile.attribution.texts import TEXTS


def fault(kind: str, start: float, end: float, *points: str, causes: frozenset[str] = frozenset()) -> Fault:
    return Fault(kind, frozenset(points), int(start * DAY_MS), int(end * DAY_MS), 0.05, 10.0, causes)


def alarm(point: str, told: float, onset: float, *causes: str, same: frozenset[str] = frozenset()) -> Alarm:
    return Alarm(point, int(told * DAY_MS), int(onset * DAY_MS), 0.0, causes, same)


def test_a_fault_is_found_from_its_onset_to_a_week_after_its_end_at_its_own_points() -> None:
    one = fault("leak", 10, 20, "a", "b")
    at = {"before": 10.0, "in": 10.5, "week after": 27.0, "too late": 27.5}
    found = {name: score([one], [alarm("b", told, 10)], 1.0) for name, told in at.items()}
    assert {name: s.kinds["leak"].found for name, s in found.items()} == {
        "before": 0,
        "in": 1,
        "week after": 1,
        "too late": 0,
    }
    assert {name: s.false_alarms for name, s in found.items()} == {"before": 1, "in": 0, "week after": 0, "too late": 1}
    assert score([one], [alarm("c", 11, 10)], 2.0).false_per_point_year == 0.5


def test_delay_and_onset_are_of_the_first_alarm_and_no_alarm_counts_twice_as_false() -> None:
    outcome = score([fault("leak", 10, 20, "a")], [alarm("a", 15, 14), alarm("a", 12, 9)], 1.0)
    tally = outcome.kinds["leak"]
    assert (tally.delay_h, tally.onset_error_h, outcome.false_alarms) == (48.0, 24.0, 0)


def test_causes_first_the_same_and_among_three() -> None:
    right = frozenset({"x"})
    named = (("x", "y"), ("y", "x"), ("y", "z"))
    faults = [fault("k", 10 * i, 10 * i + 1, f"p{i}", causes=right) for i in range(3)]
    alarms = [
        alarm(f"p{i}", 10 * i + 1, 10 * i, *c, same=right if i == 2 else frozenset()) for i, c in enumerate(named)
    ]
    tally = merged(score(faults, alarms, 1.0).kinds.values())
    assert (tally.asked, tally.first, tally.first_or_same, tally.among_three) == (3, 1, 2, 2)


def test_without_a_named_cause_a_found_fault_counts_as_not_right() -> None:
    """The first alarm names none, the second one does; another fault gets candidates only; physics tells the first."""
    right = frozenset({"x"})
    two = [fault("k", 10, 20, "a", causes=right), fault("k", 10, 20, "b", causes=right)]
    two[0] = replace(two[0], tellable=True)
    silent = replace(alarm("a", 11, 10), candidates=("z",)), replace(alarm("b", 11, 10), candidates=("y", "x"))
    tally = score(two, [*silent, alarm("a", 15, 14, "x")], 1.0).kinds["k"]
    assert (tally.asked, tally.named, tally.first, tally.first_or_same, tally.among_three) == (2, 1, 1, 1, 2)
    assert (tally.tellable, tally.tellable_first, tally.tellable_first_or_same) == (1, 1, 1)


def test_a_threshold_allows_no_more_false_alarms_than_it_should() -> None:
    rows = {"a": [0.0, 5.0, 0.0, 0.0, 0.0, 0.0, 4.0], "b": [3.0, 3.0, 3.0, 0.0, 0.0, 0.0, 0.0]}
    for allowed in range(4):
        level = threshold_of(rows, allowed)
        assert sum(len(alarms_of(p, row, level, 0)) for p, row in rows.items()) <= allowed
    assert threshold_of(rows, 2) == 3.0
    assert threshold_of({"a": [0.0, 0.0]}, 0) == 0.0


def test_nothing_found_is_not_a_number() -> None:
    assert math.isnan(score([fault("k", 0, 1, "p")], [], 1.0).kinds["k"].delay_h)


def test_the_right_causes_are_causes_of_the_ranking_for_kinds_of_the_simulator() -> None:
    assert RIGHT.keys() <= KINDS.keys()
    assert {name for names in RIGHT.values() for name in names} <= TEXTS.keys()


def test_what_is_left_of_the_bias_by_hand() -> None:
    """1000 t a day for ten days; a fault of 100 t on days 2 and 3 is estimated at 90, another of 50 t is not found."""

    def estimate(off: dict[int, float], u: float) -> Correction:
        tonnes = np.array([off.get(day, 0.0) for day in range(10)])
        return Correction(DAY_MS * np.arange(10), np.full(10, 1000.0), tonnes, u, ())

    def point(code: str, found: Correction | None) -> SimpleNamespace:
        correction = None if found is None else SimpleNamespace(estimate=found)
        return SimpleNamespace(point=code, days=SimpleNamespace(measured_t=np.full(10, 1000.0)), correction=correction)

    judged = SimpleNamespace(
        points=(point("a", estimate({2: 50.0, 3: 40.0}, 6.0)), point("b", None), point("c", estimate({1: -20.0}, 5.0)))
    )
    faults = [
        Fault("path-loss", frozenset({"a"}), 2 * DAY_MS, 4 * DAY_MS, 0.05, 100.0, at="a"),
        Fault("path-loss", frozenset({"b"}), 2 * DAY_MS, 4 * DAY_MS, 0.05, -50.0, at="b"),
    ]
    found = bias(faults, [Alarm("a", 3 * DAY_MS, 2 * DAY_MS)], judged)  # type: ignore[arg-type]  # only what it looks at
    assert found["moved_share"] == pytest.approx(150 / 30_000)
    assert found["left_share"] == pytest.approx((10 + 50 + 20) / 30_000), "a correction without a fault is an error"
    assert found["left_of_found"] == pytest.approx(0.1)
    assert (found["within_u"], found["corrected"]) == (0.5, 2)
