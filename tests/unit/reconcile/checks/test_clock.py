"""Clocks that repeat an hour, go back, say 1970 or 2099, and clocks that are right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.errors import RuleError
from reconcile.checks.clock import ClockRule, flags_of, rule_of, suspect
from reconcile.parameters import load_parameters
from reconcile.readings import letters

RULE = rule_of(load_parameters())
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
YEAR_2099 = 4_070_908_800_000
NOW = 1_772_323_200_000


def minutes(first: int, count: int, start: int = NOW) -> list[int]:
    return [start + MINUTE * (first + k) for k in range(count)]


def test_the_shipped_figures() -> None:
    assert ClockRule(25) == RULE


def test_of_a_repeated_hour_both_passes_are_suspect() -> None:
    at = minutes(0, 180) + minutes(120, 120)
    assert np.flatnonzero(suspect(at, RULE)).tolist() == list(range(120, 240))


def test_an_instant_that_repeats_makes_both_readings_suspect() -> None:
    assert suspect([NOW, NOW + 1, NOW + 1, NOW + 2], RULE).tolist() == [False, True, True, False]


def test_a_clock_set_back_and_forth_makes_the_overlap_suspect_on_both_sides() -> None:
    at = minutes(0, 100) + minutes(90, 5) + minutes(105, 20)
    assert np.flatnonzero(suspect(at, RULE)).tolist() == list(range(90, 105))


def test_outages_and_steps_forward_are_no_fault() -> None:
    at = minutes(0, 10) + minutes(70, 10) + minutes(10_000, 10)
    assert not suspect(at, RULE).any()
    assert suspect([], RULE).tolist() == []
    assert suspect([NOW], RULE).tolist() == [False]


@pytest.mark.parametrize("wild", [YEAR_2099, 0])
@pytest.mark.parametrize("length", [1, 30])
def test_a_wild_stretch_alone_is_suspect(wild: int, length: int) -> None:
    at = minutes(0, 50) + minutes(0, length, wild) + minutes(50 + length, 50)
    assert np.flatnonzero(suspect(at, RULE)).tolist() == list(range(50, 50 + length))


def test_wild_stretches_in_a_row_and_at_the_ends_are_suspect_alone() -> None:
    at = [YEAR_2099, *minutes(0, 50), YEAR_2099, 0, *minutes(52, 50), 0]
    assert np.flatnonzero(suspect(at, RULE)).tolist() == [0, 51, 52, 103]


@pytest.mark.parametrize("wild", [YEAR_2099, 0])
def test_a_stretch_longer_than_its_neighbours_together_is_not_wild(wild: int) -> None:
    for before, after in ((20, 9), (9, 20)):
        at = minutes(0, before) + minutes(0, 30, wild) + minutes(before + 30, after)
        hit = suspect(at, RULE)
        assert hit[before : before + 30].all()
        assert hit[:before].all() == (wild == 0), "out of order with a clock that says 1970"
        assert hit[before + 30 :].all() == (wild == YEAR_2099), "out of order with a clock that says 2099"


@pytest.mark.parametrize("wild", [YEAR_2099, 0])
def test_neighbours_in_order_outvote_a_stretch_together(wild: int) -> None:
    for before, after in ((20, 10), (10, 20)):
        at = minutes(0, before) + minutes(0, 30, wild) + minutes(before + 30, after)
        assert np.flatnonzero(suspect(at, RULE)).tolist() == list(range(before, before + 30))


def test_of_two_stretches_as_long_as_each_other_nobody_knows_which_is_wild() -> None:
    for at in (minutes(0, 5, YEAR_2099) + minutes(0, 5), minutes(0, 5) + minutes(0, 5, 0)):
        assert suspect(at, RULE).all()
    for at in (minutes(0, 4, YEAR_2099) + minutes(0, 5), minutes(0, 5) + minutes(0, 4, 0)):
        assert int(suspect(at, RULE).sum()) == 4


def test_a_step_of_exactly_the_reach_is_not_wild() -> None:
    at = [*minutes(0, 3), NOW + 3 * MINUTE + 25 * HOUR, *minutes(3, 5)]
    assert np.flatnonzero(suspect(at, RULE)).tolist() == [3, 4, 5, 6, 7, 8]
    at[3] += 1
    assert np.flatnonzero(suspect(at, RULE)).tolist() == [3]


def test_a_first_reading_of_1970_and_a_last_of_2099_are_in_order() -> None:
    assert not suspect([0, *minutes(0, 50), YEAR_2099], RULE).any()


def test_an_outage_before_a_clock_set_back_is_no_wild_stretch() -> None:
    after = minutes(2 * 1440, 3 * 1440)
    back = after[-1] + MINUTE - 30 * HOUR
    at = minutes(0, 6000, NOW - 30 * DAY) + after + minutes(0, 6000, back)
    # 30 hours are 1800 minutes, on both sides of the step back at the 10 320th reading
    assert np.flatnonzero(suspect(at, RULE)).tolist() == list(range(10_320 - 1800, 10_320 + 1800))


def test_a_clock_that_runs_backwards_is_suspect_throughout() -> None:
    assert suspect(minutes(0, 50)[::-1], RULE).all()


def test_the_flag_of_higher_precedence_stands() -> None:
    at = [NOW, NOW + 2, NOW + 1, NOW + 3]
    given_flags = letters("NNDN")
    assert flags_of(at, given_flags, RULE).tobytes() == b"NcDN"
    assert given_flags.tobytes() == b"NNDN"


def test_wrong_shapes_and_rules_are_named() -> None:
    with pytest.raises(RuleError, match="shape"):
        flags_of([1, 2], letters("N"), RULE)
    with pytest.raises(RuleError, match="shape"):
        suspect([[1, 2]], RULE)
    for reach in (0, -1, np.nan, np.inf):
        with pytest.raises(RuleError):
            ClockRule(reach)


@given(st.lists(st.integers(0, 60), max_size=40))
def test_within_reach_a_reading_is_suspect_when_it_is_out_of_order_with_another(at: list[int]) -> None:
    expected = [
        any(at[j] >= t for j in range(i)) or any(at[j] <= t for j in range(i + 1, len(at))) for i, t in enumerate(at)
    ]
    assert suspect(np.array(at, dtype=np.int64) * MINUTE, RULE).tolist() == expected
