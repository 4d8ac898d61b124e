"""Mann-Kendall and Sen by hand, with ties, and with seasons."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.comparison.trend import mann_kendall, seasonal_mann_kendall, sen_slope


def test_by_hand_without_ties() -> None:
    # 2 1 3 4: pairs −, +, +, +, +, + → S = 4; Var = 4·3·13/18
    test = mann_kendall([2.0, 1.0, 3.0, 4.0])
    assert test.s == 4
    assert test.variance == pytest.approx(156 / 18)
    assert test.z == pytest.approx(3 / math.sqrt(156 / 18))
    assert test.p == pytest.approx(math.erfc(test.z / math.sqrt(2)))


def test_ties_lower_the_variance() -> None:
    # 1 2 2 3 3 3: n(n−1)(2n+5) = 510; ties 2·1·9 + 3·2·11 = 84
    test = mann_kendall([1.0, 2.0, 2.0, 3.0, 3.0, 3.0])
    assert test.s == 11  # 15 pairs, 1 + 3 tied
    assert test.variance == pytest.approx((510 - 84) / 18)


def test_falling_and_constant() -> None:
    up, down = mann_kendall([1.0, 2.0, 4.0, 3.0, 5.0]), mann_kendall([5.0, 3.0, 4.0, 2.0, 1.0])
    assert (down.s, down.z, down.p) == (-up.s, -up.z, up.p)
    flat = mann_kendall([7.0] * 5)
    assert (flat.s, flat.variance, flat.z, flat.p) == (0, 0.0, 0.0, 1.0)


def test_seasons_take_the_yearly_course_out() -> None:
    months = [m for _ in range(4) for m in range(12)]
    course = [10.0 * math.sin(2 * math.pi * m / 12) for m in months]
    assert seasonal_mann_kendall(course, months).s == 0
    rising = [c + 0.1 * i for i, c in enumerate(course)]
    test = seasonal_mann_kendall(rising, months)
    assert test.s == 12 * 6  # every pair of every month rises
    assert test.variance == pytest.approx(12 * 4 * 3 * 13 / 18)
    with pytest.raises(RuleError, match="two values"):
        seasonal_mann_kendall([1.0, 2.0, 3.0, 4.0], [1, 2, 3, 4])


def test_sen_slope_by_hand() -> None:
    # slopes of (0,0) (1,1) (2,4) (3,3): 1, 2, 1, 3, 1, −1 → median 1
    assert sen_slope([0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 4.0, 3.0]).slope == 1.0


def test_sen_interval_ranks() -> None:
    # ten values of a line: Var S = 10·9·25/18 = 125, C = 1.96·√125 = 21.91; ranks (45 ∓ 21.91)/2 → 11 and 34 (+1)
    y = np.array([0.0, 1.2, 1.9, 3.3, 3.8, 5.4, 5.7, 7.2, 8.1, 8.8])
    slopes = sorted((y[j] - y[i]) / (j - i) for i in range(10) for j in range(i + 1, 10))
    found = sen_slope(np.arange(10.0), y)
    assert (found.low, found.high) == pytest.approx((slopes[11 - 1], slopes[34 + 1 - 1]))
    assert found.low < found.slope < found.high


def test_refusals() -> None:
    for broken in ([1.0, 2.0, 3.0], [1.0, 2.0, math.nan, 4.0], [], np.zeros(5001)):
        with pytest.raises(RuleError):
            mann_kendall(broken)
    with pytest.raises(RuleError, match="different times"):
        sen_slope([1.0] * 4, [1.0, 2.0, 3.0, 4.0])
    with pytest.raises(RuleError, match="level"):
        sen_slope([0.0, 1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 4.0], 1.0)
