"""40 CFR Part 75 and Part 98 against figures from outside the code.

Sources: the sheet of international facts, sections 0.1, 0.2, A.7, B.3, B.4, C.1, which computed them from Table 1 of
Appendix F and Appendix G in the CFR edition of 2015; and computations by hand written out beside each case.
"""

from __future__ import annotations

import numpy as np
import pytest

from reconcile.parameters import load_parameters
from reconcile.rulebooks.equations import part75, part75_f_factors, part75_heat, part75_totals, part98
from reconcile.rulebooks.equations.part75_base import rule_of

PARAMETERS = load_parameters()
RULE = rule_of(PARAMETERS)
PART98 = part98.part98_of(PARAMETERS)
UNITS = part75_totals.units_of(PARAMETERS)

IMPLIED = {
    # fuel: Fo, CO2max [%] of section C.1
    "anthracite": (1.0715, 19.50),
    "bituminous": (1.1356, 18.40),
    "subbituminous": (1.1154, 18.74),
    "lignite": (1.0789, 19.37),
    "petroleum_coke": (1.1105, 18.82),
    "tire_derived": (1.1913, 17.54),
    "oil": (1.3526, 15.45),
    "natural_gas": (1.7504, 11.94),
    "propane": (1.5297, 13.66),
    "butane": (1.4563, 14.35),
    "bark": (1.0450, 20.0),
    "wood_residue": (1.0553, 19.81),
}
KG_PER_MMBTU = {
    "natural_gas": 53.9,
    "bituminous": 93.3,
    "oil": 73.6,
    "subbituminous": 95.4,
    "lignite": 99.0,
    "anthracite": 102.1,
}
"""Fc·44/385·0.45359237 of section A.7."""


def test_every_fuel_of_table_1_is_there() -> None:
    assert set(part75_f_factors.FUELS) == set(IMPLIED)


@pytest.mark.parametrize("fuel", sorted(IMPLIED))
def test_the_f_factors_imply_the_published_fuel_factor_and_co2(fuel: str) -> None:
    factors = part75_f_factors.factors_of(PARAMETERS, fuel)
    fo, co2_max = IMPLIED[fuel]
    assert 0.209 * factors.fd / factors.fc == pytest.approx(fo, abs=5.1e-5)
    assert float(part75.co2_from_dry_o2(0.0, factors.fd, factors.fc, RULE)) == pytest.approx(co2_max, abs=5.1e-3)
    assert part75_f_factors.implausible(factors, PARAMETERS) == {}


@pytest.mark.parametrize("fuel", sorted(KG_PER_MMBTU))
def test_fc_gives_the_published_emission_factor(fuel: str) -> None:
    fc = part75_f_factors.factors_of(PARAMETERS, fuel).fc
    value = PARAMETERS.value
    kg = fc * value("p75_m_co2") / value("p75_molar_volume") * 1000 * UNITS.t_per_short_ton / 2000
    assert kg == pytest.approx(KG_PER_MMBTU[fuel], abs=0.051)


@pytest.mark.parametrize(("fuel", "nm3_per_mj"), [("natural_gas", 0.2178), ("bituminous", 0.2446)])
def test_fd_in_metric_units(fuel: str, nm3_per_mj: float) -> None:
    """Section A.7: Fd·0.0283168/1055.056·273.15/293.15."""
    fd = part75_f_factors.factors_of(PARAMETERS, fuel).fd
    metric = part75_totals.nm3_of_scf(fd, UNITS) / (1000 * part75_totals.gj_of_mmbtu(1.0, UNITS))
    assert float(metric) == pytest.approx(nm3_per_mj, abs=5e-5)


def test_conversions_of_section_0_1() -> None:
    assert UNITS.nm3_per_scf == pytest.approx(0.0263849, abs=5e-8)
    assert UNITS.t_per_short_ton == 0.90718474
    assert float(part75_totals.scf_of_nm3(part75_totals.nm3_of_scf(3.0, UNITS), UNITS)) == pytest.approx(3.0)
    assert float(part75_totals.mmbtu_of_gj(1.0550559, UNITS)) == 1.0
    assert float(part75_totals.short_tons_of_tonnes(0.90718474, UNITS)) == 1.0


def test_a_perfect_plant_gives_0_9975_of_its_fuel() -> None:
    """CEMS by F-11 over fuel by G-4 (HI·Fc·44/(385·2000)) on one gas: 5.7e-7 against 5.714e-7, section 0.2 item 1."""
    flow, co2, fc = 25_000_000.0, 11.3, 1800.0
    heat = part75_heat.from_wet_co2(flow, co2, fc)
    value = PARAMETERS.value
    fuel = heat * fc * value("p75_m_co2") / (value("p75_molar_volume") * value("p75_lb_per_short_ton"))
    ratio = float(part75.mass_rate_wet(co2, flow, RULE) / fuel)
    assert ratio == pytest.approx(0.9975, abs=1e-12)
    assert ratio == pytest.approx(5.7e-7 / (44 / (385 * 2000 * 100)), rel=1e-14)


def test_part98_offsets() -> None:
    """Section 0.2 item 2: C-6 is 0.075 % below the exact metric value, division by 1.1 is +0.21 %."""
    exact_t = 44 / (385 * 2000 * 100) * 0.90718474
    c6 = float(part98.mass_rate_wet(1.0, 1.0, PART98))
    assert 100 * (c6 / exact_t - 1) == pytest.approx(-0.075, abs=5e-4)
    by_rule = float(part98.tonnes_by_rule(1.0, PART98))
    assert 100 * (by_rule / float(part75_totals.tonnes_of_short_tons(1.0, UNITS)) - 1) == pytest.approx(0.21, abs=5e-3)


def test_normal_state_arithmetic_is_0_19_pct_above() -> None:
    """Section 0.2 item 3: 19.635 g/Nm3 per vol-% (44.0095 g over 22.41397 L) on the same scf against F-11."""
    grams_per_nm3_pct = 10 * 44.0095 / 22.41397
    assert grams_per_nm3_pct == pytest.approx(19.635, abs=5e-4)
    flow, co2 = 25_000_000.0, 11.3
    normal_t = grams_per_nm3_pct * co2 * float(part75_totals.nm3_of_scf(flow, UNITS)) * 1e-6
    f11_t = float(part75_totals.tonnes_of_short_tons(part75.mass_rate_wet(co2, flow, RULE), UNITS))
    assert 100 * (normal_t / f11_t - 1) == pytest.approx(0.19, abs=5e-3)


def test_mass_by_hand() -> None:
    """5.7e-7·12.3·30e6 = 210.33; dry 13.7 at 10.2 % H2O: 5.7e-7·13.7·30e6·0.898 = 234.27·0.898 = 210.37446."""
    assert float(part75.mass_rate_wet(12.3, 30_000_000, RULE)) == pytest.approx(210.33, abs=1e-9)
    assert float(part75.recorded_mass_rate_wet(12.3, 30_000_000, RULE)) == 210.3
    assert float(part75.mass_rate_dry(13.7, 30_000_000, 10.2, RULE)) == pytest.approx(210.37446, abs=1e-9)
    assert float(part75.recorded_mass_rate_dry(13.7, 30_000_000, 10.2, RULE)) == 210.4


def test_ties_of_the_recorded_rate() -> None:
    """48.45, 350.55 and 436.05 by hand go up, although doubles hold a hair less; 2.85 (12.5 %, 400 000 scfh) too."""
    co2, flow = [1.7, 8.2, 10.2, 12.5], [50e6, 75e6, 75e6, 4e5]
    np.testing.assert_array_equal(part75.recorded_mass_rate_wet(co2, flow, RULE), [48.5, 350.6, 436.1, 2.9])
    # 12 % dry at 15 % H2O is 10.2 % wet
    assert float(part75.recorded_mass_rate_dry(12.0, 75e6, 15.0, RULE)) == 436.1


def test_f14_by_hand() -> None:
    """Fc/Fd = 0.2: F-14A 20·(20.9−x)/20.9; F-14B 20/20.9·(20.9·0.9 − x)."""
    o2 = [0.0, 10.45, 20.9, 21.5]
    np.testing.assert_allclose(part75.co2_from_dry_o2(o2, 10_000, 2000, RULE), [20.0, 10.0, 0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(
        part75.co2_from_wet_o2([0.0, 8.36, 18.81, 18.82], 10.0, 10_000, 2000, RULE), [18.0, 10.0, 0.0, 0.0], atol=1e-12
    )
    # 20·(20.9−8.3077…)/20.9 = 12.05 at O2 = 20.9·(1 − 0.6025) = 8.30775: a tie
    assert float(part75.recorded_co2_from_dry_o2(8.30775, 10_000, 2000, RULE)) == 12.1
    assert float(part75.recorded_co2_from_dry_o2(8.30776, 10_000, 2000, RULE)) == 12.0
    # 20/20.9·(18.81 − x) = 12.05 at x = 18.81 − 12.59225 = 6.21775
    assert float(part75.recorded_co2_from_wet_o2(6.21775, 10.0, 10_000, 2000, RULE)) == 12.1
    assert float(part75.recorded_co2_from_wet_o2(6.21776, 10.0, 10_000, 2000, RULE)) == 12.0


def test_f31_by_hand() -> None:
    """100·(6.4−5.6)/6.4 = 12.5; 100·(8−7.34)/8 = 8.25, a tie."""
    assert float(part75.moisture_from_o2(6.4, 5.6)) == pytest.approx(12.5, abs=1e-12)
    np.testing.assert_array_equal(part75.recorded_moisture_from_o2([6.4, 8.0], [5.6, 7.34], RULE), [12.5, 8.3])


def test_heat_input_by_hand() -> None:
    """Q = 20 900 000 scfh, H2O 10 %, Fd 10 000, Fc 2000.

    F-15 at 10 % wet: 20.9e6·10/200 000 = 1045. F-16 at 10 % dry: 20.9e6·90·10/2e7 = 940.5.
    F-17 at 3.81 % wet: 2090·(18.81−3.81)/20.9 = 1500. F-18 at 5.9 % dry: 20.9e6·90·15/2.09e7 = 1350.
    """
    q = 20_900_000.0
    assert float(part75_heat.from_wet_co2(q, 10.0, 2000)) == pytest.approx(1045, rel=1e-14)
    assert float(part75_heat.from_dry_co2(q, 10.0, 10.0, 2000)) == pytest.approx(940.5, rel=1e-14)
    assert float(part75_heat.from_wet_o2(q, 3.81, 10.0, 10_000, RULE)) == pytest.approx(1500, rel=1e-14)
    assert float(part75_heat.from_dry_o2(q, 5.9, 10.0, 10_000, RULE)) == pytest.approx(1350, rel=1e-14)


def test_wet_and_dry_readings_of_one_gas_give_one_heat_input() -> None:
    """Dry = wet/(1−Bw), by both diluents; gas on the line CO2d = 100·Fc/Fd·(20.9−O2d)/20.9."""
    q, h2o, o2d, fd, fc = 31_000_000.0, 8.7, 4.9, 9780.0, 1800.0
    co2d = float(part75.co2_from_dry_o2(o2d, fd, fc, RULE))
    wet = 1 - h2o / 100
    heats = [
        part75_heat.from_wet_co2(q, co2d * wet, fc),
        part75_heat.from_dry_co2(q, co2d, h2o, fc),
        part75_heat.from_wet_o2(q, o2d * wet, h2o, fd, RULE),
        part75_heat.from_dry_o2(q, o2d, h2o, fd, RULE),
    ]
    np.testing.assert_allclose(heats, heats[0], rtol=1e-12)


def test_minimum_heat_input() -> None:
    """F-17: zero exactly at O2w = 0.209·(100−H2O) = 18.81; above it negative; 1.0 and code 26."""
    heat = part75_heat.recorded_from_wet_o2(20_900_000, [18.81, 19.5, 18.80, 3.81], 10.0, 10_000, RULE)
    np.testing.assert_array_equal(heat.mmbtu_per_h, [1.0, 1.0, 1.0, 1500.0])  # 18.80: 2090·0.01/20.9 = 1.0 by itself
    assert heat.method.tolist() == ["26", "26", "", ""]


def test_maximum_potential_flow_by_hand() -> None:
    """Hf 75 mmBtu/min, A 600 ft2, Fd 9780, O2 4.18 (20 % of 20.9), H2O 6 %: 9780·75/600/0.8/0.94 = 1625.664894."""
    mpv = part75_heat.potential_velocity_from_o2(75, 600, 9780, 4.18, 6.0, RULE)
    assert mpv == pytest.approx(1625.664894, abs=1e-6)
    assert part75_heat.potential_flow(mpv, 600) == pytest.approx(58_523_936.17, abs=0.01)
    # Fc 1800, CO2 15 %: 1800·75/600·100/15·100/94 = 1595.744681
    assert part75_heat.potential_velocity_from_co2(75, 600, 1800, 15.0, 6.0) == pytest.approx(1595.744681, abs=1e-6)


def test_default_moistures_of_75_11() -> None:
    low = [part75_f_factors.default_moisture(PARAMETERS, fuel) for fuel in part75_f_factors.MOISTURE_FUELS]
    high = [part75_f_factors.default_moisture(PARAMETERS, fuel, "high") for fuel in part75_f_factors.MOISTURE_FUELS]
    assert low == [3.0, 6.0, 8.0, 11.0, 13.0, 14.0]
    assert high == [5.0, 8.0, 12.0, 13.0, 15.0, 18.0]


def test_quarter_and_year_by_hand() -> None:
    """100.2·0.25 + 100.2 = 125.25 -> 125.3; year 125.3 + 125.3 = 250.6 (unrounded quarters would give 250.5)."""
    quarter = part75_totals.quarter_total([100.2, 100.2], [0.25, 1.0], RULE)
    assert quarter == 125.3
    assert part75_totals.total([100.2, 100.2], [0.25, 1.0]) == pytest.approx(125.25, abs=1e-12)
    assert part75_totals.year_total([quarter, quarter], RULE) == 250.6
