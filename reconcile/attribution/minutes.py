"""What the minutes of a channel show in a window against those of the reference: facts of how readings are made.

A detector says that something is odd in the minutes; several faults make the same oddity. Seen together the spread, the
correlation, the runs and the extremes of an hour tell them apart: a filter makes minutes smooth, a coarse step crowds
both ends of an hour alike, a cut one end, and at one value in all hours, a register that wraps drops from that value.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cems.clock import DAY_MS
from reconcile.attribution.case import Case
from reconcile.parameters import Parameters
from reconcile.pointhours import PointHours

Array = NDArray[np.float64]
_CHANNELS: Final = ("co2", "o2", "velocity")
_CABINETS: Final = ("co2", "velocity")
"""One channel of each cabinet."""
_CLOCKS: Final = frozenset({"clock-shift", "clock-shift-gas"})
_SHAPES: Final = frozenset({"clipped-high", "clipped-low", "variance-collapse", "nearly-stuck", "digits"})
_COPIES: Final = frozenset({"replayed", "cloned", "too-good", "stuck"})
_EXPLAINED: Final = {
    "held": _SHAPES | _CLOCKS | {"still-at-cut"},
    "steps": _SHAPES,
    "smooth": _SHAPES | _CLOCKS,
    "smooth-all": _SHAPES | _CLOCKS,
    "ceiling": _SHAPES | _CLOCKS,
    "wrapped": _SHAPES | _CLOCKS | {"spikes"},
    "flow-clock": _CLOCKS,
}
"""What each fact explains, so that these kinds speak for no other cause."""
_SAME: Final = 0.003
"""Hourly highest readings are at one value within this share."""
_SPILL: Final = 0.005
"""Share of the hours that may be above a ceiling: the first ones of a window may be of before."""
_MISSED: Final = 4.0
"""Hours above that the reference lets expect, so that none is no chance."""
_MOST: Final = 0.6
"""Share of hours at one value that is no chance either, in however few hours."""
_ENDS: Final = 0.25
"""A held reading has at least this share of the minutes at either end."""
_FULL: Final = 0.9
"""And at both together."""
_ALIKE: Final = 2.0
"""Both ends are crowded alike where neither has this many times the minutes of the other."""
_GROWN: Final = 3.0
"""Times the reference's share of minutes at an end that make it crowded, and of hours at the ceiling."""
_HALF: Final = 0.5
"""Share of the limit of a ceiling that is enough where readings drop from it."""
_DAYS: Final = 7
"""Days after a begin that are looked at where the window itself is too short, and half of the most that are."""
_DROP: Final = 0.3
"""Share of the mean below which no flue gas falls within an hour of running."""


@dataclass(frozen=True, slots=True)
class MinuteRule:
    """Figures by which minutes are looked at."""

    hours: int
    """Fewest hours of a window with enough moving minutes."""
    minutes: int
    """Fewest minutes of an hour."""
    crowded: float
    """Least share of minutes at an end that makes it crowded."""
    smooth: float
    """Spread within the hour over that of the reference below which a channel is smooth."""
    correlation: float
    """How far the correlation of neighbours of a smooth channel may lie below that of the reference."""
    ceiling: float
    """Least share of hours whose highest reading is at one value."""
    wrapped: float
    """Least share of hours with a drop from the ceiling."""
    lag_min: float
    """Least shift of the mass behind the load that is a clock [min]."""
    lag_share: float
    """Share of it by which CO2 alone may move and still be in time."""
    lag_known: float
    """Share of the hours in which the lag of CO2 must be known."""


def minute_rule_of(parameters: Parameters) -> MinuteRule:
    """The figures of a parameter table (attr_minutes_...)."""
    value = parameters.value
    return MinuteRule(
        int(value("attr_minutes_hours")),
        int(value("attr_minutes_least")),
        value("attr_minutes_crowded"),
        value("attr_minutes_smooth"),
        value("attr_minutes_correlation"),
        value("attr_minutes_ceiling"),
        value("attr_minutes_wrapped"),
        value("attr_minutes_lag"),
        value("attr_minutes_lag_share"),
        value("attr_minutes_lag_known"),
    )


@dataclass(frozen=True, slots=True)
class Shape:
    """How the minutes of a channel lie within its hours, of those in which it moves: medians, and shares of hours."""

    n: int
    """Hours."""
    at_high: float
    at_low: float
    spread: float
    """Standard deviation over the mean."""
    lag1: float
    """Correlation of neighbours."""
    ceiling: float
    """Share of the hours whose highest reading lies at the 95th percentile of these, to 0.3 %."""
    above: float
    """Share of the hours above that."""
    drops: float
    """Share of the hours whose lowest reading is below 0.3 of their mean."""


def shape_of(hours: PointHours, channel: str, rule: MinuteRule) -> Shape | None:
    """The shape of a channel; None with too few hours of running in which it moves."""
    mean, sd, low, high, at_high, at_low, lag1 = (
        hours.spread_of(channel, name).astype(np.float64)
        for name in ("mean", "sd", "low", "high", "at_high", "at_low", "lag1")
    )
    n = hours.spread_of(channel, "n")
    use = (n >= rule.minutes) & (hours.operating_h >= 1) & (sd > 0) & (mean > 0) & np.isfinite(lag1)
    if np.count_nonzero(use) < rule.hours:
        return None
    top = float(np.quantile(high[use], 0.95))
    return Shape(
        n=int(np.count_nonzero(use)),
        at_high=float(np.median(at_high[use] / n[use])),
        at_low=float(np.median(at_low[use] / n[use])),
        spread=float(np.median(sd[use] / mean[use])),
        lag1=float(np.median(lag1[use])),
        ceiling=float(np.mean(np.abs(high[use] / top - 1) < _SAME)),
        above=float(np.mean(high[use] > (1 + _SAME) * top)),
        drops=float(np.mean(low[use] < _DROP * mean[use])),
    )


def facts_of_channel(now: Shape, healthy: Shape, rule: MinuteRule) -> set[str]:
    """What a channel shows beyond its reference: ``held``, ``steps``, ``smooth``, ``ceiling``, ``wrapped``.

    >>> from reconcile.parameters import load_parameters
    >>> rule = minute_rule_of(load_parameters())
    >>> healthy = Shape(600, 1 / 60, 1 / 60, 0.02, 0.85, 0.02, 0.04, 0.0)
    >>> facts_of_channel(healthy, healthy, rule)
    set()
    >>> facts_of_channel(Shape(200, 0.5, 0.5, 0.015, 0.95, 0.02, 0.04, 0.0), healthy, rule)
    {'held'}
    >>> facts_of_channel(Shape(200, 0.2, 0.2, 0.022, 0.7, 0.07, 0.0, 0.0), healthy, rule)
    {'steps'}
    >>> facts_of_channel(Shape(200, 0.05, 1 / 60, 0.006, 0.0, 0.98, 0.0, 0.0), healthy, rule)
    {'ceiling'}
    """
    ends = (now.at_high, now.at_low)
    if min(ends) >= _ENDS and sum(ends) >= _FULL:
        return {"held"}
    if now.spread < rule.smooth * healthy.spread and now.lag1 > healthy.lag1 - rule.correlation:
        return {"smooth"}
    usual = max(healthy.at_high, healthy.at_low)
    crowded = min(ends) >= max(rule.crowded, _GROWN * usual) * (1 - 1e-9)
    if crowded and max(ends) <= _ALIKE * min(ends):
        return {"steps"}
    none_above = now.above <= _SPILL and (now.n * healthy.above >= _MISSED or now.ceiling >= _MOST)
    at_one_value = now.ceiling / max(rule.ceiling, _GROWN * healthy.ceiling) if none_above else 0.0
    if now.drops >= rule.wrapped + healthy.drops and at_one_value >= _HALF:  # drops speak, too
        return {"wrapped"}
    return {"ceiling"} if at_one_value >= 1 else set()


def minute_facts(case: Case, window_ms: tuple[int, int], before_ms: tuple[int, int], rule: MinuteRule) -> set[str]:
    """What the minutes of all channels show in the first two weeks of a window; nothing without a reference.

    ``smooth-all`` where both cabinets are smooth: no filter of an instrument does that. ``flow-clock`` where the mass
    comes later behind the load than in the days before and CO2 alone does not.
    """
    if case.reference is None:
        return set()
    begin, end = window_ms[0], min(window_ms[1], window_ms[0] + 2 * _DAYS * DAY_MS)
    now = case.hours.part(begin, end)
    longer = case.hours.part(begin, max(end, begin + _DAYS * DAY_MS))
    healthy = case.hours.part(case.reference.start_ms, case.reference.end_ms)
    found: dict[str, set[str]] = {}
    for channel in _CHANNELS:
        shape, usual = shape_of(now, channel, rule) or shape_of(longer, channel, rule), shape_of(healthy, channel, rule)
        found[channel] = facts_of_channel(shape, usual, rule) if shape and usual else set()
    facts = set().union(*found.values())
    if all("smooth" in found[channel] for channel in _CABINETS):
        facts = facts - {"smooth"} | {"smooth-all"}
    return facts | _clock(now, case.hours.part(*before_ms), rule)


def _clock(now: PointHours, before: PointHours, rule: MinuteRule) -> set[str]:
    if min(np.isfinite(part.lag_gas_min).mean() if len(part) else 0.0 for part in (now, before)) < rule.lag_known:
        return set()
    mass, gas = (float(np.nanmedian(a) - np.nanmedian(b)) for a, b in _pairs(now, before))
    late = abs(mass) >= rule.lag_min and abs(gas) <= rule.lag_share * abs(mass)
    return {"flow-clock"} if late else set()


def _pairs(now: PointHours, before: PointHours) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    return (now.lag_min, before.lag_min), (now.lag_gas_min, before.lag_gas_min)


def with_facts(kinds: Collection[str], facts: Collection[str]) -> set[str]:
    """Kinds of anomalies, with the facts of the minutes and without what these explain.

    Where readings were copied, made up or stand still, their minutes say nothing of an instrument. A lag of a clock is
    a fact of the clock only where a detector told it, and no filter made it.

    >>> sorted(with_facts({"clipped-low", "level-shift"}, {"held"}))
    ['held', 'level-shift']
    """
    known = set(kinds)
    if known & _COPIES:
        return known
    facts = {fact for fact in facts if fact != "flow-clock" or (known & _CLOCKS and "smooth" not in facts)}
    return known - set().union(*(_EXPLAINED[fact] for fact in facts)) | facts
