from __future__ import annotations

import math

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.comparison.scores import scores
from reconcile.parameters import load_parameters
from reconcile.quality.budget import Budget, Contribution
from reconcile.quality.sides import assumed_correlation, sides

MONITORING = Budget(
    (
        Contribution("noise", "random", 0.0, 5.0),
        Contribution("O2", "scale", 0.0, 20.0, "O2 analyser"),
        Contribution("Kv", "scale", 0.0, 30.0),
    )
)
ACCOUNTING = Budget(
    (
        Contribution("samples", "random", 0.0, 4.0),
        Contribution("O2", "scale", 0.0, 10.0, "O2 analyser", 0.6),
        Contribution("belt", "scale", 0.0, 12.0),
    )
)


def test_zero_is_a_stated_choice() -> None:
    parameters = load_parameters()
    assert assumed_correlation(parameters) == 0.0
    assert [p.key for p in parameters.used()] == ["u_correlation_sides"]
    assert parameters.used()[0].note


def test_a_named_common_cause_is_carried_to_the_scores() -> None:
    """Against draws of the errors themselves: the shared one is one number in both totals."""
    rng = np.random.default_rng(7)
    draw = rng.standard_normal((6, 200_000))
    a = 5 * draw[0] + 20 * draw[1] + 30 * draw[2]
    b = 4 * draw[3] + 10 * (0.6 * draw[1] + 0.8 * draw[4]) + 12 * draw[5]
    found = sides(MONITORING, ACCOUNTING, 0.0)
    assert found.covariance_t2 == pytest.approx(20 * 6)
    assert found.correlation == pytest.approx(np.corrcoef(a, b)[0, 1], abs=0.01)
    s = scores(1000.0, 990.0, MONITORING.standard_t, ACCOUNTING.standard_t, found.correlation)
    assert s.u == pytest.approx((a - b).std(), rel=0.01)
    assert s.u == pytest.approx(math.hypot(found.u_random_t, found.u_systematic_t), rel=1e-12)


def test_a_common_error_makes_the_score_larger() -> None:
    alone = sides(MONITORING, ACCOUNTING, 0.0)
    more = sides(MONITORING, ACCOUNTING, 0.5)
    assert more.u_systematic_t < alone.u_systematic_t
    assert more.u_random_t == alone.u_random_t == pytest.approx(math.hypot(5, 4))
    # What shares no name: 30 t on one side, sqrt(8² + 12²) t on the other.
    assert more.covariance_t2 - alone.covariance_t2 == pytest.approx(0.5 * 30 * math.hypot(8, 12))


@pytest.mark.parametrize("rho", [-1.0, 0.0, 1.0])
def test_without_named_causes_the_assumption_is_that_of_the_systematic_parts(rho: float) -> None:
    a = Budget((Contribution("x", "scale", 0.0, 6.0),))
    b = Budget((Contribution("y", "scale", 0.0, 8.0),))
    found = sides(a, b, rho)
    assert found.correlation == pytest.approx(rho)
    assert found.u_systematic_t == pytest.approx(math.sqrt(100 - 2 * rho * 48))


def test_a_side_without_uncertainty_is_correlated_with_nothing() -> None:
    assert sides(Budget(()), ACCOUNTING, 1.0).correlation == 0.0
    for rho in (1.01, -1.01, math.nan):
        with pytest.raises(RuleError):
            sides(MONITORING, ACCOUNTING, rho)
