"""The 45-minute rule (China sheet H.4) and its edges."""

from __future__ import annotations

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.rulebooks.validity.hj75 import minutes_needed_of, valid_hours

RUN = np.ones((1, 60), dtype=bool)


def minutes(count: int) -> np.ndarray:
    """A row with so many minutes there, spread so that no stretch of the hour is favoured."""
    row = np.zeros((1, 60), dtype=bool)
    row[0, np.random.default_rng(count).permutation(60)[:count]] = True
    return row


@pytest.mark.parametrize(("count", "valid"), [(0, False), (44, False), (45, True), (60, True)])
def test_forty_four_minutes_are_too_few_and_forty_five_enough(count: int, valid: bool) -> None:
    assert valid_hours(minutes(count), RUN).tolist() == [valid]


def test_a_partial_operating_hour_needs_the_same_forty_five_minutes() -> None:
    for ran, valid in ((44, False), (45, True)):
        operating = np.arange(60)[None, :] < ran
        assert valid_hours(RUN, operating).tolist() == [valid], "minutes at a standstill do not count"
        assert valid_hours(operating, operating).tolist() == [valid]


def test_excuses_change_nothing() -> None:
    assert valid_hours(minutes(44), RUN, ~minutes(44)).tolist() == [False]
    assert valid_hours(minutes(45), RUN, RUN).tolist() == [True]


def test_the_figure_can_be_given() -> None:
    assert minutes_needed_of(load_parameters()) == 45
    assert valid_hours(minutes(44), RUN, minutes_needed=44).tolist() == [True]
    assert valid_hours(minutes(44), RUN, minutes_needed=44.5).tolist() == [False]
    assert [valid_hours(minutes(n), RUN, minutes_needed=1).tolist() for n in (0, 1)] == [[False], [True]]
    assert [valid_hours(minutes(n), RUN, minutes_needed=60).tolist() for n in (59, 60)] == [[False], [True]]


def test_no_hours_give_no_hours() -> None:
    none = np.empty((0, 60), dtype=bool)
    assert valid_hours(none, none).tolist() == []


@pytest.mark.parametrize("name", ["present", "operating", "excused"])
def test_the_array_that_is_wrong_is_named(name: str) -> None:
    arrays = {"present": RUN, "operating": RUN, "excused": RUN, name: RUN.astype(float)}
    with pytest.raises(RuleError, match=f"^{name} must be boolean"):
        valid_hours(**arrays)


@pytest.mark.parametrize(
    ("present", "operating", "excused", "need"),
    [
        (np.ones((1, 60)), RUN, RUN, 45),
        (np.full((1, 60), np.nan), RUN, RUN, 45),
        (np.ones((1, 720), dtype=bool), np.ones((1, 720), dtype=bool), None, 45),
        (np.ones(60, dtype=bool), np.ones(60, dtype=bool), None, 45),
        (RUN, np.ones((2, 60), dtype=bool), None, 45),
        (RUN, RUN, np.ones((2, 60), dtype=bool), 45),
        (RUN, RUN, None, 0),
        (RUN, RUN, None, 61),
        (RUN, RUN, None, np.nan),
    ],
)
def test_wrong_arrays_and_figures_are_named(present: object, operating: object, excused: object, need: float) -> None:
    with pytest.raises(RuleError, match=r"must be boolean|same shape|between 1 and 60 valid minutes"):
        valid_hours(present, operating, excused, need)  # type: ignore[arg-type] # wrong on purpose
