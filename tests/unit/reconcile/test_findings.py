"""Findings and verdict of a small reconciliation, computed from readings without a database."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime

import numpy as np
import pytest

from cems.channels import INDEX, Channel
from cems.flags import Flag
from cems.instruments.modbus import ModbusInstrument
from cems.plant import Enterprise, Plant, Point, Stack, Unit
from reconcile.accounting.activity import FuelRecord
from reconcile.comparison.texts import TEXTS
from reconcile.measure import Inputs
from reconcile.parameters import load_parameters
from reconcile.period import span_of
from reconcile.pipeline import compute
from reconcile.readings import Readings, empty
from reconcile.report.assemble import Made, assemble
from reconcile.report.html import render
from reconcile.report.model import Finding, Report
from reconcile.report.model_readings import Completeness, SequenceGap
from reconcile.report.write import report_json, verdict
from tests.unit.reconcile.build import GOLDEN, flagged, minutes, readings, register, stack_point, taken

SPAN = span_of("2026-02", 8)
N = 28 * 1440
AT = minutes(N, start=SPAN.start_ms)
UNIT_POINT = Point(
    code="unit-1",
    unit="u1",
    instrument=(
        ModbusInstrument(code="dcs", register=(register(Channel.LOAD, None), register(Channel.FUEL_FEED, None))),
    ),
)
PLANT = Plant(
    enterprise=Enterprise(code="demo", name="Demo"),
    unit=(Unit(code="u1", rated_mw=300, stacks=("s1",)),),
    stack=(Stack(code="s1"),),
    point=(stack_point(), UNIT_POINT),
)
CO2_PER_FUEL = 0.521773 * 0.99 * 44 / 12
CLEAN = Completeness(scans=2 * N, expected=2 * N, missing_sequences=0, duplicate_instants=0, quarantined=0,
                     config_hashes=("a",))  # fmt: skip


def plant_month(bias: float = 1.0, bias_per_mw: float = 0.0) -> tuple[Readings, Readings]:
    rng = np.random.default_rng(5)
    load = 250 + 50 * np.sin(np.arange(N) / 300)
    noise = 1 + 0.002 * rng.standard_normal(N)
    velocity = 12 * load / 300 * (bias + bias_per_mw * (load - 250)) * noise
    values = {c: v * (1 + 1e-4 * rng.standard_normal(N)) for c, v in GOLDEN.items()}
    feed = 468.128778 * load / 300 / CO2_PER_FUEL
    return (
        readings(AT, {**values, Channel.VELOCITY: velocity}),
        readings(AT, {Channel.LOAD: load, Channel.FUEL_FEED: feed}, "unit-1"),
    )


def fuel(unit: Readings, days: int = 28, sampled: int = 28) -> tuple[FuelRecord, ...]:
    feed = unit.value(Channel.FUEL_FEED) / 60
    coal = {"c_ad_pct": 58.2, "m_ad_pct": 2.4, "m_ar_pct": 12.5}
    rows = []
    for d in range(days):
        sample = coal if d < sampled else {}
        mass = float(feed[1440 * d : 1440 * (d + 1)].sum())
        rows.append(FuelRecord.model_validate({"unit": "u1", "day": date(2026, 2, d + 1), "mass_t": mass, **sample}))
    return tuple(rows)


def report(stack: Readings, unit: Readings, records: tuple[FuelRecord, ...], chain: Completeness = CLEAN) -> Report:
    inputs = Inputs(PLANT, "s1", PLANT.point[0], SPAN, stack, {"unit-1": unit}, records)
    done = compute(inputs, (), load_parameters())
    made = Made(datetime(2026, 3, 1, tzinfo=UTC), "flueledger test")
    return assemble(inputs, done.outcome, chain, done.all_parameters(), made)


def kinds(made: Report) -> dict[str, Finding]:
    return {f.kind: f for f in made.findings}


def test_a_clean_month_has_nothing_to_alarm() -> None:
    stack, unit = plant_month()
    made = report(stack, unit, fuel(unit))
    found = kinds(made)
    assert [f.kind for f in made.findings if f.severity != "info"] == ["unverified-parameters"]
    assert found["difference"].severity == "info"
    assert "default-uncertainty" in found
    first, second = verdict(made).lines
    assert first.startswith("2026-02 s1: ")
    assert "they agree; flagged: unverified-parameters" in second
    assert made.causes is not None
    assert made.causes.nothing_wrong
    assert [c.key for c in made.causes.ranked] == ["nothing-wrong"]
    assert made.causes.ranked[0].posterior > 0.5
    assert made.causes.ranked[0].side is None
    assert "Then" not in " ".join(made.causes.statement)


@pytest.mark.parametrize(("bias", "severity", "side"), [(1.07, "warning", "above"), (0.88, "alarm", "below")])
def test_both_signs_of_a_difference_are_explained(bias: float, severity: str, side: str) -> None:
    stack, unit = plant_month(bias)
    found = kinds(report(stack, unit, fuel(unit)))["difference"]
    assert found.severity == severity
    assert side in found.text
    expected = {"above": ("under-reporting", "少报"), "below": ("more is surrendered", "多履约")}[side]
    assert expected[0] in found.text
    assert expected[1] in found.text_zh
    assert found.tonnes is not None
    assert found.tonnes > 0


def test_a_large_difference_exceeds_its_uncertainty() -> None:
    stack, unit = plant_month(1.2)
    made = report(stack, unit, fuel(unit))
    assert "E_n = " in kinds(made)["beyond-uncertainty"].text
    assert "do not agree" in verdict(made).lines[1]
    assert kinds(made)["daily-difference"].text.startswith("On 28 days in a row")


def test_growth_with_load_is_said() -> None:
    stack, unit = plant_month(bias_per_mw=0.0005)
    made = report(stack, unit, fuel(unit))
    assert made.load_dependence is not None
    assert made.load_dependence.grows
    assert made.load_dependence.slope_per_100mw == pytest.approx(0.05, rel=0.02)
    assert "grows with load" in kinds(made)["load-dependence"].text
    assert "升高而增大" in kinds(made)["load-dependence"].text_zh


def test_a_flow_that_is_biased_with_load_is_named_as_the_cause() -> None:
    stack, unit = plant_month(1.05, bias_per_mw=0.001)
    made = report(stack, unit, fuel(unit))
    assert made.causes is not None
    assert (made.causes.nothing_wrong, len(made.causes.ranked)) == (False, 3)
    first = made.causes.ranked[0]
    assert first.key == "flow-load-bias"
    assert first.tonnes is not None
    assert first.tonnes > 0, "monitoring is too high"
    found = kinds(made)["cause"]
    assert (found.severity, found.subject) == ("warning", "stack-1")
    assert found.tonnes == pytest.approx(first.tonnes)
    assert "grows with load" in found.text
    assert first.text in found.text
    assert first.check in found.text
    assert first.text_zh in found.text_zh
    page = " ".join(render(made).split())
    assert all(c.check in page and c.check_zh in page for c in made.causes.ranked)


def test_causes_that_only_a_level_shows_cannot_be_told_apart() -> None:
    stack, unit = plant_month(1.4)
    made = report(stack, unit, fuel(unit))
    assert made.causes is not None
    first = made.causes.ranked[0]
    assert first.key != "nothing-wrong"
    assert first.same, "a level alone does not tell a flow from a fuel"
    assert len(first.same) == len(first.same_text) == len(first.same_text_zh)
    assert any(line.startswith("Cannot be told apart here: ") for line in made.causes.statement)


def test_without_matched_readings_no_cause_is_asked_for() -> None:
    stack, _ = plant_month()
    made = report(stack, empty("unit-1"), fuel(plant_month()[1]))
    assert made.causes is None
    assert "cause" not in kinds(made)
    assert "Not examined: it needs enough instants at which the stack and the fuel feed" in render(made)


def test_a_stuck_analyser_is_named_with_the_tonnes_it_cost() -> None:
    stack, unit = plant_month()
    stack.values[6000:6300, INDEX[Channel.CO2]] = 11.0
    made = report(stack, unit, fuel(unit))
    found = kinds(made)["stuck"]
    assert (found.subject, found.severity) == ("stack-1", "warning")
    assert "300 identical readings" in found.text
    assert found.tonnes == pytest.approx(made.monitoring.filled_t)
    assert made.monitoring.neutral_t == pytest.approx(made.accounting[0].co2_t, rel=1e-3)


@pytest.mark.parametrize(("share", "severity"), [(0.15, "warning"), (0.3, "alarm")])
def test_low_capture(share: float, severity: str) -> None:
    stack, unit = plant_month()
    stack = flagged(stack, Channel.CO2, slice(0, int(share * N)), Flag.FAULT)
    made = report(stack, unit, fuel(unit))
    assert kinds(made)["capture"].severity == severity
    assert kinds(made)["out-of-service"].text.endswith("(device fault).")
    bases = {c.basis for c in made.comparisons}
    assert bases == ({"matched_readings"} if severity == "alarm" else {"by_rule", "matched_readings"})
    if severity == "alarm":
        assert "matched readings" in verdict(made).lines[0]


def test_long_calibration_is_noted() -> None:
    stack, unit = plant_month()
    rows = np.arange(N) % 1440 < 100
    found = kinds(report(flagged(stack, Channel.CO2, rows, Flag.CALIBRATION), unit, fuel(unit)))
    assert found["calibration-share"].text.startswith("6.9 %")


def test_what_the_chain_lost_is_an_alarm() -> None:
    stack, unit = plant_month()
    lost = SequenceGap(spool="gw-1/ab", first=5, last=6, fate="lost", why="dropped: full", after=None, before=None)
    waiting = SequenceGap(spool="gw-1/ab", first=9, last=9, fate="waiting", why="in the spool", after=None, before=None)
    chain = CLEAN.model_copy(
        update={"missing_sequences": 3, "gaps": (lost, waiting), "quarantined": 2, "duplicate_instants": 1}
    )
    found = kinds(report(stack, unit, fuel(unit), chain))
    assert found["missing-sequences"].severity == "alarm"
    assert "2 proven lost, 1 waiting" in found["missing-sequences"].text
    late = CLEAN.model_copy(update={"missing_sequences": 1, "gaps": (waiting,)})
    assert kinds(report(stack, unit, fuel(unit), late))["missing-sequences"].severity == "warning"
    assert found["quarantine"].severity == "warning"
    assert found["duplicate-instants"].severity == "info"


def test_gaps_are_listed_longest_first_and_the_rest_together() -> None:
    stack, unit = plant_month()
    keep = np.ones(N, dtype=bool)
    for k in range(8):
        keep[1440 * k : 1440 * k + 60 * (k + 1)] = False
    made = report(taken(stack, np.flatnonzero(keep)), unit, fuel(unit))
    assert [f.text for f in made.findings if f.kind == "no-readings"] == [
        f"No reading of the stack for {n} h." for n in (4, 5, 6, 7, 8)
    ]
    assert kinds(made)["more-gaps"].text.startswith("3 further gaps without any reading of the stack, 6 h")


def test_missing_fuel_and_missing_samples_are_said() -> None:
    stack, unit = plant_month()
    assert kinds(report(stack, unit, fuel(unit, days=26)))["fuel-days"].text.startswith("2 days")
    assert "3 without a sample" in kinds(report(stack, unit, fuel(unit, sampled=25)))["carbon-fallback"].text
    without = report(stack, unit, ())
    assert without.comparisons == ()
    assert "no-fuel-records" in kinds(without)
    assert "no comparison" in verdict(without).lines[0]


def test_days_without_fuel_records_are_left_out_of_both_sides() -> None:
    """Half a month of records against a whole month of monitoring would look like 100 % of under-reporting."""
    stack, unit = plant_month()
    made = report(stack, unit, fuel(unit, days=14))
    first = made.comparisons[0]
    assert (first.basis, first.days, first.readings) == ("by_rule", 14, 14 * 24)
    assert first.ratio == pytest.approx(1.0, abs=1e-3)
    assert first.accounting_t == pytest.approx(made.accounting[0].co2_t, rel=1e-12)
    assert "By rule 14 of 28 days are compared. Left out: 14 without" in kinds(made)["days-left-out"].text
    assert "over the 14 days that both sides know" in verdict(made).lines[0]
    assert "336 hours of the 14 days that both sides know" in " ".join(render(made).split())
    assert made.monitoring.neutral_t > 1.9 * first.monitoring_t, "the total itself is the whole month"


def test_a_day_with_an_open_hour_is_left_out_of_both_sides() -> None:
    stack, _ = plant_month()
    made = report(taken(stack, np.arange(3 * 1440, N)), empty("unit-1"), fuel(plant_month()[1]))
    (only,) = made.comparisons
    assert (only.days, only.ratio) == (25, pytest.approx(1.0, abs=1e-3))
    assert only.U_t / only.accounting_t == pytest.approx(0.0742, rel=0.02)
    assert kinds(made)["no-readings"].tonnes is None, "nobody knows what passed: not 0 t"
    assert "not known to be stopped" in kinds(made)["unfilled-hours"].text


def test_a_month_stopped_throughout_is_not_called_invalid() -> None:
    stack, unit = plant_month()
    for channel in GOLDEN:
        stack = flagged(stack, channel, slice(None), Flag.STOPPED)
    unit.values[:] = np.where(np.isnan(unit.values), np.nan, 0.0)
    made = report(stack, unit, fuel(unit))
    assert made.comparisons == ()
    assert {f.kind for f in made.findings if f.severity != "info"} == {"unverified-parameters"}


def test_a_month_never_stands_for_the_period() -> None:
    stack, unit = plant_month()
    span = span_of("2026-02..2026-03", 8)
    inputs = Inputs(PLANT, "s1", PLANT.point[0], span, stack, {"unit-1": unit}, fuel(unit))
    done = compute(inputs, (), load_parameters())
    made = assemble(inputs, done.outcome, CLEAN, done.all_parameters(), Made(datetime(2026, 4, 1, tzinfo=UTC), ""))
    assert [(c.period, c.basis) for c in made.comparisons] == [
        ("2026-02..2026-03", "matched_readings"), ("2026-02", "matched_readings"), ("2026-02", "by_rule"),
    ]  # fmt: skip
    assert made.headline() == made.comparisons[0]
    alone = made.model_copy(update={"comparisons": made.comparisons[2:]})
    assert alone.headline() is None
    assert "no comparison" in verdict(alone).lines[0]


def test_a_stop_flag_at_full_load_is_an_alarm() -> None:
    stack, unit = plant_month()
    for channel in GOLDEN:
        stack = flagged(stack, channel, slice(1440, 2 * 1440), Flag.STOPPED)
    made = report(stack, unit, fuel(unit))
    found = kinds(made)["stopped-at-load"]
    assert (found.severity, made.capture.rate_pct) == ("alarm", 100.0)
    assert found.text.startswith("24 hours are flagged stopped while the load says")
    hidden = made.accounting[0].co2_t - made.monitoring.neutral_t
    assert found.tonnes == pytest.approx(hidden, rel=0.01)


def test_a_true_stop_with_its_ramps_is_none() -> None:
    stack, unit = plant_month()
    for channel in GOLDEN:
        stack = flagged(stack, channel, slice(1455, 2 * 1440), Flag.STOPPED)
    unit.values[1455 : 2 * 1440, INDEX[Channel.LOAD]] = 0.0
    found = kinds(report(stack, unit, fuel(unit)))
    assert "stopped-at-load" not in found


def test_agreement_is_not_said_without_what_it_rests_on() -> None:
    stack, unit = plant_month(1.06)
    made = report(stack, unit, fuel(unit))
    page = render(made)
    assert "agree within their uncertainty" in page
    assert "U is made of default uncertainties" in page
    assert "does not show that nothing is wrong: daily-difference, difference flagged" in page


def test_a_fuel_at_the_figures_of_coal_is_said() -> None:
    stack, unit = plant_month()
    oil = FuelRecord(unit="u1", day=date(2026, 2, 1), fuel="waste oil", mass_t=5.0)
    idle = FuelRecord(unit="u1", day=date(2026, 2, 1), fuel="coal slurry", mass_t=0.0)
    made = report(stack, unit, (*fuel(unit), oil, idle))
    assert "counted with the oxidation factor of coal (0.99) and the default carbon" in kinds(made)["not-coal"].text
    assert [f.text.split(":")[0] for f in made.findings if f.kind == "carbon-fallback"] == ["u1 2026-02 waste oil"]


def test_oil_has_figures_of_its_own() -> None:
    stack, unit = plant_month()
    oil = FuelRecord(unit="u1", day=date(2026, 2, 1), fuel="diesel", mass_t=5.0)
    made = report(stack, unit, (*fuel(unit), oil))
    assert "not-coal" not in kinds(made)
    (part,) = [p for p in made.accounting[0].parts if p.fuel == "diesel"]
    assert part.co2_t == pytest.approx(5 * 3.0959, abs=5 * 5e-5)


def test_no_feeder_leaves_the_comparison_by_rule() -> None:
    stack, unit = plant_month()
    made = report(stack, empty("unit-1"), fuel(unit))
    assert [c.basis for c in made.comparisons] == ["by_rule"]
    assert made.load_dependence is None


def test_the_json_is_the_same_bytes_and_holds_no_nan() -> None:
    stack, unit = plant_month()
    made = report(stack, unit, fuel(unit))
    assert report_json(made) == report_json(report(stack, unit, fuel(unit)))
    assert Report.model_validate(json.loads(report_json(made))) == made
    broken = made.comparisons[0].model_copy(update={"ratio": math.nan})
    with pytest.raises(ValueError, match="not JSON compliant"):
        report_json(made.model_copy(update={"comparisons": (broken,)}))


def test_every_sentence_has_the_same_blanks_in_both_languages_or_fewer() -> None:
    import string

    for kind, (english, chinese) in TEXTS.items():
        blanks = [{f for _, f, _, _ in string.Formatter().parse(t) if f} for t in (english, chinese)]
        plain = [{b.removesuffix("_zh") for b in names} for names in blanks]
        assert plain[1] - {"verb", "change", "u"} <= plain[0], kind
