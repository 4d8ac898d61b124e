"""What is learnt from the reference of a point before its detectors begin: curves, levels, healthy hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cems.clock import DAY_MS
from cems.errors import RuleError
from reconcile.anomaly import Detector
from reconcile.attribution.fuelside import UnitSide
from reconcile.attribution.reference import Reference
from reconcile.attribution.reference_fit import fit_reference
from reconcile.detectors import (
    accounts,
    calibration_phase,
    check_time,
    clipping,
    diurnal,
    edited_top,
    fan_state,
    flags,
    lag,
    load_slope,
    messages,
    nearly_stuck,
    out_of_range,
    residuals,
    saturation,
    spikes,
    stuck,
    too_good,
    variance,
)
from reconcile.detectors import digits as last_digits
from reconcile.detectors.chart_rule import ChartFigures
from reconcile.detectors.daily import DayDetector, DayPattern, LevelRule, level_of, without_recorded
from reconcile.detectors.facts import Facts, figures
from reconcile.detectors.hourly import HourDetector, HourPattern
from reconcile.detectors.physics import Physics
from reconcile.detectors.repeated_books import RepeatedBooks, repeated_books
from reconcile.detectors.replay import Replay
from reconcile.detectors.segments import segments
from reconcile.parameters import Parameters
from reconcile.pointhours import Event, PointHours

_TELL_HEALTH: Final = ("rm", "rc", "ghr")


@dataclass(frozen=True, slots=True)
class Learnt:
    """The detectors of a point, ready to be told its hours."""

    physics: Physics
    """Ratios against the reference."""
    hourly: HourDetector
    """Patterns of hours."""
    replay: Replay
    """Copies."""
    books: RepeatedBooks
    """Results that stand in the books twice."""
    daily: tuple[DayDetector, ...]
    """Charts of days; those whose figure the reference does not tell are missing."""

    def all(self) -> tuple[Detector, ...]:
        """Every detector."""
        return (self.hourly, self.replay, self.books, *self.daily)


def learn(
    hours: PointHours, sides: Sequence[UnitSide], events: Sequence[Event], facts: Facts, parameters: Parameters
) -> Learnt:
    """Detectors of a point, their levels from ``hours``, the whole days of its reference.

    A reference in which the physics changes its level is cut at the first change, if ``det_reference_cut_days`` lie
    before it, so that a fault that began in it is not taken for health.
    """
    physics = _physics(hours, sides, events, facts, parameters)
    cut = _first_change(hours, physics, parameters)
    if cut is not None and cut - int(hours.start_ms[0]) >= parameters.value("det_reference_cut_days") * DAY_MS:
        hours = hours.part(int(hours.start_ms[0]), cut)
        physics = _physics(hours, sides, events, facts, parameters)
    shared = figures(ChartFigures, parameters, "det_chart")
    rule = figures(LevelRule, parameters, "det_level")
    seen = physics.of(hours)
    daily = []
    for pattern in _day_patterns(physics, hours, parameters):
        level = level_of(seen.daily.start_ms, pattern.feature(seen), pattern, physics, rule)
        if level is not None:
            daily.append(DayDetector(pattern, physics, level, shared))
    code, least = facts.point.code, int(parameters.value("det_replay_hours"))
    hourly = HourDetector(code, _hour_patterns(facts, hours, parameters))
    books = repeated_books(code, sides, facts.offset_ms, parameters)
    return Learnt(physics, hourly, Replay(code, least), books, tuple(daily))


def _hour_patterns(facts: Facts, hours: PointHours, parameters: Parameters) -> tuple[HourPattern, ...]:
    return (
        *out_of_range.patterns(parameters),
        *stuck.patterns(facts.point, hours, parameters),
        *clipping.patterns(hours, parameters),
        *spikes.patterns(hours, parameters),
        *flags.hour_patterns(hours, parameters),
    )


def _day_patterns(physics: Physics, hours: PointHours, parameters: Parameters) -> tuple[DayPattern, ...]:
    point = physics.facts.point
    return (
        *residuals.patterns(physics, parameters),
        *accounts.patterns(physics, parameters),
        *saturation.patterns(point, parameters),
        *lag.patterns(parameters),
        *variance.patterns(physics, parameters),
        *nearly_stuck.patterns(physics, parameters),
        *too_good.patterns(parameters),
        *last_digits.patterns(parameters),
        *edited_top.patterns(parameters),
        *check_time.patterns(parameters),
        *messages.patterns(parameters),
        *flags.patterns(hours, parameters),
        *calibration_phase.patterns(parameters),
        *diurnal.patterns(physics, parameters),
        *load_slope.patterns(physics, parameters),
        *fan_state.patterns(physics, hours, parameters),
    )


def _physics(
    hours: PointHours, sides: Sequence[UnitSide], events: Sequence[Event], facts: Facts, parameters: Parameters
) -> Physics:
    bare = Physics(facts, sides, events, None, parameters)
    span = (int(hours.start_ms[0]), int(hours.start_ms[-1]) + 1)
    reference: Reference | None
    try:
        reference = fit_reference(hours, sides, bare.line, span, facts.offset_ms, parameters, bare.rule)
    except RuleError:
        # Too few healthy hours: what needs a reference stays silent, the rest looks on.
        reference = None
    return Physics(facts, sides, events, reference, parameters)


def _first_change(hours: PointHours, physics: Physics, parameters: Parameters) -> int | None:
    """Start of the first day on which a ratio of the reference has another level; None without a change."""
    least, penalty = int(parameters.value("det_level_segment_days")), parameters.value("det_level_penalty")
    tolerance = parameters.value("det_cylinder_tolerance")
    seen = physics.of(hours)
    found = []
    for name in _TELL_HEALTH:
        value = seen.daily.value(name)
        moved = physics.factor(seen.daily.start_ms) if name != "rc" else 0.0
        value = np.where(physics.usual(seen.daily.start_ms), value - moved, np.nan)
        value = without_recorded(seen.daily.start_ms, value, physics.cylinders(), tolerance)
        known = np.flatnonzero(np.isfinite(value))
        delta = parameters.value(f"det_{name}_delta")
        if known.size < 2 * least:
            continue
        x = value[known]
        sigma = max(1.4826 * float(np.median(np.abs(np.diff(x)))) / np.sqrt(2.0), delta / 2)
        parts = segments(x, sigma, least, penalty)
        if len(parts) > parameters.value("det_level_segments_most"):
            continue
        means = [float(np.median(x[a:b])) for a, b in parts]
        found += [
            int(seen.daily.start_ms[known[parts[i][0]]])
            for i in range(1, len(parts))
            if abs(means[i] - means[0]) > delta
        ][:1]
    return min(found, default=None)
