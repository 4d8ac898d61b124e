"""Comparison over the instants at which the stack and the fuel feed were both validly read, and over no others.

It needs no complete hours, so that a recording with gaps can be compared too, and no fill can hide a difference.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from cems.clock import DAY_MS, HOUR_MS, MINUTE_MS, day_of
from reconcile.series import Series, per_minute

Array = NDArray[np.float64]
_KG_PER_T = 1000.0


@dataclass(frozen=True, slots=True)
class Matched:
    """Pairs of monitored and fuel-based CO2 rates; arrays of shape (n,), ordered by instant."""

    instant_ms: NDArray[np.int64]
    """Start of the minute, UTC."""
    stack_t_per_h: Array
    """CO2 by the stack instruments [t/h]."""
    fuel_t_per_h: Array
    """CO2 by feeder and laboratory carbon [t/h]."""
    load_mw: Array
    """Load [MW]; NaN where it was not read."""
    interval_h: float
    """Time that one reading stands for: the usual step between readings [h]."""

    def part(self, start_ms: int, end_ms: int) -> Matched:
        """The pairs in [start_ms, end_ms)."""
        keep = (self.instant_ms >= start_ms) & (self.instant_ms < end_ms)
        return Matched(
            self.instant_ms[keep],
            self.stack_t_per_h[keep],
            self.fuel_t_per_h[keep],
            self.load_mw[keep],
            self.interval_h,
        )

    def __len__(self) -> int:
        return int(self.instant_ms.size)

    @property
    def stack_t(self) -> float:
        """CO2 by the stack instruments over the matched readings [t]."""
        return math.fsum(self.stack_t_per_h) * self.interval_h

    @property
    def fuel_t(self) -> float:
        """CO2 by feeder and laboratory carbon over the matched readings [t]."""
        return math.fsum(self.fuel_t_per_h) * self.interval_h


def match(
    stack_kg_per_h: Series, unit_co2_t_per_h: list[Series], load: Series | None, *, interval_h: float | None = None
) -> Matched:
    """Pairs of rates in the minutes in which the stack and every unit's feed have a valid reading.

    ``stack_kg_per_h`` is the CO2 mass rate of single readings; ``unit_co2_t_per_h`` the CO2 rate of each unit's feed
    (:func:`fuel_co2`). ``interval_h`` is by default the most frequent step between neighbouring pairs; it scales both
    sides alike and leaves the ratio as it is.
    """
    minute, stack = per_minute(stack_kg_per_h)
    fuel = np.zeros(minute.size)
    for series in unit_co2_t_per_h:
        theirs, value = per_minute(series)
        minute, mine, yours = np.intersect1d(minute, theirs, assume_unique=True, return_indices=True)
        stack, fuel = stack[mine], fuel[mine] + value[yours]
    if not unit_co2_t_per_h:
        minute, stack, fuel = minute[:0], stack[:0], fuel[:0]
    return Matched(
        minute * MINUTE_MS,
        stack / _KG_PER_T,
        fuel,
        _at(minute, load),
        _usual_step_h(minute) if interval_h is None else interval_h,
    )


def fuel_co2(feed_t_per_h: Series, co2_per_fuel: Mapping[date, float], offset_ms: int) -> Series:
    """CO2 rate of a unit's feed [t/h]: feed times the CO2 per tonne of fuel of the statutory day.

    ``co2_per_fuel`` is C_ar · OF · 44/12 of each day [t/t]; readings on a day without one are left out.
    """
    day = (feed_t_per_h.instant_ms + offset_ms) // DAY_MS
    known, inverse = np.unique(day, return_inverse=True)
    factor = np.array([co2_per_fuel.get(day_of(int(d)), math.nan) for d in known], dtype=np.float64)
    rate = feed_t_per_h.value * factor[inverse] if known.size else feed_t_per_h.value
    keep = np.isfinite(rate)
    return Series(feed_t_per_h.instant_ms[keep], rate[keep])


def _at(minute: NDArray[np.int64], load: Series | None) -> Array:
    out = np.full(minute.size, np.nan)
    if load is not None:
        theirs, value = per_minute(load)
        _, mine, yours = np.intersect1d(minute, theirs, assume_unique=True, return_indices=True)
        out[mine] = value[yours]
    return out


def _usual_step_h(minute: NDArray[np.int64]) -> float:
    if minute.size < 2:
        return MINUTE_MS / HOUR_MS
    steps, counts = np.unique(np.diff(minute), return_counts=True)
    return float(steps[np.argmax(counts)]) * MINUTE_MS / HOUR_MS
