from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.clock import HOUR_MS
from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.quality.drift import drift, zero_limits_of
from reconcile.quality.outcome import Outcome
from reconcile.quality.periods import Check, dated, drift_bias, out_of_control

H = HOUR_MS


def check(at: float, outcome: Outcome, subject: str = "co2", name: str = "zero drift") -> Check:
    return Check(round(at * H), subject, name, outcome, outcome is Outcome.PASSED, outcome.value)


BAD, GOOD, SOSO = Outcome.OUT_OF_CONTROL, Outcome.PASSED, Outcome.RECALIBRATE


def spans(checks: list[Check], *, whole_hours: bool) -> list[tuple[float, float | None]]:
    found = out_of_control(checks, whole_hours=whole_hours)
    return [(p.start_ms / H, None if p.end_ms is None else p.end_ms / H) for p in found]


def test_from_the_failure_to_the_next_pass() -> None:
    assert spans([check(1.5, BAD), check(9.25, GOOD)], whole_hours=False) == [(1.5, 9.25)]
    assert spans([check(1.5, BAD), check(9.25, GOOD)], whole_hours=True) == [(1, 9)]


def test_the_hour_of_the_pass_counts_again_and_one_hour_leaves_no_period() -> None:
    assert spans([check(1.1, BAD), check(1.9, GOOD)], whole_hours=True) == []
    assert spans([check(1.1, BAD), check(2.0, GOOD)], whole_hours=True) == [(1, 2)]


def test_still_open_at_the_end() -> None:
    assert spans([check(1, BAD), check(2, SOSO)], whole_hours=False) == [(1, None)]


def test_a_second_failure_opens_nothing_new_and_a_recalibration_is_no_pass() -> None:
    assert spans([check(1, BAD), check(2, BAD), check(3, SOSO), check(4, GOOD)], whole_hours=False) == [(1, 4)]
    assert spans([check(1, SOSO), check(2, Outcome.FAILED), check(3, Outcome.CANNOT_JUDGE)], whole_hours=False) == []


def test_a_pass_closes_only_what_the_same_check_opened() -> None:
    others = [check(1, BAD), check(2, GOOD, name="span drift"), check(3, GOOD, subject="o2"), check(4, GOOD)]
    (period,) = out_of_control(others, whole_hours=False)
    assert (period.subject, period.check, period.reason, period.end_ms) == (
        "co2",
        "zero drift",
        "out_of_control",
        4 * H,
    )


def test_checks_out_of_order_are_an_error() -> None:
    with pytest.raises(RuleError, match="order of time"):
        out_of_control([check(2, BAD), check(1, GOOD)], whole_hours=False)


def test_a_verdict_becomes_a_check() -> None:
    verdict = drift([1.2], 0.0, 20.0, zero_limits_of(load_parameters()))
    made = dated(verdict, 5, "co2", "zero drift")
    assert (made.at_ms, made.outcome, made.passed, made.reason) == (5, BAD, False, verdict.reason)


def test_drift_grows_in_a_straight_line() -> None:
    """0.4 over 4 h from half past: 0.1 per hour. First hour: half an hour to 0.05; its mean 0.5 * 0.025."""
    bias = drift_bias(np.arange(6) * H, H // 2, 4 * H + H // 2, 0.4)
    assert bias.lower.tolist() == pytest.approx([0.0, 0.05, 0.15, 0.25, 0.0, 0.0])
    assert bias.upper.tolist() == pytest.approx([0.05, 0.15, 0.25, 0.35, 0.4, 0.0])
    assert bias.mean.tolist() == pytest.approx([0.0125, 0.1, 0.2, 0.3, 0.1875, 0.0])


@pytest.mark.parametrize(("start", "end", "drift_found"), [(5, 5, 0.1), (6, 5, 0.1), (0, 5, float("nan"))])
def test_no_interval_no_bias(start: int, end: int, drift_found: float) -> None:
    with pytest.raises(RuleError):
        drift_bias([0], start, end, drift_found)


@given(st.integers(0, 20 * H), st.integers(1, 60 * H), st.floats(-5, 5))
def test_the_bias_lies_in_its_bounds_and_is_that_of_the_triangle(start: int, length: int, found: float) -> None:
    bias = drift_bias(np.arange(100) * H, start, start + length, found)
    slack = 1e-9
    assert np.all(bias.lower - slack <= bias.mean)
    assert np.all(bias.mean <= bias.upper + slack)
    assert float(bias.mean.sum()) == pytest.approx(found / 2 * length / H, abs=1e-6)
    mirrored = drift_bias(np.arange(100) * H, start, start + length, -found)
    assert np.allclose(mirrored.lower, -bias.upper)
