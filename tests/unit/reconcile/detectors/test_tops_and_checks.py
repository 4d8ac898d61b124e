"""Tops that were edited, and clocks that the daily checks tell at constant load."""

from __future__ import annotations

import numpy as np
import pytest

from reconcile.detectors.bank import detect
from reconcile.parameters import load_parameters
from reconcile.pointhours import SPREAD_OF
from tests.unit.reconcile.detectors.plant import DAY_MS, FACTS, Plant, at, days, plant, with_hours, with_spread

PARAMETERS = load_parameters()


def kinds(case: Plant):
    return {(a.kind, a.channel): a for a in detect(case.hours, case.sides, (), FACTS, PARAMETERS)}


@pytest.mark.parametrize("channel", ["co2", "velocity"])
def test_highs_that_crowd_below_one_value_were_edited(channel):
    """From day 40 to 55 highs above a limit, which a third of the hours pass, are written anew a little below it."""
    case, rng = plant(), np.random.default_rng(3)
    highs = case.hours.spread.high[:, SPREAD_OF.index(channel)]
    limit = float(np.quantile(highs, 0.67))
    below = limit * (1 - 0.0004 * np.abs(rng.standard_normal(highs.size)))
    edited = with_spread(case, days(40, 55), channel, high=lambda x: np.where(x > limit, below[: x.size], x))
    assert kinds(case) == {}
    one = kinds(edited)["edited-top", channel]
    assert abs(one.onset_ms - at(40)) <= DAY_MS
    assert one.told_ms <= at(44)


def with_checks(case: Plant, gas_hour: int, flow_hour: int, first: int = 0, end: int = 70) -> Plant:
    """Fourteen minutes of checks a day in one hour of each cabinet."""
    hour = np.arange(24 * (end - first)) % 24

    def minutes(where: int) -> np.ndarray:
        rows = np.zeros((hour.size, 6), dtype=np.int64)
        rows[:, 1] = np.where(hour == where, 14, 0)
        rows[:, 0] = 60 - rows[:, 1]
        return rows

    part = days(first, end)
    return with_hours(case, part, gas_minutes=minutes(gas_hour), flow_minutes=minutes(flow_hour))


@pytest.mark.parametrize(
    ("gas", "flow", "kind"),
    [
        (4, 6, None),
        (3, 5, "check-time"),
        (5, 7, "check-time"),
        (4, 8, "check-times-apart"),
        (4, 5, "check-times-apart"),
    ],
)
def test_checks_tell_a_clock(gas, flow, kind):
    case = with_checks(with_checks(plant(), 4, 6), gas, flow, 40, 55)
    found = {name for name, _ in kinds(case)}
    assert found == (set() if kind is None else {kind})


def test_the_onset_of_a_clock():
    (one,) = kinds(with_checks(with_checks(plant(), 4, 6), 2, 4, 40, 55)).values()
    assert (one.onset_ms, one.end_ms) == (at(40), at(55))
