"""Within the hour, substituted hours, drift carried back, and the average hour."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.quality.average_hour import relative_expanded_of_average_hourly_emission
from reconcile.quality.budget import Bias, Budget, Contribution
from reconcile.quality.drift_bias import NO_INTERVAL, drift_bias
from reconcile.quality.hourly_product import hourly_means, product_u
from reconcile.quality.substituted import substituted

BUDGET = Budget((Contribution("gas", "scale", 0.03, 30.0),))


@pytest.mark.parametrize("r", [-0.9, 0.0, 0.6, 1.0])
def test_product_against_draws_even_where_errors_are_large(r: float) -> None:
    rng = np.random.default_rng(6)
    one, other = rng.standard_normal((2, 400_000))
    c = 10 + 3 * one
    q = 5 + 2 * (r * one + math.sqrt(1 - r * r) * other)
    assert product_u(10.0, 5.0, 3.0, 2.0, r) == pytest.approx((c * q).std(), rel=0.01)


def test_product_by_hand() -> None:
    assert product_u(10.0, 5.0, 0.0, 0.2, 0.0) == pytest.approx(2.0)
    assert product_u(0.0, 0.0, 0.3, 0.2, 0.0) == pytest.approx(0.06), "second order is all there is"
    for bad in ((math.nan, 1, 1, 1, 0), (1, 1, -1, 1, 0), (1, 1, 1, 1, 1.5), (1, 1, 1, 1, math.nan)):
        with pytest.raises(RuleError):
            product_u(*bad)


def test_means_of_an_hour() -> None:
    """c 10, 12, 14 and q 4, 6, 5: means 12 and 5, s² 4 and 1, covariance 1; mean product 61 1/3."""
    found = hourly_means([10.0, 12.0, 14.0], [4.0, 6.0, 5.0], 60)
    assert (found.concentration, found.flow) == (12.0, 5.0)
    assert found.bias == pytest.approx(60 - (40 + 72 + 70) / 3)
    assert found.correlation == pytest.approx(0.5)
    assert found.u_concentration == pytest.approx(2 / math.sqrt(3) * math.sqrt(1 - 3 / 60))
    whole = hourly_means([10.0, 12.0, 14.0], [4.0, 6.0, 5.0], 3)
    assert (whole.u_concentration, whole.u_flow) == (0.0, 0.0)
    assert hourly_means([1.0, 1.0], [1.0, 2.0], 2).correlation == 0.0


@pytest.mark.parametrize(
    ("c", "q", "n_max"),
    [
        ([1.0], [1.0], 60),
        ([], [], 60),
        ([1.0, 2.0], [1.0], 60),
        ([1.0, math.nan], [1.0, 2.0], 60),
        ([1.0] * 3, [1.0] * 3, 2),
    ],
)
def test_no_mean_of_an_hour(c: list[float], q: list[float], n_max: int) -> None:
    with pytest.raises(RuleError):
        hourly_means(c, q, n_max)


def test_mean_plus_two_sigma_is_a_bias_and_its_uncertainty_is_that_of_the_mean() -> None:
    """Three hours of 100, 110, 120 units of flow, mean 12, σ 0.5: bias 2·0.5·330, scatter 0.5·√36500."""
    flow = np.array([100.0, 110.0, 120.0])
    found = substituted((12 + 2 * 0.5) * flow, 12 * flow, 0.5 * flow, 0.0, model_u_t=0.5 / math.sqrt(400) * 330)
    assert found.bias_t == pytest.approx(330.0)
    assert found.u_t == pytest.approx(math.hypot(0.5 * math.sqrt(36_500), 8.25))
    budget = found.added_to(BUDGET, "mean plus two standard deviations", 0.04)
    assert budget.bias_t == pytest.approx(330.0)
    assert budget.standard_t == pytest.approx(math.hypot(30.0, found.u_t)), "the bias is not in it"


def test_a_neutral_fill_has_no_bias_and_neighbours_count() -> None:
    fill = np.full(10, 50.0)
    alone, alike = (substituted(fill, fill, 2.0, phi) for phi in (0.0, 0.8))
    assert alone.bias_t == 0.0
    assert alone.u_t == pytest.approx(2 * math.sqrt(10))
    assert alike.u_t > 2 * alone.u_t
    assert alone.added_to(BUDGET, "fill").biases == ()


def test_no_hour_substituted_changes_nothing() -> None:
    assert substituted([], [], 1.0, 0.5).added_to(BUDGET, "fill") == BUDGET


@pytest.mark.parametrize(
    ("used", "neutral", "sd"),
    [
        ([1.0], [1.0, 2.0], 0.1),
        ([1.0], [1.0], [0.1, 0.2]),
        ([math.nan], [1.0], 0.1),
        ([1.0], [math.nan], 0.1),
        ([1.0], [1.0], -0.1),
        ([1.0], [1.0], math.nan),
    ],
)
def test_substitutes_that_cannot_be(used: list[float], neutral: list[float], sd: float) -> None:
    with pytest.raises(RuleError):
        substituted(used, neutral, sd, 0.0)
    with pytest.raises(RuleError):
        substituted([1.0], [1.0], 0.1, 0.0, model_u_t=-1.0)


def test_drift_within_an_interval_is_one_error_and_between_intervals_another() -> None:
    lo, hi = np.array([0.0, 0.0, -1.0, -1.0, math.nan]), np.array([2.0, 4.0, 1.0, 1.0, math.nan])
    found = drift_bias(lo, hi, [0, 0, 3, 3, NO_INTERVAL])
    assert [(i.number, i.hours, i.lo_t, i.hi_t) for i in found.intervals] == [(0, 2, 0.0, 6.0), (3, 2, -2.0, 2.0)]
    assert (found.lo_t, found.hi_t, found.expected_t) == (-2.0, 8.0, 3.0)
    assert found.u_t == pytest.approx(math.hypot(6 / math.sqrt(12), 4 / math.sqrt(12)))
    budget = found.added_to(BUDGET, "span drift", 1000.0)
    assert budget.biases == (Bias("span drift", 3.0),)
    assert budget.systematic_t == pytest.approx(math.hypot(30.0, found.u_t))


def test_drift_against_draws() -> None:
    rng = np.random.default_rng(2)
    lo, hi = np.array([0.0, 0.5, -1.0]), np.array([2.0, 1.0, 3.0])
    place = rng.random((100_000, 2))
    total = (lo[:2] + (hi - lo)[:2] * place[:, :1]).sum(axis=1) + lo[2] + (hi - lo)[2] * place[:, 1]
    found = drift_bias(lo, hi, [0, 0, 1])
    assert found.expected_t == pytest.approx(total.mean(), abs=0.02)
    assert found.u_t == pytest.approx(total.std(), rel=0.01)


def test_no_drift_changes_nothing() -> None:
    assert drift_bias([], [], np.array([], dtype=int)).added_to(BUDGET, "drift", 1.0) == BUDGET
    assert drift_bias([math.nan], [1.0], [NO_INTERVAL]).u_t == 0.0


@pytest.mark.parametrize(
    ("lo", "hi", "number"),
    [
        ([0.0], [1.0, 2.0], [0]),
        ([1.0], [0.0], [0]),
        ([math.nan], [0.0], [0]),
        ([0.0], [math.inf], [0]),
        ([0.0], [1.0], [-2]),
        ([0.0], [1.0], [0.5]),
    ],
)
def test_bias_intervals_that_cannot_be(lo: list[float], hi: list[float], number: list[int]) -> None:
    with pytest.raises(RuleError):
        drift_bias(lo, hi, number)


def test_average_hour_in_per_cent() -> None:
    """3 % and 4 %, k = 2: 10 %; twice the hours, half as much random part left over, the rest stays."""
    rows = (Contribution("c", "scale", 0.03, 30.0), Contribution("q", "scale", 0.04, 40.0))
    assert relative_expanded_of_average_hourly_emission(Budget(rows), 1000.0) == pytest.approx(10.0)
    biased = Budget(rows, (Bias("maxima", 500.0),))
    assert relative_expanded_of_average_hourly_emission(biased, 1000.0) == pytest.approx(10.0)
    for total, k in ((0.0, 2.0), (-1.0, 2.0), (math.nan, 2.0), (1.0, 0.0), (1.0, math.inf)):
        with pytest.raises(RuleError):
            relative_expanded_of_average_hourly_emission(Budget(rows), total, k)
