"""A check is equal to the last bit or it is not; faults are found wherever they hang; JSON keeps every digit."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.explain.show import PlantTime, figure
from reconcile.explain.step import Check, Step, Value, faults, plain, walk


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_next_double_is_another_number(value: float) -> None:
    assert Check(value, value).equal
    assert not Check(value, math.nextafter(value, math.inf)).equal


@pytest.mark.parametrize(
    ("kept", "again", "equal"),
    [
        (None, math.nan, True),
        (None, 0.0, False),
        (60, 60.0, True),
        ("valid", "valid", True),
        ("valid", "invalid", False),
        (0.0, -0.0, False),
        ("1", 1, False),
    ],
)
def test_what_counts_as_the_same(kept: Value, again: Value, equal: bool) -> None:
    assert Check(kept, again).equal is equal


def test_a_fault_is_found_at_any_depth_and_counts_without_numbers_too() -> None:
    deep = Step("deep", 1.0, check=Check(1.0, 2.0))
    top = Step("top", check=Check(1, 1), inputs=(Step("middle", inputs=(deep,)), Step("odd", fault="wrong")))
    assert [one.title for one in walk(top)] == ["top", "middle", "deep", "odd"]
    assert [one.title for one in faults(top)] == ["deep", "odd"]


def test_json_keeps_every_digit_and_knows_no_nan() -> None:
    value = 0.1 + 0.2
    step = Step("x", value, "t", check=Check(value, 0.3), inputs=(Step("none", math.nan),))
    back = json.loads(json.dumps(plain(step), allow_nan=False))
    assert (back["value"], back["kept"], back["again"], back["equal"]) == (value, value, 0.3, False)
    assert back["inputs"] == [{"title": "none", "value": None}]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.5, "-0.5"),
        (1e-12, "0.000000000001"),
        (999_999_999.5, "1,000,000,000"),
        (123_456_789.0, "123,456,789"),
        (math.inf, "no number"),
    ],
)
def test_figures_are_shown_with_nine_digits(value: float, text: str) -> None:
    assert figure(value) == text


def test_plant_time_stands_beside_utc_also_across_a_year_and_in_half_hours() -> None:
    assert PlantTime(8).both(1_767_196_800_000) == "2026-01-01 00:00 UTC+8 = 2025-12-31T16:00Z"
    assert PlantTime(5.5).both(1_767_196_800_250) == "2025-12-31 21:30:00.250 UTC+5.5 = 2025-12-31T16:00:00.250Z"
