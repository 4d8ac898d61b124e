from __future__ import annotations

import math

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.rulebooks.equations import part75_heat as heat
from reconcile.rulebooks.equations.part75_base import rule_of

RULE = rule_of(load_parameters())


@pytest.mark.parametrize(
    ("flow", "diluent", "moisture"),
    [
        (-1.0, 5.0, 10.0),
        (math.nan, 5.0, 10.0),
        (1e7, -0.1, 10.0),
        (1e7, 100.1, 10.0),
        (1e7, math.nan, 10.0),
        (1e7, 5.0, 100.0),
        (1e7, 5.0, -0.1),
    ],
)
def test_bad_readings_give_no_number(flow: float, diluent: float, moisture: float) -> None:
    results = [
        heat.from_dry_co2(flow, diluent, moisture, 1800),
        heat.from_wet_o2(flow, diluent, moisture, 9780, RULE),
        heat.from_dry_o2(flow, diluent, moisture, 9780, RULE),
        heat.recorded_from_dry_co2(flow, diluent, moisture, 1800, RULE).mmbtu_per_h,
        heat.recorded_from_wet_o2(flow, diluent, moisture, 9780, RULE).mmbtu_per_h,
        heat.recorded_from_dry_o2(flow, diluent, moisture, 9780, RULE).mmbtu_per_h,
    ]
    if moisture == 10.0:
        results += [
            heat.from_wet_co2(flow, diluent, 1800),
            heat.recorded_from_wet_co2(flow, diluent, 1800, RULE).mmbtu_per_h,
        ]
    assert all(math.isnan(result) for result in results)


def test_a_missing_heat_input_is_not_lifted_to_the_minimum() -> None:
    result = heat.recorded_from_dry_o2([1e7, 1e7], [math.nan, 21.0], 10.0, 9780, RULE)
    np.testing.assert_array_equal(result.mmbtu_per_h, [math.nan, 1.0])
    assert result.method.tolist() == ["", heat.MINIMUM_CODE]


def test_rounding_to_a_tenth_and_its_ties() -> None:
    """F-15: 1 800 000·12.5·x/(100·1800) = 125·x … at Q = 90 000, CO2 12.3: 90 000·12.3/180 000 = 6.15, a tie."""
    assert heat.recorded_from_wet_co2(90_000, 12.3, 1800, RULE).mmbtu_per_h == 6.2
    # F-16: 90 000·80·12.3/1.8e7 = 4.92
    assert heat.recorded_from_dry_co2(90_000, 12.3, 20.0, 1800, RULE).mmbtu_per_h == 4.9
    # F-18: 209 000·90·(20.9−5.9)/(2090·10 000) = 13.5; with O2 5.95: 13.455 -> 13.5; 5.96: 13.446 -> 13.4
    np.testing.assert_array_equal(
        heat.recorded_from_dry_o2(209_000, [5.9, 5.95, 5.96], 10.0, 10_000, RULE).mmbtu_per_h, [13.5, 13.5, 13.4]
    )


def test_the_minimum_takes_what_rounds_to_zero() -> None:
    """F-17 with Q 20 900: 2.09·(18.81−x)/20.9 = 0.1·(18.81−x): 0.049 at x = 18.32, 0.05 at 18.31."""
    result = heat.recorded_from_wet_o2(20_900, [18.32, 18.31, 18.81, 18.9], 10.0, 10_000, RULE)
    np.testing.assert_array_equal(result.mmbtu_per_h, [1.0, 0.1, 1.0, 1.0])
    assert result.method.tolist() == ["26", "", "26", "26"]
    wider = heat.recorded_from_wet_o2(20_900, [18.31], 10.0, 10_000, RULE, "check_engine")
    assert (wider.mmbtu_per_h.tolist(), wider.method.tolist()) == ([1.0], ["26"])


def test_exactly_the_minimum_is_a_result_of_its_own() -> None:
    result = heat.with_minimum([1.0, 0.9], RULE, "check_engine")
    assert (result.mmbtu_per_h.tolist(), result.method.tolist()) == ([1.0, 1.0], ["", "26"])


@pytest.mark.parametrize("factor", [0.0, -9780.0, math.nan, math.inf])
def test_an_f_factor_that_is_none(factor: float) -> None:
    with pytest.raises(RuleError, match="fc must be"):
        heat.from_wet_co2(1e7, 10.0, factor)
    with pytest.raises(RuleError, match="fd must be"):
        heat.recorded_from_wet_o2(1e7, 10.0, 5.0, factor, RULE)


@pytest.mark.parametrize(("o2", "h2o", "message"), [(20.9, 5.0, "O2"), (-0.1, 5.0, "O2"), (5.0, 100.0, "moisture")])
def test_potential_velocity_of_no_gas(o2: float, h2o: float, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        heat.potential_velocity_from_o2(50, 500, 9780, o2, h2o, RULE)


@pytest.mark.parametrize("co2", [0.0, -1.0, 100.1, math.nan])
def test_potential_velocity_needs_co2(co2: float) -> None:
    with pytest.raises(RuleError, match="CO2"):
        heat.potential_velocity_from_co2(50, 500, 1800, co2, 5.0)


def test_potential_flow_needs_a_duct() -> None:
    with pytest.raises(RuleError, match="area_ft2"):
        heat.potential_flow(2500.0, 0.0)
    with pytest.raises(RuleError, match="heat_mmbtu_per_min"):
        heat.potential_velocity_from_co2(0.0, 500, 1800, 10.0, 5.0)
