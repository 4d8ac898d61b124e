"""Random numbers and filters that do not notice how a run is cut into chunks.

Every part draws from a stream of its own, named by a fixed key under the seed: a part that draws more or less, or a
part that is added, leaves the others as they were. Filters carry their state, so that chunks join without a seam.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Final

import numpy as np
from scipy.signal import lfilter

from firmware_sim.physics import Floats

MINUTE_S: Final = 60


class Stream(IntEnum):
    """Spawn keys under the seed. Append, never renumber: a number changed is another plant."""

    COAL = 1
    LOAD_DAYS = 2
    LOAD = 3
    OUTAGE = 4
    EXCESS_AIR = 5
    WEATHER = 6
    STACK = 7
    BIAS = 8
    NOISE = 9
    BELT_SCALE = 10
    LABORATORY = 11
    FLEET_PLAN = 20
    FLEET_WEATHER = 21
    FLEET_FUEL = 22
    FLEET_LOAD = 23
    FLEET_STOPS = 24
    FLEET_GAS = 25
    FLEET_POINT = 26
    FLEET_BIAS = 27
    FLEET_NOISE = 28
    FLEET_DRIFT = 29
    FLEET_BOOKS = 30
    FLEET_LOG = 31
    FLEET_FAULTS = 32
    FLEET_STRIKE = 33


def generator(seed: int, stream: Stream, *parts: int) -> np.random.Generator:
    """The generator of one stream: the child of ``SeedSequence(seed)`` with spawn key ``(stream, *parts)``.

    Without parts it is part 0; a part is 0 or more.
    """
    key = (int(stream), *(parts or (0,)))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


class FirstOrder:
    """``y[i] = keep * y[i-1] + gain * x[i]``, with ``y`` carried from chunk to chunk."""

    def __init__(self, keep: float, gain: float, last: float | None = None) -> None:
        self._keep, self._gain, self._last = keep, gain, last

    def __call__(self, x: Floats) -> Floats:
        """The filtered chunk (n,); the first value ever seen is taken as the steady state before it."""
        if len(x) == 0:
            return x
        if self._last is None:
            self._last = float(x[0]) * self._gain / (1.0 - self._keep)
        y: Floats
        y, _ = lfilter([self._gain], [1.0, -self._keep], x, zi=[self._keep * self._last])
        self._last = float(y[-1])
        return y


def lag(tau_s: float) -> FirstOrder:
    """First-order lag with time constant ``tau_s`` [s], sampled once a minute."""
    keep = math.exp(-MINUTE_S / tau_s)
    return FirstOrder(keep, 1.0 - keep)


class Ar1:
    """Stationary AR(1) noise of mean 0 and variance 1: ``y[i] = phi * y[i-1] + sqrt(1 - phi^2) * e[i]``."""

    def __init__(self, rng: np.random.Generator, phi: float) -> None:
        self._rng = rng
        self._filter = FirstOrder(phi, math.sqrt(1.0 - phi * phi), last=float(rng.standard_normal()))

    def take(self, n: int) -> Floats:
        """The next ``n`` values."""
        return self._filter(self._rng.standard_normal(n))
