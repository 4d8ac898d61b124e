from __future__ import annotations

import numpy as np
import pytest

from cems.channels import INDEX, Channel, Moisture
from cems.errors import RuleError
from cems.flags import Flag
from cems.instruments.registers import Register, WordType
from reconcile.checks.range import flags_of as range_flags
from reconcile.checks.stuck import StuckRule
from reconcile.readings import Readings, distinct, letters
from reconcile.validity import Checked, Rules, check, device_stretches, worst_flags
from tests.unit.reconcile.build import GOLDEN, flagged, minutes, readings, stack_point, taken

POINT = stack_point()


def checked(source: Readings, running: bool = True) -> Checked:
    return check(source, POINT, np.full(len(source), running), Rules(StuckRule(60, 240, 30)))


def moving(n: int) -> Readings:
    rng = np.random.default_rng(1)
    return readings(minutes(n), {c: v + 0.01 * rng.standard_normal(n) for c, v in GOLDEN.items()})


def with_value(source: Readings, channel: Channel, rows: object, value: object) -> Readings:
    values = source.values.copy()
    values[rows, INDEX[channel]] = value
    return Readings(source.point, source.instant_ms, source.stream, source.seq, values, source.flags)


def test_the_range_is_closed_and_its_sides_have_their_own_flags() -> None:
    out = range_flags(np.array([-0.1, 0.0, 20.0, 20.1, np.nan]), letters("NNNNN"), (0.0, 20.0))
    assert out.tobytes() == b"rNNTu"


def test_only_normal_readings_are_judged() -> None:
    assert range_flags(np.array([-5.0, np.nan]), letters("CB"), (0.0, 20.0)).tobytes() == b"CB"


def test_a_stuck_stretch_is_flagged_from_its_first_reading_and_named() -> None:
    source = with_value(moving(200), Channel.CO2, slice(50, 120), 11.5)
    result = checked(source)
    assert np.flatnonzero(~result.valid(Channel.CO2)).tolist() == list(range(50, 120))
    (stretch,) = result.stretches
    assert (stretch.channel, stretch.flag, stretch.readings) == (Channel.CO2, Flag.STUCK, 70)
    assert (stretch.start_ms, stretch.end_ms) == (50 * 60_000, 119 * 60_000)
    assert result.valid(Channel.O2).all()
    assert result.readings.flags.tobytes() == source.flags.tobytes(), "what the device said is kept"


@pytest.mark.parametrize(("length", "stuck"), [(60, False), (61, True)])
def test_stuck_begins_at_sixty_minutes(length: int, stuck: bool) -> None:
    source = with_value(moving(200), Channel.VELOCITY, slice(50, 50 + length), 11.5)
    assert bool((~checked(source).valid(Channel.VELOCITY)).any()) is stuck


def test_few_readings_far_apart_are_not_called_stuck() -> None:
    source = readings(minutes(29, step=600_000), dict(GOLDEN))
    assert checked(source).valid(Channel.CO2).all()
    assert not checked(readings(minutes(30, step=600_000), dict(GOLDEN))).valid(Channel.CO2).any()


def test_a_gap_ends_a_run() -> None:
    at = np.concatenate([minutes(40), minutes(40, start=40 * 60_000 + 3_600_000)])
    assert checked(readings(at, dict(GOLDEN))).valid(Channel.CO2).all()


def test_coarse_steps_repeat_themselves_longer() -> None:
    coarse = Register(
        channel=Channel.CO2, address=0, type=WordType.UINT16, scale=0.1, basis=Moisture.DRY, range=(0, 25)
    )
    fine = coarse.model_copy(update={"scale": 0.01})
    rule = StuckRule(60, 240, 30)
    assert (rule.minutes_for(coarse), rule.minutes_for(fine)) == (240, 60)
    assert rule.minutes_for(coarse.model_copy(update={"type": WordType.FLOAT32})) == 60


def test_nothing_is_stuck_while_the_source_stands_still() -> None:
    assert checked(readings(minutes(200), dict(GOLDEN)), running=False).valid(Channel.CO2).all()


def test_a_reading_that_is_not_normal_is_never_called_stuck() -> None:
    source = flagged(
        with_value(moving(200), Channel.CO2, slice(0, 200), 11.5), Channel.CO2, slice(0, 200), Flag.CALIBRATION
    )
    result = checked(source)
    assert set(result.flags[:, INDEX[Channel.CO2]].tolist()) == {ord("C")}
    assert result.stretches == ()


def test_coarse_temperature_and_moisture_may_stand_still() -> None:
    result = checked(readings(minutes(200), dict(GOLDEN)))
    assert result.valid(Channel.TEMPERATURE).all()
    assert result.valid(Channel.MOISTURE).all()


def test_of_readings_at_one_instant_the_first_counts() -> None:
    source = moving(3)
    twice = Readings(
        source.point,
        np.array([60_000, 0, 0]),
        np.array([1, 2, 1]),
        np.array([5, 1, 9]),
        source.values,
        source.flags,
    )
    kept, left_out = distinct(taken(twice, np.array([2, 0, 1])))
    assert left_out == 1
    assert kept.seq.tolist() == [9, 5]


def test_worst_flag_follows_the_one_precedence_rule() -> None:
    source = flagged(flagged(moving(1), Channel.CO2, 0, Flag.CALIBRATION), Channel.VELOCITY, 0, Flag.STOPPED)
    assert worst_flags(source.flags, (Channel.CO2, Channel.VELOCITY)).tobytes() == b"F"
    assert worst_flags(source.flags, (Channel.CO2, Channel.O2)).tobytes() == b"C"


def test_device_stretches() -> None:
    source = flagged(moving(10), Channel.CO2, [2, 3, 7], Flag.FAULT)
    found = device_stretches(source, Channel.CO2, (Flag.FAULT,))
    assert [(s.start_ms, s.end_ms, s.readings) for s in found] == [(120_000, 180_000, 2), (420_000, 420_000, 1)]


def test_a_check_without_a_run_length_is_an_error() -> None:
    with pytest.raises(RuleError, match="run length"):
        StuckRule(0, 240, 30)
