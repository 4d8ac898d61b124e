"""Random numbers by absolute time: the same minute or day has the same number, whatever is asked for before it.

Time is cut into tiles, each with a generator of its own; filters begin a day early, so that their start is forgotten.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from firmware_sim.physics import Floats
from firmware_sim.span import DAY_MIN
from firmware_sim.streams import MINUTE_S, Stream, generator

Ints = NDArray[np.int64]
_TILE_MIN: Final = 4 * DAY_MIN
_TILE_DAYS: Final = 32
WARM_UP_MIN: Final = DAY_MIN
"""Minutes worked out before a month and thrown away, over which filters forget where they began."""


@dataclass(frozen=True, slots=True)
class Block:
    """A calendar month of minutes in a plant's standard time, with the day before it."""

    month: str
    """``YYYY-MM``."""
    first_min: int
    """First minute with the warm-up, minutes since 1970 in standard time."""
    minutes: int
    """Minutes with the warm-up."""
    offset_min: int
    """Standard time minus UTC, minutes."""

    @property
    def minute(self) -> Ints:
        """Minutes since 1970 in standard time (minutes,)."""
        return np.arange(self.first_min, self.first_min + self.minutes, dtype=np.int64)

    @property
    def time_s(self) -> Ints:
        """Seconds since 1970, UTC (minutes,)."""
        return 60 * (self.minute - self.offset_min)

    @property
    def first_day(self) -> int:
        """Day of the warm-up, days since 1970 in standard time."""
        return self.first_min // DAY_MIN

    @property
    def days(self) -> int:
        """Days with the warm-up."""
        return self.minutes // DAY_MIN

    @property
    def day(self) -> Ints:
        """Days since 1970 (days,)."""
        return np.arange(self.first_day, self.first_day + self.days, dtype=np.int64)

    def index(self, minute: float) -> int:
        """Where a minute stands in the block; 0 before it, ``minutes`` behind it."""
        return int(min(max(minute - self.first_min, 0), self.minutes))

    def by_day(self, values: Floats) -> Floats:
        """Values of the days (days,) for each minute (minutes,)."""
        return np.repeat(values, DAY_MIN)


def month_block(month: str, utc_offset_hours: float = 8.0) -> Block:
    """The block of a month ``YYYY-MM``.

    >>> block = month_block("2026-02")
    >>> block.days, block.minutes - WARM_UP_MIN == 28 * 1440
    (29, True)
    """
    start = np.datetime64(month, "M")
    first, last = (int(m.astype("datetime64[D]").astype(np.int64)) for m in (start, start + 1))
    minutes = (last - first) * DAY_MIN + WARM_UP_MIN
    return Block(month, first * DAY_MIN - WARM_UP_MIN, minutes, round(60 * utc_offset_hours))


def white(seed: int, stream: Stream, owner: int, part: int, first: int, n: int) -> Floats:
    """Independent standard normal numbers (n,) of the minutes from ``first`` on."""
    tiles = range(first // _TILE_MIN, (first + n - 1) // _TILE_MIN + 1)
    drawn = np.concatenate([generator(seed, stream, owner, part, tile).standard_normal(_TILE_MIN) for tile in tiles])
    begin = first - tiles[0] * _TILE_MIN
    return drawn[begin : begin + n]


def daily(seed: int, stream: Stream, owner: int, days: Ints, k: int) -> Floats:
    """Independent standard normal numbers (n_days, k) of consecutive days since 1970."""
    first, last = int(days[0]), int(days[-1])
    tiles = range(first // _TILE_DAYS, last // _TILE_DAYS + 1)
    drawn = np.concatenate([generator(seed, stream, owner, k, t).standard_normal((_TILE_DAYS, k)) for t in tiles])
    begin = first - tiles[0] * _TILE_DAYS
    return drawn[begin : begin + len(days)]


def smoothed(tau_s: float, x: Floats) -> Floats:
    """First-order lag with a time constant [s] of minutes (n,), steady before the first; 0 s changes nothing."""
    if tau_s <= 0:
        return x
    keep = math.exp(-MINUTE_S / tau_s)
    y: Floats = lfilter([1.0 - keep], [1.0, -keep], x, zi=[keep * float(x[0])])[0]
    return y


@dataclass(slots=True)
class Noise:
    """Noise of one owner over one block; each is drawn once, however often it is asked for."""

    seed: int
    """Of the fleet."""
    owner: int
    """Names the unit, point or place."""
    block: Block
    """The minutes."""
    _kept: dict[tuple[int, int, float], Floats] = field(default_factory=dict)

    def ar1(self, stream: Stream, part: int, phi: float) -> Floats:
        """Stationary AR(1) of mean 0 and variance 1 from minute to minute (minutes,)."""
        key = (int(stream), part, phi)
        if key not in self._kept:
            e = white(self.seed, stream, self.owner, part, self.block.first_min, self.block.minutes)
            y: Floats = e if phi == 0 else lfilter([math.sqrt(1.0 - phi * phi)], [1.0, -phi], e)
            self._kept[key] = y
        return self._kept[key]

    def slow(self, stream: Stream, part: int, knot_days: int = 1) -> Floats:
        """A line through independent normal numbers at every ``knot_days``-th midnight (minutes,)."""
        key = (int(stream), part, -float(knot_days))
        if key not in self._kept:
            step = knot_days * DAY_MIN
            first = self.block.first_min // step
            knots = np.arange(first, (self.block.first_min + self.block.minutes) // step + 2, dtype=np.int64)
            values = daily(self.seed, stream, self.owner * 1000 + part, knots, 1)[:, 0]
            self._kept[key] = np.interp(self.block.minute, knots * step, values)
        return self._kept[key]
