"""The unit behaves like one: load, oxygen, stop, and a stack gas that says so."""

import numpy as np
import pytest

from firmware_sim.physics import velocity_m_s
from firmware_sim.plant import Process, Unit, UnitSpec, heat_rate, stack_o2_pct
from firmware_sim.span import Span


@pytest.fixture(scope="module")
def month() -> Process:
    return Unit(Span.of_month("2026-03"), seed=1).run(10**6)


def test_a_month_has_every_minute_once(month: Process) -> None:
    assert len(month) == 31 * 1440
    assert set(np.diff(month.time_s)) == {60}
    assert month.time_s[0] == 1772294400  # 2026-02-28T16:00:00Z, midnight of 1 March in UTC+8


def test_the_load_has_two_shifts_and_a_quieter_weekend(month: Process) -> None:
    load = month.load_mw.reshape(31, 24, 60).mean(axis=2)
    assert load[2, 18] > load[2, 13] > load[2, 4]
    sunday, monday = load[0], load[1]  # 1 March 2026 was a Sunday
    assert sunday[6:22].mean() < monday[6:22].mean()


def test_one_stop_of_nine_hours_without_coal_load_or_co2(month: Process) -> None:
    stopped = ~month.running
    assert stopped.sum() == 540
    assert np.ptp(np.flatnonzero(stopped)) == 539
    for rate in (month.load_mw, month.coal_t_h, month.co2_t_h):
        assert not rate[stopped].any()
    assert (month.coal_t_h[month.running] > 0).all()


def test_no_stop_when_none_is_asked_for() -> None:
    assert Unit(Span.of_month("2026-03"), 1, UnitSpec(outage_hours=0)).run(10**6).running.all()


def test_oxygen_rises_by_two_to_four_per_cent_to_low_load() -> None:
    full, low = stack_o2_pct(UnitSpec(), np.array([1.0, 0.0]))
    assert 2.0 <= low - full <= 4.0


def test_gross_heat_rate_is_that_of_a_coal_unit() -> None:
    # Net 8 900 MJ/MWh is 9 300 gross at a ratio of 0.955: inside 8 600 to 11 000 Btu/kWh of coal units.
    btu_per_kwh = heat_rate(UnitSpec(), np.array([1.0, 0.5])) / 0.955 / 1.05506
    assert (btu_per_kwh > 8600).all()
    assert (btu_per_kwh < 11000).all()


def test_co2_intensity_is_that_of_coal(month: Process) -> None:
    assert 0.75 <= month.co2_t_h.sum() / month.load_mw.sum() <= 1.05


def test_stack_gas_is_nearly_saturated_behind_the_scrubber(month: Process) -> None:
    at_50 = month.moisture_pct[np.abs(month.temperature_c - 50.0) < 0.05]
    assert at_50.mean() == pytest.approx(12.2, abs=0.5)  # 12.2 % at 50 degC and atmospheric pressure


def test_a_longer_run_begins_with_the_same_minutes() -> None:
    short = Unit(Span.of_month("2026-03", 2), seed=5).run(10**6)
    long = Unit(Span.of_month("2026-03", 9), seed=5).run(2880)
    assert np.array_equal(short.velocity_m_s, long.velocity_m_s)
    assert np.array_equal(short.coal_t_h, long.coal_t_h)


def test_another_seed_is_another_plant(month: Process) -> None:
    other = Unit(Span.of_month("2026-03"), seed=2).run(1440)
    assert not np.array_equal(other.load_mw, month.load_mw[:1440])


def test_velocity_of_the_golden_hour() -> None:
    # HJ 212-2017 Annex D.2 worked through with 273.15: 1 986 175.388 m3/h dry at 12 m/s.
    v = velocity_m_s(
        1986175.388,
        temperature_c=52.0,
        static_pa=-150.0,
        barometric_pa=101325.0,
        moisture_pct=13.0,
        area_m2=60.0,
        kv=1.05,
    )
    assert v == pytest.approx(12.0, abs=1e-8)
