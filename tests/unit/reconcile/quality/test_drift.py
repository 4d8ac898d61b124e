from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.quality.drift import DriftLimits, drift, span_limits_of, velocity_zero_limits_of, zero_limits_of
from reconcile.quality.outcome import Outcome

TABLE = load_parameters()
ZERO, SPAN, VELOCITY = zero_limits_of(TABLE), span_limits_of(TABLE), velocity_zero_limits_of(TABLE)


@pytest.mark.parametrize(
    ("limits", "reading", "outcome"),
    [
        (ZERO, 0.5, Outcome.PASSED),
        (ZERO, -0.5, Outcome.PASSED),
        (ZERO, 0.501, Outcome.RECALIBRATE),
        (ZERO, 1.0, Outcome.RECALIBRATE),
        (ZERO, -1.0, Outcome.RECALIBRATE),
        (ZERO, 1.0001, Outcome.OUT_OF_CONTROL),
        (SPAN, 2.0, Outcome.RECALIBRATE),
        (SPAN, -2.0001, Outcome.OUT_OF_CONTROL),
        (VELOCITY, 1.6, Outcome.RECALIBRATE),
        (VELOCITY, 1.601, Outcome.OUT_OF_CONTROL),
    ],
)
def test_at_the_limits_of_a_range_of_20(limits: DriftLimits, reading: float, outcome: Outcome) -> None:
    found = drift([0.0, reading], 0.0, 20.0, limits)
    assert found.outcome is outcome
    assert found.passed is (outcome is Outcome.PASSED)
    assert found.signed == reading


def test_binary_noise_does_not_break_a_limit() -> None:
    """12.1 - 11.6 is 0.5 to a person, 2.5 % of 20; the doubles differ by 0.5 + 1e-16."""
    assert drift([12.1], 11.6, 20.0, SPAN).drift_pct_fs == 2.5
    assert drift([12.1], 11.6, 20.0, SPAN).passed


def test_the_largest_deviation_counts_with_its_sign() -> None:
    found = drift([0.1, -0.6, 0.3], 0.0, 20.0, ZERO)
    assert (found.drift_pct_fs, found.signed_pct_fs, found.signed) == (3.0, -3.0, -0.6)


@pytest.mark.parametrize(
    ("readings", "reference", "scale"),
    [([], 0.0, 20.0), ([math.nan], 0.0, 20.0), ([0.0], math.inf, 20.0), ([0.0], 0.0, 0.0), ([0.0], 0.0, -1.0)],
)
def test_bad_input_is_an_error(readings: list[float], reference: float, scale: float) -> None:
    with pytest.raises(RuleError):
        drift(readings, reference, scale, ZERO)


def test_limits_in_the_wrong_order_are_an_error() -> None:
    with pytest.raises(RuleError, match="below the limit of order"):
        DriftLimits("zero drift", 5.0, 2.5)


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=8), st.floats(1, 100))
def test_more_readings_never_make_a_drift_smaller(readings: list[float], scale: float) -> None:
    few, many = drift(readings[:1], 0.0, scale, ZERO), drift(readings, 0.0, scale, ZERO)
    assert many.drift_pct_fs >= few.drift_pct_fs
