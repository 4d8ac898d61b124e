"""Last digits that are not spread evenly: rounding, a wrong conversion, or figures that somebody thought of."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reconcile.detectors.daily import DayPattern
from reconcile.detectors.dayfigures import by_day
from reconcile.detectors.physics import Seen
from reconcile.parameters import Parameters

KIND: Final = "digits"
Array = NDArray[np.float64]


def patterns(parameters: Parameters) -> tuple[DayPattern, ...]:
    """How far the last digits of a day's CO2 are from even, sqrt(chi2/(9 n)): 0 even, 1 all the same (Cramér's V).

    The chi2 itself would call any day uneven, because neighbouring minutes resemble each other; V is held against the
    reference instead.
    """
    return (
        DayPattern(
            channel="co2",
            figure="digits_v",
            unit="",
            up=KIND,
            down="",
            drift="",
            feature=partial(_v, parameters.value("det_digits_minutes")),
            delta=parameters.value("det_digits_delta"),
            floor=parameters.value("det_digits_floor"),
            sized=False,
        ),
    )


def _v(least: float, seen: Seen) -> Array:
    counts = np.stack([np.nansum(by_day(seen, column), axis=1) for column in seen.hours.digits.T], axis=1)
    n = counts.sum(axis=1)
    expected = np.maximum(n, 1)[:, None] / counts.shape[1]
    chi2 = ((counts - expected) ** 2 / expected).sum(axis=1)
    return np.where(n >= least, np.sqrt(chi2 / ((counts.shape[1] - 1) * np.maximum(n, 1))), np.nan)
