"""The annual surveillance test by hand: both tests at their limits, and what comes before them."""

from __future__ import annotations

import math

import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.quality.annual_test import AnnualTest, annual_test, rule_of, student_t
from reconcile.quality.outcome import Outcome
from reconcile.quality.variability import Requirement

RULE = rule_of(load_parameters())
NEED = Requirement(98.0, 10.0)  # σ0 = 9.8/1.96 = 5


def of(differences: list[float], functional: bool | None = True) -> AnnualTest:
    reference = [50.0 + d for d in differences]
    return annual_test(reference, [50.0] * len(differences), NEED, RULE, functional_test_passed=functional)


def test_by_hand() -> None:
    test = of([1.0, 2.0, 3.0, 4.0, 5.0])  # D̄ = 3, s_D = sqrt(10/4)
    assert test.mean_difference == pytest.approx(3.0)
    assert test.sd == pytest.approx(math.sqrt(2.5))
    assert test.sd_limit == pytest.approx(1.5 * 5 * 0.9161, rel=1e-4)
    assert test.limit == pytest.approx(2.132 * math.sqrt(2.5) / math.sqrt(5) + 5, rel=1e-4)
    assert (test.outcome, test.passed) == (Outcome.PASSED, True)


def test_calibration_at_its_limit() -> None:
    for mean, outcome in ((5.0, Outcome.PASSED), (-5.0, Outcome.PASSED), (5.001, Outcome.RECALIBRATE)):
        test = of([mean] * 5)  # no spread: the limit is σ0 alone
        assert test.limit == pytest.approx(5.0)
        assert test.outcome == outcome


def test_variability_beyond_its_limit() -> None:
    d = 1.0001 * of([0.0] * 5).sd_limit * math.sqrt(2)  # ± d and three zeros give s_D = d·sqrt(2/4)
    test = of([d, -d, 0.0, 0.0, 0.0])
    assert (test.variability_passed, test.calibration_passed) == (False, True)
    assert test.outcome == Outcome.RECALIBRATE
    assert "variability failed" in test.reason
    assert of([d / 1.0001, -d / 1.0001, 0.0, 0.0, 0.0]).outcome == Outcome.PASSED


@pytest.mark.parametrize(
    ("n", "functional", "outcome"),
    [
        (5, False, Outcome.OUT_OF_CONTROL),
        (5, None, Outcome.CANNOT_JUDGE),
        (4, True, Outcome.CANNOT_JUDGE),
        (4, False, Outcome.OUT_OF_CONTROL),
        (5, True, Outcome.PASSED),
    ],
)
def test_what_comes_before(n: int, functional: bool | None, outcome: Outcome) -> None:
    test = of([0.5] * n, functional)
    assert (test.outcome, test.passed) == (outcome, outcome == Outcome.PASSED)


def test_refusals() -> None:
    with pytest.raises(RuleError, match="too few"):
        of([1.0, 2.0])
    with pytest.raises(RuleError, match="not finite"):
        of([1.0, math.nan, 2.0])
    with pytest.raises(RuleError):
        student_t(1)
