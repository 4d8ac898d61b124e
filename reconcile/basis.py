"""From the readings of a stack point to standard-state gas: concentration, flow and CO2 mass rate, reading by reading.

The route follows the plant file. Normally both sides are made dry (HJ 212-2017 App. D.2 eq. 19, 31). A point that reads
CO2 in wet gas and has no moisture instrument takes wet concentration times wet flow: the moisture cancels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cems.channels import Channel, Moisture
from cems.errors import RuleError
from cems.plant import Point
from reconcile.rulebooks.equations import hj75
from reconcile.rulebooks.equations.hj75 import Standard
from reconcile.validity import Checked

Array = NDArray[np.float64]
Route = Literal["dry", "wet"]


@dataclass(frozen=True, slots=True)
class Gas:
    """Standard-state gas at each reading; arrays of shape (n,), NaN where a needed reading is not valid."""

    instant_ms: NDArray[np.int64]
    """UTC, milliseconds since 1970."""
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
    co2_pct_dry: Array
    """CO2 [% dry]; NaN throughout where wet gas cannot be made dry."""
    o2_pct_dry: Array
    """O2 [% dry]; NaN throughout where the point has none or it cannot be made dry."""
    moisture_pct: Array
    """Water vapour [%]."""

    @property
    def mass_kg_per_h(self) -> Array:
        """CO2 mass rate of each reading [kg/h] (diagnostic; the statutory hour multiplies hourly means)."""
        return hj75.mass_rate(self.concentration, self.flow)


def needed_channels(point: Point) -> tuple[Channel, ...]:
    """The channels of a point that its CO2 mass depends on; raises :class:`RuleError` that names every missing one."""
    co2 = point.row_of(Channel.CO2)
    # A velocity without a section is no flow; the flow channel then stands in, where there is one.
    sources = (Channel.VELOCITY, Channel.FLOW) if point.area_m2 is not None else (Channel.FLOW,)
    flow = next((c for c in sources if point.row_of(c)), None)
    missing = [] if co2 else ["co2"]
    missing += [] if flow else ["velocity (with area_m2) or flow"]
    state = (Channel.TEMPERATURE, Channel.PRESSURE, Channel.BAROMETRIC)
    missing += [c.value for c in state if point.row_of(c) is None]
    moist = point.row_of(Channel.MOISTURE) is not None
    if co2 and co2.basis is Moisture.DRY and not moist:
        missing.append("moisture (co2 is read dry, the flow is wet)")
    if missing or flow is None:
        raise RuleError(f"point {point.code!r} cannot give a CO2 mass: the plant file lacks {', '.join(missing)}")
    return (Channel.CO2, flow, *state, *((Channel.MOISTURE,) if moist else ()))


def gas_of(checked: Checked, point: Point, standard: Standard) -> Gas:
    """Standard-state gas of the checked readings of a stack point.

    Conversion comes first, reading by reading, averaging later (order of operations of HJ 212-2017 eq. 24, 33).
    Velocity with Kv and area is preferred to a flow the device computed, because both then stand in the plant file.
    """
    channels = needed_channels(point)
    moist = Channel.MOISTURE in channels
    route: Route = "dry" if moist else "wet"
    water = _valid(checked, Channel.MOISTURE) / 100.0 if moist else np.full(len(checked.readings), np.nan)
    t, ps, ba = (_valid(checked, c) for c in (Channel.TEMPERATURE, Channel.PRESSURE, Channel.BAROMETRIC))
    actual = _actual_flow(checked, point, channels[1])
    wet = hj75.wet_standard_flow(actual, t, ps, ba, standard)
    flow = hj75.dry_standard_flow(actual, t, ps, ba, water, standard) if route == "dry" else wet
    co2_dry = _dry_pct(checked, point, Channel.CO2, water)
    co2 = co2_dry if route == "dry" else _valid(checked, Channel.CO2)
    return Gas(
        checked.readings.instant_ms,
        route,
        hj75.mass_concentration(co2 * hj75.PPM_PER_PCT, standard),
        flow,
        wet,
        co2,
        co2_dry,
        _dry_pct(checked, point, Channel.O2, water),
        100.0 * water,
    )


def _valid(checked: Checked, channel: Channel) -> Array:
    valid, value = checked.valid(channel), checked.readings.value(channel)
    return value if valid.all() else np.where(valid, value, np.nan)


def _actual_flow(checked: Checked, point: Point, channel: Channel) -> Array:
    """Wet actual flow [m3/h] from velocity, Kv and area, or from the flow channel."""
    if channel is Channel.FLOW or point.area_m2 is None:
        return _valid(checked, Channel.FLOW)
    return hj75.actual_flow(hj75.mean_velocity(_valid(checked, channel), point.kv), point.area_m2)


def _dry_pct(checked: Checked, point: Point, channel: Channel, water: Array) -> Array:
    """A concentration in dry gas [%] from the basis in the plant file; NaN where the point does not read it."""
    register = point.row_of(channel)
    if register is None:
        return np.full(len(checked.readings), np.nan)
    value = _valid(checked, channel)
    return value if register.basis is Moisture.DRY else hj75.to_dry(value, water)
