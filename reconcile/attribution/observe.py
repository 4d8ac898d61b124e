"""From the ratios of a point to what is seen in one window: levels, trends and patterns beyond the reference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cems.clock import HOUR_MS
from cems.errors import RuleError
from reconcile.attribution.case import Case
from reconcile.attribution.fuelside import hour_days, unit_shares
from reconcile.attribution.levels import Level, level_of, standing_level
from reconcile.attribution.logbook import recorded_factor, weeks_between_services
from reconcile.attribution.nuisance import Floors, healthy_changes, installed_cov, other_units, wandering
from reconcile.attribution.observation import Observation
from reconcile.attribution.ratios import Ratios
from reconcile.attribution.reference import RatioRule, Reference
from reconcile.attribution.signatures import PATTERNED, Array, Context, features_of
from reconcile.attribution.within_day import Patterns, fit_patterns, regressors, usual_fans
from reconcile.parameters import Parameters
from reconcile.pointhours import PointHours

Spans: TypeAlias = tuple[tuple[int, int] | None, Sequence[tuple[int, int]]]
"""The days before an onset, and spans of other anomalies."""
_KELVIN = 273.15
_WEEK_MS = 7 * 24 * HOUR_MS
_TAILS, _MOVES = (0.05, 0.95), 0.06
"""A load that moves by less than this share between these quantiles has no course: slopes over it would be noise."""
_INSTANTS = 100
"""Instants of a span at which recorded factors are looked up."""
_NODES = 6
"""Nodes of load at which a fault is worked out; its course over load is smooth."""


@dataclass(frozen=True, slots=True)
class SeeingRule:
    """Figures by which a window is looked at."""

    trend_days_min: int
    """Fewest days of a trend."""
    pattern_hours_min: int
    """Fewest hours of a fit of patterns."""
    phase_h: float
    """Time constant of what a calibration leaves behind [h]."""
    co2_air_pct: float
    """CO2 of air [%]."""


def observe(
    case: Case,
    window_ms: tuple[int, int],
    ratio_rule: RatioRule,
    rule: SeeingRule,
    floors: Floors,
    before_ms: tuple[int, int] | None = None,
    ill_ms: Sequence[tuple[int, int]] = (),
    *,
    levels_only: bool = False,
) -> Observation:
    """What is seen of a point in [start, end); ``levels_only`` leaves out the patterns, which take most of the time.

    ``before_ms`` are the days right before an onset: levels are held against them, where they are enough, so that
    instruments that wandered since the reference do not count; spans of ``ill_ms`` among them are left out. With a
    reference levels are of days, or of hours where fewer than two whole days lie in the window; patterns are beyond
    those of the reference. Without one Rm and Rc stand against 1 and the uncertainty of installed instruments.
    Raises :class:`RuleError` where no ratio is known in the window: nothing can then be said of a cause.
    """
    hours = case.hours.part(*window_ms)
    rows, days = case.hourly.between(*window_ms), _whole_days(case.daily, window_ms)
    context = context_of(case, hours, ratio_rule.o2_air_pct, rule.co2_air_pct)
    level = (
        standing_level({name: rows.value(name) for name in ("rm", "rc")}, ratio_rule.phi_max)
        if case.reference is None
        else _levels(case, case.reference, (rows, days), (before_ms, ill_ms), rule)
    )
    if level is None:
        raise RuleError("no ratio is known in the window: neither a mass with its account nor a flow with its load")
    patterns = None if levels_only else _patterns(case, window_ms, ratio_rule, rule)
    names, value, noise = _together(level, patterns)
    value = value - _recorded(case, window_ms, before_ms, names, context)
    healthy = _in_health(case, window_ms, before_ms, floors, names, context)
    return Observation(
        names=names,
        value=value,
        cov=noise + healthy,
        context=context,
        start_ms=window_ms[0],
        end_ms=window_ms[1],
        n_hours=int(rows.hours.sum()),
        n_days=level.n if case.reference is not None and len(days) > 1 else 0,
        standing=case.reference is None,
        monitored_t=math.fsum(rows.monitored_t),
        accounted_t=math.fsum(rows.accounted_t),
        bypass_share=_mean(hours.bypass_open),
        mean_ratio=_mean(rows.rm),
        top_load=_top_load(case),
        fan_changed=_fan_changed(case, hours),
    )


def _in_health(
    case: Case,
    window_ms: tuple[int, int],
    before_ms: tuple[int, int] | None,
    floors: Floors,
    names: tuple[str, ...],
    context: Context,
) -> Array:
    """Covariance of what may be without a fault: slow changes, instruments, other units of the stack than before."""
    healthy = floors.cov(names, standing=case.reference is None)
    if case.reference is None:
        return healthy + installed_cov(floors, names, context)
    base = before_ms or (case.reference.start_ms, case.reference.end_ms)
    apart = abs(sum(window_ms) - sum(base)) / 2 / _WEEK_MS
    long = (window_ms[1] - window_ms[0]) / _WEEK_MS
    shares = unit_shares(case.sides, window_ms, case.offset_ms) - unit_shares(case.sides, base, case.offset_ms)
    mixed = other_units(floors, names, context, float(np.sqrt(shares @ shares)))
    set_anew = weeks_between_services(case.events, float(len(case.hours))) if case.facts.checked else math.inf
    wander = wandering(floors, names, context, apart, long, set_anew)
    return healthy + healthy_changes(floors, names, context) + wander + mixed


def _recorded(
    case: Case, window_ms: tuple[int, int], before_ms: tuple[int, int] | None, names: tuple[str, ...], context: Context
) -> Array:
    """What recorded changes of the flow cabinet's factor made of the features since the days they are held against."""
    if case.reference is None:
        return np.zeros(len(names))
    base = before_ms or (case.reference.start_ms, case.reference.end_ms)
    now, then = (
        float(np.mean(recorded_factor(case.events, np.linspace(*span, _INSTANTS).astype(np.int64))))
        for span in (window_ms, base)
    )
    return np.asarray(features_of({"flow": now - then}, context, names)[0])


def _whole_days(days: Ratios, window_ms: tuple[int, int]) -> Ratios:
    return days.between(window_ms[0], window_ms[1] - days.step_ms + 1)


def _levels(
    case: Case, reference: Reference, window: tuple[Ratios, Ratios], spans: Spans, rule: SeeingRule
) -> Level | None:
    span, (rows, days), (before, ill) = (reference.start_ms, reference.end_ms), window, spans
    if len(days) > 1 and reference.daily:
        earlier = _well(_whole_days(case.daily, before), ill) if before else None
        healthy = _whole_days(case.daily, span)
        level = level_of(days, healthy, earlier, reference, rule.trend_days_min, days=True)
        if level is not None:
            return level
    earlier = _well(case.hourly.between(*before), ill) if before else None
    return level_of(rows, case.hourly.between(*span), earlier, reference, rule.trend_days_min, days=False)


def _well(ratios: Ratios, ill_ms: Sequence[tuple[int, int]]) -> Ratios:
    """Those that touch no span of another anomaly."""
    keep = np.ones(len(ratios), dtype=np.bool_)
    for start, end in ill_ms:
        keep &= (ratios.start_ms + ratios.step_ms <= start) | (ratios.start_ms >= end)
    return ratios.where(keep)


def _patterns(case: Case, window_ms: tuple[int, int], ratio_rule: RatioRule, rule: SeeingRule) -> Patterns | None:
    top = _top_load(case)
    columns = regressors(case.hours, top, case.offset_ms, rule.phase_h)
    at, day = case.hours.start_ms, hour_days(case.hours.start_ms, case.offset_ms)
    # Without a reference QL has none to be held against.
    logs = {name: case.hourly.value(name) for name in PATTERNED if name != "ql" or case.reference is not None}
    # A load pattern needs a feed that was measured: a feed guessed from the load has the pattern of the guess.
    whole = (case.hours.operating_h >= 1) & np.isfinite(case.hours.fuel_feed)
    whole &= columns["calibration"] < 1  # an hour with a check in it is partly of before it

    def fit(span: tuple[int, int]) -> Patterns | None:
        use = whole & (at >= span[0]) & (at < span[1])
        return fit_patterns(logs, columns, use, day, ratio_rule.phi_max, rule.pattern_hours_min)

    seen = fit(window_ms)
    if seen is None or case.reference is None:
        return seen
    healthy = fit((case.reference.start_ms, case.reference.end_ms))
    return seen.less(healthy) if healthy is not None else None


def _together(level: Level, patterns: Patterns | None) -> tuple[tuple[str, ...], Array, Array]:
    if patterns is None or not patterns.names:
        return level.names, level.value, level.cov
    n, m = len(level.names), len(patterns.names)
    cov = np.zeros((n + m, n + m))
    cov[:n, :n], cov[n:, n:] = level.cov, patterns.cov
    return (*level.names, *patterns.names), np.concatenate([level.value, patterns.value]), cov


def context_of(case: Case, hours: PointHours, o2_air_pct: float, co2_air_pct: float) -> Context:
    """The gas of these hours at nodes of load: by the curves of the reference, else as it was measured."""
    valid = hours.operating_h >= 1
    share = hours.load / _top_load(case)
    groups = load_groups(share, valid)
    curves = case.reference.curves if case.reference else {}

    def at_nodes(row: Array, name: str) -> Array:
        curve = curves.get(name)
        healthy = row if curve is None else np.where(np.isfinite(curve.at(hours.load)), curve.at(hours.load), row)
        return np.array([_median(healthy[g]) for g in groups])

    rows = case.hourly.between(int(hours.start_ms[0]), int(hours.start_ms[-1]) + 1) if len(hours) else case.hourly
    fuel, whole = math.fsum(rows.fuel_co2_t), math.fsum(rows.accounted_t)
    counts = np.array([g.sum() for g in groups], dtype=np.float64)
    o2 = at_nodes(hours.o2_pct_dry, "o2")
    co2 = np.array([_median(hours.co2_pct_dry[g]) for g in groups])
    flow = np.array([_median(hours.flow_wet_std[g]) for g in groups])
    return Context(
        share=np.array([_median(share[g]) if len(groups) > 1 else 0.0 for g in groups]),
        weight=counts / counts.sum(),
        co2_pct=np.where(co2 > 0, co2, np.nan),
        o2_pct=o2,
        water=at_nodes(hours.moisture_pct, "moisture") / 100,
        speed=flow / np.nanmax(flow) if np.isfinite(flow).any() else np.ones(flow.size),
        kelvin=_median(hours.temperature_c[valid]) + _KELVIN,
        pascal=_median(hours.pressure_pa[valid]),
        o2_air_pct=o2_air_pct,
        co2_air_pct=co2_air_pct,
        fuel_share=fuel / whole if whole > 0 else 1.0,
        typed_water=case.facts.typed_moisture,
        wet_co2=not case.facts.dry_co2,
        wet_o2=case.facts.wet_o2,
    )


def load_groups(share: Array, valid: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Hours of each node, as masks; one node where no load is known or it does not move."""
    known = valid & np.isfinite(share)
    if np.count_nonzero(known) < 2 * _NODES or np.diff(np.quantile(share[known], _TAILS))[0] < _MOVES:
        return [valid if valid.any() else np.ones(share.size, dtype=np.bool_)]
    edges = np.quantile(share[known], np.linspace(0, 1, _NODES + 1)[1:-1])
    band = np.searchsorted(edges, share, side="right")
    return [known & (band == i) for i in range(_NODES) if (known & (band == i)).any()]


def _fan_changed(case: Case, hours: PointHours) -> bool:
    if case.reference is None:
        return False
    before = usual_fans(case.hours.part(case.reference.start_ms, case.reference.end_ms))
    return -1 not in {before, now := usual_fans(hours)} and before != now


def _top_load(case: Case) -> float:
    load = case.hours.load[np.isfinite(case.hours.load)]
    return float(load.max()) if load.size and load.max() > 0 else float("nan")


def _median(row: Array) -> float:
    known = row[np.isfinite(row)]
    return float(np.median(known)) if known.size else float("nan")


def _mean(row: Array) -> float:
    known = row[np.isfinite(row)]
    return math.fsum(known) / known.size if known.size else float("nan")


def seeing_rule_of(parameters: Parameters) -> SeeingRule:
    """The figures of a parameter table (attr_...)."""
    value = parameters.value
    return SeeingRule(
        int(value("attr_trend_days_min")),
        int(value("attr_pattern_hours_min")),
        value("attr_phase_h"),
        value("attr_co2_air"),
    )
