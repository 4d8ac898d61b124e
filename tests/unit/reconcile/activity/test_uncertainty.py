"""Budgets worked by hand from round figures of the table, which the test sets itself."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from reconcile.accounting.records import ClinkerOutput, FuelSample, FuelUse, PurchasedEnergy, Record
from reconcile.activity.accounts import months_without, sector_account
from reconcile.activity.sensitivity import sensitivity, stakes
from reconcile.activity.uncertainty import account_budget
from reconcile.parameters import Parameters, load_parameters
from reconcile.quality.budget import Budget

FIGURES = {
    "u_sys_coal_mass": 0.01,
    "u_act_liquid_mass": 0.02,
    "u_act_gas_volume": 0.03,
    "u_sys_carbon": 0.04,
    "u_random_carbon": 0.06,
    "u_sys_oxidation": 0.005,
    "u_sys_default_carbon": 0.1,
    "u_act_default_fluid": 0.07,
    "u_act_material_mass": 0.015,
    "u_act_process_factor": 0.025,
}
AT = {"unit": "u1", "month": "2025-03"}
COAL = {**AT, "fuel": "coal"}


@pytest.fixture
def table(tmp_path: Path) -> Parameters:
    path = tmp_path / "figures.toml"
    path.write_text("\n".join(f'[{key}]\nvalue = {u}\nsource = "test"' for key, u in FIGURES.items()), "utf-8")
    return load_parameters(path)


def budget_of(rows: list[Record], table: Parameters, sector: str = "power") -> tuple[float, Budget]:
    account = sector_account(sector, rows, table)  # type: ignore[arg-type]  # a test's text
    return account.direct_t, account_budget(account, rows, table)


def by_source(budget: Budget) -> dict[str, float]:
    return {row.source: row.tonnes for row in budget.rows}


def daily(*masses: float) -> list[Record]:
    return [FuelSample(**COAL, tier="measured_daily", represents_t=m, c_ar_pct=50) for m in masses]


@pytest.mark.parametrize(
    ("masses", "count"), [((100.0,), 1), ((25.0,) * 4, 4), ((90.0, 10.0), 1 / 0.82), ((100, 0), 1)]
)
def test_samples_average_out_by_their_weights(table: Parameters, masses: tuple[float, ...], count: float) -> None:
    # (Σw)²/Σw²: 90 and 10 count for 10000/8200 samples.
    direct, budget = budget_of([FuelUse(**COAL, amount_t=100), *daily(*masses)], table)
    assert by_source(budget)["carbon of the samples"] == pytest.approx(0.06 * direct / math.sqrt(count))
    assert by_source(budget)["laboratory carbon, common error"] == pytest.approx(0.04 * direct)
    assert by_source(budget)["solid fuel mass, u1"] == pytest.approx(0.01 * direct)
    assert by_source(budget)["oxidation factor"] == pytest.approx(0.005 * direct)
    assert len(budget.rows) == 4


def test_months_average_the_samples_but_not_the_scale(table: Parameters) -> None:
    rows: list[Record] = []
    for month in ("2025-01", "2025-02", "2025-03", "2025-04"):
        rows.append(FuelUse(unit="u1", month=month, fuel="coal", amount_t=100))
        rows.append(FuelSample(unit="u1", month=month, fuel="coal", tier="monthly_composite", c_ar_pct=50))
    direct, budget = budget_of(rows, table)
    assert by_source(budget)["carbon of the samples"] == pytest.approx(0.06 * direct / 2)
    assert by_source(budget)["solid fuel mass, u1"] == pytest.approx(0.01 * direct)


def test_each_state_has_its_meter_and_each_default_its_error(table: Parameters) -> None:
    rows = [
        FuelUse(**COAL, amount_t=100),
        FuelUse(**AT, fuel="diesel", amount_t=10),
        FuelUse(**AT, fuel="natural_gas", amount_1e4nm3=10),
        PurchasedEnergy(**AT, electricity_mwh=1000),
    ]
    account = sector_account("power", rows, table)
    coal, diesel, gas = (account.of(fuel=f).direct_t for f in ("coal", "diesel", "natural_gas"))
    found = by_source(account_budget(account, rows, table))
    assert found == pytest.approx(
        {
            "solid fuel mass, u1": 0.01 * coal,
            "liquid fuel mass, u1": 0.02 * diesel,
            "gas volume, u1": 0.03 * gas,
            "default carbon: coal": 0.1 * coal,
            "default carbon: diesel": 0.07 * diesel,
            "default carbon: natural_gas": 0.07 * gas,
            "oxidation factor": 0.005 * (coal + diesel + gas),
        }
    )


def test_carbon_that_goes_in_and_out_cancels_its_laboratory_but_not_its_meters(table: Parameters) -> None:
    coke = {"unit": "w1", "month": "2025-03", "fuel": "coke"}
    rows: list[Record] = [
        FuelUse(**coke, amount_t=100, process="blast_furnace"),
        FuelUse(**coke, amount_t=100, process="coking", flow="out"),
        FuelSample(**coke, tier="monthly_composite", c_ar_pct=85),
    ]
    direct, budget = budget_of(rows, table, "steel")
    assert direct == 0
    one = 100 * 0.85 * 0.98 * 44 / 12
    assert by_source(budget) == pytest.approx(
        {"solid fuel mass, w1": 0.01 * one, "solid fuel mass, w1 given out": 0.01 * one}
    )
    assert budget.standard_t == pytest.approx(0.01 * one * math.sqrt(2))


def test_process_co2_has_mass_and_factor(table: Parameters) -> None:
    direct, budget = budget_of([ClinkerOutput(unit="k1", month="2025-03", clinker_t=1000)], table, "cement")
    assert by_source(budget) == pytest.approx(
        {"mass: clinker portland": 0.015 * direct, "factor: clinker portland": 0.025 * direct}
    )


def test_nothing_has_no_uncertainty(table: Parameters) -> None:
    assert budget_of([], table) == (0.0, Budget(()))


def test_less_evidence_takes_the_next_tier_down() -> None:
    table = load_parameters()
    rows: list[Record] = [
        FuelUse(**COAL, amount_t=100),
        FuelSample(**COAL, tier="measured_daily", represents_t=100, c_ar_pct=50, ncv_gj_per_t=20),
        FuelSample(**COAL, tier="monthly_composite", c_ar_pct=51, ncv_gj_per_t=21),
    ]
    each = 100 * 0.99 * 44 / 12
    levels = [x.direct_t for x in sensitivity("power", rows, table)]
    ncv_cc = 0.03085
    assert levels == pytest.approx([each * 0.5, each * 0.51, each * 0.51, each * 20 * ncv_cc, each * 26.7 * ncv_cc])


def test_a_fuel_without_default_says_why_there_is_no_number() -> None:
    table = load_parameters()
    waste = {"unit": "k1", "month": "2025-03", "fuel": "waste_tyres"}
    rows: list[Record] = [
        FuelUse(**waste, amount_t=100),
        FuelSample(**waste, tier="monthly_composite", c_ar_pct=70),
        FuelUse(unit="k1", month="2025-03", fuel="diesel", amount_t=1),
    ]
    *_, last = sensitivity("cement", rows, table)
    assert last.direct_t is None
    assert "ncv_waste_tyres" in last.reason
    first, second = stakes("cement", rows, sector_account("cement", rows, table), table)
    assert (first.fuel, first.default_t, first.stake_t) == ("waste_tyres", None, None)
    assert (second.fuel, second.stake_t) == ("diesel", 0.0)


def test_months_without_records_are_named() -> None:
    rows = [FuelUse(**COAL, amount_t=1)]
    assert months_without(rows, ["u1"], ["2025-03"]) == {}
    assert months_without(rows, ["u1"], ["2025-02", "2025-03", "2025-04"]) == {"u1": ("2025-02", "2025-04")}
