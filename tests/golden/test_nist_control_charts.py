"""NIST/SEMATECH e-Handbook 6.3.2.2 (individuals), 6.3.2.3 (CUSUM) and 6.3.2.4 (EWMA): data and printed tables.

Source: itl.nist.gov/div898/handbook/pmc/section3/pmc322.htm, pmc323.htm, pmc324.htm, read on 2026-11-21 in stored
copies (seven of the EWMA table, five of the CUSUM data, two of its sums) that agree with each other.
"""

from __future__ import annotations

import numpy as np
import pytest

from reconcile.quality.control_charts import cusum, ewma, moving_range_sigma, shewhart

EWMA_X = [52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5]
EWMA_X += [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
EWMA_PRINTED = [50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33]
EWMA_PRINTED += [50.11, 49.36, 49.52, 50.05, 49.38, 49.92, 50.73, 51.23, 51.94, 51.99]

CUSUM_X = [324.925, 324.675, 324.725, 324.350, 325.350, 325.225, 324.125, 324.525, 325.225, 324.600]
CUSUM_X += [324.625, 325.150, 328.325, 327.250, 327.825, 328.500, 326.675, 327.775, 326.875, 328.350]
HIGH = [0.00, 0.00, 0.00, 0.00, 0.03, 0.00, 0.00, 0.00, 0.00, 0.00]
HIGH += [0.00, 0.00, 3.01, 4.94, 7.45, 10.63, 11.99, 14.44, 16.00, 19.04]
LOW = [0.00, 0.01, 0.00, 0.33, 0.00, 0.00, 0.56, 0.72, 0.17, 0.25, 0.31] + [0.00] * 9

FLOW_RATE = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]


def test_ewma() -> None:
    chart = ewma(EWMA_X, target=50.0, sigma=2.0539, weight=0.3, width=3.0, steady=True)
    np.testing.assert_allclose(chart.value, EWMA_PRINTED, atol=0.005 + 1e-9)
    assert chart.upper[-1] == pytest.approx(52.5884, abs=5e-4)  # printed with a square root cut to 0.4201
    assert chart.lower[-1] == pytest.approx(47.4115, abs=5e-4)
    assert not chart.alarm.any()


def test_cusum() -> None:
    chart = cusum(CUSUM_X, target=325.0, sigma=1.0, k=0.3175, h=4.1959)
    np.testing.assert_allclose(chart.high, HIGH, atol=0.0051)  # printed to two digits
    np.testing.assert_allclose(chart.low, LOW, atol=0.0051)
    assert chart.high[12] == pytest.approx(3.0075, abs=1e-9)
    assert chart.high[13] == pytest.approx(4.94, abs=1e-9)
    assert np.flatnonzero(chart.alarm_high).tolist() == list(range(13, 20))  # from the 14th sample on
    assert not chart.alarm_low.any()


def test_cusum_dates_the_change() -> None:
    alarm = cusum(CUSUM_X, target=325.0, sigma=1.0, k=0.3175, h=4.1959).first_alarm()
    assert alarm is not None
    assert (alarm.index, alarm.last_zero, alarm.onset) == (13, 11, 12)
    assert alarm.amount == pytest.approx(0.3175 + 4.94 / 2, abs=1e-9)


def test_individuals_chart() -> None:
    sigma = moving_range_sigma(FLOW_RATE)
    assert sigma * 1.128 == pytest.approx(1.8778, abs=5e-5)
    assert 50.81 + 3 * sigma == pytest.approx(55.8041, abs=5e-5)
    assert 50.81 - 3 * sigma == pytest.approx(45.8159, abs=5e-5)
    assert not shewhart(FLOW_RATE, 50.81, sigma).action.any()
