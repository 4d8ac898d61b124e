from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.errors import RuleError
from reconcile.quality.gum import propagate, propagate_many, sampled, sensitivities


def test_difference_of_two_equal_errors_is_certain() -> None:
    assert propagate([1.0, -1.0], [2.0, 2.0], [[1, 1], [1, 1]]) == 0.0
    assert propagate([1.0, -1.0], [2.0, 2.0], [[1, -1], [-1, 1]]) == pytest.approx(4.0)
    assert propagate([1.0, -1.0], [3.0, 4.0], [[1, 0.5], [0.5, 1]]) == pytest.approx(math.sqrt(9 + 16 - 12))


def test_two_results_of_one_input_are_fully_correlated() -> None:
    found = propagate_many([[2.0], [-3.0], [0.0]], [0.5], [[1.0]])
    assert found.u.tolist() == [1.0, 1.5, 0.0]
    assert found.correlation.tolist() == [[1, -1, 0], [-1, 1, 0], [0, 0, 1]]
    assert found.covariance[0, 1] == -1.5


@pytest.mark.parametrize(
    ("sensitivity", "u", "r", "said"),
    [
        ([1.0], [1.0, 1.0], np.eye(2), "do not fit"),
        ([], [], np.zeros((0, 0)), "do not fit"),
        ([1.0, math.nan], [1.0, 1.0], np.eye(2), "finite"),
        ([1.0, 1.0], [1.0, -1.0], np.eye(2), "not negative"),
        ([1.0, 1.0], [1.0, 1.0], np.eye(3), "shape"),
        ([1.0, 1.0], [1.0, 1.0], [[1, 1.1], [1.1, 1]], "between -1 and 1"),
        ([1.0, 1.0], [1.0, 1.0], [[1, math.nan], [0, 1]], "between -1 and 1"),
        ([1.0, 1.0], [1.0, 1.0], [[0.9, 0], [0, 1]], "diagonal"),
        ([1.0, 1.0], [1.0, 1.0], [[1, 0.5], [0.4, 1]], "symmetric"),
        ([1.0] * 3, [1.0] * 3, [[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]], "cannot all hold"),
    ],
)
def test_what_cannot_be_is_named(sensitivity: list[float], u: list[float], r: object, said: str) -> None:
    with pytest.raises(RuleError, match=said):
        propagate(sensitivity, u, np.asarray(r, dtype=float))


def test_sensitivities_of_a_product_and_of_an_input_that_is_exact() -> None:
    found = sensitivities(lambda x: x[0] * x[1] ** 2, [3.0, 2.0], [0.01, 0.0])
    assert found[0] == pytest.approx([4.0, 12.0], rel=1e-6)


def test_a_function_without_a_number_within_u_is_an_error() -> None:
    with np.errstate(invalid="ignore"), pytest.raises(RuleError, match="input 0"):
        sensitivities(lambda x: np.sqrt(x[0]), [0.1], [0.2])
    with pytest.raises(RuleError, match="do not fit"):
        sensitivities(lambda x: x[0], [1.0, 2.0], [0.1])
    with pytest.raises(RuleError, match="finite"):
        sensitivities(lambda x: x[0], [math.nan], [0.1])


def test_readings_too_few_or_missing() -> None:
    for readings in ([[1.0, 2.0]], [[1.0, math.nan], [2.0, 3.0]], [1.0, 2.0], np.zeros((3, 0))):
        with pytest.raises(RuleError, match="two sets"):
            sampled(readings)


def test_an_input_that_never_changes_is_correlated_with_nothing() -> None:
    found = sampled([[1.0, 5.1], [2.0, 5.1], [4.0, 5.1]])
    assert found.u[1] == 0.0
    assert found.correlation[0, 1] == 0.0
    assert found.dof == 2


@given(
    st.integers(1, 5).flatmap(
        lambda n: st.tuples(
            st.lists(st.floats(-10, 10), min_size=n, max_size=n), st.lists(st.floats(0, 10), min_size=n, max_size=n)
        )
    )
)
def test_bounds(case: tuple[list[float], list[float]]) -> None:
    """Independent inputs add in squares; fully correlated ones add as they are."""
    c, u = case
    n = len(c)
    assert propagate(c, u, np.eye(n)) == pytest.approx(
        math.hypot(*(a * b for a, b in zip(c, u, strict=True))), abs=1e-9
    )
    full = abs(math.fsum(a * b for a, b in zip(c, u, strict=True)))
    assert propagate(c, u, np.ones((n, n))) == pytest.approx(full, abs=1e-6)
