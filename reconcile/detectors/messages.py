"""Messages that did not come, or came more than once."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reconcile.detectors.daily import DayPattern
from reconcile.detectors.dayfigures import by_day, mean
from reconcile.detectors.physics import Seen
from reconcile.parameters import Parameters

MISSING: Final = "missing-messages"
DOUBLED: Final = "doubled-messages"
Array = NDArray[np.float64]
_DAY_MIN: Final = 1440.0


def patterns(parameters: Parameters) -> tuple[DayPattern, ...]:
    """Minutes a day without a row, and with more than one."""
    return tuple(
        DayPattern(
            channel="messages",
            figure=f"{name}_minutes",
            unit="min",
            up=kind,
            down="",
            drift="",
            feature=partial(_minutes, name),
            delta=parameters.value(f"det_{name}_delta"),
            floor=parameters.value(f"det_{name}_floor"),
            sized=False,
        )
        for name, kind in (("missing", MISSING), ("doubled", DOUBLED))
    )


def _minutes(name: str, seen: Seen) -> Array:
    """Minutes a day, of the part of the day that is there."""
    hours = seen.hours
    share = (60 - hours.gas_minutes.sum(axis=1) if name == "missing" else hours.doubled) / 60.0
    return _DAY_MIN * mean(by_day(seen, share), 1)
