"""Calibration error of 40 CFR Part 75: the daily test and the 7-day test, for gas and flow monitors."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TypeAlias

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.quality.exact import exact, percent, positive
from reconcile.quality.monitor import PERCENT_GASES, Monitor
from reconcile.quality.outcome import Outcome, Verdict
from reconcile.rulebooks.rounding import round_half_away

Window: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class CalibrationRule:
    """Figures of the calibration error; the first of each pair is the performance limit, the second out of control."""

    percent_gas: Window
    """|R-A| of CO2 and O2 [% CO2 or O2]."""
    ppm_gas_span: Window
    """|R-A|/S of SO2 and NOx [% of span]."""
    small_span_ppm: Window
    """|R-A| of SO2 and NOx that still meets the performance limit, and the span below which it counts [ppm]."""
    flow_span: Window
    """|R-A|/S of flow [% of span]."""
    dp_inh2o: Window
    """|R-A| of a differential-pressure flow monitor [inH2O]: performance limit, and below which it is in control."""
    zero_level: Window
    """Where the low reference must lie [% of span], ends included."""
    gas_levels: tuple[Window, Window]
    """Where the upscale gas must lie: mid or high [% of span], ends included."""
    flow_level: Window
    """Where the upscale flow reference must lie [% of span], ends included."""
    days: int
    """Days of the 7-day test."""
    seven_percent_gas: float
    """Limit of the 7-day test for CO2 and O2 [% CO2 or O2]."""
    seven_flow_span: float
    """Limit of the 7-day test for flow [% of span]."""
    seven_places: int
    """Decimals to which CO2 and O2 are rounded in the 7-day test before they are judged."""


@dataclass(frozen=True, slots=True)
class Injection:
    """One reference and what the monitor made of it, in the unit of the span."""

    reference: float
    """R: certified value of the gas, or reference signal of the flow monitor."""
    response: float
    """A: reading of the monitor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration(Verdict):
    """A calibration error test; ``limit`` and errors in % CO2 or O2 for these gases, otherwise in % of span."""

    zero_error: float
    """Calibration error at the low level, unrounded."""
    upscale_error: float
    """Calibration error at the upscale level, unrounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SevenDay(Verdict):
    """A 7-day calibration error test; ``limit`` in the unit of the errors."""

    errors: tuple[tuple[float, float], ...]
    """(zero, upscale) error of each day, unrounded."""
    judged: tuple[tuple[float, float], ...]
    """The same figures as they are held against the limit: CO2 and O2 rounded, flow as it is."""


def calibration_rule_of(parameters: Parameters) -> CalibrationRule:
    """The figures of the calibration error (qa_p75_cal_..., qa_p75_seven_day_...) [V]."""

    def pair(first: str, second: str) -> Window:
        return parameters.value(f"qa_p75_cal_{first}"), parameters.value(f"qa_p75_cal_{second}")

    return CalibrationRule(
        percent_gas=pair("spec_pct", "ooc_pct"),
        ppm_gas_span=pair("spec_span_pct", "ooc_span_pct"),
        small_span_ppm=pair("spec_ppm", "small_span_ppm"),
        flow_span=pair("flow_spec_span_pct", "flow_ooc_span_pct"),
        dp_inh2o=pair("dp_spec_inh2o", "dp_ooc_inh2o"),
        zero_level=pair("zero_min_span_pct", "zero_max_span_pct"),
        gas_levels=(
            pair("gas_mid_min_span_pct", "gas_mid_max_span_pct"),
            pair("gas_high_min_span_pct", "gas_high_max_span_pct"),
        ),
        flow_level=pair("flow_min_span_pct", "flow_max_span_pct"),
        days=round(parameters.value("qa_p75_seven_day_days")),
        seven_percent_gas=parameters.value("qa_p75_seven_day_pct"),
        seven_flow_span=parameters.value("qa_p75_seven_day_flow_span_pct"),
        seven_places=round(parameters.value("qa_p75_seven_day_places")),
    )


def calibration_error(injection: Injection, span: float, monitor: Monitor) -> float:
    """Calibration error: |R-A| [% CO2 or O2] for these gases, |R-A|/S x 100 [% of span] for SO2, NOx and flow.

    Raises :class:`RuleError` for a figure that is not finite, a span that is not above 0, or moisture, which has none.
    *Source*: 40 CFR Part 75 App. A 7.2, Eq. A-5 and A-6 [V].

    >>> calibration_error(Injection(11.1, 12.1), 20.0, Monitor.CO2), calibration_error(
    ...     Injection(500.0, 530.0), 1000.0, Monitor.FLOW)
    (1.0, 3.0)
    """
    return float(_error(injection, span, monitor))


def daily_calibration(
    monitor: Monitor,
    zero: Injection,
    upscale: Injection,
    span: float,
    rule: CalibrationRule,
    *,
    differential_pressure: bool = False,
) -> Calibration:
    """The daily calibration error test, judged by the worse of its two injections.

    The test counts as passed up to and at the out-of-control limit (CO2, O2: 1.0 %; flow: 6.0 % of span); above the
    performance limit (0.5 %; 3.0 %) its outcome is ``recalibrate``. ``differential_pressure`` says that a flow monitor
    is of that type and that its figures are in inH2O: then the absolute alternatives hold too. A reference outside its
    level leaves the test without a judgement. Raises as :func:`calibration_error` does.
    *Source*: 40 CFR Part 75 App. A 3.1, 5.2; App. B 2.1.4(a) [V].

    >>> from reconcile.parameters import load_parameters
    >>> rule = calibration_rule_of(load_parameters())
    >>> test = daily_calibration(Monitor.CO2, Injection(0.0, 0.1), Injection(11.1, 12.1), 20.0, rule)
    >>> test.upscale_error, test.passed, test.outcome.value
    (1.0, True, 'recalibrate')
    """
    errors = tuple(_error(injection, span, monitor) for injection in (zero, upscale))
    spec, stop = _limits(monitor, rule)
    unit = "%" if monitor in PERCENT_GASES else "% of span"
    if faults := _level_faults(monitor, zero, upscale, span, rule):
        outcome, limit, reason = Outcome.CANNOT_JUDGE, spec, "; ".join(faults)
    else:
        ranks = [
            _rank(monitor, injection, error, span, rule, dp=differential_pressure)
            for injection, error in zip((zero, upscale), errors, strict=True)
        ]
        outcome = max(ranks, key=_SEVERITY.index)
        limit = stop if outcome is Outcome.OUT_OF_CONTROL else spec
        found = f"calibration error of {monitor.value} is {float(errors[0]):.4g} {unit} at zero and "
        reason = f"{found}{float(errors[1]):.4g} {unit} upscale (performance {spec:g}, out of control above {stop:g})"
    return Calibration(
        limit=limit,
        passed=outcome in {Outcome.PASSED, Outcome.PASSED_ALTERNATIVE, Outcome.RECALIBRATE},
        outcome=outcome,
        reason=reason,
        zero_error=float(errors[0]),
        upscale_error=float(errors[1]),
    )


def seven_day(
    monitor: Monitor,
    days: Sequence[tuple[date, Injection, Injection]],
    span: float,
    rule: CalibrationRule,
    *,
    idle_days: Collection[date] = (),
) -> SevenDay:
    """The 7-day calibration error test: (day, zero, upscale) on seven consecutive days, each within the limit.

    CO2 and O2 are rounded to 0.1 % before they are held against 0.5 %, as EPA's software does; flow is not rounded.
    ``idle_days`` are days without operation, which do not break the row. Without seven days in a row, or with a
    reference outside its level, there is no judgement. Raises :class:`RuleError` for SO2, NOx and moisture, whose
    limits the table does not hold, and as :func:`calibration_error` does.
    *Source*: 40 CFR Part 75 App. A 3.1, 6.3.1 [V]; rounding: US EPA check engine [V2].
    """
    if monitor not in PERCENT_GASES | {Monitor.FLOW}:
        raise RuleError(f"there is no limit for a 7-day calibration error test of {monitor.value}")
    limit = rule.seven_percent_gas if monitor in PERCENT_GASES else rule.seven_flow_span
    errors = tuple((calibration_error(z, span, monitor), calibration_error(u, span, monitor)) for _, z, u in days)
    judged = errors
    if monitor in PERCENT_GASES:
        places = rule.seven_places
        judged = tuple((round_half_away(a, places), round_half_away(b, places)) for a, b in errors)
    faults = [f for _, z, u in days for f in _level_faults(monitor, z, u, span, rule)]
    if not _in_a_row([day for day, _, _ in days], rule.days, idle_days):
        faults.append(f"{rule.days} consecutive days are needed")
    worst = max((max(pair) for pair in judged), default=float("nan"))
    if faults:
        outcome, reason = Outcome.CANNOT_JUDGE, "; ".join(dict.fromkeys(faults))
    else:
        outcome = Outcome.PASSED if exact(worst) <= exact(limit) else Outcome.FAILED
        reason = f"largest calibration error of {rule.days} days is {worst:.4g}, limit {limit:g}"
    return SevenDay(
        limit=limit, passed=outcome is Outcome.PASSED, outcome=outcome, reason=reason, errors=errors, judged=judged
    )


_SEVERITY = (Outcome.PASSED, Outcome.PASSED_ALTERNATIVE, Outcome.RECALIBRATE, Outcome.OUT_OF_CONTROL)


def _error(injection: Injection, span: float, monitor: Monitor) -> Decimal:
    if monitor is Monitor.MOISTURE:
        raise RuleError("a moisture system has no calibration error of its own; test its O2 analysers")
    scale = positive(span, "span")
    apart = abs(exact(injection.reference, "reference") - exact(injection.response, "response"))
    return apart if monitor in PERCENT_GASES else percent(apart, scale)


def _limits(monitor: Monitor, rule: CalibrationRule) -> Window:
    if monitor in PERCENT_GASES:
        return rule.percent_gas
    return rule.flow_span if monitor is Monitor.FLOW else rule.ppm_gas_span


def _rank(
    monitor: Monitor, injection: Injection, error: Decimal, span: float, rule: CalibrationRule, *, dp: bool
) -> Outcome:
    """What one injection comes to."""
    spec, stop = (exact(limit) for limit in _limits(monitor, rule))
    apart = abs(exact(injection.reference) - exact(injection.response))
    if error <= spec:
        return Outcome.PASSED
    if monitor is Monitor.FLOW:
        if dp and apart <= exact(rule.dp_inh2o[0]):
            return Outcome.PASSED_ALTERNATIVE
        held = error <= stop or (dp and apart < exact(rule.dp_inh2o[1]))
        return Outcome.RECALIBRATE if held else Outcome.OUT_OF_CONTROL
    small = monitor not in PERCENT_GASES and exact(span) < exact(rule.small_span_ppm[1])
    if small and apart <= exact(rule.small_span_ppm[0]):
        return Outcome.PASSED_ALTERNATIVE
    return Outcome.RECALIBRATE if error <= stop else Outcome.OUT_OF_CONTROL


def _level_faults(
    monitor: Monitor, zero: Injection, upscale: Injection, span: float, rule: CalibrationRule
) -> list[str]:
    upper = (rule.flow_level,) if monitor is Monitor.FLOW else rule.gas_levels
    faults = []
    for name, injection, windows in (("low", zero, (rule.zero_level,)), ("upscale", upscale, upper)):
        level = percent(exact(injection.reference), positive(span, "span"))
        if not any(exact(low) <= level <= exact(high) for low, high in windows):
            allowed = " or ".join(f"{low:g} to {high:g}" for low, high in windows)
            faults.append(f"the {name} reference lies at {float(level):.4g} % of span, not at {allowed} %")
    return faults


def _in_a_row(days: Sequence[date], needed: int, idle: Collection[date]) -> bool:
    """Whether these are ``needed`` different days in a row, idle days between them skipped."""
    if len(days) != needed:
        return False
    for before, after in pairwise(days):
        expected = before + timedelta(days=1)
        while expected in idle and expected < after:
            expected += timedelta(days=1)
        if expected != after:
            return False
    return True
