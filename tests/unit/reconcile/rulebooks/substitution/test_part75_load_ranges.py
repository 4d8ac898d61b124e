"""Load ranges of 40 CFR Part 75 App. C, of EPA's software, and the tolerance between them (sheet, B.6.6)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.rulebooks.substitution.part75_load_ranges import load_range, load_range_accepted


@pytest.mark.parametrize(
    ("load", "by_rule", "by_software"),
    [
        (0, 1, 1),
        (0.1, 1, 1),
        (45, 1, 2),
        (45.01, 2, 2),
        (90, 2, 3),
        (404.9, 9, 9),
        (405, 9, 10),
        (450, 10, 10),
        (451, 10, 10),
    ],
)
def test_ten_ranges_of_450_mw(load: float, by_rule: int, by_software: int) -> None:
    assert load_range(load, 450, 10) == by_rule
    assert load_range(load, 450, 10, "epa_software") == by_software


@pytest.mark.parametrize(
    ("load", "by_rule", "by_software"), [(0, 1, 1), (5, 1, 2), (5.1, 2, 2), (95, 19, 20), (100, 20, 20)]
)
def test_twenty_ranges(load: float, by_rule: int, by_software: int) -> None:
    assert load_range(load, 100, 20) == by_rule
    assert load_range(load, 100, 20, "epa_software") == by_software


@pytest.mark.parametrize("max_load", [0.7, 1.1, 3.3, 70.1, 245.0, 313.7])
def test_every_boundary_belongs_to_the_lower_range_without_binary_noise(max_load: float) -> None:
    for k in range(1, 11):
        assert load_range(round(max_load * k / 10, 12), max_load, 10) == k
        assert load_range(max_load * k / 10, max_load, 10) == k
        assert load_range(max_load * k / 10, max_load, 10, "epa_software") == min(k + 1, 10)


def test_no_load_no_range() -> None:
    assert load_range([math.nan, -0.1, math.inf], 300, 10).tolist() == [0, 0, 0]


def test_two_units_from_a_boundary_either_is_accepted() -> None:
    """Boundary at 30 MW of 300."""
    load = np.array([27.9, 28.1, 30.0, 31.9, 32.1])
    assert load_range_accepted(1, load, 300, 10, 2).tolist() == [True, True, True, True, False]
    assert load_range_accepted(2, load, 300, 10, 2).tolist() == [False, True, True, True, True]
    assert not load_range_accepted(3, load, 300, 10, 2).any()


def test_tolerance_at_the_ends() -> None:
    assert load_range_accepted([1, 10, 0], [0.0, 310.0, math.nan], 300, 10, 2).tolist() == [True, True, False]


def test_bad_constants() -> None:
    for max_load in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(RuleError, match="maximum hourly gross load"):
            load_range(1.0, max_load, 10)
    with pytest.raises(RuleError, match="at least one"):
        load_range(1.0, 1.0, 0)
    with pytest.raises(RuleError, match="convention"):
        load_range(1.0, 1.0, 10, "nearest")  # type: ignore[arg-type] # the point of it
    with pytest.raises(RuleError, match="tolerance"):
        load_range_accepted(1, 1.0, 1.0, 10, math.nan)


def test_one_range_is_all_loads() -> None:
    assert load_range([0, 150, 300, 301], 300, 1).tolist() == [1] * 4


@pytest.mark.parametrize(("load", "reported", "accepted"), [(28.0, 2, True), (32.0, 1, True), (27.99, 2, False)])
def test_exactly_two_units_from_a_boundary(load: float, reported: int, accepted: bool) -> None:
    assert load_range_accepted(reported, load, 300, 10, 2) == accepted


def test_small_loads_and_small_tolerances() -> None:
    """Ten ranges of 5 units are 0.5 wide: 0.2 ± 0.1 is range 1, 0.45 ± 0.1 is 1 or 2; without a tolerance 1 only."""
    assert load_range_accepted([1, 2], 0.2, 5, 10, 0.1).tolist() == [True, False]
    assert load_range_accepted([1, 2], 0.45, 5, 10, 0.1).tolist() == [True, True]
    assert load_range_accepted([1, 2], 0.45, 5, 10, 0.0).tolist() == [True, False]
