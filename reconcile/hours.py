"""Regulatory hours of a stack: hourly means, CO2 mass, and whether the hour is valid, invalid, stopped or missing.

An hour is *valid* when it has a CO2 mass, that is, when concentration and flow are each valid by the rule book; else
*stopped* when the source stood still for as many minutes as the rule book says; else *missing* when the stack was not
read at all; else *invalid*.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cems.clock import HOUR_MS
from cems.errors import RuleError
from reconcile.minutes import Minutes
from reconcile.parameters import Parameters
from reconcile.rulebooks.averaging import MINUTES, hour_means

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


class Status(StrEnum):
    """What an hour is worth."""

    VALID = "valid"
    INVALID = "invalid"
    STOPPED = "stopped"
    MISSING = "missing"


class Means(NamedTuple):
    """Hourly means of the quantities of a stack; shape (n_hours,), NaN where the rule book does not call them valid."""

    concentration: Array
    """CO2 [mg/m3], standard state, on the basis of the route."""
    flow: Array
    """Gas flow [m3/h], standard state, on the basis of the route."""
    flow_wet: Array
    """Wet gas flow [m3/h], standard state."""
    co2_pct: Array
    """CO2 [%] on the basis of the route."""
    o2_pct_dry: Array
    """O2 [% dry]."""
    moisture_pct: Array
    """Water vapour [%]."""


ValidHours: TypeAlias = Callable[[Bools, Bools, Bools], Bools]
"""Which hours of a parameter are valid, from its minutes present, operating and excused, each (n_hours, 60)."""
MassRate: TypeAlias = Callable[[Means], Array]
"""CO2 mass rate while operating [kg/h], from the hourly means."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Consecutive regulatory hours of a stack; arrays of shape (n_hours,)."""

    start_ms: Ints
    """Start of each hour, UTC, milliseconds since 1970."""
    status: NDArray[np.str_]
    """A :class:`Status` value each."""
    operating_h: Array
    """Share of the hour in which the source ran, 0 to 1; a minute of which nobody knows counts as running."""
    n_scans: Ints
    """Distinct instants at which the stack was read."""
    n_valid: Ints
    """Valid minutes of concentration or flow, whichever has fewer."""
    n_out_of_control: Ints
    """Minutes in which an instrument that the mass needs was out of control."""
    co2_pct: Array
    """Hourly mean [%] on the basis on which concentration and flow are multiplied; NaN where it is not valid."""
    co2_pct_dry: Array
    """Hourly mean [% dry]; NaN likewise, or where the route is wet."""
    o2_pct_dry: Array
    """Hourly mean [% dry]; NaN likewise."""
    moisture_pct: Array
    """Hourly mean [%]; NaN likewise."""
    flow_dry_std: Array
    """Hourly mean [m3/h, dry, standard]; NaN likewise, or where the route is wet."""
    flow_wet_std: Array
    """Hourly mean [m3/h, wet, standard]; NaN likewise."""
    co2_kg: Array
    """Mass by the rule: product of the hourly means, while the source ran [kg]; NaN unless valid."""
    co2_kg_minutes: Array
    """Diagnostic: mean of the products of single readings, while the source ran [kg]; NaN unless valid."""
    load_mw: Array
    """Mean load of the units of the stack [MW]; NaN where unknown."""
    fuel_t: Array
    """Fuel of the units by their feeders [t]; NaN where too few minutes were read."""

    def is_(self, status: Status) -> NDArray[np.bool_]:
        """Which hours have a status."""
        return np.asarray(self.status == status.value, dtype=bool)

    def flow_std(self, route: str) -> Array:
        """Flow [m3/h], standard state, on the basis of a route, ``dry`` or ``wet``; shape (n_hours,)."""
        return self.flow_dry_std if route == "dry" else self.flow_wet_std

    def part(self, start_ms: int, end_ms: int) -> Hours:
        """The hours that start in [start_ms, end_ms)."""
        return self.where((self.start_ms >= start_ms) & (self.start_ms < end_ms))

    def where(self, keep: NDArray[np.bool_]) -> Hours:
        """The hours for which ``keep``, shape (n_hours,), is true."""
        return Hours(*(getattr(self, name)[keep] for name in Hours.__slots__))

    @staticmethod
    def joined(parts: Sequence[Hours]) -> Hours:
        """Hours of several spans that follow one another; raises :class:`RuleError` where they overlap."""
        joined = Hours(*(np.concatenate([getattr(p, name) for p in parts]) for name in Hours.__slots__))
        if (np.diff(joined.start_ms) < HOUR_MS).any():
            raise RuleError("hours of several spans must follow one another")
        return joined


def compute(
    minutes: Minutes, valid_hours: ValidHours, mass_rate: MassRate, stopped_minutes: float, parameters: Parameters
) -> Hours:
    """The hours of a stack by one rule book: its validity rule, its mass, and how many minutes make a standstill.

    Permuting the readings changes nothing; taking a valid reading away never makes an hour valid or stopped. A partial
    operating hour counts once: the rate while operating times the share of the hour in which the source ran. A minute
    in which gas was measured is an operating minute, whatever the load says.
    *Source*: HJ 212-2017 App. D.2 eq. 24, 30-33; what counts as stopped is a project choice (parameters).
    """
    with_gas = np.isfinite(minutes.concentration) & np.isfinite(minutes.flow)
    operating = ~minutes.stopped | with_gas
    operating_h = np.count_nonzero(operating, axis=1) / MINUTES

    def mean(grid: Array) -> tuple[Array, Ints]:
        present = np.isfinite(grid)
        loose = hour_means(grid, present)
        return np.where(valid_hours(present, operating, minutes.excused), loose.mean, np.nan), loose.minutes

    (conc, conc_minutes), (flow, flow_minutes) = mean(minutes.concentration), mean(minutes.flow)
    wet, dry = minutes.route == "wet", minutes.route == "dry"
    flow_wet = flow if wet else mean(minutes.flow_wet)[0]
    co2, o2, moisture = (mean(g)[0] for g in (minutes.co2_pct, minutes.o2_pct_dry, minutes.moisture_pct))
    mass = mass_rate(Means(conc, flow, flow_wet, co2, o2, moisture)) * operating_h
    stopped = np.count_nonzero(minutes.stopped, axis=1) >= stopped_minutes
    conditions = [np.isfinite(mass), stopped, minutes.scans == 0]
    names = [Status.VALID.value, Status.STOPPED.value, Status.MISSING.value]
    n, unknown = minutes.n_hours, np.full(minutes.n_hours, np.nan)
    return Hours(
        start_ms=minutes.start_ms + HOUR_MS * np.arange(n, dtype=np.int64),
        status=np.select(conditions, names, Status.INVALID.value),
        operating_h=operating_h,
        n_scans=minutes.scans,
        n_valid=np.minimum(conc_minutes, flow_minutes),
        n_out_of_control=np.count_nonzero(minutes.out_of_control, axis=1).astype(np.int64),
        co2_pct=co2,
        co2_pct_dry=co2 if dry else unknown,
        o2_pct_dry=o2,
        moisture_pct=moisture,
        flow_dry_std=flow if dry else unknown,
        flow_wet_std=flow_wet,
        co2_kg=mass,
        co2_kg_minutes=mean(minutes.mass_kg_per_h)[0] * operating_h,
        load_mw=_enough(minutes.load_mw, parameters.value("min_load_minutes_hour")),
        fuel_t=_enough(minutes.fuel_t_per_h, parameters.value("min_valid_minutes_hour")),
    )


def _enough(grid: Array, need: float) -> Array:
    """Hourly means of a quantity that no rule book speaks of, where at least ``need`` minutes were read."""
    _, minutes, loose = hour_means(grid)
    return np.where(minutes >= need, loose, np.nan)
