"""Faults of the books and of the fuel: rows 29, 39-41 of the taxonomy (international sheet E.3)."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.fleet.places import World
from tests.unit.firmware_sim.fleet.case import (
    MONTH,
    Case,
)


def books_ratio(case: Case, column: str, unit: int = 0) -> float:
    x, y = (run.books(MONTH)[unit].figures[column] for run in (case.with_it, case.without))
    days = case.with_it.books(MONTH)[unit].day * 1440
    there = (days >= case.fault.start_min) & (days < case.fault.end_min)
    return float((x[there] / y[there]).mean())


def test_books(world: World) -> None:
    """E.3 #41 and the dictionary: mass, carbon by dryness, gross for net, default carbon."""
    assert books_ratio(Case(world, "belt-scale", size=0.05), "mass") == pytest.approx(1.05)
    assert books_ratio(Case(world, "short-tons"), "mass") == pytest.approx(1.1023)
    assert books_ratio(Case(world, "belt-drift", size=0.05), "mass") == pytest.approx(1.025, abs=0.006)
    dry = Case(world, "carbon-dry", where="coal-s")
    moisture = dry.without.books(MONTH)[0].figures["moisture"][9:19].mean()
    assert books_ratio(dry, "carbon") == pytest.approx(1 / (1 - moisture), rel=0.01)
    gross = Case(world, "gross-heat", size=0.05)
    assert books_ratio(gross, "ncv") == books_ratio(gross, "carbon") == pytest.approx(1.05)
    assert books_ratio(Case(world, "default-carbon", size=0.2, where="coal-s"), "carbon") == pytest.approx(
        1.2, rel=0.03
    )


def test_a_late_analysis_is_that_of_days_before(world: World) -> None:
    case = Case(world, "late-analysis", size=7.0, where="coal-s")
    x, y = (run.books(MONTH)[0].figures["carbon"] for run in (case.with_it, case.without))
    day = case.with_it.books(MONTH)[0].day * 1440
    there = np.flatnonzero((day >= case.fault.start_min) & (day < case.fault.end_min))
    assert np.array_equal(x[there], y[there - 7])


def test_a_share_of_a_common_stack_is_booked_elsewhere_and_the_sum_stays(world: World) -> None:
    case = Case(world, "stack-share", size=0.1)
    first, second = (i for i, _ in case.point.feeds[:2])
    assert books_ratio(case, "mass", first) == pytest.approx(0.9)
    assert books_ratio(case, "mass", second) > 1.05
    x, y = (sum(b.figures["mass"] for b in run.books(MONTH)) for run in (case.with_it, case.without))
    assert np.allclose(x, y, rtol=1e-12)


def test_an_unrecorded_fuel_moves_fo_to_another_band_and_stays_out_of_the_books(world: World) -> None:
    case = Case(world, "fuel-switch", "lignite", where="coal-s")
    (co2, co2_0), (o2, o2_0) = case.pair("co2"), case.pair("o2")
    late = slice(3000, None)
    fo, fo_0 = ((20.9 - y[late].mean()) / x[late].mean() for x, y in ((co2, o2), (co2_0, o2_0)))
    assert fo / fo_0 == pytest.approx(1.0789 / 1.1356, abs=0.01)  # international sheet C.1
    assert set(case.with_it.books(MONTH)[0].fuel) == {"bituminous"}
    assert case.with_it.seen(MONTH, case.index).co2_t_h.sum() != case.seen.co2_t_h.sum()
