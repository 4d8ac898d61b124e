"""40 CFR 75.10(d): which hours of a parameter are valid, by fifteen-minute quadrants."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cems.errors import RuleError

Bools: TypeAlias = NDArray[np.bool_]

_QUADRANTS = 4
"""A quadrant is a quarter of the hour, by its name; two points a quadrant apart are 15 minutes apart."""


def valid_hours(present: NDArray[Any], operating: NDArray[Any], excused: NDArray[Any]) -> Bools:
    """Which hours of a parameter are valid, shape (n_hours,); all others of operation are missing as a whole.

    The three are of type bool and shape (n_hours, points_per_hour), points evenly spaced from the start of the hour:
    ``present`` a valid data point, ``operating`` the unit burning fuel, ``excused`` no data because of calibration,
    quality assurance, preventive maintenance, data back-up or recertification.

    1. Every quadrant in which the unit operated at any time holds a valid point, or
    2. the unit operated in more than one quadrant, two valid points in such quadrants lie 15 minutes apart or more, and
       each of those quadrants without a valid point has an excused one: but for that activity it would have had data.

    A quadrant without operation neither needs points nor lends them. An hour without operation is no operating hour and
    not valid. A moisture from two O2 analysers is valid in the hours in which both are. All valid points of a valid
    hour go into its mean. Raises :class:`RuleError` for arrays that are not bool, of unequal shape, not of two
    dimensions, or whose points do not fall into four equal quadrants.
    *Source*: 75.10(d)(1), (3) [V].

    >>> run = np.ones((3, 4), dtype=bool)
    >>> points = np.array([[1, 1, 1, 1], [1, 1, 0, 1], [1, 1, 0, 1]], dtype=bool)
    >>> checks = np.array([[0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]], dtype=bool)
    >>> valid_hours(points, run, checks).tolist()
    [True, True, False]
    """
    n_hours, n_points = _shape(present, operating, excused)

    def per_quadrant(points: NDArray[Any]) -> Bools:
        return np.asarray(points.reshape(n_hours, _QUADRANTS, n_points // _QUADRANTS).any(axis=2))

    ran = per_quadrant(operating)
    filled = per_quadrant(present)
    every_quadrant = np.all(filled | ~ran, axis=1)
    explained = np.all(filled | ~ran | per_quadrant(excused), axis=1)
    usable = present & np.repeat(ran, n_points // _QUADRANTS, axis=1)
    # Points a quadrant apart lie in two quadrants, so that the unit operated in more than one.
    two_points = explained & (_spread(usable) >= n_points // _QUADRANTS)
    return np.asarray(ran.any(axis=1) & (every_quadrant | two_points))


def _spread(points: Bools) -> NDArray[np.int64]:
    """Places from the first to the last point of each hour; 0 with one point or none."""
    first = np.argmax(points, axis=1)
    last = points.shape[1] - 1 - np.argmax(points[:, ::-1], axis=1)
    return np.where(points.any(axis=1), last - first, 0).astype(np.int64)


def _shape(*arrays: NDArray[Any]) -> tuple[int, int]:
    if any(array.dtype != np.bool_ for array in arrays):
        raise RuleError("present, operating and excused must be arrays of bool; NaN and numbers say neither yes nor no")
    shapes = {array.shape for array in arrays}
    shape = shapes.pop()
    if shapes or len(shape) != 2:
        found = ", ".join(str(array.shape) for array in arrays)
        raise RuleError(f"present, operating and excused must have one shape, (n_hours, points_per_hour): {found}")
    if shape[1] == 0 or shape[1] % _QUADRANTS:
        raise RuleError(f"the points of an hour must fall into four equal quadrants (found {shape[1]} points)")
    return shape[0], shape[1]
