"""Faults leave the signatures that a detector looks for, and touch nothing else."""

import numpy as np
import pytest

from cems.channels import Channel
from cems.errors import ConfigError
from firmware_sim.faulttext import parse_fault, parse_faults
from firmware_sim.instruments import Cabinets, Readings
from firmware_sim.physics import Floats
from firmware_sim.plant import Unit
from firmware_sim.span import Span

SPAN = Span.of_month("2026-03", 6)
PROCESS = Unit(SPAN, seed=4).run(10**6)


def readings(*texts: str) -> Readings:
    return Cabinets(4, 8.0, parse_faults(list(texts), SPAN)).read(PROCESS)


CLEAN = readings()
AFTER = PROCESS.time_s >= SPAN.start_s + 2 * 86_400
QUIET = AFTER & (CLEAN.status[1] == 0) & (CLEAN.status[2] == 0)


def fo(shown: Readings) -> Floats:
    """Fuel factor (20.9 - O2) / CO2 of EPA Method 3B."""
    result: Floats = (20.9 - shown.values[Channel.O2][QUIET]) / shown.values[Channel.CO2][QUIET]
    return result


def others_untouched(shown: Readings, *struck: Channel) -> bool:
    return all(np.array_equal(shown.values[c], CLEAN.values[c]) for c in CLEAN.values if c not in struck)


def test_an_air_leak_lowers_co2_and_leaves_the_fuel_factor() -> None:
    leaking = readings("air-leak@3=5%")
    assert others_untouched(leaking, Channel.CO2, Channel.O2)
    drop = leaking.values[Channel.CO2][QUIET].mean() / CLEAN.values[Channel.CO2][QUIET].mean()
    assert drop == pytest.approx(0.95 + 0.04 * 0.05 / 14.5, abs=0.001)
    assert (leaking.values[Channel.O2][QUIET] > CLEAN.values[Channel.O2][QUIET]).mean() > 0.99
    # Only the 0.04 % CO2 of the air and the analysers' own errors move it.
    assert fo(leaking).mean() / fo(CLEAN).mean() == pytest.approx(1.0, abs=0.002)


def test_a_calibration_does_not_see_an_air_leak_but_sees_a_span_drift() -> None:
    span_minute = 5 * 1440 + 127
    clean = CLEAN.values[Channel.CO2][span_minute]
    assert readings("air-leak@3=5%").values[Channel.CO2][span_minute] == pytest.approx(clean, rel=0.002)
    drifted = readings("span-drift:co2@3/6=10%").values[Channel.CO2]
    assert drifted[4 * 1440 + 127] / CLEAN.values[Channel.CO2][4 * 1440 + 127] == pytest.approx(1.07, abs=0.01)
    assert drifted[span_minute] == pytest.approx(clean, rel=1e-12)  # over on the sixth day


def test_a_span_drift_of_co2_moves_the_fuel_factor_the_other_way() -> None:
    drifting = readings("span-drift:co2@3=10%")
    assert others_untouched(drifting, Channel.CO2)
    assert fo(drifting).mean() / fo(CLEAN).mean() == pytest.approx(1 / 1.05, abs=0.01)  # half way on average


def test_a_clogging_pitot_slows_the_flow_and_nothing_else() -> None:
    clogging = readings("pitot-plugging@3=0.36")
    assert others_untouched(clogging, Channel.VELOCITY)
    last = np.flatnonzero(QUIET)[-30:]
    ratio = clogging.values[Channel.VELOCITY][last] / CLEAN.values[Channel.VELOCITY][last]
    assert ratio.mean() == pytest.approx(0.8, abs=0.005)  # sqrt(1 - 0.36)


@pytest.mark.parametrize("channel", ["co2", "velocity", "load", "fuel_feed"])
def test_a_stuck_register_keeps_the_reading_of_its_onset_and_its_status(channel: str) -> None:
    stuck = readings(f"stuck:{channel}@3/4")
    inside = (PROCESS.time_s >= SPAN.start_s + 2 * 86_400) & (PROCESS.time_s < SPAN.start_s + 3 * 86_400)
    values = stuck.values[Channel(channel)]
    assert set(values[inside]) == {CLEAN.values[Channel(channel)][2 * 1440]}
    assert np.array_equal(values[~inside], CLEAN.values[Channel(channel)][~inside])
    assert others_untouched(stuck, Channel(channel))
    assert all(np.array_equal(stuck.status[u], CLEAN.status[u]) for u in CLEAN.status)


def test_nothing_is_struck_before_the_onset() -> None:
    texts = ("air-leak@3=5%", "span-drift:co2@3=9%", "pitot-plugging@3=0.3", "stuck:load@3")
    struck = readings(*texts)
    for channel, values in struck.values.items():
        assert np.array_equal(values[:2880], CLEAN.values[channel][:2880])
        assert not np.array_equal(values[2880:], CLEAN.values[channel][2880:]) or channel not in {
            Channel.CO2,
            Channel.O2,
            Channel.VELOCITY,
            Channel.LOAD,
        }


def test_dates_and_days_of_the_run_are_the_same() -> None:
    by_day = parse_fault("stuck:co2@3T06:30/4", SPAN)
    by_date = parse_fault("stuck:co2@2026-03-03T06:30/2026-03-04", SPAN)
    assert by_day == by_date
    assert by_date.start_s == 1772490600  # 2026-03-02T22:30:00Z


def test_a_share_may_be_written_as_per_cent() -> None:
    assert parse_fault("air-leak@2=4%", SPAN).size == pytest.approx(parse_fault("air-leak@2=0.04", SPAN).size)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("leak@2", "there is no fault 'leak'"),
        ("air-leak", "expected KIND"),
        ("span-drift@2", "needs a channel: co2, o2"),
        ("span-drift:load@2", "needs a channel: co2, o2"),
        ("air-leak:load@2", "name no channel"),
        ("stuck:co2@2=5%", "has no size"),
        ("air-leak@2=5", "no share"),
        ("air-leak@2=nan", "no share"),
        ("air-leak@2=-5%", "cannot be negative"),
        ("air-leak@3/2", "ends before it begins"),
        ("air-leak@2T25:00", "is no time"),
        ("air-leak@0", "outside the month"),
        ("air-leak@2026-05-02", "outside the month"),
        ("air-leak@2026-02-30", "is no date"),
    ],
)
def test_a_fault_that_is_written_wrong_says_how_to_write_it(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_fault(text, SPAN)


def test_all_wrong_faults_are_listed_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_faults(["leak@2", "air-leak@2", "stuck@3"], SPAN)
    assert len(caught.value.faults) == 2
