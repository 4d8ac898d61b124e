from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from cems.channels import Moisture
from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.rulebooks.equations import eu_corroboration, eu_mrr

NORMAL = eu_mrr.normal_of(load_parameters())
DRY, WET = Moisture.DRY, Moisture.WET


def test_mixed_bases_are_refused() -> None:
    with pytest.raises(RuleError, match="one basis"):
        eu_mrr.hourly_mass_kg(200.0, 1e6, conc_basis=DRY, volume_basis=WET)
    with pytest.raises(RuleError, match="one basis"):
        eu_mrr.annual([200.0], [1e6], [True], conc_basis=WET, volume_basis=DRY)


def test_bases_may_be_words() -> None:
    words: dict[str, Any] = {"conc_basis": "wet", "volume_basis": "wet"}
    assert float(eu_mrr.hourly_mass_kg(200.0, 1e6, **words)) == 200_000.0


def test_a_bad_reading_gives_no_number_and_touches_no_other() -> None:
    mass = eu_mrr.hourly_mass_kg(
        [-1.0, math.nan, 200.0, 200.0], [1e6, 1e6, -1.0, 1e6], conc_basis=DRY, volume_basis=DRY
    )
    assert np.isnan(mass[:3]).all()
    assert mass[3] == 200_000.0
    share = eu_mrr.concentration_g_nm3([-0.1, 100.1, math.inf, 0.0], NORMAL)
    assert np.isnan(share[:3]).all()
    assert share[3] == 0.0
    assert np.isnan(eu_mrr.normal_volume_nm3([1, 1, 1, -1], [0, 300, -5, 300], [1e5, 0, 1e5, 1e5], NORMAL)).all()


@pytest.mark.parametrize("hole", [math.nan, -1.0, math.inf])
def test_an_operating_hour_without_a_number_stops_the_total(hole: float) -> None:
    with pytest.raises(RuleError, match=r"1 operating hours .* index 2"):
        eu_mrr.annual([1.0, math.nan, hole], [1.0] * 3, [True, False, True], conc_basis=DRY, volume_basis=DRY)
    with pytest.raises(RuleError, match="substitute"):
        eu_mrr.annual([1.0, 1.0], [1.0, hole], [True, True], conc_basis=DRY, volume_basis=DRY)


@pytest.mark.parametrize(
    ("conc", "volume", "operating", "why"),
    [
        ([], [], np.array([], dtype=bool), "no operating hour"),
        ([1.0], [1.0], [False], "no operating hour"),
        ([1.0, 2.0], [1.0], [True, True], "one shape"),
        ([1.0], [1.0], [1], "bool"),
        (1.0, 1.0, True, "one shape"),
    ],
)
def test_a_period_that_cannot_be_added_up(conc: Any, volume: Any, operating: Any, why: str) -> None:
    with pytest.raises(RuleError, match=why):
        eu_mrr.annual(conc, volume, operating, conc_basis=DRY, volume_basis=DRY)


def test_hours_without_flow_count_and_have_no_average_concentration() -> None:
    year = eu_mrr.annual([200.0, 200.0], [0.0, 0.0], [True, True], conc_basis=DRY, volume_basis=DRY)
    assert (year.total_t, year.hours_op, year.emission_kg_h, year.flow_nm3_h) == (0.0, 2, 0.0, 0.0)
    with pytest.raises(RuleError, match="no gas flowed"):
        _ = year.conc_g_nm3


def test_indirect_concentration_of_series() -> None:
    others = np.array([[1.0, 60.0, -0.1, math.nan, 0.0], [2.0, 50.0, 1.0, 1.0, 0.0]])
    got = eu_mrr.indirect_concentration_pct(others)
    assert got[0] == 97.0
    assert np.isnan(got[1:4]).all()
    assert got[4] == 100.0
    for nothing in ([], 3.0):
        with pytest.raises(RuleError, match="missing"):
            eu_mrr.indirect_concentration_pct(nothing)


def test_uncertainty_of_an_indirect_concentration() -> None:
    assert eu_mrr.indirect_relative_u([0.3, 0.4], 50.0) == pytest.approx(0.01)
    for wrong, co2 in (([], 50.0), ([-0.1], 50.0), ([math.nan], 50.0), ([0.1], 0.0)):
        with pytest.raises(RuleError):
            eu_mrr.indirect_relative_u(wrong, co2)


def test_parts_that_are_all_of_the_whole_leave_nothing() -> None:
    """0.1 + 0.2 is 0.3 in decimal and a hair more in binary; a total of two parts may round the other way."""
    assert eu_mrr.emissions(0.3, 0.0, 0.1, 0.2, NORMAL).reported_t == 0.0
    both = eu_mrr.emissions(1.0, 0.75, 0.0, 0.0, NORMAL).total_t
    green = eu_mrr.emissions(1.0, 0.75, both, 0.0, NORMAL)
    assert (green.fossil_t, green.reported_t) == (0.0, 0.0)


def test_parts_that_are_more_than_the_whole_are_refused() -> None:
    assert eu_mrr.emissions(100.0, 0.0, 60.0, 40.0, NORMAL).reported_t == 0.0
    with pytest.raises(RuleError, match="more than the total"):
        eu_mrr.emissions(100.0, 0.0, 60.0, 40.001, NORMAL)
    for parts in ((-1.0, 0, 0, 0), (1.0, -1.0, 0, 0), (1.0, 0, -1.0, 0), (1.0, 0, 0, math.nan)):
        with pytest.raises(RuleError):
            eu_mrr.emissions(*parts, NORMAL)


@pytest.mark.parametrize("field", range(5))
@pytest.mark.parametrize("wrong", [0.0, -1.0, math.nan, math.inf])
def test_wrong_constants_are_refused(field: int, wrong: float) -> None:
    figures = [273.15, 101_325.0, 22.41397, 44.0095, 28.010]
    figures[field] = wrong
    with pytest.raises(RuleError, match="positive"):
        eu_mrr.Normal(*figures)


@pytest.mark.parametrize("parts", [(-1.0, 0, 0, 0), (0, 0, math.nan, 0), (10.0, 5.0, 0.0, 6.0)])
def test_impossible_activity_data(parts: tuple[float, float, float, float]) -> None:
    with pytest.raises(RuleError):
        eu_corroboration.activity_data(*parts)


@pytest.mark.parametrize(
    "factors", [(-1, 1, 1, 1), (1, 0, 1, 1), (1, 1, -1, 1), (1, 1, 1, 0), (1, 1, 1, 1.01), (math.nan, 1, 1, 1)]
)
def test_impossible_combustion(factors: tuple[float, float, float, float]) -> None:
    with pytest.raises(RuleError):
        eu_corroboration.combustion_t(*factors)


@pytest.mark.parametrize(
    ("entered", "left"),
    [([], []), ([(1.0, 1.1)], []), ([(-1.0, 0.5)], []), ([(1.0, 0.5)], [(2.0, 0.5)]), ([(1.0, math.nan)], [])],
)
def test_impossible_balance(entered: list[tuple[float, float]], left: list[tuple[float, float]]) -> None:
    with pytest.raises(RuleError):
        eu_corroboration.mass_balance_t(entered, left, 3.664)
