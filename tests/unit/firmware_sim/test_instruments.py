"""Lag, noise, bias, routine and full scale."""

from dataclasses import replace

import numpy as np
import pytest

from cems.channels import Channel
from firmware_sim.instruments import METERS, Cabinets, Meter, Readings
from firmware_sim.plant import Process, Unit
from firmware_sim.span import Span
from firmware_sim.streams import Ar1, Stream, generator, lag

SPAN = Span.of_month("2026-03")


@pytest.fixture(scope="module")
def month() -> tuple[Process, Readings]:
    process = Unit(SPAN, seed=1).run(10**6)
    return process, Cabinets(1, 8.0).read(process)


def test_a_lag_of_one_minute_shows_63_per_cent_of_a_step_after_a_minute() -> None:
    shown = lag(60.0)(np.array([0.0, 1.0, 1.0, 1.0]))
    assert shown == pytest.approx([0.0, 0.6321, 0.8647, 0.9502], abs=1e-4)


def test_noise_has_the_variance_and_the_memory_that_was_asked_for() -> None:
    noise = Ar1(generator(3, Stream.NOISE), 0.9).take(200_000)
    assert noise.std() == pytest.approx(1.0, abs=0.03)
    assert np.corrcoef(noise[:-1], noise[1:])[0, 1] == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize("seed", range(5))
def test_fixed_errors_stay_inside_the_budget(seed: int) -> None:
    for meter in Cabinets(seed, 8.0).meters:
        assert abs(meter.gain_error) <= meter.spec.bias_relative <= 0.02
        assert abs(meter.offset) <= meter.spec.bias


def test_readings_follow_the_truth_by_the_bias_and_the_noise(month: tuple[Process, Readings]) -> None:
    process, readings = month
    quiet = readings.status[1] == 0
    ratio = readings.values[Channel.CO2][quiet] / process.co2_pct[quiet]
    assert ratio.mean() == pytest.approx(1.0, abs=0.012)
    assert 0.005 <= ratio.std() <= 0.015


def test_daily_calibration_shows_zero_then_span_with_its_status(month: tuple[Process, Readings]) -> None:
    _, readings = month
    co2 = readings.values[Channel.CO2].reshape(31, 1440)
    status = readings.status[1].reshape(31, 1440)
    for day in (0, 1, 4):
        assert (status[day, 120:133] == 1).all()
        assert status[day, 119] == status[day, 133] == 0
        assert co2[day, 123] < 1.0  # last minute of four on zero gas, lag of one minute
        assert co2[day, 127] == pytest.approx(20.0, abs=0.9)  # last minute of four on span gas
        assert co2[day, 133] == pytest.approx(co2[day, 119], abs=1.0)


def test_every_running_hour_keeps_45_valid_minutes_but_for_weekly_service(month: tuple[Process, Readings]) -> None:
    process, readings = month
    for cabinet in (1, 2):
        valid = (readings.status[cabinet] == 0).reshape(-1, 60).sum(axis=1)
        lost = np.flatnonzero(valid < 45)
        served = {(3 + 7 * week) * 24 + 10 for week in range(4)}  # Wednesdays 4, 11, 18, 25 March at 10:00
        stopped = {int(h) for h in np.flatnonzero((~process.running).reshape(-1, 60).any(axis=1))}
        assert served - stopped <= set(lost.tolist()) <= served | stopped


def test_status_says_stopped_exactly_without_fire(month: tuple[Process, Readings]) -> None:
    process, readings = month
    for status in readings.status.values():
        assert np.array_equal(status == 4, ~process.running)


def test_the_control_system_is_never_calibrated(month: tuple[Process, Readings]) -> None:
    assert set(np.unique(month[1].status[3])) == {0, 4}


def test_a_reading_above_full_scale_is_held_there_and_told() -> None:
    spec = replace(next(m for m in METERS if m.channel is Channel.CO2), full_scale=10.0)
    time_s = np.arange(100) * 60
    shown, above = Meter(spec, 1, ()).read(time_s, np.full(100, 14.0), np.zeros(100, dtype=np.int64))
    assert above.all()
    assert (shown == 10.0).all()


def test_a_cabinet_above_range_says_so_unless_it_is_being_calibrated() -> None:
    process = Unit(Span.of_month("2026-03", 1), seed=1).run(1440)
    rich = replace(process, co2_pct=np.full(1440, 40.0))
    status = Cabinets(1, 8.0).read(rich).status
    assert (status[1][:120] == 5).all()
    assert (status[1][120:133] == 1).all()
    assert not (status[2] == 5).any()
