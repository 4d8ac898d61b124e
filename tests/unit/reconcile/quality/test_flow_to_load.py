from __future__ import annotations

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.quality.flow_to_load import (
    Reference,
    abbreviated_test,
    flow_load_rule_of,
    flow_to_load,
    hourly_values,
    ramping,
    reference_heat_rate,
    reference_ratio,
)
from reconcile.quality.outcome import Outcome

RULE = flow_load_rule_of(load_parameters())
N = 168


def at_load(load: float, ratio: float = 1.0) -> Reference:
    return Reference(load, ratio, ratio, 2, 100_000.0)


def test_flow_and_load_are_rounded_before_the_ratio_is_formed() -> None:
    """11 499 550 scfh and 100.45 MW: rounded first 11 500 000/100 = 1.15; unrounded 1.1448, so 1.14."""
    found = reference_ratio([11_499_600.0, 11_499_500.0], [100.4, 100.5], RULE)
    assert (found.value, found.load, found.places) == (1.15, 100.0, 2)


def test_ties_of_the_reference_go_away_from_zero() -> None:
    """Mean flow 11 250 500 -> 11 251 000; mean load 99.5 -> 100; 1.12510 -> 1.13 needs 1.125: 11 250 000/100."""
    assert reference_ratio([11_250_500.0], [99.5], RULE).unrounded == 1.1251
    assert reference_ratio([11_250_000.0], [100.0], RULE).value == 1.13


def test_the_heat_rate_is_whole() -> None:
    found = reference_heat_rate(2500.25, [250.4, 249.8], RULE)
    assert (found.value, found.load, found.places) == (10_001.0, 250.0, 0)
    assert hourly_values([2500.125, 2500.1, -1.0, 2500.0], [250.0, 250.0, 250.0, 0.0], found)[:2].tolist() == [
        10_001.0,
        10_000.0,
    ]
    assert np.isnan(hourly_values([-1.0, 2500.0, np.nan], [250.0, 0.0, 250.0], found)).all()


def run(ratio: float, load: float = 250.0, n: int = N, **how: bool) -> tuple[Outcome, float]:
    flow = np.full(n, ratio * load * 1e5)
    found = flow_to_load(
        flow,
        np.full(n, load),
        np.ones(n, bool),
        np.zeros(n, bool),
        at_load(load),
        RULE,
        bias_adjusted=how.get("bias_adjusted", False),
        steam=how.get("steam", False),
    )
    return found.outcome, found.ef_pct


@pytest.mark.parametrize(
    ("load", "adjusted", "steam", "limit"),
    [
        (60.0, False, False, 15),
        (60.0, True, False, 10),
        (59.0, False, False, 20),
        (59.0, True, False, 15),
        (500.0, True, True, 10),
        (499.0, True, True, 15),
    ],
)
def test_limits_by_size_and_adjustment(load: float, adjusted: bool, steam: bool, limit: int) -> None:
    """|1.00 - 1.10|/1.00 is 10 %, although the doubles say 10.000000000000009."""
    how = {"bias_adjusted": adjusted, "steam": steam}
    assert run(1 + limit / 100, load, **how) == (Outcome.PASSED, float(limit))
    assert run(1 - limit / 100, load, **how) == (Outcome.PASSED, float(limit))
    assert run(1 + (limit + 1) / 100, load, **how) == (Outcome.OUT_OF_CONTROL, limit + 1.0)


def test_one_hour_too_few_cannot_be_judged() -> None:
    assert run(1.0, n=N)[0] is Outcome.PASSED
    assert run(1.0, n=N - 1)[0] is Outcome.CANNOT_JUDGE
    outcome, ef = run(1.0, n=0)
    assert outcome is Outcome.CANNOT_JUDGE
    assert np.isnan(ef)


def test_only_hours_of_the_band_that_are_usable_and_not_excluded_count() -> None:
    load = np.array([250.0, 225.0, 275.0, 224.9, 275.1, 250.0, 250.0, np.nan])
    usable, excluded = np.ones(8, bool), np.zeros(8, bool)
    usable[5], excluded[6] = False, True
    found = flow_to_load(load * 1e5, load, usable, excluded, at_load(250.0), RULE, bias_adjusted=False)
    assert (found.hours, found.ef_pct) == (3, 0.0)


def test_the_band_does_not_depend_on_binary_noise() -> None:
    """252 MW: the band ends at 226.8 and 277.2."""
    load = np.array([226.8, 277.2])
    args = np.ones(2, bool), np.zeros(2, bool), at_load(252.0), RULE
    assert flow_to_load(load * 1e5, load, *args, bias_adjusted=False).hours == 2


def test_noise_adds_up_and_does_not_cancel() -> None:
    flow = np.tile([0.9, 1.1], N // 2) * 250e5
    args = np.full(N, 250.0), np.ones(N, bool), np.zeros(N, bool), at_load(250.0), RULE
    assert flow_to_load(flow, *args, bias_adjusted=False).ef_pct == 10.0


def test_ramping_hours() -> None:
    """100 to 115 is 15 % of 100, and 13 % of 115: not ramping. 116 is ramping, and so is the hour before it."""
    assert ramping([100.0, 115.0, 115.0], RULE).tolist() == [False, False, False]
    assert ramping([100.0, 116.0, 116.0], RULE).tolist() == [False, True, False]
    assert ramping([100.0, 80.0, np.nan, 80.0], RULE).tolist() == [True, True, False, False]
    assert ramping([0.0, 80.0], RULE).tolist() == [True, True]
    assert ramping([100.0], RULE).tolist() == [False]


@pytest.mark.parametrize("n", [5, 13])
def test_the_abbreviated_test_takes_6_to_12_hours(n: int) -> None:
    with pytest.raises(RuleError, match="6 to 12"):
        abbreviated_test(np.full(n, 250e5), np.full(n, 250.0), at_load(250.0), RULE, bias_adjusted=True)


def test_the_abbreviated_test_needs_every_hour() -> None:
    load = np.full(6, 250.0)
    assert abbreviated_test(load * 1e5, load, at_load(250.0), RULE, bias_adjusted=True).passed
    load[3] = 300.0
    missing = abbreviated_test(load * 1e5, load, at_load(250.0), RULE, bias_adjusted=True)
    assert missing.outcome is Outcome.CANNOT_JUDGE


def test_faulty_input_is_an_error() -> None:
    with pytest.raises(RuleError, match="pair"):
        reference_ratio([1e7], [100.0, 100.0], RULE)
    with pytest.raises(RuleError):
        reference_ratio([], [], RULE)
    with pytest.raises(RuleError, match="rounded mean"):
        reference_ratio([1e7], [0.4], RULE)
    with pytest.raises(RuleError, match="shapes"):
        flow_to_load([1.0], [1.0, 2.0], [True], [False], at_load(1.0), RULE, bias_adjusted=False)
