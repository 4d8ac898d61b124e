"""The instruments of the unit: what they make of the truth. Lag, bias, noise, routine, faults and a full scale.

On the way of a reading: process → faults of the sample → calibration gas comes in → lag → faults of the meter → bias
and noise → full scale → stuck register. The register itself quantises (``firmware_sim.registers``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cems.channels import Channel
from firmware_sim.faults import InjectedFault, Stage
from firmware_sim.physics import AIR_CO2_PCT, AIR_O2_PCT, Floats
from firmware_sim.plant import Process
from firmware_sim.schedule import Schedule, Status
from firmware_sim.streams import Ar1, Stream, generator, lag


@dataclass(frozen=True, slots=True)
class MeterSpec:
    """How well one channel is measured."""

    channel: Channel
    cabinet: int
    """Modbus unit id of the cabinet that serves it."""
    source: str
    """Field of :class:`firmware_sim.plant.Process` that it measures."""
    tau_s: float
    """Time constant of the first-order lag, s."""
    phi: float
    """Autocorrelation of the noise from minute to minute."""
    noise_relative: float
    """Standard deviation of the noise, share of the reading."""
    noise: float
    """Standard deviation of the noise that is there at any reading, channel's unit."""
    bias_relative: float
    """Largest fixed gain error, share of the reading; the error of a run is drawn evenly up to it, either sign."""
    bias: float
    """Largest fixed offset, channel's unit; drawn like the gain error."""
    low: float
    """Lowest value the output can show."""
    full_scale: float
    """Highest value the output can show; above it the status says above range."""
    check: tuple[float, float, float] | None = None
    """Zero gas, span gas and ambient air as the channel would truly see them; None where routine does not touch it."""


# Noise and lag lie in the bands of the simulation model in our domain facts (phi 0.8-0.98 a minute; sd CO2 0.5-1 %,
# O2 1-2 %, flow 1-3 %; lag 30-120 s), gain errors in the one-sigma budget for an installed CEMS (concentration 1-2 %,
# velocity 2-5 %, T 0.5 K, P 0.2 %, moisture 1.5 % of the dry share) and well inside the RATA limit of 7.5 %.
_C: Final = Channel
METERS: Final = (
    MeterSpec(_C.CO2, 1, "co2_pct", 60, 0.85, 0.007, 0.005, 0.01, 0.02, 0.0, 25.0, (0.0, 20.0, AIR_CO2_PCT)),
    MeterSpec(_C.O2, 1, "o2_pct", 45, 0.85, 0.012, 0.005, 0.01, 0.02, 0.0, 25.0, (0.0, 20.9, AIR_O2_PCT)),
    MeterSpec(_C.VELOCITY, 2, "velocity_m_s", 30, 0.8, 0.02, 0.02, 0.02, 0.0, 0.0, 30.0, (0.0, 20.0, 0.0)),
    MeterSpec(_C.TEMPERATURE, 2, "temperature_c", 120, 0.9, 0.0, 0.1, 0.0, 0.5, -40.0, 300.0),
    MeterSpec(_C.PRESSURE, 2, "static_pa", 30, 0.8, 0.0, 8.0, 0.0, 15.0, -2000.0, 2000.0),
    MeterSpec(_C.MOISTURE, 2, "moisture_pct", 120, 0.95, 0.01, 0.0, 0.0, 0.6, 0.0, 40.0),
    MeterSpec(_C.BAROMETRIC, 2, "barometric_pa", 30, 0.8, 0.0, 10.0, 0.0, 150.0, 50_000.0, 110_000.0),
    MeterSpec(_C.LOAD, 3, "load_mw", 30, 0.8, 0.002, 0.05, 0.002, 0.0, -10.0, 420.0),
    MeterSpec(_C.FUEL_FEED, 3, "coal_t_h", 30, 0.8, 0.01, 0.02, 0.005, 0.0, 0.0, 300.0),
)
SCHEDULES: Final = {
    1: Schedule(calibration_start=2 * 60),
    2: Schedule(calibration_start=3 * 60),
    3: Schedule(calibration_start=None, maintenance_weekday=None),
}
"""Routine of each cabinet: gas calibrates at 02:00, flow at 03:00; both are served on Wednesday at 10:00."""


@dataclass(frozen=True, slots=True)
class Readings:
    """What the cabinets show in consecutive minutes, before a register quantises it."""

    time_s: NDArray[np.int64]
    """Clock (n,), seconds since 1970 UTC."""
    status: dict[int, NDArray[np.int64]]
    """Status (n,) per cabinet, see :class:`firmware_sim.schedule.Status`."""
    values: dict[Channel, Floats]
    """Reading (n,) per channel, canonical unit."""


class Meter:
    """One channel of one cabinet, with the state it carries from chunk to chunk."""

    def __init__(self, spec: MeterSpec, seed: int, faults: tuple[InjectedFault, ...]) -> None:
        self.spec = spec
        index = list(Channel).index(spec.channel)
        gain, offset = generator(seed, Stream.BIAS, index).uniform(-1.0, 1.0, 2)
        self.gain_error = float(gain) * spec.bias_relative
        """Fixed gain error of this run, share of the reading."""
        self.offset = float(offset) * spec.bias
        """Fixed offset of this run, channel's unit."""
        self._faults = tuple(f for f in faults if spec.channel in f.channels)
        self._lag = lag(spec.tau_s)
        self._noise = Ar1(generator(seed, Stream.NOISE, index), spec.phi)
        self._stuck: dict[InjectedFault, float] = {}

    def read(
        self, time_s: NDArray[np.int64], truth: Floats, gas: NDArray[np.int64]
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """Readings (n,) of the true values (n,), and where (n,) they would lie above full scale."""
        seen = self._strike(Stage.SAMPLE, time_s, truth)
        if self.spec.check is not None:
            zero, span, ambient = self.spec.check
            seen = np.choose(
                gas, [seen, np.full_like(seen, zero), np.full_like(seen, span), np.full_like(seen, ambient)]
            )
        metered = self._strike(Stage.METER, time_s, self._lag(seen))
        sd = self.spec.noise_relative * np.abs(metered) + self.spec.noise
        shown = metered * (1.0 + self.gain_error) + self.offset + sd * self._noise.take(len(metered))
        clipped = np.clip(shown, self.spec.low, self.spec.full_scale)
        return self._freeze(time_s, clipped), shown > self.spec.full_scale

    def _strike(self, stage: Stage, time_s: NDArray[np.int64], values: Floats) -> Floats:
        for fault in self._faults:
            if fault.kind.stage is stage:
                values = fault.apply(self.spec.channel, time_s, values)
        return values

    def _freeze(self, time_s: NDArray[np.int64], values: Floats) -> Floats:
        for fault in self._faults:
            active = fault.active(time_s)
            if fault.kind.stage is Stage.OUTPUT and active.any():
                held = self._stuck.setdefault(fault, float(values[int(np.argmax(active))]))
                values = np.where(active, held, values)
        return values


class Cabinets:
    """All instruments of the unit; chunks of the process come in order and join without a seam."""

    def __init__(self, seed: int, utc_offset_hours: float, faults: tuple[InjectedFault, ...] = ()) -> None:
        self._offset = utc_offset_hours
        self.meters = tuple(Meter(spec, seed, faults) for spec in METERS)

    def read(self, process: Process) -> Readings:
        """What the cabinets show of these minutes of the process."""
        routine = {unit: schedule.state(process.time_s, self._offset) for unit, schedule in SCHEDULES.items()}
        above = {unit: np.zeros(len(process), dtype=np.bool_) for unit in SCHEDULES}
        values: dict[Channel, Floats] = {}
        for meter in self.meters:
            spec = meter.spec
            gas = routine[spec.cabinet][0]
            values[spec.channel], over = meter.read(process.time_s, getattr(process, spec.source), gas)
            above[spec.cabinet] |= over
        status = {unit: shown_status(state, above[unit], process.running) for unit, (_, state) in routine.items()}
        return Readings(process.time_s, status, values)


def shown_status(routine: NDArray[np.int64], above: NDArray[np.bool_], running: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Stopped stands above routine, routine above range: a cabinet can say one thing only."""
    status = np.where((routine == Status.MEASURING) & above, Status.ABOVE_RANGE, routine)
    return np.where(running, status, Status.STOPPED).astype(np.int64)
