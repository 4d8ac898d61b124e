from __future__ import annotations

import math

import pytest

from cems.errors import RuleError
from reconcile.quality.freedom import coverage_factor, effective_dof


def test_equal_parts_add_their_degrees_of_freedom() -> None:
    assert effective_dof([2.0, 2.0, 2.0], [5, 5, 5]) == pytest.approx(15)
    assert effective_dof([1.0, 0.0], [4, 1]) == pytest.approx(4)
    assert effective_dof([1.0, 5.0], [math.inf, math.inf]) == math.inf
    assert effective_dof([1e-200, 1e-200], [3, 3]) == pytest.approx(6), "no underflow"


def test_table_g2_of_the_guide() -> None:
    """Student's t for 95 %: 12.71, 4.30, 2.23 and 1.960 at 1, 2, 10 and infinitely many degrees of freedom."""
    for dof, k in ((1, 12.71), (2, 4.30), (10, 2.23), (math.inf, 1.960)):
        assert coverage_factor(0.95, dof) == pytest.approx(k, abs=0.005)
    assert coverage_factor(0.95, 10.99) == coverage_factor(0.95, 10)


@pytest.mark.parametrize(
    ("parts", "dof"),
    [([], []), ([1.0], [1, 2]), ([-1.0], [3]), ([math.nan], [3]), ([1.0], [0]), ([1.0], [math.nan]), ([0.0], [3])],
)
def test_no_degrees_of_freedom_from_nothing(parts: list[float], dof: list[float]) -> None:
    with pytest.raises(RuleError):
        effective_dof(parts, dof)


@pytest.mark.parametrize(("p", "dof"), [(0.0, 5), (1.0, 5), (math.nan, 5), (0.95, 0.99), (0.95, math.nan)])
def test_no_factor_for_what_cannot_be(p: float, dof: float) -> None:
    with pytest.raises(RuleError):
        coverage_factor(p, dof)
