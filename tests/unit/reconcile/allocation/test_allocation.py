"""Allocation: limits met exactly, refusals, what is listed as not verified, the command."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from cems.errors import RuleError
from reconcile.allocation.compliance import (
    carried_over,
    carryover_limit,
    falsification,
    late_surrender,
    shortfall_after_ccer,
)
from reconcile.allocation.exposure import exposure, marginal, prices_of
from reconcile.allocation.load_factor import CANDIDATES_2023, STRATEGIES, correction
from reconcile.allocation.sectors import allocate_sector
from reconcile.allocation.unit import CLASSES, Benchmark, UnitClass, UnitYear, allocate, unit_class_of
from reconcile.allocation_cli import app
from reconcile.parameters import load_parameters

PARAMETERS = load_parameters()
COAL: UnitClass = "coal_over_300mw"
TONNES = st.floats(0, 1e8, allow_nan=False)


def coal(verified: float, mwh: float = 1_000_000.0, **more: Any) -> UnitYear:
    return UnitYear(COAL, 2024, mwh, 0.0, verified, **more)


def test_every_unverified_figure_of_the_table_says_what_to_know() -> None:
    rows = [p for p in PARAMETERS.all() if p.table == "allocation"]
    assert len(rows) > 50
    assert [p.key for p in rows if p.confidence == "M" and not p.note] == []


def test_the_cap_binds_from_exactly_80_pct() -> None:
    """791 000 t by benchmark = 0.8 × 988 750 t."""
    at, above, below = (allocate(coal(t), PARAMETERS) for t in (988_750.0, 988_750.01, 988_749.99))
    assert (at.binding, above.binding, below.binding) == ("deficit_cap", "deficit_cap", "none")
    assert (at.marginal, above.marginal, below.marginal) == (0.2, 0.2, 1.0)
    assert at.final_t == below.final_t == 791_000.0


def test_a_difference_across_the_kink_is_worked_out_whole() -> None:
    """From 988 750 − 1000 by 3000: 1000 t at 1.0, then 2000 t at 0.2."""
    found = exposure(coal(987_750.0), 3_000.0, prices_of(PARAMETERS, mid=100.0), PARAMETERS)
    assert found.marginal == 1.0
    assert found.obligation_t == pytest.approx(1_400.0)
    assert found.cost_rmb["mid"] == pytest.approx(140_000.0)
    assert found.next_preallocation_t == pytest.approx(2_100.0)
    back = exposure(coal(990_750.0), -3_000.0, prices_of(PARAMETERS, mid=100.0), PARAMETERS)
    assert (back.marginal, back.obligation_t) == (0.2, pytest.approx(-1_400.0))


def test_gas_is_exempt_from_deficits_and_keeps_a_surplus() -> None:
    deficit = allocate(UnitYear("gas", 2024, 1_000_000, 0, 400_000), PARAMETERS)
    surplus = allocate(UnitYear("gas", 2024, 1_000_000, 0, 300_000), PARAMETERS)
    even = allocate(UnitYear("gas", 2024, 1_000_000, 0, 328_800), PARAMETERS)
    assert (deficit.gap_t, marginal(deficit)[0]) == (0.0, 0.0)
    assert (surplus.gap_t, marginal(surplus)[0]) == (-28_800.0, 1.0)
    assert (even.gap_t, marginal(even)[0]) == (0.0, 0.0)


def test_gas_has_no_load_factor_correction() -> None:
    gas = UnitYear("gas", 2023, 1_000.0, 0, 300.0, load_factor=0.3)
    assert {allocate(gas, PARAMETERS, name).correction for name in STRATEGIES} == {1.0}


@pytest.mark.parametrize("name", CANDIDATES_2023)
def test_the_limit_of_65_pct_is_met_exactly_in_spite_of_noise(name: str) -> None:
    """0.65 as a quotient of doubles may come out a hair below it."""
    assert correction(name, 0.65, PARAMETERS) == correction(name, math.nextafter(0.65, 0), PARAMETERS) == 1.0
    assert correction(name, 0.6499, PARAMETERS) > 1.0


@pytest.mark.parametrize("name", STRATEGIES)
@given(load=st.floats(0, 1.5))
def test_a_correction_never_takes_allowances_away(name: str, load: float) -> None:
    assert correction(name, load, PARAMETERS) >= 1.0


@pytest.mark.parametrize("load", [-0.1, math.nan, math.inf, 65.0, 1.5001])
def test_a_load_factor_that_cannot_be_is_refused(load: float) -> None:
    with pytest.raises(RuleError, match="load factor is a fraction"):
        correction("none", load, PARAMETERS)


def test_refusals_of_a_unit() -> None:
    with pytest.raises(RuleError, match="no load-factor strategy 'mine'; there are none, 2021_2022"):
        allocate(coal(1.0, load_factor=0.5), PARAMETERS, "mine")
    with pytest.raises(RuleError, match="needs the load factor"):
        allocate(coal(1.0), PARAMETERS, "2021_2022")
    low = UnitYear("coal_unconventional", 2024, 1.0, 0, 1.0, load_factor=0.4)
    with pytest.raises(RuleError, match="conventional coal only"):
        allocate(low, PARAMETERS, "2025_2026_draft")
    with pytest.raises(RuleError, match="2023 and 2024 only"):
        allocate(UnitYear(COAL, 2025, 1.0, 0, 1.0), PARAMETERS)
    with pytest.raises(RuleError, match="no unit class"):
        UnitYear("coal", 2024, 1.0, 0, 1.0)  # type: ignore[arg-type]
    for bad in (-1.0, math.nan, math.inf):
        with pytest.raises(RuleError, match="generated_mwh"):
            UnitYear(COAL, 2024, bad, 0, 1.0)


def test_a_benchmark_of_ones_own_serves_another_year_and_is_named() -> None:
    made = allocate(UnitYear(COAL, 2025, 1_000.0, 0, 800.0), PARAMETERS, benchmark=Benchmark(0.78, 0.1, "what if"))
    assert made.final_t == 780.0
    assert any("what if" in note for note in made.basis.notes)


def test_class_limit() -> None:
    assert unit_class_of(300.0, "coal", PARAMETERS) == "coal_up_to_300mw"
    assert unit_class_of(math.nextafter(300, 301), "coal", PARAMETERS) == "coal_over_300mw"
    assert unit_class_of(600.0, "unconventional_coal", PARAMETERS) == "coal_unconventional"
    assert unit_class_of(50.0, "gas", PARAMETERS) == "gas"
    for wrong in (0.0, -1.0, math.nan):
        with pytest.raises(RuleError):
            unit_class_of(wrong, "coal", PARAMETERS)


def test_what_is_not_verified_is_listed_and_what_is_assumed_said() -> None:
    basis = allocate(coal(1.0, load_factor=0.5), PARAMETERS, "2023_2024_exponent_16").basis
    assert basis.label == "estimate"
    assert any(text.startswith("alloc_ff_2023_offset_16 = 16") for text in basis.unverified)
    assert not any("alloc_power" in text for text in basis.unverified)
    assert any(ref.startswith("alloc_power_coal_over_300mw_2024@") for ref in basis.factors)
    assert "no load factor given" in allocate(coal(1.0), PARAMETERS).basis.notes[0]
    draft = allocate(coal(1.0, load_factor=0.4), PARAMETERS, "2025_2026_draft").basis
    assert any("V2" in text and "Draft" in text for text in draft.unverified)


@given(verified=TONNES, mwh=TONNES, delta=st.floats(0, 1e7), unit_class=st.sampled_from(CLASSES))
def test_the_gap_rises_with_emissions_and_never_faster_than_they_do(
    verified: float, mwh: float, delta: float, unit_class: UnitClass
) -> None:
    unit = UnitYear(unit_class, 2024, mwh, 0.0, verified)
    found = exposure(unit, delta, prices_of(PARAMETERS), PARAMETERS)
    noise = 1e-7
    assert -noise <= found.obligation_t <= delta + noise
    assert found.after.gap_t <= 0.2 * found.after.unit.verified_t + noise


def test_no_price_is_made_up_and_order_matters() -> None:
    prices = prices_of(PARAMETERS)
    assert [p.rmb_per_t for p in prices.values()] == [None, 97.49, None]
    with pytest.raises(RuleError, match="rise from low to high"):
        prices_of(PARAMETERS, low=98.0)
    for bad in (-1.0, math.nan):
        with pytest.raises(RuleError, match="low price"):
            prices_of(PARAMETERS, low=bad)
    with pytest.raises(RuleError, match="prices are low, mid, high"):
        exposure(coal(1.0), 0.0, {"mid": prices["mid"]}, PARAMETERS)
    for bad in (math.nan, math.inf, -2.0):
        with pytest.raises(RuleError, match="leaves emissions"):
            exposure(coal(1.0), bad, prices, PARAMETERS)


def test_carry_over_and_ccer_refuse_what_is_not_known() -> None:
    assert carried_over(5_000, 0, PARAMETERS).value_t == 5_000
    assert carried_over(50_000, 2_000, PARAMETERS).value_t == 13_000
    with pytest.raises(RuleError, match="net purchases"):
        carryover_limit(-1.0, PARAMETERS)
    assert shortfall_after_ccer(-10.0, 100.0, 5.0, PARAMETERS).value_t == 0.0
    assert shortfall_after_ccer(10.0, 100.0, 3.0, PARAMETERS).value_t == 7.0
    assert shortfall_after_ccer(10.0, 100.0, 8.0, PARAMETERS).value_t == 5.0
    with pytest.raises(RuleError, match="exceeds the emissions"):
        shortfall_after_ccer(101.0, 100.0, 0.0, PARAMETERS)


def test_penalties_are_ranges_and_do_not_invent_an_end() -> None:
    assert falsification(PARAMETERS).high_rmb is None
    assert (falsification(PARAMETERS).low_rmb, falsification(PARAMETERS, verification_body=True).low_rmb) == (5e5, 2e4)
    assert falsification(PARAMETERS, illegal_gains_rmb=49_999.9).high_rmb is None
    assert falsification(PARAMETERS, illegal_gains_rmb=50_000.0).high_rmb == 500_000.0
    assert late_surrender(0, 70, PARAMETERS).high_rmb == 0.0
    with pytest.raises(RuleError, match="price"):
        late_surrender(1, -70, PARAMETERS)


@pytest.mark.parametrize("sector", ["steel", "cement", "aluminium"])
def test_sectors_of_2024_and_2025(sector: Any) -> None:
    early = allocate_sector(sector, 2024, 1_000.0, PARAMETERS)
    late = allocate_sector(sector, 2025, 1_000.0, PARAMETERS)
    assert (early.final_t, early.gap_t, early.marginal) == (1_000.0, 0.0, 0.0)
    assert (late.final_t, late.gap_t, late.marginal) == (None, None, 1.0)
    assert "not known" in late.reason
    assert late.basis.unverified


def test_special_cement_lines() -> None:
    def line(**more: Any) -> float | None:
        return allocate_sector("cement", 2025, 1_000.0, PARAMETERS, **more).final_t

    assert line(special_line="white_clinker_only") == line(special_line="gypsum_to_sulfuric_acid") == 1_000.0
    assert (line(carbide_slag_pct=15.0), line(carbide_slag_pct=15.01)) == (None, 1_000.0)
    for args, more in ((("steel", 2025), {"carbide_slag_pct": 20.0}), (("cement", 2023), {})):
        with pytest.raises(RuleError):
            allocate_sector(*args, 1.0, PARAMETERS, **more)  # type: ignore[arg-type]
    with pytest.raises(RuleError, match="no special line"):
        allocate_sector("cement", 2025, 1.0, PARAMETERS, special_line="grey")  # type: ignore[arg-type]


RUN = ["unit", "--class", COAL, "--year", "2024", "--generated-mwh", "1800000", "--heat-gj", "2000000"]
RUN += ["--verified-t", "1750000"]


def test_the_command_shows_both_candidates_only_where_they_differ() -> None:
    run = CliRunner()
    high = run.invoke(app, [*RUN, "--load-factor", "0.7"])
    assert high.exit_code == 0, high.output
    assert high.output.count("estimate") == 1
    assert "1,630,400 t" in high.output
    assert "119,600 t" in high.output
    low = run.invoke(app, [*RUN, "--load-factor", "0.6"]).output
    assert [name in low for name in CANDIDATES_2023] == [True, True]
    assert "not verified: alloc_ff_2023_offset_16" in low
    assert "assumed: no load factor" in run.invoke(app, RUN).output


def test_the_command_prints_money_json_and_refusals(tmp_path: Path) -> None:
    run = CliRunner()
    args = ["exposure", *RUN[1:], "--load-factor", "0.7", "--delta-t", "12000"]
    shown = run.invoke(app, args).output
    assert "+1,169,880 RMB at 97.49 RMB/t" in shown
    assert shown.count("no number") == 2
    (found,) = json.loads(run.invoke(app, [*args, "--json"]).output)
    assert found["obligation_t"] == 12_000.0
    assert found["basis"]["label"] == "estimate"
    own = tmp_path / "mine.toml"
    own.write_text('[alloc_price_end_2024]\nvalue = 80\nsource = "broker"\n')
    assert "+960,000 RMB" in run.invoke(app, [*args, "--parameters", str(own)]).output
    assert "no number" in run.invoke(app, ["sector", "steel", "--year", "2025", "--verified-t", "5"]).output
    fine = run.invoke(app, ["penalty", "--missing-t", "10000", "--month-mean-price", "70"]).output
    assert "3,500,000 RMB to 7,000,000 RMB" in fine
    assert isinstance(run.invoke(app, ["penalty", "--missing-t", "1"]).exception, RuleError)
    wrong = run.invoke(app, ["unit", "--class", "coal", *RUN[3:]])
    assert "coal_over_300mw" in str(wrong.exception)
