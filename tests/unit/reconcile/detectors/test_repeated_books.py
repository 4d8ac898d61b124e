"""Results booked a period late stand in the books twice; everything else leaves them in peace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.attribution.fuelside import UnitSide
from reconcile.detectors.bank import Bank, detect
from reconcile.detectors.repeated_books import KIND, RepeatedBooks
from reconcile.parameters import load_parameters
from tests.unit.reconcile.detectors.plant import DAY_MS, FACTS, OFFSET_MS, Plant, at, plant

PARAMETERS = load_parameters()
DAYS = 70
Books = Callable[[np.ndarray, np.ndarray], None]


def books(change: Books) -> Plant:
    """A unit whose laboratory has three digits, with its books changed."""
    made = plant(days=DAYS)
    days = made.sides[0].days
    rng = np.random.default_rng(5)
    carbon = (0.55 + 0.012 * rng.standard_normal(DAYS)).round(4)
    ncv = (38.0 * carbon * (1 + 0.004 * rng.standard_normal(DAYS))).round(3)
    change(carbon, ncv)
    days = replace(days, carbon=carbon, ncv=ncv)
    return Plant(made.hours, (replace(made.sides[0], days=days),))


def late(first: int, end: int, lag: int) -> Books:
    def change(carbon: np.ndarray, ncv: np.ndarray) -> None:
        for row in (carbon, ncv):
            row[first:end] = row.copy()[first - lag : end - lag]

    return change


def found(case: Plant, least: int = 3, reach: int = 60):
    detector = RepeatedBooks("stack-1", case.sides, OFFSET_MS, least, reach)
    told = {a.told_ms: a for a in [*detector.step(case.hours), *detector.close()]}
    return list(told.values())


def test_results_booked_late_are_told_on_the_third_day() -> None:
    (anomaly,) = found(books(late(40, 60, 9)))
    assert (anomaly.kind, anomaly.onset_ms, anomaly.told_ms) == (KIND, at(40), at(43))
    assert anomaly.onset_low_ms <= at(40) <= anomaly.onset_high_ms
    assert anomaly.evidence[-1].value == 9
    assert anomaly.end_ms == at(49), "from then on the results are late, too, but stand in the books for the first time"


def test_what_lasts_to_the_end_is_open() -> None:
    (anomaly,) = found(books(late(60, 70, 20)))
    assert anomaly.end_ms is None


def constant(carbon: np.ndarray, ncv: np.ndarray) -> None:
    carbon[:], ncv[:] = 0.55, 21.0


def weekly(carbon: np.ndarray, ncv: np.ndarray) -> None:
    for row in (carbon, ncv):
        row[:] = np.repeat(row[::7], 7)[:DAYS]


def two_days(carbon: np.ndarray, ncv: np.ndarray) -> None:
    late(40, 42, 9)(carbon, ncv)


def carbon_alone(carbon: np.ndarray, ncv: np.ndarray) -> None:
    carbon[40:60] = carbon.copy()[31:51]


def default_ratio(carbon: np.ndarray, ncv: np.ndarray) -> None:
    carbon[40:60] = (0.026 * ncv[40:60]).round(4)


@pytest.mark.parametrize("change", [lambda _c, _n: None, constant, weekly, two_days, carbon_alone, default_ratio])
def test_other_books_raise_nothing(change: Books) -> None:
    assert found(books(change)) == []


def test_a_standstill_does_not_part_what_belongs_together() -> None:
    case = books(late(40, 60, 9))
    days = case.sides[0].days
    idle = np.isin(np.arange(DAYS), [41, 42])
    off = {name: np.where(idle, np.nan, getattr(days, name)) for name in ("carbon", "ncv")}
    still = replace(days, **off, fuel_mass=np.where(idle, 0.0, days.fuel_mass))
    (anomaly,) = found(Plant(case.hours, (UnitSide(still, "bituminous"),)))
    assert (anomaly.onset_ms, anomaly.told_ms) == (at(40), at(45))


def test_it_looks_at_no_day_ahead_of_the_hours() -> None:
    case = books(late(40, 60, 9))
    detector = RepeatedBooks("stack-1", case.sides, OFFSET_MS, 3, 60)
    assert detector.step(case.hours.part(at(0), at(43) - 3_600_000)) == []
    (anomaly,) = detector.step(case.hours.part(at(43) - 3_600_000, at(44)))
    assert (anomaly.told_ms, anomaly.end_ms) == (at(43), None)


@given(cuts=st.lists(st.integers(1, DAYS * 24 - 1), max_size=6, unique=True))
@settings(max_examples=15, deadline=None)
def test_in_pieces_and_at_once_the_bank_tells_the_same(cuts: list[int]) -> None:
    case = books(late(45, 65, 7))
    whole = detect(case.hours, case.sides, (), FACTS, PARAMETERS)
    assert KIND in {a.kind for a in whole}
    bank = Bank(case.sides, (), FACTS, PARAMETERS)
    start = int(case.hours.start_ms[0])
    edges = [0, *sorted(cuts), DAYS * 24]
    for first, end in pairwise(edges):
        bank.step(case.hours.part(start + first * DAY_MS // 24, start + end * DAY_MS // 24))
    bank.close()
    assert bank.anomalies() == whole
