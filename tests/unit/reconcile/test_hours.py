from __future__ import annotations

import numpy as np
import pytest

from cems.channels import Channel, Moisture
from cems.errors import RuleError
from cems.flags import Flag
from cems.plant import Point
from reconcile.basis import gas_of, needed_channels
from reconcile.checks.stuck import StuckRule
from reconcile.hours import Hours, Status
from reconcile.minutes import minutes_of
from reconcile.parameters import load_parameters
from reconcile.readings import Readings, distinct
from reconcile.rulebooks import hj75
from reconcile.series import Series, combined
from reconcile.validity import Rules, check
from tests.unit.reconcile.build import GOLDEN, flagged, minutes, readings, stack_point

PARAMETERS = load_parameters()
STANDSTILL_MW = PARAMETERS.value("load_stopped_MW")
HOUR = 3_600_000
GOLDEN_KG = 468_128.778
EMPTY = Series(minutes(0), np.empty(0))


def hours(
    source: Readings, point: Point | None = None, load: Series | None = None, fuel: Series | None = None
) -> Hours:
    point = point or stack_point()
    running = np.zeros(len(source), dtype=bool)
    checked = check(source, point, running, Rules(StuckRule(60, 240, 30)))
    gas = gas_of(checked, point, hj75.standard(PARAMETERS))
    grid = minutes_of(checked, gas, needed_channels(point), load, fuel, (0, 2 * HOUR), STANDSTILL_MW)
    return hj75.hours(grid, PARAMETERS)


def test_the_golden_hour_by_the_dry_route() -> None:
    result = hours(readings(minutes(60), dict(GOLDEN)))
    assert result.status.tolist() == ["valid", "missing"]
    assert result.co2_kg[0] == pytest.approx(GOLDEN_KG, abs=5e-4)
    assert result.co2_kg_minutes[0] == pytest.approx(GOLDEN_KG, abs=5e-4)
    assert result.flow_dry_std[0] == pytest.approx(1_986_000.875, abs=5e-4)
    assert (result.co2_pct_dry[0], result.o2_pct_dry[0], result.moisture_pct[0]) == pytest.approx((12.0, 6.5, 13.0))
    assert (result.n_scans[0], result.n_valid[0]) == (60, 60)
    assert np.isnan(result.co2_kg[1])


def test_the_golden_hour_read_in_wet_gas() -> None:
    wet = {**GOLDEN, Channel.CO2: 10.44, Channel.O2: 6.5 * 0.87}
    result = hours(readings(minutes(60), wet), stack_point(Moisture.WET))
    assert result.co2_kg[0] == pytest.approx(GOLDEN_KG, abs=5e-4)
    assert (result.co2_pct_dry[0], result.o2_pct_dry[0]) == pytest.approx((12.0, 6.5))


def test_the_golden_hour_by_the_wet_route_without_a_moisture_instrument() -> None:
    channels = tuple(c for c in GOLDEN if c is not Channel.MOISTURE)
    wet = {c: v for c, v in {**GOLDEN, Channel.CO2: 10.44}.items() if c is not Channel.MOISTURE}
    result = hours(readings(minutes(60), wet), stack_point(Moisture.WET, channels))
    assert result.co2_kg[0] == pytest.approx(GOLDEN_KG, abs=5e-4)
    assert np.isnan(result.flow_dry_std[0])
    assert np.isnan(result.co2_pct_dry[0])


def test_dry_co2_without_moisture_has_no_mass() -> None:
    channels = tuple(c for c in GOLDEN if c not in (Channel.MOISTURE, Channel.BAROMETRIC))
    with pytest.raises(RuleError, match=r"lacks barometric, moisture \(co2 is read dry"):
        needed_channels(stack_point(Moisture.DRY, channels))


def test_flow_may_come_from_the_flow_channel() -> None:
    channels = tuple(Channel.FLOW if c is Channel.VELOCITY else c for c in GOLDEN)
    values = {**{c: GOLDEN[c] for c in channels if c in GOLDEN}, Channel.FLOW: 2_721_600.0}
    assert hours(readings(minutes(60), values), stack_point(channels=channels)).co2_kg[0] == pytest.approx(
        GOLDEN_KG, abs=5e-4
    )


def test_a_velocity_without_a_section_is_no_flow() -> None:
    with pytest.raises(RuleError, match=r"velocity \(with area_m2\) or flow"):
        needed_channels(stack_point().model_copy(update={"area_m2": None}))
    both = stack_point(channels=(*GOLDEN, Channel.FLOW)).model_copy(update={"area_m2": None})
    assert needed_channels(both)[1] is Channel.FLOW


def test_hourly_mass_is_the_product_of_the_means_not_the_mean_of_the_products() -> None:
    co2 = np.where(np.arange(60) < 30, 10.0, 14.0)
    velocity = np.where(np.arange(60) < 30, 8.0, 16.0)
    result = hours(readings(minutes(60), {**GOLDEN, Channel.CO2: co2, Channel.VELOCITY: velocity}))
    assert result.co2_kg[0] == pytest.approx(GOLDEN_KG)
    assert result.co2_kg_minutes[0] / result.co2_kg[0] == pytest.approx((10 * 8 + 14 * 16) / (2 * 12 * 12))


def test_each_minute_is_converted_before_it_is_averaged() -> None:
    ts = np.where(np.arange(60) < 30, 0.0, 100.0)
    result = hours(readings(minutes(60), {**GOLDEN, Channel.TEMPERATURE: ts}))
    flow = [2_721_600 * 273 / (273 + t) * 101_175 / 101_325 * 0.87 for t in (0.0, 100.0)]
    assert result.flow_dry_std[0] == pytest.approx(np.mean(flow), rel=1e-12)


@pytest.mark.parametrize(("bad", "status"), [(15, "valid"), (16, "invalid")])
def test_one_channel_with_too_few_minutes_spoils_the_hour(bad: int, status: str) -> None:
    source = flagged(readings(minutes(60), dict(GOLDEN)), Channel.TEMPERATURE, slice(0, bad), Flag.MAINTENANCE)
    result = hours(source)
    assert result.status[0] == status
    assert result.n_valid[0] == 60 - bad


def test_concentration_and_flow_each_need_their_own_45_minutes() -> None:
    """HJ 212-2017 eq. 24 counts the minutes of each quantity."""
    source = flagged(readings(minutes(60), dict(GOLDEN)), Channel.CO2, slice(0, 15), Flag.CALIBRATION)
    source = flagged(source, Channel.VELOCITY, slice(45, 60), Flag.CALIBRATION)
    assert hours(source).status[0] == "valid"


@pytest.mark.parametrize(("stopped", "status"), [(44, "invalid"), (45, "stopped"), (60, "stopped")])
def test_stopped_by_flag(stopped: int, status: str) -> None:
    source = flagged(readings(minutes(60), dict(GOLDEN)), Channel.CO2, slice(0, stopped), Flag.STOPPED)
    assert hours(source).status[0] == status


def test_stopped_by_load_though_nobody_read_the_stack() -> None:
    source = readings(minutes(1, start=HOUR), dict(GOLDEN))
    load = Series(minutes(120), np.zeros(120))
    assert hours(source, load=load).status.tolist() == ["stopped", "stopped"]


def test_load_and_fuel_of_the_hour() -> None:
    load, fuel = Series(minutes(60), np.linspace(200, 300, 60)), Series(minutes(60), np.full(60, 120.0))
    result = hours(readings(minutes(60), dict(GOLDEN)), load=load, fuel=fuel)
    assert (result.load_mw[0], result.fuel_t[0]) == pytest.approx((250.0, 120.0))
    assert np.isnan(result.load_mw[1])
    for few, known in ((29, False), (30, True)):
        short = Series(minutes(few), np.full(few, 250.0))
        assert np.isfinite(hours(readings(minutes(60), dict(GOLDEN)), load=short).load_mw[0]) == known


REPEATED = np.concatenate([minutes(44), np.zeros(20, dtype=np.int64)])
SECONDS_OF_ONE_MINUTE = np.concatenate([minutes(44), 1000 * np.arange(1, 21)])
BACKWARDS_TWICE = np.concatenate([minutes(45)[::-1], minutes(45)])
SIXTY_ONE = np.concatenate([minutes(60), np.array([30_500])])
EVERY_FIVE_SECONDS = np.arange(0, 45 * 60_000, 5000)
BORDERS = np.array([0, HOUR - 1, HOUR, 2 * HOUR - 1, 2 * HOUR])


@pytest.mark.parametrize(
    ("at", "n_valid", "n_scans", "status"),
    [
        (REPEATED, [44, 0], [44, 0], ["invalid", "missing"]),
        (SECONDS_OF_ONE_MINUTE, [44, 0], [64, 0], ["invalid", "missing"]),
        (BACKWARDS_TWICE, [45, 0], [45, 0], ["valid", "missing"]),
        (SIXTY_ONE, [60, 0], [61, 0], ["valid", "missing"]),
        (EVERY_FIVE_SECONDS, [45, 0], [540, 0], ["valid", "missing"]),
        (BORDERS, [2, 2], [2, 2], ["invalid", "invalid"]),
    ],
    ids=["repeated", "seconds", "backwards", "61", "5 s", "borders"],
)
def test_minutes_are_counted_not_readings(
    at: np.ndarray, n_valid: list[int], n_scans: list[int], status: list[str]
) -> None:
    kept, _ = distinct(readings(at, dict(GOLDEN)))
    result = hours(kept)
    assert (result.n_valid.tolist(), result.n_scans.tolist(), result.status.tolist()) == (n_valid, n_scans, status)


def test_a_minute_is_the_mean_of_its_readings_before_the_hour_is_the_mean_of_its_minutes() -> None:
    """One minute read sixty times at 20 % and 59 minutes read once at 10 %."""
    at = np.concatenate([1000 * np.arange(60), minutes(59, start=60_000)])
    co2 = np.concatenate([np.full(60, 20.0), np.full(59, 10.0)])
    assert hours(readings(at, {**GOLDEN, Channel.CO2: co2})).co2_pct_dry[0] == pytest.approx((20 + 59 * 10) / 60)


@pytest.mark.parametrize(
    ("channel", "value", "kg"),
    [
        (Channel.MOISTURE, 0.0, GOLDEN_KG / 0.87),
        (Channel.MOISTURE, 100.0, None),
        (Channel.TEMPERATURE, -273.0, None),
        (Channel.VELOCITY, 0.0, 0.0),
        (Channel.CO2, 0.0, 0.0),
        (Channel.PRESSURE, -1325.0, GOLDEN_KG * 100_000 / 101_175),
    ],
)
def test_readings_at_the_edge(channel: Channel, value: float, kg: float | None) -> None:
    result = hours(readings(minutes(60), {**GOLDEN, channel: value}))
    assert result.status[0] == ("invalid" if kg is None else "valid")
    assert np.isnan(result.co2_kg[0]) if kg is None else result.co2_kg[0] == pytest.approx(kg, rel=1e-9)


@pytest.mark.parametrize(("run", "status"), [(15, "valid"), (16, "invalid")])
def test_a_run_of_readings_without_a_value(run: int, status: str) -> None:
    co2 = np.where(np.arange(60) < run, np.nan, 12.0)
    assert hours(readings(minutes(60), {**GOLDEN, Channel.CO2: co2})).status[0] == status


def test_gas_that_is_measured_counts_though_the_load_is_nil_or_below() -> None:
    """A boiler that heats up sends out CO2 before the first MW; house load reads below zero."""
    load = Series(minutes(60), np.full(60, -3.0))
    assert hours(readings(minutes(60), dict(GOLDEN)), load=load).status[0] == "valid"


def test_units_are_summed_only_where_all_were_read() -> None:
    one = Series(np.array([0, 60_000, 120_000]), np.array([100.0, 110.0, 120.0]))
    two = Series(np.array([60_500, 120_000, 180_000]), np.array([200.0, 210.0, 220.0]))
    both = combined([one, two])
    assert both is not None
    assert both.instant_ms.tolist() == [60_000, 120_000]
    assert both.value.tolist() == [310.0, 330.0]
    assert combined([]) is None


def test_a_part_of_the_hours() -> None:
    result = hours(readings(minutes(60), dict(GOLDEN)))
    assert result.part(HOUR, 2 * HOUR).status.tolist() == [Status.MISSING.value]
