"""Jumps, their return, changes that last, and gaps."""

from __future__ import annotations

import numpy as np
import pytest

from cems.errors import RuleError
from cems.flags import Flag
from reconcile.checks.rate_of_change import RateRule, flags_of, rule_of
from reconcile.parameters import load_parameters
from reconcile.readings import letters

RULE = rule_of(load_parameters())
RANGE = (0.0, 20.0)


def found(value: object, step_ms: int = 60_000, limits: tuple[float, float] | None = RANGE) -> str:
    values = np.asarray(value, dtype=float)
    at = step_ms * np.arange(values.size, dtype=np.int64)
    return flags_of(at, values, letters("N" * values.size), limits, RULE).tobytes().decode()


def test_the_shipped_figures() -> None:
    assert RateRule(0.5, 0.05, 30) == RULE


@pytest.mark.parametrize(("step", "flag"), [(10.0, "N"), (10.001, "p"), (-10.0, "N"), (-10.001, "p")])
def test_half_the_range_in_a_minute_is_the_limit(step: float, flag: str) -> None:
    start = 2.0 if step > 0 else 18.0
    assert found([start, start, start + step, start + step]) == f"NN{flag}N"


def test_the_limit_grows_with_the_time_between() -> None:
    assert found([2.0, 16.0], 60_000) == "Np"
    assert found([2.0, 16.0], 84_000) == "NN"  # 1.4 min · 0.5 · 20 = 14


def test_below_the_floor_nothing_is_a_jump_however_fast() -> None:
    assert found([10.0, 11.0, 10.0], 1000) == "NNN"
    assert found([10.0, 11.01, 10.0], 1000) == "NpN"


def test_the_return_from_a_jump_is_none_and_a_change_that_lasts_costs_one_reading() -> None:
    assert found([2.0, 2.0, 19.0, 2.0, 2.0]) == "NNpNN"
    assert found([2.0, 2.0, 19.0, 19.0, 19.0]) == "NNpNN"
    assert found([2.0, 2.0, 19.0, 19.0, 2.0, 2.0]) == "NNpNpN"


def test_ramps_are_no_jumps() -> None:
    assert set(found(np.clip(np.arange(100) * 0.6, 0, 19))) == {"N"}


def test_the_reading_before_is_the_last_normal_one() -> None:
    at = 60_000 * np.arange(5, dtype=np.int64)
    value = np.array([2.0, 19.0, np.nan, 2.0, 14.0])
    out = flags_of(at, value, letters("NCNNN"), RANGE, RULE)
    assert out.tobytes() == b"NCuNp"


def test_a_reading_alone_cannot_be_checked() -> None:
    minute = 60_000
    at = np.array([0, 1, 31.5, 62, 92]) * minute
    out = flags_of(at.astype(np.int64), np.full(5, 3.0), letters("NNNNN"), RANGE, RULE)
    assert out.tobytes() == b"NNuNN", "30 minutes are in reach, 30.5 are not"
    assert found([3.0]) == "u"
    assert found([]) == ""
    assert found([3.0, 3.0], limits=None) == "uu"


def test_nothing_is_a_jump_across_a_gap() -> None:
    fast = RateRule(0.001, 0.0, 30)
    at = 60_000 * np.array([0, 1, 60, 61], dtype=np.int64)
    out = flags_of(at, np.array([2.0, 2.0, 19.0, 19.0]), letters("NNNN"), RANGE, fast)
    assert out.tobytes() == b"NNNN"


def test_a_reading_exactly_at_the_reach_is_a_neighbour() -> None:
    slow = RateRule(0.001, 0.0, 30)
    at = 60_000 * np.array([0, 30], dtype=np.int64)
    assert flags_of(at, np.array([2.0, 19.0]), letters("NN"), RANGE, slow).tobytes() == b"Np"
    at[1] += 1
    assert flags_of(at, np.array([2.0, 19.0]), letters("NN"), RANGE, slow).tobytes() == b"uu"


def test_a_return_is_known_only_by_a_reading_within_reach() -> None:
    rule = RateRule(0.01, 0.0, 30)
    at = 60_000 * np.array([0, 29, 58, 59], dtype=np.int64)
    out = flags_of(at, np.array([2.0, 19.0, 2.0, 2.0]), letters("NNNN"), RANGE, rule)
    assert out.tobytes() == b"NppN"


def test_another_flag_can_be_asked_for() -> None:
    at = 60_000 * np.arange(2, dtype=np.int64)
    assert flags_of(at, [2.0, 19.0], letters("NN"), RANGE, RULE, Flag.IMPLAUSIBLE).tobytes() == b"Nr"


@pytest.mark.parametrize("figures", [(0, 0.05, 30), (0.5, -0.1, 30), (0.5, 0.05, 0), (np.nan, 0.05, 30)])
def test_impossible_rules_are_named(figures: tuple[float, float, float]) -> None:
    with pytest.raises(RuleError):
        RateRule(*figures)
