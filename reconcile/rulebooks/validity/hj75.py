"""HJ 75-2017: when an hour is valid."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from reconcile.parameters import Parameters, load_parameters

Bools = NDArray[np.bool_]
_MINUTES = 60


def minutes_needed_of(parameters: Parameters) -> float:
    """Valid minutes that an hour needs, from a parameter table (min_valid_minutes_hour)."""
    return parameters.value("min_valid_minutes_hour")


def valid_hours(
    present: ArrayLike, operating: ArrayLike, excused: ArrayLike | None = None, minutes_needed: float | None = None
) -> Bools:
    """Which hours are valid, shape (n_hours,): at least 45 minutes have a valid value while the source runs.

    *Source*: HJ 212-2017 App. D.2 eq. 24 (k ≥ 45) [V]; HJ 75-2017 by a second source [V2]. An hour in which the source
    ran for a part only needs the same 45 minutes: the rule as printed knows no shorter hour, so that an hour with
    fewer than 45 operating minutes is never valid. ``present`` and ``operating`` are boolean, shape (n_hours, 60), one
    column for each minute: the minute has a valid value; the source ran in it. ``excused`` (minutes lost to quality
    assurance) is of the same shape and changes nothing here; it stands for the sake of rule books that know excuses.
    ``minutes_needed`` is the figure of the shipped table unless given.

    Raises :class:`RuleError` for arrays that are not boolean (NaN would count as true), for unequal shapes, for other
    than 60 columns, and for ``minutes_needed`` outside 1 … 60.

    >>> present = np.arange(60)[None, :] < np.array([[44], [45]])
    >>> valid_hours(present, np.ones((2, 60), dtype=bool)).tolist()
    [False, True]
    """
    need = _shipped_minutes() if minutes_needed is None else minutes_needed
    if not 1 <= need <= _MINUTES:
        raise RuleError(f"an hour needs between 1 and {_MINUTES} valid minutes (found {need!r})")
    there, running = _minutes("present", present), _minutes("operating", operating)
    if there.shape != running.shape or (excused is not None and _minutes("excused", excused).shape != there.shape):
        raise RuleError("present, operating and excused must have the same shape (n_hours, 60)")
    return np.asarray(np.count_nonzero(there & running, axis=1) >= need, dtype=np.bool_)


def _minutes(name: str, values: ArrayLike) -> Bools:
    array = np.asarray(values)
    if array.ndim != 2 or array.shape[1] != _MINUTES or array.dtype != np.bool_:
        raise RuleError(
            f"{name} must be boolean with one row for each hour and one column for each of its {_MINUTES} minutes "
            f"(found shape {array.shape}, {array.dtype})"
        )
    return array


@cache
def _shipped_minutes() -> float:
    return minutes_needed_of(load_parameters())
