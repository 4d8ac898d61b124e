"""QAL2 computed by hand: choice of procedure at its edges, calibration functions, valid range, test of variability."""

from __future__ import annotations

import math

import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.quality import qal2 as q
from reconcile.quality.outcome import Outcome
from reconcile.quality.variability import Requirement, differences, k_v

RULE = q.rule_of(load_parameters())
NEED = Requirement(100.0, 10.0)  # permitted 10, σ0 = 10/1.96


@pytest.mark.parametrize(
    ("values", "e2004", "e2014"),
    [
        ([10.0, 25.0], "a", "a"),  # range exactly 15
        ([10.0, 24.9], "b", "a"),
        ([10.0, 20.0], "b", "a"),  # range exactly the permitted 10
        ([10.2, 20.2], "b", "a"),  # 20.2 − 10.2 is 9.999999999999998 in binary
        ([10.0, 19.9], "b", "c"),  # lowest below 15
        ([15.0, 24.9], "b", "b"),  # lowest exactly 15
        ([14.9, 14.9], "b", "c"),
    ],
)
def test_procedure(values: list[float], e2004: str, e2014: str) -> None:
    assert q.procedure_for(values, NEED, RULE, q.Edition.E2004).value == e2004
    assert q.procedure_for(values, NEED, RULE, q.Edition.E2014).value == e2014


def test_equality_in_the_2004_edition_is_seen_through_binary_noise() -> None:
    assert q.procedure_for([0.1, 0.4], Requirement(2.0, 10.0), RULE, q.Edition.E2004) == q.Procedure.A  # 0.3 of 2


def test_procedures() -> None:
    # a: x̄ = 2, ȳ = 5, Sxy = 4, Sxx = 2 → b = 2, a = 1
    assert q.calibrate_a([1.0, 2.0, 3.0], [3.0, 5.0, 7.0]) == q.Calibration(q.Procedure.A, 1.0, 2.0)
    # b: x̄ = 12, Z = 4, ȳ = 16 → b = 16/8 = 2, a = −8
    assert q.calibrate_b([11.0, 13.0], [15.0, 17.0], 4.0) == q.Calibration(q.Procedure.B, -8.0, 2.0)
    # c: (4, 0), (5, 1), (6, 2), (7, 3) lie on y = x − 4
    c = q.calibrate_c([5.0, 6.0], [1.0, 2.0], [4.0, 7.0], [0.0, 3.0])
    assert (c.procedure, c.intercept, c.slope) == (q.Procedure.C, pytest.approx(-4.0), pytest.approx(1.0))


def test_the_procedure_chosen_is_the_one_done() -> None:
    x, y, material = [5.0, 6.0, 7.5], [1.0, 2.0, 3.0], ([4.0, 7.0], [0.0, 3.0])
    assert q.calibrate(q.Procedure.A, x, y, zero_reading=4.0, material=material) == q.calibrate_a(x, y)
    assert q.calibrate(q.Procedure.B, x, y, zero_reading=4.0, material=material) == q.calibrate_b(x, y, 4.0)
    assert q.calibrate(q.Procedure.C, x, y, zero_reading=4.0, material=material) == q.calibrate_c(x, y, *material)
    with pytest.raises(RuleError, match="zero gas"):
        q.calibrate(q.Procedure.B, x, y)
    with pytest.raises(RuleError, match="reference material"):
        q.calibrate(q.Procedure.C, x, y)


def test_procedures_that_cannot_be_done() -> None:
    with pytest.raises(RuleError, match="reading at zero gas"):
        q.calibrate_b([4.0, 4.0], [1.0, 1.0], 4.0)
    with pytest.raises(RuleError, match="zero gas"):
        q.calibrate_b([4.0, 4.0], [1.0, 1.0], math.nan)
    with pytest.raises(RuleError, match="different values of x"):
        q.calibrate_a([4.0, 4.0, 4.0], [1.0, 2.0, 3.0])
    for material in ([1.0, 3.0], [0.0, 0.0]):
        with pytest.raises(RuleError, match="reference material"):
            q.calibrate_c([5.0], [1.0], [4.0, 7.0], material)
    for x, y in (([1.0, 2.0], [1.0]), ([1.0, math.nan, 2.0], [1.0, 2.0, 3.0]), ([], [])):
        with pytest.raises(RuleError):
            q.calibrate_a(x, y)


def test_variability_by_hand() -> None:
    # 15 pairs on y = x except ± 3 in two of them: D̄ = 0, s_D = sqrt(18/14) = 1.133893
    x = [float(v) for v in range(10, 25)]
    y = [v + d for v, d in zip(x, [3.0, -3.0] + [0.0] * 13, strict=True)]
    result = q.qal2(x, y, q.Calibration(q.Procedure.A, 0.0, 1.0), NEED, RULE)
    assert result.sd == pytest.approx(math.sqrt(18 / 14))
    assert result.sigma0 == pytest.approx(10 / 1.96)
    assert result.limit == pytest.approx(10 / 1.96 * 0.9761, rel=1e-4)
    assert (result.outcome, result.passed, result.n) == (Outcome.PASSED, True, 15)
    assert result.valid_max == pytest.approx(1.1 * 24.0)


def test_variability_at_its_limit() -> None:
    x = [float(v) for v in range(10, 25)]
    calibration = q.Calibration(q.Procedure.A, 0.0, 1.0)
    limit = 10 / 1.96 * k_v(15)
    for size, outcome in ((1.0, Outcome.PASSED), (1.0001, Outcome.OUT_OF_CONTROL)):
        d = size * limit * math.sqrt(14 / 2)  # two of ± d give s_D = d·sqrt(2/14)
        y = [v + e for v, e in zip(x, [d, -d] + [0.0] * 13, strict=True)]
        assert q.qal2(x, y, calibration, NEED, RULE).outcome == outcome


def test_standard_conditions_scale_the_differences_and_the_range() -> None:
    x = [float(v) for v in range(10, 25)]
    y = [v + d for v, d in zip(x, [3.0, -3.0] + [0.0] * 13, strict=True)]
    result = q.qal2(x, y, q.Calibration(q.Procedure.A, 0.0, 1.0), NEED, RULE, to_standard=2.0)
    assert result.sd == pytest.approx(2 * math.sqrt(18 / 14))
    assert result.valid_max == pytest.approx(1.1 * 48.0)
    with pytest.raises(RuleError, match="standard conditions"):
        q.qal2(x, y, q.Calibration(q.Procedure.A, 0.0, 1.0), NEED, RULE, to_standard=[1.0] * 14 + [0.0])


def test_too_few_pairs_or_a_falling_function_judge_nothing() -> None:
    x = [float(v) for v in range(10, 24)]
    few = q.qal2(x, x, q.Calibration(q.Procedure.A, 0.0, 1.0), NEED, RULE)
    assert (few.outcome, few.passed) == (Outcome.CANNOT_JUDGE, False)
    assert "14 pairs" in few.reason
    x.append(24.0)
    falling = q.qal2(x, x, q.Calibration(q.Procedure.A, 50.0, -1.0), NEED, RULE)
    assert falling.outcome == Outcome.CANNOT_JUDGE


def test_requirement_and_k_v_refuse_nonsense() -> None:
    for e, p in ((0.0, 10.0), (100.0, 0.0), (math.nan, 10.0)):
        with pytest.raises(RuleError):
            Requirement(e, p)
    with pytest.raises(RuleError, match="3 pairs"):
        k_v(2)
    with pytest.raises(RuleError, match="too few"):
        differences([1.0, 2.0], [1.0, 2.0])
    with pytest.raises(RuleError, match="negative"):
        q.procedure_for([-1.0, 2.0], NEED, RULE)
