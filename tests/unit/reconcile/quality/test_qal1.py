"""QAL1 computed by hand: combined and expanded uncertainty, the margin of certification and its edge."""

from __future__ import annotations

import math

import pytest

from cems.errors import RuleError
from reconcile.quality.outcome import Outcome
from reconcile.quality.qal1 import Component, Qal1Rule, combined_uncertainty, qal1

RULE = Qal1Rule(1.96, 25.0)


def test_rectangular_limits_are_divided_by_root_three() -> None:
    rows = [Component("linearity", -3.0, "rectangular"), Component("repeatability", 1.0)]
    assert combined_uncertainty(rows) == pytest.approx(2.0)  # sqrt(9/3 + 1)
    assert qal1(rows, 10.0, RULE).expanded == pytest.approx(3.92)


@pytest.mark.parametrize(
    ("u", "outcome", "passed"),
    [(3.75 / 1.96, Outcome.PASSED, True), (3.7501 / 1.96, Outcome.FAILED, False), (5.1 / 1.96, Outcome.FAILED, False)],
)
def test_margin_of_a_quarter(u: float, outcome: Outcome, passed: bool) -> None:
    check = qal1([Component("all", u)], 5.0, RULE)
    assert (check.outcome, check.passed, check.limit) == (outcome, passed, 3.75)


def test_the_reason_tells_margin_from_law() -> None:
    assert "margin of certification" in qal1([Component("all", 2.0)], 5.0, RULE).reason
    assert "above the permitted 5" in qal1([Component("all", 3.0)], 5.0, RULE).reason
    assert qal1([Component("all", 2.0)], 5.0, RULE).margin_pct == pytest.approx(21.6)  # 100·(5 − 3.92)/5


def test_what_is_no_budget() -> None:
    with pytest.raises(RuleError, match="at least one component"):
        qal1([], 5.0, RULE)
    with pytest.raises(RuleError, match="drift"):
        combined_uncertainty([Component("drift", math.nan)])
    for permitted in (0.0, -1.0, math.nan):
        with pytest.raises(RuleError, match="permitted"):
            qal1([Component("all", 1.0)], permitted, RULE)
    with pytest.raises(RuleError, match="margin"):
        qal1([Component("all", 1.0)], 5.0, Qal1Rule(1.96, 100.0))
