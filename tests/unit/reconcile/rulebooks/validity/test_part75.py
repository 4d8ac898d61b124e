"""Quadrants of 75.10(d), one hour at a time; minutes are written as half-open ranges."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from cems.errors import RuleError
from reconcile.rulebooks.validity.part75 import valid_hours

Bools = NDArray[np.bool_]
ALL = ((0, 60),)
NONE: tuple[tuple[int, int], ...] = ()


def hour(spans: tuple[tuple[int, int], ...]) -> Bools:
    row = np.zeros((1, 60), dtype=bool)
    for start, end in spans:
        row[0, start:end] = True
    return row


def at(*minutes: int) -> tuple[tuple[int, int], ...]:
    return tuple((m, m + 1) for m in minutes)


CASES = {
    "a point in each quadrant": (at(0, 29, 30, 59), ALL, NONE, True),
    "one quadrant empty, no excuse": (at(0, 29, 59), ALL, NONE, False),
    "one quadrant empty, calibrated there": (at(0, 29, 59), ALL, ((30, 45),), True),
    "excused in another quadrant only": (at(0, 29, 59), ALL, ((45, 59),), False),
    "two quadrants empty, only one excused": (at(0, 29), ALL, ((30, 45),), False),
    "two points 15 minutes apart": (at(14, 29), ALL, ((30, 60),), True),
    "two points 14 minutes apart, over two quadrants": (at(14, 28), ALL, ((30, 60),), False),
    "two points 14 minutes apart in neighbouring quadrants, the rest excused": (at(1, 15), ALL, ((16, 60),), False),
    "one point only": (at(20), ALL, ((0, 15), (30, 60)), False),
    "three empty, a quarter hour of points": (((0, 15),), ALL, ((15, 60),), False),
    "no points at all, all excused": (NONE, ALL, ALL, False),
    "no operation": (ALL, NONE, NONE, False),
    "no operation, excused": (NONE, NONE, ALL, False),
    "one quadrant run, a point in it": (at(20), ((16, 28),), NONE, True),
    "one quadrant run, points outside": (at(0, 14, 30, 59), ((15, 30),), NONE, False),
    "one quadrant run, excused: the exception needs more than one": (at(0, 45), ((15, 30),), ((15, 30),), False),
    "two quadrants run, both have points": (at(31, 50), ((30, 60),), NONE, True),
    "two quadrants run, one excused, two points 15 minutes apart": (at(0, 14), ((0, 30),), ((15, 30),), False),
    "a minute into the next quadrant makes it one in which it ran": (at(0, 5), ((0, 16),), NONE, False),
    "quadrants without operation lend no points": (at(3, 50), ((0, 30),), ((15, 30),), False),
    "quadrants without operation need no points": (at(3, 44), ((0, 15), (30, 45)), NONE, True),
    "three quadrants run, the middle one excused": (at(14, 30), ((0, 45),), ((15, 30),), True),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_hour(name: str) -> None:
    present, operating, excused, expected = CASES[name]
    assert valid_hours(hour(present), hour(operating), hour(excused)).tolist() == [expected]


def test_one_point_per_quadrant() -> None:
    """Points of 15 minutes: neighbours lie exactly 15 minutes apart."""
    run = np.ones((3, 4), dtype=bool)
    present = np.array([[1, 1, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0]], dtype=bool)
    excused = np.array([[0, 0, 1, 1], [0, 1, 1, 1], [0, 0, 1, 0]], dtype=bool)
    assert valid_hours(present, run, excused).tolist() == [True, False, False]


def test_hours_do_not_see_one_another() -> None:
    rows = [CASES[name] for name in sorted(CASES)]
    present = np.concatenate([hour(row[0]) for row in rows])
    operating = np.concatenate([hour(row[1]) for row in rows])
    excused = np.concatenate([hour(row[2]) for row in rows])
    assert valid_hours(present, operating, excused).tolist() == [row[3] for row in rows]


def test_no_hours() -> None:
    empty = np.zeros((0, 60), dtype=bool)
    assert valid_hours(empty, empty, empty).shape == (0,)


def test_arrays_that_say_neither_yes_nor_no() -> None:
    good = np.ones((1, 60), dtype=bool)
    with pytest.raises(RuleError, match="bool"):
        valid_hours(good.astype(float), good, good)
    with pytest.raises(RuleError, match="one shape"):
        valid_hours(good, good, np.ones((2, 60), dtype=bool))
    with pytest.raises(RuleError, match=r"one shape.*: \(1, 60\), \(2, 60\), \(1, 60\)"):
        valid_hours(good, np.ones((2, 60), dtype=bool), good)
    with pytest.raises(RuleError, match="one shape"):
        valid_hours(good[0], good[0], good[0])
    for points in (0, 1, 6, 59):
        row = np.ones((1, points), dtype=bool)
        with pytest.raises(RuleError, match="four equal quadrants"):
            valid_hours(row, row, row)
