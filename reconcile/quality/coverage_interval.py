"""Coverage intervals read from draws, and the tolerance that belongs to an uncertainty (JCGM 101:2008 7.7, 7.9.2)."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cems.errors import RuleError

Array = NDArray[np.float64]
IntervalKind = Literal["symmetric", "shortest"]


def coverage_interval(draws: Array, probability: float, kind: IntervalKind) -> tuple[float, float]:
    """Both ends of the interval that holds a share ``probability`` of the draws, unit of the draws.

    ``symmetric`` leaves as many draws below as above; ``shortest`` is the narrowest of all, the first of equal ones.
    ``draws`` shape (M,), finite, in any order. Raises :class:`RuleError` for a probability outside 0 … 1 (both
    excluded) and for draws too few to leave one outside. *Source*: JCGM 101:2008 7.7.1 to 7.7.4 [M].

    >>> coverage_interval(np.arange(1.0, 101.0), 0.9, "symmetric")
    (5.0, 95.0)
    """
    if not 0 < probability < 1:
        raise RuleError(f"a coverage probability lies between 0 and 1 (found {probability!r})")
    ordered = np.sort(draws)
    m = ordered.size
    held = int(probability * m + 0.5)
    if not 0 < held < m:
        raise RuleError(f"{m} draws are too few for a coverage probability of {probability!r}")
    if kind == "symmetric":
        first = max((m - held + 1) // 2, 1) - 1
    else:
        first = int(np.argmin(ordered[held:] - ordered[: m - held]))
    return float(ordered[first]), float(ordered[first + held])


def tolerance(u: float, digits: int) -> float:
    """Half a unit of the last digit when ``u`` is written with so many significant digits, unit of u; 0 for u = 0.

    Raises :class:`RuleError` for an uncertainty that is negative or not finite and for no digit. *Source*: JCGM
    101:2008 7.9.2.

    >>> tolerance(0.0754, 1), tolerance(35.0, 2), tolerance(9.96, 1)
    (0.005, 0.5, 5.0)
    """
    if not (np.isfinite(u) and u >= 0) or digits < 1:
        raise RuleError(f"an uncertainty of {u!r} cannot be written with {digits} digits")
    if u == 0:
        return 0.0
    exponent = int(f"{u:.{digits - 1}e}".partition("e")[2])
    return float(f"5e{exponent - digits}")
