"""Allocation by hand: section E of the China sheet (2026), and the printed forms of the load-factor curves."""

from __future__ import annotations

import math

import pytest

from reconcile.allocation.compliance import carryover_limit, ccer_limit, late_surrender
from reconcile.allocation.exposure import exposure, prices_of
from reconcile.allocation.load_factor import correction
from reconcile.allocation.unit import UnitYear, allocate, benchmark_of
from reconcile.parameters import load_parameters

PARAMETERS = load_parameters()
E5 = UnitYear("coal_over_300mw", 2024, 1_800_000, 2_000_000, 1_750_000, previous_verified_t=1_800_000)
TABLE_2 = {
    "coal_over_300mw": (0.7950, 0.7910, 0.1038, 0.1033),
    "coal_up_to_300mw": (0.8090, 0.8049, 0.1038, 0.1033),
    "coal_unconventional": (0.8285, 0.8244, 0.1038, 0.1033),
    "gas": (0.3305, 0.3288, 0.0536, 0.0533),
}


def test_worked_example() -> None:
    made = allocate(E5, PARAMETERS)
    assert (made.final_t, made.gap_t, made.binding) == (1_630_400.0, 119_600.0, "none")
    assert (made.power_t, made.heat_t) == (1_423_800.0, 206_600.0)
    assert made.preallocated_t == 1_260_000.0


def test_worked_example_under_the_cap() -> None:
    """1 300 000 t by benchmark: 1 300 000 / 0.7910 MWh; 0.80 × 1 750 000 = 1 400 000."""
    capped = UnitYear("coal_over_300mw", 2024, 1_300_000 / 0.7910, 0, 1_750_000)
    made = allocate(capped, PARAMETERS)
    assert made.unit_t == pytest.approx(1_300_000, abs=1e-6)
    assert (made.final_t, made.gap_t, made.binding) == (1_400_000.0, 350_000.0, "deficit_cap")


@pytest.mark.parametrize(("unit_class", "row"), TABLE_2.items())
def test_table_2(unit_class: str, row: tuple[float, ...]) -> None:
    early, late = (benchmark_of(unit_class, year, PARAMETERS) for year in (2023, 2024))  # type: ignore[arg-type]
    assert (early.power_t_per_mwh, late.power_t_per_mwh, early.heat_t_per_gj, late.heat_t_per_gj) == row


@pytest.mark.parametrize(("pct", "factor"), [(45, 1.126), (40, 1.160), (30, 1.281), (20, 1.609), (10, 2.747), (50, 1)])
def test_draft_curve(pct: float, factor: float) -> None:
    assert round(correction("2025_2026_draft", pct / 100, PARAMETERS), 3) == factor


def test_draft_curve_jumps_at_half_load() -> None:
    assert round(correction("2025_2026_draft", math.nextafter(0.5, 0) - 1e-9, PARAMETERS), 3) == 1.100
    assert correction("2025_2026_draft", 0.5, PARAMETERS) == 1.0


@pytest.mark.parametrize(("name", "factor"), [("2023_2024_exponent_16", 1.0614), ("2023_2024_exponent_13", 1.0150)])
def test_the_two_candidates_at_60_pct(name: str, factor: float) -> None:
    assert round(correction(name, 0.60, PARAMETERS), 4) == factor


@pytest.mark.parametrize(
    ("load", "factor"),
    [(0.85, 1.0), (0.84, 1.0014), (0.80, 1.007), (0.79, 1.0086), (0.75, 1.015), (0.70, 1.030225), (0.65, 1.045678375)],
)
def test_plan_2021(load: float, factor: float) -> None:
    """By hand: 1 + 0.0014·(85−84), 1.007 + 0.0016·(80−79), 1.015², 1.015³."""
    assert correction("2021_2022", load, PARAMETERS) == pytest.approx(factor, abs=1e-12)


def test_fine_carry_over_and_ccer() -> None:
    fine = late_surrender(10_000, 70, PARAMETERS)
    assert (fine.low_rmb, fine.high_rmb, fine.cut_t) == (3_500_000.0, 7_000_000.0, 10_000)
    assert carryover_limit(0, PARAMETERS).value_t == 10_000
    assert carryover_limit(1_000, PARAMETERS).value_t == 11_500
    assert ccer_limit(1_750_000, PARAMETERS).value_t == 87_500


def test_money_at_the_close_of_2024() -> None:
    """10 000 t × 97.49 RMB/t; under the cap a fifth of it."""
    prices = prices_of(PARAMETERS)
    assert exposure(E5, 10_000, prices, PARAMETERS).cost_rmb["mid"] == pytest.approx(974_900)
    capped = UnitYear("coal_over_300mw", 2024, 1_000_000, 0, 1_750_000)
    assert exposure(capped, 10_000, prices, PARAMETERS).cost_rmb["mid"] == pytest.approx(194_980)
