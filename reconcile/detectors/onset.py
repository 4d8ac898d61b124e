"""Since when: the begin of a change by least squares, as a step or as a drift, with the begins that may be as well."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from reconcile.quality.uncertainty import ar1_inflation

Array = NDArray[np.float64]
CHI2_95 = float(chdtri(1, 0.05))
"""χ² with one degree of freedom at 95 %: how much worse a begin may fit and not be ruled out."""


@dataclass(frozen=True, slots=True)
class Onset:
    """The begin of a change in a row of values."""

    index: int
    """First value of the change."""
    low: int
    """First value that the change may have begun with, too."""
    high: int
    """Last such value."""
    drift: bool
    """A drift fits better than a step."""
    size: float
    """Height of the step, or of the drift at the last value."""
    error: float
    """Sum of squared errors that it leaves."""


def onset_of(values: Array, sigma: float, phi: float = 0.0) -> Onset:
    """The begin of one change away from zero in ``values``, shape (n,), finite, n ≥ 1, which ends changed.

    Squared errors about zero before the begin and about a level (step) or a line from zero (drift) from it on; all
    begins within χ²₉₅(1)·s² of the best make the interval, s the given standard deviation, widened for values whose
    neighbours correlate by ``phi``. A drift has to be better than the step by as much. *Source*: international facts
    D.6.

    >>> from dataclasses import replace
    >>> replace(found := onset_of(np.array([0.1, -0.1, 0.1, 2.0, 2.1, 1.9]), 0.1), error=round(found.error, 9))
    Onset(index=3, low=3, high=3, drift=False, size=2.0, error=0.05)
    """
    n = values.size
    total = float(values @ values)
    after = np.cumsum(values[::-1])[::-1]
    count = n - np.arange(n)
    step = total - after**2 / count
    # A line that leaves zero just before value i: its figures are 1, 2, 3 … from there on.
    ramp_sum = np.cumsum(after[::-1])[::-1]
    ramp_squares = count * (count + 1) * (2 * count + 1) / 6
    ramp = total - ramp_sum**2 / ramp_squares
    allowed = CHI2_95 * sigma**2 * ar1_inflation(phi)
    drift = bool(n >= _FEWEST and ramp.min() + allowed < step.min())
    errors = ramp if drift else step
    index = int(errors.argmin())
    fit = np.flatnonzero(errors <= errors[index] + allowed)
    slope = float(ramp_sum[index] / ramp_squares[index])
    size = slope * int(count[index]) if drift else float(after[index] / count[index])
    return Onset(index, int(fit[0]), int(fit[-1]), drift, size, float(errors[index]))


_FEWEST = 5
"""Fewer values tell no drift from a step."""
