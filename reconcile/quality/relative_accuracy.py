"""Relative accuracy (相对准确度) of HJ 75-2017: gas by the t interval of the differences, the others by their mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from scipy import stats

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.quality.exact import exact, mean, percent, positive, ratio, series, standard_deviation
from reconcile.quality.outcome import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class AccuracyRule:
    """Figures of the comparison with the reference method."""

    gas_pct: float
    """Limit of RA of a gas [%]."""
    gas_min_umol: float
    """Mean of the reference method from which that limit holds [µmol/mol]."""
    probability: float
    """Probability of Student's t."""
    gas_pairs: int
    """Fewest pairs of a gas."""
    flue_pairs: int
    """Fewest pairs of velocity, temperature and moisture."""
    velocity_branch_m_s: float
    """Mean of the reference method above which ``velocity_above_pct`` holds [m/s]."""
    velocity_above_pct: float
    """Limit above the branch [%]."""
    velocity_below_pct: float
    """Limit at the branch and below [%]."""
    temperature_degc: float
    """Limit of the temperature [degC]."""
    moisture_branch_pct: float
    """Mean of the reference method above which the relative limit holds [% H2O]."""
    moisture_relative_pct: float
    """Limit above the branch [% of the reference]."""
    moisture_absolute_pct: float
    """Limit at the branch and below [% H2O]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeAccuracy(Verdict):
    """Relative accuracy of a gas; ``limit`` in %, figures unrounded."""

    n: int
    """Number of pairs."""
    mean_difference: float
    """Mean of CEMS - RM, unit of the pairs."""
    standard_deviation: float
    """Sample standard deviation of the differences, unit of the pairs."""
    confidence: float
    """cc, half width of the interval of the mean difference, unit of the pairs."""
    mean_reference: float
    """Mean of the reference method, unit of the pairs."""
    ra_pct: float
    """Relative accuracy [%]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlueError(Verdict):
    """Error of velocity, temperature or moisture; ``limit`` in % when relative, else in its unit."""

    n: int
    """Number of pairs."""
    absolute: float
    """Mean CEMS - mean RM, unit of the pairs."""
    relative_pct: float | None
    """The same as % of the mean of the reference method; None for the temperature."""
    criterion: str
    """``relative`` or ``absolute``: which of the two was held against the limit."""


def accuracy_rule_of(parameters: Parameters) -> AccuracyRule:
    """The figures of the comparison with the reference method (qa_hj_...) [M, some V2]."""
    return AccuracyRule(
        gas_pct=parameters.value("qa_hj_ra_gas_pct"),
        gas_min_umol=parameters.value("qa_hj_ra_gas_rm_min_umol"),
        probability=parameters.value("qa_hj_ra_probability"),
        gas_pairs=round(parameters.value("qa_hj_gas_pairs")),
        flue_pairs=round(parameters.value("qa_hj_flue_pairs")),
        velocity_branch_m_s=parameters.value("qa_hj_velocity_branch_m_s"),
        velocity_above_pct=parameters.value("qa_hj_velocity_above_pct"),
        velocity_below_pct=parameters.value("qa_hj_velocity_below_pct"),
        temperature_degc=parameters.value("qa_hj_temperature_degC"),
        moisture_branch_pct=parameters.value("qa_hj_moisture_branch_pct"),
        moisture_relative_pct=parameters.value("qa_hj_moisture_relative_pct"),
        moisture_absolute_pct=parameters.value("qa_hj_moisture_absolute_pct"),
    )


def relative_accuracy(
    cems: Sequence[float], reference: Sequence[float], rule: AccuracyRule, *, umol_per_unit: float
) -> RelativeAccuracy:
    """Relative accuracy of a gas in %, RA = (|mean d| + |cc|)/mean(RM) x 100 with d = CEMS - RM.

    At the limit it passes. cc = t(n-1, 0.975) · Sd/sqrt(n). Pairs share one unit; ``umol_per_unit`` turns it into
    µmol/mol (10 000 for % by volume). Below a reference mean of 250 µmol/mol the limit does not hold and nothing is
    judged. Raises :class:`RuleError` for unequal numbers, fewer than 9 pairs, a figure that is not finite, or a
    reference mean that is not above 0. *Source*: HJ 75-2017, formula and 15 % [V2 public code], threshold and number of
    pairs [M].

    >>> from reconcile.parameters import load_parameters
    >>> rm = [12, 11.9, 12.1, 12.2, 12, 11.8, 12, 12.1, 11.9]
    >>> d = [0.10, -0.05, 0.08, 0.12, 0.02, -0.03, 0.07, 0.05, 0.04]
    >>> cems = [a + b for a, b in zip(rm, d)]
    >>> found = relative_accuracy(cems, rm, accuracy_rule_of(load_parameters()), umol_per_unit=10_000.0)
    >>> round(found.ra_pct, 3), found.passed
    (0.734, True)
    """
    readings, truth = _pairs(cems, reference, rule.gas_pairs)
    differences = [a - b for a, b in zip(readings, truth, strict=True)]
    n, middle, level = len(differences), mean(differences), mean(truth)
    if level <= 0:
        raise RuleError(f"the mean of the reference method must be above 0 (found {float(level)!r})")
    spread = standard_deviation(differences)
    cc = exact(student_t(rule.probability, n - 1)) * spread * ratio(Decimal(1), Decimal(n).sqrt())
    accuracy = percent(abs(middle) + abs(cc), level)
    if level * positive(umol_per_unit, "umol_per_unit") < exact(rule.gas_min_umol):
        outcome = Outcome.CANNOT_JUDGE
        text = f"; the limit holds from a reference mean of {rule.gas_min_umol:g} µmol/mol up"
    else:
        outcome = Outcome.PASSED if accuracy <= exact(rule.gas_pct) else Outcome.OUT_OF_CONTROL
        text = ""
    return RelativeAccuracy(
        limit=rule.gas_pct,
        passed=outcome is Outcome.PASSED,
        outcome=outcome,
        reason=f"relative accuracy of {float(accuracy):.4g} % over {n} pairs (limit {rule.gas_pct:g} %){text}",
        n=n,
        mean_difference=float(middle),
        standard_deviation=float(spread),
        confidence=float(cc),
        mean_reference=float(level),
        ra_pct=float(accuracy),
    )


def velocity_error(cems: Sequence[float], reference: Sequence[float], rule: AccuracyRule) -> FlueError:
    """Relative error of the velocity: ±10 % above a reference mean of 10 m/s, ±12 % at it and below.

    Raises :class:`RuleError` for unequal numbers, fewer than 5 pairs, a figure that is not finite, or a reference mean
    that is not above 0. *Source*: HJ 75-2017 [M].
    """
    readings, truth = _pairs(cems, reference, rule.flue_pairs)
    above = mean(truth) > exact(rule.velocity_branch_m_s)
    limit = rule.velocity_above_pct if above else rule.velocity_below_pct
    return _flue("velocity", "m/s", readings, truth, limit, "relative")


def temperature_error(cems: Sequence[float], reference: Sequence[float], rule: AccuracyRule) -> FlueError:
    """Absolute error of the temperature, ±3 degC. Raises as :func:`velocity_error` does. *Source*: HJ 75-2017 [M]."""
    readings, truth = _pairs(cems, reference, rule.flue_pairs)
    return _flue("temperature", "degC", readings, truth, rule.temperature_degc, "absolute", with_relative=False)


def moisture_error(cems: Sequence[float], reference: Sequence[float], rule: AccuracyRule) -> FlueError:
    """Error of the moisture [% H2O]: ±25 % relative above a reference mean of 5 %, ±1.5 % absolute at it and below.

    Raises as :func:`velocity_error` does. *Source*: HJ 75-2017: two branches at 5 % [V2 public code], limits [M].
    """
    readings, truth = _pairs(cems, reference, rule.flue_pairs)
    if mean(truth) > exact(rule.moisture_branch_pct):
        return _flue("moisture", "%", readings, truth, rule.moisture_relative_pct, "relative")
    return _flue("moisture", "%", readings, truth, rule.moisture_absolute_pct, "absolute")


@lru_cache(maxsize=256)
def student_t(probability: float, df: int) -> float:
    """Quantile of Student's t; raises :class:`RuleError` below one degree of freedom.

    >>> round(student_t(0.975, 8), 3)
    2.306
    """
    if df < 1 or not 0 < probability < 1:
        raise RuleError(f"Student's t needs a degree of freedom and a probability (found {df} and {probability!r})")
    return float(stats.t.ppf(probability, df))


def _pairs(
    cems: Sequence[float], reference: Sequence[float], at_least: int
) -> tuple[tuple[Decimal, ...], tuple[Decimal, ...]]:
    readings, truth = series(cems, "CEMS", at_least), series(reference, "reference method", at_least)
    if len(readings) != len(truth):
        raise RuleError(f"{len(readings)} readings and {len(truth)} reference results make no pairs")
    return readings, truth


def _flue(
    name: str,
    unit: str,
    readings: Sequence[Decimal],
    truth: Sequence[Decimal],
    limit: float,
    criterion: str,
    *,
    with_relative: bool = True,
) -> FlueError:
    level = mean(truth)
    absolute = mean(readings) - level
    if with_relative and level <= 0:
        raise RuleError(f"the mean of the reference method must be above 0 (found {float(level)!r})")
    relative = percent(absolute, level) if with_relative else None
    judged, shown = (relative, "%") if criterion == "relative" and relative is not None else (absolute, unit)
    passed = abs(judged) <= exact(limit)
    return FlueError(
        limit=limit,
        passed=passed,
        outcome=Outcome.PASSED if passed else Outcome.OUT_OF_CONTROL,
        reason=f"{criterion} error of the {name} is {float(judged):+.4g} {shown} (limit ±{limit:g} {shown})",
        n=len(truth),
        absolute=float(absolute),
        relative_pct=None if relative is None else float(relative),
        criterion=criterion,
    )
