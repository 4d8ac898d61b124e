"""EN 14181 annual surveillance test (AST): whether calibration function and spread of the last QAL2 still hold."""

from __future__ import annotations

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike
from scipy.special import stdtrit

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.quality.outcome import Outcome, Verdict
from reconcile.quality.variability import Differences, Requirement, differences, k_v, variability_met


@dataclass(frozen=True, slots=True)
class AnnualTestRule:
    """Figures of the annual surveillance test."""

    coverage: float
    """Divisor of the permitted uncertainty (1.96)."""
    min_pairs: int
    """Fewest parallel measurements (5)."""
    variability_factor: float
    """Factor on σ0·k_v (1.5)."""
    t_quantile: float
    """One-sided quantile of Student's t (0.95)."""
    kv_quantile: float
    """Quantile of χ² in k_v (0.5)."""


def rule_of(parameters: Parameters) -> AnnualTestRule:
    """The figures of the annual test from a parameter table (keys en14181_…)."""
    return AnnualTestRule(
        coverage=parameters.value("en14181_coverage_factor"),
        min_pairs=int(parameters.value("en14181_ast_min_pairs")),
        variability_factor=parameters.value("en14181_ast_variability_factor"),
        t_quantile=parameters.value("en14181_ast_t_quantile"),
        kv_quantile=parameters.value("en14181_kv_quantile"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnualTest(Verdict):
    """What an annual surveillance test comes to; ``limit`` is the largest |D̄|, unit of the values."""

    mean_difference: float
    """D̄, mean of reference minus calibrated values."""
    sd: float
    """s_D, their standard deviation."""
    sd_limit: float
    """Largest s_D, 1.5·σ0·k_v."""
    sigma0: float
    """Permitted standard deviation σ0."""
    t: float
    """Student's t of the number of pairs."""
    n: int
    """Pairs."""
    variability_passed: bool
    """s_D is within its limit."""
    calibration_passed: bool
    """|D̄| is within its limit."""


def student_t(n: int, quantile: float = 0.95) -> float:
    """One-sided quantile of Student's t with n − 1 degrees of freedom; raises :class:`RuleError` for n < 2.

    *Source*: EN 14181 AST [M]; the table of international facts A.10 is met to its last digit.

    >>> round(student_t(5), 3)
    2.132
    """
    if n < 2 or not 0 < quantile < 1:
        raise RuleError(f"Student's t needs two values and a quantile between 0 and 1 (found {n}, {quantile!r})")
    return float(stdtrit(n - 1, quantile))


def annual_test(
    reference: ArrayLike,
    calibrated: ArrayLike,
    requirement: Requirement,
    rule: AnnualTestRule,
    *,
    functional_test_passed: bool | None,
) -> AnnualTest:
    """Variability s_D ≤ 1.5·σ0·k_v, and validity of the calibration |D̄| ≤ t·s_D/√N + σ0; equality passes.

    ``reference`` (y_s) and ``calibrated`` (ŷ_s by the function of the last QAL2) have shape (n,), both at standard
    conditions. The functional test comes first: failed, the system is out of control; not done (None), or fewer than
    5 pairs, nothing can be judged. A failed test asks for a new QAL2 (recalibrate). Raises :class:`RuleError` for
    fewer than three or not finite pairs. *Source*: EN 14181 AST [V N and functional test, M formulas].

    >>> rule = AnnualTestRule(1.96, 5, 1.5, 0.95, 0.5)
    >>> need = Requirement(196.0, 10.0)
    >>> y, fitted = [1.0, 2.0, 3.0, 4.0, 5.0], [0.0, 2.0, 2.0, 4.0, 4.0]
    >>> test = annual_test(y, fitted, need, rule, functional_test_passed=True)
    >>> round(test.sd, 6), round(test.sd_limit, 2), round(test.limit, 4), test.outcome.value
    (0.547723, 13.74, 10.5222, 'passed')
    """
    found = differences(reference, calibrated)
    sigma0 = requirement.sigma0(rule.coverage)
    sd_limit = rule.variability_factor * sigma0 * k_v(found.n, rule.kv_quantile)
    t = student_t(found.n, rule.t_quantile)
    limit = t * found.sd / math.sqrt(found.n) + sigma0
    spread_met, mean_met = variability_met(found.sd, sd_limit), variability_met(abs(found.mean), limit)
    failed = [name for name, met in (("variability", spread_met), ("calibration function", mean_met)) if not met]
    outcome, reason = _judged(found, failed, rule, functional=functional_test_passed)
    return AnnualTest(
        limit=limit,
        passed=outcome == Outcome.PASSED,
        outcome=outcome,
        reason=reason,
        mean_difference=found.mean,
        sd=found.sd,
        sd_limit=sd_limit,
        sigma0=sigma0,
        t=t,
        n=found.n,
        variability_passed=spread_met,
        calibration_passed=mean_met,
    )


def _judged(
    found: Differences, failed: list[str], rule: AnnualTestRule, *, functional: bool | None
) -> tuple[Outcome, str]:
    if functional is False:
        return Outcome.OUT_OF_CONTROL, "the functional test failed"
    if functional is None:
        return Outcome.CANNOT_JUDGE, "the functional test was not done"
    if found.n < rule.min_pairs:
        return Outcome.CANNOT_JUDGE, f"{found.n} pairs, at least {rule.min_pairs} are needed"
    if not failed:
        return Outcome.PASSED, "variability and calibration function hold"
    return Outcome.RECALIBRATE, f"{' and '.join(failed)} failed: a new QAL2 is due"
