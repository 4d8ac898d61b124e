from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.rulebooks.validity.eu_mrr import Capture, capture_of, valid_hours

minute = np.arange(60)[None, :]
never = minute < 0


def hour(n_valid: int, n_max: int) -> bool:
    """An hour with the source on for its first ``n_max`` points and the first ``n_valid`` of all points present."""
    return bool(valid_hours(minute < n_valid, minute < n_max, never)[0])


@pytest.mark.parametrize(
    ("n_valid", "n_max", "good"),
    [
        (48, 60, True),
        (47, 60, False),
        (60, 60, True),
        (24, 30, True),
        (23, 30, False),
        (4, 5, True),
        (3, 5, False),
        (1, 1, True),
        (0, 1, False),
        (7, 9, False),
        (8, 9, True),
        (0, 0, False),
        (60, 0, False),
    ],
)
def test_80_pct_of_the_operating_part(n_valid: int, n_max: int, good: bool) -> None:
    assert hour(n_valid, n_max) is good


def test_points_at_a_standstill_do_not_help() -> None:
    """On for the last 30 points, of which 20 are there; the 30 of the standstill are all there: 20 of 30 is no 80 %."""
    assert not valid_hours(minute < 50, minute >= 30, never)[0]


def test_calibration_is_no_excuse() -> None:
    present = minute < 47
    assert not valid_hours(present, minute >= 0, ~present)[0]
    assert not valid_hours(present, minute >= 0)[0]
    assert valid_hours(minute < 48, minute >= 0)[0]


def test_coarse_and_fine_points() -> None:
    """Four points an hour: three are 75 %. A point every 5 s: 576 of 720 are 80 %."""
    four, fine = np.arange(4)[None, :], np.arange(720)[None, :]
    assert not valid_hours(four < 3, four >= 0, four < 0)[0]
    assert valid_hours(four < 4, four >= 0, four < 0)[0]
    assert valid_hours(fine < 576, fine >= 0, fine < 0)[0]
    assert not valid_hours(fine < 575, fine >= 0, fine < 0)[0]


def test_each_hour_is_counted_by_itself() -> None:
    two = np.array([[47], [60]])
    assert valid_hours(minute < two, np.ones((2, 60), dtype=bool)).tolist() == [False, True]


@pytest.mark.parametrize(("parts", "least"), [((1, 5), 12), ((1, 1), 60)])
def test_from_one_part_to_the_whole_hour(parts: tuple[int, int], least: int) -> None:
    share = Capture(*parts)
    assert valid_hours(minute < least, minute >= 0, rule=share)[0]
    assert not valid_hours(minute < least - 1, minute >= 0, rule=share)[0]


def test_no_hours_are_no_fault() -> None:
    nothing = np.zeros((0, 60), dtype=bool)
    assert valid_hours(nothing, nothing, nothing).shape == (0,)


BAD: list[Any] = [
    np.zeros(60, dtype=bool),
    np.zeros((2, 60), dtype=bool),
    np.zeros((1, 60)),
    np.full((1, 60), np.nan),
    [],
]


@pytest.mark.parametrize("wrong", BAD)
def test_arrays_that_do_not_fit(wrong: Any) -> None:
    good = np.ones((1, 60), dtype=bool)
    for row in ((wrong, good, good), (good, wrong, good), (good, good, wrong)):
        with pytest.raises(RuleError, match=r"arrays of bool|need one shape.*found .*60"):
            valid_hours(*row)
    with pytest.raises(RuleError, match="need one shape"):
        valid_hours(*(np.zeros((3, 0), dtype=bool),) * 3)


def test_another_share(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('[eu_hour_capture_pct]\nvalue = 66.7\nsource = "plan"\n', "utf-8")
    rule = capture_of(load_parameters(tmp_path / "own.toml"))
    assert rule == Capture(667, 1000)
    assert not valid_hours(minute < 40, minute >= 0, never, rule)[0]
    assert valid_hours(minute < 41, minute >= 0, never, rule)[0]


@pytest.mark.parametrize("share", [(0, 5), (6, 5), (-1, 5)])
def test_impossible_share(share: tuple[int, int]) -> None:
    with pytest.raises(RuleError, match="share above 0 up to 1"):
        Capture(*share)
