from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from cems.errors import RuleError
from reconcile.accounting import aluminium, cement, power, power_monthly, power_output, steel
from reconcile.accounting.activity import FuelRecord
from reconcile.accounting.parts import Account, Part, stack_co2
from reconcile.accounting.records import (
    AlternativeMaterial,
    AluminiumOutput,
    AnodeEffects,
    AnodeUse,
    CarbonateUse,
    CarbonMaterial,
    ClinkerOutput,
    ElectrodeUse,
    FluxUse,
    FuelSample,
    FuelUse,
    PowerOutput,
    PurchasedEnergy,
    SteelProduct,
)
from reconcile.accounting.reported import places_of, reported
from reconcile.parameters import load_parameters

PARAMETERS = load_parameters()
AT: dict[str, Any] = {"unit": "u1", "month": "2025-03"}
SAMPLE = FuelSample(**AT, fuel="coal", tier="monthly_composite", c_ar_pct=50)
COAL_T = 0.5 * 0.99 * 44 / 12


def plant(**more: object) -> Account:
    rows = [
        FuelUse(**AT, fuel="coal", amount_t=1000, biogenic_pct=10, stack="s1"),
        FuelUse(**AT, fuel="coal", amount_t=100, elsewhere=True),
        SAMPLE,
        PurchasedEnergy(**AT, electricity_mwh=100, not_from_grid_mwh=40, heat_gj=50),
    ]
    return power_monthly.account(rows, PARAMETERS)


def test_what_the_stack_sees() -> None:
    account = plant()
    assert account.direct_t == pytest.approx(1000 * COAL_T)
    assert account.indirect_t == pytest.approx(60 * 0.5366 + 50 * 0.11)
    side = stack_co2(account, captured_or_sold_t=10)
    assert side.co2_t == pytest.approx(1000 * COAL_T - 10)
    assert {p.kind for p in side.seen} == {"fuel", "biogenic"}
    assert {p.unseen for p in side.unseen} == {"burnt elsewhere", "emitted where it was generated"}
    assert stack_co2(account, stack="s1").co2_t == pytest.approx(1000 * COAL_T)
    with pytest.raises(RuleError, match="no part of the account names the stack 's9'; named: s1"):
        stack_co2(account, stack="s9")


@pytest.mark.parametrize("captured", [-1.0, 1e9, float("nan"), float("inf")])
def test_capture_that_cannot_be(captured: float) -> None:
    with pytest.raises(RuleError, match="captured or sold"):
        stack_co2(plant(), captured_or_sold_t=captured)


def test_more_deducted_than_consumed_is_an_error() -> None:
    with pytest.raises(RuleError, match="u1 2025-03: 5 MWh more are deducted"):
        power_monthly.account([PurchasedEnergy(**AT, not_from_grid_mwh=5)], PARAMETERS)


def test_cogeneration_is_split_by_heat() -> None:
    month = {"generated_mwh": 1000, "auxiliary_mwh": 60, "rated_mw": 10, "running_h": 200}
    rows = [PowerOutput(**AT, **month, heat_supplied_gj=250, boiler_heat_gj=1000)]
    (made,) = power_output.performance(plant(), rows)
    assert (made.supplied_mwh, made.heat_ratio, made.load_factor) == (940, 0.25, 0.5)
    assert made.heat_t == pytest.approx(250 * COAL_T)
    assert made.power_t + made.heat_t == plant().direct_t
    assert made.power_t_per_mwh == pytest.approx(750 * COAL_T / 940)
    assert made.heat_t_per_gj == pytest.approx(COAL_T)
    with pytest.raises(RuleError, match="boiler_heat_gj is needed"):
        power_output.performance(plant(), [PowerOutput(**AT, **month, heat_supplied_gj=250)])
    (idle,) = power_output.performance(
        plant(), [PowerOutput(**AT, generated_mwh=0, auxiliary_mwh=0, rated_mw=1, running_h=0)]
    )
    assert (idle.load_factor, idle.power_t_per_mwh, idle.heat_t_per_gj) == (None, None, None)


@pytest.mark.parametrize(
    "call",
    [
        lambda: power_output.heat_of_steam_gj(1, 83.73, PARAMETERS),
        lambda: power_output.heat_of_steam_gj(-1, 2900, PARAMETERS),
        lambda: power_output.heat_of_water_gj(1, 19.9, PARAMETERS),
        lambda: power_output.heat_of_water_gj(1, float("nan"), PARAMETERS),
        lambda: power_output.heat_ratio(1, 0),
        lambda: power_output.heat_ratio(2, 1),
        lambda: power_output.load_factor(1, 0, 1),
        lambda: power_output.load_factor(1, 1, 0),
        lambda: power_output.supplied_power_mwh(float("inf"), 0),
        lambda: power_output.biomass_share(1, 1.01, 0),
        lambda: power_output.biomass_share(0, 0.9, 0),
        lambda: power_output.biomass_share(0.9, 0.9, 1.01),
        lambda: cement.t_per_t_clinker(plant(), []),
    ],
)
def test_production_that_cannot_be(call: Any) -> None:
    with pytest.raises(RuleError):
        call()


def test_at_the_limits() -> None:
    assert power_output.heat_of_steam_gj(1, 83.74, PARAMETERS) == 0.0
    assert power_output.heat_of_water_gj(1, 20, PARAMETERS) == 0.0
    assert power_output.heat_ratio(1, 1) == 1.0
    assert power_output.biomass_share(1, 1, 1) == 0.0


def test_daily_account_in_the_parts_of_all_sectors() -> None:
    days = [FuelRecord(unit="u1", day=date(2026, 3, d), mass_t=0.1 * d, ncv_gj_per_t=20.5) for d in range(1, 29)]
    daily = power.account(days, PARAMETERS)
    common = power.as_parts(daily)
    assert common.total_t == daily.co2_t
    assert {ref.split("@")[0] for ref in common.parts[0].factors} == {
        "co2_per_c", "coal_cc_default_power", "coal_of_power",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fuel", "expected", "figures"),
    [
        ("diesel", 3.0959, ()),
        ("柴油", 3.0959, ()),
        ("煤泥", 26.7 * 0.03085 * 0.99 * 44 / 12, ()),
        ("coal blend 3", 26.7 * 0.03085 * 0.99 * 44 / 12, ()),
        ("waste oil", 26.7 * 0.03085 * 0.99 * 44 / 12, ("oxidation", "carbon")),
        ("petroleum coke", 32.5 * 0.0275 * 0.99 * 44 / 12, ("oxidation",)),
    ],
)
def test_daily_oil_and_coke_have_figures_of_their_own(fuel: str, expected: float, figures: tuple[str, ...]) -> None:
    record = FuelRecord(unit="u1", day=date(2026, 3, 1), fuel=fuel, mass_t=1)
    (part,) = power.account([record], PARAMETERS).parts
    assert part.co2_t == pytest.approx(expected, abs=5e-5)
    assert part.coal_figures == figures


def test_daily_gas_by_mass_needs_its_heat() -> None:
    gas = FuelRecord(unit="u1", day=date(2026, 3, 1), fuel="natural gas", mass_t=1)
    with pytest.raises(RuleError, match="gas by mass needs ncv_gj_per_t"):
        power.account([gas], PARAMETERS)
    (part,) = power.account([gas.model_copy(update={"ncv_gj_per_t": 50.0})], PARAMETERS).parts
    assert part.co2_t == pytest.approx(50 * 0.01532 * 0.99 * 44 / 12)


def test_kiln_parts_and_their_floor() -> None:
    rows = [ClinkerOutput(**AT, clinker_t=100), AlternativeMaterial(**AT, material="red_mud", mass_t=10)]
    parts = cement.account(rows, PARAMETERS).parts
    assert sorted(p.co2_t for p in parts) == pytest.approx([-0.55, 53.5])
    floored = cement.account([rows[0], AlternativeMaterial(**AT, material="slaked lime", mass_t=100)], PARAMETERS)
    assert [(p.name, p.co2_t) for p in floored.parts] == [("process, floor 0", 0.0)]
    assert "clinker_ef_portland" in " ".join(floored.parts[0].factors)
    other = cement.account([*rows, ClinkerOutput(unit="u2", month="2025-03", clinker_t=1)], PARAMETERS)
    assert other.of(unit="u2").direct_t == 0.535


def test_a_material_that_the_table_does_not_know_is_an_error() -> None:
    with pytest.raises(RuleError, match="no parameter 'clinker_cut_moon_dust'"):
        cement.account([AlternativeMaterial(**AT, material="moon dust", mass_t=1)], PARAMETERS)
    with pytest.raises(RuleError, match="no parameter 'steel_product_cheese'"):
        steel.account([SteelProduct(**AT, product="cheese", mass_t=1)], PARAMETERS)
    with pytest.raises(RuleError, match="needs cao_pct and mgo_pct"):
        cement.account([ClinkerOutput(**AT, clinker_t=1)], PARAMETERS, process="oxides")
    with pytest.raises(RuleError, match="check the analysis"):
        cement.account([ClinkerOutput(**AT, clinker_t=1, cao_pct=99, mgo_pct=2)], PARAMETERS, process="oxides")


def test_anodes_and_pfc_are_unseen_and_apart() -> None:
    rows = [
        AluminiumOutput(**AT, aluminium_t=1000),
        AnodeUse(**AT, net_t=400, sulfur_pct=1.5, ash_pct=0.5),
        CarbonateUse(**AT, carbonate="na2co3", mass_t=10, purity_pct=90),
        AnodeEffects(**AT, effects_per_cell_day=0.1, minutes_per_effect=2.0),
    ]
    account = aluminium.account(rows, PARAMETERS, pfc="slope")
    assert account.direct_t == pytest.approx(400 * 0.98 * 44 / 12 + 9 * 0.4149)
    cf4 = 0.143 * 0.1 * 2
    assert account.pfc_co2e_t == pytest.approx(1000 * (cf4 * 6630 + 0.121 * cf4 * 11100) / 1000)
    assert account.stack_visible_t == 0.0
    assert account.parts[0].tier == "monthly_composite"


def test_aluminium_records_that_do_not_fit() -> None:
    output, effects = (
        AluminiumOutput(**AT, aluminium_t=1),
        AnodeEffects(**AT, effects_per_cell_day=0.1, minutes_per_effect=2),
    )
    with pytest.raises(RuleError, match="needs the anode effects of the month"):
        aluminium.account([output], PARAMETERS, pfc="slope")
    with pytest.raises(RuleError, match="stand twice"):
        aluminium.account([output, effects, effects], PARAMETERS, pfc="slope")
    with pytest.raises(RuleError, match="no output is given"):
        aluminium.account([AnodeUse(**AT, net_t=1)], PARAMETERS)
    with pytest.raises(RuleError, match="no anode has"):
        aluminium.account([output, AnodeUse(**AT, net_t=1, sulfur_pct=60, ash_pct=60)], PARAMETERS)


def test_a_steelworks_by_process() -> None:
    rows = [
        FuelUse(**AT, fuel="washed coal", amount_t=100, process="coking"),
        FuelUse(**AT, fuel="coke", amount_t=70, process="coking", flow="out"),
        FuelUse(**AT, fuel="coke", amount_t=70, process="blast_furnace"),
        FluxUse(**AT, flux="limestone", mass_t=10, process="sintering"),
        FluxUse(**AT, flux="dolomite", mass_t=10, process="sintering"),
        ElectrodeUse(**AT, mass_t=2, process="electric_furnace"),
        CarbonMaterial(**AT, material="scrap", mass_t=50, process="converter"),
        SteelProduct(**AT, product="crude steel", mass_t=100),
    ]
    account = steel.account(rows, PARAMETERS)
    coal = 100 * 26.344 * 0.0254 * 0.98 * 44 / 12
    coke = 70 * 28.435 * 0.02942 * 0.98 * 44 / 12
    process = 10 * 0.440 + 10 * 0.471 + 2 * 3.663 + 50 * 0.037
    assert account.direct_t == pytest.approx(coal + process - 100 * 0.037, rel=1e-12)
    each = {name: part.direct_t for name, part in steel.by_process(account).items()}
    assert each["coking"] == pytest.approx(coal - coke, rel=1e-12)
    assert each["blast_furnace"] == pytest.approx(coke, rel=1e-12)
    assert each[""] == pytest.approx(-3.7)
    assert account.sum_of("fixed_product") == pytest.approx(-3.7)


def test_forms_are_rounded_once_and_half_away_from_zero() -> None:
    part = Part(
        "x", "fuel", 0.125, "", (), visible_at_stack=True, unit="u", month="2025-01", amount=0.005, carbon=0.52175
    )
    account = Account("power", tuple(replace(part, amount_unit=u) for u in ("t", "MWh", "GJ", "t")))
    form = reported(account, places_of(PARAMETERS))
    assert [line.amount for line in form.lines] == [0.01, 0.005, 0.01, 0.01]
    assert [(line.co2_t, line.carbon) for line in form.lines] == [(0.13, 0.5218)] * 4
    assert form.direct_t == 1.0, "0.5 t in all, although the lines add up to 0.52"
