"""The worked numbers of the China sheet, section D (computed there by hand, 2026), to the last digit printed."""

from __future__ import annotations

import pytest

from reconcile.accounting import aluminium, cement, power_monthly, power_output, steel
from reconcile.accounting.combustion import Tiers, co2_per_amount
from reconcile.accounting.factors import Factors
from reconcile.accounting.fuels import fuel_of
from reconcile.accounting.records import (
    AlternativeMaterial,
    AluminiumOutput,
    ClinkerOutput,
    FuelSample,
    FuelUse,
)
from reconcile.parameters import load_parameters

PARAMETERS = load_parameters()
AT = {"unit": "u1", "month": "2025-03"}
COAL = FuelUse(**AT, fuel="coal", amount_t=120_000)
LAB = FuelSample(
    **AT, fuel="coal", tier="monthly_composite", c_ad_pct=58.2, m_ad_pct=2.4, m_ar_pct=12.5, ncv_gj_per_t=20.5
)
LINE = (
    ClinkerOutput(**AT, clinker_t=1_550_000),
    AlternativeMaterial(**AT, material="carbide slag", mass_t=20_000),
    FuelUse(**AT, fuel="烟煤", amount_t=190_000),
    FuelSample(**AT, fuel="烟煤", tier="monthly_composite", ncv_gj_per_t=22.5),
)


def printed(value: float, places: int) -> float:
    return round(value, places)


def test_power_month_with_measured_and_with_default_carbon() -> None:
    measured = power_monthly.account([COAL, LAB], PARAMETERS)
    default = power_monthly.account([COAL, LAB], PARAMETERS, Tiers(carbon="default"))
    assert printed(measured.parts[0].carbon or 0, 6) == 0.521773
    assert printed(measured.direct_t, 1) == 227_284.1
    assert printed(default.parts[0].carbon or 0, 6) == 0.632425
    assert printed(default.direct_t, 1) == 275_484.3
    assert printed(100 * (default.direct_t / measured.direct_t - 1), 1) == 21.2
    assert (measured.parts[0].tier, default.parts[0].tier) == ("monthly_composite", "default")


def test_heat_of_steam_and_water() -> None:
    assert printed(power_output.heat_of_steam_gj(100, 2900, PARAMETERS), 3) == 281.626
    assert printed(power_output.heat_of_water_gj(100, 90, PARAMETERS), 4) == 29.3076


def test_gas_and_diesel_by_the_fuel_table() -> None:
    month = Factors(PARAMETERS, "2025-03")
    assert printed(co2_per_amount(fuel_of("天然气"), month, "power"), 3) == 21.650
    assert printed(co2_per_amount(fuel_of("柴油"), month, "power"), 4) == 3.0959


def test_clinker_line() -> None:
    account = cement.account(LINE, PARAMETERS)
    assert printed(account.sum_of("process"), 1) == 819_650.0
    assert printed(account.sum_of("fuel"), 1) == 406_267.8
    assert printed(account.direct_t, 1) == 1_225_917.8
    assert printed(cement.t_per_t_clinker(account, LINE), 4) == 0.7909


def test_clinker_by_measured_oxides() -> None:
    row = ClinkerOutput(**AT, clinker_t=1, cao_pct=65, mgo_pct=2)
    assert printed(cement.account([row], PARAMETERS, process="oxides").direct_t, 4) == 0.5327


def test_potline_by_default() -> None:
    account = aluminium.account([AluminiumOutput(**AT, aluminium_t=500_000)], PARAMETERS)
    assert (printed(account.direct_t, 0), printed(account.pfc_co2e_t, 0)) == (735_416, 72_405)
    each = aluminium.account([AluminiumOutput(**AT, aluminium_t=1)], PARAMETERS)
    assert (printed(each.direct_t, 4), printed(each.pfc_co2e_t, 4)) == (1.4708, 0.1448)


def test_coke_in_steel() -> None:
    account = steel.account([FuelUse(**AT, fuel="coke", amount_t=1, process="blast_furnace")], PARAMETERS)
    assert printed(account.direct_t, 3) == 3.006


@pytest.mark.parametrize(("slag_t", "process_t"), [(0, 829_250.0), (20_000, 819_650.0), (2_000_000, 0.0)])
def test_deductions_stop_at_zero(slag_t: float, process_t: float) -> None:
    rows = [LINE[0], AlternativeMaterial(**AT, material="carbide_slag", mass_t=slag_t)]
    assert cement.account(rows, PARAMETERS).sum_of("process") == process_t
