from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.rulebooks.substitution import eu_mrr
from reconcile.rulebooks.substitution.eu_mrr import Rule, mean_plus_sigmas, substitute_concentration, substitute_flow
from reconcile.rulebooks.substitution.flow_model import Limits, Model, by_load

NAN = math.nan
LIMITS = Limits(100, 4, bias_pct=5.0, sd_pct=5.0, sd_hours_min=2, coverage=0.0, extrapolation=0.1)


def test_two_passes() -> None:
    """10, 12, 14 so far: 12 + 2·2 = 16. At year end 20 comes: mean 14, s = √(56/3) = 4.320494, 22.640988."""
    value, valid = [10.0, NAN, 12.0, 14.0, 20.0], [True, False, True, True, True]
    early = substitute_concentration(value[:4], valid[:4], [True] * 4, final=False)
    assert (float(early.value[1]), str(early.method[1])) == (16.0, "mean+2s prov")
    late = substitute_concentration(value, valid, [True] * 5)
    assert float(late.value[1]) == pytest.approx(22.640988, abs=1e-6)
    assert str(late.method[1]) == "mean+2s"


def test_an_agreed_window_before_the_year() -> None:
    """The first three hours are last year's (10, 12, 14: 16); this year's 90 and 95 are not representative."""
    value = [10.0, 12.0, 14.0, NAN, 90.0, NAN, 95.0]
    valid = [True, True, True, False, True, False, True]
    last_year = np.arange(7) < 3
    filled = substitute_concentration(value, valid, [True] * 7, window=last_year, period=~last_year)
    assert filled.method.tolist() == ["", "", "", "mean+2s agreed", "", "mean+2s agreed", ""]
    assert filled.value[[3, 5]].tolist() == [16.0, 16.0]
    assert (filled.fed_first[3], filled.fed_last[3], filled.fed_count[3]) == (0, 2, 3)


def test_outside_the_period_nothing_is_filled_and_nothing_feeds() -> None:
    value = [1000.0, NAN, 10.0, NAN, 12.0, 14.0]
    valid = [True, False, True, False, True, True]
    filled = substitute_concentration(value, valid, [True] * 6, period=np.arange(6) >= 2)
    assert np.isnan(filled.value[1])
    assert filled.method.tolist() == ["", "", "", "mean+2s", "", ""]
    assert float(filled.value[3]) == 16.0


@pytest.mark.parametrize("bad", [NAN, math.inf, -0.5])
def test_an_hour_called_valid_without_a_usable_value_is_missing(bad: float) -> None:
    filled = substitute_concentration([10.0, bad, 12.0, 14.0], [True] * 4, [True] * 4)
    assert float(filled.value[1]) == 16.0
    assert filled.substituted.tolist() == [False, True, False, False]


def test_zero_is_a_concentration() -> None:
    filled = substitute_concentration([0.0, 0.0], [True, True], [True, True])
    assert filled.value.tolist() == [0.0, 0.0]
    assert not filled.substituted.any()


def test_a_single_valid_hour_has_no_spread() -> None:
    """Blocks at 0 and 2-4; hour 3 stands still and does not break the second."""
    filled = substitute_concentration(
        [NAN, 10.0, NAN, NAN, NAN], [False, True, False, True, False], [True] * 3 + [False, True]
    )
    assert filled.method.tolist() == ["refused", "", "refused", "", "refused"]
    assert np.isnan(filled.value[[0, 2, 3, 4]]).all()
    assert [(r.first, r.last) for r in filled.refusals] == [(0, 0), (2, 4)]
    assert "only 1 valid hours" in filled.refusals[0].reason
    assert filled.fed_count.tolist() == [0] * 5


def test_a_year_without_gaps_and_an_empty_one() -> None:
    whole = substitute_concentration([1.0], [True], [True])
    assert (whole.value.tolist(), whole.refusals) == ([1.0], ())
    assert substitute_concentration([], np.array([], dtype=bool), np.array([], dtype=bool)).value.size == 0


def test_the_arrays_handed_in_stay_as_they_are() -> None:
    value = np.array([10.0, 99.0, 14.0])
    substitute_concentration(value, [True, False, True], [True] * 3)
    assert value.tolist() == [10.0, 99.0, 14.0]


@pytest.mark.parametrize(
    "row",
    [
        ([1.0, 2.0], [True], [True, True]),
        ([1.0, 2.0], [True, True], [True]),
        ([1.0, 2.0], [1, 1], [True, True]),
        ([1.0, 2.0], [True, True], [1.0, NAN]),
        ([[1.0]], [[True]], [[True]]),
    ],
)
def test_arrays_that_do_not_fit(row: tuple[Any, Any, Any]) -> None:
    said = "flags of hours must be bool|series to be filled has the shape"
    with pytest.raises(RuleError, match=said):
        substitute_concentration(*row)
    with pytest.raises(RuleError, match=said):
        substitute_flow(*row, by_load([1.0, 2.0]), LIMITS)


def test_too_little_for_a_spread_is_an_error() -> None:
    for values in ([], [1.0], [1.0, NAN], [[1.0, 2.0]]):
        with pytest.raises(RuleError, match="need 2 finite hours"):
            mean_plus_sigmas(values, Rule(2.0, 2))
    for wrong in ((2.0, 1), (-1.0, 2), (NAN, 2)):
        with pytest.raises(RuleError, match="from 2 hours or more"):
            Rule(*wrong)


def linear_plant() -> tuple[np.ndarray, np.ndarray]:
    """40 hours of load between 100 and 300 MW and a meter that follows 1000 + 10·load exactly."""
    load = 200.0 + 100.0 * np.sin(np.arange(40.0))
    return load, 1000.0 + 10.0 * load


def test_flow_is_filled_by_the_model_and_keeps_its_test() -> None:
    load, meter = linear_plant()
    valid = np.ones(40, dtype=bool)
    valid[[20, 21, 30]] = False
    hurt = np.where(valid, meter, 9e9)
    filled = substitute_flow(hurt, valid, np.ones(40, dtype=bool), by_load(load), LIMITS)
    assert filled.value == pytest.approx(meter, rel=1e-9)
    assert filled.method[[20, 21, 30]].tolist() == ["model load"] * 3
    assert (filled.method[valid] == "").all()
    first, second = filled.validations
    assert (first.held_out, first.fit, first.refusal) == (2, 37 - 2, "")
    assert (second.held_out, second.fit) == (1, 36)
    assert first.bias_pct == pytest.approx(0.0, abs=1e-9)
    assert math.isnan(second.sd_pct)
    assert (filled.fed_first[20], filled.fed_last[20], filled.fed_count[20]) == (0, 39, 35)
    assert filled.refusals == ()


def test_an_hour_whose_input_is_unknown_is_refused_alone() -> None:
    load, meter = linear_plant()
    valid = np.ones(40, dtype=bool)
    valid[20:24] = False
    load[21] = NAN
    load[23] = 800.0
    filled = substitute_flow(meter, valid, np.ones(40, dtype=bool), by_load(load), LIMITS)
    assert filled.method[20:24].tolist() == ["model load", "refused", "model load", "refused"]
    assert np.isnan(filled.value[[21, 23]]).all()
    assert [(r.first, r.last) for r in filled.refusals] == [(21, 21), (23, 23)]
    assert "input" in filled.refusals[0].reason


def test_a_model_that_fails_fills_nothing() -> None:
    load, meter = linear_plant()
    valid = np.ones(40, dtype=bool)
    valid[20:24] = False
    meter[16:20] *= 1.2
    filled = substitute_flow(meter, valid, np.ones(40, dtype=bool), by_load(load), LIMITS)
    assert (filled.method[20:24] == "refused").all()
    assert np.isnan(filled.value[20:24]).all()
    assert [(r.first, r.last) for r in filled.refusals] == [(20, 23)]
    assert "mean difference" in filled.refusals[0].reason
    assert filled.validations[0].bias_pct == pytest.approx(-100 / 6, abs=1e-6)


def test_a_standstill_does_not_make_a_gap_longer() -> None:
    load, meter = linear_plant()
    valid, operating = np.ones(40, dtype=bool), np.ones(40, dtype=bool)
    valid[20:25] = False
    operating[21:24] = False
    filled = substitute_flow(meter, valid, operating, by_load(load), LIMITS)
    assert [test.held_out for test in filled.validations] == [2]
    assert filled.value[[20, 24]] == pytest.approx(meter[[20, 24]])
    assert np.isnan(filled.value[21:24]).all()


def test_a_gap_of_two_fuels_is_filled_fuel_by_fuel() -> None:
    """Fuel 0 gives 1000 + 10·load, fuel 1 twice that; odd hours burn fuel 1."""
    load, meter = linear_plant()
    fuel = np.arange(40) % 2
    meter = meter * (1 + fuel)
    valid = np.ones(40, dtype=bool)
    valid[20:24] = False
    filled = substitute_flow(meter, valid, np.ones(40, dtype=bool), by_load(load, fuel=fuel), LIMITS)
    assert filled.value == pytest.approx(meter, rel=1e-9)
    assert [(test.held_out, test.fit) for test in filled.validations] == [(2, 16), (2, 16)]
    mixed = substitute_flow(meter, valid, np.ones(40, dtype=bool), by_load(load), LIMITS)
    assert "refused" in mixed.method[20:24]


def test_a_computed_flow_is_fed_by_its_own_hour() -> None:
    """The computed flow is 1 % above the meter; hour 22 has none."""
    _, meter = linear_plant()
    flow = 1.01 * meter
    flow[22] = NAN
    valid = np.ones(40, dtype=bool)
    valid[20:24] = False
    model = Model("model fuel+O2", flow.reshape(-1, 1), fitted=False)
    filled = substitute_flow(meter, valid, np.ones(40, dtype=bool), model, LIMITS)
    assert filled.method[20:24].tolist() == ["model fuel+O2", "model fuel+O2", "refused", "model fuel+O2"]
    assert filled.value[[20, 21, 23]] == pytest.approx(flow[[20, 21, 23]])
    assert filled.fed_first[18:25].tolist() == filled.fed_last[18:25].tolist() == [-1, -1, 20, 21, -1, 23, -1]
    assert filled.fed_count[18:25].tolist() == [0, 0, 1, 1, 0, 1, 0]
    assert filled.validations[0].fit == 0


@pytest.mark.parametrize("sigmas", [0.0, 0.5])
def test_no_sigma_is_the_mean(sigmas: float) -> None:
    """Mean 12, s = 2."""
    assert mean_plus_sigmas([10.0, 12.0, 14.0], Rule(sigmas, 2)).value == 12.0 + 2.0 * sigmas


def test_shipped_figures_are_those_of_the_regulation() -> None:
    assert eu_mrr.rule_of(eu_mrr.load_parameters()) == Rule(2.0, 2)
