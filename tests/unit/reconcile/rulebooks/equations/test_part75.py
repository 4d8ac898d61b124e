from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.rulebooks.equations import part75, part98
from reconcile.rulebooks.equations.part75_base import rule_of
from reconcile.rulebooks.equations.part75_f_factors import Factors, factors_of

PARAMETERS = load_parameters()
RULE = rule_of(PARAMETERS)
PART98 = part98.part98_of(PARAMETERS)
BAD = [-0.1, math.nan, math.inf, -math.inf, 100.1]


def test_figures_as_printed() -> None:
    assert (RULE.co2_t_per_scf_pct, RULE.o2_air_pct, RULE.heat_minimum) == (5.7e-7, 20.9, 1.0)
    assert (RULE.places_co2, RULE.places_h2o, RULE.places_flow) == (1, 1, -3)
    assert (RULE.places_rate, RULE.places_total, RULE.places_heat) == (1, 1, 1)
    assert (PART98.co2_t_per_scf_pct, PART98.short_tons_per_t) == (5.18e-7, 1.1)


@pytest.mark.parametrize("bad", BAD)
def test_a_concentration_that_cannot_be_gives_no_number(bad: float) -> None:
    for result in (
        part75.mass_rate_wet(bad, 1e6, RULE),
        part75.recorded_mass_rate_wet(bad, 1e6, RULE),
        part75.mass_rate_dry(bad, 1e6, 10.0, RULE),
        part75.recorded_mass_rate_dry(bad, 1e6, 10.0, RULE),
        part75.co2_from_dry_o2(bad, 9780, 1800, RULE),
        part75.recorded_co2_from_dry_o2(bad, 9780, 1800, RULE),
        part75.co2_from_wet_o2(bad, 10.0, 9780, 1800, RULE),
        part75.recorded_co2_from_wet_o2(bad, 10.0, 9780, 1800, RULE),
        part75.moisture_from_o2(bad, 4.0),
        part75.recorded_co2(bad, RULE),
        part98.mass_rate_wet(bad, 1e6, PART98),
        part98.mass_rate_dry(bad, 1e6, 10.0, PART98),
    ):
        assert math.isnan(result)


@pytest.mark.parametrize("moisture", [-0.1, 100.0, 100.1, math.nan, math.inf])
def test_a_moisture_that_leaves_no_dry_gas_gives_no_number(moisture: float) -> None:
    assert math.isnan(part75.mass_rate_dry(12.0, 1e6, moisture, RULE))
    assert math.isnan(part75.recorded_mass_rate_dry(12.0, 1e6, moisture, RULE))
    assert math.isnan(part75.co2_from_wet_o2(4.0, moisture, 9780, 1800, RULE))
    assert math.isnan(part75.recorded_co2_from_wet_o2(4.0, moisture, 9780, 1800, RULE))
    assert math.isnan(part98.mass_rate_dry(12.0, 1e6, moisture, PART98))


@pytest.mark.parametrize("flow", [-1.0, math.nan, math.inf])
def test_a_flow_that_cannot_be_gives_no_number(flow: float) -> None:
    assert math.isnan(part75.mass_rate_wet(12.0, flow, RULE))
    assert math.isnan(part75.bias_adjusted_flow(flow, 1.0, RULE))
    assert math.isnan(part98.mass_rate_wet(12.0, flow, PART98))


def test_a_bad_reading_touches_no_other_and_shapes_stay() -> None:
    co2 = np.array([[10.0, math.nan], [-1.0, 20.0]])
    out = part75.recorded_mass_rate_wet(co2, 1e7, RULE)
    np.testing.assert_array_equal(out, [[57.0, math.nan], [math.nan, 114.0]])
    assert part75.mass_rate_wet([], [], RULE).shape == (0,)


def test_dry_and_wet_route_agree() -> None:
    moisture = np.linspace(0, 60, 13)
    wet = part75.mass_rate_wet(13.0 * (100 - moisture) / 100, 2e7, RULE)
    np.testing.assert_allclose(part75.mass_rate_dry(13.0, 2e7, moisture, RULE), wet, rtol=1e-14)


def test_a_stack_without_flow_or_co2_has_no_mass() -> None:
    assert float(part75.recorded_mass_rate_wet(0.0, 1e7, RULE)) == 0.0
    assert float(part75.recorded_mass_rate_wet(12.0, 0.0, RULE)) == 0.0


@pytest.mark.parametrize(("dry", "wet"), [(5.0, 5.1), (0.0, 0.0), (5.0, 0.0), (5.0, -0.1), (math.nan, 4.0)])
def test_two_o2_readings_that_tell_no_moisture(dry: float, wet: float) -> None:
    assert math.isnan(part75.moisture_from_o2(dry, wet))
    assert math.isnan(part75.recorded_moisture_from_o2(dry, wet, RULE))


def test_equal_o2_readings_tell_dry_gas() -> None:
    assert float(part75.recorded_moisture_from_o2(5.0, 5.0, RULE)) == 0.0


@pytest.mark.parametrize(
    ("flow", "baf", "expected"),
    [(12_345_499, 1.0, 12_345_000), (12_345_500, 1.0, 12_346_000), (10_000_000, 1.00005, 10_001_000), (499, 1.0, 0)],
)
def test_bias_adjusted_flow_is_in_thousands(flow: float, baf: float, expected: float) -> None:
    assert float(part75.bias_adjusted_flow(flow, baf, RULE)) == expected


@pytest.mark.parametrize("baf", [0.999, 0.0, -1.0, math.nan, math.inf])
def test_a_bias_factor_below_one_is_none(baf: float) -> None:
    with pytest.raises(RuleError, match="bias adjustment factor"):
        part75.bias_adjusted_flow(1e6, baf, RULE)


@pytest.mark.parametrize(("co2", "expected"), [(12.05, 12.1), (12.049, 12.0), (12.15, 12.2), (0.04, 0.0)])
def test_recorded_concentration(co2: float, expected: float) -> None:
    assert float(part75.recorded_co2(co2, RULE)) == expected


@pytest.mark.parametrize("factor", [0.0, -1.0, math.nan])
def test_an_f_factor_that_is_none(factor: float) -> None:
    with pytest.raises(RuleError, match="fd must be"):
        part75.co2_from_dry_o2(4.0, factor, 1800, RULE)
    with pytest.raises(RuleError, match="fc must be"):
        part75.recorded_co2_from_wet_o2(4.0, 10.0, 9780, factor, RULE)


def test_a_rule_without_a_constant_is_none() -> None:
    with pytest.raises(RuleError, match="o2_air_pct"):
        replace(RULE, o2_air_pct=0.0)
    with pytest.raises(RuleError, match="short_tons_per_t"):
        replace(PART98, short_tons_per_t=-1.1)


def test_o2_route_of_part98_is_f14_and_c6_or_c7() -> None:
    """Bituminous, O2d 4.18 (20 % of 20.9): CO2d = 0.8·100·1800/9780 = 14.723926; 5.18e-7·1e7·that·0.9 = 68.6429…"""
    coal = factors_of(PARAMETERS, "bituminous")
    dry = part98.mass_rate_from_dry_o2(4.18, 1e7, 10.0, coal, PART98, RULE, ())
    assert float(dry) == pytest.approx(5.18 * 14.7239263804 * 0.9, rel=1e-10)
    wet = part98.mass_rate_from_wet_o2(4.18 * 0.9, 1e7, 10.0, coal, PART98, RULE, ())
    assert float(wet) == pytest.approx(float(dry), rel=1e-12)


def test_o2_route_of_part98_is_refused_where_o2_does_not_tell_co2() -> None:
    coal, own = factors_of(PARAMETERS, "bituminous"), Factors("sludge", 9780.0, 1800.0)
    with pytest.raises(RuleError, match="sorbent"):
        part98.mass_rate_from_dry_o2(4.0, 1e7, 10.0, coal, PART98, RULE, {"sorbent", "process CO2"})
    with pytest.raises(RuleError, match="sludge"):
        part98.mass_rate_from_wet_o2(4.0, 1e7, 10.0, own, PART98, RULE, ())
