"""The load of the unit: two peaks a day, less at the week's end, noise, and one short outage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_sim.physics import Floats
from firmware_sim.span import DAY_MIN, Span
from firmware_sim.streams import Ar1, Stream, generator

_HOURS = (0.0, 4.0, 6.0, 8.0, 11.0, 13.0, 15.0, 18.0, 21.0, 23.0, 24.0)
_SHARE = (0.57, 0.52, 0.62, 0.86, 0.93, 0.80, 0.86, 0.97, 0.90, 0.67, 0.57)
"""Share of the rated load that the grid asks for over a working day."""
_WEEKEND = 0.90
_LOWEST = 0.35
"""Technical minimum of a unit on coal, share of the rated load."""


@dataclass(frozen=True, slots=True)
class Outage:
    """One stop of the unit, in minutes of the run."""

    start: int
    """First minute of the ramp down."""
    ramp_down: int
    """Minutes from load to no fire."""
    stopped: int
    """Minutes without fire."""
    ramp_up: int
    """Minutes from a quarter of the load back to what the grid asks for."""

    def factor(self, minute: NDArray[np.int64]) -> Floats:
        """What is left of the load (n,): 1 before and after, 0 while there is no fire."""
        dark = self.start + self.ramp_down
        lit = dark + self.stopped
        down = np.interp(minute, [self.start, dark], [1.0, 0.3])
        up = np.interp(minute, [lit, lit + self.ramp_up], [0.25, 1.0])
        factor: Floats = np.where(minute < dark, down, np.where(minute < lit, 0.0, up))
        return factor


def draw_outage(seed: int, hours: float) -> Outage | None:
    """The outage of a run: on a day from the 8th to the 20th, in the evening; None when ``hours`` is 0."""
    if hours <= 0:
        return None
    day, minute = generator(seed, Stream.OUTAGE).random(2)
    start = (7 + int(day * 13)) * DAY_MIN + 20 * 60 + int(minute * 180)
    return Outage(start=start, ramp_down=40, stopped=round(hours * 60), ramp_up=150)


def asked_share(local_hour: Floats) -> Floats:
    """Share of the rated load that the grid asks for over a working day, at hours of the plant's day (n,).

    >>> [float(s) for s in asked_share(np.array([4.0, 18.0]))]
    [0.52, 0.97]
    """
    share: Floats = np.interp(local_hour, _HOURS, _SHARE)
    return share


class LoadProfile:
    """The gross load minute by minute; chunks must be asked for in order."""

    def __init__(self, span: Span, seed: int, rated_mw: float, outage: Outage | None) -> None:
        self._span, self._rated, self._outage = span, rated_mw, outage
        days = range(-1, span.days + 1)
        spread = generator(seed, Stream.LOAD_DAYS).standard_normal(len(days))
        shares = [
            (_WEEKEND if span.is_weekend(d) else 1.0) * (1.0 + 0.03 * z) for d, z in zip(days, spread, strict=True)
        ]
        self._noons = np.array([(d + 0.5) * DAY_MIN for d in days])
        self._shares = np.array(shares)
        self._noise = Ar1(generator(seed, Stream.LOAD), 0.97)

    def take(self, minute: NDArray[np.int64]) -> tuple[Floats, NDArray[np.bool_]]:
        """Gross load [MW] (n,) and whether there is fire (n,) in these minutes of the run."""
        share = asked_share(self._span.local_hour(minute))
        share = share * np.interp(minute, self._noons, self._shares) + 0.012 * self._noise.take(len(minute))
        share = np.clip(share, _LOWEST, 1.0)
        factor = self._outage.factor(minute) if self._outage else np.ones(len(minute))
        return self._rated * share * factor, factor > 0.0
