"""Lines by hand and against numpy and scipy; what is no regression."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import ArrayLike
from scipy import stats

from cems.errors import RuleError
from reconcile.comparison.regression import deming, ols, theil_sen
from reconcile.comparison.samples import pairs, sample
from reconcile.comparison.york import york

X = [1.0, 2.0, 4.0, 7.0, 11.0]
Y = [2.0, 3.0, 3.5, 9.0, 10.0]


def test_ols_against_scipy() -> None:
    line, theirs = ols(X, Y), stats.linregress(X, Y)
    assert line.slope == pytest.approx(theirs.slope, rel=1e-12)
    assert line.intercept == pytest.approx(theirs.intercept, rel=1e-12)
    assert line.u_slope == pytest.approx(theirs.stderr, rel=1e-12)
    assert line.u_intercept == pytest.approx(theirs.intercept_stderr, rel=1e-12)
    assert line.r_squared == pytest.approx(theirs.rvalue**2, rel=1e-12)


def test_ols_far_from_the_origin_keeps_its_digits() -> None:
    near, far = ols(X, Y), ols(np.array(X) + 1e8, Y)
    assert far.slope == pytest.approx(near.slope, rel=1e-9)
    assert far.u_slope == pytest.approx(near.u_slope, rel=1e-9)


def test_deming_by_hand() -> None:
    # x −1 0 1, y −1 1 0 about their means: Sxx = 2, Syy = 2, Sxy = 1, δ = 1 → slope 1; δ = 4: (−6 + √52)/2
    x, y = [0.0, 1.0, 2.0], [4.0, 6.0, 5.0]
    assert deming(x, y, 1.0) == pytest.approx((4.0, 1.0))
    assert deming(x, y, 4.0)[1] == pytest.approx((-6 + math.sqrt(52)) / 2)
    falling = deming(x, [-v for v in y], 4.0)[1]
    assert falling == pytest.approx((6 - math.sqrt(52)) / 2)


def test_theil_sen_against_scipy() -> None:
    theirs = stats.theilslopes(Y, X)
    assert theil_sen(X, Y) == pytest.approx((theirs.intercept, theirs.slope))
    tied = stats.theilslopes([1.0, 2.0, 5.0, 9.0], [1.0, 1.0, 2.0, 3.0])
    assert theil_sen([1.0, 1.0, 2.0, 3.0], [1.0, 2.0, 5.0, 9.0]) == pytest.approx((tied.intercept, tied.slope))


@pytest.mark.parametrize("fit", [ols, deming, theil_sen])
def test_no_line_through(fit: object) -> None:
    assert callable(fit)
    for x, y in (([1.0, 2.0], [1.0, 2.0]), ([1.0] * 4, [1.0, 2.0, 3.0, 4.0]), ([1.0, 2.0, 3.0], [1.0, 2.0])):
        with pytest.raises(RuleError):
            fit(x, y)
    with pytest.raises(RuleError, match="1 of 3 values are not finite"):
        fit([1.0, math.nan, 3.0], [1.0, 2.0, 3.0])


def test_deming_needs_a_direction() -> None:
    with pytest.raises(RuleError, match="covariance"):
        deming([0.0, 1.0, 2.0], [1.0, 0.0, 1.0])
    for delta in (0.0, -1.0, math.nan):
        with pytest.raises(RuleError, match="delta"):
            deming(X, Y, delta)


def test_too_many_points_for_all_pairs() -> None:
    with pytest.raises(RuleError, match="daily means"):
        theil_sen(np.arange(5001.0), np.arange(5001.0))


@pytest.mark.parametrize(
    ("u_x", "u_y", "r", "words"),
    [
        (-1.0, 1.0, 0.0, "not negative"),
        (math.nan, 1.0, 0.0, "finite"),
        (1.0, 1.0, 1.0, "between -1 and 1"),
        ([0.0, 1.0, 1.0, 1.0, 1.0], [0.0, 1.0, 1.0, 1.0, 1.0], 0.0, "without any uncertainty"),
        ([1.0, 1.0], 1.0, 0.0, "5 numbers"),
    ],
)
def test_york_refuses(u_x: ArrayLike, u_y: ArrayLike, r: float, words: str) -> None:
    with pytest.raises(RuleError, match=words):
        york(X, Y, u_x, u_y, r)


def test_york_scale_is_not_below_one() -> None:
    assert york(X, Y, 10.0, 10.0).scale == 1.0
    line = york(X, Y, 0.01, 0.01)
    assert line.scale == pytest.approx(math.sqrt(line.reduced))


def test_a_cloud_without_slope_still_ends() -> None:
    line = york([-1.0, 0.0, 1.0], [0.0, 0.0, 0.0], 0.1, 0.1)
    assert line.slope == 0.0


def test_samples() -> None:
    with pytest.raises(RuleError, match="dimensions"):
        sample([[1.0]], 1)
    with pytest.raises(RuleError, match="too few"):
        sample([], 1)
    with pytest.raises(RuleError, match="do not pair"):
        pairs([1.0, 2.0], [1.0], 1)


@pytest.mark.parametrize("level", [207.6608725126606, 0.1, 1.0, 7e-5])
@pytest.mark.parametrize("n", [3, 7, 49])
def test_y_that_does_not_vary_has_no_share_explained(level: float, n: int) -> None:
    line = ols(np.arange(float(n)), [level] * n)
    assert line.slope == 0.0
    assert math.isnan(line.r_squared)


@pytest.mark.parametrize("broken", [["a", "b", "c"], [[1.0], [1.0, 2.0]], [1j, 2.0, 3.0]])
def test_what_are_no_numbers_is_refused_by_name(broken: ArrayLike) -> None:
    with pytest.raises(RuleError, match="expected a list of numbers"):
        sample(broken, 1)
