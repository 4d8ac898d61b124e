"""Control charts by hand: limits and their equality, onset and amount, gaps, robust standard deviations."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.quality.control_charts import (
    above,
    cusum,
    ewma,
    inflated_sigma,
    mad_sigma,
    moving_range_sigma,
    shewhart,
)
from reconcile.quality.run_length import cusum_run_length, ewma_run_length, shewhart_run_length


def test_cusum_alarms_above_h_not_at_it() -> None:
    assert not cusum([4.5], 0.0, 1.0, 0.5, 4.0).alarm_high.any()
    assert cusum([4.51], 0.0, 1.0, 0.5, 4.0).alarm_high.all()
    tenths = cusum([0.1] * 3, 0.0, 1.0, 0.0, 0.3)  # 0.30000000000000004 in binary
    assert not tenths.alarm_high.any()


def test_cusum_downward_change_in_the_unit_of_the_readings() -> None:
    alarm = cusum([10.0, 10.0, 6.0, 6.0, 6.0], 10.0, 2.0, 0.5, 4.0).first_alarm()  # z = −2: sums 1.5, 3.0, 4.5
    assert alarm is not None
    assert (alarm.index, alarm.last_zero, alarm.onset) == (4, 1, 2)
    assert alarm.amount == pytest.approx(-2.0 * (0.5 + 4.5 / 3))


def test_cusum_that_was_never_zero() -> None:
    alarm = cusum([3.0, 3.0], 0.0, 1.0, 0.5, 4.0).first_alarm()
    assert alarm is not None
    assert (alarm.index, alarm.last_zero, alarm.onset) == (1, -1, 0)


def test_cusum_with_gaps() -> None:
    chart = cusum([math.nan, 0.0, math.nan, 3.0, math.nan, 3.0], 0.0, 1.0, 0.5, 4.0)
    assert chart.high.tolist() == [0.0, 0.0, 0.0, 2.5, 2.5, 5.0]
    assert chart.n_high.tolist() == [0, 0, 0, 1, 1, 2]
    alarm = chart.first_alarm()
    assert alarm is not None
    assert (alarm.index, alarm.onset, alarm.amount) == (5, 3, 3.0)


def test_no_alarm_no_date() -> None:
    assert cusum([0.0, 1.0, -1.0], 0.0, 1.0).first_alarm() is None
    assert cusum([], 0.0, 1.0).first_alarm() is None


def test_correlated_readings_widen_every_chart() -> None:
    assert inflated_sigma(1.0, 0.6) == pytest.approx(2.0)
    x = [5.0] * 4
    assert cusum(x, 0.0, 1.0, phi=0.6).high[0] == pytest.approx(2.0)  # 5/2 − 0.5
    assert shewhart(x, 0.0, 1.0).action.all()
    assert not shewhart(x, 0.0, 1.0, phi=0.6).action.any()
    assert ewma(x, 0.0, 1.0, phi=0.6).upper[0] == pytest.approx(1.2)  # 3·2·0.2
    with pytest.raises(RuleError):
        inflated_sigma(1.0, 1.0)


def test_ewma_with_weight_one_is_shewhart() -> None:
    x = np.array([0.0, 2.9, 3.0, 3.1, -3.2, math.nan])
    assert ewma(x, 0.0, 1.0, 1.0, 3.0).alarm.tolist() == shewhart(x, 0.0, 1.0).action.tolist()


def test_ewma_limits_reach_the_steady_ones() -> None:
    x = [0.0] * 200
    assert ewma(x, 0.0, 1.0).upper[-1] == pytest.approx(ewma(x, 0.0, 1.0, steady=True).upper[0], rel=1e-12)
    assert ewma(x, 0.0, 1.0).upper[0] == pytest.approx(0.6)


def test_robust_deviations() -> None:
    assert moving_range_sigma([1.0, 3.0, 2.0]) == pytest.approx(1.5 / 1.128)
    assert mad_sigma([1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 900.0]) == pytest.approx(
        1.4826
    )  # median 2, deviations 1 1 0 0 2 4 …
    for broken in ([1.0], [1.0, math.nan, 2.0, 3.0], []):
        with pytest.raises(RuleError):
            moving_range_sigma(broken)
        with pytest.raises(RuleError):
            mad_sigma(broken)


def test_above_lets_rounding_pass() -> None:
    assert not above(0.1 + 0.2, 0.3)
    assert above(0.3000001, 0.3)
    assert not above(math.nan, 0.3)


@pytest.mark.parametrize("sigma", [0.0, -1.0, math.nan, math.inf])
def test_a_standard_deviation_is_positive(sigma: float) -> None:
    for chart in (cusum, ewma, shewhart):
        with pytest.raises(RuleError, match="sigma"):
            chart([1.0], 0.0, sigma)


def test_other_refusals() -> None:
    with pytest.raises(RuleError):
        cusum([1.0], 0.0, 1.0, -0.1)
    with pytest.raises(RuleError):
        cusum([1.0], 0.0, 1.0, 0.5, 0.0)
    with pytest.raises(RuleError):
        cusum([math.inf], 0.0, 1.0)
    for weight in (0.0, 1.1, math.nan):
        with pytest.raises(RuleError):
            ewma([1.0], 0.0, 1.0, weight)
    with pytest.raises(RuleError):
        shewhart([1.0], 0.0, 1.0, 3.0, 2.0)
    with pytest.raises(RuleError):
        shewhart([1.0], math.nan, 1.0)


def test_run_lengths_of_limiting_charts() -> None:
    # h → 0 and λ = 1 are Shewhart charts, whose run length is 1/P(beyond)
    assert cusum_run_length(2.0, 1e-9) == pytest.approx(shewhart_run_length(2.0), rel=1e-6)
    assert ewma_run_length(1.0, 3.0, 0.7) == pytest.approx(shewhart_run_length(3.0, 0.7), rel=1e-9)
    assert cusum_run_length(0.5, 4.0, two_sided=False) == pytest.approx(2 * cusum_run_length(0.5, 4.0))
    assert cusum_run_length(0.5, 4.0, 1.0) == pytest.approx(cusum_run_length(0.5, 4.0, -1.0))


def test_run_lengths_refuse_nonsense() -> None:
    for call in (
        lambda: cusum_run_length(0.5, 0.0),
        lambda: cusum_run_length(-1.0, 4.0),
        lambda: ewma_run_length(0.0, 3.0),
    ):
        with pytest.raises(RuleError):
            call()
    with pytest.raises(RuleError):
        shewhart_run_length(3.0, math.nan)
