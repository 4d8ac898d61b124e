"""Checks of single readings: they flag and never alter.

The flag of the device is kept; the flag that stands after the checks is written beside it. Only ``N`` is valid. A check
that cannot run on a reading gives the flag ``u``, so that nothing passes unchecked in silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cems.channels import INDEX, Channel
from cems.clock import MINUTE_MS
from cems.errors import RuleError
from cems.flags import FLAGS, Flag
from cems.plant import Point, Register, WordType
from reconcile.parameters import Parameters
from reconcile.readings import Readings, letter, runs

Bools = NDArray[np.bool_]

MOVING: Final = (Channel.CO2, Channel.O2, Channel.VELOCITY, Channel.FLOW)
"""Channels that never stand still while the source runs; temperature, pressure and moisture may, in coarse steps."""

_RANK = np.zeros(256, dtype=np.int64)
for _rank, _flag in enumerate(FLAGS):
    _RANK[letter(_flag)] = _rank


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive readings of one channel that a check or a device flagged alike."""

    channel: Channel
    flag: Flag
    start_ms: int
    """Instant of the first reading."""
    end_ms: int
    """Instant of the last reading."""
    readings: int
    """Number of readings."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Readings with the flags that stand after the checks."""

    readings: Readings
    """As received, distinct instants in order; its ``flags`` are those of the device and the gateway."""
    flags: NDArray[np.uint8]
    """Flags that stand, shape (n, channels)."""
    stretches: tuple[Stretch, ...]
    """What the checks found."""

    def flag(self, channel: Channel) -> NDArray[np.uint8]:
        """Flag letters of one channel after the checks, shape (n,)."""
        return self.flags[:, INDEX[channel]]

    def valid(self, channel: Channel) -> Bools:
        """Which readings of a channel enter an average, shape (n,)."""
        return np.asarray(self.flag(channel) == letter(Flag.NORMAL), dtype=bool)


@dataclass(frozen=True, slots=True)
class StuckRule:
    """How long a reading must repeat itself to be called stuck."""

    minutes: float
    """Run length [min] for a register with fine steps."""
    coarse_minutes: float
    """Run length [min] for a register that counts in coarse steps."""
    readings: float
    """Fewest identical readings of a run."""

    def __post_init__(self) -> None:
        if not (self.minutes > 0 and self.coarse_minutes > 0 and self.readings > 1):
            raise RuleError("the run length of the stuck check must be positive, with at least two readings")

    def minutes_for(self, register: Register) -> float:
        """Run length [min] for a register: coarse is an integer step of a thousandth of the range or more."""
        low, high = register.limits
        stepped = register.type is not WordType.FLOAT32
        return self.coarse_minutes if stepped and abs(register.scale) >= (high - low) / 1000 else self.minutes


def stuck_rule(parameters: Parameters) -> StuckRule:
    """The rule of a parameter table."""
    return StuckRule(
        parameters.value("stuck_minutes"),
        parameters.value("stuck_minutes_coarse"),
        parameters.value("stuck_readings"),
    )


def check(readings: Readings, point: Point, running: Bools, rule: StuckRule) -> Checked:
    """Flags of the readings of a point after the range and stuck checks.

    ``readings`` are distinct and in order (``reconcile.readings.distinct``); ``running`` says at which of them the
    source runs, shape (n,): a channel may stand still while it does not.
    """
    flags = readings.flags.copy()
    stretches: list[Stretch] = []
    for register in (r for i in point.instrument for r in i.register):
        column = INDEX[register.channel]
        value, flag = readings.values[:, column], flags[:, column]
        ranged = range_flags(value, flag, register.limits)
        stretches += _stretches(ranged, Flag.IMPLAUSIBLE, register.channel, readings.instant_ms)
        if register.channel in MOVING:
            can_be = (ranged == letter(Flag.NORMAL)) & running
            stuck = stuck_runs(readings.instant_ms, value, can_be, rule.minutes_for(register), rule.readings)
            ranged = np.where(stuck, letter(Flag.STUCK), ranged).astype(np.uint8)
            stretches += _stretches(ranged, Flag.STUCK, register.channel, readings.instant_ms)
        flags[:, column] = ranged
    return Checked(readings, flags, tuple(stretches))


def range_flags(value: NDArray[np.float64], flag: NDArray[np.uint8], limits: tuple[float, float]) -> NDArray[np.uint8]:
    """Flags after the range check: ``T`` above the range, ``r`` below it, ``u`` where there is no value to check.

    Only readings flagged ``N`` are judged; the range itself is closed on both sides. Shapes (n,).
    """
    low, high = limits
    normal = flag == letter(Flag.NORMAL)
    out = flag.copy()
    out[normal & (value > high)] = letter(Flag.OVER_RANGE)
    out[normal & (value < low)] = letter(Flag.IMPLAUSIBLE)
    out[normal & ~np.isfinite(value)] = letter(Flag.UNCHECKED)
    return out


def stuck_runs(
    instant_ms: NDArray[np.int64], value: NDArray[np.float64], can_be: Bools, min_minutes: float, min_readings: float
) -> Bools:
    """Which readings belong to a run of identical values at least ``min_minutes`` long, in ``min_readings`` or more.

    Runs are looked for among the readings that ``can_be`` stuck (normal, source running). Another value ends a run, and
    so does a gap of more than half of ``min_minutes``: nobody knows what the channel did in it. The whole run is marked
    from its first reading. Shapes (n,).
    """
    index = np.flatnonzero(can_be)
    stuck = np.zeros(value.size, dtype=bool)
    if index.size == 0:
        return stuck
    candidate, at = value[index], instant_ms[index]
    ends = (candidate[1:] != candidate[:-1]) | (np.diff(at) > min_minutes / 2 * MINUTE_MS)
    starts = np.flatnonzero(np.concatenate(([True], ends)))
    lengths = np.diff(np.append(starts, index.size))
    first, last = at[starts], at[starts + lengths - 1]
    is_run = (last - first >= min_minutes * MINUTE_MS) & (lengths >= min_readings)
    stuck[index] = np.repeat(is_run, lengths)
    return stuck


def worst_flags(flags: NDArray[np.uint8], channels: tuple[Channel, ...]) -> NDArray[np.uint8]:
    """The flag of highest precedence among some channels of each reading, shape (n,)."""
    part = flags[:, [INDEX[c] for c in channels]]
    worst = np.argmax(_RANK[part], axis=1)
    return np.asarray(np.take_along_axis(part, worst[:, None], axis=1)[:, 0], dtype=np.uint8)


def device_stretches(readings: Readings, channel: Channel, flags: tuple[Flag, ...]) -> tuple[Stretch, ...]:
    """Stretches of consecutive readings of a channel that carry one of these flags as received."""
    column = readings.flag(channel)
    return tuple(s for flag in flags for s in _stretches(column, flag, channel, readings.instant_ms))


def _stretches(
    flags: NDArray[np.uint8], wanted: Flag, channel: Channel, instant_ms: NDArray[np.int64]
) -> list[Stretch]:
    found = runs(np.asarray(flags == letter(wanted), dtype=np.bool_))
    return [Stretch(channel, wanted, int(instant_ms[a]), int(instant_ms[b]), b - a + 1) for a, b in found]
