"""Jumps: a reading that lies further from the one before than the channel can move in the time between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cems.clock import MINUTE_MS
from cems.errors import RuleError
from cems.flags import Flag
from reconcile.checks import unable
from reconcile.checks.column import Array, Bools, Codes, Column, Ints, column, span_of
from reconcile.parameters import Parameters
from reconcile.readings import letter


@dataclass(frozen=True, slots=True)
class RateRule:
    """How fast a channel may move; all of it project choices."""

    share_per_min: float
    """Share of the range in a minute."""
    floor_share: float
    """Share of the range that a step may have, however short the time."""
    reach_min: float
    """A reading further away is no neighbour [min]."""

    def __post_init__(self) -> None:
        if not (self.share_per_min > 0 and self.floor_share >= 0 and self.reach_min > 0):
            raise RuleError("rate and reach of the rate check must be positive, its floor 0 or more")


def rule_of(parameters: Parameters) -> RateRule:
    """The rule of a parameter table (check_rate_…)."""
    return RateRule(*(parameters.value(f"check_rate_{n}") for n in ("share_per_min", "floor_share", "reach_min")))


def flags_of(
    instant_ms: ArrayLike,
    value: ArrayLike,
    flags: ArrayLike,
    limits: tuple[float, float] | None,
    rule: RateRule,
    flag: Flag = Flag.SPIKE,
) -> Codes:
    """Flags after the check of the rate of change, shape (n,): ``flag`` on a jump, ``u`` where it cannot run.

    A normal reading is a jump when |x − x before| > max(rate · minutes between, floor) · range; the reading before is
    the last normal one. The return from a jump of one reading is none: after a jump, the one before that counts too.
    A change that lasts is flagged at its first reading only. The check cannot run on a reading with no normal
    neighbour within ``reach_min`` on either side, without a finite value, or without a range (``limits`` None); the
    first reading of all, or after a gap, has nothing before it and is no jump.

    ``instant_ms`` in order, each once; ``value`` NaN where there is none; ``flags`` codes of letters; (n,) each.
    Raises :class:`RuleError` for shapes, order, or a range that is none.

    >>> normal = np.full(5, letter(Flag.NORMAL), dtype=np.uint8)
    >>> at, rule = 60_000 * np.arange(5), RateRule(0.5, 0.05, 30)
    >>> bytes(flags_of(at, [2.0, 2.0, 22.0, 2.0, 2.0], normal, (0.0, 25.0), rule)).decode()
    'NNpNN'
    """
    readings = column(instant_ms, value, flags)
    if limits is None:
        return unable.flags_of(readings)
    if _quiet(readings, rule, span_of(limits)):
        return readings.flags.copy()
    index = np.flatnonzero(readings.judged)
    x, at, width = readings.value[index], readings.instant_ms[index], span_of(limits)
    reach = np.diff(at) <= rule.reach_min * MINUTE_MS
    alone = np.ones(index.size, dtype=np.bool_)
    alone[1:] &= ~reach
    alone[:-1] &= ~reach
    cannot = np.zeros(readings.value.size, dtype=np.bool_)
    cannot[index[alone]] = True
    out = unable.flags_of(readings, cannot)
    out[index[_jumps(x, at, rule, width)]] = letter(flag)
    return out


def _quiet(readings: Column, rule: RateRule, width: float) -> bool:
    """Whether all readings are judged, none is alone, and the widest step there could be is no jump."""
    if readings.value.size < 2 or not (readings.flags == letter(Flag.NORMAL)).all():
        return False
    steps = np.diff(readings.instant_ms)
    allowed = max(rule.share_per_min * float(steps.min()) / MINUTE_MS, rule.floor_share) * width
    near = bool(steps.max() <= rule.reach_min * MINUTE_MS)
    return near and bool(readings.value.max() - readings.value.min() <= allowed)


def _jumps(x: Array, at: Ints, rule: RateRule, width: float) -> Bools:
    jump = np.zeros(x.size, dtype=np.bool_)
    jump[1:] = _too_fast(x, at, 1, rule, width)
    back = np.zeros(x.size, dtype=np.bool_)
    back[2:] = jump[1:-1] & ~_too_fast(x, at, 2, rule, width) & _near(at, 2, rule)
    return jump & ~back


def _too_fast(x: Array, at: Ints, lag: int, rule: RateRule, width: float) -> Bools:
    """Whether each reading from the ``lag``-th on lies too far from the one ``lag`` before it, shape (n − lag,)."""
    minutes = (at[lag:] - at[:-lag]) / MINUTE_MS
    allowed = np.maximum(rule.share_per_min * minutes, rule.floor_share) * width
    return (np.abs(x[lag:] - x[:-lag]) > allowed) & _near(at, lag, rule)


def _near(at: Ints, lag: int, rule: RateRule) -> Bools:
    return np.asarray(at[lag:] - at[:-lag] <= rule.reach_min * MINUTE_MS, dtype=np.bool_)
