"""Availability by Eq. 8 and 9 of 40 CFR 75.32, worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.rulebooks.substitution.part75_pma import availability_counts, pma, pma_series
from reconcile.rulebooks.substitution.part75_rule import missing_data_rule_of

RULE = missing_data_rule_of(load_parameters())


def test_equation_8_counts_the_hour_itself() -> None:
    assert pma_series([True, True, False, True], [True] * 4, RULE).tolist() == [100.0, 100.0, 200 / 3, 75.0]


def test_only_hours_of_operation_count() -> None:
    """A quality-assured hour at a standstill counts nowhere; the figure stands still with the unit."""
    found = pma_series([True, True, True, False], [True, False, False, True], RULE)
    assert found.tolist() == [100.0, 100.0, 100.0, 50.0]


def test_nothing_before_certification_and_before_the_first_hour() -> None:
    found = pma_series([True, False, True], [True, False, True], RULE, first_index=1)
    assert math.isnan(found[0])
    assert math.isnan(found[1])
    assert found[2] == 100.0


def test_equation_9_takes_over_after_8760_hours() -> None:
    """10 hours lost first: 8750/8760 by both equations at the 8760th hour, then one lost hour leaves with each hour."""
    qa = np.ones(8780, dtype=bool)
    qa[:10] = False
    found = pma_series(qa, np.ones(8780, dtype=bool), RULE)
    assert found[8758] == 100 * 8749 / 8759
    assert found[8759] == 100 * 8750 / 8760
    assert found[8760] == 100 * 8751 / 8760
    assert found[8768] == 100 * 8759 / 8760
    assert found[8769] == 100.0
    assert found[8779] == 100.0


def test_equation_9_counts_unit_hours_not_clock_hours() -> None:
    """Every second hour at a standstill: 8760 unit hours are 17 520 clock hours."""
    operating = np.arange(17_530) % 2 == 0
    qa = operating.copy()
    qa[0] = False
    found = pma_series(qa, operating, RULE)
    assert found[17_518] == 100 * 8759 / 8760
    assert found[17_519] == 100 * 8759 / 8760
    assert found[17_520] == 100.0


def test_three_years_are_the_reach_of_a_unit_that_seldom_runs() -> None:
    """One lost hour at 0 and the next runs at 26 279 and 26 280: the window is 26 280 hours with the present one."""
    operating = np.zeros(26_281, dtype=bool)
    operating[[0, 26_279, 26_280]] = True
    qa = operating.copy()
    qa[0] = False
    assert pma(qa, operating, 26_279, RULE) == 50.0
    assert pma(qa, operating, 26_280, RULE) == 100.0


@pytest.mark.parametrize(("good", "hours", "limit"), [(19, 20, 95.0), (9, 10, 90.0), (4, 5, 80.0), (6859, 7220, 95.0)])
def test_limits_are_met_exactly(good: int, hours: int, limit: float) -> None:
    qa = np.arange(hours) < good
    assert pma(qa, np.ones(hours, dtype=bool), hours - 1, RULE) == limit
    assert pma(np.append(qa, False), np.ones(hours + 1, dtype=bool), hours, RULE) < limit


def test_one_hour_is_that_of_the_series() -> None:
    rng = np.random.default_rng(75)
    qa, operating = rng.random(200) > 0.2, rng.random(200) > 0.1
    series = pma_series(qa, operating, RULE, 3)
    for index in (3, 50, 199):
        assert pma(qa, operating, index, RULE, 3) == series[index]
    assert pma([True, False], [True, True], 0, RULE) == 100.0


def test_before_the_first_operating_hour_nothing_is_divided_by_nothing() -> None:
    with np.errstate(all="raise"):
        assert np.isnan(pma_series([True, True], [False, True], RULE)[0])


def test_counts_are_those_since_the_first_hour_given() -> None:
    counted, hours = availability_counts([True, False, True], [True, True, True], RULE)
    assert (counted.tolist(), hours.tolist()) == ([1, 1, 2], [1, 2, 3])


def test_bad_input() -> None:
    for qa, operating in (([], []), ([True], [True, True]), ([[True]], [[True]])):
        with pytest.raises(RuleError, match="equally many hours"):
            pma_series(qa, operating, RULE)
    for first in (-1, 1):
        with pytest.raises(RuleError, match="certification"):
            pma_series([True], [True], RULE, first)
    for index in (-1, 1):
        with pytest.raises(RuleError, match="outside"):
            pma([True], [True], index, RULE)
