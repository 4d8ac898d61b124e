from __future__ import annotations

import math
from datetime import date

import numpy as np

from reconcile import totals
from reconcile.accounting.activity import FuelRecord
from reconcile.accounting.power import Part, account
from reconcile.comparison.coverage import Coverage, coverage
from reconcile.parameters import load_parameters
from tests.unit.reconcile.test_totals import NAN, some_hours

FIRST, SECOND, THIRD = (date(1970, 1, d) for d in (1, 2, 3))


def parts(*rows: tuple[str, date]) -> tuple[Part, ...]:
    records = [FuelRecord(unit=u, day=d, mass_t=100.0, c_ad_pct=50.0, m_ad_pct=0.0, m_ar_pct=0.0) for u, d in rows]
    return account(records, load_parameters()).parts


def covered(rows: list[tuple[str, float, float]], burnt: tuple[Part, ...], units: set[str]) -> Coverage:
    hours = some_hours(rows)
    return coverage(hours, totals.total(hours, totals.fit_fill(hours)).fills_kg, burnt, units, 0)


VALID, STOPPED, OPEN = ("valid", 1.0, 100.0), ("stopped", NAN, 0.0), ("missing", NAN, NAN)


def test_each_unit_needs_a_record() -> None:
    burnt = parts(("u1", FIRST), ("u2", FIRST), ("u1", SECOND))
    found = covered([VALID] * 48, burnt, {"u1", "u2"})
    assert (found.compared, found.without_fuel, found.open) == (frozenset({FIRST}), (SECOND,), ())
    assert not found.whole
    assert found.accounted_t(burnt) == math.fsum(2 * [100 * 0.5 * 0.99 * 44 / 12])
    assert found.hours(some_hours([VALID] * 48), 0).start_ms.size == 24


def test_a_day_of_standstill_needs_none() -> None:
    found = covered([VALID] * 24 + [STOPPED] * 24, parts(("u1", FIRST)), {"u1"})
    assert found.whole
    assert found.compared == {FIRST, SECOND}


def test_one_open_hour_leaves_the_day_out() -> None:
    found = covered([VALID] * 24 + [VALID] * 23 + [OPEN], parts(("u1", FIRST), ("u1", SECOND)), {"u1"})
    assert (found.compared, found.open) == ({FIRST}, (SECOND,))


def test_days_are_those_of_the_plant() -> None:
    hours = some_hours([VALID] * 24)
    found = coverage(hours, np.full(24, np.nan), parts(("u1", FIRST)), {"u1"}, 8 * 3_600_000)
    assert (found.compared, found.without_fuel) == ({FIRST}, (SECOND,))
    assert found.hours(hours, 8 * 3_600_000).start_ms.size == 16


def test_a_filled_hour_is_known() -> None:
    rows = [("valid", 1.0 + i, 100.0 + i) for i in range(23)] + [("missing", NAN, 110.0)]
    assert covered(rows, parts(("u1", FIRST)), {"u1"}).whole


def test_nothing_compared_is_nothing() -> None:
    found = covered([VALID] * 24, (), {"u1"})
    assert (found.compared, found.without_fuel) == (frozenset(), (FIRST,))
    assert found.hours(some_hours([VALID] * 24), 0).start_ms.size == 0
    assert found.accounted_t(parts(("u1", THIRD))) == 0.0
