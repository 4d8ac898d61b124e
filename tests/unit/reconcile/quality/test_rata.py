from __future__ import annotations

from datetime import date

import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.quality.bias import adjusted_flow, bias_rule_of, bias_test, flow_factor
from reconcile.quality.load_levels import frequency_rule_of, levels_due, multi_load, next_rata
from reconcile.quality.monitor import Monitor
from reconcile.quality.outcome import Outcome
from reconcile.quality.quarters import Quarter, due_quarter, quarter_of
from reconcile.quality.rata import RataFigures, rata, rata_figures, rata_rule_of

TABLE = load_parameters()
RULE, BIAS, FREQUENCY = rata_rule_of(TABLE), bias_rule_of(TABLE), frequency_rule_of(TABLE)


def constant(offset: float, level: float = 100.0, n: int = 9) -> RataFigures:
    """Runs with a constant difference: no spread, CC is 0 and RA the difference as % of the level."""
    return rata_figures([level] * n, [level - offset] * n, RULE)


@pytest.mark.parametrize(
    ("offset", "outcome", "quarters"),
    [
        (7.5, Outcome.PASSED, 4),
        (7.504, Outcome.PASSED, 4),
        (7.505, Outcome.PASSED, 2),
        (10.0, Outcome.PASSED, 2),
        (10.004, Outcome.PASSED, 2),
        (10.005, Outcome.OUT_OF_CONTROL, 0),
        (-10.01, Outcome.OUT_OF_CONTROL, 0),
    ],
)
def test_flow_is_judged_by_the_reported_accuracy(offset: float, outcome: Outcome, quarters: int) -> None:
    found = rata(Monitor.FLOW, constant(offset), RULE)
    assert (found.outcome, found.quarters, found.annual) == (outcome, quarters, quarters == 4)


@pytest.mark.parametrize(
    ("difference", "outcome", "quarters"),
    [
        (0.7, Outcome.PASSED_ALTERNATIVE, 4),
        (0.71, Outcome.PASSED_ALTERNATIVE, 2),
        (1.0, Outcome.PASSED_ALTERNATIVE, 2),
        (-1.0, Outcome.PASSED_ALTERNATIVE, 2),
        (1.01, Outcome.OUT_OF_CONTROL, 0),
    ],
)
def test_co2_by_the_mean_difference(difference: float, outcome: Outcome, quarters: int) -> None:
    """At 5 % CO2 a difference of 0.7 is 14 %."""
    found = rata(Monitor.CO2, constant(difference, 5.0), RULE)
    assert (found.outcome, found.quarters) == (outcome, quarters)


def test_a_small_difference_earns_the_year_even_when_the_main_limit_is_met() -> None:
    """0.7 of 8 is 8.75 %: passed by the main limit, annual by the difference."""
    found = rata(Monitor.O2, constant(0.7, 8.0), RULE)
    assert (found.outcome, found.annual) == (Outcome.PASSED, True)


def test_moisture_and_low_emitters_have_limits_of_their_own() -> None:
    assert rata(Monitor.MOISTURE, constant(1.5, 8.0), RULE).outcome is Outcome.PASSED_ALTERNATIVE
    assert rata(Monitor.MOISTURE, constant(1.0, 8.0), RULE).annual
    assert not rata(Monitor.MOISTURE, constant(1.51, 8.0), RULE).passed
    assert not rata(Monitor.SO2, constant(15.0, 100.0), RULE).passed
    assert rata(Monitor.SO2, constant(15.0, 100.0), RULE, low_emitter=True).quarters == 2
    assert rata(Monitor.SO2, constant(12.0, 100.0), RULE, low_emitter=True).quarters == 4


@pytest.mark.parametrize(
    ("velocities", "passed", "quarters"),
    [
        ((10.0, 8.0), True, 2),
        ((10.0, 8.5), True, 4),
        ((10.0, 7.99), False, 0),
        ((10.01, 10.0), False, 0),
        (None, False, 0),
    ],
)
def test_slow_flow_by_the_velocities(velocities: tuple[float, float] | None, passed: bool, quarters: int) -> None:
    found = rata(Monitor.FLOW, constant(15.0), RULE, velocity_fps=velocities)
    assert (found.passed, found.quarters) == (passed, quarters)


def test_nine_of_twelve_runs() -> None:
    runs = [100.0] * 12
    assert rata_figures(runs, runs, RULE, rejected=(0, 5, 11)).n == 9
    assert rata_figures(runs, runs, RULE).n == 12
    for reference, rejected in ((runs, (0, 1, 2, 3)), (runs * 2, (0, 1, 2, 3)), (runs[:9], (0,)), (runs[:8], ())):
        with pytest.raises(RuleError):
            rata_figures(reference, reference, RULE, rejected)


def test_more_than_31_runs_do_not_fall_back_to_a_t_of_1() -> None:
    """36 runs: 35 degrees of freedom, between the rows 30 and 40. d is 1 and 3 in turn: mean 2, Sd sqrt(36/35)."""
    found = rata_figures([100.0] * 36, [99.0, 97.0] * 18, RULE)
    assert found.confidence == pytest.approx(2.042 * (36 / 35) ** 0.5 / 6, rel=1e-12)


def test_a_rejected_run_may_be_missing_and_one_that_counts_may_not() -> None:
    reference = [100.0] * 9 + [float("nan")]
    assert rata_figures(reference, [100.0] * 10, RULE, rejected=(9,)).n == 9
    for faulty in (reference, [0.0] * 10):
        with pytest.raises(RuleError):
            rata_figures(faulty, [100.0] * 10, RULE)
    with pytest.raises(RuleError, match="no run to reject"):
        rata_figures([1.0] * 10, [1.0] * 10, RULE, rejected=(10,))
    with pytest.raises(RuleError, match="flow"):
        rata(Monitor.CO2, constant(0.0), RULE, velocity_fps=(9.0, 9.0))


def test_a_huge_accuracy_is_capped() -> None:
    assert rata_figures([1.0] * 9, [101.0] * 9, RULE).ra_pct_rounded == 999.99


def figures(mean: float, cc: float, cem: float) -> RataFigures:
    return RataFigures(9, cem + mean, cem, mean, 1.0, cc, 5.0, 5.0)


def test_bias_is_one_sided_and_strict() -> None:
    assert bias_test(Monitor.FLOW, figures(1.0, 1.0, 50.0), BIAS).factor == 1.0
    assert bias_test(Monitor.FLOW, figures(-9.0, 1.0, 50.0), BIAS).passed
    low = bias_test(Monitor.FLOW, figures(1.01, 1.0, 50.0), BIAS)
    assert (low.passed, low.outcome, low.factor, low.factor_unrounded) == (False, Outcome.FAILED, 1.02, 1.0202)


def test_the_factor_is_rounded_half_away() -> None:
    assert bias_test(Monitor.FLOW, figures(0.125, 0.1, 50.0), BIAS).factor == 1.003


@pytest.mark.parametrize("monitor", [Monitor.CO2, Monitor.O2, Monitor.MOISTURE])
def test_co2_o2_and_moisture_get_no_factor(monitor: Monitor) -> None:
    found = bias_test(monitor, figures(3.0, 0.1, 10.0), BIAS)
    assert (found.factor, found.passed) == (1.0, True)


def test_a_low_emitter_may_use_the_default() -> None:
    assert bias_test(Monitor.SO2, figures(10.0, 1.0, 50.0), BIAS, low_emitter=True).factor == 1.111
    assert bias_test(Monitor.SO2, figures(10.0, 1.0, 50.0), BIAS).factor == 1.2
    assert bias_test(Monitor.SO2, figures(2.0, 1.0, 50.0), BIAS, low_emitter=True).factor == 1.04


def test_the_factor_of_a_flow_monitor() -> None:
    passed, small, large = (bias_test(Monitor.FLOW, figures(d, 1.0, 100.0), BIAS) for d in (0.5, 2.0, 5.0))
    assert flow_factor({"mid": small, "high": large}, ["mid", "high"], None) == 1.05
    assert flow_factor({"high": passed, "mid": large}, ["high"], "mid") == 1.0
    assert flow_factor({"high": small, "mid": large}, ["high"], "mid") == 1.05
    assert flow_factor({"high": large, "mid": passed}, ["high"], "mid") == 1.05
    for tests, normal, second in (
        ({"high": small}, ["high"], None),
        ({"high": small}, ["high"], "mid"),
        ({}, [], None),
    ):
        with pytest.raises(RuleError):
            flow_factor(tests, normal, second)


def test_adjusted_flow_is_whole_thousands() -> None:
    adjusted = adjusted_flow([1_000_500.0, -1.0, float("nan")], 1.0, BIAS)
    assert adjusted[0] == 1_001_000.0
    assert (adjusted[1:] != adjusted[1:]).all()


def test_all_levels_must_pass_and_the_worst_sets_the_date() -> None:
    good, fair, bad = (rata(Monitor.FLOW, constant(o), RULE) for o in (1.0, 8.0, 11.0))
    both = multi_load({"low": good, "high": fair})
    assert (both.passed, both.annual, both.quarters) == (True, False, 2)
    assert (multi_load({"low": good, "high": bad}).passed, multi_load({"a": good, "b": bad}).quarters) == (False, 0)
    with pytest.raises(RuleError):
        multi_load({})


def test_levels_that_are_due() -> None:
    assert levels_due([85.0, 15.0, 0.0], 19, FREQUENCY) == 1
    assert levels_due([84.99, 15.01, 0.0], 19, FREQUENCY) == 2
    assert levels_due([100.0], 20, FREQUENCY) == 3
    assert levels_due([100.0], 0, FREQUENCY, relinearised=True) == 3
    with pytest.raises(RuleError):
        levels_due([0.0], 0, FREQUENCY)


def test_the_next_audit_is_counted_in_operating_quarters() -> None:
    assert next_rata(date(2026, 5, 3), 4, {}, FREQUENCY) == date(2027, 6, 30)
    assert next_rata(date(2026, 5, 3), 2, {}, FREQUENCY) == date(2026, 12, 31)
    idle = {Quarter(2026, 3): 167.9, Quarter(2026, 4): 168.0}
    assert next_rata(date(2026, 5, 3), 2, idle, FREQUENCY) == date(2027, 3, 31)
    assert next_rata(date(2026, 5, 3), 0, {}, FREQUENCY) == date(2026, 5, 3)
    never = {Quarter(2026, 2).plus(i): 0.0 for i in range(1, 20)}
    assert due_quarter(Quarter(2026, 2), 4, never, 168.0, 8) == Quarter(2028, 2)


def test_quarters() -> None:
    assert quarter_of(date(2026, 12, 31)) == Quarter(2026, 4)
    assert Quarter(2026, 4).last_day == date(2026, 12, 31)
    assert Quarter(2028, 1).last_day == date(2028, 3, 31)
    with pytest.raises(RuleError):
        Quarter(2026, 5)
