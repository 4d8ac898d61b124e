"""Which days stand for health: the first weeks of running on the documented fuel."""

from __future__ import annotations

import numpy as np

from cems.clock import DAY_MS
from cems.fleettables import Sector
from reconcile.attribution.fuelside import UnitSide
from reconcile.detectors.facts import Facts
from reconcile.detectors.reference_span import reference_span
from reconcile.parameters import load_parameters
from reconcile.pointhours import UnitDays
from tests.fleet_case import FIRST_DAY, OFFSET_MS, START_MS, hours, point

TABLE = load_parameters()
NEED = int(TABLE.value("det_reference_days"))
FACTS = Facts(point("s1"), Sector.POWER, OFFSET_MS)


def side(fuels: list[str]) -> UnitSide:
    n = len(fuels)
    row = np.ones(n)
    days = FIRST_DAY + np.arange(n)
    return UnitSide(UnitDays(days, row, row, row, row, 0 * row, row, 0 * row, np.array(fuels)), "bituminous")


def test_the_first_days_of_running_are_the_reference() -> None:
    n = NEED + 20
    found = reference_span(hours(n), [side(["bituminous"] * n)], FACTS, TABLE)
    assert found == (START_MS, START_MS + NEED * DAY_MS)


def test_days_of_another_fuel_are_not_in_it() -> None:
    n = NEED + 20
    found = reference_span(hours(n), [side(["lignite"] * 5 + ["bituminous"] * (n - 5))], FACTS, TABLE)
    assert found == (START_MS + 5 * DAY_MS, START_MS + (NEED + 5) * DAY_MS)


def test_too_few_days_are_all_that_there_is() -> None:
    assert reference_span(hours(3), [side(["bituminous"] * 3)], FACTS, TABLE) == (START_MS, START_MS + 3 * DAY_MS)
