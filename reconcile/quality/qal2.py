"""EN 14181 QAL2: the calibration function from parallel measurements, its valid range, and the test of variability.

x is the signal of the automated system (AMS), y the standard reference method (SRM) in the conditions of the AMS;
``to_standard`` turns each y and each calibrated value into standard conditions. Pairs come in any order, shape (n,).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from reconcile.comparison.regression import ols
from reconcile.comparison.samples import Array, pairs, positive, sample
from reconcile.parameters import Parameters
from reconcile.quality.exact import exact, percent
from reconcile.quality.outcome import Outcome, Verdict
from reconcile.quality.variability import Requirement, differences, k_v, variability_met


class Edition(StrEnum):
    """Edition of EN 14181; they choose the procedure of calibration differently."""

    E2004 = "2004"
    E2014 = "2014"


class Procedure(StrEnum):
    """How the calibration function is found."""

    A = "a"
    """Regression of y on x."""
    B = "b"
    """Straight line through the zero reading and the mean of the pairs."""
    C = "c"
    """Regression with pairs of reference material at zero and near the reference concentration added."""


@dataclass(frozen=True, slots=True)
class Qal2Rule:
    """Figures of QAL2."""

    coverage: float
    """Divisor of the permitted uncertainty (1.96)."""
    min_pairs: int
    """Fewest parallel measurements (15)."""
    procedure_share_pct: float
    """Share of E that decides the procedure [%] (15)."""
    range_factor: float
    """Valid range over the largest calibrated value (1.1)."""
    kv_quantile: float
    """Quantile of χ² in k_v (0.5)."""


def rule_of(parameters: Parameters) -> Qal2Rule:
    """The figures of QAL2 from a parameter table (keys en14181_…)."""
    return Qal2Rule(
        coverage=parameters.value("en14181_coverage_factor"),
        min_pairs=int(parameters.value("en14181_qal2_min_pairs")),
        procedure_share_pct=parameters.value("en14181_procedure_share"),
        range_factor=parameters.value("en14181_valid_range_factor"),
        kv_quantile=parameters.value("en14181_kv_quantile"),
    )


@dataclass(frozen=True, slots=True)
class Calibration:
    """Calibration function ŷ = intercept + slope·x."""

    procedure: Procedure
    """How it was found."""
    intercept: float
    """a, unit of y."""
    slope: float
    """b, unit of y per unit of x."""

    def value(self, x: ArrayLike) -> NDArray[np.float64]:
        """Calibrated values in the conditions of the AMS, unit of y, shape of x; NaN where x is."""
        return self.intercept + self.slope * np.asarray(x, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Qal2(Verdict):
    """What a QAL2 comes to; ``limit`` is σ0·k_v, the largest s_D, unit of y."""

    calibration: Calibration
    """The calibration function."""
    valid_max: float
    """Upper end of the valid range at standard conditions; the lower end is 0."""
    sd: float
    """s_D, standard deviation of y_s − ŷ_s."""
    mean_difference: float
    """Mean of y_s − ŷ_s."""
    sigma0: float
    """Permitted standard deviation σ0."""
    kv: float
    """k_v of the number of pairs."""
    n: int
    """Pairs."""


def procedure_for(
    srm_standard: ArrayLike, requirement: Requirement, rule: Qal2Rule, edition: Edition = Edition.E2014
) -> Procedure:
    """The procedure of calibration for reference values at standard conditions, shape (n,).

    2004: range ≥ 15 % of E → a, else b. 2014: range ≥ permitted uncertainty → a; smaller range and lowest value
    ≥ 15 % of E → b; else c. Equality is judged on the printed digits. Raises :class:`RuleError` for fewer than two
    values, or one that is not finite or negative. *Source*: EN 14181:2004 and :2014; international facts A.10 [M].

    >>> rule = Qal2Rule(1.96, 15, 15.0, 1.1, 0.5)
    >>> need = Requirement(100.0, 10.0)
    >>> [procedure_for(v, need, rule).value for v in ([40.0, 50.0], [15.0, 20.0], [14.9, 20.0])]
    ['a', 'b', 'c']
    """
    y = sample(srm_standard, 2, "reference values")
    if np.any(y < 0):
        raise RuleError("reference values must not be negative")
    low = exact(float(y.min()))
    spread = exact(float(y.max())) - low
    e = exact(requirement.reference)
    share = exact(rule.procedure_share_pct)
    if edition == Edition.E2004:
        return Procedure.A if percent(spread, e) >= share else Procedure.B
    if percent(spread, e) >= exact(requirement.uncertainty_pct):
        return Procedure.A
    return Procedure.B if percent(low, e) >= share else Procedure.C


def calibrate_a(x: ArrayLike, y: ArrayLike) -> Calibration:
    """Procedure a: regression of y on x, n ≥ 3; raises :class:`RuleError` as :func:`ols`. *Source*: EN 14181 QAL2 [M].

    >>> calibrate_a([4.0, 8.0, 12.0], [1.0, 5.0, 9.0])
    Calibration(procedure=<Procedure.A: 'a'>, intercept=-3.0, slope=1.0)
    """
    line = ols(x, y)
    return Calibration(Procedure.A, line.intercept, line.slope)


def calibrate_b(x: ArrayLike, y: ArrayLike, zero_reading: float) -> Calibration:
    """Procedure b: b = ȳ/(x̄ − Z), a = −b·Z, with Z the reading of the AMS at zero gas.

    Raises :class:`RuleError` for no or not finite pairs, a Z that is not finite, and a mean signal equal to Z.
    *Source*: EN 14181 QAL2 [M].

    >>> calibrate_b([8.0, 8.0], [2.0, 2.0], 4.0)
    Calibration(procedure=<Procedure.B: 'b'>, intercept=-2.0, slope=0.5)
    """
    a, b = pairs(x, y, 1, "pairs of procedure b")
    if not math.isfinite(zero_reading):
        raise RuleError(f"procedure b needs the reading at zero gas (found {zero_reading!r})")
    away = math.fsum(a) / a.size - zero_reading
    if abs(away) <= 1e-12 * max(float(np.abs(a).max()), abs(zero_reading)):
        raise RuleError("procedure b has no slope: the mean signal is the reading at zero gas")
    slope = math.fsum(b) / b.size / away
    return Calibration(Procedure.B, -slope * zero_reading, slope)


def calibrate_c(x: ArrayLike, y: ArrayLike, material_x: ArrayLike, material_y: ArrayLike) -> Calibration:
    """Procedure c: regression as in a after adding pairs of reference material at zero and near E.

    ``material_x`` are signals, ``material_y`` the values of the material: one of them 0, one above. Raises
    :class:`RuleError` without these two and as :func:`ols`. *Source*: EN 14181:2014 QAL2 [M].

    >>> calibrate_c([4.5, 4.5], [0.5, 0.5], [4.0, 14.0], [0.0, 10.0])
    Calibration(procedure=<Procedure.C: 'c'>, intercept=-4.0, slope=1.0)
    """
    a, b = pairs(x, y, 1, "pairs of procedure c")
    mx, my = pairs(material_x, material_y, 2, "pairs of reference material")
    if not np.any(my == 0) or not np.any(my > 0):
        raise RuleError("procedure c needs reference material at zero and near the reference concentration")
    line = ols(np.concatenate([a, mx]), np.concatenate([b, my]))
    return Calibration(Procedure.C, line.intercept, line.slope)


def calibrate(
    procedure: Procedure,
    x: ArrayLike,
    y: ArrayLike,
    *,
    zero_reading: float | None = None,
    material: tuple[ArrayLike, ArrayLike] | None = None,
) -> Calibration:
    """Calibration function by the procedure chosen (:func:`procedure_for`); b needs ``zero_reading``, c ``material``.

    ``material`` holds signals and values of the reference material. Raises :class:`RuleError` where what the procedure
    needs is missing, and as :func:`calibrate_a`, :func:`calibrate_b`, :func:`calibrate_c`.

    >>> calibrate(Procedure.B, [8.0, 8.0], [2.0, 2.0], zero_reading=4.0).slope
    0.5
    """
    if procedure == Procedure.A:
        return calibrate_a(x, y)
    if procedure == Procedure.B:
        return calibrate_b(x, y, math.nan if zero_reading is None else zero_reading)
    if material is None:
        raise RuleError("procedure c needs pairs of reference material at zero and near the reference concentration")
    return calibrate_c(x, y, *material)


def valid_max(calibrated_standard: ArrayLike, rule: Qal2Rule) -> float:
    """Upper end of the valid calibration range, 1.1 times the largest calibrated value at standard conditions.

    Raises :class:`RuleError` without values, or where none is above 0. *Source*: EN 14181, olicem [V2].

    >>> valid_max([5.0, 10.0], Qal2Rule(1.96, 15, 15.0, 1.1, 0.5))
    11.0
    """
    top = float(sample(calibrated_standard, 1, "calibrated values").max())
    return rule.range_factor * positive("the largest calibrated value", top)


def qal2(
    x: ArrayLike,
    y: ArrayLike,
    calibration: Calibration,
    requirement: Requirement,
    rule: Qal2Rule,
    to_standard: ArrayLike = 1.0,
) -> Qal2:
    """The test of variability of a calibration function on its pairs: s_D ≤ σ0·k_v.

    ``to_standard`` is the factor from the conditions of the AMS to standard conditions, one number or shape (n,).
    With fewer than 15 pairs, or a function that does not rise with the signal, nothing can be judged. A failed test is
    out of control: the values may not be used before a QAL2 is passed. Raises :class:`RuleError` for fewer than three
    or not finite pairs and factors that are not positive. *Source*: EN 14181 QAL2; international facts A.10 [M].
    """
    a, b = pairs(x, y, 3, "pairs of QAL2")
    factor = np.broadcast_to(np.asarray(to_standard, dtype=np.float64), a.shape)
    if not np.all((factor > 0) & np.isfinite(factor)):
        raise RuleError("factors to standard conditions must be positive numbers")
    fitted: Array = calibration.value(a) * factor
    found = differences(b * factor, fitted)
    sigma0, kv = requirement.sigma0(rule.coverage), k_v(found.n, rule.kv_quantile)
    limit = sigma0 * kv
    outcome, reason = _judged(found.n, found.sd, limit, calibration, rule)
    return Qal2(
        limit=limit,
        passed=outcome == Outcome.PASSED,
        outcome=outcome,
        reason=reason,
        calibration=calibration,
        valid_max=valid_max(fitted, rule),
        sd=found.sd,
        mean_difference=found.mean,
        sigma0=sigma0,
        kv=kv,
        n=found.n,
    )


def _judged(n: int, sd: float, limit: float, calibration: Calibration, rule: Qal2Rule) -> tuple[Outcome, str]:
    if n < rule.min_pairs:
        return Outcome.CANNOT_JUDGE, f"{n} pairs, at least {rule.min_pairs} are needed"
    if not calibration.slope > 0:
        return Outcome.CANNOT_JUDGE, f"the calibration function does not rise (slope {calibration.slope:.4g})"
    met = variability_met(sd, limit)
    reason = f"standard deviation of the differences {sd:.4g}, limit {limit:.4g}"
    return (Outcome.PASSED if met else Outcome.OUT_OF_CONTROL), reason
