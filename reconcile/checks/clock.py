"""A clock that repeats itself or goes back: readings of which nobody knows when they were taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cems.clock import HOUR_MS
from cems.errors import RuleError
from cems.flags import Flag
from reconcile.checks.column import Bools, Codes, Ints, codes
from reconcile.checks.precedence import worst_of
from reconcile.parameters import Parameters
from reconcile.readings import letter


@dataclass(frozen=True, slots=True)
class ClockRule:
    """When a clock is wild."""

    reach_h: float
    """A step further than this, forth and back again, is a wild clock [h]."""

    def __post_init__(self) -> None:
        if not 0 < self.reach_h < 1e6:
            raise RuleError(f"the reach of the clock check must be a positive number of hours (found {self.reach_h!r})")


def rule_of(parameters: Parameters) -> ClockRule:
    """The rule of a parameter table (check_clock_reach_h)."""
    return ClockRule(parameters.value("check_clock_reach_h"))


def flags_of(instant_ms: ArrayLike, flags: ArrayLike, rule: ClockRule, flag: Flag = Flag.CLOCK) -> Codes:
    """Flags with ``flag`` on the readings whose time is suspect, where no flag of higher precedence stands.

    ``instant_ms`` are the times that the clock of the device gave, **in the order in which the readings were taken**
    (the sequence numbers of the gateway), shape (n,) as ``flags``. See :func:`suspect`. Raises :class:`RuleError` for
    unequal shapes or letters that are no flag.
    """
    given, hit = codes(flags), suspect(instant_ms, rule)
    if hit.shape != given.shape:
        raise RuleError("instants and flags must have the same shape (n,)")
    out = given.copy()
    out[hit] = worst_of(given[hit], np.array([letter(flag)], dtype=np.uint8))
    return out


def suspect(instant_ms: ArrayLike, rule: ClockRule) -> Bools:
    """Which readings have a suspect time, shape (n,): they are out of order with some other reading, or wild.

    A reading is out of order when one taken before it bears the same time or a later one, or one taken after it the
    same or an earlier one. So of an hour that the clock repeats both passes are suspect: nobody can say which was
    right. Wild is a stretch that lies more than ``reach_h`` away, forth and back again, and is outvoted by the
    stretches beside it (a dead battery that says 1970, a single date in 2099): it alone is suspect, and the others are
    judged without it.

    >>> rule = ClockRule(25)
    >>> suspect([0, 60, 120, 60, 120, 180], rule).tolist()
    [False, True, True, True, True, False]
    >>> hour = 3_600_000
    >>> suspect([0, hour, 900 * hour, 2 * hour, 3 * hour], rule).tolist()
    [False, False, True, False, False]
    """
    instant = np.asarray(instant_ms, dtype=np.int64)
    if instant.ndim != 1:
        raise RuleError("instants must have the shape (n,)")
    if not np.any(instant[1:] <= instant[:-1]):
        return np.zeros(instant.size, dtype=np.bool_)
    out = _wild(instant, round(rule.reach_h * HOUR_MS))
    rest = np.flatnonzero(~out)
    out[rest] = _out_of_order(instant[rest])
    return out


def _out_of_order(instant: Ints) -> Bools:
    hit = np.zeros(instant.size, dtype=np.bool_)
    hit[1:] |= instant[1:] <= np.maximum.accumulate(instant)[:-1]
    hit[:-1] |= instant[:-1] >= np.minimum.accumulate(instant[::-1])[::-1][1:]
    return hit


def _wild(instant: Ints, reach_ms: int) -> Bools:
    """Stretches between two steps beyond the reach, one forward and one back.

    A stretch ahead must lie wholly after the start of the next, a stretch behind wholly before the end of the one
    before: an outage followed by a clock set right is no such stretch. Its neighbours outvote it when they are in order
    with one another and together no shorter, or each no shorter. At the ends of the series one step back is enough,
    beside a longer stretch, unless the stretch beyond that agrees with the end.
    """
    step = np.diff(instant)
    cuts = np.flatnonzero(np.abs(step) > reach_ms)
    if not cuts.size:
        return np.zeros(instant.size, dtype=np.bool_)
    starts, ends = np.concatenate(([0], cuts + 1)), np.concatenate((cuts, [instant.size - 1]))
    first, last, length = instant[starts], instant[ends], ends - starts + 1
    back = step[cuts] < 0
    came_back, leaves_back = np.concatenate(([False], back)), np.concatenate((back, [False]))
    ahead = np.concatenate((first[1:] < first[:-1], [False]))
    behind = np.concatenate(([False], last[1:] < last[:-1]))
    wild = (leaves_back & ~came_back & ahead) | (came_back & ~leaves_back & behind)
    before, middle, after = length[:-2], length[1:-1], length[2:]
    agree = (first[2:] > last[:-2]) & (middle <= before + after)
    wild[1:-1] &= agree | ((middle <= before) & (middle <= after))
    wild[0] &= length[0] < length[1] and (length.size == 2 or last[0] >= first[2])
    wild[-1] &= length[-1] < length[-2] and (length.size == 2 or first[-1] <= last[-3])
    return np.repeat(wild, length)
