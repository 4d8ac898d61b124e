from __future__ import annotations

import math

import pytest

from cems.errors import RuleError
from reconcile.quality.budget import Bias, Budget, Contribution, combined, shared_effects

ROWS = (
    Contribution("noise", "random", 0.02, 3.0),
    Contribution("process", "serial", 0.02, 4.0),
    Contribution("gas", "scale", 0.01, 6.0),
    Contribution("zero", "offset", 0.01, 8.0),
)


def test_parts_are_kept_apart_and_add_in_squares() -> None:
    budget = Budget(ROWS, (Bias("maxima", 7.0), Bias("drift", -2.0)))
    assert (budget.random_t, budget.scale_t, budget.offset_t, budget.systematic_t) == (5.0, 6.0, 8.0, 10.0)
    assert budget.standard_t == pytest.approx(math.sqrt(125))
    assert budget.bias_t == 5.0
    assert [row.part for row in budget.rows] == ["random", "random", "systematic", "systematic"]


def test_scaled_keeps_shares_and_biases() -> None:
    doubled = Budget(ROWS, (Bias("maxima", 7.0),)).scaled(2.0)
    assert (doubled.random_t, doubled.offset_t, doubled.bias_t) == (10.0, 16.0, 14.0)
    assert doubled.rows[0].relative == 0.02


@pytest.mark.parametrize(
    ("loadings", "expected"),
    [
        ((1.0, 1.0), 7.0),
        ((1.0, -1.0), 1.0),
        ((0.0, 1.0), 5.0),
        ((0.5, 0.5), math.sqrt(9 + 16 + 2 * 0.25 * 12)),
        ((0.8, -0.5), math.sqrt(9 + 16 - 2 * 0.4 * 12)),
    ],
)
def test_one_group_is_correlated_by_its_loadings(loadings: tuple[float, float], expected: float) -> None:
    rows = [
        Contribution("one", "scale", 0.0, 3.0, "O2 analyser", loadings[0]),
        Contribution("other", "offset", 0.0, 4.0, "O2 analyser", loadings[1]),
    ]
    assert Budget(tuple(rows)).systematic_t == pytest.approx(expected)
    assert combined(rows) == pytest.approx(expected)


def test_two_groups_and_no_group_share_nothing() -> None:
    rows = (
        Contribution("one", "scale", 0.0, 3.0, "gas"),
        Contribution("other", "scale", 0.0, 4.0, "fuel"),
        Contribution("third", "scale", 0.0, 12.0),
    )
    assert Budget(rows).systematic_t == pytest.approx(13.0)
    assert shared_effects(rows) == {"gas": 3.0, "fuel": 4.0}


def test_random_and_serial_and_systematic_errors_of_one_instrument_are_three_errors() -> None:
    rows = tuple(Contribution(kind, kind, 0.0, 1.0, "analyser") for kind in ("random", "serial", "scale"))
    assert Budget(rows).random_t == pytest.approx(math.sqrt(2))
    assert Budget(rows).standard_t == pytest.approx(math.sqrt(3))


def test_no_row_no_uncertainty() -> None:
    assert Budget(()).standard_t == 0.0


@pytest.mark.parametrize(
    ("tonnes", "loading"), [(-1.0, 1.0), (math.nan, 1.0), (math.inf, 1.0), (1.0, 1.1), (1.0, math.nan)]
)
def test_what_cannot_be(tonnes: float, loading: float) -> None:
    with pytest.raises(RuleError, match="gas"):
        Contribution("gas", "scale", 0.01, tonnes, "g", loading)
