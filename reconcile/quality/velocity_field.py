"""Velocity-field coefficient Kv (速度场系数) of HJ 75-2017 and its precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.quality.exact import exact, mean, percent, positive, ratio, series, standard_deviation
from reconcile.quality.outcome import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class FieldRule:
    """Figures of the velocity-field coefficient."""

    cv_pct: float
    """Limit of the precision Cv [%]."""
    pairs_per_day: int
    """Fewest pairs of a day."""
    days: int
    """Fewest days."""


@dataclass(frozen=True, slots=True)
class Day:
    """Simultaneous section mean and point velocity of one day."""

    reference_m_s: Sequence[float]
    """Section mean velocity by the reference method, one per traverse [m/s]."""
    cems_m_s: Sequence[float]
    """Velocity of the CEMS over the same time [m/s]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VelocityField(Verdict):
    """Kv and its precision; ``limit`` in %."""

    kv: float
    """Mean of the daily coefficients, unrounded."""
    daily: tuple[float, ...]
    """Coefficient of each day."""
    cv_pct: float
    """Cv, sample standard deviation of the daily coefficients as % of their mean, unrounded."""
    cv_pairs_pct: float
    """The same over all single pairs, for information [%]."""


def field_rule_of(parameters: Parameters) -> FieldRule:
    """The figures of the velocity-field coefficient (qa_hj_kv_...) [M]."""
    return FieldRule(
        parameters.value("qa_hj_kv_cv_pct"),
        round(parameters.value("qa_hj_kv_pairs_per_day")),
        round(parameters.value("qa_hj_kv_days")),
    )


def velocity_field(
    days: Sequence[Day], reference_area_m2: float, cems_area_m2: float, rule: FieldRule
) -> VelocityField:
    """Velocity-field coefficient, Kv = (Fs/Fp) · (mean V of the reference)/(mean V of the CEMS), and its precision.

    The coefficient is formed day by day from the means of the day; Kv is their mean, Cv = S/Kv x 100 their spread, at
    most 5 %. ``reference_area_m2`` is Fs, the section of the traverse, ``cems_area_m2`` is Fp. With fewer than 3 days,
    or fewer than 5 pairs on one of them, there is no judgement, but the figures are given. Raises :class:`RuleError`
    for fewer than two days, an area or a velocity that is not above 0, or unequal numbers.

    *Source*: HJ 75-2017 appendix on the velocity-field coefficient [M]; that Cv is taken over days [M].

    >>> days = [Day([12.6] * 5, [12.0] * 5), Day([12.6] * 5, [12.5] * 5), Day([12.6] * 5, [11.5] * 5)]
    >>> found = velocity_field(days, 60.0, 60.0, FieldRule(5.0, 5, 3))
    >>> round(found.kv, 4), round(found.cv_pct, 2), found.passed
    (1.0512, 4.17, True)
    """
    if len(days) < 2:
        raise RuleError(f"the precision of Kv needs at least two days (found {len(days)})")
    areas = ratio(positive(reference_area_m2, "reference_area_m2"), positive(cems_area_m2, "cems_area_m2"))
    measured = [_velocities(day, index) for index, day in enumerate(days)]
    daily = [areas * ratio(mean(reference), mean(cems)) for reference, cems in measured]
    single = [areas * ratio(a, b) for reference, cems in measured for a, b in zip(reference, cems, strict=True)]
    kv = mean(daily)
    cv = percent(standard_deviation(daily), kv)
    faults = [f"{rule.days} days are needed (found {len(days)})"] if len(days) < rule.days else []
    faults += [
        f"day {index + 1} has {len(reference)} pairs of {rule.pairs_per_day}"
        for index, (reference, _) in enumerate(measured)
        if len(reference) < rule.pairs_per_day
    ]
    judged = Outcome.PASSED if cv <= exact(rule.cv_pct) else Outcome.FAILED
    outcome = Outcome.CANNOT_JUDGE if faults else judged
    text = f"Kv = {float(kv):.4g} with a precision of {float(cv):.4g} % (limit {rule.cv_pct:g} %)"
    return VelocityField(
        limit=rule.cv_pct,
        passed=outcome is Outcome.PASSED,
        outcome=outcome,
        reason="; ".join([text, *faults]),
        kv=float(kv),
        daily=tuple(float(k) for k in daily),
        cv_pct=float(cv),
        cv_pairs_pct=float(percent(standard_deviation(single), mean(single))),
    )


def _velocities(day: Day, index: int) -> tuple[tuple[Decimal, ...], tuple[Decimal, ...]]:
    reference = series(day.reference_m_s, f"reference velocity of day {index + 1}")
    cems = series(day.cems_m_s, f"CEMS velocity of day {index + 1}")
    if len(reference) != len(cems):
        raise RuleError(f"day {index + 1}: {len(reference)} reference and {len(cems)} CEMS velocities do not pair")
    if min(*reference, *cems) <= 0:
        raise RuleError(f"day {index + 1}: a velocity of the comparison is not above 0")
    return reference, cems
