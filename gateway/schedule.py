"""When the next poll is due: whole multiples of the period by the gateway's clock. Pure."""

from __future__ import annotations

import math


def next_due(now_s: float, period_s: float) -> float:
    """The first multiple of the period after ``now_s`` (s since 1970 UTC).

    >>> next_due(120.0, 60.0), next_due(179.9, 60.0)
    (180.0, 180.0)
    """
    return (math.floor(now_s / period_s) + 1) * period_s


def missed(due_s: float, now_s: float, period_s: float) -> int:
    """How many due polls have passed unread since the one at ``due_s``.

    >>> missed(60.0, 61.0, 60.0), missed(60.0, 185.0, 60.0)
    (0, 2)
    """
    return max(0, math.floor((now_s - due_s) / period_s))
