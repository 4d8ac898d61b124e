"""The parts that detectors are made of: charts, onsets, episodes, stretches of one level, merging, words."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cems.clock import DAY_MS, HOUR_MS
from cems.errors import RuleError
from cems.fleettables import Sector
from reconcile.accounting.plausibility.all_checks import CHECKS
from reconcile.accounting.plausibility.suspicion import Suspicion
from reconcile.accounting.plausibility.texts import TEXTS as SUSPICIONS
from reconcile.accounting.records import FuelSample, FuelUse, PowerOutput
from reconcile.allocation.exposure import Price
from reconcile.anomaly import Anomaly, Evidence
from reconcile.attribution.direct import still_at_cut
from reconcile.detectors.accounts import of_suspicions
from reconcile.detectors.chart import Chart
from reconcile.detectors.chart_rule import ChartRule, Level
from reconcile.detectors.episodes import Episodes
from reconcile.detectors.facts import Facts
from reconcile.detectors.merging import RANK, merged
from reconcile.detectors.onset import onset_of
from reconcile.detectors.records import account_anomalies, monthly_records
from reconcile.detectors.replay import cloned, prints_of
from reconcile.detectors.segments import segments
from reconcile.detectors.texts import CHANNELS, MONTHLY, TEXTS, money_at_risk, note
from reconcile.detectors.tonnes import with_tonnes
from reconcile.detectors.wholedays import WholeDays, days_of
from reconcile.parameters import load_parameters
from reconcile.pointhours import PointHours, UnitDays
from tests.unit.reconcile.detectors.plant import OFFSET_MS, POINT, START_MS, at, plant, with_hours

PARAMETERS = load_parameters()
RULE = ChartRule(delta=1.0, interval=5.0, days=2, quiet_days=3, window_days=60)
LEVEL = Level(0.0, 0.5, 0.0)


def chart(values, rule=RULE, level=LEVEL, recorded=()):
    """What a chart tells of values of consecutive days."""
    tool = Chart(level, rule, recorded)
    told = tool.step([DAY_MS * i for i in range(len(values))], [float(v) for v in values])
    return told, tool.close()


def test_a_change_is_raised_when_the_sum_passes_its_limit_and_not_when_it_meets_it():
    # k = 0.5, limit = 5 · 0.5 = 2.5: days of 1.5 add 1.0 each, so three make 3.0 and pass; of 1.333… three make 2.5.
    (raised, *_), _ = chart([0, 0, 1.5, 1.5, 1.5])
    assert (raised.told_ms, raised.onset_ms, raised.end_ms) == (5 * DAY_MS, 2 * DAY_MS, None)
    assert raised.sum == pytest.approx(3.0)
    assert chart([0, 0, 1.75, 1.75])[0] == []
    assert chart([0, 0, 1.75, 1.7501])[0] != []


def test_one_wild_day_raises_nothing_and_the_day_that_raises_is_itself_off():
    assert chart([0, 0, 99, 0, 0, 0]) == ([], [])
    assert chart([0, 0, 2.9, 0.4, 0.4, 0.4]) == ([], [])


def test_correlated_days_widen_the_limit():
    values = [0, 0, 1.5, 1.5, 1.5, 0, 0, 0]
    assert chart(values)[0]
    assert not chart(values, level=Level(0.0, 0.5, 0.6))[0], "limit 5 · 0.5 · sqrt(1.6/0.4) = 5"


def test_a_level_that_is_not_sure_allows_for_it():
    values = [1.2] * 30
    assert chart(values)[0]
    assert not chart(values, level=Level(0.0, 0.5, 0.0, error=0.6))[0]


def test_a_change_ends_with_the_first_quiet_day_and_days_without_value_are_passed_over():
    told, rest = chart([0, 0, 2, 2, 2, math.nan, 2, 0.1, -0.1, 0, 0])
    raised, ended = told
    assert rest == []
    assert ended.end_ms == 7 * DAY_MS
    assert (ended.told_ms, ended.onset_ms) == (raised.told_ms, raised.onset_ms)
    assert ended.size == pytest.approx(2.0)
    assert not ended.drift


def test_the_sign_of_a_change():
    assert chart([0, 0, -2, -2, -2])[0][0].size == pytest.approx(-2)


def test_a_drift_is_told_from_a_step():
    (last,) = chart([0] * 10 + [0.3 * i for i in range(1, 16)])[1]
    assert last.drift
    assert last.low_ms <= 10 * DAY_MS <= last.high_ms


def test_a_recorded_change_moves_the_level_within_its_tolerance_only():
    rule = replace(RULE, tolerance=1.5, settle_days=5)
    recorded = [10 * DAY_MS + HOUR_MS]
    assert chart([0] * 10 + [1.2] * 30, rule, recorded=recorded) == ([], [])
    assert chart([0] * 10 + [1.2] * 30, rule)[0] != [], "without a record it is a change"
    # Five days of sd 0.5 tell a step to 0.28, so that up to 1.5 + 2 · 0.28 = 2.06 it may be within the tolerance.
    assert chart([0] * 10 + [2.0] * 30, rule, recorded=recorded) == ([], [])
    assert chart([0] * 10 + [2.2] * 30, rule, recorded=recorded)[0] != [], "beyond the tolerance it is one, too"
    told, _ = chart([0] * 10 + [1.2] * 20 + [3.2] * 5, rule, recorded=recorded)
    assert told[0].size == pytest.approx(2.0), "from the new level"


def test_a_stop_is_a_recorded_change_where_the_chart_says_so():
    rule = replace(RULE, tolerance=1.5, settle_days=5, stop_days=5)
    values = [0] * 10 + [math.nan] * 6 + [1.2] * 30
    assert chart(values, rule) == ([], [])
    assert chart(values, replace(rule, stop_days=0))[0] != []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-4, 4) | st.just(math.nan), min_size=5, max_size=120),
    st.lists(st.integers(0, 120), max_size=6),
    st.booleans(),
)
def test_a_chart_does_not_see_how_days_come(values, cuts, tolerant):
    rule = replace(RULE, tolerance=1.0, settle_days=4, stop_days=3) if tolerant else RULE
    recorded = [20 * DAY_MS, 50 * DAY_MS + 5]
    whole = chart(values, rule, recorded=recorded)
    tool = Chart(LEVEL, rule, recorded)
    told, edges = [], sorted({0, len(values), *(c for c in cuts if c < len(values))})
    for first, end in pairwise(edges):
        told += tool.step([DAY_MS * i for i in range(first, end)], [float(v) for v in values[first:end]])
    assert (told, tool.close()) == whole


@pytest.mark.parametrize(
    "wrong",
    [{"delta": 0.0}, {"interval": -1.0}, {"days": 0}, {"quiet_days": 0}, {"window_days": 1}],
)
def test_a_rule_that_cannot_be_is_refused(wrong):
    with pytest.raises(RuleError):
        replace(RULE, **wrong)


def test_an_onset_interval_holds_what_cannot_be_told_apart():
    sharp = onset_of(np.array([0.0] * 10 + [3.0] * 10), 0.3)
    assert (sharp.index, sharp.low, sharp.high) == (10, 10, 10)
    blurred = onset_of(np.array([0.0] * 10 + [0.2] * 10), 0.3)
    assert blurred.low < 10 < blurred.high
    wider = onset_of(np.array([0.0] * 10 + [0.2] * 10), 0.3, phi=0.8)
    assert wider.low <= blurred.low
    assert wider.high >= blurred.high


def test_an_onset_may_be_the_first_value_or_the_last():
    assert onset_of(np.array([2.0, 2.0, 2.0]), 0.1).index == 0
    assert onset_of(np.array([0.0, 0.0, 5.0]), 0.1).index == 2


def test_stretches_of_one_level():
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.normal(0, 0.1, 12), rng.normal(1, 0.1, 9), rng.normal(0, 0.1, 9)])
    assert segments(values, 0.1, 3, 6.0) == [(0, 12), (12, 21), (21, 30)]
    assert segments(values[:5], 0.1, 3, 6.0) == [(0, 5)]
    assert segments(np.zeros(30), 0.0, 3, 6.0) == [(0, 30)]


def hours_of(flags):
    n = len(flags)
    flagged = np.array([f == "x" for f in flags], dtype=bool)
    known = np.array([f != "?" for f in flags], dtype=bool)
    return HOUR_MS * np.arange(n, dtype=np.int64), flagged, known, np.where(flagged, 1.0, 0.0)


@pytest.mark.parametrize(
    ("flags", "spans"),
    [
        ("xx....", [(0, 2)]),
        ("x.....", []),
        ("x..x....", [(0, 4)]),
        ("x...x....", []),
        ("x?????x...", [(0, 7)]),
        ("xx...xx...", [(0, 2), (5, 7)]),
        ("..xx", [(2, None)]),
        ("", []),
    ],
)
def test_episodes(flags, spans):
    episodes = Episodes(least=2, gap=2)
    told = [*episodes.step(*hours_of(flags)), *episodes.close()]
    last = {e.first_ms: e for e in told}
    assert [(e.first_ms // HOUR_MS, e.end_ms and e.end_ms // HOUR_MS) for e in last.values()] == spans


@settings(max_examples=60, deadline=None)
@given(st.text("x.?", max_size=60), st.lists(st.integers(0, 60), max_size=5))
def test_episodes_do_not_see_how_hours_come(flags, cuts):
    whole = Episodes(2, 2)
    expected = [*whole.step(*hours_of(flags)), *whole.close()]
    pieces = Episodes(2, 2)
    rows = hours_of(flags)
    edges = sorted({0, len(flags), *(c for c in cuts if c < len(flags))})
    told = []
    for first, end in pairwise(edges):
        told += pieces.step(*(row[first:end] for row in rows))
    assert [*told, *pieces.close()] == expected


def test_episodes_that_cannot_be_are_refused():
    with pytest.raises(RuleError):
        Episodes(0, 1)
    with pytest.raises(RuleError):
        Episodes(1, -1)


def test_whole_days_are_given_once_and_the_rest_at_the_end():
    case = plant(days=3).hours
    days = WholeDays(OFFSET_MS)
    assert days.take(case.part(at(0), at(0, 23))) is None
    first = days.take(case.part(at(0, 23), at(1, 5)))
    assert first is not None
    assert (int(first.start_ms[0]), len(first)) == (START_MS, 24)
    rest = days.rest()
    assert rest is not None
    assert len(rest) == 5
    assert days.rest() is None
    whole = case.part(at(0), at(2))
    assert WholeDays(OFFSET_MS).take(whole) is whole
    starts, place = days_of(case.part(at(0, 20), at(1, 2)), OFFSET_MS)
    assert starts.tolist() == [at(0), at(1)]
    assert place.tolist() == [0] * 4 + [1] * 2


def anomaly(kind="level-shift", channel="rm", onset=10, end=20, told=12, size=0.03, **more):
    days = {"onset_ms": onset * DAY_MS, "end_ms": None if end is None else end * DAY_MS, "told_ms": told * DAY_MS}
    evidence = (Evidence(f"sum_{channel}", 1.0, 0.5),)
    low, high = (onset - 1) * DAY_MS, (onset + 1) * DAY_MS
    made = Anomaly(kind, "p", channel, days["onset_ms"], low, high, days["end_ms"], days["told_ms"], size, evidence)
    return replace(made, **more)


def test_one_cause_is_one_anomaly_with_all_the_evidence():
    parts = [anomaly(), anomaly(channel="ghr", onset=11, told=13), anomaly("stuck", "co2", 10, 15, 11, math.nan)]
    (one,) = merged(parts, PARAMETERS)
    assert (one.kind, one.channel, one.size) == ("stuck", "co2", 0.03)
    assert (one.onset_ms, one.told_ms, one.end_ms) == (10 * DAY_MS, 11 * DAY_MS, 20 * DAY_MS)
    assert [e.name.split(":")[0] for e in one.evidence] == ["co2", "rm", "ghr"]
    assert merged(reversed(parts), PARAMETERS) == (one,)


def test_still_hours_within_a_cut_are_the_cut():
    cut = anomaly("clipped-high", "co2", 10, 40, 12, math.nan)
    still = [anomaly("stuck", "co2", day, day + 1, day + 1, math.nan) for day in (9, 20, 33)]
    (one,) = merged([*still, cut], PARAMETERS)
    assert (one.kind, one.channel) == ("clipped-high", "co2")
    assert (one.onset_ms, one.told_ms, one.end_ms) == (9 * DAY_MS, 10 * DAY_MS, 40 * DAY_MS)
    assert {"co2: clipped-high", "co2: stuck"} == {e.name.rpartition(":")[0] for e in one.evidence}
    assert still_at_cut([one]) == {"still-at-cut"}
    assert merged(reversed([*still, cut]), PARAMETERS) == (one,)


def test_still_hours_of_another_channel_or_time_are_no_cut():
    cut = anomaly("clipped-high", "co2", 10, 40, 12, math.nan)
    other, later = anomaly("stuck", "o2", 20, 21, 21, math.nan), anomaly("stuck", "co2", 60, 61, 61, math.nan)
    apart = merged([cut, other, later], PARAMETERS)
    assert [a.kind for a in apart] == ["clipped-high", "stuck", "stuck"]
    (both,) = merged([cut, anomaly("stuck", "o2", 10, 15, 11, math.nan)], PARAMETERS)
    assert (both.kind, both.channel) == ("stuck", "o2")
    assert still_at_cut([*apart, both]) == set()


def test_what_begins_apart_stays_apart():
    assert len(merged([anomaly(), anomaly(channel="ghr", onset=17, told=18)], PARAMETERS)) == 2
    assert len(merged([anomaly(), anomaly(channel="ghr", subject="q")], PARAMETERS)) == 2


def test_what_comes_back_soon_to_the_same_side_is_the_same():
    again = anomaly(onset=30, end=40, told=33)
    (one,) = merged([anomaly(tonnes=5.0), replace(again, tonnes=7.0)], PARAMETERS)
    large = [anomaly(size=0.031), replace(again, size=0.031)]
    assert len(merged(large, PARAMETERS)) == 2, "a large change that comes back is told anew"
    assert (one.onset_ms, one.end_ms, one.tonnes) == (10 * DAY_MS, 40 * DAY_MS, 12.0)
    assert len(merged([anomaly(), replace(again, size=-0.03)], PARAMETERS)) == 2
    assert len(merged([anomaly(), replace(again, size=0.09)], PARAMETERS)) == 2
    assert len(merged([anomaly(), anomaly(onset=50, end=60, told=53)], PARAMETERS)) == 2


def test_open_while_one_is():
    (one,) = merged([anomaly(), anomaly(channel="ghr", end=None, told=13)], PARAMETERS)
    assert one.end_ms is None


def test_equal_hours_of_two_points_are_told_of_the_later_by_code():
    first, other = plant(days=5, seed=1).hours, plant(days=5, seed=2)
    copied = with_hours(other, slice(30, 40), fingerprint=first.fingerprint[30:40]).hours
    (found,) = cloned({"b": prints_of(copied), "a": prints_of(first)}, PARAMETERS)
    assert (found.kind, found.subject) == ("cloned", "b")
    assert (found.onset_ms, found.end_ms, found.told_ms) == (at(1, 6), at(1, 16), at(1, 9))
    assert found.evidence[0] == Evidence("equal_hours_with_a", 10.0, 3.0, "h")
    few = with_hours(other, slice(30, 32), fingerprint=first.fingerprint[30:32]).hours
    assert cloned({"a": prints_of(first), "b": prints_of(few)}, PARAMETERS) == ()


def test_tonnes_are_those_of_the_days_of_the_change():
    days, mass = DAY_MS * np.arange(30), np.full(30, 100.0)
    assert with_tonnes(anomaly(size=0.25), days, mass).tonnes == pytest.approx(200.0)
    assert with_tonnes(anomaly(size=-0.2, end=None), days, mass).tonnes == pytest.approx(-500.0)
    for other in (anomaly("stuck", "co2", size=math.nan), anomaly(channel="rc"), anomaly(channel="heat_rate")):
        assert with_tonnes(other, days, mass) is other


def test_every_kind_has_words_in_both_languages_and_a_rank():
    assert set(TEXTS) == set(RANK)
    for kind, words in TEXTS.items():
        for channel in ("co2", "rm"):
            seen = anomaly(kind, channel)
            assert "{" not in note(seen) + note(seen, "zh")
        assert any("一" <= c <= "鿿" for c in words.chinese)
        assert not any("一" <= c <= "鿿" for c in words.english)
    for words in CHANNELS.values():
        assert all(words)
    assert set(MONTHLY) == {name.replace("_", "-") for name in SUSPICIONS}
    monthly = anomaly("account-benford", "account", size=math.nan)
    assert note(monthly).startswith("p: The monthly check of its records found first digits")
    assert "本福特" in note(monthly, "zh")


def test_a_note_says_what_since_when_how_much_and_how_many_tonnes():
    seen = anomaly(size=-0.034, tonnes=-1234.5, end=None)
    assert note(seen) == (
        "p: Monitored over accounted CO2 has moved to another level and stays there. Since 1970-01-11 08:00, still so. "
        "By -3.4 %. CO2 at risk: -1,234 t (monitoring less truth)."
    )
    assert note(replace(seen, end_ms=20 * DAY_MS), "zh") == (
        "p：监测与核算二氧化碳之比发生阶跃并维持在新水平。1970-01-11 08:00至1970-01-21 08:00。幅度-3.4 %。"
        "涉及二氧化碳-1,234 t（监测减真值）。"
    )
    assert "By +58 min." in note(anomaly("clock-shift", "velocity", size=58.2))
    assert "By -14 %." in note(anomaly("below-saturation", "moisture", size=-0.14))
    assert "By +12 K." in note(anomaly(channel="temperature", size=12.0))
    with pytest.raises(RuleError, match="no words"):
        note(anomaly("nonsense"))


def test_money_is_tonnes_times_price_and_none_without_a_price():
    seen = anomaly(tonnes=-50.0)
    prices = {"low": Price(60.0, "given"), "high": Price(None, "not known")}
    assert money_at_risk(seen, prices) == {"low": 3000.0, "high": None}


def suspicion(check, outcome="suspicion", months=("2026-01", "2026-02"), co2_t=12.5):
    words = ("seen", "所见", "clears", "澄清")
    return Suspicion(check, outcome, "unit-1", months, ("record",), "f", "l", "s", co2_t, *words)


def test_suspicions_of_the_monthly_checks_become_anomalies():
    found = of_suspicions(
        [suspicion("identical_carbon"), suspicion("benford", "cannot_run"), suspicion("benford", months=())],
        OFFSET_MS,
        told_ms=123,
    )
    (one,) = found
    assert (one.kind, one.subject, one.told_ms) == ("account-identical-carbon", "unit-1", 123)
    assert one.onset_ms == START_MS
    assert one.onset_high_ms == START_MS + 31 * DAY_MS
    assert one.end_ms == START_MS + 59 * DAY_MS
    assert Evidence("co2_that_hangs_on_it", 12.5, 0.0, "t") in one.evidence
    assert one.tonnes == 0.0
    assert all(of_suspicions([suspicion(name)], OFFSET_MS, 0) for name in CHECKS)


def test_a_reference_that_ends_before_it_begins_is_refused():
    with pytest.raises(RuleError):
        Facts(POINT, Sector.POWER, reference_ms=(5, 5))


def test_hours_join_only_without_a_gap():
    case = plant(days=2).hours
    with pytest.raises(RuleError):
        PointHours.joined([case.part(at(0), at(0, 5)), case.part(at(0, 6), at(1))])


def unit_days(n=59, **more):
    """Records of January and February: 100 t a day of 0.55 t C and 21 GJ a tonne."""
    rows = {
        "fuel_mass": np.full(n, 100.0),
        "carbon": 0.55 + 0.001 * (np.arange(n) % 7),
        "ncv": np.full(n, 21.0),
        "output": np.full(n, 230.0),
    }
    rows |= more
    co2 = rows["fuel_mass"] * rows["carbon"] * 3.66
    zero = np.zeros(n)
    return UnitDays(
        20_454 + np.arange(n), rows["fuel_mass"], rows["carbon"], rows["ncv"], co2, zero, rows["output"], zero
    )


def test_daily_records_become_monthly_ones():
    records = monthly_records("u", unit_days(), "bituminous", 300.0)
    uses = [r for r in records if isinstance(r, FuelUse)]
    assert [(r.month, r.amount_t) for r in uses] == [("2026-01", 3100.0), ("2026-02", 2800.0)]
    samples = [r for r in records if isinstance(r, FuelSample)]
    assert len(samples) == 59
    assert (samples[0].c_ar_pct, samples[0].ncv_gj_per_t, samples[0].represents_t) == (pytest.approx(55.0), 21.0, 100.0)
    (january, _) = [r for r in records if isinstance(r, PowerOutput)]
    assert (january.generated_mwh, january.running_h) == (31 * 230.0, 31 * 24.0)


def test_a_gas_is_counted_in_ten_thousands_of_cubic_metres_and_cut_months_are_left_out():
    (use, *samples) = monthly_records("u", unit_days(40), "natural_gas")
    assert (use.month, use.amount_1e4nm3) == ("2026-01", 310.0)
    assert samples[0].carbon_t_per_1e4nm3 == pytest.approx(5.5)
    assert {r.month for r in samples} == {"2026-01"}


def test_days_without_fuel_and_analyses_that_cannot_be_make_no_record():
    mass, carbon = np.full(59, 100.0), np.full(59, 0.55)
    mass[3], carbon[5], carbon[6] = 0.0, np.nan, 1.2
    ncv = np.full(59, np.nan)
    records = monthly_records("u", unit_days(fuel_mass=mass, carbon=carbon, ncv=ncv), "bituminous")
    assert sum(isinstance(r, FuelSample) for r in records) == 59 - 3


def test_carbon_that_cannot_belong_to_its_heat_is_suspected():
    rng = np.random.default_rng(4)
    mass, carbon, heat = 103.373 + rng.normal(0, 5, 59), rng.normal(0.55, 0.01, 59), rng.normal(1.0, 0.01, 59)
    healthy = unit_days(fuel_mass=mass, carbon=carbon, ncv=21.0 * heat)
    wrong = unit_days(fuel_mass=mass, carbon=carbon, ncv=27.0 * heat)
    assert account_anomalies("u", healthy, "bituminous", OFFSET_MS, PARAMETERS) == ()
    (one,) = account_anomalies("u", wrong, "bituminous", OFFSET_MS, PARAMETERS)
    assert one.kind == "account-carbon-per-heat"
    assert (one.onset_ms, one.told_ms, one.end_ms) == (at(0), at(31), at(59)), "told when January was over"
    assert account_anomalies("u", unit_days(0), "bituminous", OFFSET_MS, PARAMETERS) == ()
