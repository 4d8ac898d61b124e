"""EU MRR: figures worked by hand from the formulas, and the conversions of the international sheet (sections 0.1, A).

The sheet states the conversions as computed there (2026-11, marks [C]); the arithmetic of the year and of the fuel is
written out beside each test.
"""

from __future__ import annotations

import numpy as np
import pytest

from cems.channels import Moisture
from reconcile.parameters import load_parameters
from reconcile.quality import tiers
from reconcile.rulebooks.equations import eu_corroboration, eu_mrr, stoichiometry
from reconcile.rulebooks.equations.stoichiometry import Fuel
from reconcile.rulebooks.substitution.eu_mrr import mean_plus_sigmas, rule_of, substitute_concentration

PARAMETERS = load_parameters()
NORMAL = eu_mrr.normal_of(PARAMETERS)
AIR = stoichiometry.air_of(PARAMETERS)
US = stoichiometry.us_units_of(PARAMETERS)
TIERS = tiers.tiers_of(PARAMETERS)
METHANE = Fuel(c=12.011 / 16.043, h=4.032 / 16.043)
COAL = Fuel(c=0.60, h=0.04, s=0.01, n=0.01, o=0.08, w=0.08)


def test_one_per_cent_of_co2() -> None:
    """Section 0.1: 44.0095/22.41397 = 1.96349 kg/Nm3, 19.635 g/Nm3 per vol-%."""
    assert float(eu_mrr.concentration_g_nm3(1.0, NORMAL)) == pytest.approx(19.635, abs=5e-4)
    assert float(eu_mrr.concentration_g_nm3(100.0, NORMAL)) == pytest.approx(1963.49, abs=5e-3)


def test_20_degc_against_0_degc() -> None:
    """Section 0.1: 293.15/273.15 = 1.07322."""
    assert 1 / float(eu_mrr.normal_volume_nm3(1.0, 293.15, 101_325.0, NORMAL)) == pytest.approx(1.07322, abs=5e-6)


def test_carbon_monoxide_counts_as_co2() -> None:
    assert eu_mrr.co_as_co2_t(1000.0, NORMAL) == pytest.approx(1571.2, abs=0.05)


def test_a_year_of_three_hours() -> None:
    """200·1.0 + 250·1.2 + 150·0.5 = 200 + 300 + 75 = 575 t, through 2.7e6 Nm3; the hour at a standstill is not seen.

    575 000 kg / 3 h = 191 666.667 kg/h; 575e6 g / 2.7e6 Nm3 = 212.963 g/Nm3; 2.7e6 / 3 = 900 000 Nm3/h. The product of
    the averages of concentration (200) and flow (900 000) would give 540 t.
    """
    year = eu_mrr.annual(
        [200.0, 250.0, np.nan, 150.0],
        [1.0e6, 1.2e6, 7.0e6, 0.5e6],
        [True, True, False, True],
        conc_basis=Moisture.WET,
        volume_basis=Moisture.WET,
    )
    assert year.total_t == pytest.approx(575.0, abs=1e-9)
    assert year.hours_op == 3
    assert year.emission_kg_h == pytest.approx(191_666.6667, abs=1e-4)
    assert year.conc_g_nm3 == pytest.approx(212.96296, abs=1e-5)
    assert year.flow_nm3_h == pytest.approx(900_000.0, abs=1e-6)
    assert year.recombined_t == pytest.approx(575.0, abs=1e-9)


def test_equation_4() -> None:
    """100, 110, 120, 130: mean 115, squares 225+25+25+225 = 500, s = √(500/3) = 12.909944, 115 + 2·s = 140.819889."""
    made = mean_plus_sigmas([100.0, 110.0, 120.0, 130.0], rule_of(PARAMETERS))
    assert made.mean == 115.0
    assert made.sd == pytest.approx(12.909944, abs=1e-6)
    assert made.value == pytest.approx(140.819889, abs=1e-6)


def test_only_valid_hours_enter_equation_4() -> None:
    """Invalid readings (900) and those at a standstill (500) stay out; a standstill gets no substitute."""
    value = [100.0, 900.0, 110.0, 500.0, 120.0, 130.0, np.nan]
    filled = substitute_concentration(
        value, [True, False, True, True, True, True, False], [True, True, True, False, True, True, True]
    )
    assert filled.value[[1, 6]] == pytest.approx([140.819889] * 2, abs=1e-6)
    assert filled.method.tolist() == ["", "mean+2s", "", "", "", "", "mean+2s"]
    assert np.isnan(filled.value[3])
    assert (filled.fed_first[1], filled.fed_last[1], filled.fed_count[1]) == (0, 5, 4)


def test_parts_of_an_emission() -> None:
    """1000 t measured, 10 t CO = 15.712 t; of it 100 t biogenic, 50 t handed on: 915.712 fossil, 865.712 reported."""
    parts = eu_mrr.emissions(1000.0, 10.0, 100.0, 50.0, NORMAL)
    assert parts.total_t == pytest.approx(1015.712, abs=5e-4)
    assert parts.fossil_t == pytest.approx(915.712, abs=5e-4)
    assert parts.reported_t == pytest.approx(865.712, abs=5e-4)


def test_corroboration() -> None:
    """120 000 t · 0.025 TJ/t · 94.6 t/TJ · 0.99 = 280 962 t; 3.664·(100·0.8 − 10·0.2) = 285.792 t."""
    used = eu_corroboration.activity_data(118_000.0, 0.0, 12_000.0, 10_000.0)
    assert used == 120_000.0
    assert eu_corroboration.combustion_t(used, 0.025, 94.6, 0.99) == pytest.approx(280_962.0, abs=1e-6)
    co2_per_c = PARAMETERS.value("eu_co2_per_c")
    assert eu_corroboration.mass_balance_t([(100.0, 0.8)], [(10.0, 0.2)], co2_per_c) == pytest.approx(285.792, abs=1e-9)


def test_us_rule_on_the_same_gas() -> None:
    """Section 0.2: the EU figure of one gas is 0.19 % above F-11; 1e6 scf/h of 10 % CO2, F-11: 5.7 short t/h."""
    volume = eu_mrr.normal_volume_nm3(1e6 * 0.0283168, 293.15, 101_325.0, NORMAL)
    conc = eu_mrr.concentration_g_nm3(10.0, NORMAL)
    mass = eu_mrr.hourly_mass_kg(conc, volume, conc_basis=Moisture.WET, volume_basis=Moisture.WET)
    assert float(mass) / (5.7 * 907.18474) == pytest.approx(1.0019, abs=5e-5)


@pytest.mark.parametrize(
    ("fd", "ratio", "gross", "net"), [(8710.0, 0.9015, 0.2178, 0.2416), (9780.0, 0.955, 0.2446, 0.2561)]
)
def test_flow_per_heat_from_fd(fd: float, ratio: float, gross: float, net: float) -> None:
    """Section A.7, natural gas and bituminous coal; Fd of 40 CFR Part 75 App. F Table 1."""
    assert stoichiometry.nm3_per_mj_of_fd(fd, US) == pytest.approx(gross, abs=5e-5)
    assert stoichiometry.nm3_per_mj_of_fd(fd, US, ratio) == pytest.approx(net, abs=5e-5)


@pytest.mark.parametrize(
    ("fc", "kg_per_mmbtu"), [(1040, 53.9), (1800, 93.3), (1420, 73.6), (1840, 95.4), (1910, 99.0), (1970, 102.1)]
)
def test_emission_factor_from_fc(fc: float, kg_per_mmbtu: float) -> None:
    """Section A.7: natural gas, bituminous, oil, subbituminous, lignite, anthracite."""
    assert stoichiometry.emission_factor_of_fc(fc, US) == pytest.approx(kg_per_mmbtu, abs=0.05)


def test_methane_by_hand() -> None:
    """CH4 + 2 O2: dry gas 1 + 2·0.7905/0.2095 = 8.546539 mol, CO2 11.7006 %, water 2 mol.

    With 802.3 MJ/kmol net: 8.546539·22.414/802.3 = 0.23877 Nm3/MJ, the "about 0.240" of natural gas.
    """
    per_mol = stoichiometry.dry_gas_stoich(METHANE, AIR) * 16.043
    assert per_mol == pytest.approx(8.546539, abs=1e-6)
    assert float(stoichiometry.co2_fraction_dry(METHANE, 0.0, AIR)) == pytest.approx(0.117006, abs=1e-6)
    assert stoichiometry.water(METHANE, AIR) * 16.043 == pytest.approx(2.0, abs=1e-9)
    assert per_mol * 22.414 / 802.3 == pytest.approx(PARAMETERS.value("stoich_nm3_per_mj_gas"), rel=0.01)


def test_coal_by_hand() -> None:
    """C 60, H 4, S 1, N 1, O 8, W 8 %: O2 demand .0499542 + .0099206 + .0003119 − .0025002 = .0576866 kmol/kg.

    n0 = .0499542 + .0003119 + .0003570 + .0576866·.7905/.2095 = .2682902; at 6 % O2 times .2095/.1495 = .3759652;
    CO2 = .0499542/.3759652 = 13.28692 %; water .04/2.016 + .08/18.015 = .0242820; volumes times 22.414.
    """
    assert stoichiometry.o2_demand(COAL, AIR) == pytest.approx(0.0576866, abs=5e-8)
    assert stoichiometry.dry_gas_stoich(COAL, AIR) == pytest.approx(0.2682902, abs=5e-8)
    assert float(stoichiometry.dry_gas(COAL, 6.0, AIR)) == pytest.approx(0.3759652, abs=5e-8)
    assert float(stoichiometry.excess_air(COAL, 6.0, AIR)) == pytest.approx(0.3759652 - 0.2682902, abs=1e-7)
    assert float(stoichiometry.dry_gas_nm3(COAL, 6.0, AIR)) == pytest.approx(8.426884, abs=1e-6)
    assert float(stoichiometry.co2_fraction_dry(COAL, 6.0, AIR)) == pytest.approx(0.1328692, abs=5e-8)
    assert float(stoichiometry.wet_gas_nm3(COAL, 6.0, AIR)) == pytest.approx(8.426884 + 0.544257, abs=1e-6)
    assert float(stoichiometry.flow_from_fuel(1000.0, COAL, 6.0, AIR)) == pytest.approx(8426.884, abs=1e-3)


def test_coal_flow_at_6_pct_and_back_to_its_carbon() -> None:
    """1000 kg coal: 600 kg C are 600/12.011·44.0095 kg CO2, whatever the excess air; gas times CO2 must find it.

    The molar volumes of the two tables (22.414, 22.41397) differ by 1.3e-6.
    """
    o2 = np.array([0.0, 3.0, 6.0, 12.0])
    flow = stoichiometry.flow_from_fuel(1000.0, COAL, o2, AIR)
    conc = eu_mrr.concentration_g_nm3(100 * stoichiometry.co2_fraction_dry(COAL, o2, AIR), NORMAL)
    mass = eu_mrr.hourly_mass_kg(conc, flow, conc_basis=Moisture.DRY, volume_basis=Moisture.DRY)
    assert mass == pytest.approx(np.full(4, 600 / 12.011 * 44.0095), rel=2e-6)
    fraction = stoichiometry.co2_fraction_dry(COAL, o2, AIR)
    assert stoichiometry.closure(COAL, o2, fraction, AIR) == pytest.approx(np.ones(4), abs=1e-12)


@pytest.mark.parametrize(
    ("kind", "pct", "tier"),
    [
        ("co2", 10.1, None),
        ("co2", 10.0, 1),
        ("co2", 7.6, 1),
        ("co2", 7.5, 2),
        ("co2", 5.0, 3),
        ("co2", 2.51, 3),
        ("co2", 2.5, 4),
        ("n2o", 2.5, 3),
        ("n2o", 0.5, 3),
        ("transfer", 2.5, 4),
        ("transfer", 7.51, 1),
    ],
)
def test_tiers_of_annex_viii_table_1(kind: str, pct: float, tier: int | None) -> None:
    assert tiers.tier_reached(tiers.GasKind(kind), pct, TIERS) == tier
