from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from cems.errors import RuleError
from reconcile.accounting.combustion import Tiers, fuel_parts
from reconcile.accounting.fuels import FUELS, Sector, find_fuel, fuel_of
from reconcile.accounting.parts import Part
from reconcile.accounting.records import FuelSample, FuelUse
from reconcile.parameters import Parameters, load_parameters

PARAMETERS = load_parameters()
AT: dict[str, Any] = {"unit": "u1", "month": "2025-03", "fuel": "coal"}
USE = FuelUse(**AT, amount_t=1000)
DAILY = [
    FuelSample(**AT, tier="measured_daily", represents_t=100, c_ar_pct=50),
    FuelSample(**AT, tier="measured_daily", represents_t=300, c_ar_pct=60),
]
BATCH = FuelSample(**AT, tier="batch", represents_t=500, c_ar_pct=55)
COMPOSITE = FuelSample(**AT, tier="monthly_composite", c_ar_pct=52, ncv_gj_per_t=20)


def one(use: FuelUse, *samples: FuelSample, tiers: Tiers | None = None, sector: Any = "power") -> Part:
    (part,) = fuel_parts([use], samples, PARAMETERS, sector, tiers or Tiers())
    return part


@pytest.mark.parametrize(
    ("tiers", "carbon", "tier"),
    [
        (Tiers(), 0.575, "measured_daily"),
        (Tiers(carbon="batch"), 0.55, "batch"),
        (Tiers(carbon="monthly_composite"), 0.52, "monthly_composite"),
        (Tiers(carbon="default"), 20 * 0.03085, "default"),
        (Tiers(carbon="default", ncv="default"), 26.7 * 0.03085, "default"),
    ],
)
def test_the_best_evidence_that_counts_is_taken(tiers: Tiers, carbon: float, tier: str) -> None:
    part = one(USE, *DAILY, BATCH, COMPOSITE, tiers=tiers)
    assert part.carbon == pytest.approx(carbon, rel=1e-14)
    assert part.tier == tier
    assert part.co2_t == pytest.approx(1000 * carbon * 0.99 * 44 / 12, rel=1e-14)


def test_heating_value_is_weighted_as_carbon_is() -> None:
    days = [
        FuelSample(**AT, tier="measured_daily", represents_t=t, ncv_gj_per_t=n) for t, n in ((100, 18.0), (300, 22.0))
    ]
    assert one(USE, *days).carbon == pytest.approx(21.0 * 0.03085)


def test_a_tier_without_weight_is_passed_over() -> None:
    idle = FuelSample(**AT, tier="measured_daily", represents_t=0, c_ar_pct=99)
    assert one(USE, idle, COMPOSITE).carbon == 0.52


def test_carbon_as_received_goes_before_the_other_bases() -> None:
    sample = FuelSample(**AT, tier="monthly_composite", c_ar_pct=50, c_d_pct=80, m_ar_pct=10)
    assert one(USE, sample).carbon == 0.5
    dry = FuelSample(**AT, tier="monthly_composite", c_d_pct=60, m_ar_pct=12.5)
    assert one(USE, dry).carbon == 0.525
    daf = FuelSample(**AT, tier="monthly_composite", c_daf_pct=80, m_ar_pct=12.5, a_ar_pct=20)
    assert one(USE, daf).carbon == pytest.approx(0.54)


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        ([COMPOSITE, COMPOSITE], "2 composites with carbon and no weight"),
        ([FuelSample(**AT | {"fuel": "diesel"}, tier="monthly_composite", ncv_gj_per_t=42)], "without use that month"),
        ([FuelSample(**AT | {"month": "2025-04"}, tier="monthly_composite", ncv_gj_per_t=20)], "u1 2025-04 coal"),
        ([FuelSample(**AT, tier="monthly_composite", ncv_gj_per_1e4nm3=20)], "ncv_gj_per_1e4nm3 does not fit it"),
        (
            [FuelSample(**AT, report_no="L7", tier="batch", represents_t=1, c_ad_pct=99, m_ad_pct=2, m_ar_pct=9)],
            "u1 2025-03 coal L7: no coal has C_ad 99",
        ),
    ],
)
def test_samples_that_cannot_be_used_are_named(samples: list[FuelSample], said: str) -> None:
    with pytest.raises(RuleError, match=said):
        one(USE, *samples)


def test_two_composites_with_weights_are_weighted() -> None:
    pair = [COMPOSITE.model_copy(update={"represents_t": 1.0, "c_ar_pct": c}) for c in (50.0, 54.0)]
    assert one(USE, *pair).carbon == pytest.approx(0.52)


def test_gas_is_counted_by_volume_and_coal_by_mass() -> None:
    gas = FuelUse(**AT | {"fuel": "天然气"}, amount_1e4nm3=2)
    assert one(gas).co2_t == pytest.approx(2 * 21.650, abs=1e-3)
    measured = FuelSample(**AT | {"fuel": "natural gas"}, tier="batch", represents_1e4nm3=1, carbon_t_per_1e4nm3=6.0)
    assert one(gas, measured).co2_t == pytest.approx(2 * 6.0 * 0.99 * 44 / 12)
    with pytest.raises(RuleError, match="counted in 1e4Nm3; give amount_1e4nm3"):
        one(FuelUse(**AT | {"fuel": "natural_gas"}, amount_t=2))
    with pytest.raises(RuleError, match="counted in t; give amount_t"):
        one(FuelUse(**AT, amount_1e4nm3=2))


def test_a_fuel_or_a_default_that_is_not_there_is_an_error() -> None:
    with pytest.raises(RuleError, match="no fuel 'moon dust'"):
        one(FuelUse(**AT | {"fuel": "moon dust"}, amount_t=1))
    with pytest.raises(RuleError, match="no parameter 'ncv_coal'"):
        one(USE, sector="cement")
    with pytest.raises(RuleError, match="no parameter 'ncv_biomass'"):
        one(FuelUse(**AT | {"fuel": "biomass"}, amount_t=1))


def test_a_default_out_of_force_is_an_error_and_says_the_way_out() -> None:
    with pytest.raises(RuleError, match=r"coal_cc_default_power may not be used for 2022-05-01.*before_2022_06"):
        one(FuelUse(**AT | {"month": "2022-05"}, amount_t=1))


@pytest.mark.parametrize(
    ("sector", "oxidation"), [("power", 0.99), ("cement", 0.99), ("aluminium", 0.98), ("steel", 0.98)]
)
def test_solids_oxidise_as_their_sector_says(sector: str, oxidation: float) -> None:
    part = one(
        FuelUse(**AT | {"fuel": "bituminous"}, amount_t=1), COMPOSITE.model_copy(update={"fuel": "烟煤"}), sector=sector
    )
    assert part.co2_t == pytest.approx(0.52 * oxidation * 44 / 12)


def test_cofired_biomass_stands_apart() -> None:
    use = FuelUse(**AT, amount_t=1000, biogenic_pct=25)
    parts = {p.kind: p for p in fuel_parts([use], [COMPOSITE], PARAMETERS, "power")}
    whole = 1000 * 0.52 * 0.99 * 44 / 12
    assert parts["fuel"].co2_t == pytest.approx(0.75 * whole)
    assert parts["biogenic"].co2_t == pytest.approx(0.25 * whole)
    wood = FuelUse(**AT | {"fuel": "生物质"}, amount_t=10)
    assert one(wood, COMPOSITE.model_copy(update={"fuel": "biomass"})).kind == "biogenic"
    part = one(wood.model_copy(update={"biogenic_pct": 0.0}), COMPOSITE.model_copy(update={"fuel": "biomass"}))
    assert part.kind == "fuel"


def test_every_part_names_the_exact_factors_it_used() -> None:
    part = one(USE)
    keys = [ref.split("@")[0] for ref in part.factors]
    assert keys == ["coal_ncv_default_power", "coal_cc_default_power", "coal_of_power", "co2_per_c"]
    assert part.factors[0] == PARAMETERS.parameter("coal_ncv_default_power").ref


def test_every_tabled_fuel_has_its_defaults_in_every_sector() -> None:
    sectors: tuple[Sector, ...] = get_args(Sector)
    for fuel, sector in ((f, s) for f in FUELS for s in sectors):
        if fuel.tabled or (fuel.coal and sector == "power"):
            keys = (fuel.ncv_key(sector), fuel.cc_key(sector), fuel.of_key(sector))
            assert all(key in PARAMETERS for key in keys), (fuel.key, sector)
            assert PARAMETERS.parameter(keys[0]).unit == f"GJ/{fuel.per}"


def test_names_of_fuels() -> None:
    names = {
        "Coke Oven Gas": "coke_oven_gas",
        "COG": "coke_oven_gas",
        "高炉煤气": "blast_furnace_gas",
        "焦油": "coal_tar",
    }
    assert {name: fuel_of(name).key for name in names} == names
    assert find_fuel("") is None
    assert len({f.key for f in FUELS}) == len({f.zh for f in FUELS}) == len(FUELS)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"amount_t": 1, "amount_1e4nm3": 1},
        {"amount_t": -1},
        {"amount_t": float("nan")},
        {"amount_t": float("inf")},
        {"amount_t": 1, "month": "2025-13"},
        {"amount_t": 1, "biogenic_pct": 101},
        {"amount_t": 1, "unit": ""},
        {"amount_t": 1, "nonsense": 1},
    ],
)
def test_a_use_that_cannot_be(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FuelUse.model_validate(AT | fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"tier": "monthly_composite"},
        {"tier": "measured_daily", "c_ar_pct": 50},
        {"tier": "default", "c_ar_pct": 50},
        {"tier": "monthly_composite", "c_ad_pct": 50, "m_ar_pct": 9},
        {"tier": "monthly_composite", "c_d_pct": 50},
        {"tier": "monthly_composite", "c_daf_pct": 50, "m_ar_pct": 9},
        {"tier": "monthly_composite", "c_ar_pct": 101},
        {"tier": "monthly_composite", "ncv_gj_per_t": 0},
        {"tier": "batch", "c_ar_pct": 50, "represents_t": 1, "represents_1e4nm3": 1},
    ],
)
def test_a_sample_that_cannot_be(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FuelSample.model_validate(AT | fields)


@pytest.mark.parametrize("more", [{"flow": "out"}, {"process": "coking"}])
def test_only_a_steelworks_gives_fuel_out_and_has_processes(more: dict[str, str]) -> None:
    with pytest.raises(RuleError, match="belong to a steelworks only"):
        one(USE.model_copy(update=more))


def test_look_ups_count_in_the_table() -> None:
    table: Parameters = load_parameters()
    fuel_parts([USE], [COMPOSITE], table, "power")
    assert [p.key for p in table.used()] == ["co2_per_c", "coal_of_power"]
