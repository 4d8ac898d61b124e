from __future__ import annotations

from datetime import date, timedelta

import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.quality.calibration import (
    Injection,
    calibration_error,
    calibration_rule_of,
    daily_calibration,
    seven_day,
)
from reconcile.quality.monitor import Monitor
from reconcile.quality.outcome import Outcome

RULE = calibration_rule_of(load_parameters())
ZERO = Injection(0.0, 0.0)
DAYS = [date(2026, 3, 1) + timedelta(days=i) for i in range(7)]


@pytest.mark.parametrize(
    ("response", "outcome", "passed"),
    [
        (11.6, Outcome.PASSED, True),
        (11.61, Outcome.RECALIBRATE, True),
        (12.1, Outcome.RECALIBRATE, True),
        (10.1, Outcome.RECALIBRATE, True),
        (12.101, Outcome.OUT_OF_CONTROL, False),
        (10.099, Outcome.OUT_OF_CONTROL, False),
    ],
)
def test_co2_is_out_of_control_above_one_per_cent_and_not_at_it(
    response: float, outcome: Outcome, passed: bool
) -> None:
    """11.1 % of a span of 20 % lies at 55.5 %; 12.1 - 11.1 is a hair below 1 in binary, 11.1 - 10.1 exactly 1."""
    found = daily_calibration(Monitor.CO2, ZERO, Injection(11.1, response), 20.0, RULE)
    assert (found.outcome, found.passed) == (outcome, passed)


def test_the_worse_injection_decides() -> None:
    found = daily_calibration(Monitor.O2, Injection(2.0, 3.1), Injection(20.0, 20.0), 25.0, RULE)
    assert found.outcome is Outcome.OUT_OF_CONTROL
    assert (found.zero_error, found.upscale_error, found.limit) == (1.1, 0.0, 1.0)


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (630.0, Outcome.PASSED),
        (660.0, Outcome.RECALIBRATE),
        (540.0, Outcome.RECALIBRATE),
        (660.1, Outcome.OUT_OF_CONTROL),
    ],
)
def test_flow_by_per_cent_of_span(response: float, outcome: Outcome) -> None:
    assert daily_calibration(Monitor.FLOW, ZERO, Injection(600.0, response), 1000.0, RULE).outcome is outcome


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (0.11, Outcome.PASSED_ALTERNATIVE),
        (0.111, Outcome.RECALIBRATE),
        (0.1199, Outcome.RECALIBRATE),
        (0.12, Outcome.OUT_OF_CONTROL),
    ],
)
def test_differential_pressure_has_absolute_limits(response: float, outcome: Outcome) -> None:
    """Span 0.16 inH2O: 0.01 is 6.25 % of it. In control below 0.02 inH2O, no longer at it."""
    upscale = Injection(0.10, response)
    dp = daily_calibration(Monitor.FLOW, ZERO, upscale, 0.16, RULE, differential_pressure=True)
    assert dp.outcome is outcome
    assert daily_calibration(Monitor.FLOW, ZERO, upscale, 0.16, RULE).outcome is Outcome.OUT_OF_CONTROL


def test_so2_of_a_small_span_may_be_5_ppm_off() -> None:
    """5 of 90 ppm is 5.6 % of span; at a span of 200 ppm the alternative is gone."""
    assert daily_calibration(Monitor.SO2, ZERO, Injection(50, 55), 90.0, RULE).outcome is Outcome.PASSED_ALTERNATIVE
    assert daily_calibration(Monitor.SO2, ZERO, Injection(110, 121), 200.0, RULE).outcome is Outcome.OUT_OF_CONTROL
    assert daily_calibration(Monitor.NOX, ZERO, Injection(110, 120), 200.0, RULE).outcome is Outcome.RECALIBRATE


@pytest.mark.parametrize(
    ("zero", "upscale", "good"),
    [
        (4.0, 10.0, True),
        (4.1, 10.0, False),
        (0.0, 12.0, True),
        (0.0, 12.1, False),
        (0.0, 16.0, True),
        (0.0, 20.1, False),
    ],
)
def test_references_must_lie_at_their_levels(zero: float, upscale: float, good: bool) -> None:
    found = daily_calibration(Monitor.CO2, Injection(zero, zero), Injection(upscale, upscale), 20.0, RULE)
    assert (found.outcome is Outcome.CANNOT_JUDGE) is not good
    assert found.passed is good


def test_moisture_and_bad_figures_are_errors() -> None:
    with pytest.raises(RuleError, match="moisture"):
        calibration_error(ZERO, 20.0, Monitor.MOISTURE)
    with pytest.raises(RuleError, match="span"):
        calibration_error(ZERO, 0.0, Monitor.CO2)
    with pytest.raises(RuleError, match="response"):
        calibration_error(Injection(0.0, float("nan")), 20.0, Monitor.CO2)


def week(response: float, days: list[date] = DAYS) -> list[tuple[date, Injection, Injection]]:
    return [(day, ZERO, Injection(11.0, response if day == days[3] else 11.0)) for day in days]


@pytest.mark.parametrize(("response", "passed"), [(11.5, True), (11.54, True), (11.55, False), (10.5, True)])
def test_seven_days_are_judged_by_one_decimal(response: float, passed: bool) -> None:
    found = seven_day(Monitor.CO2, week(response), 20.0, RULE)
    assert found.passed is passed
    assert found.outcome in {Outcome.PASSED, Outcome.FAILED}


def test_seven_days_of_flow_are_not_rounded() -> None:
    days = [(day, ZERO, Injection(600.0, 630.0)) for day in DAYS]
    assert seven_day(Monitor.FLOW, days, 1000.0, RULE).passed
    days[6] = (DAYS[6], ZERO, Injection(600.0, 630.1))
    assert not seven_day(Monitor.FLOW, days, 1000.0, RULE).passed


def test_seven_days_in_a_row() -> None:
    gap = [*DAYS[:4], *(day + timedelta(days=1) for day in DAYS[4:])]
    assert seven_day(Monitor.CO2, week(11.0, gap), 20.0, RULE).outcome is Outcome.CANNOT_JUDGE
    assert seven_day(Monitor.CO2, week(11.0, gap), 20.0, RULE, idle_days=[DAYS[4]]).passed
    assert seven_day(Monitor.CO2, week(11.0)[:6], 20.0, RULE).outcome is Outcome.CANNOT_JUDGE
    assert seven_day(Monitor.CO2, [week(11.0)[0]] * 7, 20.0, RULE).outcome is Outcome.CANNOT_JUDGE
    with pytest.raises(RuleError, match="so2"):
        seven_day(Monitor.SO2, week(11.0), 20.0, RULE)
