"""Records that are odd, hours without a number, leap years, and offsets: what moves the account and its limits."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.comparison import conservation
from reconcile.comparison.boundary import boundaries, ways_out
from reconcile.comparison.boundary_days import boundary_days, years_of
from reconcile.comparison.daily_agreement import block_days, block_means
from reconcile.comparison.fuel_days import unit_account
from reconcile.comparison.sharing import share_out
from tests.fleet_case import FIRST_DAY, enterprise, hours, point, records, unit
from tests.unit.reconcile.comparison.test_boundaries import TABLE, C, by_code, case, compared, every_day, given_of
from tests.unit.reconcile.comparison.test_boundaries import period_row as row_of

JANUARY_2024 = 19_723
"""Days from 1970-01-01 to 2024-01-01: 54 years of 365 days and 13 leap days."""


def test_a_whole_year_is_one_year_leap_or_not() -> None:
    assert JANUARY_2024 == 54 * 365 + 13
    assert years_of(np.arange(JANUARY_2024, JANUARY_2024 + 366)) == 1.0
    assert years_of(np.arange(FIRST_DAY, FIRST_DAY + 365)) == 1.0
    assert years_of(np.arange(JANUARY_2024, JANUARY_2024 + 31)) == pytest.approx(31 / 366)
    # the last day of a common year and the first of a leap year
    assert years_of(np.array([JANUARY_2024 - 1, JANUARY_2024])) == pytest.approx(1 / 365 + 1 / 366)


def test_the_level_of_a_leap_year_is_that_of_its_own_account() -> None:
    """366 days of 1 367 t are 500 322 t, above 500 kt: 2 %. Made 365/366 of it, they would be 498 955 t: 5 %."""
    site = enterprise([unit("u1", {"s1": 1.0})], [point("s1")], ["s1"])
    given = given_of(site, {"s1": hours(366, 57_000.0)}, every_day(366, {"mass": 1367.0}), 366)
    day = given.points["s1"].day - FIRST_DAY + JANUARY_2024
    points = {"s1": replace(given.points["s1"], day=day)}
    accounts = {name: replace(a, days=replace(a.days, day=day)) for name, a in given.accounts.items()}
    leap = replace(given, points=points, accounts=accounts, shared=share_out(points, accounts, ways_out(site)))
    stack = next(boundary_days(b, leap) for b in boundaries(site) if b.level.value == "stack")
    assert stack.annual_t == pytest.approx(366 * 1367.0)
    assert row_of(stack).materiality_t == pytest.approx(0.02 * 366 * 1367.0)


def test_offsets_leave_the_relative_uncertainty_of_the_total_as_it_is() -> None:
    """U of a total in per cent of that total: known offsets are taken out of the difference, not out of the total."""
    stack = by_code(case(30))["stack", "s1"]
    one, other = row_of(stack), row_of(stack, TABLE)
    assert one.offsets_pct == 0.0
    assert other.offsets_pct != 0.0
    assert one.monitoring_expanded_pct == pytest.approx(other.monitoring_expanded_pct, rel=1e-12)


@pytest.mark.parametrize("mass_kg", [math.nan, math.inf])
def test_a_valid_hour_without_a_mass_ends_the_comparison(mass_kg: float) -> None:
    kg = np.full(24, 1000.0)
    kg[7] = mass_kg
    with pytest.raises(RuleError, match="1 valid hours have no mass"):
        compared(hours(1, kg), 24.0, 1)


@pytest.mark.parametrize("odd", [{"carbon": math.inf}, {"oxidation": math.nan}, {"process_co2": math.inf}])
def test_a_record_without_a_number_leaves_its_day_without_an_account(odd: dict[str, float]) -> None:
    log = records([{"day": 0}, {"day": 1, **odd}])
    account = unit_account(log, "u1", FIRST_DAY, 2, C)
    assert account.days.co2_t[0] == pytest.approx(24.0)
    assert math.isnan(account.days.co2_t[1])
    conservation.check_account(log, {"u1": account}, C)


@pytest.mark.parametrize("share", [40.0, -0.1, math.inf])
def test_a_biogenic_share_in_per_cent_is_refused(share: float) -> None:
    with pytest.raises(RuleError, match=r"biogenic share.*u1.*between 0 and 1"):
        unit_account(records([{"biogenic": share}]), "u1", FIRST_DAY, 1, C)


def test_the_biogenic_part_is_a_share_of_the_carbon_that_was_burnt() -> None:
    account = unit_account(records([{"mass": 10.0, "biogenic": 0.4}]), "u1", FIRST_DAY, 1, C)
    assert float(account.biogenic_t[0]) == pytest.approx(4.0)


def test_records_of_a_unit_that_there_is_not_end_the_run() -> None:
    """Their tonnes would stand in no account, and nobody would miss them."""
    log = records([{"unit": "u1"}, {"unit": "u9"}])
    accounts = {"u1": unit_account(log, "u1", FIRST_DAY, 1, C)}
    with pytest.raises(conservation.ConservationError, match="records of u9"):
        conservation.check_account(log, accounts, C)


def test_a_block_of_days_has_a_length() -> None:
    for times in (0.0, -5.0, math.nan):
        with pytest.raises(RuleError, match="correlation times"):
            block_days(0.5, times)
    with pytest.raises(RuleError, match="one day or more"):
        block_means(np.arange(3), np.arange(3.0), 0)
    # means of days 0-3 and of 4-6, three of four days; a single day of four is under half and left out
    assert block_means(np.arange(7), np.arange(7.0), 4).tolist() == [1.5, 5.0]
    assert block_means(np.arange(5), np.arange(5.0), 4).tolist() == [1.5]
