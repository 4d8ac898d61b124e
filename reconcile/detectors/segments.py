"""Stretches of one level in a flagged window, by the segmentation of the library ruptures."""

from __future__ import annotations

import math

import numpy as np
import ruptures
from numpy.typing import NDArray

Array = NDArray[np.float64]


def segments(values: Array, sigma: float, least: int, penalty: float) -> list[tuple[int, int]]:
    """First and end index of each stretch of one level in ``values``, shape (n,), finite; stretches of ``least`` up.

    PELT with squared errors; a change has to save ``penalty``·ln n·sigma². One stretch where there are fewer than two
    times ``least`` values or no spread. *Source*: Killick et al. 2012; penalty as in international facts D.6.

    >>> segments(np.repeat([0.0, 5.0], 10) + np.tile([0.1, -0.1], 10), 0.1, 3, 3.0)
    [(0, 10), (10, 20)]
    """
    n = int(values.size)
    if n < 2 * least or sigma <= 0:
        return [(0, n)]
    search = ruptures.KernelCPD(kernel="linear", min_size=least, jump=1).fit(values.reshape(-1, 1))
    ends = [int(end) for end in search.predict(pen=penalty * math.log(n) * sigma**2)]
    return list(zip([0, *ends[:-1]], ends, strict=True))
