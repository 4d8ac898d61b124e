"""Conservation: parts add up to totals bit for bit, in any order, and a record may be split without changing them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.accounting import aluminium, cement, power_monthly, steel
from reconcile.accounting.parts import Account, stack_co2
from reconcile.accounting.records import (
    AlternativeMaterial,
    AluminiumOutput,
    AnodeUse,
    CarbonateUse,
    CarbonMaterial,
    ClinkerOutput,
    ElectrodeUse,
    FluxUse,
    FuelSample,
    FuelUse,
    PurchasedEnergy,
    Record,
    SteelProduct,
)
from reconcile.parameters import load_parameters

PARAMETERS = load_parameters()
MADE: dict[str, Callable[..., Account]] = {
    "power": power_monthly.account,
    "cement": cement.account,
    "aluminium": aluminium.account,
    "steel": steel.account,
}
TONNES = st.floats(0, 1e7, allow_nan=False)
PLACE = {"unit": st.sampled_from(["u1", "u2"]), "month": st.sampled_from(["2025-01", "2025-02"])}


def kind(model: type[Record], **fields: Any) -> st.SearchStrategy[Record]:
    return st.builds(model, **PLACE, **fields)


USE = kind(
    FuelUse,
    fuel=st.sampled_from(["bituminous", "diesel", "lignite"]),
    amount_t=TONNES,
    biogenic_pct=st.one_of(st.none(), st.floats(0, 100)),
    elsewhere=st.booleans(),
    stack=st.sampled_from(["", "s1"]),
)
BOUGHT = kind(PurchasedEnergy, electricity_mwh=TONNES, heat_gj=TONNES)
OF_SECTOR: dict[str, st.SearchStrategy[Record]] = {
    "power": st.one_of(USE, BOUGHT),
    "cement": st.one_of(
        USE,
        BOUGHT,
        kind(ClinkerOutput, clinker_t=TONNES),
        kind(AlternativeMaterial, material=st.sampled_from(["red_mud", "carbide_slag"]), mass_t=TONNES),
    ),
    "aluminium": st.one_of(
        USE,
        BOUGHT,
        kind(AluminiumOutput, aluminium_t=TONNES),
        kind(CarbonateUse, carbonate=st.sampled_from(["na2co3", "dolomite"]), mass_t=TONNES),
    ),
    "steel": st.one_of(
        kind(
            FuelUse,
            fuel=st.sampled_from(["coke", "anthracite"]),
            amount_t=TONNES,
            flow=st.sampled_from(["in", "out"]),
            process=st.sampled_from(["coking", "blast_furnace"]),
        ),
        BOUGHT,
        kind(FluxUse, flux=st.sampled_from(["limestone", "dolomite"]), mass_t=TONNES),
        kind(ElectrodeUse, mass_t=TONNES),
        kind(CarbonMaterial, material=st.sampled_from(["scrap", "pig_iron"]), mass_t=TONNES),
        kind(SteelProduct, product=st.sampled_from(["crude_steel", "tar"]), mass_t=TONNES),
    ),
}
SECTORS = pytest.mark.parametrize("sector", list(MADE))


@SECTORS
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_totals_are_the_sums_of_their_parts(sector: str, data: st.DataObject) -> None:
    account = MADE[sector](data.draw(st.lists(OF_SECTOR[sector], max_size=12)), PARAMETERS)
    by_kind: dict[str, list[float]] = {}
    for part in account.parts:
        by_kind.setdefault(part.kind, []).append(part.co2_t)
    direct = [x for k in ("fuel", "process", "fixed_product") for x in by_kind.get(k, [])]
    assert account.direct_t == math.fsum(direct)
    assert account.total_t == math.fsum([*direct, *by_kind.get("indirect", [])])
    assert account.biogenic_t == math.fsum(by_kind.get("biogenic", []))
    assert not any(by_kind.get("pfc", []))
    side = stack_co2(account)
    assert side.co2_t == account.stack_visible_t == math.fsum(p.co2_t for p in account.parts if p.visible_at_stack)
    assert len(side.seen) + len(side.unseen) == len(account.parts)
    assert all(p.unseen and p.factors for p in side.unseen)


@SECTORS
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_order_of_the_records_leaves_no_trace(sector: str, data: st.DataObject) -> None:
    records = data.draw(st.lists(OF_SECTOR[sector], max_size=10))
    shuffled = data.draw(st.permutations(records))
    assert MADE[sector](records, PARAMETERS) == MADE[sector](shuffled, PARAMETERS)


@SECTORS
@settings(max_examples=40, deadline=None)
@given(data=st.data(), share=st.floats(0, 1))
def test_a_record_split_in_two_adds_up(sector: str, data: st.DataObject, share: float) -> None:
    records = data.draw(st.lists(OF_SECTOR[sector], min_size=1, max_size=8))
    amounts = ("amount_t", "mass_t", "clinker_t", "aluminium_t", "electricity_mwh", "heat_gj")
    first = {n: getattr(records[0], n) * share for n in amounts if getattr(records[0], n, None) is not None}
    second = {n: getattr(records[0], n) - value for n, value in first.items()}
    halves = [records[0].model_copy(update=first), records[0].model_copy(update=second)]
    whole, split = MADE[sector](records, PARAMETERS), MADE[sector]([*halves, *records[1:]], PARAMETERS)
    size = math.fsum(abs(p.co2_t) for p in whole.parts) + 1
    for name in ("total_t", "direct_t", "indirect_t", "biogenic_t", "stack_visible_t"):
        assert getattr(split, name) == pytest.approx(getattr(whole, name), abs=1e-12 * size), name
    assert split.pfc_co2e_t == pytest.approx(whole.pfc_co2e_t, rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(1, 1e5), st.floats(30, 80), st.floats(0, 40)), min_size=1, max_size=31))
def test_daily_carbon_lies_between_its_samples_and_weighs_by_consumption(
    days: list[tuple[float, float, float]],
) -> None:
    at = {"unit": "u1", "month": "2025-01", "fuel": "coal"}
    samples = [FuelSample(**at, tier="measured_daily", represents_t=t, c_d_pct=c, m_ar_pct=m) for t, c, m in days]
    burnt = math.fsum(t for t, _, _ in days)
    account = power_monthly.account([FuelUse(**at, amount_t=burnt), *samples], PARAMETERS)
    carbon_t = math.fsum(t * c / 100 * (100 - m) / 100 for t, c, m in days)
    assert account.direct_t == pytest.approx(carbon_t * 0.99 * 44 / 12, rel=1e-12)
    contents = [c / 100 * (100 - m) / 100 for _, c, m in days]
    assert min(contents) * (1 - 1e-12) <= (account.parts[0].carbon or 0) <= max(contents) * (1 + 1e-12)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=6))
def test_fuel_handed_from_process_to_process_cancels_exactly(amounts: list[float]) -> None:
    at = {"unit": "w1", "month": "2025-01", "fuel": "coke_oven_gas"}
    out = [FuelUse(**at, amount_1e4nm3=a, flow="out", process="coking") for a in amounts]
    taken = [FuelUse(**at, amount_1e4nm3=a, flow="in", process="rolling") for a in reversed(amounts)]
    assert steel.account([*out, *taken], PARAMETERS).direct_t == 0.0


def test_anodes_of_both_kinds_add_up() -> None:
    at = {"unit": "p1", "month": "2025-01"}
    rows = [AluminiumOutput(**at, aluminium_t=1000), AnodeUse(**at, net_t=411), AnodeUse(**at, gross_t=100)]
    expected = (411 + 100 * (1 - 0.1518)) * (1 - 0.02 - 0.004) * 44 / 12
    assert aluminium.account(rows, PARAMETERS).direct_t == pytest.approx(expected, rel=1e-12)
