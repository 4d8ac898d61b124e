"""How well a point does: availability, capture, drift, comparisons with a reference, the course of its ratio.

Pure; the checks and comparisons come from the log book of the point.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cems.clock import HOUR_MS
from cems.errors import RuleError
from cems.fleettables import FleetPoint
from reconcile.comparison.point_days import PointDays
from reconcile.comparison.trend import SenSlope, sen_slope
from reconcile.hours import Status
from reconcile.parameters import Parameters
from reconcile.pointhours import STATES, Array, Event, PointHours
from reconcile.quality.rata import RataFigures, rata_figures, rata_rule_of
from reconcile.rulebooks.capture import CaptureRate

_CHECKS: Final = {"zero": "zero-check", "span": "span-check"}
_DAYS_PER_YEAR: Final = 365.0
_FEWEST_HOURS: Final = 24
_LOAD_BAND: Final = 0.05
"""Width of the bands of load in which labels of the fans are compared, share of full load."""


@dataclass(frozen=True, slots=True)
class Drift:
    """Checks of one channel on one gas, or on the zero of a flow meter."""

    channel: str
    check: str
    """``zero`` or ``span``."""
    n: int
    """Checks with a reading and a reference."""
    mean_pct_fs: float
    """Mean of reading less reference [% of full scale]."""
    worst_pct_fs: float
    """The largest in size, with its sign [% of full scale]."""
    beyond: int
    """Checks beyond the limit of HJ 75."""
    limit_pct_fs: float
    per_year_pct_fs: float
    """Median slope (Theil-Sen) [% of full scale a year]; NaN under four checks or 30 days."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A comparison with the reference method, all runs of it."""

    channel: str
    start_ms: int
    n: int
    bias_pct: float
    """Mean of instrument less reference, in per cent of the mean reference."""
    figures: RataFigures | None
    """By 40 CFR Part 75; None for fewer runs than it asks for."""
    passed: bool | None
    """Relative accuracy within the limit; None where too few runs were kept to tell. The relative accuracy is never
    below the size of the bias, so that a bias beyond the limit has failed however few they are."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well a point does."""

    capture: CaptureRate
    """Valid-data capture."""
    gas_available_pct: float
    """Minutes in which the gas cabinet measured, of those in which the source ran and anything was heard [%]."""
    flow_available_pct: float
    """The same of the flow cabinet [%]."""
    drifts: tuple[Drift, ...]
    references: tuple[Reference, ...]
    ratio: float
    """Monitoring over accounting, all compared days; NaN without."""
    ratio_sd_pct: float
    """Standard deviation of the daily ratio about its median line, by MAD [%]; NaN under five days."""
    ratio_slope: SenSlope | None
    """Change of the daily ratio [% a year]; None under 30 days."""
    load_pct: float
    """Change of CO2 over fuel feed from half load to full load [%]; NaN without enough hours at both."""
    fans_pct: float
    """Largest change of flow over load between two labels of the fans at the same load [%]; NaN with one label."""


def evaluation(
    point: FleetPoint,
    hours: PointHours,
    days: PointDays,
    account_t: Array,
    events: Sequence[Event],
    parameters: Parameters,
) -> Evaluation:
    """Evaluation of a point over the span of its hours; ``account_t`` is the account of its gas by day [t]."""
    total = days.account_share["neutral"] * np.nan_to_num(account_t)
    mass, use = days.monitoring_t["neutral"], total > 0
    ratio = mass[use] / total[use]
    return Evaluation(
        capture=_capture(hours),
        gas_available_pct=_available(hours.gas_minutes, hours),
        flow_available_pct=_available(hours.flow_minutes, hours),
        drifts=_drifts(point, events, parameters),
        references=_references(events, parameters),
        ratio=math.fsum(mass[use]) / math.fsum(total[use]) if use.any() else math.nan,
        ratio_sd_pct=_scatter(ratio),
        ratio_slope=_slope(days.day[use] / _DAYS_PER_YEAR, 100.0 * ratio),
        load_pct=_with_load(hours),
        fans_pct=_with_fans(hours),
    )


def _capture(hours: PointHours) -> CaptureRate:
    stopped = int((hours.status == Status.STOPPED.value).sum())
    valid = int((hours.status == Status.VALID.value).sum())
    return CaptureRate(len(hours), stopped, len(hours) - stopped - valid)


def _available(minutes: np.ndarray[tuple[int, int], np.dtype[np.int64]], hours: PointHours) -> float:
    """Measuring minutes over all minutes of the operating hours [%]; minutes that never came count as not measured."""
    running = hours.status != Status.STOPPED.value
    possible = 60 * int(running.sum())
    return 100.0 * int(minutes[running, STATES.index("measuring")].sum()) / possible if possible else math.nan


def _with_load(hours: PointHours) -> float:
    """Median of CO2 over feed in the upper quarter of the load against that around half of it."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = hours.co2_kg / hours.fuel_feed
    use = np.isfinite(ratio) & np.isfinite(hours.load) & (hours.fuel_feed > 0) & (hours.load > 0)
    if not use.any():
        return math.nan
    full = float(np.quantile(hours.load[use], 0.98))
    high, low = use & (hours.load >= 0.85 * full), use & (hours.load >= 0.4 * full) & (hours.load < 0.65 * full)
    if min(int(high.sum()), int(low.sum())) < _FEWEST_HOURS:
        return math.nan
    return float(100.0 * (np.median(ratio[high]) / np.median(ratio[low]) - 1.0))


def _with_fans(hours: PointHours) -> float:
    """Largest change of flow over load between two labels of the fans [%], at the same load; NaN with one label."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = hours.flow_wet_std / hours.load
    use = np.isfinite(ratio) & (ratio > 0) & (hours.status == Status.VALID.value) & (hours.fan_state >= 0)
    if not use.any():
        return math.nan
    label, value = hours.fan_state[use], np.log(ratio[use])
    band = np.floor(hours.load[use] / (_LOAD_BAND * float(np.quantile(hours.load[use], 0.98)))).astype(np.int64)
    found = []
    for one, other in itertools.combinations(np.unique(label).tolist(), 2):
        gaps = [
            (float(np.median(value[here & (label == one)]) - np.median(value[here & (label == other)])), n)
            for b in np.unique(band).tolist()
            if (n := min(int(((here := band == b) & (label == one)).sum()), int((here & (label == other)).sum()))) >= 12
        ]
        if gaps:
            found.append(math.fsum(g * n for g, n in gaps) / sum(n for _, n in gaps))
    return 100.0 * math.expm1(max(abs(g) for g in found)) if found else math.nan


def _drifts(point: FleetPoint, events: Sequence[Event], parameters: Parameters) -> tuple[Drift, ...]:
    scale = {"co2": point.co2_full_scale_pct, "velocity": point.velocity_full_scale, "o2": 25.0}
    rows = []
    for channel in sorted({e.channel for e in events}):
        for name, kind in _CHECKS.items():
            found = [e for e in events if e.kind == kind and e.channel == channel and _both(e)]
            if not found or channel not in scale:
                continue
            limit = parameters.value(_limit_key(channel, name))
            size = np.array([100.0 * (e.reading - e.reference) / scale[channel] for e in found])
            slope = _slope(np.array([e.time_ms / HOUR_MS / 24 / _DAYS_PER_YEAR for e in found]), size)
            rows.append(
                Drift(
                    channel=channel,
                    check=name,
                    n=size.size,
                    mean_pct_fs=math.fsum(size) / size.size,
                    worst_pct_fs=float(size[np.argmax(np.abs(size))]),
                    beyond=int((np.abs(size) > limit).sum()),
                    limit_pct_fs=limit,
                    per_year_pct_fs=slope.slope if slope else math.nan,
                )
            )
    return tuple(rows)


def _references(events: Sequence[Event], parameters: Parameters) -> tuple[Reference, ...]:
    """Runs of one channel that lie within a week of one another are one comparison."""
    rule = rata_rule_of(parameters)
    rows = []
    for channel in sorted({e.channel for e in events if e.kind == "rata"}):
        runs = [e for e in events if e.kind == "rata" and e.channel == channel and _both(e)]
        for group in _groups(runs, 7 * 24 * HOUR_MS):
            reference, reading = [e.reference for e in group], [e.reading for e in group]
            mean = math.fsum(reference) / len(group)
            if not mean > 0:
                continue
            try:
                figures = rata_figures(reference, reading, rule) if len(group) >= rule.min_runs else None
            except RuleError:
                figures = None
            bias = 100.0 * (math.fsum(reading) / len(group) - mean) / mean
            beyond = abs(bias) > rule.limit_pct
            passed = figures.ra_pct_rounded <= rule.limit_pct if figures else False if beyond else None
            rows.append(Reference(channel, group[0].time_ms, len(group), bias, figures, passed))
    return tuple(rows)


def _groups(runs: Sequence[Event], within_ms: int) -> list[list[Event]]:
    found: list[list[Event]] = []
    for event in sorted(runs, key=lambda e: e.time_ms):
        if found and event.time_ms - found[-1][-1].time_ms <= within_ms:
            found[-1].append(event)
        else:
            found.append([event])
    return found


def _both(event: Event) -> bool:
    return math.isfinite(event.reading) and math.isfinite(event.reference)


def _limit_key(channel: str, check: str) -> str:
    if channel == "velocity":
        return "qa_hj_velocity_zero_pct_fs"
    return f"qa_hj_{check}_drift_pct_fs"


def _slope(years: Array, values: Array) -> SenSlope | None:
    if values.size < 4 or float(np.ptp(years)) * _DAYS_PER_YEAR < 30:
        return None
    return sen_slope(years, values)


def _scatter(ratio: Array) -> float:
    """Robust spread of day to day about the median of the days around, so that a drift is none."""
    if ratio.size < 5:
        return math.nan
    padded = np.concatenate([np.full(7, np.nan), ratio, np.full(7, np.nan)])
    middle = np.nanmedian(sliding_window_view(padded, 15), axis=1)
    away = np.abs(ratio / middle - 1.0)
    return float(100.0 * 1.4826 * np.median(away))
