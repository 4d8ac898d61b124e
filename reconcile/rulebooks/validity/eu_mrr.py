"""EU MRR Art. 44(2): an hour of a parameter is valid when 80 % of its possible data points are there."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from reconcile.parameters import Parameters, load_parameters

Bools: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Capture:
    """The share of data points an hour needs, as a ratio of whole numbers, so that exactly 80 % is exact."""

    numerator: int
    """4 of …"""
    denominator: int
    """… 5."""

    def __post_init__(self) -> None:
        if not 0 < self.numerator <= self.denominator:
            raise RuleError(f"an hour needs a share above 0 up to 1 (found {self.numerator}/{self.denominator})")


def capture_of(parameters: Parameters) -> Capture:
    """The share of a parameter table (eu_hour_capture_pct).

    >>> capture_of(load_parameters())
    Capture(numerator=4, denominator=5)
    """
    share = Fraction(repr(parameters.value("eu_hour_capture_pct"))) / 100
    return Capture(share.numerator, share.denominator)


def valid_hours(
    present: ArrayLike, operating: ArrayLike, excused: ArrayLike | None = None, rule: Capture | None = None
) -> Bools:
    """Which hours of one parameter are valid, shape (n_hours,): 5·n_valid ≥ 4·n_max in whole numbers.

    ``present`` (a usable data point is there), ``operating`` (the source operates at that point of time) and
    ``excused`` are bool arrays of shape (n_hours, points_per_hour), one row for each clock hour. n_max counts the
    points in the operating part of the hour, n_valid the present ones among them; a point while the source stands
    still counts on neither side. An hour without operation is not valid (it needs no substitute either). ``excused``
    (points lost to calibration, maintenance) changes nothing here: this rule knows no exception for them.
    ``rule`` is the share needed; None: that of the shipped parameter table.

    Raises :class:`RuleError` for arrays that are not bool, not of one shape (n_hours, points_per_hour), or without
    points. *Source*: Regulation (EU) 2018/2066 Art. 44(2) [V]; n_max over the operating part of the hour [M].

    >>> hour = np.arange(60)[None, :]
    >>> run = np.full((1, 60), True)
    >>> valid_hours(hour < 48, run, ~run).tolist(), valid_hours(hour < 47, run, ~run).tolist()
    ([True], [False])
    """
    there, runs = np.asarray(present), np.asarray(operating)
    lost = runs if excused is None else np.asarray(excused)
    if not (there.dtype == runs.dtype == lost.dtype == np.bool_):
        raise RuleError("present, operating and excused must be arrays of bool")
    if there.ndim != 2 or there.shape[1] == 0 or not there.shape == runs.shape == lost.shape:
        shapes = (there.shape, runs.shape, lost.shape)
        raise RuleError(f"present, operating and excused need one shape (n_hours, points_per_hour), found {shapes}")
    share = rule or _shipped()
    n_max = np.count_nonzero(runs, axis=1)
    n_valid = np.count_nonzero(there & runs, axis=1)
    return np.asarray((n_max > 0) & (share.denominator * n_valid >= share.numerator * n_max), dtype=np.bool_)


@lru_cache(maxsize=1)
def _shipped() -> Capture:
    return capture_of(load_parameters())
