"""Charts fed reading by reading, at once or in two parts are the same; a gap moves nothing; sides mirror each other."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.parameters import load_parameters
from reconcile.quality.control_charts import cusum, cusum_sum, ewma, ewma_next
from reconcile.quality.outcome import Outcome
from reconcile.quality.qal3 import CusumReading, CusumState, cusum_chart, cusum_step, rule_of

RULE = rule_of(load_parameters())
NUMBERS = st.floats(-50.0, 50.0, allow_nan=False, width=32)
READINGS = st.lists(NUMBERS | st.just(math.nan), max_size=40)


def same(a: CusumReading, b: CusumReading) -> bool:
    return repr(a) == repr(b)  # NaN equals NaN, every bit of the rest too


@given(READINGS, st.integers(0, 40), st.floats(0.1, 10.0))
def test_qal3_streaming_is_batch_and_can_go_on(d: list[float], cut: int, s_ams: float) -> None:
    batch = cusum_chart(d, s_ams, RULE)
    state = CusumState()
    for value, expected in zip(d, batch, strict=True):
        reading = cusum_step(state, value, s_ams, RULE)
        state = reading.state
        assert same(reading, expected)
    first = cusum_chart(d[:cut], s_ams, RULE)
    rest = cusum_chart(d[cut:], s_ams, RULE, start=first[-1].state if first else None)
    assert all(same(a, b) for a, b in zip(first + rest, batch, strict=True))


@given(READINGS, st.floats(0.1, 10.0))
def test_qal3_gaps_move_nothing(d: list[float], s_ams: float) -> None:
    taken = [r for r in cusum_chart(d, s_ams, RULE) if r.outcome != Outcome.CANNOT_JUDGE]
    alone = cusum_chart([v for v in d if not math.isnan(v)], s_ams, RULE)
    assert [repr(r) for r in taken] == [repr(r) for r in alone]


@given(READINGS, st.floats(0.1, 10.0))
def test_qal3_mirrored_readings_mirror_the_drift(d: list[float], s_ams: float) -> None:
    for up, down in zip(cusum_chart(d, s_ams, RULE), cusum_chart([-v for v in d], s_ams, RULE), strict=True):
        assert (up.state.high, up.state.n_high, up.state.spread) == (
            down.state.low,
            down.state.n_low,
            down.state.spread,
        )
        assert up.outcome == down.outcome


@given(READINGS, st.floats(0.1, 10.0), st.floats(0.0, 2.0), st.floats(0.5, 8.0))
def test_cusum_list_is_the_recursion(x: list[float], sigma: float, k: float, h: float) -> None:
    chart = cusum(x, 1.0, sigma, k, h)
    value = 0.0
    for i, reading in enumerate(x):
        if not math.isnan(reading):
            value = cusum_sum(value, (reading - 1.0) / sigma, k)
        assert chart.high[i] == value
    assert np.all(chart.high >= 0)
    assert not np.any(chart.alarm_high[np.isnan(np.asarray(x, dtype=float))])


@given(st.lists(NUMBERS, min_size=1, max_size=40), st.floats(0.0, 2.0))
def test_cusum_is_the_largest_partial_sum_that_ends_now(x: list[float], k: float) -> None:
    """Lindley: C_t = max over s ≤ t of Σ_{s<i≤t}(x_i − k), 0 included: a second way to the same figure."""
    chart = cusum(x, 0.0, 1.0, k, 5.0)
    for t in range(1, len(x) + 1):
        best = max(math.fsum(v - k for v in x[s:t]) for s in range(t + 1))
        assert chart.high[t - 1] == pytest.approx(best, abs=1e-9)


@given(READINGS, st.floats(0.01, 1.0))
def test_ewma_list_is_the_recursion(x: list[float], weight: float) -> None:
    chart = ewma(x, 5.0, 1.0, weight)
    now = 5.0
    for i, reading in enumerate(x):
        now = now if math.isnan(reading) else ewma_next(now, reading, weight)
        assert chart.value[i] == now
