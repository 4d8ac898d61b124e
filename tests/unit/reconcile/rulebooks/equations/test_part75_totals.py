from __future__ import annotations

import math

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.rulebooks.equations import part75_totals
from reconcile.rulebooks.equations.part75_base import rule_of

RULE = rule_of(load_parameters())
STEPS = part75_totals.steps_of(load_parameters())


@pytest.mark.parametrize("bad", [-0.01, 1.01, 60.0, math.nan, math.inf])
def test_an_operating_time_that_is_none(bad: float) -> None:
    with pytest.raises(RuleError, match="between 0 and 1 h"):
        part75_totals.checked_operating_time([1.0, bad], 0.25, STEPS)
    with pytest.raises(RuleError, match="between 0 and 1 h"):
        part75_totals.total([1.0, 1.0], [1.0, bad])
    with pytest.raises(RuleError, match="between 0 and 1 h"):
        part75_totals.quarter_total([1.0, 1.0], [1.0, bad], RULE)


def test_steps_run_from_a_hundredth_to_a_quarter() -> None:
    hundredths = np.arange(101) / 100
    np.testing.assert_array_equal(part75_totals.checked_operating_time(hundredths, 0.01, STEPS), hundredths)
    for step in (0.009, 0.26, 0.5, 0.0, -0.25, math.nan):
        with pytest.raises(RuleError, match="steps of"):
            part75_totals.checked_operating_time([1.0], step, STEPS)
    with pytest.raises(RuleError, match="equal parts"):
        part75_totals.checked_operating_time([1.0], 0.03, STEPS)
    with pytest.raises(RuleError, match="whole number of steps"):
        part75_totals.checked_operating_time([0.25, 0.3], 0.25, STEPS)
    minutes = np.arange(61) / 60
    np.testing.assert_array_equal(part75_totals.checked_operating_time(minutes, 1 / 60, STEPS), minutes)


def test_minutes_are_rounded_up_to_a_step() -> None:
    np.testing.assert_array_equal(
        part75_totals.operating_time([0, 15, 15.1, 30, 45.5, 60], 0.25, STEPS), [0, 0.25, 0.5, 0.5, 1.0, 1.0]
    )
    # 7/60 h = 0.1166… h; 3 minutes are 0.05 h exactly
    np.testing.assert_array_equal(part75_totals.operating_time([7, 3, 57], 0.01, STEPS), [0.12, 0.05, 0.95])
    for bad in (-1, 61, math.nan):
        with pytest.raises(RuleError, match="60 minutes"):
            part75_totals.operating_time([bad], 0.25, STEPS)


def test_a_missing_rate_counts_only_while_operating() -> None:
    assert part75_totals.quarter_total([math.nan, 10.0], [0.0, 0.5], RULE) == 5.0
    assert math.isnan(part75_totals.quarter_total([math.nan, 10.0], [0.01, 0.5], RULE))
    assert math.isnan(part75_totals.total([math.nan, 10.0], [1.0, 0.5]))
    assert part75_totals.total([], []) == 0.0


def test_shapes_must_agree() -> None:
    for rates, times in (([1.0], [1.0, 1.0]), ([[1.0]], [[1.0]])):
        with pytest.raises(RuleError, match="equal length"):
            part75_totals.total(rates, times)


def test_a_year_has_four_quarters() -> None:
    """0.1 + 0.2 in doubles is 0.30000000000000004."""
    assert part75_totals.year_total([0.1, 0.2], RULE) == 0.3
    assert math.isnan(part75_totals.year_total([1.0, math.nan], RULE))
    for bad in ([], [1.0] * 5, [[1.0]]):
        with pytest.raises(RuleError, match="four quarters"):
            part75_totals.year_total(bad, RULE)


def test_a_year_of_full_hours() -> None:
    """8784 h at 512.3 short ton/h: 4 500 043.2, exactly."""
    assert part75_totals.quarter_total(np.full(8784, 512.3), np.ones(8784), RULE) == 4_500_043.2


def test_units_must_be_positive() -> None:
    with pytest.raises(RuleError, match="gj_per_mmbtu"):
        part75_totals.Units(0.026, 0.9, 0.0)
