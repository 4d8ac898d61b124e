"""How a unit runs: load by minute, stops and overhauls, which fans. All by absolute time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware_sim.fleet.noise import Block, Noise, daily
from firmware_sim.load import Outage, asked_share
from firmware_sim.physics import Floats
from firmware_sim.span import DAY_MIN
from firmware_sim.streams import Stream, generator

_LOWEST: Final = {"grid": 0.35, "peaker": 0.45, "flat": 0.6}
_ONE_FAN_BELOW: Final = 0.55
"""Share of the rated load below which one induced-draught fan is enough."""
_NOISE: Final = {"grid": 0.012, "peaker": 0.008, "flat": 0.010}


@dataclass(frozen=True, slots=True)
class Stop:
    """A time without fire."""

    outage: Outage
    """When; in minutes since 1970 in standard time."""
    overhaul: bool
    """Whether instruments and machines were worked on."""

    @property
    def end_min(self) -> int:
        """Back at full load, minutes since 1970 in standard time."""
        return self.outage.start + self.outage.ramp_down + self.outage.stopped + self.outage.ramp_up


@dataclass(frozen=True, slots=True)
class Running:
    """How a unit ran; arrays (minutes,)."""

    share: Floats
    """Share of the rated load; 0 without fire."""
    fire: NDArray[np.bool_]
    """Whether it burns."""
    fan_state: NDArray[np.int8]
    """0 none, 1 both, 2 only fan A, 3 only fan B."""


def stops_of(seed: int, owner: int, year: int, a_year: float) -> tuple[Stop, ...]:
    """The overhaul of a year (none in the first ninety days) and its short stops, in order, none within another."""
    rng = generator(seed, Stream.FLEET_STOPS, owner, year)
    first = int((np.datetime64(f"{year}-01-01") - np.datetime64("1970-01-01")).astype(int)) * DAY_MIN
    begin, length, *_ = rng.random(4)
    plans = [(first + int((90 + 200 * begin) * DAY_MIN), int((12 + 18 * length) * DAY_MIN), True)]
    for _ in range(int(rng.poisson(a_year)) if a_year > 0 else 0):
        day, hours = rng.random(2)
        plans.append((first + int((20 + 335 * day) * DAY_MIN), int((6 + 50 * hours * hours) * 60), False))
    kept: list[Stop] = []
    for start, stopped, overhaul in sorted(plans) if a_year > 0 else ():
        stop = Stop(Outage(start, ramp_down=40, stopped=stopped, ramp_up=150), overhaul)
        if not kept or start > kept[-1].end_min + DAY_MIN:
            kept.append(stop)
    return tuple(kept)


def run(noise: Noise, block: Block, kind: str, stops_a_year: float) -> Running:
    """How a unit of a kind of load (see :class:`firmware_sim.fleet.classes.UnitClass`) ran over a block."""
    share = np.clip(_asked(noise, block, kind), _LOWEST[kind], 1.0)
    minute = block.minute
    factor = np.ones(len(minute))
    years = {int(block.month[:4]) + k for k in (-1, 0)}
    for stop in (s for year in sorted(years) for s in stops_of(noise.seed, noise.owner, year, stops_a_year)):
        near = slice(block.index(stop.outage.start), block.index(stop.end_min))
        factor[near] *= stop.outage.factor(minute[near])
    if kind == "peaker":
        factor = factor * _two_shift(noise, block)
    fire = factor > 0.0
    share = share * factor
    week_b = (minute // (7 * DAY_MIN)) % 2 == 1
    one = np.where(week_b, 3, 2)
    fans = np.where(fire, np.where(share < _ONE_FAN_BELOW, one, 1), 0)
    return Running(share, fire, fans.astype(np.int8))


def _asked(noise: Noise, block: Block, kind: str) -> Floats:
    fine = _NOISE[kind] * noise.ar1(Stream.FLEET_LOAD, 0, 0.97)
    days = np.arange(block.first_day - 1, block.first_day + block.days + 1, dtype=np.int64)
    z = daily(noise.seed, Stream.FLEET_LOAD, noise.owner, days, 1)[:, 0]
    noons = (days + 0.5) * DAY_MIN
    if kind == "flat":
        wave = 0.92 + 0.03 * np.interp(block.minute, noons, z)
        return np.asarray(wave + fine)
    weekend = np.where((days + 3) % 7 >= 5, 0.90, 1.0)  # 1970-01-01 was a Thursday
    factor = np.interp(block.minute, noons, weekend * (1.0 + 0.03 * z))
    shape = np.tile(asked_share(np.arange(DAY_MIN) / 60.0), block.days)
    return np.asarray(shape * factor + fine)


def _two_shift(noise: Noise, block: Block) -> Floats:
    """What is left of the load of a unit that starts in the morning and stops at night, most days."""
    night = daily(noise.seed, Stream.FLEET_LOAD, noise.owner + 500_000, block.day, 1)[:, 0] > -0.5
    hour = np.arange(DAY_MIN) / 60.0
    shape = np.where(hour < 6.0, 0.0, np.interp(hour, [6.0, 7.5, 22.5, 23.2], [0.25, 1.0, 1.0, 0.3]))
    shape = np.where(hour >= 23.2, 0.0, shape)
    by_day = np.where(night[:, None], shape[None, :], 1.0)
    return by_day.reshape(-1)
