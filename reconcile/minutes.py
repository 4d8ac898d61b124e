"""One stack on whole minutes: what every rule book starts from.

Readings within one minute are averaged first (HJ 212-2017 App. D.2 eq. 23), so that a device read every second does not
make an hour valid in 45 seconds. The result does not depend on the order of the readings, to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cems.channels import Channel
from cems.clock import HOUR_MS
from cems.flags import Flag
from reconcile.basis import Gas, Route
from reconcile.readings import letter
from reconcile.rulebooks.averaging import MINUTES, Slots
from reconcile.series import Series
from reconcile.validity import Checked

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
EXCUSED = (Flag.CALIBRATION, Flag.MAINTENANCE)
"""Flags of readings that are missing because somebody looked after the instrument."""


@dataclass(frozen=True, slots=True)
class Minutes:
    """Standard-state gas of a stack; arrays of shape (n_hours, 60), NaN where a minute has no valid reading."""

    start_ms: int
    """Start of the first hour, UTC, milliseconds since 1970."""
    route: Route
    """Basis on which concentration and flow are multiplied."""
    concentration: Array
    """CO2 [mg/m3], standard state, on the basis of ``route``."""
    flow: Array
    """Gas flow [m3/h], standard state, on the basis of ``route``."""
    flow_wet: Array
    """Wet gas flow [m3/h], standard state."""
    co2_pct: Array
    """CO2 [%] on the basis of ``route``."""
    o2_pct_dry: Array
    """O2 [% dry]."""
    moisture_pct: Array
    """Water vapour [%]."""
    mass_kg_per_h: Array
    """CO2 mass rate, mean of the products of single readings [kg/h] (diagnostic)."""
    load_mw: Array
    """Load of the units of the stack [MW]."""
    fuel_t_per_h: Array
    """Fuel of the units by their feeders [t/h]."""
    scans: Ints
    """Distinct instants at which the stack was read in each hour, shape (n_hours,)."""
    stopped: Bools
    """Whether the source stood still."""
    excused: Bools
    """Whether a reading that the mass needs is missing because of calibration or maintenance."""
    out_of_control: Bools
    """Whether an instrument that the mass needs was out of control."""

    @property
    def n_hours(self) -> int:
        """Number of hours."""
        return int(self.scans.size)


def minutes_of(
    checked: Checked,
    gas: Gas,
    needed: tuple[Channel, ...],
    load: Series | None,
    fuel: Series | None,
    span: tuple[int, int],
    load_stopped_mw: float,
) -> Minutes:
    """The minutes from ``span[0]`` up to ``span[1]`` (full hours) of one stack point and its units.

    ``needed`` are the channels that the mass depends on; ``load`` [MW] and ``fuel`` [t/h] are sums over the units. A
    minute is a standstill when the device says F without a valid CO2 reading, or the load is at or below
    ``load_stopped_mw`` (project choice).
    """
    start_ms, n = span[0], max(0, (span[1] - span[0]) // HOUR_MS)
    slots = Slots(gas.instant_ms, start_ms, n)
    load_grid = _series_grid(load, start_ms, n)
    flagged = np.any(checked.flags == letter(Flag.STOPPED), axis=1) & ~checked.valid(Channel.CO2)
    unusable = ~(np.isfinite(gas.concentration) & np.isfinite(gas.flow))
    with np.errstate(invalid="ignore"):
        stopped = slots.any(flagged) | (load_grid <= load_stopped_mw)
    return Minutes(
        start_ms=start_ms,
        route=gas.route,
        concentration=slots.mean(gas.concentration),
        flow=slots.mean(gas.flow),
        flow_wet=slots.mean(gas.flow_wet),
        co2_pct=slots.mean(gas.co2_pct),
        o2_pct_dry=slots.mean(gas.o2_pct_dry),
        moisture_pct=slots.mean(gas.moisture_pct),
        mass_kg_per_h=slots.mean(gas.mass_kg_per_h),
        load_mw=load_grid,
        fuel_t_per_h=_series_grid(fuel, start_ms, n),
        scans=slots.readings(),
        stopped=stopped,
        excused=slots.any(unusable & _any_flag(checked, needed, EXCUSED)),
        out_of_control=slots.any(_any_flag(checked, needed, (Flag.OUT_OF_CONTROL,))),
    )


def _any_flag(checked: Checked, channels: tuple[Channel, ...], wanted: tuple[Flag, ...]) -> Bools:
    hit = np.zeros(len(checked.readings), dtype=np.bool_)
    for channel in channels:
        column = checked.flag(channel)
        if (column == letter(Flag.NORMAL)).all():
            continue
        for flag in wanted:
            hit |= column == letter(flag)
    return hit


def _series_grid(series: Series | None, start_ms: int, n_hours: int) -> Array:
    if series is None:
        return np.full((n_hours, MINUTES), np.nan)
    return Slots(series.instant_ms, start_ms, n_hours).mean(series.value)
