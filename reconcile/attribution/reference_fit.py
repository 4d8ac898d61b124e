"""Making the reference of a point from a stated period of healthy hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cems.errors import RuleError
from reconcile.attribution.fuelside import UnitSide
from reconcile.attribution.line import Line, fo_measured
from reconcile.attribution.ratios import GAPS, LOGS, Ratios, daily, dry_room, gap_value, hourly
from reconcile.attribution.reference import Curve, Noise, RatioRule, Reference, fit_curve, noise_of
from reconcile.hours import Status
from reconcile.parameters import Parameters
from reconcile.pointhours import STATES, PointHours

_QUIET = [STATES.index(name) for name in ("maintenance", "fault", "above_range")]


def healthy_hours(hours: PointHours, rule: RatioRule) -> NDArray[np.bool_]:
    """Which hours may stand for health: valid, run through, nobody at the cabinets, load steady against its neighbours.

    An hour beside an unknown one is not taken for steady. *Source*: for ramps 40 CFR Part 75 App. B 2.2.5 [V].
    """
    load = np.where(hours.load > 0, hours.load, np.nan)
    step = np.abs(np.diff(load)) / load[:-1]
    steady = np.ones(len(hours), dtype=np.bool_)
    steady[1:] &= step <= rule.ramp_share
    steady[:-1] &= np.abs(np.diff(load)) / load[1:] <= rule.ramp_share
    quiet = (hours.gas_minutes[:, _QUIET].sum(axis=1) + hours.flow_minutes[:, _QUIET].sum(axis=1)) == 0
    return np.asarray(
        (hours.status == Status.VALID.value) & (hours.operating_h >= 1) & steady & quiet & np.isfinite(load)
    )


def fit_reference(
    hours: PointHours,
    sides: Sequence[UnitSide],
    line: Line,
    span_ms: tuple[int, int],
    offset_ms: int,
    parameters: Parameters,
    rule: RatioRule,
) -> Reference:
    """The reference of a point from the healthy hours that begin in [start, end): medians over load, Fo, spreads.

    A point without load gives no curves, one without O2 no Fo: these ratios stay NaN. The period must be stated by who
    knows that the instruments were right then; a fault that lasts all through it is taken for health. Raises
    :class:`RuleError` with fewer healthy hours than a reference needs. Half the hours may be wrong before a median is.
    """
    part = hours.part(*span_ms)
    good = healthy_hours(part, rule) if part.load.size and np.isfinite(part.load).any() else _without_load(part)
    n = int(np.count_nonzero(good))
    if n < rule.reference_hours_min:
        raise RuleError(
            f"{n} healthy hours are too few for a reference, at least {rule.reference_hours_min} are needed"
        )
    fo = fo_measured(part.co2_pct_dry, part.o2_pct_dry, rule.o2_air_pct, rule.o2_room_min_pct)[good]
    own = float(np.median(fo[np.isfinite(fo)])) if line is not Line.NONE and np.isfinite(fo).any() else float("nan")
    bare = Reference(span_ms[0], span_ms[1], n, _curves(part, good, rule), own, {}, {})
    rows = hourly(part, sides, line, bare, offset_ms, parameters, rule)
    days = daily(rows, offset_ms, rule)
    return replace(
        bare,
        hourly=_noises(rows, rule, rule.reference_hours_min, np.asarray(good)),
        daily=_noises(days, rule, rule.reference_days_min, np.ones(len(days), dtype=np.bool_)),
    )


def _without_load(hours: PointHours) -> NDArray[np.bool_]:
    return np.asarray((hours.status == Status.VALID.value) & (hours.operating_h >= 1))


def _curves(part: PointHours, good: NDArray[np.bool_], rule: RatioRule) -> dict[str, Curve]:
    load = part.load[good]
    rates = {"flow": part.flow_wet_std, "mass": part.co2_kg / 1000, "heat_o2": dry_room(part, rule)}
    found = {name: fit_curve(load, row[good] / load, rule) for name, row in rates.items()}
    found |= {name: fit_curve(load, gap_value(part, name)[good], rule) for name in GAPS}
    return {name: curve for name, curve in found.items() if curve is not None}


def _noises(ratios: Ratios, rule: RatioRule, least: int, good: NDArray[np.bool_]) -> dict[str, Noise]:
    found = {name: noise_of(np.where(good, ratios.value(name), np.nan), rule, least) for name in (*LOGS, *GAPS)}
    return {name: noise for name, noise in found.items() if noise is not None}
