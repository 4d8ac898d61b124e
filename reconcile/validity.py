"""Checks of single readings, one after the other: they flag and never alter.

The flag of the device is kept; the flag that stands after the checks is written beside it. Only ``N`` is valid. A check
that cannot run on a reading gives the flag ``u``, so that nothing passes unchecked in silence. What a person or a
quality check says of a channel (marks) stands beside what the device says; the worse of the two counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cems.channels import INDEX, Channel
from cems.flags import FLAGS, Flag
from cems.instruments.base import ChannelRow
from cems.plant import Point
from reconcile.checks import clock, few_samples, rate_of_change, spike, stuck
from reconcile.checks import range as measuring_range
from reconcile.checks.history import FlagEvent, standing
from reconcile.checks.precedence import worst_of
from reconcile.parameters import Parameters
from reconcile.readings import Readings, letter, runs

Bools = NDArray[np.bool_]
Codes = NDArray[np.uint8]

_PACE_READINGS: Final = 1000
"""First readings of a span, from which the pace of a device is told."""
MOVING: Final = (Channel.CO2, Channel.O2, Channel.VELOCITY, Channel.FLOW)
"""Channels that never stand still while the source runs; temperature, pressure and moisture may, in coarse steps."""

_RANK = np.zeros(256, dtype=np.int64)
for _rank, _flag in enumerate(FLAGS):
    _RANK[letter(_flag)] = _rank


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of all checks; None leaves a check out."""

    stuck: stuck.StuckRule
    """When a channel repeats itself for too long."""
    spike: spike.SpikeRule | None = None
    """When a reading lies too far from its neighbours."""
    rate: rate_of_change.RateRule | None = None
    """When a reading is too far from the one before."""
    samples: few_samples.SampleRule | None = None
    """How many samples make a minute."""
    clock: clock.ClockRule | None = None
    """When the time of a reading is not believed."""


def rules_of(parameters: Parameters) -> Rules:
    """The rules of a parameter table."""
    return Rules(
        stuck.rule_of(parameters),
        spike.rule_of(parameters),
        rate_of_change.rule_of(parameters),
        few_samples.rule_of(parameters),
        clock.rule_of(parameters),
    )


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


def check(
    readings: Readings,
    point: Point,
    running: Bools,
    rules: Rules,
    marks: Sequence[FlagEvent] = (),
    suspect_ms: NDArray[np.int64] | None = None,
) -> Checked:
    """Flags of the readings of a point after all checks.

    ``readings`` are distinct and in order (``reconcile.readings.distinct``); ``running`` says at which of them the
    source runs, shape (n,): a channel may stand still while it does not. ``marks`` are what people and quality checks
    say of the point; ``suspect_ms`` the instants that the clock check does not believe (:func:`suspect_instants`).
    """
    flags = readings.flags.copy()
    stretches: list[Stretch] = []
    suspect = np.isin(readings.instant_ms, suspect_ms) if suspect_ms is not None and suspect_ms.size else None
    for register in (row for i in point.instrument for row in i.rows):
        column = INDEX[register.channel]
        marked = _marked(readings, register.channel, flags[:, column], marks, suspect)
        flags[:, column], found = _checked(readings, register, marked, running, rules)
        stretches += found
        if suspect is not None:
            stretches += _stretches(flags[:, column], Flag.CLOCK, register.channel, readings.instant_ms)
    return Checked(readings, flags, tuple(stretches))


def suspect_instants(readings: Readings, rule: clock.ClockRule) -> NDArray[np.int64]:
    """Instants of which the clock check does not know when they were, from the order in which scans were taken.

    A scan with the instant of the one before it is a clock that stands, and no reason for doubt. ``readings`` as
    stored, doubles included.
    """
    found = [np.empty(0, dtype=np.int64)]
    for stream in np.unique(readings.stream).tolist():
        mine = readings.stream == stream
        instant = readings.instant_ms[mine][np.argsort(readings.seq[mine], kind="stable")]
        moved = instant[np.concatenate(([True], instant[1:] != instant[:-1]))]
        found.append(moved[clock.suspect(moved, rule)])
    return np.unique(np.concatenate(found))


def _marked(
    readings: Readings, channel: Channel, flag: Codes, marks: Sequence[FlagEvent], suspect: Bools | None
) -> Codes:
    """Flags of a channel with what people, quality checks and the clock check say of it; absent stays absent."""
    said = any(mark.channel is channel for mark in marks)
    if not said and suspect is None:
        return flag
    out = worst_of(flag, standing(marks, channel, readings.instant_ms)) if said else flag
    if suspect is not None:
        out = np.where(suspect, worst_of(out, np.full(out.size, letter(Flag.CLOCK), dtype=np.uint8)), out)
    return np.where(flag == letter(Flag.ABSENT), flag, out).astype(np.uint8)


def _checked(
    readings: Readings, register: ChannelRow, flag: Codes, running: Bools, rules: Rules
) -> tuple[Codes, list[Stretch]]:
    """Flags of one channel after the checks, and the stretches that they found."""
    at, channel = readings.instant_ms, register.channel
    value = readings.values[:, INDEX[channel]]
    out = measuring_range.flags_of(value, flag, register.limits)
    found = _stretches(out, Flag.IMPLAUSIBLE, channel, at) if out is not flag else []
    if channel not in MOVING or not at.size:
        return out, found
    can_be = (out == letter(Flag.NORMAL)) & running
    rule = rules.stuck
    hit = stuck.stuck_runs(at, value, can_be, rule.minutes_for(register), rule.readings)
    if hit.any():
        out = np.where(hit, letter(Flag.STUCK), out).astype(np.uint8)
        found += _stretches(out, Flag.STUCK, channel, at)
    if rules.rate is not None:
        out = rate_of_change.flags_of(at, value, out, register.limits, rules.rate)
    if rules.spike is not None:
        out = spike.flags_of(at, value, out, register.limits, rules.spike)
    if rules.samples is not None and at.size > 1:
        # Half of the readings follow the one before at this distance or less.
        spacing = max(int(np.median(np.diff(at[:_PACE_READINGS]))), 1)
        out = few_samples.flags_of(at, value, out, spacing, rules.samples, Flag.UNCHECKED)
    return out, found + _stretches(out, Flag.SPIKE, channel, at)


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
