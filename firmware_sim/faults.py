"""Faults on request: what can go wrong with an instrument, from when to when, and how far.

``KINDS`` is the registry; ``firmware_sim.faulttext`` reads a fault from the command line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cems.channels import Channel
from firmware_sim.physics import AIR_CO2_PCT, AIR_O2_PCT, Floats


class Stage(StrEnum):
    """Where on the way from gas to register a fault sits."""

    SAMPLE = "sample"
    """Before the place where calibration gas comes in: a calibration does not see it."""
    METER = "meter"
    """In the analyser: a calibration sees it."""
    OUTPUT = "output"
    """In the register: nothing moves any more."""


Effect = Callable[[Channel, Floats, float, Floats], Floats]
"""(channel, values (n,), size, how far the fault has come (n,): 0 at the onset, 1 at the end) to the faulty values."""


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One row of the registry."""

    name: str
    meaning: str
    """What it does, in one line."""
    channels: tuple[Channel, ...]
    """The channels that can have it."""
    together: bool
    """Whether it always strikes all of these channels, so that none is named."""
    stage: Stage
    default: float | None
    """Size when none is given, a share; None when the fault has no size."""
    example: str
    """How to write it."""
    effect: Effect


@dataclass(frozen=True, slots=True)
class InjectedFault:
    """A fault of a run: its label in the ground truth."""

    kind: FaultKind
    channels: tuple[Channel, ...]
    """The channels it strikes."""
    start_s: int
    """Onset, seconds since 1970 UTC."""
    end_s: int
    """First instant without it, seconds since 1970 UTC."""
    size: float
    """Size as a share (0.05 is 5 %); a growing fault reaches it at its end. 0 for a fault without size."""

    def active(self, time_s: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether the fault is there (n,) at these instants."""
        return (time_s >= self.start_s) & (time_s < self.end_s)

    def apply(self, channel: Channel, time_s: NDArray[np.int64], values: Floats) -> Floats:
        """The values (n,) of a channel with the fault in them; other channels and times pass unchanged."""
        if channel not in self.channels:
            return values
        progress = np.clip((time_s - self.start_s) / (self.end_s - self.start_s), 0.0, 1.0)
        active = self.active(time_s)
        struck: Floats = np.where(active, self.kind.effect(channel, values, self.size, progress), values)
        return struck


def _span_drift(_channel: Channel, values: Floats, size: float, progress: Floats) -> Floats:
    return values * (1.0 + size * progress)


def _air_leak(channel: Channel, values: Floats, size: float, _progress: Floats) -> Floats:
    air = AIR_CO2_PCT if channel is Channel.CO2 else AIR_O2_PCT
    return values * (1.0 - size) + air * size


def _plugging(_channel: Channel, values: Floats, size: float, progress: Floats) -> Floats:
    left: Floats = np.sqrt(1.0 - size * progress)
    return values * left


def _nothing(_channel: Channel, values: Floats, _size: float, _progress: Floats) -> Floats:
    return values


_GASES: Final = (Channel.CO2, Channel.O2)
_METERED: Final = (
    Channel.CO2,
    Channel.O2,
    Channel.VELOCITY,
    Channel.TEMPERATURE,
    Channel.PRESSURE,
    Channel.MOISTURE,
    Channel.BAROMETRIC,
    Channel.LOAD,
    Channel.FUEL_FEED,
)
_ROWS: Final = (
    FaultKind(
        "span-drift",
        "the gain grows: reading * (1 + size * t), t from 0 to 1; the span check shows it, the zero check not",
        _GASES,
        together=False,
        stage=Stage.METER,
        default=0.05,
        example="span-drift:co2@2026-03-10/2026-03-24=5%",
        effect=_span_drift,
    ),
    FaultKind(
        "stuck",
        "the register keeps the reading it had at the onset",
        _METERED,
        together=False,
        stage=Stage.OUTPUT,
        default=None,
        example="stuck:o2@12T06:00/12T18:00",
        effect=_nothing,
    ),
    FaultKind(
        "air-leak",
        "the sample line draws in air: CO2 (1-d) + 0.04 d, O2 (1-d) + 20.9 d; calibration does not see it",
        _GASES,
        together=True,
        stage=Stage.SAMPLE,
        default=0.05,
        example="air-leak@15=4%",
        effect=_air_leak,
    ),
    FaultKind(
        "pitot-plugging",
        "the pitot tube clogs: velocity * sqrt(1 - size * t), t from 0 to 1",
        (Channel.VELOCITY,),
        together=True,
        stage=Stage.SAMPLE,
        default=0.20,
        example="pitot-plugging@18/27T09:00=0.10",
        effect=_plugging,
    ),
)
KINDS: Final[dict[str, FaultKind]] = {row.name: row for row in _ROWS}
"""Every kind of fault by name; the signatures are those of the usual fault taxonomies of a CEMS."""
