"""When the next poll is due: whole multiples of the period by the gateway's clock. Pure.

A poll that is late by less than half a period is made at once; one that is later is skipped, and the next multiple is
the next poll. The wall clock is asked every time, so that a clock that was set makes no burst of polls and no long
silence: set back, the multiples of the new time are taken; set forward, those in between are skipped.
"""

from __future__ import annotations

import math
from typing import NamedTuple


class Slot(NamedTuple):
    """One due poll."""

    due_s: float
    """When it is due, s since 1970 UTC; may have passed by less than half a period."""
    skipped: int
    """Multiples since the last poll that were too late to be made."""


def next_slot(now_s: float, period_s: float, last_s: float | None) -> Slot:
    """The poll to make next, where the one at ``last_s`` was the last; None before the first.

    >>> next_slot(120.0, 60.0, None), next_slot(130.0, 60.0, 120.0)
    (Slot(due_s=120.0, skipped=0), Slot(due_s=180.0, skipped=0))
    >>> next_slot(200.0, 60.0, 120.0)  # 20 s late: at once
    Slot(due_s=180.0, skipped=0)
    >>> next_slot(215.0, 60.0, 120.0)  # 35 s late: skipped
    Slot(due_s=240.0, skipped=1)
    >>> next_slot(100.0, 60.0, 3720.0)  # the clock was set back by an hour
    Slot(due_s=120.0, skipped=0)
    """
    slot = (math.floor(now_s / period_s - 0.5) + 1) * period_s
    if last_s is None or now_s < last_s - period_s:
        return Slot(slot if slot >= now_s else slot + period_s, 0)
    first = last_s + period_s
    if slot <= first:
        return Slot(first, 0)
    return Slot(slot, round((slot - first) / period_s))
