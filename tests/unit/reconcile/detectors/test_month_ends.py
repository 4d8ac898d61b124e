"""Monthly checks are run as the months end, and what they say of months that touch is one."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest

from cems.clock import DAY_MS
from reconcile.detectors.month_ends import found_by_month
from reconcile.detectors.records import account_anomalies, monthly_records
from reconcile.parameters import load_parameters
from reconcile.pointhours import UnitDays
from tests.unit.reconcile.detectors.plant import OFFSET_MS, START_DAY, START_MS

PARAMETERS = load_parameters()
N = 365
MONTH = np.array([(date(2026, 1, 1) + timedelta(days=i)).month for i in range(N)])


def month_start(number: int) -> int:
    """First instant of a month of 2026; 13 is the next January."""
    return START_MS + int(np.count_nonzero(number > MONTH)) * DAY_MS


def unit(mass_factor=1.0, ncv_factor=1.0, n=N) -> UnitDays:
    """A 300 MW unit with a heat rate of 9.2 GJ/MWh and a laboratory with three digits."""
    rng = np.random.default_rng(8)
    output = rng.normal(5500.0, 150.0, N)
    ncv = rng.normal(21.0, 0.1, N)
    mass = 9.2 * output / ncv * rng.normal(1.0, 0.004, N) * mass_factor
    carbon = ncv * rng.normal(0.0262, 0.0002, N)
    ncv = ncv * ncv_factor
    rows = (mass, carbon, ncv, mass * carbon * 3.66, np.zeros(N), output, np.zeros(N))
    return UnitDays(np.arange(START_DAY, START_DAY + n), *(row[:n] for row in rows))


def found(days: UnitDays):
    return account_anomalies("u", days, "bituminous", OFFSET_MS, PARAMETERS, 300.0)


def test_books_that_agree_raise_nothing():
    assert found(unit()) == ()


def test_a_heat_rate_off_its_history_is_told_at_the_end_of_its_month():
    (one,) = found(unit(mass_factor=np.where(MONTH == 8, 1.05, 1.0)))
    assert one.kind == "account-heat-rate"
    assert (one.onset_ms, one.end_ms, one.told_ms) == (month_start(8), month_start(9), month_start(9))


def test_it_does_not_hang_on_months_that_come_later():
    """What is told of a month, and when, is the same whether the year goes on or not."""
    factor = np.where(MONTH == 8, 1.05, 1.0)
    upto = int(np.count_nonzero(MONTH <= 9))
    (short,) = found(unit(mass_factor=factor, n=upto))
    (whole,) = found(unit(mass_factor=factor))
    assert (short.onset_ms, short.told_ms) == (whole.onset_ms, whole.told_ms)


@pytest.mark.parametrize("months", [(8,), (8, 9), (8, 9, 10)])
def test_months_that_touch_are_one_anomaly_told_with_the_first(months):
    every = found(unit(ncv_factor=np.where(np.isin(MONTH, months), 1.3, 1.0)))
    (one,) = (a for a in every if a.kind == "account-carbon-per-heat")
    assert (one.onset_ms, one.end_ms, one.told_ms) == (month_start(8), month_start(months[-1] + 1), month_start(9))
    days = np.count_nonzero(np.isin(MONTH, months))
    records = next(e.value for e in one.evidence if e.name == "records")
    assert records == days, "the samples of all its months"
    assert math.isfinite(next(e.value for e in one.evidence if e.name == "co2_that_hangs_on_it"))


def test_months_apart_are_two():
    kinds = [a for a in found(unit(ncv_factor=np.where(np.isin(MONTH, (7, 10)), 1.3, 1.0))) if "carbon" in a.kind]
    assert [(a.onset_ms, a.told_ms) for a in kinds] == [
        (month_start(7), month_start(8)),
        (month_start(10), month_start(11)),
    ]


def test_no_records_no_anomalies():
    assert found_by_month((), OFFSET_MS, PARAMETERS) == ()
    assert monthly_records("u", unit(n=20), "bituminous") == (), "a month that the span cuts makes no record"
