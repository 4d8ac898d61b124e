"""When a cause is named, when only candidates are, and which windows are held against which days."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reconcile.anomaly import Anomaly
from reconcile.attribution.engine import explain
from reconcile.attribution.minutes import minute_facts, with_facts
from reconcile.attribution.ranking import HEALTHY, NEW_CYLINDER, NO_CAUSE, Attribution
from reconcile.attribution.statement import statement
from reconcile.attribution.window import baseline, cut_by_others
from reconcile.pointhours import SPREAD_OF, STATES, Event, PointHours
from tests.unit.reconcile.attribution.plant import shown, struck
from tests.unit.reconcile.attribution.test_ranking import DAY, ONSET, RULES, TABLE, Fault, anomaly, case, found


def health(told: Attribution) -> float:
    return sum(c.posterior for c in told.causes if c.name == HEALTHY)


@pytest.mark.parametrize("seed", range(1, 6))
def test_an_alarm_about_nothing_names_nothing(seed: int) -> None:
    told = found(lambda _: {}, seed=seed)
    assert told.lead == NO_CAUSE
    assert not told.named


def test_without_a_named_cause_the_statement_says_so_before_the_candidates() -> None:
    told = found(lambda s: {"flow_wet": 1.02 * s.flow_wet})
    assert not told.healthy
    assert not told.named
    said = statement(told)
    place = next(i for i, line in enumerate(said.english) if line.startswith("No cause can be named"))
    assert said.english[place].endswith("Candidates:")
    assert said.english[place + 1].startswith("Most probable")
    assert "候选原因" in "".join(said.chinese)


def test_a_cause_is_named_as_soon_as_health_is_ruled_out() -> None:
    """From half a per cent to six: the posterior of health falls, and where it passes the limit the cause is named."""
    told = [found(lambda s, x=x: {"flow_wet": (1 + x) * s.flow_wet}) for x in (0.005, 0.01, 0.02, 0.03, 0.06)]
    assert [health(t) for t in told] == sorted((health(t) for t in told), reverse=True)
    limit = TABLE.value("attr_name_healthy_most")
    assert [t.named for t in told] == [health(t) <= limit for t in told]
    assert (told[0].lead, told[-1].lead) == (NO_CAUSE, "flow-scale")


def test_a_new_cylinder_within_its_tolerance_is_lawful_and_beyond_it_is_named() -> None:
    """Two labels of 1 % (k=2) may differ by 1 % but not by 4 %; without a cylinder 4 % is the analyser."""

    def stepped(x: float) -> Fault:
        return lambda s: {"co2": (1 + x) * s.co2}

    assert found(stepped(0.01), events=("cylinder",)).lead == NEW_CYLINDER
    assert found(stepped(0.04), events=("cylinder",)).lead == "cylinder-mislabelled"
    assert found(stepped(0.04)).lead == "co2-analyser"


def test_a_recorded_change_of_the_factor_is_no_fault_and_an_unrecorded_one_is() -> None:
    s = struck(shown(), ONSET, lambda s: {"flow_wet": 1.06 * s.flow_wet})
    at = int(s.start_ms[0]) + ONSET * DAY
    told = {
        (old, new): explain(case(s, (Event(at, "parameter", "velocity", old, new),)), [anomaly(s)], RULES, TABLE).lead
        for old, new in ((1.0, 1.06), (1.0, 1.0))
    }
    assert told == {(1.0, 1.06): NO_CAUSE, (1.0, 1.0): "flow-scale"}


def test_zero_gas_shows_by_its_fading_over_the_day_and_goes_one_way_only() -> None:
    """0.6 % CO2 too little right after the check at 3 o'clock, nothing a day later; too much is no zero gas."""
    since = (np.arange(shown().co2.size) - 3) % 24
    for sign, name in ((-1, "zero-gas"), (1, "after-calibration")):
        saw = sign * 0.6 * (1 - since / 24)
        ill = struck(shown(), ONSET, lambda x, saw=saw: {"co2": x.co2 + saw})
        one = case(ill)
        gas = one.hours.gas_minutes.copy()
        gas[3::24, STATES.index("calibrating")] = 14
        told = explain(replace(one, hours=replace(one.hours, gas_minutes=gas)), [anomaly(ill)], RULES, TABLE)
        assert told.lead == name


def span(onset: float, end: float | None, size: float = 0.0, kind: str = "level-shift") -> Anomaly:
    at = int(onset * DAY)
    return Anomaly(
        kind, "p", "rm", at, at - DAY // 2, at + DAY // 2, None if end is None else int(end * DAY), at, size, ()
    )


def test_a_window_ends_with_another_fault_and_before_another_large_one() -> None:
    window = 10 * DAY, 40 * DAY

    def cut(*others: Anomaly) -> float:
        return cut_by_others(window[0], *window, others) / DAY

    assert cut() == 40
    assert cut(span(2, 20)) == 20
    assert cut(span(9.8, 20)) == 40, "it begins with this one: the same fault"
    assert cut(span(2, 12)) == 40, "four days at least are left"
    assert cut(span(25, None, 0.05)) == 24.5
    assert cut(span(25, None, 0.01)) == 40
    assert cut(span(25, None, 0.05, "fan-state")) == 40


def test_days_under_a_fault_that_lasts_through_the_window_are_what_it_is_held_against() -> None:
    before, window, last = (0, 28 * DAY), (28 * DAY, 40 * DAY), 60 * DAY
    through, over = span(10, None), span(10, 20)
    assert baseline(before, window, [through], last, 7) == ((through.onset_high_ms, 28 * DAY), ())
    assert baseline(before, window, [over], last, 7) == (before, ((over.onset_low_ms, 20 * DAY),))
    late = span(25, None)
    assert baseline(before, window, [late], last, 7) == (before, ((late.onset_low_ms, last),)), "too few days under it"


def minutes(hours: PointHours, channel: str, first: int, **rows: np.ndarray | float) -> PointHours:
    """The hours with other minutes of a channel from an hour on."""
    spread = hours.spread
    changed = {}
    for name, row in rows.items():
        table = getattr(spread, name).copy()
        table[first:, SPREAD_OF.index(channel)] = np.asarray(row)[first:] if np.ndim(row) else row
        changed[name] = table
    return replace(hours, spread=replace(spread, **changed))


def told_facts(**rows: np.ndarray | float) -> set[str]:
    """Facts of the minutes of a velocity that is healthy up to the onset and then shown as given."""
    one = case(shown())
    assert one.reference is not None
    n, first = len(one.hours), ONSET * 24
    rng = np.random.default_rng(1)
    high = 12.0 + 0.5 * rng.standard_normal(n)
    usual: dict[str, np.ndarray | float] = {
        "mean": 10.0, "sd": 0.3, "low": 9.0, "high": high, "n": 60, "at_high": 1, "at_low": 1, "lag1": 0.85,
    }  # fmt: skip
    hours = minutes(one.hours, "velocity", 0, **usual)
    hours = minutes(hours, "velocity", first, **rows)
    at = int(hours.start_ms[0])
    window, before = (at + ONSET * DAY, at + 49 * DAY), (at + 7 * DAY, at + ONSET * DAY)
    return minute_facts(replace(one, hours=hours), window, before, RULES.minutes)


def test_minutes_tell_a_held_register_a_coarse_step_a_filter_a_cut_and_a_wrap_apart() -> None:
    assert told_facts() == set()
    assert told_facts(at_high=30, at_low=30, lag1=0.95) == {"held"}
    assert told_facts(at_high=8, at_low=9, lag1=0.7) == {"steps"}
    assert told_facts(sd=0.05, lag1=0.93) == {"smooth"}
    assert told_facts(at_high=40, high=12.0, lag1=0.6) == {"ceiling"}
    assert told_facts(high=12.0, low=0.1) == {"wrapped"}
    assert told_facts(at_high=8) == set(), "one end alone, at a value of its own each hour"


def test_facts_of_the_minutes_take_the_place_of_what_they_explain() -> None:
    assert with_facts({"clipped-high", "level-shift"}, {"steps"}) == {"steps", "level-shift"}
    assert with_facts({"clock-shift"}, {"smooth", "flow-clock"}) == {"smooth"}
    assert with_facts({"clock-shift"}, {"flow-clock"}) == {"flow-clock"}
    assert with_facts({"level-shift"}, {"flow-clock"}) == {"level-shift"}, "no detector told a lag"
    assert with_facts({"replayed"}, {"ceiling"}) == {"replayed"}
