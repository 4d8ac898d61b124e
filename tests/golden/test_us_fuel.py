"""Part 75 Appendix G and Part 98 by hand, from the equations and Table C-1 (international sheet B.5, 2026)."""

from __future__ import annotations

import math

import pytest

from cems.errors import RuleError
from reconcile.accounting import us_appendix_g as g
from reconcile.accounting import us_part98 as p98
from reconcile.accounting.us_fuel import (
    CarbonBurnt,
    FuelByHeat,
    GasByCarbon,
    HeatBurnt,
    SolidByCarbon,
    Sorbent,
    account,
)
from reconcile.parameters import load_parameters
from reconcile.rulebooks.equations import part75
from reconcile.rulebooks.equations.part75_base import rule_of

PARAMETERS = load_parameters()
RULE = g.appendix_g_of(PARAMETERS)
AT = {"unit": "u1", "month": "2025-01"}
TABLE_C1 = {
    "anthracite": (103.69, 25.09), "bituminous": (93.28, 24.93), "subbituminous": (97.17, 17.25),
    "lignite": (97.72, 14.21), "coal_coke": (113.67, 24.80), "power_sector_coal": (95.52, 19.73),
    "natural_gas": (53.06, 1.026e-3), "distillate_oil_2": (73.96, None), "residual_oil_6": (75.10, None),
    "petroleum_coke": (102.41, None), "propane_gas": (61.46, None),
}  # fmt: skip


def test_table_c1() -> None:
    assert set(p98.FUELS) == set(TABLE_C1)
    for fuel, (factor, hhv) in TABLE_C1.items():
        assert p98.emission_factor(fuel, PARAMETERS) == factor
        if hhv is None:
            with pytest.raises(RuleError, match="was not read"):
                p98.default_hhv(fuel, PARAMETERS)
        else:
            assert p98.default_hhv(fuel, PARAMETERS) == hhv


def test_coal_day_by_g1_g2_g3() -> None:
    """1000 short tons with 60 % C: 1 200 000 lb · 44/24 000; ash 10 % with 3 % C keeps 3 · 44/12."""
    whole = g.from_carbon(1_200_000, RULE)
    assert whole == pytest.approx(2_200)
    assert g.less_ash(whole, 10, 3, 1_000, RULE) == pytest.approx(2_189)
    assert g.by_default_oxidation(whole, RULE) == pytest.approx(2_178)


@pytest.mark.parametrize(("fuel", "tons", "printed"), [("natural_gas", 59.428571, 59.4), ("oil", 81.142857, 81.1)])
def test_gas_and_oil_by_g4(fuel: str, tons: float, printed: float) -> None:
    """1000 mmBtu/h × 1040 (1420) × 44/770 000."""
    fc = PARAMETERS.value(f"p75_fc_{fuel}")
    assert g.from_heat(1_000, fc, RULE) == pytest.approx(tons, abs=1e-6)
    assert g.recorded(g.from_heat(1_000, fc, RULE), RULE) == printed


@pytest.mark.parametrize(
    ("fuel", "kg"), [("natural_gas", 53.9), ("bituminous", 93.3), ("oil", 73.6), ("lignite", 99.0)]
)
def test_kg_per_mmbtu_by_fc(fuel: str, kg: float) -> None:
    pounds = g.from_heat(1, PARAMETERS.value(f"p75_fc_{fuel}"), RULE) * 2_000
    assert round(pounds * 0.45359237, 1) == kg


def test_a_perfect_plant_stands_at_0_9975_by_stack_against_fuel() -> None:
    """F-11 rounds its constant: Q·CO2 = 100·HI·Fc, so the heat of F-15 cancels and 5.7e-7·100·385·2000/44 is left."""
    heat, fc, co2 = 1_000.0, 1_800.0, 10.0
    by_stack = float(part75.mass_rate_wet(co2, heat * fc * 100 / co2, rule_of(PARAMETERS)))
    assert by_stack / g.from_heat(heat, fc, RULE) == pytest.approx(0.9975, abs=1e-12)


def test_sorbent() -> None:
    """9000 lb removed at 90 %: 4.5 short tons of SO2 · 44/64."""
    removed = g.so2_removed(1_000, 90)
    assert removed == pytest.approx(9_000)
    assert g.sorbent_from_so2(removed, 1, RULE) == pytest.approx(3.09375)
    assert g.sorbent_from_carbonate(50, 1, RULE) == pytest.approx(22)
    assert g.with_sorbent(2_200, 3.09375) == 2_203.09375


def test_recorded_rounds_half_away_from_zero() -> None:
    assert [g.recorded(x, RULE) for x in (0.05, 0.25, 59.449999, 59.45)] == [0.1, 0.3, 59.4, 59.5]


def test_part98_by_hand() -> None:
    rule = p98.part98_fuel_of(PARAMETERS)
    assert p98.by_heat(1_000_000, 1.026e-3, 53.06, rule) == pytest.approx(54.43956)
    assert p98.by_carbon_solid(1_200, 0.6, rule) == pytest.approx(2_402.4)
    assert p98.by_carbon_gas(849_500, 0.75, 16, rule) == pytest.approx(44)


def test_account_of_appendix_g_in_tonnes_exact_and_by_part_98() -> None:
    rows = [
        CarbonBurnt(**AT, fuel="bituminous", coal_short_tons=1_000, carbon_pct=60, default_oxidation=True),
        HeatBurnt(**AT, fuel="natural_gas", heat_mmbtu=1_000),
        Sorbent(**AT, so2_out_lb=1_000, removal_pct=90),
    ]
    short = 2_178 + 1_000 * 1_040 * 44 / 770_000 + 3.09375
    exact, by_rule = account(rows, PARAMETERS), account(rows, PARAMETERS, "part98")
    assert exact.direct_t == pytest.approx(short * 0.90718474)
    assert by_rule.direct_t == pytest.approx(short / 1.1)
    assert by_rule.direct_t / exact.direct_t == pytest.approx(1.0021, abs=5e-5)
    assert exact.sum_of("process") == pytest.approx(3.09375 * 0.90718474)
    assert all(part.factors for part in exact.parts)


def test_account_of_part_98_with_a_biogenic_share() -> None:
    rows = [
        FuelByHeat(**AT, fuel="bituminous", quantity=1_000, biogenic_pct=25),
        SolidByCarbon(**AT, fuel="petroleum_coke", short_tons=1_200, carbon_pct=60),
        GasByCarbon(**AT, fuel="refinery gas", scf=849_500, carbon_pct=75, molar_mass=16),
    ]
    made = account(rows, PARAMETERS)
    assert made.biogenic_t == pytest.approx(2_325.4704 / 4)
    assert made.direct_t == pytest.approx(2_325.4704 * 0.75 + 2_402.4 + 44)
    assert made.stack_visible_t == pytest.approx(2_325.4704 + 2_402.4 + 44)
    measured = FuelByHeat(**AT, fuel="distillate_oil_2", quantity=1_000, hhv_mmbtu=0.138)
    assert account([measured], PARAMETERS).direct_t == pytest.approx(0.138 * 73.96)


def test_what_cannot_be_is_refused() -> None:
    heat = HeatBurnt(**AT, fuel="natural_gas", heat_mmbtu=1)
    with pytest.raises(RuleError, match="records of Appendix G and of Part 98"):
        account([heat, FuelByHeat(**AT, fuel="bituminous", quantity=1)], PARAMETERS)
    with pytest.raises(RuleError, match="G-4 is for natural_gas and oil only"):
        account([HeatBurnt(**AT, fuel="bituminous", heat_mmbtu=1)], PARAMETERS)
    with pytest.raises(RuleError, match="Table C-1 as read has no fuel 'peat'"):
        account([FuelByHeat(**AT, fuel="peat", quantity=1)], PARAMETERS)
    with pytest.raises(RuleError, match="ash holds the carbon"):
        g.less_ash(10, 100, 100, 1_000, RULE)
    for removal in (100.0, -1.0, math.nan):
        with pytest.raises(RuleError, match="removal"):
            g.so2_removed(1, removal)
    for bad in (-1.0, math.nan, math.inf):
        with pytest.raises(RuleError):
            g.from_carbon(bad, RULE)
        with pytest.raises(RuleError):
            p98.by_carbon_solid(bad, 0.5, p98.part98_fuel_of(PARAMETERS))
    with pytest.raises(RuleError, match="mass fraction"):
        p98.by_carbon_solid(1, 60, p98.part98_fuel_of(PARAMETERS))
    with pytest.raises(RuleError, match="Fc must be above 0"):
        g.from_heat(1, 0, RULE)


@pytest.mark.parametrize(
    ("model", "fields", "said"),
    [
        (CarbonBurnt, {"ash_pct": 10}, "both of them"),
        (CarbonBurnt, {"ash_pct": 10, "carbon_in_ash_pct": 3, "default_oxidation": True}, "one of them"),
        (Sorbent, {}, "give caco3"),
        (Sorbent, {"so2_out_lb": 1}, "give caco3"),
        (Sorbent, {"caco3_short_tons": 1, "so2_out_lb": 1, "removal_pct": 1}, "give caco3"),
    ],
)
def test_records_say_one_thing(model: type, fields: dict[str, object], said: str) -> None:
    coal = {"fuel": "coal", "coal_short_tons": 1, "carbon_pct": 60} if model is CarbonBurnt else {}
    with pytest.raises(ValueError, match=said):
        model(**AT, **coal, **fields)
