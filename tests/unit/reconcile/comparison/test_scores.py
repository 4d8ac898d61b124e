from __future__ import annotations

import math

import pytest

from cems.errors import RuleError
from reconcile.comparison.scores import scores


def test_e_n_is_half_of_zeta_at_k_2() -> None:
    s = scores(110.0, 100.0, 3.0, 4.0)
    assert (s.u, s.expanded, s.zeta, s.e_n) == (5.0, 10.0, 2.0, 1.0)
    assert (s.difference, s.difference_pct, s.ratio) == pytest.approx((10.0, 10.0, 1.1))
    assert s.symmetric_pct == pytest.approx(1000 / 105)


def test_the_sign_is_monitoring_minus_accounting() -> None:
    assert scores(90.0, 100.0, 3.0, 4.0).e_n == -1.0


def test_common_errors_cancel_in_the_difference_and_raise_the_score() -> None:
    assert scores(110.0, 100.0, 3.0, 4.0, correlation=0.5).u == pytest.approx(math.sqrt(13))
    assert scores(110.0, 100.0, 3.0, 4.0, correlation=-1.0).u == pytest.approx(7.0)
    assert scores(110.0, 100.0, 3.0, 4.0, 0.5).zeta > scores(110.0, 100.0, 3.0, 4.0).zeta


@pytest.mark.parametrize(
    "arguments",
    [
        (math.nan, 1.0, 1.0, 1.0),
        (1.0, 1.0, -1.0, 1.0),
        (1.0, 1.0, 1.0, 1.0, 1.1),
        (1.0, 1.0, 1.0, 1.0, 0.0, 0.0),
        (1.0, 1.0, 1.0, 1.0, 0.0, math.inf),
        (1.0, 2.0, 0.0, 0.0),
        (1.0, 2.0, 1e200, 1e200),
        (1e308, -1e308, 1.0, 1.0),
        (2.0, 1.0, 3.0, 3.0, 1.0),
        (2.0, 1.0, 0.3, 0.1 * 3, 1.0),
    ],
)
def test_what_cannot_be_compared_is_an_error(arguments: tuple[float, ...]) -> None:
    with pytest.raises(RuleError):
        scores(*arguments)


def test_nothing_against_nothing() -> None:
    assert scores(0.0, 0.0, 0.0, 0.0).e_n == 0.0
    assert math.isnan(scores(1.0, 0.0, 1.0, 1.0).difference_pct)
