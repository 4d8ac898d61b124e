"""An hour in which the source ran for a part counts that part once: measured, filled, substituted."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cems.channels import Channel, Moisture
from cems.errors import RuleError
from cems.flags import Flag
from reconcile import totals
from reconcile.basis import gas_of, needed_channels
from reconcile.checks.stuck import StuckRule
from reconcile.hours import Hours, Means, Status, compute
from reconcile.minutes import minutes_of
from reconcile.parameters import Parameters, load_parameters
from reconcile.readings import Readings
from reconcile.rulebooks import eu_mrr, hj75, part75
from reconcile.rulebooks.book import RuleBook, Site, hours_of_instants
from reconcile.rulebooks.validity import hj75 as validity
from reconcile.series import Series
from reconcile.validity import Rules, check
from tests.unit.reconcile.build import GOLDEN, flagged, minutes, readings, stack_point

PARAMETERS = load_parameters()
HOUR = 3_600_000
GOLDEN_KG = 468_128.778


def hours_by(
    book: RuleBook, source: Readings, load: Series | None = None, n: int = 1, parameters: Parameters = PARAMETERS
) -> Hours:
    point = stack_point()
    checked = check(source, point, np.zeros(len(source), dtype=bool), Rules(StuckRule(60, 240, 30)))
    gas = gas_of(checked, point, book.standard(PARAMETERS))
    grid = minutes_of(checked, gas, needed_channels(point), load, None, (0, n * HOUR), 1.0)
    return book.hours(grid, parameters)


def stopped_for(count: int) -> Readings:
    source = readings(minutes(60), dict(GOLDEN))
    for channel in (Channel.CO2, Channel.VELOCITY):
        source = flagged(source, channel, slice(0, count), Flag.STOPPED)
    return source


@pytest.mark.parametrize("count", [0, 6, 15])
def test_a_valid_hour_with_stopped_minutes_counts_its_running_part(count: int) -> None:
    result = hours_by(hj75, stopped_for(count))
    share = (60 - count) / 60
    assert result.status[0] == "valid"
    assert result.operating_h[0] == share
    assert result.co2_kg[0] == pytest.approx(GOLDEN_KG * share, rel=1e-9)
    assert result.co2_kg_minutes[0] == pytest.approx(GOLDEN_KG * share, rel=1e-9)


def test_ten_minutes_of_operation_are_an_hour_to_the_eu_and_none_to_hj_75() -> None:
    """80 % of the ten points are there (Art. 44); HJ 75 wants 45 minutes of the hour."""
    source = stopped_for(50)
    assert hours_by(hj75, source).status[0] == "stopped"
    by_eu = hours_by(eu_mrr, source)
    assert by_eu.status[0] == "valid"
    full = hours_by(eu_mrr, stopped_for(0))
    assert by_eu.co2_kg[0] == pytest.approx(full.co2_kg[0] / 6, rel=1e-12)
    assert hours_by(eu_mrr, stopped_for(60)).status[0] == "stopped"


def test_one_quadrant_of_operation_is_an_hour_to_part_75() -> None:
    by_us = hours_by(part75, stopped_for(46))
    assert (by_us.status[0], by_us.operating_h[0]) == ("valid", 14 / 60)


def test_only_a_minute_with_concentration_and_flow_runs_against_a_load_of_nil() -> None:
    load = Series(minutes(60), np.zeros(60))
    source = flagged(readings(minutes(60), dict(GOLDEN)), Channel.CO2, slice(0, 15), Flag.CALIBRATION)
    result = hours_by(hj75, source, load)
    assert (result.status[0], result.operating_h[0]) == ("valid", 0.75)


def some(rows: list[tuple[str, float, float, float]]) -> Hours:
    """Hours of (status, mass in kg, load in MW, operating share)."""
    status, mass, load, share = zip(*rows, strict=True)
    n = len(rows)
    nan, none = np.full(n, np.nan), np.zeros(n, dtype=np.int64)
    out = none.copy()
    kg = np.array(mass, dtype=np.float64)
    return Hours(
        HOUR * np.arange(n, dtype=np.int64), np.array(status), np.array(share), none, none, out,
        nan, nan, nan, nan, nan, nan, kg, kg, np.array(load, dtype=np.float64), nan,
    )  # fmt: skip


NAN = math.nan


def test_the_fill_line_is_one_of_rates_and_a_part_gets_its_part() -> None:
    """Rate 10 kg + 10 kg/MW while running: half an hour at 30 MW has a mean load of 15 MW and half the rate."""
    hours = some([
        ("valid", 110.0, 10.0, 1.0), ("valid", 210.0, 20.0, 1.0), ("valid", 155.0, 15.0, 0.5),
        ("invalid", NAN, 10.0, 0.5), ("stopped", NAN, 2.0, 0.1), ("stopped", NAN, 0.0, 0.0),
        ("missing", NAN, 20.0, 1.0),
    ])  # fmt: skip
    fit = totals.fit_fill(hours)
    assert (fit.intercept_kg, fit.slope_kg_per_mw, fit.n) == pytest.approx((10.0, 10.0, 3))
    total = totals.total(hours, fit)
    assert total.fills_kg[3:].tolist() == pytest.approx([105.0, 21.0, NAN, 210.0], nan_ok=True)
    assert (total.filled_hours, total.unfilled_hours) == (3, 0)


def test_the_uncertainty_of_the_line_by_hand() -> None:
    """Masses 10, 22, 28 at loads 1, 2, 3: slope 9, intercept 2; residuals -1, 2, -1, so s = √6, Sxx = 2, mean load 2.

    Two fills at loads 4 and 5: u = s·√(2²/3 + (2 + 3)²/2).
    """
    hours = some([("valid", 10.0, 1.0, 1.0), ("valid", 22.0, 2.0, 1.0), ("valid", 28.0, 3.0, 1.0),
                  ("missing", NAN, 4.0, 1.0), ("missing", NAN, 5.0, 1.0)])  # fmt: skip
    fit = totals.fit_fill(hours)
    assert (fit.slope_kg_per_mw, fit.intercept_kg) == pytest.approx((9.0, 2.0))
    assert (fit.residual_sd_kg, fit.load_mean_mw, fit.load_squares) == pytest.approx((math.sqrt(6), 2.0, 2.0))
    assert totals.total(hours, fit).line_u_kg == pytest.approx(math.sqrt(6) * math.sqrt(4 / 3 + 25 / 2))


def test_without_any_load_the_mean_rate_fills_and_its_spread_is_that_of_the_rates() -> None:
    hours = some([("valid", 100.0, NAN, 1.0), ("valid", 60.0, NAN, 0.5), ("invalid", NAN, NAN, 0.25),
                  ("stopped", NAN, NAN, 0.1), ("missing", NAN, NAN, 1.0)])  # fmt: skip
    fit = totals.fit_fill(hours)
    assert (fit.method, fit.intercept_kg, fit.residual_sd_kg) == ("mean_of_valid_hours", 110.0, pytest.approx(200**0.5))
    total = totals.total(hours, fit)
    assert total.fills_kg[2:].tolist() == pytest.approx([27.5, 11.0, NAN], nan_ok=True)
    assert total.line_u_kg == pytest.approx(math.sqrt(200) * math.sqrt(2**2 / 2))


def test_one_valid_hour_fills_nothing_and_leaves_no_uncertainty() -> None:
    hours = some([("valid", 100.0, 10.0, 1.0), ("missing", NAN, 10.0, 1.0)])
    fit = totals.fit_fill(hours)
    assert (fit.method, fit.n, fit.intercept_kg, fit.slope_kg_per_mw, fit.residual_sd_kg) == ("none", 0, 0.0, 0.0, 0.0)
    total = totals.total(hours, fit)
    assert (total.filled_hours, total.unfilled_hours, total.line_u_kg) == (0, 1, 0.0)


def test_a_substitute_takes_the_running_part_of_the_largest_rate() -> None:
    rows = [("valid", 100.0, NAN, 1.0)] * 94 + [("valid", 60.0, NAN, 0.5)] + [("invalid", NAN, NAN, 0.5)]
    site = Site(0, "dry", 300.0, "coal")
    done = hj75.substitute(some(rows), site, PARAMETERS)
    assert done.filled["mass"].method[-1] == done.method[-1] == "hj75-t6-180"
    assert done.co2_kg[-1] == 60.0  # half of the largest rate, 60 kg in half an hour


def test_the_hours_in_which_checks_were_passed() -> None:
    hours = some([("valid", 1.0, NAN, 1.0)] * 3)
    assert hours_of_instants(hours, [-1, 0, HOUR - 1, 2 * HOUR, 3 * HOUR]).tolist() == [True, False, True]
    assert hours_of_instants(hours, []).tolist() == [False] * 3
    assert hours_of_instants(hours, [-1]).tolist() == [False] * 3
    apart = replace(hours, start_ms=np.array([0, 3 * HOUR, 6 * HOUR]))
    assert hours_of_instants(apart, [HOUR, 2 * HOUR, 4 * HOUR, 5 * HOUR]).tolist() == [False] * 3
    assert hours_of_instants(apart, [HOUR - 1, 3 * HOUR]).tolist() == [True, True, False]


def test_hours_of_a_span_end_before_its_end() -> None:
    hours = some([("valid", 1.0, NAN, 1.0)] * 3)
    assert hours.part(0, HOUR).start_ms.tolist() == [0]
    assert hours.is_(Status.VALID).all()


def test_part_75_by_the_wet_route_is_f_11() -> None:
    """5.7e-7 · 10.4 % · Q, Q in thousands of scfh; recorded to 0.1 short ton/h (App. F s.4.1, s.4.4.1)."""
    channels = tuple(c for c in GOLDEN if c is not Channel.MOISTURE)
    point = stack_point(Moisture.WET, channels)
    source = readings(minutes(60), {c: v for c, v in {**GOLDEN, Channel.CO2: 10.4}.items() if c in channels})
    checked = check(source, point, np.zeros(60, dtype=bool), Rules(StuckRule(60, 240, 30)))
    gas = gas_of(checked, point, part75.standard(PARAMETERS))
    grid = minutes_of(checked, gas, needed_channels(point), None, None, (0, HOUR), 1.0)
    nm3 = 3600 * 60 * 12.6 * 273.15 / 325.15 * 101_175 / 101_325
    scfh = 1000 * math.floor(nm3 * 293.15 / 273.15 / 0.0283168 / 1000 + 0.5)
    rate = math.floor(10 * 5.7e-7 * 10.4 * scfh + 0.5) / 10
    assert part75.hours(grid, PARAMETERS).co2_kg[0] == pytest.approx(rate * 907.18474, rel=1e-9)


@pytest.mark.parametrize(("minutes_out", "method"), [(15, "hj75-t6-180"), (16, "hj75-t5-180")])
def test_table_5_takes_the_hours_that_out_of_control_minutes_alone_would_spoil(minutes_out: int, method: str) -> None:
    """45 minutes are needed: 15 may be missing, whoever is to blame for the others."""
    hours = some([("valid", 100.0, NAN, 1.0)] * 95 + [("invalid", NAN, NAN, 1.0)])
    hours.n_out_of_control[-1] = minutes_out
    done = hj75.substitute(hours, Site(0, "dry", 300.0, "coal", passed_checks_ms=(90 * HOUR,)), PARAMETERS)
    assert done.method[-1] == method


@pytest.mark.parametrize(
    ("book", "key", "need"), [(eu_mrr, "eu_hour_capture_pct", 66.7), (hj75, "min_valid_minutes_hour", 41)]
)
def test_how_many_minutes_an_hour_needs_is_read_from_the_table(
    book: RuleBook, key: str, need: float, tmp_path: Path
) -> None:
    """41 of 60 minutes are 68.3 %."""
    (tmp_path / "own.toml").write_text(f'[{key}]\nvalue = {need}\nsource = "plan"\n', "utf-8")
    source = flagged(readings(minutes(60), dict(GOLDEN)), Channel.CO2, slice(0, 19), Flag.FAULT)
    assert hours_by(book, source).status[0] == "invalid"
    assert hours_by(book, source, parameters=load_parameters(tmp_path / "own.toml")).status[0] == "valid"


def test_minutes_of_standstill_count_in_their_own_hour() -> None:
    """Half an hour of it in each of two hours makes neither stopped."""
    load = Series(minutes(60, start=30 * 60_000), np.zeros(60))
    result = hours_by(hj75, readings(minutes(2), dict(GOLDEN)), load, n=2)
    assert result.status.tolist() == ["invalid", "missing"]
    assert result.start_ms.tolist() == [0, HOUR]


def test_the_mass_is_made_of_the_means_of_its_own_quantities() -> None:
    point = stack_point()
    source = readings(minutes(60), dict(GOLDEN))
    checked = check(source, point, np.zeros(60, dtype=bool), Rules(StuckRule(60, 240, 30)))
    gas = gas_of(checked, point, hj75.standard(PARAMETERS))
    grid = minutes_of(checked, gas, needed_channels(point), None, None, (0, HOUR), 1.0)
    seen: list[Means] = []

    def rate(means: Means) -> np.ndarray:
        seen.append(means)
        return means.flow

    compute(grid, validity.valid_hours, rate, 45, PARAMETERS)
    (means,) = seen
    assert (means.co2_pct[0], means.o2_pct_dry[0], means.moisture_pct[0]) == pytest.approx((12.0, 6.5, 13.0))
    assert means.flow[0] == pytest.approx(0.87 * means.flow_wet[0])
    assert means.concentration[0] == pytest.approx(12.0 / 100 * 44 / 22.4 * 1e6)


def test_spans_that_follow_one_another_are_joined_and_no_others() -> None:
    hours = some([("valid", 1.0, NAN, 1.0), ("invalid", NAN, NAN, 1.0), ("stopped", NAN, NAN, 0.0)])
    whole = Hours.joined([hours.part(0, HOUR), hours.part(HOUR, 3 * HOUR)])
    assert whole.start_ms.tolist() == [0, HOUR, 2 * HOUR]
    assert whole.status.tolist() == ["valid", "invalid", "stopped"]
    for wrong in ([hours, hours], [hours.part(HOUR, 2 * HOUR), hours.part(0, HOUR)]):
        with pytest.raises(RuleError, match="follow one another"):
            Hours.joined(wrong)
