"""The quarterly linearity check of 40 CFR Part 75: three gases, three injections each; and when the next is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.quality.calibration import Injection
from reconcile.quality.exact import exact, mean, percent, positive
from reconcile.quality.monitor import GASES, PERCENT_GASES, Monitor
from reconcile.quality.outcome import Outcome, Verdict

LEVELS = ("low", "mid", "high")
"""The three levels of the check."""


@dataclass(frozen=True, slots=True)
class LinearityRule:
    """Figures of the linearity check."""

    limit_pct: float
    """Limit of LE [% of the mean reference]."""
    alternative_pct: float
    """Alternative limit of CO2 and O2, difference of the means [% CO2 or O2]."""
    alternative_ppm: float
    """Alternative limit of SO2 and NOx, difference of the means [ppm]."""
    windows: tuple[tuple[float, float], ...]
    """Where the gases of :data:`LEVELS` must lie [% of span], ends included."""
    injections: int
    """Injections at each level."""
    grace_hours: float
    """Unit operating hours after a quarter in which the check may still be made."""
    max_quarters: int
    """Most calendar quarters between two checks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelError(Verdict):
    """Linearity error at one level; ``limit`` in % unless the alternative decided, then in % CO2, O2 or ppm."""

    error_pct: float
    """LE = |mean(R) - mean(A)| / mean(R) x 100 [%], unrounded."""
    difference: float
    """|mean(R) - mean(A)|, in the unit of the gas, unrounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearityCheck(Verdict):
    """A linearity check; ``limit`` is that of the worst level."""

    levels: tuple[LevelError, ...]
    """One for each of :data:`LEVELS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearityDue(Verdict):
    """Whether the last passed check still covers an hour; ``limit`` in unit operating hours of grace."""

    quarters_since: int
    """Calendar quarters from that of the check to that of the hour."""
    grace_used: float
    """Unit operating hours since the check ran out; 0 before."""


def linearity_rule_of(parameters: Parameters) -> LinearityRule:
    """The figures of the linearity check (qa_p75_linearity_...) [V]."""
    edge = "qa_p75_linearity_{}_{}_span_pct"
    return LinearityRule(
        parameters.value("qa_p75_linearity_pct"),
        parameters.value("qa_p75_linearity_abs_pct"),
        parameters.value("qa_p75_linearity_abs_ppm"),
        tuple((parameters.value(edge.format(n, "min")), parameters.value(edge.format(n, "max"))) for n in LEVELS),
        round(parameters.value("qa_p75_linearity_injections")),
        parameters.value("qa_p75_linearity_grace_h"),
        round(parameters.value("qa_p75_linearity_quarters")),
    )


def linearity_check(
    monitor: Monitor, levels: Sequence[Sequence[Injection]], span: float, rule: LinearityRule
) -> LinearityCheck:
    """The linearity check of a gas monitor: three injections at each of three levels, every level within a limit.

    LE = |mean(R) - mean(A)|/mean(R) x 100 must be at most 5.0 %, or the means at most 0.5 % CO2 or O2 (5 ppm SO2 or
    NOx) apart. A gas outside its window of span, or another number of injections, leaves the check without a judgement;
    the figures are given. ``levels`` run from low to high. Raises :class:`RuleError` for flow and moisture, unless
    there are three levels with an injection each, and for references whose mean is not above 0.

    *Source*: 40 CFR Part 75 App. A 3.2, 5.2, 6.2, Eq. A-4 [V].
    """
    if monitor not in GASES:
        raise RuleError(f"a linearity check is made with gases, not on {monitor.value}")
    if len(levels) != len(LEVELS):
        raise RuleError(f"a linearity check has {len(LEVELS)} levels (found {len(levels)})")
    found = tuple(_level(monitor, name, level, rule) for name, level in zip(LEVELS, levels, strict=True))
    worst = max(found, key=lambda level: (_RANK.index(level.outcome), level.error_pct))
    if faults := _faults(levels, span, rule):
        outcome, reason = Outcome.CANNOT_JUDGE, "; ".join(faults)
    else:
        outcome, reason = worst.outcome, f"worst level: {worst.reason}"
    return LinearityCheck(limit=worst.limit, passed=outcome in _RANK[:2], outcome=outcome, reason=reason, levels=found)


def linearity_due(quarters_since: int, grace_used: float, rule: LinearityRule) -> LinearityDue:
    """Whether the last passed check still covers an hour.

    ``quarters_since`` counts calendar quarters from that of the check (0) to that of the hour; ``grace_used`` the unit
    operating hours from the end of the last covered quarter to the hour, the hour itself included. Four quarters are
    covered; then the grace of 168 unit operating hours, the 168th included. Raises :class:`RuleError` for a negative
    count. *Source*: 40 CFR Part 75 App. B 2.2.3, 2.2.4 [V].

    >>> rule = LinearityRule(5.0, 0.5, 5.0, ((20, 30), (50, 60), (80, 100)), 3, 168.0, 4)
    >>> [linearity_due(5, hours, rule).passed for hours in (168.0, 168.25)]
    [True, False]
    """
    if quarters_since < 0 or exact(grace_used, "grace_used") < 0:
        raise RuleError("neither the quarters since a check nor the hours of grace can be negative")
    over = quarters_since > rule.max_quarters
    passed = not over or exact(grace_used) <= exact(rule.grace_hours)
    text = f"{quarters_since} quarters since the last passed linearity check (at most {rule.max_quarters})"
    if over:
        text += f", {grace_used:g} of {rule.grace_hours:g} unit operating hours of grace used"
    return LinearityDue(
        limit=rule.grace_hours,
        passed=passed,
        outcome=Outcome.PASSED if passed else Outcome.OUT_OF_CONTROL,
        reason=text,
        quarters_since=quarters_since,
        grace_used=grace_used,
    )


_RANK = (Outcome.PASSED, Outcome.PASSED_ALTERNATIVE, Outcome.OUT_OF_CONTROL)


def _level(monitor: Monitor, name: str, injections: Sequence[Injection], rule: LinearityRule) -> LevelError:
    reference = mean([exact(i.reference, f"reference of {name}") for i in injections])
    response = mean([exact(i.response, f"response of {name}") for i in injections])
    if reference <= 0:
        raise RuleError(f"the mean reference of the {name} level must be above 0 (found {float(reference)!r})")
    apart: Decimal = abs(reference - response)
    error = percent(apart, reference)
    other = rule.alternative_pct if monitor in PERCENT_GASES else rule.alternative_ppm
    if error <= exact(rule.limit_pct):
        outcome, limit = Outcome.PASSED, rule.limit_pct
    elif apart <= exact(other):
        outcome, limit = Outcome.PASSED_ALTERNATIVE, other
    else:
        outcome, limit = Outcome.OUT_OF_CONTROL, rule.limit_pct
    unit = "%" if monitor in PERCENT_GASES else "ppm"
    return LevelError(
        limit=limit,
        passed=outcome is not Outcome.OUT_OF_CONTROL,
        outcome=outcome,
        reason=(
            f"{name}: linearity error {float(error):.4g} % (limit {rule.limit_pct:g} %), "
            f"means {float(apart):.4g} {unit} apart (alternative {other:g})"
        ),
        error_pct=float(error),
        difference=float(apart),
    )


def _faults(levels: Sequence[Sequence[Injection]], span: float, rule: LinearityRule) -> list[str]:
    scale = positive(span, "span")
    faults = []
    for name, injections, (low, high) in zip(LEVELS, levels, rule.windows, strict=True):
        if len(injections) != rule.injections:
            faults.append(f"{name}: {rule.injections} injections are needed (found {len(injections)})")
        shares = [percent(exact(i.reference), scale) for i in injections]
        if any(not exact(low) <= share <= exact(high) for share in shares):
            faults.append(f"the {name} gas lies at {float(shares[0]):.4g} % of span, not at {low:g} to {high:g} %")
    return faults
