"""Permuting the readings of an hour changes nothing; taking a valid reading away never raises availability."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cems.channels import Channel
from cems.flags import Flag
from reconcile import totals
from reconcile.basis import gas_of, needed_channels
from reconcile.checks.stuck import StuckRule
from reconcile.hours import Hours, Status
from reconcile.minutes import minutes_of
from reconcile.parameters import load_parameters
from reconcile.readings import Readings, distinct
from reconcile.rulebooks import hj75
from reconcile.series import Series
from reconcile.validity import Rules, check
from tests.unit.reconcile.build import GOLDEN, flagged, readings, stack_point, taken

PARAMETERS = load_parameters()
STANDSTILL_MW = PARAMETERS.value("load_stopped_MW")
POINT = stack_point()
HOUR = 3_600_000


@st.composite
def some_readings(draw: st.DrawFn) -> Readings:
    """Up to four hours of readings with noise, repeats of an instant, stuck values and flags."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(1, 240))
    step = draw(st.sampled_from([20_000, 60_000, 61_000]))
    at = step * np.sort(rng.choice(2 * n, size=n, replace=draw(st.booleans())))
    values: dict[Channel, object] = {c: v * (1 + 0.02 * rng.standard_normal(n)) for c, v in GOLDEN.items()}
    values[Channel.CO2] = np.round(np.asarray(values[Channel.CO2]), draw(st.sampled_from([0, 1, 12])))
    source = readings(at, values)
    for flag in (Flag.CALIBRATION, Flag.STOPPED):
        for channel in (Channel.CO2, Channel.VELOCITY):
            rows = rng.random(n) < draw(st.sampled_from([0.0, 0.1, 0.9]))
            source = flagged(source, channel, rows, flag)
    return source


def hours(source: Readings) -> Hours:
    kept, _ = distinct(source)
    running = np.ones(len(kept), dtype=bool)
    checked = check(kept, POINT, running, Rules(StuckRule(60, 240, 30)))
    gas = gas_of(checked, POINT, hj75.standard(PARAMETERS))
    load = Series(kept.instant_ms, np.full(len(kept), 300.0))
    grid = minutes_of(checked, gas, needed_channels(POINT), load, None, (0, 8 * HOUR), STANDSTILL_MW)
    return hj75.hours(grid, PARAMETERS)


@settings(max_examples=60, deadline=None)
@given(some_readings(), st.integers(0, 2**32))
def test_permuting_changes_nothing_to_the_last_bit(source: Readings, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(source))
    one, two = hours(source), hours(taken(source, order))
    for name in Hours.__slots__:
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes(), name


@settings(max_examples=60, deadline=None)
@given(some_readings(), st.data())
def test_taking_a_valid_reading_away_never_raises_availability(source: Readings, data: st.DataObject) -> None:
    normal = np.flatnonzero(np.all((source.flags == ord("N")) | (source.flags == ord("x")), axis=1))
    before = hours(source)
    if normal.size == 0:
        assert not before.is_(Status.VALID).any() or before.n_valid.max() >= 45
        return
    gone = normal[data.draw(st.integers(0, normal.size - 1))]
    after = hours(taken(source, np.delete(np.arange(len(source)), gone)))
    assert not (after.is_(Status.VALID) & ~before.is_(Status.VALID)).any()
    assert not (after.is_(Status.STOPPED) & ~before.is_(Status.STOPPED) & ~before.is_(Status.VALID)).any()
    assert (totals.capture(after).rate_pct or 0) <= (totals.capture(before).rate_pct or 0)


@settings(max_examples=60, deadline=None)
@given(some_readings())
def test_measured_and_fills_are_the_total_exactly(source: Readings) -> None:
    result = hours(source)
    total = totals.total(result, totals.fit_fill(result))
    assert total.measured_t + total.filled_t == total.total_t
    operating = result.is_(Status.INVALID) | result.is_(Status.MISSING)
    assert total.filled_hours + total.unfilled_hours == operating.sum()
    assert not np.isfinite(total.fills_kg[~operating]).any()
