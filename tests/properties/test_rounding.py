"""The fast path of the rounding gives what Decimal gives on the printed digits, number for number."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cems.errors import RuleError
from reconcile.rulebooks.rounding import round_formula, round_half_away, round_products


def by_decimal(value: float, places: int) -> float:
    with localcontext() as context:
        context.prec = 800
        return float(Decimal(repr(value)).quantize(Decimal(f"1e{-places}"), rounding=ROUND_HALF_UP))


@st.composite
def near_ties(draw: st.DrawFn) -> tuple[float, int]:
    """A number that is a tie in decimal, or up to four doubles away from one, and the places at which it is."""
    places = draw(st.integers(-6, 12))
    whole = draw(st.integers(-(10 ** draw(st.integers(1, 15))), 10**15))
    value = float((Decimal(whole) + Decimal("0.5")) * Decimal(10) ** -places)
    for _ in range(draw(st.integers(0, 4))):
        value = math.nextafter(value, draw(st.sampled_from([-math.inf, math.inf])))
    return value, places


@settings(max_examples=400)
@given(near_ties())
def test_near_a_tie_the_result_is_that_of_decimal(case: tuple[float, int]) -> None:
    assert round_half_away(*case) == by_decimal(*case)


@settings(max_examples=400)
@given(st.floats(-1e300, 1e300), st.integers(-30, 340))
def test_any_number_gives_what_decimal_gives(value: float, places: int) -> None:
    assert round_half_away(value, places) == by_decimal(value, places)


@given(st.lists(st.floats(allow_infinity=False), max_size=30), st.integers(-4, 6))
def test_an_array_gives_what_its_numbers_give(values: list[float], places: int) -> None:
    if any(abs(v) > 1e300 for v in values):
        return
    whole = round_half_away(np.array(values), places)
    np.testing.assert_array_equal(whole, [round_half_away(v, places) for v in values])


@given(st.floats(-1e12, 1e12), st.integers(-4, 4))
def test_rounding_is_odd_and_idempotent(value: float, places: int) -> None:
    once = round_half_away(value, places)
    assert round_half_away(-value, places) == -once
    assert round_half_away(once, places) == once
    assert abs(Decimal(repr(once)) - Decimal(repr(value))) <= Decimal(f"5e{-places - 1}")


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (0.125, 2, 0.13),
        (2.675, 2, 2.68),
        (-0.5, 0, -1.0),
        (0.5, 0, 1.0),
        (1.5, 0, 2.0),
        (2.5, 0, 3.0),
        (-2.5, 0, -3.0),
        (1.005, 2, 1.01),
        (0.05, 1, 0.1),
        (0.049999999999999996, 1, 0.0),
        (0.49999999999999994, 0, 0.0),
        (500.0, -3, 1000.0),
        (499.99999999999994, -3, 0.0),
        (-1500.0, -3, -2000.0),
        (9.95, 1, 10.0),
        (5e-324, 323, 1e-323),
        (5e-324, 324, 5e-324),
        (1e300, 2, 1e300),
    ],
)
def test_ties_go_away_from_zero(value: float, places: int, expected: float) -> None:
    assert round_half_away(value, places) == expected


def test_nan_and_infinity_stay_and_zero_has_no_sign() -> None:
    out = round_half_away(np.array([math.nan, math.inf, -math.inf, -0.04, 0.06]), 1)
    np.testing.assert_array_equal(out, [math.nan, math.inf, -math.inf, 0.0, 0.1])
    assert math.copysign(1.0, float(out[3])) == 1.0
    assert isinstance(round_half_away(1.25, 1), float)
    assert round_half_away(np.ones((2, 3)), 1).shape == (2, 3)
    assert round_half_away([], 1).shape == (0,)


def test_what_is_no_double_any_more_is_an_error() -> None:
    with pytest.raises(RuleError, match="beyond the largest double"):
        round_half_away(1.7e308, -308)
    with pytest.raises(RuleError, match="places"):
        round_half_away(1.0, 351)


def mass(k: float, co2: float, flow: float, moisture: float) -> float:
    return k * co2 * flow * (100 - moisture) / 100


@given(st.integers(0, 200), st.integers(0, 80_000), st.integers(0, 999))
def test_a_formula_is_rounded_as_if_computed_in_fractions(co2: int, flow: int, moisture: int) -> None:
    exact = Fraction(57, 10**8) * Fraction(co2, 10) * (1000 * flow) * (100 - Fraction(moisture, 10)) / 100
    tenths = (exact * 10 + Fraction(1, 2)).__floor__()
    assert float(round_formula(mass, 1, 5.7e-7, co2 / 10, 1000.0 * flow, moisture / 10)) == tenths / 10


def test_a_formula_decides_ties_that_doubles_miss() -> None:
    """5.7e-7 · CO2 · Q by hand: 48.45, 350.55 and 436.05 t/h, each a tie; doubles give a hair less."""
    co2, flow = np.array([1.7, 8.2, 10.2]), np.array([50e6, 75e6, 75e6])
    assert (5.7e-7 * co2 * flow < np.array([48.45, 350.55, 436.05])).all()
    np.testing.assert_array_equal(round_formula(mass, 1, 5.7e-7, co2, flow, 0.0), [48.5, 350.6, 436.1])


def test_a_formula_leaves_what_is_no_number() -> None:
    out = round_formula(lambda a, b: a / b, 1, [1.0, math.nan, 0.0, 1.0], [0.0, 1.0, 0.0, 8.0])
    np.testing.assert_array_equal(out, [math.inf, math.nan, math.nan, 0.1])


@given(st.lists(st.tuples(st.integers(0, 99_999), st.sampled_from([0, 1, 25, 50, 75, 100])), max_size=60))
def test_a_sum_of_rates_times_hours_is_exact(hours: list[tuple[int, int]]) -> None:
    thousandths = sum(rate * time for rate, time in hours)
    total = round_products([r / 10 for r, _ in hours], [t / 100 for _, t in hours], 1)
    assert total == (thousandths + 50) // 100 / 10


def test_a_sum_of_products_with_a_hole_is_no_number() -> None:
    assert math.isnan(round_products([1.0, math.nan], [1.0, 1.0], 1))
    assert round_products([], [], 1) == 0.0
    assert round_products([1e300, 1e-300, -1e300], [1.0, 1.0, 1.0], 301) == 1e-300
    with pytest.raises(RuleError, match="equal length"):
        round_products([1.0], [1.0, 2.0], 1)


def test_products_below_zero_round_away_from_zero() -> None:
    """-0.25 to one decimal is -0.3; and a sum of nothing has no sign."""
    assert round_products([-0.25], [1.0], 1) == -0.3
    assert round_products([-0.5, 0.5], [1.0, 1.0], 1) == 0.0
    assert math.copysign(1.0, round_products([-0.01], [1.0], 1)) == 1.0
    assert math.copysign(1.0, round_products([], [], 1)) == 1.0


@pytest.mark.parametrize("places", [-350, 350, 22, -22])
def test_as_many_places_as_there_may_be(places: int) -> None:
    assert round_half_away(0.0, places) == 0.0
    exact = Fraction(7) * Fraction(10) ** -places
    if abs(places) == 22:
        assert round_half_away(float(exact), places) == float(exact)
    for beyond in (-351, 351):
        with pytest.raises(RuleError):
            round_half_away(1.0, beyond)


def test_a_result_of_zero_has_no_sign_by_whichever_way_it_comes() -> None:
    """Far below a tie, a hair below it, beyond the exact powers of ten, and beyond the smallest double."""
    for value, places in ((-0.001, 1), (-0.04999999999999999, 1), (-1e-30, 25), (-4.0, -25)):
        assert math.copysign(1.0, round_half_away(value, places)) == 1.0
    assert math.copysign(1.0, round_products([-1e-170], [1e-170], 345)) == 1.0
