"""The edges of what an equation takes: zero, the smallest that is more, and the whole, each by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pytest

from cems.channels import Moisture
from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.rulebooks.equations import (
    epa_methods,
    eu_corroboration,
    eu_mrr,
    hj75,
    part75,
    part75_f_factors,
    part75_heat,
    part75_totals,
    part98,
    stoichiometry,
)
from reconcile.rulebooks.equations.part75_base import rule_of

NORMAL = eu_mrr.Normal(273.15, 101_325.0, 22.41397, 44.0095, 28.01)
HYDROGEN = stoichiometry.Fuel(c=0.0, h=1.0)


def test_molecular_weight_of_pure_gases() -> None:
    """Nitrogen 28, CO2 44, O2 32; a gas of 99.5 % CO2 with 0.5 % O2 leaves no nitrogen: 0.44·99.5 + 0.32·0.5."""
    methods = epa_methods.methods_of(load_parameters())
    found = epa_methods.dry_molecular_weight(
        [0.0, 100.0, 0.0, 99.5, 0.5, 99.7], [0.0, 0.0, 100.0, 0.5, 0.5, 0.1], methods
    )
    assert found == pytest.approx([28.0, 44.0, 32.0, 43.94, 28.1, 43.956], rel=1e-12)
    wet = epa_methods.wet_molecular_weight([28.0, 0.5, 0.0], [0.0, 0.0, 0.1], methods)
    assert wet[:2].tolist() == [28.0, 0.5]
    assert np.isnan(wet[2])


def test_pressure_of_almost_nothing() -> None:
    """29.5 − 0 of 13.6 inches of water; a barometer of 0 is no barometer, however high the static pressure."""
    methods = epa_methods.methods_of(load_parameters())
    found = epa_methods.absolute_pressure([0.5, 0.0, 0.5, 0.5], [0.0, 13.6, -6.8, -3.4], methods)
    assert found[[0, 3]] == pytest.approx([0.5, 0.25], rel=1e-12)
    assert np.isnan(found[[1, 2]]).all()


def test_a_pitot_without_pressure_and_a_thin_gas() -> None:
    """A traverse at rest has velocity 0. 85.49·1·1·√((40 + 460)/(0.5·0.5)) = 85.49·√2000."""
    methods = epa_methods.methods_of(load_parameters())
    assert epa_methods.velocity([0.0, 0.0], 0.84, 60.0, 29.9, 29.0, methods) == 0.0
    thin = epa_methods.velocity([1.0], 1.0, 40.0, 0.5, 0.5, methods)
    assert thin == pytest.approx(85.49 * math.sqrt(2000), rel=1e-12)
    # 3600·v·A·528/(T + 460)·Ps/29.92 with T + 460 = 0.5 and with Ps = 0.5; at rest and at absolute zero.
    flow = epa_methods.wet_standard_flow(
        [0.5, 1.0, 0.0, 1.0], 1.0, [-459.5, 68.0, 68.0, -460.0], [29.92, 0.5, 29.92, 29.92], methods
    )
    assert flow[:3] == pytest.approx([0.5 * 3600 * 528 / 0.5, 3600 * 0.5 / 29.92, 0.0], rel=1e-12)
    assert np.isnan(flow[3])


def test_fuel_used_to_the_last_bit_and_carbon_that_all_leaves() -> None:
    assert eu_corroboration.activity_data(10.0, 10.0, 0.0, 0.0) == 0.0
    assert eu_corroboration.activity_data(10.0, 9.5, 0.0, 0.0) == 0.5
    assert eu_corroboration.mass_balance_t([(10.0, 1.0)], [(10.0, 1.0)], 3.664) == 0.0
    assert eu_corroboration.mass_balance_t([(1.0, 0.5)], [], 3.664) == pytest.approx(1.832)
    assert eu_corroboration.mass_balance_t([(2.0, 1.0)], [], 0.5) == 1.0
    for factor in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(RuleError, match="balance"):
            eu_corroboration.mass_balance_t([(1.0, 0.5)], [], factor)


def test_the_rest_of_a_gas_may_be_nothing_or_little() -> None:
    found = eu_mrr.indirect_concentration_pct(np.array([[100.0, 0.0, 99.5, 100.5], [0.0, 0.0, 0.0, 0.0]]))
    assert found[:3].tolist() == [0.0, 100.0, 0.5]
    assert np.isnan(found[3])
    assert eu_mrr.indirect_relative_u([0.0], 20.0) == 0.0


def test_a_volume_at_the_edges() -> None:
    """V·273.15/T·p/101325: nothing stays nothing, a half stays a half; 0 K is no temperature."""
    volume, kelvin = [0.0, 0.5, 1.0, 1.0, 1.0], [273.15, 273.15, 0.5, 273.15, 0.0]
    pressure = [101_325.0, 101_325.0, 101_325.0, 0.5, 101_325.0]
    found = eu_mrr.normal_volume_nm3(volume, kelvin, pressure, NORMAL)
    assert found[:4] == pytest.approx([0.0, 0.5, 546.3, 0.5 / 101_325.0], rel=1e-12)
    assert np.isnan(found[4])


def test_one_valid_hour_makes_a_mean_where_one_is_enough() -> None:
    assert hj75.daily_mean([7.0], [True], 0) == 7.0
    assert math.isnan(hj75.daily_mean([7.0], [False], 0))


def test_no_gas_is_no_gas_on_every_basis() -> None:
    standard = hj75.standard_of(load_parameters())
    assert hj75.to_dry(0.0, 0.1) == 0.0
    assert hj75.to_dry(0.5, 0.0) == 0.5
    assert hj75.to_standard_state(0.0, 0.0, 0.0, 101_325.0, standard) == 0.0
    assert hj75.to_standard_state(0.5, 0.0, 0.0, 101_325.0, standard) == pytest.approx(0.5, rel=1e-12)


NAMED: list[tuple[str, Callable[[], object]]] = [
    ("fc", lambda: part75.co2_from_dry_o2(5.0, 9780, 0, rule_of(load_parameters()))),
    ("fc", lambda: part75.co2_from_wet_o2(5.0, 8.0, 9780, 0, rule_of(load_parameters()))),
    ("fd", lambda: part75.co2_from_wet_o2(5.0, 8.0, 0, 1800, rule_of(load_parameters()))),
    ("fd", lambda: part75.recorded_co2_from_dry_o2(5.0, 0, 1800, rule_of(load_parameters()))),
    ("fc", lambda: part75.recorded_co2_from_dry_o2(5.0, 9780, 0, rule_of(load_parameters()))),
    ("fd", lambda: part75.recorded_co2_from_wet_o2(5.0, 8.0, 0, 1800, rule_of(load_parameters()))),
    ("fc", lambda: part75_heat.from_dry_co2(1e7, 10.0, 8.0, 0)),
    ("fd", lambda: part75_heat.from_wet_o2(1e7, 5.0, 8.0, 0, rule_of(load_parameters()))),
    ("fd", lambda: part75_heat.from_dry_o2(1e7, 5.0, 8.0, 0, rule_of(load_parameters()))),
    ("fc", lambda: part75_heat.recorded_from_wet_co2(1e7, 10.0, 0, rule_of(load_parameters()))),
    ("fc", lambda: part75_heat.recorded_from_dry_co2(1e7, 10.0, 8.0, 0, rule_of(load_parameters()))),
    ("fd", lambda: part75_heat.recorded_from_dry_o2(1e7, 5.0, 8.0, 0, rule_of(load_parameters()))),
    ("fd", lambda: part75_heat.potential_velocity_from_o2(50.0, 500.0, 0, 5.0, 8.0, rule_of(load_parameters()))),
    ("fc", lambda: part75_heat.potential_velocity_from_co2(50.0, 500.0, 0, 10.0, 8.0)),
    ("area_ft2", lambda: part75_heat.potential_velocity_from_co2(50.0, 0, 1800, 10.0, 8.0)),
    ("velocity_ft_per_min", lambda: part75_heat.potential_flow(0, 500.0)),
    ("nm3_per_mj", lambda: stoichiometry.flow_from_heat(1.0, 0, 6.0, stoichiometry.air_of(load_parameters()))),
    ("fd_dscf", lambda: stoichiometry.nm3_per_mj_of_fd(0, stoichiometry.us_units_of(load_parameters()))),
    ("fc_scf", lambda: stoichiometry.emission_factor_of_fc(0, stoichiometry.us_units_of(load_parameters()))),
    ("net over gross", lambda: stoichiometry.nm3_per_mj_of_fd(9780, stoichiometry.us_units_of(load_parameters()), 1.1)),
    ("carbon of the fuel", lambda: stoichiometry.closure(HYDROGEN, 6.0, 0.1, stoichiometry.air_of(load_parameters()))),
    ("pitot_cp", lambda: epa_methods.velocity([0.5], 0, 60.0, 29.9, 29.0, epa_methods.methods_of(load_parameters()))),
    ("area_ft2", lambda: epa_methods.wet_standard_flow(1, 0, 68, 29, epa_methods.methods_of(load_parameters()))),
    ("area_ft2", lambda: part75_heat.potential_flow(2500.0, 0)),
    ("heat_mmbtu_per_min", lambda: part75_heat.potential_velocity_from_co2(0, 500.0, 1800, 10.0, 8.0)),
    ("area_m2", lambda: hj75.actual_flow(12.0, 0)),
    ("kv", lambda: hj75.mean_velocity(12.0, 0)),
    ("co2_pct", lambda: eu_mrr.indirect_relative_u([0.1], 0.0)),
    ("co_t", lambda: eu_mrr.co_as_co2_t(-1.0, NORMAL)),
    ("uncertainties", lambda: eu_mrr.indirect_relative_u([-0.1], 20.0)),
    ("quantities", lambda: eu_corroboration.activity_data(-1.0, 0.0, 0.0, 0.0)),
    ("stocks", lambda: eu_corroboration.activity_data(1.0, 2.0, 0.0, 0.0)),
    ("AD", lambda: eu_corroboration.combustion_t(-1.0, 0.025, 94.6, 1.0)),
    ("oxidation factor 1.1", lambda: eu_corroboration.combustion_t(1.0, 0.025, 94.6, 1.1)),
    ("more carbon leaves", lambda: eu_corroboration.mass_balance_t([(1.0, 0.5)], [(2.0, 0.5)], 3.664)),
]


@pytest.mark.parametrize(("name", "call"), NAMED, ids=[f"{i}-{name}" for i, (name, _) in enumerate(NAMED)])
def test_the_figure_that_cannot_be_is_named(name: str, call: Callable[[], object]) -> None:
    with pytest.raises(RuleError, match=rf"\b{name}"):
        call()


def test_co2_below_zero_is_nothing_and_little_stays_little() -> None:
    """F-14A at 20.5 % O2 with Fc/Fd = 0.1: 10·(20.9 − 20.5)/20.9 = 0.191; above 20.9 % it would be negative."""
    rule = rule_of(load_parameters())
    assert part75.co2_from_dry_o2(20.5, 10_000, 1000, rule) == pytest.approx(10 * 0.4 / 20.9, rel=1e-9)
    assert part75.co2_from_dry_o2(20.95, 10_000, 1000, rule) == 0.0


def test_moisture_from_two_oxygens_below_one_per_cent() -> None:
    """F-31: (0.8 − 0.6)/0.8 = 25 %."""
    assert part75.moisture_from_o2(0.8, 0.6) == pytest.approx(25.0, rel=1e-12)


def test_analyses_of_one_element_alone() -> None:
    """Pure carbon: Fd 1e6·1.53·100/GCV, Fc 321e3·100/GCV; a sample without carbon has Fc 0; GCV 0 is none."""
    site = part75_f_factors.site_rule_of(load_parameters())
    assert part75_f_factors.site_fd(0.0, 100.0, 0.0, 0.0, 0.0, 1e5, site) == pytest.approx(1530.0, rel=1e-12)
    assert part75_f_factors.site_fd(0.5, 0.5, 0.5, 0.5, 0.5, 1e6, site) == pytest.approx(0.5 * 5.42, rel=1e-12)
    found = part75_f_factors.site_fc([100.0, 0.0, 0.5, 70.0, 70.0], [1e5, 1e5, 1e5, 0.0, 0.5], site)
    assert found[[0, 1, 2, 4]] == pytest.approx([321.0, 0.0, 1.605, 321e3 * 70 / 0.5], rel=1e-12)
    assert np.isnan(found[3])
    assert site.samples_min == 9


def test_shares_and_factors_at_their_edges() -> None:
    assert part75_f_factors.mixed_factor([1800.0, 1040.0], [1.0, 0.0]) == 1800.0
    assert part75_f_factors.worst_factor([0.5, 0.25]) == 0.5
    sentence = part75_f_factors.implausible(part75_f_factors.Factors("oil", 9190.0, 800.0), load_parameters())["fc"]
    assert "fc of oil is 800, plausible is 900 to 3000" in sentence


def test_potential_velocities_at_their_edges() -> None:
    """Fd·Hf/A with no O2 and no water; Fc·Hf/A at 100 % CO2; at 0.5 % CO2 two hundred times that."""
    rule = rule_of(load_parameters())
    assert part75_heat.potential_velocity_from_o2(50.0, 500.0, 10_000, 0.0, 0.0, rule) == 1000.0
    assert part75_heat.potential_velocity_from_o2(50.0, 500.0, 10_000, 0.5, 0.5, rule) == pytest.approx(
        1000 * 20.9 / 20.4 / 0.995, rel=1e-12
    )
    assert part75_heat.potential_velocity_from_co2(50.0, 500.0, 1800.0, 100.0, 0.0) == 180.0
    assert part75_heat.potential_velocity_from_co2(50.0, 500.0, 1800.0, 0.5, 0.0) == 36_000.0


@pytest.mark.parametrize("minimum", ["rule", "check_engine"])
def test_the_minimum_asked_for_is_the_one_applied(minimum: part75_heat.Minimum) -> None:
    """Heat of 0.4 mmBtu/h: the rule leaves it, the check engine lifts it to 1.0."""
    rule = rule_of(load_parameters())
    wanted = {"rule": 0.4, "check_engine": 1.0}[minimum]
    wet = part75_heat.recorded_from_wet_co2(7200.0, 10.0, 1800.0, rule, minimum)  # 7200·10/(100·1800)
    dry = part75_heat.recorded_from_dry_co2(9000.0, 10.0, 20.0, 1800.0, rule, minimum)  # the same at 20 % water
    oxygen = part75_heat.recorded_from_dry_o2(5000.0, 0.0, 20.0, 10_000.0, rule, minimum)  # 5000·0.8/10000
    assert [float(found.mmbtu_per_h) for found in (wet, dry, oxygen)] == [wanted] * 3


def test_hours_and_quarters_at_their_edges() -> None:
    rule, steps = rule_of(load_parameters()), part75_totals.steps_of(load_parameters())
    assert (steps.smallest_h, steps.largest_h) == (0.01, 0.25)
    assert part75_totals.year_total([12.3], rule) == 12.3
    assert part75_totals.total([5.0, 7.0], [0.0, 1.0]) == 7.0
    assert part75_totals.total([math.nan], [0.0]) == 0.0
    assert math.copysign(1.0, float(part75_totals.operating_time(0, 0.25, steps))) == 1.0
    with pytest.raises(RuleError, match=r"found 1\.5"):
        part75_totals.total([1.0, 1.0, 1.0], [0.0, 1.0, 1.5])
    with pytest.raises(RuleError, match=r"found 0\.3"):
        part75_totals.checked_operating_time([1.0], 0.3, steps)


def test_reasons_against_oxygen_hold_for_wet_oxygen_too() -> None:
    parameters = load_parameters()
    factors = part75_f_factors.factors_of(parameters, "natural_gas")
    with pytest.raises(RuleError, match="sorbent"):
        part98.mass_rate_from_wet_o2(
            5.0, 1e7, 8.0, factors, part98.part98_of(parameters), rule_of(parameters), ["sorbent"]
        )


def test_a_fuel_of_carbon_alone_and_one_of_too_much() -> None:
    assert stoichiometry.Fuel(c=1.0, h=0.0, s=0.0, n=0.0, o=0.0, w=0.0).c == 1.0
    for parts in ((1.5, 0.0), (0.6, 0.5)):
        with pytest.raises(RuleError):
            stoichiometry.Fuel(c=parts[0], h=parts[1], s=0.0, n=0.0, o=0.0, w=0.0)


def test_the_smallest_gas_there_is_and_the_purest() -> None:
    """273/(273 + t)·p/101325 at 0.5 K and at 0.5 Pa; a barometer at 0 measures nothing; pure CO2 is 1e6 ppm."""
    standard = hj75.Standard(t_k=273.0, p_pa=101_325.0, molar_mass_g=44.0, molar_volume_l=22.4)
    degc, static, barometer = [-272.5, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, -0.25], [101_325.0, 0.5, 0.0, 0.5]
    flow = hj75.wet_standard_flow([1.0] * 4, degc, static, barometer, standard)
    assert flow[[0, 1, 3]] == pytest.approx([546.0, 0.5 / 101_325.0, 0.25 / 101_325.0], rel=1e-12)
    assert np.isnan(flow[2])
    assert hj75.mass_concentration(1e6, standard) == pytest.approx(44.0 / 22.4 * 1e6, rel=1e-12)


def test_a_gas_of_co2_alone_and_one_of_none() -> None:
    """F-11 at 100 % CO2: 5.7e-7·1e6·100; EU mass of a gas without CO2 is 0."""
    rule = rule_of(load_parameters())
    assert part75.mass_rate_wet(100.0, 1e6, rule) == pytest.approx(rule.co2_t_per_scf_pct * 1e8, rel=1e-12)
    assert eu_mrr.hourly_mass_kg(0.0, 5.0, conc_basis=Moisture.DRY, volume_basis=Moisture.DRY) == 0.0


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("co2_g_per_mol", lambda: eu_mrr.Normal(273.15, 101_325.0, 22.41397, 0.0, 28.01)),
        ("transferred_t", lambda: eu_mrr.Emissions(1.0, 0.0, 0.0, -1.0)),
        ("pitot", lambda: replace(epa_methods.methods_of(load_parameters()), pitot=0.0)),
        ("o2_share", lambda: replace(stoichiometry.air_of(load_parameters()), **{_first(stoichiometry.Air): 0.0})),
        ("scf", lambda: replace(stoichiometry.us_units_of(load_parameters()), scf_per_lbmol=0.0)),
    ],
)
def test_a_constant_that_cannot_be_is_named(name: str, make: Callable[[], object]) -> None:
    wanted = _first(stoichiometry.Air) if name == "o2_share" else name
    with pytest.raises(RuleError, match=wanted):
        make()


def _first(model: type) -> str:
    return fields(model)[0].name


def test_constants_below_one_are_constants() -> None:
    half = eu_mrr.Normal(0.5, 0.5, 0.5, 0.5, 0.5)
    assert half.t_k == 0.5
