"""Each pattern planted in a healthy unit is found and told by its name; a healthy unit is left in peace."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cems.fleettables import MoistureFamily
from reconcile.detectors.bank import Bank, detect
from reconcile.parameters import load_parameters
from reconcile.pointhours import Event
from tests.unit.reconcile.detectors.plant import (
    DAY_MS,
    FACTS,
    POINT,
    Plant,
    at,
    days,
    plant,
    with_account,
    with_hours,
    with_spread,
)

PARAMETERS = load_parameters()


def found(case: Plant, events=(), facts=FACTS):
    return detect(case.hours, case.sides, events, facts, PARAMETERS)


def flow(case, where, factor):
    """Another flow, with the mass that follows from it."""
    return with_hours(case, where, flow_wet_std=lambda x: x * factor, co2_kg=lambda x: x * factor)


def gas(case, where, factor):
    """Another CO2, with the mass that follows from it."""
    return with_hours(case, where, co2_pct_dry=lambda x: x * factor, co2_kg=lambda x: x * factor)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_healthy_unit_raises_nothing(seed):
    assert found(plant(days=120, seed=seed)) == ()


HOURS = {
    "stuck": lambda p: with_spread(p, days(40, 43), "o2", run=1000),
    "impossible-readings": lambda p: with_spread(p, days(40, 43), "co2", bad=5),
    "clipped-high": lambda p: with_spread(p, days(40, 43), "velocity", at_high=25),
    "clipped-low": lambda p: with_spread(p, days(40, 43), "co2", at_low=25),
    "stopped-at-load": lambda p: with_hours(p, days(40, 43), gas_minutes=np.array([0, 0, 0, 0, 60, 0])),
    "bypass-open": lambda p: with_hours(p, days(40, 43), bypass_open=1.0),
}


@pytest.mark.parametrize("kind", HOURS)
def test_patterns_of_hours(kind):
    (anomaly,) = found(HOURS[kind](plant()))
    assert anomaly.kind == kind
    assert abs(anomaly.onset_ms - at(40)) <= DAY_MS
    assert anomaly.end_ms == at(43)
    assert at(40) < anomaly.told_ms <= at(41)
    assert anomaly.onset_low_ms <= anomaly.onset_ms <= anomaly.onset_high_ms


DAYS = {
    "variance-growth": lambda p: with_spread(p, days(40, 55), "co2", sd=lambda x: 2.5 * x),
    "variance-collapse": lambda p: with_spread(p, days(40, 55), "o2", sd=lambda x: x / 4),
    "nearly-stuck": lambda p: with_spread(p, days(40, 55), "co2", lag1=0.97),
    "no-calibration": lambda p: with_hours(p, days(40, 55), gas_minutes=np.array([60, 0, 0, 0, 0, 0])),
    "digits": lambda p: with_hours(p, days(40, 55), digits=np.array([58] + [0] * 9)),
    "missing-messages": lambda p: with_hours(p, days(40, 55), gas_minutes=lambda x: x // 2),
    "doubled-messages": lambda p: with_hours(p, days(40, 55), doubled=3),
    "clock-shift": lambda p: with_hours(p, days(40, 55), lag_min=60.0),
    "clock-shift-gas": lambda p: with_hours(p, days(40, 55), lag_gas_min=lambda x: x + 120.0),
    "below-saturation": lambda p: with_hours(p, days(40, 55), moisture_pct=lambda x: 0.85 * x),
    "above-saturation": lambda p: with_hours(p, days(40, 55), moisture_pct=lambda x: 1.15 * x),
    "level-shift": lambda p: flow(p, days(40, 55), 1.03),
}


@pytest.mark.parametrize("kind", DAYS)
def test_patterns_of_days(kind):
    (anomaly,) = found(DAYS[kind](plant()))
    assert anomaly.kind == kind
    assert anomaly.onset_low_ms <= at(40) <= anomaly.onset_high_ms
    assert abs(anomaly.onset_ms - at(40)) <= DAY_MS
    assert at(40) < anomaly.told_ms <= at(48)
    assert anomaly.end_ms is not None
    assert abs(anomaly.end_ms - at(55)) <= 2 * DAY_MS


def test_no_noise_and_no_checks_are_too_good():
    case = with_spread(DAYS["no-calibration"](plant()), days(40, 55), "co2", sd=lambda x: x / 5)
    (anomaly,) = found(case)
    assert anomaly.kind == "too-good"


def test_spikes_once_a_day():
    case = plant()
    where = 24 * np.arange(40, 55) + 15
    high = case.hours.spread.mean[where, 0] * 1.6
    case = with_spread(case, where, "co2", high=high, sd=lambda x: 4 * x)
    (anomaly,) = found(case)
    assert (anomaly.kind, anomaly.channel) == ("spikes", "co2")
    assert anomaly.told_ms == at(42, 16)


@pytest.mark.parametrize("size", [-0.05, -0.03, 0.03, 0.05])
def test_a_flow_that_reads_off_is_told_within_a_week_with_its_size_and_tonnes(size):
    case = flow(plant(), days(40, 60), 1 + size)
    (anomaly,) = found(case)
    assert (anomaly.kind, anomaly.channel) == ("level-shift", "rm")
    assert anomaly.size == pytest.approx(size, abs=0.006)
    assert anomaly.told_ms <= at(47)
    wrong = case.hours.co2_kg[days(40, 60)].sum() / 1000 * (1 - 1 / (1 + size))
    assert anomaly.tonnes == pytest.approx(wrong, rel=0.25)
    assert any(e.name.startswith("ghr:") for e in anomaly.evidence)
    assert not any(e.name.startswith("rc:") for e in anomaly.evidence), "the line does not see the flow"


def test_a_co2_analyser_that_reads_off_shows_in_the_line():
    (anomaly,) = found(gas(plant(), days(40, 60), 0.97))
    assert any(e.name.startswith("rc:") for e in anomaly.evidence)


def test_a_plugging_pitot_drifts():
    n = 24 * 30
    (anomaly,) = found(flow(plant(), days(40, 70), 1 - 0.10 * np.arange(n) / n))
    assert anomaly.kind == "drift"
    assert anomaly.onset_low_ms - 3 * DAY_MS <= at(40) <= anomaly.onset_high_ms + 3 * DAY_MS
    assert anomaly.end_ms is None


def test_an_account_that_is_wrong_shows_in_the_ratio_and_not_in_the_monitoring():
    case = with_account(plant(), 40, 60, 0.95, "fuel_mass", "fuel_co2_t")
    (anomaly,) = found(case)
    assert (anomaly.kind, anomaly.channel) == ("level-shift", "rm")
    assert not any(e.name.startswith("ghr:") for e in anomaly.evidence)


def test_carbon_that_does_not_fit_its_heat():
    case = with_account(plant(), 40, 60, 1.06, "carbon")
    (anomaly,) = found(case)
    assert (anomaly.kind, anomaly.channel) == ("account-shift", "carbon_per_heat")


def test_copied_days_are_told_by_their_third_hour():
    case = plant()
    case = with_hours(case, days(45, 46), fingerprint=case.hours.fingerprint[days(44, 45)])
    (anomaly,) = found(case)
    assert (anomaly.kind, anomaly.onset_ms, anomaly.end_ms) == ("replayed", at(45), at(46))
    assert anomaly.told_ms == at(45, 3)


def test_two_equal_hours_are_chance_and_still_hours_are_stuck_not_copied():
    case = plant()
    case = with_hours(case, slice(1000, 1002), fingerprint=case.hours.fingerprint[900:902])
    assert found(case) == ()
    still = with_hours(plant(), days(45, 46), fingerprint=np.uint64(7))
    still = with_spread(still, days(45, 46), "co2", sd=0.0)
    assert "replayed" not in {a.kind for a in found(still)}


def test_a_channel_cut_at_high_load_is_cut_and_not_stuck():
    """At the top of the load it stands still for hours, in the hours around for some minutes at their highest."""
    case = plant()
    hour = np.arange(len(case.hours))
    from_onset = (hour >= 24 * 40) & (hour < 24 * 55)
    still, edge = (from_onset & np.isin(hour % 24, hours) for hours in ((13, 14, 15), (11, 12, 16, 17)))
    case = with_spread(with_spread(case, still, "co2", run=200, sd=0.0, at_high=60, at_low=60), edge, "co2", at_high=25)
    whole = found(case)
    (anomaly,) = whole
    assert (anomaly.kind, anomaly.channel) == ("clipped-high", "co2")
    assert abs(anomaly.onset_ms - at(40, 11)) <= DAY_MS
    bank = Bank(case.sides, (), FACTS, PARAMETERS)
    for day in range(70):
        bank.step(case.hours.part(at(day), at(day + 1)))
    bank.close()
    assert bank.anomalies() == whole


def test_maintenance_that_follows_the_load():
    case = plant()
    busy = (case.hours.load > 260) & (np.arange(len(case.hours)) >= 24 * 40)
    minutes = case.hours.gas_minutes.copy()
    minutes[busy] = [0, 0, 60, 0, 0, 0]
    (anomaly,) = found(with_hours(case, slice(None), gas_minutes=minutes))
    assert anomaly.kind == "flags-follow-load"
    assert anomaly.told_ms <= at(44)


def test_what_follows_the_daily_check():
    case = plant()
    hour = np.arange(len(case.hours))
    after = (hour >= 24 * 40) & (hour % 24 >= 2) & (hour % 24 < 5)
    (anomaly,) = found(gas(case, after, 0.96))
    assert anomaly.kind == "calibration-phase"


def test_a_wave_by_the_clock():
    case = plant()
    hour = np.arange(len(case.hours))
    wave = np.where(hour >= 24 * 40, 0.03 * np.cos(2 * np.pi * (hour % 24 + 0.5) / 24), 0.0)
    (anomaly,) = found(gas(case, slice(None), 1 + wave))
    assert any("daily-wave: wave_cos" in e.name for e in anomaly.evidence)


def test_an_error_that_hangs_on_load():
    case = plant()
    tilt = np.where(np.arange(len(case.hours)) >= 24 * 40, 0.06 * (case.hours.load - 230) / 100, 0.0)
    (anomaly,) = found(flow(case, slice(None), 1 + tilt))
    names = {e.name for e in anomaly.evidence}
    assert any("high_less_low_load" in name for name in names)


def test_an_error_that_comes_with_a_state_of_the_fans():
    case = plant()
    where = (case.hours.fan_state == 2) & (np.arange(len(case.hours)) >= 24 * 40)
    (anomaly,) = found(flow(case, where, 1.06))
    assert any("fan_state_2" in e.name for e in anomaly.evidence)
    assert not any("fan_state_1" in e.name for e in anomaly.evidence)


def test_a_recorded_factor_is_no_fault_and_another_one_is():
    case = flow(plant(), days(40, 70), 1.04)
    recorded = (Event(at(40), "parameter", "velocity", 1.0, 1.04),)
    assert found(case, recorded) == ()
    (anomaly,) = found(flow(plant(), days(40, 70), 1.08), recorded)
    assert anomaly.size == pytest.approx(0.04, abs=0.01)


def test_a_new_cylinder_within_its_tolerance_is_no_fault_and_beyond_it_is():
    put_up = (Event(at(40, 9), "cylinder", "co2", np.nan, 16.0),)
    assert found(gas(plant(), days(41, 70), 1.012), put_up) == ()
    (anomaly,) = found(gas(plant(), days(41, 70), 1.03), put_up)
    assert anomaly.channel == "rm"
    assert anomaly.size == pytest.approx(0.03, abs=0.006)


def test_after_a_new_cylinder_the_new_level_is_watched():
    put_up = (Event(at(40, 9), "cylinder", "co2", np.nan, 16.0),)
    case = gas(plant(days=100), days(41, 100), 1.012)
    (anomaly,) = found(gas(case, days(70, 100), 1.03), put_up)
    assert abs(anomaly.onset_ms - at(70)) <= DAY_MS
    assert anomaly.size == pytest.approx(0.03, abs=0.006)


def test_a_recorded_fuel_switch_is_no_fault():
    case = plant()
    names = np.where(np.arange(70) >= 40, "subbituminous", "bituminous")
    side = case.sides[0]
    case = replace(case, sides=(replace(side, days=replace(side.days, fuel=names)),))
    where = days(40, 70)
    # Another gas and another flow for the load, and an account that knows it.
    case = with_hours(case, where, co2_pct_dry=lambda x: x * 1.0181, flow_wet_std=lambda x: x * 1.03)
    case = with_hours(case, where, co2_kg=lambda x: x * 1.0181 * 1.03)
    case = with_account(case, 40, 70, 1.0181 * 1.03, "fuel_co2_t", "fuel_mass")
    assert found(case) == ()


def test_a_fault_that_begins_in_the_reference_is_not_taken_for_health():
    (anomaly,) = found(flow(plant(), days(16, 45), 1.06))
    assert anomaly.size == pytest.approx(0.06, abs=0.015)
    assert abs(anomaly.onset_ms - at(16)) <= 2 * DAY_MS
    assert anomaly.told_ms == at(28), "nothing is told before the reference is complete"
    assert anomaly.end_ms is not None
    assert abs(anomaly.end_ms - at(45)) <= 2 * DAY_MS


def test_a_second_fault_on_top_of_the_first_is_told():
    case = flow(flow(plant(days=90), days(40, 90), 1.03), days(60, 90), 1.09)
    first, second = found(case)
    assert first.size == pytest.approx(0.03, abs=0.01)
    assert first.end_ms == second.onset_ms
    assert second.size == pytest.approx(1.03 * 1.09 - 1, abs=0.01)
    assert at(60) < second.told_ms <= at(64)


def test_a_typed_moisture_is_neither_stuck_nor_held_against_saturation():
    typed = replace(FACTS, point=POINT.model_copy(update={"moisture": MoistureFamily.TYPED}))
    case = with_hours(with_spread(plant(), slice(None), "moisture", run=1500), slice(None), moisture_pct=12.0)
    assert not [a for a in found(case, facts=typed) if a.channel == "moisture"]


def test_a_stated_reference_is_taken():
    case = flow(plant(), days(0, 20), 1.05)
    stated = replace(FACTS, reference_ms=(at(25), at(55)))
    (anomaly,) = found(case, facts=stated)
    assert (anomaly.onset_ms, anomaly.size) == (at(0), pytest.approx(0.05, abs=0.01))


def test_points_without_load_without_account_or_without_hours_do_not_fail():
    case = plant()
    bare = with_hours(case, slice(None), load=np.nan, boiler_o2_pct=np.nan, fan_state=-1, bypass_open=np.nan)
    assert found(bare) == ()
    empty = replace(case, hours=case.hours.part(0, 1))
    assert found(empty) == ()
    few = replace(case, hours=case.hours.part(at(0), at(3)))
    assert found(few) == ()
    dead = with_hours(case, slice(None), status="missing", co2_kg=np.nan, co2_pct_dry=np.nan, flow_wet_std=np.nan)
    assert not [a for a in found(dead) if a.channel in {"rm", "ghr"}]


def test_a_stop_of_weeks_is_no_fault():
    case = plant(days=90)
    still = days(40, 60)
    gone = np.nan
    case = with_hours(case, still, co2_kg=gone, co2_pct_dry=gone, o2_pct_dry=gone, flow_wet_std=gone, load=0.0)
    case = with_hours(case, still, moisture_pct=gone, temperature_c=gone, pressure_pa=gone, operating_h=0.0)
    case = with_hours(case, still, status="stopped", fingerprint=np.uint64(0), lag_min=gone, lag_gas_min=gone)
    case = with_hours(case, still, gas_minutes=np.array([0, 0, 0, 0, 60, 0]), digits=0)
    case = with_hours(case, still, flow_minutes=np.array([0, 0, 0, 0, 60, 0]), fuel_feed=0.0)
    for channel in ("co2", "o2", "velocity", "temperature", "moisture"):
        case = with_spread(case, still, channel, n=0, mean=gone, sd=gone, low=gone, high=gone, lag1=gone, run=0)
    case = with_account(case, 40, 60, 0.0, "fuel_mass", "fuel_co2_t", "output")
    assert found(case) == ()


def busy():
    """A case with several anomalies that overlap and follow one another."""
    case = flow(plant(days=75), days(16, 24), 1.08)
    case = flow(case, days(45, 60), 0.95)
    case = with_spread(case, days(50, 52), "o2", run=900)
    case = with_hours(case, days(62, 63), fingerprint=case.hours.fingerprint[days(61, 62)])
    return with_spread(case, days(66, 75), "co2", sd=lambda x: 2.5 * x)


BUSY = busy()
WHOLE = found(BUSY)


def test_the_busy_case_has_several():
    assert {"level-shift", "stuck", "replayed", "variance-growth"} <= {a.kind for a in WHOLE}


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(1, 24 * 75 - 1), min_size=1, max_size=60, unique=True))
def test_pieces_of_any_length_tell_the_same(cuts):
    bank = Bank(BUSY.sides, (), FACTS, PARAMETERS)
    edges = [0, *sorted(cuts), 24 * 75]
    for first, end in pairwise(edges):
        bank.step(BUSY.hours.part(at(0, first), at(0, end)))
    bank.close()
    assert bank.anomalies() == WHOLE


def test_hour_by_hour_tells_the_same_and_nothing_before_its_time():
    bank = Bank(BUSY.sides, (), FACTS, PARAMETERS)
    told = []
    for hour in range(24 * 75):
        now = at(0, hour + 1)
        fresh = bank.step(BUSY.hours.part(at(0, hour), now))
        told += [(now, a.told_ms) for a in fresh]
    assert all(said <= now for now, said in told), "told by hours that had not come"
    bank.close()
    assert bank.anomalies() == WHOLE


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_whatever_hours_show_nothing_fails_and_pieces_still_agree(seed):
    rng = np.random.default_rng(seed)
    case = plant(days=45, seed=seed)
    n = len(case.hours)
    for name in rng.choice(
        ["co2_kg", "co2_pct_dry", "o2_pct_dry", "moisture_pct", "flow_wet_std", "load", "fuel_feed", "temperature_c"],
        4,
    ):
        where = rng.random(n) < rng.choice([0.05, 0.5, 1.0])
        case = with_hours(case, where, **{name: rng.choice([np.nan, 0.0, -5.0, 1e9])})
    channel = str(rng.choice(["co2", "o2", "velocity"]))
    case = with_spread(case, rng.random(n) < 0.3, channel, mean=np.nan, sd=np.nan, n=0, lag1=np.nan)
    case = with_account(case, 5, 20, float(rng.choice([0.0, np.nan, 3.0])), "fuel_mass", "fuel_co2_t")
    whole = found(case)
    bank = Bank(case.sides, (), FACTS, PARAMETERS)
    for first in range(0, n, 500):
        bank.step(case.hours.part(at(0, first), at(0, first + 500)))
    bank.close()
    assert bank.anomalies() == whole
    for anomaly in whole:
        assert anomaly.onset_low_ms <= anomaly.onset_ms <= anomaly.onset_high_ms
        assert anomaly.end_ms is None or anomaly.end_ms >= anomaly.onset_ms
        assert np.isfinite(anomaly.tonnes)


def test_a_new_cylinder_within_the_reference_is_no_fault():
    put_up = (Event(at(15, 9), "cylinder", "co2", np.nan, 16.0),)
    assert found(gas(plant(), days(16, 70), 1.013), put_up) == ()


def test_the_reference_waits_for_the_documented_fuel():
    names = np.where(np.arange(70) < 12, "lignite", "bituminous")
    case = plant()
    side = case.sides[0]
    case = replace(case, sides=(replace(side, days=replace(side.days, fuel=names)),))
    # Lignite makes more flow for the load; its account knows it.
    case = flow(case, days(0, 12), 1.08)
    case = with_account(case, 0, 12, 1.08, "fuel_co2_t", "fuel_mass")
    assert found(case) == ()
    (anomaly,) = found(flow(case, days(50, 70), 0.96))
    assert abs(anomaly.onset_ms - at(50)) <= DAY_MS


def test_small_changes_are_not_raised_however_long_they_last():
    assert found(flow(plant(days=150), days(40, 150), 1.006)) == ()
