"""The signatures of international facts C.4 and China sheet B.4 as faults of a simulated unit, put in by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.anomaly import Anomaly, Evidence
from reconcile.attribution.case import Case, Facts, case_of
from reconcile.attribution.causes import PAIRED
from reconcile.attribution.direct import HARD, SOFT
from reconcile.attribution.engine import explain, look, rules_of, specs_of
from reconcile.attribution.line import Line
from reconcile.attribution.ranking import HEALTHY, NEW_CYLINDER, NO_CAUSE, UNEXPLAINED, Attribution
from reconcile.attribution.reference_fit import fit_reference
from reconcile.attribution.statement import statement
from reconcile.attribution.texts import TEXTS
from reconcile.parameters import load_parameters
from reconcile.pointhours import Event
from tests.unit.reconcile.attribution.plant import OFFSET_MS, Array, Shown, hours_of, shown, side_of, struck

TABLE = load_parameters()
RULES = rules_of(TABLE)
DAY = 86_400_000
HEALTHY_DAYS, ONSET, END = 28, 35, 49
FACTS = Facts("stack", Line.FUEL, ("bituminous",))
Fault = Callable[[Shown], dict[str, Array]]


def case(s: Shown, events: tuple[Event, ...] = (), *, reference: bool = True, facts: Facts = FACTS) -> Case:
    start, hours, sides = int(s.start_ms[0]), hours_of(s), [side_of(s)]
    span = (start, start + HEALTHY_DAYS * DAY)
    ref = fit_reference(hours, sides, facts.line, span, OFFSET_MS, TABLE, RULES.ratios) if reference else None
    return case_of(facts, hours, sides, ref, OFFSET_MS, TABLE, events)


def anomaly(s: Shown, kind: str = "level-shift", end: int = END) -> Anomaly:
    at, six = int(s.start_ms[0]) + ONSET * DAY, DAY // 4
    return Anomaly(kind, "stack", "rm", at, at - six, at + six, int(s.start_ms[0]) + end * DAY, at + DAY, 0.0, ())


def found(fault: Fault, *, seed: int = 1, kind: str = "level-shift", events: tuple[str, ...] = ()) -> Attribution:
    s = struck(shown(seed), ONSET, fault)
    at = int(s.start_ms[0]) + ONSET * DAY
    book = tuple(Event(at, e, "co2", 0.0, 0.0) for e in events)
    return explain(case(s, book), [anomaly(s, kind)], RULES, TABLE)


def share(s: Shown) -> Array:
    return s.load / s.load.max()


def grown(s: Shown, rows: int = 24) -> Array:
    """0 before the onset, rising to 1 at the end of the window; by hours, or by days with ``rows`` 1."""
    return np.clip((np.arange(s.fuel_t.size * rows) / rows - ONSET) / (END - ONSET), 0, 1)


def leak(s: Shown, d: Array | float) -> dict[str, Array]:
    return {"co2": (1 - d) * s.co2 + 0.04 * d, "o2": (1 - d) * s.o2 + 20.9 * d}


def in_leak(s: Shown, x: float) -> dict[str, Array]:
    more = 1 + x * (1 - s.moisture / 100)
    gas = {"co2": (s.co2 + 0.04 * x) / (1 + x), "o2": (s.o2 + 20.9 * x) / (1 + x)}
    return {**gas, "flow_wet": s.flow_wet * more, "moisture": s.moisture / more}


def daily_leak(s: Shown) -> dict[str, Array]:
    hour = np.arange(s.load.size) % 24
    return leak(s, 0.04 * (1 + np.cos(2 * np.pi * hour / 24)))


FAULTS: dict[str, tuple[Fault, str, float | None]] = {
    "flow meter": (lambda s: {"flow_wet": 1.06 * s.flow_wet}, "flow-scale", 0.06),
    "flow meter low": (lambda s: {"flow_wet": 0.94 * s.flow_wet}, "flow-scale", -0.06),
    "CO2 analyser": (lambda s: {"co2": 1.05 * s.co2}, "co2-analyser", 0.05),
    "O2 analyser": (lambda s: {"o2": 1.15 * s.o2}, "o2-analyser", 0.15),
    "common dilution": (lambda s: leak(s, 0.05), "sample-leak", 0.05),
    "real duct in-leakage": (lambda s: in_leak(s, 0.06), "duct-in-leakage", 0.06),
    "moisture too high": (lambda s: {"moisture": 1.2 * s.moisture}, "moisture-reading", 0.2),
    "water in the cells": (lambda s: {"co2": 0.95 * s.co2, "o2": 0.95 * s.o2}, "inert-in-sample", 0.05),
    "fuel quantity": (lambda s: {"fuel_t": 1.06 * s.fuel_t}, "fuel-quantity", 0.06),
    "carbon": (lambda s: {"carbon": 0.95 * s.carbon}, "fuel-carbon", -0.05),
    "moisture basis of the analysis": (
        lambda s: {"carbon": 1.13 * s.carbon, "ncv": 1.13 * s.ncv},
        "fuel-basis",
        0.13,
    ),
    "unrecorded natural gas": (
        lambda s: {"co2": s.co2 * 1040 / 1800 * 9780 / 8710, "flow_wet": s.flow_wet * 8710 / 9780},
        "fuel-switch",
        1040 / 1800 - 1,
    ),
    "bypass open": (lambda s: {"flow_wet": 0.95 * s.flow_wet, "bypass": s.bypass + 1}, "bypass", 0.05),
    "CO2 on the wrong basis": (lambda s: {"co2": s.co2 * (1 - s.moisture / 100)}, "co2-basis", 1.0),
    "short tons": (lambda s: {"fuel_t": s.fuel_t / 0.90718474}, "tonnage-unit", 0.10231),
    "profile that depends on load": (
        lambda s: {"flow_wet": s.flow_wet * (1.04 + 0.15 * (share(s) - 0.75))},
        "flow-load-bias",
        None,
    ),
    "zero of the pressure cell": (
        lambda s: {"flow_wet": s.flow_wet * np.sqrt(1 + 0.05 / (s.flow_wet / s.flow_wet.max()).clip(0.2) ** 2)},
        "flow-zero",
        0.05,
    ),
    "profile that depends on the fans": (
        lambda s: {"flow_wet": s.flow_wet * (1 + 0.05 * s.fan)},
        "flow-fan-state",
        None,
    ),
    "pitot plugging": (lambda s: {"flow_wet": s.flow_wet * (1 - 0.1 * grown(s))}, "pitot-plugging", -0.05),
    "span drift": (lambda s: {"co2": s.co2 * (1 - 0.08 * grown(s))}, "co2-span-drift", -0.04),
    "belt scale drifts": (lambda s: {"fuel_t": s.fuel_t * (1 + 0.08 * grown(s, 1))}, "fuel-drift", 0.04),
    "leak that changes over the day": (daily_leak, "sample-leak-varying", 0.04),
    "thermometer": (
        lambda s: {"temperature": s.temperature + 12, "flow_wet": s.flow_wet * np.sqrt(325 / 337)},
        "temperature-bias",
        12.0,
    ),
    "pressure": (
        lambda s: {"pressure": 1.03 * s.pressure, "flow_wet": s.flow_wet * np.sqrt(1.03)},
        "pressure-bias",
        0.03,
    ),
    "load meter": (lambda s: {"load": 1.06 * s.load}, "load-meter", 0.06),
}


@pytest.mark.parametrize("name", FAULTS)
def test_the_right_cause_comes_first(name: str) -> None:
    fault, cause, size = FAULTS[name]
    told = found(fault)
    assert told.first.name == cause
    assert told.first.posterior > 0.4
    if size is not None:
        assert told.first.size == pytest.approx(size, rel=0.25)
    assert told.first.misfit < 2.5 * len(told.seen.names)


@pytest.mark.parametrize("seed", [2, 3, 4])
@pytest.mark.parametrize("name", ["flow meter", "CO2 analyser", "common dilution", "carbon", "O2 analyser"])
def test_on_other_plants_too(name: str, seed: int) -> None:
    fault, cause, _ = FAULTS[name]
    assert found(fault, seed=seed).first.name == cause


@pytest.mark.parametrize("seed", range(1, 7))
def test_a_healthy_plant_has_no_cause(seed: int) -> None:
    s = shown(seed)
    start = int(s.start_ms[0])
    for window in ((28, 35), (35, 49), (28, 56)):
        told = look(case(s), (start + window[0] * DAY, start + window[1] * DAY), RULES, TABLE)
        assert told.healthy
        assert told.first.posterior > 0.7
        assert told.first.tonnes == 0.0


def test_legitimate_changes_are_no_faults() -> None:
    """Air that leaks in, O2 set higher by the operators, coal with more water: the mass stays right."""
    changes: tuple[Fault, ...] = (
        lambda s: in_leak(s, 0.02),
        lambda s: {**in_leak(s, 0.04), "boiler_o2": s.boiler_o2 + 0.04 / 1.04 * (20.9 - s.o2)},
        lambda s: {"fuel_t": 1.03 * s.fuel_t, "carbon": s.carbon / 1.03, "ncv": s.ncv / 1.03},
    )
    for change in changes:
        s = struck(shown(), ONSET, change)
        start = int(s.start_ms[0])
        told = look(case(s), (start + ONSET * DAY, start + END * DAY), RULES, TABLE)
        assert told.first.tonnes == 0.0
        assert sum(c.posterior for c in told.causes if c.tonnes) < 0.3


def test_tonnes_are_those_of_the_fault() -> None:
    """6 % of flow: monitoring is too high by 6/106 of what it shows; 6 % of fuel: so is the account."""
    for name, side in (("flow meter", "monitored_t"), ("fuel quantity", "accounted_t")):
        told = found(FAULTS[name][0])
        true = getattr(told.seen, side) * 0.06 / 1.06
        assert told.first.tonnes == pytest.approx(true, rel=0.15)
        assert told.first.tonnes_low < true < told.first.tonnes_high


def test_the_window_is_that_of_the_anomaly() -> None:
    """It begins at the latest plausible onset, six hours after the most likely one, and ends the day before the end,

    which is known to the day only."""
    told = found(FAULTS["flow meter"][0])
    start = int(shown().start_ms[0])
    assert (told.first.start_ms, told.first.end_ms) == (start + ONSET * DAY + DAY // 4, start + (END - 1) * DAY)
    assert told.seen.n_days == END - ONSET - 2


def test_a_window_ends_where_the_ratios_are_back() -> None:
    """The meter is mended on day 42; the anomaly is still open. What is left of the window is of one state."""
    s = struck(struck(shown(), ONSET, FAULTS["flow meter"][0]), 42, lambda _: {"flow_wet": shown().flow_wet})
    told = explain(case(s), [replace(anomaly(s), end_ms=None)], RULES, TABLE)
    assert told.first.name == "flow-scale"
    assert told.first.end_ms == int(s.start_ms[0]) + 42 * DAY
    drifting = found(FAULTS["pitot plugging"][0])
    assert drifting.first.end_ms == int(s.start_ms[0]) + (END - 1) * DAY


def test_other_anomalies_are_no_health_to_compare_with() -> None:
    """Another fault stood for the two weeks before the onset: without it the baseline would be ill."""
    s = struck(shown(), 14, lambda x: {"co2": 1.2 * x.co2})
    s = struck(s, ONSET, lambda x: {"co2": shown().co2, "flow_wet": 1.05 * shown().flow_wet})
    start = int(s.start_ms[0])
    at = start + 14 * DAY
    other = Anomaly("level-shift", "stack", "rm", at, at, at, start + ONSET * DAY, at + DAY, 0.2, ())
    hours, sides = hours_of(s), [side_of(s)]
    ref = fit_reference(hours, sides, Line.FUEL, (start, start + 14 * DAY), OFFSET_MS, TABLE, RULES.ratios)
    one = case_of(FACTS, hours, sides, ref, OFFSET_MS, TABLE)
    told = explain(one, [anomaly(s)], RULES, TABLE, (other,))
    assert told.first.name == "flow-scale"
    assert told.first.size == pytest.approx(0.05, abs=0.015)
    assert explain(one, [anomaly(s)], RULES, TABLE).first.name != "flow-scale"


def test_analyser_and_branch_leak_cannot_be_told_apart() -> None:
    told = found(lambda s: {"co2": 0.95 * s.co2})
    group = told.group_of(told.first.name)
    assert {"co2-analyser", "co2-branch-leak"} <= set(group)
    assert "Cannot be told apart here" in " ".join(statement(told).english)
    assert "据现有数据无法区分" in " ".join(statement(told).chinese)


def test_flow_and_sample_leak_cannot_be_told_apart_without_load_and_o2() -> None:
    s = struck(shown(), ONSET, FAULTS["common dilution"][0])
    nothing = np.full(s.load.size, np.nan)
    told = explain(case(replace(s, load=nothing, boiler_o2=nothing)), [anomaly(s)], RULES, TABLE)
    group = told.group_of(told.first.name)
    assert {"flow-scale", "sample-leak"} <= set(group)
    with_load = found(FAULTS["common dilution"][0])
    assert "flow-scale" not in with_load.group_of("sample-leak")


def test_the_log_book_tells_a_cylinder_from_the_analyser() -> None:
    fault = FAULTS["CO2 analyser"][0]
    assert found(fault, events=("cylinder",)).first.name == "cylinder-mislabelled"
    assert found(fault, events=("service",)).first.name == "co2-analyser"
    named = dict(found(fault, events=("cylinder",)).first.factors)
    assert named == {"event": TABLE.value("attr_event_gain")}


def test_a_shut_damper_speaks_against_a_bypass() -> None:
    silent = found(lambda s: {"flow_wet": 0.95 * s.flow_wet})
    assert silent.first.name == "flow-scale"
    assert {"flow-scale", "bypass"} & set(silent.group_of("flow-scale"))
    place = {c.name: c.posterior for c in silent.causes}
    assert place["bypass"] < place["flow-scale"]


def test_a_default_carbon_is_seen_by_its_constancy() -> None:
    """Carbon per heat stops varying: 12 % above the mean of before, day for day the same per GJ."""
    per_gj = 1.12 * float(np.mean(shown().carbon / shown().ncv))
    told = found(lambda s: {"carbon": per_gj * s.ncv})
    assert told.first.name == "fuel-default"
    assert ("constant-carbon", TABLE.value("attr_signal_gain")) in told.first.factors


@pytest.mark.parametrize(("kind", "cause"), sorted({**HARD, **SOFT}.items()))
def test_faults_of_data_are_told_by_their_pattern(kind: str, cause: str) -> None:
    told = found(lambda s: {}, kind=kind)
    assert told.first.name == cause
    assert told.first.factors[0][0] == kind
    shifted = found(FAULTS["flow meter"][0], kind=kind)
    assert shifted.first.name == (cause if kind in HARD else "flow-scale")


def test_a_cut_whose_channel_stands_still_is_a_fact() -> None:
    """Whatever the ratios say: here they say flow meter."""
    s = struck(shown(), ONSET, FAULTS["flow meter"][0])
    bare = replace(anomaly(s, "clipped-high"), channel="velocity", evidence=(_shown_by("velocity: clipped-high"),))
    still = replace(bare, evidence=(*bare.evidence, _shown_by("velocity: stuck")))
    other = replace(bare, evidence=(*bare.evidence, _shown_by("o2: stuck")))
    first = [explain(case(s, ()), [one], RULES, TABLE).first for one in (bare, other, still)]
    assert [cause.name for cause in first] == ["flow-scale", "flow-scale", "cut-off"]
    assert first[-1].factors == (("still-at-cut", TABLE.value("attr_hard_gain")),)


def _shown_by(what: str) -> Evidence:
    return Evidence(f"{what}: figure", 2.0, 1.0)


def test_what_no_cause_explains_is_said_to_be_so() -> None:
    """Monitoring up, fuel heat down, temperature up, O2 down at once: several faults, none of the table."""
    told = found(
        lambda s: {
            "flow_wet": 1.3 * s.flow_wet,
            "carbon": 1.2 * s.carbon,
            "o2": 0.5 * s.o2,
            "temperature": s.temperature + 20,
        }
    )
    assert told.first.name == UNEXPLAINED


def test_a_recorded_fuel_switch_is_no_fault() -> None:
    """The reference is that of the main fuel: on other days Rm alone is looked at."""
    s = struck(
        shown(), ONSET, lambda s: {"co2": s.co2 * 1910 / 1800 * 9780 / 9860, "flow_wet": s.flow_wet * 9860 / 9780}
    )
    s = struck(s, ONSET, lambda s: {"carbon": s.carbon * 1910 / 1800})
    side = side_of(s)
    names = np.array(["bituminous"] * ONSET + ["lignite"] * (s.fuel_t.size - ONSET))
    recorded = replace(side, days=replace(side.days, fuel=names))
    start, hours = int(s.start_ms[0]), hours_of(s)
    ref = fit_reference(hours, [recorded], Line.FUEL, (start, start + 28 * DAY), OFFSET_MS, TABLE, RULES.ratios)
    told = look(
        case_of(FACTS, hours, [recorded], ref, OFFSET_MS, TABLE), (start + ONSET * DAY, start + END * DAY), RULES, TABLE
    )
    assert told.healthy
    assert "rc" not in told.seen.names


def test_without_a_reference_the_uncertainty_of_instruments_is_the_measure() -> None:
    s = shown()
    start = int(s.start_ms[0])
    window = (start, start + 28 * DAY)
    assert look(case(s, reference=False), window, RULES, TABLE).healthy
    wrong = replace(s, flow_wet=s.flow_wet * (1 + 0.3 * (share(s) - 0.7)))
    told = look(case(wrong, reference=False), window, RULES, TABLE)
    assert told.first.name == "flow-load-bias"
    assert told.seen.standing
    assert "ql" not in told.seen.names


def test_a_window_without_any_ratio_is_refused() -> None:
    s = shown()
    nothing = replace(s, flow_wet=np.full(s.load.size, np.nan))
    with pytest.raises(RuleError, match="no ratio is known"):
        look(case(nothing, reference=False), (int(s.start_ms[0]), int(s.start_ms[0]) + 7 * DAY), RULES, TABLE)


def test_a_point_lacks_what_it_cannot_have() -> None:
    names = {spec.name for spec in specs_of(replace(FACTS, pitot=False, dry_co2=False), TABLE)}
    assert not names & {"pitot-plugging", "flow-zero", "dried-twice", "dilution-ratio"}
    assert {"temperature-bias", "pressure-bias"} <= names
    assert "dilution-ratio" in {spec.name for spec in specs_of(replace(FACTS, dilution=True), TABLE)}


def test_moisture_moves_no_mass_where_co2_is_read_wet() -> None:
    """Wet CO2 times wet flow: a moisture reading that is off moves dry CO2, dry O2 and dry flow, and no tonne."""
    wet = replace(FACTS, dry_co2=False)
    s = shown()
    off = (1 - s.moisture / 100) / (1 - 1.25 * s.moisture / 100)
    # the mass of the builder is dry CO2 · wet flow · (1 − Bw): with CO2 made dry by the same moisture it cancels
    sick = struck(s, ONSET, lambda x: {"moisture": 1.25 * x.moisture, "co2": x.co2 * off, "o2": x.o2 * off})
    told = explain(case(sick, facts=wet), [anomaly(s)], RULES, TABLE)
    assert told.first.name == "moisture-reading"
    assert told.first.size == pytest.approx(0.25, rel=0.2)
    assert told.first.tonnes == 0.0


def test_books_of_one_unit_of_several_may_be_in_short_tons() -> None:
    s = struck(shown(), ONSET, lambda x: {"fuel_t": x.fuel_t * (1 + 0.10231 / 2)})
    told = explain(case(s, facts=replace(FACTS, units=2)), [anomaly(s)], RULES, TABLE)
    assert told.first.name == "tonnage-unit"
    assert told.first.option == "short tons taken as tonnes, 1 of 2 units"


def test_a_channel_on_the_wrong_scale() -> None:
    told = found(lambda s: {"co2": s.co2 / 10})
    assert (told.first.name, told.first.option) == ("co2-wrong-scale", "ten times too small")


def test_every_cause_has_its_words_in_both_languages() -> None:
    facts = replace(FACTS, dilution=True, sound_paths=True)
    names = {spec.name for spec in (*specs_of(facts, TABLE), *PAIRED)} | set(HARD.values()) | set(SOFT.values())
    assert names | {HEALTHY, UNEXPLAINED, NO_CAUSE, NEW_CYLINDER} == set(TEXTS)
    for text in TEXTS.values():
        assert all(text)
        assert text.check_english.endswith(".")
        assert any("\u4e00" <= c <= "\u9fff" for c in text.chinese + text.check_chinese)


def test_posteriors_add_up_and_figures_are_shown() -> None:
    told = found(FAULTS["flow meter"][0])
    assert sum(c.posterior for c in told.causes) == pytest.approx(1.0)
    assert [c.posterior for c in told.causes] == sorted((c.posterior for c in told.causes), reverse=True)
    figures = {f.name: f for f in told.first.figures}
    assert figures["rm"].seen == pytest.approx(np.log(1.06), abs=0.01)
    assert abs(figures["rm"].seen - figures["rm"].predicted) < 3 * figures["rm"].u
    assert figures["rc"].predicted == 0.0


def test_health_that_is_less_than_half_is_not_health() -> None:
    """13 % of flow without a reference: many causes share what health has not, and together they have more."""
    s = shown()
    off = replace(s, flow_wet=1.13 * s.flow_wet)
    start = int(s.start_ms[0])
    told = look(case(off, reference=False), (start, start + 28 * DAY), RULES, TABLE)
    assert not told.healthy
    assert told.first.name != HEALTHY
    assert next(c for c in told.causes if c.name == HEALTHY).posterior < 0.5
