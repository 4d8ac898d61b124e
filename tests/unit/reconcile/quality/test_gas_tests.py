"""Indication error and linearity (HJ 75), linearity check (Part 75), response and cycle time."""

from __future__ import annotations

import math

import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.quality import indication, linearity
from reconcile.quality.calibration import Injection
from reconcile.quality.monitor import Monitor
from reconcile.quality.outcome import Outcome
from reconcile.quality.response import Step, cycle_rule_of, cycle_time, response_rule_of, response_time, step_time

TABLE = load_parameters()
HJ = indication.indication_rule_of(TABLE)
P75 = linearity.linearity_rule_of(TABLE)
RESPONSE, CYCLE = response_rule_of(TABLE), cycle_rule_of(TABLE)


@pytest.mark.parametrize(
    ("readings", "passed"), [([12.6], True), ([11.4], True), ([12.601], False), ([12.5, 12.7], True)]
)
def test_indication_error_of_co2_against_the_cylinder(readings: list[float], passed: bool) -> None:
    """12 % nominal, ±5 % of it are ±0.6 %."""
    found = indication.indication_error(readings, 12.0, 20.0, Monitor.CO2, HJ)
    assert found.passed is passed
    assert (found.basis, found.limit) == ("nominal", 5.0)
    assert found.outcome is (Outcome.PASSED if passed else Outcome.OUT_OF_CONTROL)


@pytest.mark.parametrize(
    ("gas", "full_scale", "basis"),
    [
        (Monitor.SO2, 100.0, "nominal"),
        (Monitor.SO2, 99.9, "full scale"),
        (Monitor.NOX, 200.0, "nominal"),
        (Monitor.NOX, 199.9, "full scale"),
        (Monitor.O2, 25.0, "nominal"),
    ],
)
def test_small_full_scales_are_judged_by_full_scale(gas: Monitor, full_scale: float, basis: str) -> None:
    found = indication.indication_error([10.0], 10.0, full_scale, gas, HJ)
    assert (found.basis, found.limit) == (basis, 5.0 if basis == "nominal" else 2.5)


def test_indication_error_refuses_what_is_no_gas_or_no_figure() -> None:
    with pytest.raises(RuleError, match="flow"):
        indication.indication_error([1.0], 1.0, 2.0, Monitor.FLOW, HJ)
    with pytest.raises(RuleError, match="nominal"):
        indication.indication_error([1.0], 0.0, 2.0, Monitor.CO2, HJ)
    with pytest.raises(RuleError, match="readings"):
        indication.indication_error([], 1.0, 2.0, Monitor.CO2, HJ)


def test_hj_linearity_needs_every_level_and_its_window() -> None:
    good = [(5.0, [5.1]), (11.0, [11.0]), (18.0, [18.2])]
    assert indication.linearity(good, 20.0, Monitor.CO2, HJ).passed
    bad = indication.linearity([*good[:2], (18.0, [19.0])], 20.0, Monitor.CO2, HJ)
    assert (bad.outcome, bad.levels[0].passed, bad.levels[2].passed) == (Outcome.OUT_OF_CONTROL, True, False)
    outside = indication.linearity([(6.02, [6.02]), *good[1:]], 20.0, Monitor.CO2, HJ)
    assert (outside.outcome, outside.passed) == (Outcome.CANNOT_JUDGE, False)
    assert "low cylinder at 30.1 %" in outside.reason
    with pytest.raises(RuleError, match="3 levels"):
        indication.linearity(good[:2], 20.0, Monitor.CO2, HJ)


def test_the_logger_against_the_analyser() -> None:
    assert indication.transfer_error(12.12, 12.0, TABLE.value("qa_hj_transfer_pct")).passed
    assert indication.transfer_error(11.87, 12.0, TABLE.value("qa_hj_transfer_pct")).outcome is Outcome.FAILED


def three(reference: float, *responses: float) -> list[Injection]:
    return [Injection(reference, response) for response in responses]


def check(mid: list[Injection]) -> linearity.LinearityCheck:
    levels = [three(5.0, 5.0, 5.0, 5.0), mid, three(18.0, 18.0, 18.0, 18.0)]
    return linearity.linearity_check(Monitor.CO2, levels, 20.0, P75)


@pytest.mark.parametrize(
    ("responses", "outcome"),
    [
        ((10.5, 10.5, 10.5), Outcome.PASSED),
        ((9.5, 9.4, 9.6), Outcome.PASSED),
        ((10.501, 10.501, 10.501), Outcome.OUT_OF_CONTROL),
    ],
)
def test_linearity_of_co2_at_exactly_five_per_cent(responses: tuple[float, float, float], outcome: Outcome) -> None:
    found = check(three(10.0, *responses))
    assert found.outcome is outcome
    assert found.passed is (outcome is Outcome.PASSED)


def test_linearity_by_the_alternative() -> None:
    """5 % of 5 % CO2 are 0.25; 0.5 % CO2 are allowed all the same, exactly 0.5 included."""
    levels = [three(5.0, 5.5, 5.5, 5.5), three(10.0, 10.0, 10.0, 10.0), three(18.0, 18.0, 18.0, 18.0)]
    found = linearity.linearity_check(Monitor.CO2, levels, 20.0, P75)
    assert (found.outcome, found.passed, found.limit) == (Outcome.PASSED_ALTERNATIVE, True, 0.5)
    assert (found.levels[0].error_pct, found.levels[0].difference) == (10.0, 0.5)
    levels[0] = three(5.0, 5.5, 5.5, 5.501)
    assert linearity.linearity_check(Monitor.CO2, levels, 20.0, P75).outcome is Outcome.OUT_OF_CONTROL


def test_linearity_without_its_injections_or_windows_is_not_judged() -> None:
    assert check(three(10.0, 10.0, 10.0)).outcome is Outcome.CANNOT_JUDGE
    assert check(three(12.01, 12.01, 12.01, 12.01)).outcome is Outcome.CANNOT_JUDGE
    assert check(three(12.0, 12.0, 12.0, 12.0)).passed
    with pytest.raises(RuleError, match="flow"):
        linearity.linearity_check(Monitor.FLOW, [[], [], []], 20.0, P75)
    with pytest.raises(RuleError, match="no figures"):
        check([])


@pytest.mark.parametrize(
    ("quarters", "grace", "passed"), [(4, 0.0, True), (4, 900.0, True), (5, 168.0, True), (5, 168.01, False)]
)
def test_linearity_runs_out_after_four_quarters_and_168_hours(quarters: int, grace: float, passed: bool) -> None:
    assert linearity.linearity_due(quarters, grace, P75).passed is passed
    with pytest.raises(RuleError):
        linearity.linearity_due(-1, 0.0, P75)


def test_response_time_to_ninety_per_cent_of_the_cylinder() -> None:
    at = [0.0, 50.0, 100.0, 199.0, 200.0, 201.0]
    assert response_time(at, [0, 1, 5, 10.79, 10.8, 11], 12.0, RESPONSE).seconds == 200.0
    assert response_time(at, [0, 1, 5, 10.79, 10.8, 11], 12.0, RESPONSE).passed
    late = response_time(at, [0, 1, 5, 10.7, 10.79, 10.8], 12.0, RESPONSE)
    assert (late.seconds, late.outcome) == (201.0, Outcome.OUT_OF_CONTROL)


def test_a_mark_never_reached_is_late_once_the_limit_has_gone_by() -> None:
    reached = response_time([0, 100, 200], [0, 5, 10], 12.0, RESPONSE)
    assert math.isnan(reached.seconds)
    assert reached.outcome is Outcome.OUT_OF_CONTROL
    assert response_time([0, 100, 199], [0, 5, 10], 12.0, RESPONSE).outcome is Outcome.CANNOT_JUDGE


def test_a_missing_reading_is_passed_over_and_a_falling_step_works() -> None:
    assert step_time(Step([0, 1, 2, 3], [10, math.nan, 0.5, 0.0], 10.0, 0.0), 95.0) == 2.0
    assert step_time(Step([0, 1, 2, 3], [10, 0.6, 0.51, 0.5], 10.0, 0.0), 95.0) == 3.0


def test_cycle_time_is_the_longer_of_the_two() -> None:
    up = Step([0, 300, 600, 900], [0, 10, 17.0, 18.0], 0.0, 18.0)
    down = Step([0, 300, 600, 900], [18, 5, 0.5, 0.0], 18.0, 0.0)
    found = cycle_time(down, up, CYCLE)
    assert (found.each, found.seconds, found.passed, found.limit) == ((600.0, 900.0), 900.0, True, 900.0)
    slow = Step([0, 901], [0, 18.0], 0.0, 18.0)
    assert cycle_time(down, slow, CYCLE).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("at", "reading", "end"),
    [([], [], 1.0), ([0, 1], [0], 1.0), ([1, 0], [0, 1], 1.0), ([0, 1], [0, 1], 0.0), ([-1, 1], [0, 1], 1.0)],
)
def test_a_step_that_is_none_is_an_error(at: list[float], reading: list[float], end: float) -> None:
    with pytest.raises(RuleError):
        step_time(Step(at, reading, 0.0, end), 90.0)
