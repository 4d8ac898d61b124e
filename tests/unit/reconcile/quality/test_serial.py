from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.errors import RuleError
from reconcile.quality.serial import (
    ar1_correlated,
    ar1_exact_inflation,
    ar1_inflation,
    ar1_sum_u,
    inflation_without_credit,
    random_of_sum,
)

PHIS = st.floats(-0.99, 0.99)


@given(PHIS, st.lists(st.tuples(st.floats(-100, 100), st.integers(1, 5)), min_size=1, max_size=12))
def test_the_recursion_is_the_double_sum(phi: float, hours: list[tuple[float, int]]) -> None:
    w = np.array([weight for weight, _ in hours])
    t = np.cumsum([step for _, step in hours])
    r = phi ** np.abs(t[:, None] - t[None, :]).astype(float)
    assert ar1_sum_u(w, phi, t) ** 2 == pytest.approx(float(w @ r @ w), abs=1e-6)
    assert ar1_correlated(w, phi, t) == pytest.approx(r @ w, abs=1e-8)


@given(PHIS, st.integers(1, 40))
def test_exact_factor_of_equal_hours(phi: float, n: int) -> None:
    direct = 1 + 2 * math.fsum((1 - j / n) * phi**j for j in range(1, n))
    assert ar1_exact_inflation(n, phi) == pytest.approx(direct, abs=1e-9)
    assert ar1_sum_u(np.ones(n), phi) ** 2 == pytest.approx(n * direct, abs=1e-8)


@given(st.floats(0, 0.95), st.lists(st.floats(0, 100), min_size=1, max_size=30))
def test_the_limit_for_many_hours_is_never_too_small(phi: float, masses: list[float]) -> None:
    assert random_of_sum(masses, 1.0, phi) >= ar1_sum_u(masses, phi) * (1 - 1e-9)


def test_the_two_meet_for_a_year() -> None:
    ones = np.ones(8760)
    assert ar1_sum_u(ones, 0.5) == pytest.approx(random_of_sum(ones, 1.0, 0.5), rel=1e-4)


def test_a_single_hour_has_no_neighbour() -> None:
    assert ar1_sum_u([5.0], 0.9) == pytest.approx(5.0)
    assert random_of_sum([5.0], 1.0, -0.5) == 5.0, "no credit below 0, where the limit would be 2.9"
    assert inflation_without_credit(0.5) == ar1_inflation(0.5)


@pytest.mark.parametrize("phi", [1.0, -1.0, 2.0, math.nan])
def test_a_correlation_that_cannot_be(phi: float) -> None:
    with pytest.raises(RuleError, match="neighbours"):
        ar1_sum_u([1.0], phi)
    with pytest.raises(RuleError, match="neighbours"):
        ar1_exact_inflation(3, phi)


@pytest.mark.parametrize("hour", [[0, 0], [1, 0], [0, 1.5], [0, math.nan], [0], [[0, 1]]])
def test_hours_that_do_not_rise(hour: list[float]) -> None:
    with pytest.raises(RuleError, match="rise"):
        ar1_sum_u([1.0, 1.0], 0.5, hour)


def test_weights_that_are_none() -> None:
    for weights in ([], [1.0, math.nan], [[1.0]]):
        with pytest.raises(RuleError, match="finite weights"):
            ar1_sum_u(weights, 0.5)
    with pytest.raises(RuleError, match="at least one"):
        ar1_exact_inflation(0, 0.5)
