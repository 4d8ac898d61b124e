"""Relative accuracy test audit (RATA) of 40 CFR Part 75: figures, limits, alternatives and how soon the next is due."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.quality.exact import exact, mean, percent, ratio, series, standard_deviation
from reconcile.quality.monitor import PERCENT_GASES, PPM_GASES, Monitor
from reconcile.quality.outcome import Outcome, Verdict
from reconcile.quality.student_table import StudentTable, student_table_of
from reconcile.rulebooks.rounding import round_half_away


@dataclass(frozen=True, slots=True)
class Alternative:
    """Alternative criteria on the mean difference of one kind of system."""

    passes: float
    """At or below it the audit is passed."""
    annual: float
    """At or below it the next audit is a year away."""


@dataclass(frozen=True, slots=True)
class RataRule:
    """Figures of the RATA."""

    table: StudentTable
    """Student's t as printed."""
    min_runs: int
    """Fewest runs that count."""
    max_rejected: int
    """Most runs that may be left out."""
    limit_pct: float
    """Limit of RA [%]."""
    annual_pct: float
    """RA at or below which the next audit is a year away [%]."""
    places: int
    """Decimals of RA."""
    cap_pct: float
    """Largest RA that can be reported [%]."""
    percent_gas: Alternative
    """CO2 and O2 [% CO2 or O2]."""
    flow_fps: Alternative
    """Flow [ft/s]."""
    slow_fps: float
    """Mean velocity of the reference method up to which ``flow_fps`` holds [ft/s]."""
    moisture: Alternative
    """Moisture [% H2O]."""
    ppm_gas: Alternative
    """SO2 and NOx of low emitters [ppm]."""
    annual_quarters: int
    """QA quarters to the next audit at the annual frequency."""
    semiannual_quarters: int
    """QA quarters to the next audit otherwise."""


@dataclass(frozen=True, slots=True)
class RataFigures:
    """The statistics of the runs that count, unrounded unless the name says otherwise; unit of the runs."""

    n: int
    """Runs that count."""
    mean_reference: float
    """Mean of the reference method."""
    mean_monitor: float
    """Mean of the monitor."""
    mean_difference: float
    """Mean of d = reference - monitor, signed."""
    standard_deviation: float
    """Sample standard deviation of d."""
    confidence: float
    """CC = t · Sd/sqrt(n)."""
    ra_pct: float
    """Relative accuracy [%]."""
    ra_pct_rounded: float
    """The same as reported: to 0.01 %, at most 999.99 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rata(Verdict):
    """A RATA at one load level; ``limit`` is that of RA [%], or of the difference where the alternative decided."""

    monitor: Monitor
    """What was audited."""
    figures: RataFigures
    """Its statistics."""
    annual: bool
    """Whether it earns the annual frequency; False for a failed audit."""
    quarters: int
    """QA operating quarters within which the next is due; 0 for a failed audit: it is due at once."""


def rata_rule_of(parameters: Parameters) -> RataRule:
    """The figures of the RATA (qa_p75_rata_..., p75_t_...) [V]."""

    def value(key: str) -> float:
        return parameters.value(f"qa_p75_rata_{key}")

    return RataRule(
        table=student_table_of(parameters),
        min_runs=round(value("runs")),
        max_rejected=round(value("rejected")),
        limit_pct=value("pct"),
        annual_pct=value("annual_pct"),
        places=round(value("places")),
        cap_pct=value("cap_pct"),
        percent_gas=Alternative(value("abs_pct"), value("annual_abs_pct")),
        flow_fps=Alternative(value("flow_fps"), value("annual_flow_fps")),
        slow_fps=value("flow_slow_fps"),
        moisture=Alternative(value("h2o_pct"), value("annual_h2o_pct")),
        ppm_gas=Alternative(value("ppm"), value("annual_ppm")),
        annual_quarters=round(value("annual_quarters")),
        semiannual_quarters=round(value("semiannual_quarters")),
    )


def rata_figures(
    reference: Sequence[float], monitor: Sequence[float], rule: RataRule, rejected: Collection[int] = ()
) -> RataFigures:
    """The statistics of a RATA, d = reference - monitor; RA = (|mean d| + |CC|)/mean(RM) x 100 [%].

    ``rejected`` are positions (from 0) of runs left out. Raises :class:`RuleError` for unequal numbers of runs, more
    than 3 rejected or one that does not exist, fewer than 9 that count, a figure that is not finite among them, and a
    reference mean that is not above 0. *Source*: 40 CFR Part 75 App. A 6.5.9, 7.3, Eq. A-7 to A-10 [V]; rounding and
    cap: US EPA check engine [V].
    """
    if len(reference) != len(monitor):
        raise RuleError(f"{len(reference)} runs of the reference method and {len(monitor)} of the monitor do not pair")
    left_out = set(rejected)
    if not left_out <= set(range(len(reference))):
        raise RuleError(f"there is no run to reject at {sorted(left_out - set(range(len(reference))))}")
    if len(left_out) > rule.max_rejected:
        raise RuleError(f"at most {rule.max_rejected} runs may be rejected (found {len(left_out)})")
    used = [i for i in range(len(reference)) if i not in left_out]
    truth = series([reference[i] for i in used], "runs of the reference method that count", rule.min_runs)
    readings = series([monitor[i] for i in used], "runs of the monitor that count", rule.min_runs)
    differences = [r - m for r, m in zip(truth, readings, strict=True)]
    n, level, middle, spread = len(used), mean(truth), mean(differences), standard_deviation(differences)
    if level <= 0:
        raise RuleError(f"the mean of the reference method must be above 0 (found {float(level)!r})")
    cc = exact(rule.table.t(n - 1)) * spread * ratio(Decimal(1), Decimal(n).sqrt())
    accuracy = percent(abs(middle) + abs(cc), level)
    return RataFigures(
        n=n,
        mean_reference=float(level),
        mean_monitor=float(mean(readings)),
        mean_difference=float(middle),
        standard_deviation=float(spread),
        confidence=float(cc),
        ra_pct=float(accuracy),
        ra_pct_rounded=min(round_half_away(float(accuracy), rule.places), rule.cap_pct),
    )


def rata(
    monitor: Monitor,
    figures: RataFigures,
    rule: RataRule,
    *,
    velocity_fps: tuple[float, float] | None = None,
    low_emitter: bool = False,
) -> Rata:
    """A RATA held against its limits; RA is judged as it is reported, rounded to 0.01 %. At a limit it passes.

    Main: RA at most 10.0 %; annual frequency at 7.5 %. Alternatives on the mean difference: CO2 and O2 1.0 % (annual
    0.7 %), moisture 1.5 % H2O (1.0 %), SO2 and NOx of a ``low_emitter`` 15 ppm (12 ppm), flow 2.0 ft/s (1.5 ft/s) when
    the reference velocity is at most 10 ft/s. ``velocity_fps`` are the mean velocities of reference method and monitor,
    for flow only; without them that alternative is not tried. Raises :class:`RuleError` for velocities that are not
    finite or given for another monitor. *Source*: 40 CFR Part 75 App. A 3.3; App. B 2.3.1.2 [V].
    """
    other, difference = _alternative(monitor, figures, rule, velocity_fps, low_emitter=low_emitter)
    shown = figures.ra_pct_rounded
    main = exact(shown) <= exact(rule.limit_pct)
    second = other is not None and difference <= exact(other.passes)
    annual = exact(shown) <= exact(rule.annual_pct) or (other is not None and difference <= exact(other.annual))
    if main:
        outcome, limit = Outcome.PASSED, rule.limit_pct
    elif other is not None and second:
        outcome, limit = Outcome.PASSED_ALTERNATIVE, other.passes
    else:
        outcome, limit = Outcome.OUT_OF_CONTROL, rule.limit_pct
    passed = main or second
    text = f"RATA of {monitor.value} over {figures.n} runs: relative accuracy {shown:.{rule.places}f} %"
    text += f" (limit {rule.limit_pct:g} %)"
    if other is not None:
        text += f", mean difference {float(difference):.4g} (alternative {other.passes:g})"
    return Rata(
        limit=limit,
        passed=passed,
        outcome=outcome,
        reason=text,
        monitor=monitor,
        figures=figures,
        annual=passed and annual,
        quarters=(rule.annual_quarters if annual else rule.semiannual_quarters) if passed else 0,
    )


def _alternative(
    monitor: Monitor,
    figures: RataFigures,
    rule: RataRule,
    velocity_fps: tuple[float, float] | None,
    *,
    low_emitter: bool,
) -> tuple[Alternative | None, Decimal]:
    """The alternative criteria that hold, and the size of the mean difference held against them."""
    if velocity_fps is not None and monitor is not Monitor.FLOW:
        raise RuleError(f"velocities belong to a flow monitor, not to {monitor.value}")
    difference = abs(exact(figures.mean_difference))
    if monitor in PERCENT_GASES:
        return rule.percent_gas, difference
    if monitor is Monitor.MOISTURE:
        return rule.moisture, difference
    if monitor in PPM_GASES:
        return (rule.ppm_gas if low_emitter else None), difference
    if velocity_fps is None:
        return None, difference
    reference, reading = (exact(v, "velocity_fps") for v in velocity_fps)
    return (rule.flow_fps if reference <= exact(rule.slow_fps) else None), abs(reference - reading)
