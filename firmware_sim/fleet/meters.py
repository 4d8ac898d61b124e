"""From the gas at a point to what its cabinets show: basis, lag, drift, noise, checks with gas, range, step, status."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cems.channels import Moisture
from cems.fleettables import FlowFamily, MoistureFamily
from firmware_sim.fleet.cylinders import label_gain
from firmware_sim.fleet.families import Family, family
from firmware_sim.fleet.faults import FleetFault, Strike, Where, progress_of
from firmware_sim.fleet.noise import Ints, Noise, daily, smoothed
from firmware_sim.fleet.places import PointTruth
from firmware_sim.fleet.seen import Seen
from firmware_sim.fleet.trims import trim_of
from firmware_sim.instruments import shown_status
from firmware_sim.physics import AIR_CO2_PCT, AIR_O2_PCT, T_STANDARD, Floats
from firmware_sim.schedule import Gas, Schedule
from firmware_sim.span import DAY_MIN
from firmware_sim.streams import Stream

CHANNELS: Final = ("co2", "o2", "velocity", "temperature", "pressure", "barometric", "moisture")
"""Columns of readings, in the order of the table."""
FLOW_CABINET: Final = ("velocity", "temperature", "pressure", "barometric", "moisture")
"""Columns of the flow cabinet; the others are of the gas cabinet."""
PLATEAU_MIN: Final = 5
"""Length of zero and of span gas each."""
_PURGE_MIN: Final = 4
FLOW_AFTER_MIN: Final = 75
"""The flow cabinet is checked so much later than the gas cabinet."""
FLOW_SPAN: Final = 20.0
"""What the flow meter is told to show in its span check [m/s]."""
_LIMITS: Final = {
    "temperature": (-40.0, 400.0),
    "pressure": (-3000.0, 3000.0),
    "barometric": (50_000.0, 110_000.0),
    "moisture": (0.0, 40.0),
}
_QUIET: Final = 0.25
"""Noise with check gas, over the noise with gas of the process."""
_DP: Final = (FlowFamily.PITOT, FlowFamily.MATRIX)
Before = Callable[[FleetFault, str, int, int], Floats]
"""(fault, channel or status, first minute, minutes) to what it showed without that fault."""


@dataclass(slots=True)
class Shown:
    """What the cabinets of a point show over a block; arrays (minutes,)."""

    values: dict[str, Floats]
    """By column, in the step of the instrument."""
    gas_status: NDArray[np.int8]
    """Of the gas cabinet, see :class:`firmware_sim.schedule.Status`."""
    flow_status: NDArray[np.int8]
    """Of the flow cabinet."""

    def column(self, name: str) -> Floats:
        """A channel, or ``gas_status`` or ``flow_status``, as numbers (minutes,)."""
        if name in self.values:
            return self.values[name]
        status = {"gas_status": self.gas_status, "flow_status": self.flow_status}[name]
        return status.astype(np.float64)


def step_of(channel: str, co2_full_scale_pct: float) -> float:
    """The step in which a channel is shown, its unit.

    >>> step_of("co2", 20.0), step_of("co2", 2.0), step_of("temperature", 20.0)
    (0.01, 0.001, 0.1)
    """
    if channel == "co2":
        return 0.01 if co2_full_scale_pct >= 10.0 else 0.001
    return {"temperature": 0.1, "pressure": 1.0, "barometric": 10.0}.get(channel, 0.01)


def in_steps(channel: str, co2_full_scale_pct: float, x: Floats) -> Floats:
    """Values rounded to the step in which a channel is shown.

    >>> float(in_steps("temperature", 20.0, np.array(50.26)))
    50.3
    """
    per_unit = round(1.0 / step_of(channel, co2_full_scale_pct), 6)
    return np.rint(x * per_unit) / per_unit


class Meters:
    """The cabinets of one point over one block of minutes; told to show, as often as asked, with any faults."""

    def __init__(self, point: PointTruth, seen: Seen, noise: Noise, before: Before) -> None:
        self.point, self.seen, self._noise, self._before = point, seen, noise, before
        block = noise.block
        self._minute = block.minute
        calibrates = family("co2", point.doc.co2).calibrates
        gas = _schedule(point.calibration_min if calibrates else None, point.service_weekday)
        flow = _schedule(point.calibration_min + FLOW_AFTER_MIN, point.service_weekday)
        hours = block.offset_min / 60.0
        self._gas, self._gas_routine = gas.state(block.time_s, hours)
        self._flow, self._flow_routine = flow.state(block.time_s, hours)

    def show(self, faults: tuple[FleetFault, ...] = ()) -> Shown:
        """What the cabinets show of the block with these faults."""
        sample = self._strike(Where.SAMPLE, faults, self._sampled())
        metered = {c: smoothed(self._family(c).tau_s, self._with_check_gas(c, x)) for c, x in sample.items()}
        sd = {c: self._sd(c, x) for c, x in metered.items()}
        metered = self._strike(Where.METER, faults, metered, sd)
        shown = {c: self._with_errors(c, x, sd[c]) for c, x in metered.items()}
        self._couple(shown)
        values, above = {}, {}
        for channel, x in shown.items():
            values[channel], above[channel] = self._in_range(channel, x)
        values = self._strike(Where.SHOWN, faults, values)
        gas = shown_status(self._gas_routine, above["co2"] | above["o2"], self.seen.fire)
        flow = shown_status(self._flow_routine, above["velocity"], self.seen.fire)
        status = {"gas": gas.astype(np.int8), "flow": flow.astype(np.int8)}
        values = self._strike(Where.STATUS, faults, values, status=status)
        return Shown(values, status["gas"], status["flow"])

    def _sampled(self) -> dict[str, Floats]:
        seen, doc = self.seen, self.point.doc
        wet = 1.0 - seen.moisture_pct / 100.0
        return {
            "co2": seen.co2_pct * wet if doc.co2_basis is Moisture.WET else seen.co2_pct,
            "o2": seen.o2_pct * wet if doc.o2_basis is Moisture.WET else seen.o2_pct,
            "velocity": seen.velocity,
            "temperature": seen.temperature_c,
            "pressure": seen.static_pa,
            "barometric": seen.barometric_pa,
            "moisture": self._moisture(),
        }

    def _moisture(self) -> Floats:
        if self.point.doc.moisture is MoistureFamily.TYPED:
            return np.full(len(self._minute), self.point.moisture_constant_pct)
        return self.seen.moisture_pct

    def _family(self, channel: str) -> Family:
        doc = self.point.doc
        named = {"co2": doc.co2, "o2": doc.o2_basis, "velocity": doc.flow, "moisture": doc.moisture}
        group = {"velocity": "flow"}.get(channel, channel)
        return family(group, named[channel]) if channel in named else family("sensor", channel)

    def _with_check_gas(self, channel: str, x: Floats) -> Floats:
        checks = {
            "co2": (self._gas, 0.0, span_co2(self.point.doc.co2_full_scale_pct), AIR_CO2_PCT),
            "o2": (self._gas, 0.0, AIR_O2_PCT, AIR_O2_PCT),
            "velocity": (self._flow, 0.0, FLOW_SPAN, 0.0),
        }
        if channel not in checks:
            return x
        gas, *others = checks[channel]
        changed = x.copy()
        for which, value in zip((Gas.ZERO, Gas.SPAN, Gas.AMBIENT), others, strict=True):
            changed[gas == which] = value
        return changed

    def _sd(self, channel: str, x: Floats) -> Floats:
        kind = self._family(channel)
        small = min(self.point.doc.co2_full_scale_pct / 20.0, 1.0) if channel == "co2" else 1.0
        sd = kind.noise * np.abs(x) + kind.floor * small
        cabinet = {"co2": self._gas, "o2": self._gas, "velocity": self._flow}.get(channel)
        return sd if cabinet is None else np.where(cabinet == Gas.PROCESS, sd, _QUIET * sd)

    def _with_errors(self, channel: str, x: Floats, sd: Floats) -> Floats:
        kind, point = self._family(channel), self.point
        gain, offset = {
            "co2": (point.co2_gain, point.co2_offset),
            "o2": (point.o2_gain, point.o2_offset),
            "velocity": (0.0, 0.0),
            "temperature": (0.0, point.temperature_offset_k),
            "pressure": (0.0, point.pressure_offset_pa),
            "barometric": (point.barometric_gain, point.barometric_offset_pa),
            "moisture": (point.moisture_gain, point.moisture_offset),
        }[channel]
        if kind.tau_s == 0 and kind.noise == 0 and kind.floor == 0:
            return x
        part = CHANNELS.index(channel)
        gains = 1.0 + gain + self._drift(part, kind.drift)
        if channel == "velocity":
            slope = point.flow_slope * (self.seen.share - 0.75)
            swirl = np.where(self.seen.fire, slope + np.array(point.flow_fans)[self.seen.fan_state], 0.0)
            block = self._noise.block
            trims = np.array([trim_of(self._noise.seed, point, int(d)) for d in block.day])
            there = np.where(self._flow == Gas.PROCESS, point.flow_gain + swirl + block.by_day(trims), 0.0)
            gains = gains + there
        if channel == "co2":
            block = self._noise.block
            label = block.by_day(label_gain(self._noise.seed, point, block.day))
            gains = gains + np.where(self._gas == Gas.PROCESS, label, 0.0)
        if kind.temperature or kind.pressure:
            gains = gains + self._uncompensated(kind)
        return x * gains + offset + sd * self._noise.ar1(Stream.FLEET_NOISE, part, kind.phi)

    def _uncompensated(self, kind: Family) -> Floats:
        seen, point = self.seen, self.point
        warm = seen.temperature_c - point.design_c
        high = (seen.barometric_pa + seen.static_pa - point.design_pa) / 1000.0
        return np.where(self._gas == Gas.PROCESS, kind.temperature * warm + kind.pressure * high, 0.0)

    def _drift(self, part: int, a_week: float) -> Floats | float:
        """Random walk from one weekly service to the next (minutes,)."""
        if a_week == 0.0:
            return 0.0
        block = self._noise.block
        days = np.arange(block.first_day - 7, block.first_day + block.days, dtype=np.int64)
        z = daily(self._noise.seed, Stream.FLEET_DRIFT, self.point.owner * 16 + part, days, 1)[:, 0]
        walked = np.cumsum(z)
        since = (days + 3 - self.point.service_weekday) % 7
        here = np.arange(7, len(days))
        steps = walked[here] - walked[here - since[here]]
        return block.by_day(a_week / np.sqrt(7.0) * steps)

    def _couple(self, shown: dict[str, Floats]) -> None:
        """A meter of differential pressure makes its velocity with the temperature and pressure that it is shown."""
        if self.point.doc.flow not in _DP:
            return
        seen = self.seen
        warm = (shown["temperature"] + T_STANDARD) / (seen.temperature_c + T_STANDARD)
        high = (shown["barometric"] + shown["pressure"]) / (seen.barometric_pa + seen.static_pa)
        factor = np.sqrt(np.clip(warm / high, 0.01, 100.0))
        shown["velocity"] = np.where(self._flow == Gas.PROCESS, shown["velocity"] * factor, shown["velocity"])

    def _in_range(self, channel: str, x: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        doc = self.point.doc
        ranges = {
            "co2": (0.0, doc.co2_full_scale_pct),
            "o2": (0.0, 25.0),
            "velocity": (0.0, doc.velocity_full_scale),
        }
        low, high = ranges[channel] if channel in ranges else _LIMITS[channel]
        return in_steps(channel, doc.co2_full_scale_pct, np.clip(x, low, high)), x > high

    def _strike(
        self,
        where: Where,
        faults: tuple[FleetFault, ...],
        values: dict[str, Floats],
        sd: dict[str, Floats] | None = None,
        status: dict[str, NDArray[np.int8]] | None = None,
    ) -> dict[str, Floats]:
        """The values with the faults of one place in them; sd and status are changed in place."""
        for fault in (f for f in faults if f.kind.where is where and f.kind.effect is not None):
            block = self._noise.block
            part = slice(block.index(fault.start_min), block.index(fault.end_min))
            if part.start == part.stop:
                continue
            values = values | {c: values[c].copy() for c in fault.channels if c in values}
            assert fault.kind.effect is not None
            fault.kind.effect(self._hands(fault, part, values, sd or {}, status or {}))
        return values

    def _hands(
        self,
        fault: FleetFault,
        part: slice,
        values: dict[str, Floats],
        sd: dict[str, Floats],
        status: dict[str, NDArray[np.int8]],
    ) -> Strike:
        def noise(phi: float) -> Floats:
            return self._noise.ar1(Stream.FLEET_STRIKE, fault.number, phi)[part]

        def seen(name: str) -> Floats:
            array: Floats = getattr(self.seen, name)[part]
            return array

        minute = self._minute[part]
        return Strike(
            values={c: x[part] for c, x in values.items()},
            noise_sd={c: x[part] for c, x in sd.items()},
            status={c: x[part] for c, x in status.items()},
            minute=minute,
            progress=progress_of(fault, minute),
            size=fault.size,
            channel=fault.channel,
            doc=self.point.doc,
            seen=seen,
            noise=noise,
            before=lambda channel, first, n: self._before(fault, channel, first, n),
            checking={"gas": (self._gas != Gas.PROCESS)[part], "flow": (self._flow != Gas.PROCESS)[part]},
            since_calibration=((minute - self.point.calibration_min) % DAY_MIN).astype(np.float64),
            onset_min=fault.start_min,
        )


def span_co2(full_scale_pct: float) -> float:
    """CO2 of the span gas [%]: four fifths of full scale.

    >>> span_co2(20.0)
    16.0
    """
    return 0.8 * full_scale_pct


def _schedule(start_min: int | None, weekday: int) -> Schedule:
    return Schedule(calibration_start=start_min, plateau=PLATEAU_MIN, purge=_PURGE_MIN, maintenance_weekday=weekday)


def check_minutes(start_min: int, days: Ints) -> tuple[Ints, Ints]:
    """Last minute of zero and of span gas on each day (days,), minutes since 1970."""
    zero = days * DAY_MIN + start_min + PLATEAU_MIN - 1
    return zero, zero + PLATEAU_MIN
