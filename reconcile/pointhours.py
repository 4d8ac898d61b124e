"""What the engine knows of one monitoring point, hour by hour: the input of routes, detectors, attribution, comparison.

Arrays only; every hour of the span is there, unknown figures are NaN. Nothing here is made from the fuel records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cems.clock import HOUR_MS
from cems.errors import RuleError

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
SPREAD_OF: Final = ("co2", "o2", "velocity", "temperature", "moisture", "load")
"""Channels of which an hour keeps how its minutes were spread, in the order of the columns of :class:`Spread`."""
STATES: Final = ("measuring", "calibrating", "maintenance", "fault", "stopped", "above_range")
"""States of a cabinet, in the order of the columns of the counts of minutes."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How the minutes of an hour were spread, of the measuring minutes only; arrays (n_hours, len(SPREAD_OF)).

    All on the basis on which the instrument reads, in the channel's unit.
    """

    mean: Array
    sd: Array
    """Standard deviation of the minutes, n-1; NaN under two minutes."""
    low: Array
    high: Array
    n: Ints
    """Minutes measured."""
    run: Ints
    """Longest run of equal consecutive readings that touches the hour: its minutes up to the end of the hour, counted
    from a day before the hour at most."""
    at_high: Ints
    """Minutes equal to the highest reading of the hour."""
    at_low: Ints
    """Minutes equal to the lowest reading of the hour."""
    bad: Ints
    """Minutes that came without a word of their cabinet against them and yet are impossible: a code, out of range."""
    lag1: Array
    """Lag-1 correlation of the minutes; NaN under ten minutes or without variance."""


@dataclass(frozen=True, slots=True)
class PointHours:
    """Consecutive hours of one point; arrays of shape (n_hours,) unless said otherwise."""

    start_ms: Ints
    """Start of each hour, UTC, ms since 1970; steps of one hour without a gap."""
    status: NDArray[np.str_]
    """As in :class:`reconcile.hours.Hours`: valid, invalid, stopped, missing."""
    operating_h: Array
    """Share of the hour in which the source ran."""
    co2_kg: Array
    """CO2 by flow times CO2 [kg], by rule; NaN unless valid."""
    co2_pct_dry: Array
    """Hourly mean [% dry]."""
    o2_pct_dry: Array
    """Hourly mean [% dry]."""
    moisture_pct: Array
    """Hourly mean [% by volume]."""
    temperature_c: Array
    """Hourly mean [degC]."""
    pressure_pa: Array
    """Hourly mean of the absolute pressure [Pa]."""
    flow_wet_std: Array
    """Hourly mean wet flow [m3/h, 273.15 K, 101 325 Pa]."""
    load: Array
    """Load of the units whose gas passes here, by design shares [MW or t/h]."""
    fuel_feed: Array
    """Feed of these units by their feeders [t/h or 1000 m3/h]."""
    boiler_o2_pct: Array
    """O2 at the boiler outlet [% dry], load-weighted over the units; NaN where there is none."""
    bypass_open: Array
    """Share of the hour in which a bypass damper of a unit was open; NaN without signal."""
    fan_state: Ints
    """Most frequent label of the fans of the first unit; -1 for unknown."""
    gas_minutes: Ints
    """Minutes of the gas cabinet in each of :data:`STATES`; shape (n_hours, 6)."""
    flow_minutes: Ints
    """The same of the flow cabinet."""
    doubled: Ints
    """Minutes that came more than once."""
    spread: Spread
    """How the minutes were spread."""
    lag_min: Array
    """Lag [min] of CO2 mass behind load with the highest cross-correlation of this hour and the eleven before it;
    positive where the gas comes later; NaN where no correlation is told."""
    lag_gas_min: Array
    """The same of the CO2 concentration alone: the two tell the clocks of the two cabinets apart."""
    fingerprint: NDArray[np.uint64]
    """Of the measured CO2 and O2 minutes of the hour, in order; equal for bit-equal hours; 0 under 30 minutes."""
    digits: Ints
    """Last digits 0 to 9 of the CO2 minutes in the step of the instrument; shape (n_hours, 10)."""

    def __post_init__(self) -> None:
        """Refuses hours that do not follow one another."""
        if self.start_ms.size > 1 and (np.diff(self.start_ms) != HOUR_MS).any():
            raise RuleError("hours of a point must follow one another without a gap")

    def __len__(self) -> int:
        return int(self.start_ms.size)

    def part(self, start_ms: int, end_ms: int) -> PointHours:
        """The hours that start in [start_ms, end_ms)."""
        keep = slice(*np.searchsorted(self.start_ms, (start_ms, end_ms)).tolist())
        spread = Spread(*(getattr(self.spread, f.name)[keep] for f in fields(Spread)))
        rest = {f.name: getattr(self, f.name)[keep] for f in fields(PointHours) if f.name != "spread"}
        return PointHours(**rest, spread=spread)

    def spread_of(self, channel: str, measure: str) -> Array:
        """One measure of :class:`Spread` of one channel; shape (n_hours,)."""
        column: Array = getattr(self.spread, measure)[:, SPREAD_OF.index(channel)]
        return column

    @staticmethod
    def joined(parts: Sequence[PointHours]) -> PointHours:
        """Hours of several spans, each right behind the one before; raises :class:`RuleError` where they are not."""
        spread = Spread(*(np.concatenate([getattr(p.spread, f.name) for p in parts]) for f in fields(Spread)))
        names = [f.name for f in fields(PointHours) if f.name != "spread"]
        return PointHours(**{n: np.concatenate([getattr(p, n) for p in parts]) for n in names}, spread=spread)


@dataclass(frozen=True, slots=True)
class UnitDays:
    """The accounting side of one unit, day by day; arrays of shape (n_days,), NaN where there is no record."""

    day: Ints
    """Days since 1970, standard time; consecutive."""
    fuel_mass: Array
    """Fuel [t, or 1000 m3]."""
    carbon: Array
    """Carbon as received [t/t]."""
    ncv: Array
    """Net calorific value as received [GJ/t]."""
    fuel_co2_t: Array
    """CO2 of the fuel by the account [t]."""
    process_co2_t: Array
    """CO2 of the process by its own account [t]; 0 where there is none."""
    output: Array
    """Generation [MWh] or product [t]."""
    heat_gj: Array
    """Heat supplied [GJ]."""
    fuel: NDArray[np.str_] | None = None
    """Main fuel of each day by carbon, as in the table of F factors, empty where none was recorded; None: the unit's
    main fuel throughout."""

    @property
    def co2_t(self) -> Array:
        """CO2 by accounting [t]."""
        return self.fuel_co2_t + self.process_co2_t


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of the log book of a point."""

    time_ms: int
    kind: str
    """``zero-check``, ``span-check``, ``cylinder``, ``rata``, ``service``, ``retube``, ``parameter``."""
    channel: str
    reading: float
    reference: float
    note: str = ""
