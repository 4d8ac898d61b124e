"""QAL3 by hand with s_AMS = 2: h_x = 5.7, k_x = 1.002, h_s = 27.6, k_s = 7.4; Shewhart 4 and 6; EWMA 0.2 and 3."""

from __future__ import annotations

import math

import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.quality.outcome import Outcome
from reconcile.quality.qal3 import (
    CusumState,
    cusum_chart,
    cusum_step,
    deviations,
    ewma_outcomes,
    rule_of,
    shewhart_outcomes,
    worse,
)

RULE = rule_of(load_parameters())
S = 2.0
PASS, ADJUST, OUT, NONE = Outcome.PASSED, Outcome.RECALIBRATE, Outcome.OUT_OF_CONTROL, Outcome.CANNOT_JUDGE


def test_drift_sums_counts_and_correction() -> None:
    chart = cusum_chart([0.5, 3.0, 3.5, 3.5], S, RULE)
    assert [r.state.high for r in chart] == pytest.approx([0.0, 1.998, 4.496, 6.994])
    assert [r.state.n_high for r in chart] == [0, 1, 2, 3]
    assert [r.drift for r in chart] == [False, False, False, True]
    assert chart[-1].correction == pytest.approx(0.7 * (1.002 + 6.994 / 3))
    assert [r.outcome for r in chart] == [PASS, PASS, PASS, ADJUST]
    assert all(math.isnan(r.correction) for r in chart[:3])


def test_drift_downward_has_a_negative_correction() -> None:
    chart = cusum_chart([-3.0, -3.0, -3.0], S, RULE)  # 1.998, 3.996, 5.994 > 5.7
    assert chart[-1].state.low == pytest.approx(5.994)
    assert chart[-1].correction == pytest.approx(-0.7 * (1.002 + 5.994 / 3))


def test_exactly_at_the_limit_is_in_control() -> None:
    at = cusum_step(CusumState(), 0.501 + 2.85, 1.0, RULE)  # 0.501 + 2.85 − 0.501
    assert (at.drift, at.outcome) == (False, PASS)
    assert cusum_step(CusumState(), 0.501 + 2.8501, 1.0, RULE).outcome == ADJUST


def test_a_sum_of_rounding_alone_is_zero_and_counts_nothing() -> None:
    state = cusum_step(CusumState(), 0.501 * 0.7, 0.7, RULE).state
    assert (state.high, state.n_high) == (0.0, 0)


def test_precision_sum() -> None:
    # steps of 8: s_p = 32, S_s = 24.6 after the first, 49.2 > 27.6 after the second
    chart = cusum_chart([4.0, -4.0, 4.0], S, RULE)
    assert [r.state.spread for r in chart] == pytest.approx([0.0, 24.6, 49.2])
    assert [r.state.n_spread for r in chart] == [0, 1, 2]
    assert [r.precision_lost for r in chart] == [False, False, True]
    assert chart[-1].outcome == OUT


def test_the_first_reading_has_no_precision() -> None:
    assert cusum_step(CusumState(), 100.0, S, RULE).state.spread == 0.0


def test_lost_precision_goes_before_drift_and_the_correction_is_still_told() -> None:
    reading = cusum_chart([0.0, 20.0], S, RULE)[1]  # s_p = 200, S+ = 18.998
    assert (reading.drift, reading.precision_lost, reading.outcome) == (True, True, OUT)
    assert reading.correction == pytest.approx(0.7 * (1.002 + 18.998))


def test_a_missing_reading_is_not_judged_and_moves_nothing() -> None:
    with_gap = cusum_chart([3.0, math.nan, 3.5], S, RULE)
    without = cusum_chart([3.0, 3.5], S, RULE)
    assert with_gap[1].outcome == NONE
    assert with_gap[1].state == with_gap[0].state
    assert with_gap[2].state == without[1].state


def test_an_alarm_resets_nothing_an_adjustment_does() -> None:
    chart = cusum_chart([8.0, 8.0, 0.5], S, RULE)
    assert [r.outcome for r in chart] == [ADJUST, ADJUST, ADJUST]
    mended = cusum_chart([8.0, 8.0, 0.5], S, RULE, adjusted_before=[2])
    assert mended[2].state == CusumState(last_d=0.5)
    assert mended[2].outcome == PASS
    with pytest.raises(RuleError, match="not there"):
        cusum_chart([1.0], S, RULE, adjusted_before=[1])


def test_shewhart() -> None:
    found = shewhart_outcomes([0.0, 4.0, 4.1, -6.0, -6.1, math.nan], S, RULE)
    assert [outcome for outcome, _ in found] == [PASS, PASS, PASS, PASS, OUT, NONE]
    assert [warned for _, warned in found] == [False, False, True, True, True, False]


def test_ewma_limits_widen() -> None:
    # first reading: limit 3·2·0.2 = 1.2 on z = 0.2·d, so d up to 6 is within
    assert ewma_outcomes([6.0], S, RULE) == (PASS,)
    assert ewma_outcomes([6.01], S, RULE) == (ADJUST,)
    # second: z = 0.2·5 + 0.8·1 = 1.8 against 6·sqrt(0.2/1.8·(1 − 0.8⁴)) = 1.5367; the steady limit would be 2
    assert ewma_outcomes([5.0, 5.0], S, RULE) == (PASS, ADJUST)
    assert ewma_outcomes([math.nan, 6.0], S, RULE) == (NONE, PASS)


def test_zero_and_span_together() -> None:
    assert deviations([0.4, 101.0], [0.0, 100.0]).tolist() == [0.4, 1.0]
    assert (worse(PASS, PASS), worse(ADJUST, PASS), worse(PASS, OUT), worse(OUT, NONE), worse(NONE, PASS)) == (
        PASS,
        ADJUST,
        OUT,
        OUT,
        NONE,
    )
    with pytest.raises(RuleError):
        worse(PASS, Outcome.PASSED_ALTERNATIVE)


def test_refusals() -> None:
    for s in (0.0, -1.0, math.nan):
        with pytest.raises(RuleError, match="s_AMS"):
            cusum_step(CusumState(), 1.0, s, RULE)
    with pytest.raises(RuleError, match="finite"):
        cusum_step(CusumState(), math.inf, S, RULE)
    with pytest.raises(RuleError):
        cusum_chart([[1.0]], S, RULE)
