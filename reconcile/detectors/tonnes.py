"""Tonnes that hang on an anomaly of the mass."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reconcile.anomaly import Anomaly

_OF_MASS: Final = ("rm", "ghr")
"""Figures whose change is one of the monitored mass, or, for Rm, of the account."""
_KINDS: Final = ("level-shift", "drift", "fan-state")


def with_tonnes(anomaly: Anomaly, day_ms: NDArray[np.int64], monitored_t: NDArray[np.float64]) -> Anomaly:
    """The anomaly with the tonnes at risk: what was monitored from onset to end, less the same without the change.

    Σ m·size/(1 + size) over the days that lie in it, by their starts ``day_ms``, with their measured mass [t]; both
    of shape (n_days,), all days of the bank so far. Of figures of the mass only; others keep what they have. Where
    the fuel records are wrong and not the monitor, as much hangs on the account, with the other sign.

    >>> days = np.arange(3) * 86_400_000
    >>> seen = Anomaly("level-shift", "stack-1", "rm", 86_400_000, 0, 0, None, 0, 0.25, ())
    >>> with_tonnes(seen, days, np.full(3, 1000.0)).tonnes
    400.0
    """
    if anomaly.channel not in _OF_MASS or anomaly.kind not in _KINDS or not math.isfinite(anomaly.size):
        return anomaly
    inside = day_ms >= anomaly.onset_ms
    if anomaly.end_ms is not None:
        inside &= day_ms < anomaly.end_ms
    share = anomaly.size / (1 + anomaly.size)
    return replace(anomaly, tonnes=math.fsum(monitored_t[inside]) * share)
