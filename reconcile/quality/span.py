"""Span and range of Part 75 monitors: where the span must lie, how the range is used, and flow above full scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.quality.exact import exact, positive
from reconcile.quality.monitor import Monitor
from reconcile.quality.outcome import Outcome, Verdict

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SpanRule:
    """Figures of span and range."""

    co2_boiler_pct: tuple[float, float]
    """Where the span of CO2 of a boiler lies [% CO2], ends included."""
    co2_turbine_pct: tuple[float, float]
    """Where the span of CO2 of a turbine lies [% CO2], ends included."""
    o2_pct: tuple[float, float]
    """Where the span of O2 lies [% O2], ends included."""
    use_pct: tuple[float, float]
    """Between which shares of full scale most readings should lie [% of full scale], ends included."""
    most_pct: float
    """What is taken as most: more than this [% of readings]."""
    over_range_pct: float
    """What is reported for a flow above full scale [% of the range]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeUse(Verdict):
    """How the range is used; ``limit`` in % of readings."""

    inside_pct: float
    """Readings within the wanted part of full scale [% of those that are finite]."""
    readings: int
    """Readings that are finite."""


def span_rule_of(parameters: Parameters) -> SpanRule:
    """The figures of span and range (qa_p75_span_..., qa_p75_range_..., qa_p75_over_range_pct) [V]."""

    def pair(first: str, second: str) -> tuple[float, float]:
        return parameters.value(f"qa_p75_{first}"), parameters.value(f"qa_p75_{second}")

    return SpanRule(
        pair("span_co2_boiler_min_pct", "span_co2_boiler_max_pct"),
        pair("span_co2_turbine_min_pct", "span_co2_turbine_max_pct"),
        pair("span_o2_min_pct", "span_o2_max_pct"),
        pair("range_low_pct", "range_high_pct"),
        parameters.value("qa_p75_range_most_pct"),
        parameters.value("qa_p75_over_range_pct"),
    )


def span_in_place(monitor: Monitor, span_pct: float, unit: Literal["boiler", "turbine"], rule: SpanRule) -> Verdict:
    """Whether the span of a CO2 or O2 monitor lies where the rule wants it; ``limit`` is the end that decided [%].

    Raises :class:`RuleError` for another monitor or a span that is not above 0.
    *Source*: 40 CFR Part 75 App. A 2.1 [V].
    """
    if monitor not in {Monitor.CO2, Monitor.O2}:
        raise RuleError(f"there is no fixed place for the span of {monitor.value}")
    co2 = rule.co2_boiler_pct if unit == "boiler" else rule.co2_turbine_pct
    low, high = rule.o2_pct if monitor is Monitor.O2 else co2
    span = positive(span_pct, "span_pct")
    passed = exact(low) <= span <= exact(high)
    return Verdict(
        limit=low if span < exact(low) else high,
        passed=passed,
        outcome=Outcome.PASSED if passed else Outcome.FAILED,
        reason=f"span of {span_pct:g} % {monitor.value} (allowed {low:g} to {high:g} %)",
    )


def range_use(readings: ArrayLike, full_scale: float, rule: SpanRule) -> RangeUse:
    """How many readings lie between 20 and 80 % of full scale; most of them should.

    ``readings`` shape (n,), unit of ``full_scale``; NaN does not count. No finite reading: no judgement. Raises
    :class:`RuleError` for a full scale that is not above 0. *Source*: 40 CFR Part 75 App. A 2.1 [V]; what is most is a
    project choice.
    """
    scale = float(positive(full_scale, "full_scale"))
    values = np.asarray(readings, dtype=np.float64)
    values = values[np.isfinite(values)]
    low, high = rule.use_pct
    share = np.round(values * 100 / scale, 9)
    inside = int(np.count_nonzero((share >= low) & (share <= high)))
    part = 100.0 * inside / values.size if values.size else float("nan")
    outcome = Outcome.PASSED if part > rule.most_pct else Outcome.FAILED
    if not values.size:
        outcome = Outcome.CANNOT_JUDGE
    return RangeUse(
        limit=rule.most_pct,
        passed=outcome is Outcome.PASSED,
        outcome=outcome,
        reason=f"{part:.4g} % of {values.size} readings lie at {low:g} to {high:g} % of full scale",
        inside_pct=part,
        readings=int(values.size),
    )


def over_range_flow(flow_scfh: ArrayLike, full_scale_scfh: float, rule: SpanRule) -> Array:
    """Hourly flow as reported [scfh]: 200 % of the range where the flow exceeds full scale, else as it is.

    Shape as given; at full scale exactly the flow stands; NaN stays NaN. Raises :class:`RuleError` for a full scale
    that is not above 0. *Source*: 40 CFR Part 75 App. A 2.1.4.3(b) [V].

    >>> rule = SpanRule((14, 20), (6, 14), (15, 25), (20, 80), 50.0, 200.0)
    >>> over_range_flow([99.0, 100.0, 100.1], 100.0, rule).tolist()
    [99.0, 100.0, 200.0]
    """
    scale = float(positive(full_scale_scfh, "full_scale_scfh"))
    flow = np.asarray(flow_scfh, dtype=np.float64)
    return np.where(flow > scale, scale * rule.over_range_pct / 100, flow)
