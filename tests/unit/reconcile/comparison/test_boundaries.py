"""Comparison by level and period: figures by hand for a small enterprise, and slips planted on purpose.

A tonne of fuel makes a tonne of CO2 here (carbon 12/44, oxidation 1), so that every total can be added in the head.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cems.errors import FlueledgerError, RuleError
from cems.fleettables import FleetEnterprise
from reconcile.comparison import conservation
from reconcile.comparison.boundary import Level, boundaries, unseen_of, ways_out
from reconcile.comparison.boundary_budget import point_uncertainty
from reconcile.comparison.boundary_days import BoundaryDays, EnterpriseInput, boundary_days, joined, stacks_of
from reconcile.comparison.boundary_hours import boundary_hours
from reconcile.comparison.conservation import ConservationError
from reconcile.comparison.fuel_days import PROCESS, unit_account
from reconcile.comparison.period_rows import Comparer, Row
from reconcile.comparison.point_days import PointDays, PointHoursCompared, point_days, point_hours_compared
from reconcile.comparison.sharing import share_out
from reconcile.parameters import load_parameters, shipped_overrides
from reconcile.pointhours import PointHours
from tests.fleet_case import FIRST_DAY, OFFSET_MS, enterprise, hours, point, records, two_units_one_stack, unit

TABLE, PHYSICAL = load_parameters(), load_parameters(shipped_overrides("physical"))
C = 44.0 / 12.0


def compared(made: PointHours, account: Any, n_days: int) -> tuple[PointHoursCompared, PointDays]:
    hourly = point_hours_compared(made, np.broadcast_to(account, n_days).astype(float), FIRST_DAY, OFFSET_MS, TABLE)
    return hourly, point_days("s1", made, hourly)


def given_of(
    site: FleetEnterprise, made: dict[str, PointHours], rows: list[dict[str, Any]], n_days: int
) -> EnterpriseInput:
    log = records(rows)
    accounts = {u.code: unit_account(log, u.code, FIRST_DAY, n_days, C) for u in site.unit}
    days = {}
    for p in site.point:
        shares = {u.code: u.shares[p.code] for u in site.unit if u.shares.get(p.code)}
        account = np.sum([accounts[u].days.co2_t * s for u, s in shares.items()], axis=0)
        hourly = point_hours_compared(made[p.code], account, FIRST_DAY, OFFSET_MS, TABLE)
        days[p.code] = point_days(p.code, made[p.code], hourly)
    stacks = {name: days[name] for name in site.reported_stacks}
    shared = share_out(stacks, accounts, ways_out(site))
    conservation.check_account(log, accounts, C)
    conservation.check_sharing(site.code, stacks, site.reported_stacks, accounts, ways_out(site), shared)
    uncertainties = {p.code: point_uncertainty(p, TABLE) for p in site.point}
    return EnterpriseInput(site, days, accounts, shared, uncertainties)


def every_day(n_days: int, *units: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**u, "day": day} for day in range(n_days) for u in units]


def by_code(given: EnterpriseInput) -> dict[tuple[str, str], BoundaryDays]:
    return {(b.level.value, b.code): boundary_days(b, given) for b in boundaries(given.enterprise)}


def period_row(days: BoundaryDays, used: Any = PHYSICAL) -> Row:
    (row,) = Comparer(used, PHYSICAL, OFFSET_MS).rows(days, "p", ("period",))
    return row


def case(n_days: int = 3) -> EnterpriseInput:
    """Unit u1 burns 24 t a day, u2 48 t; the stack reads 3.3 t an hour, 10 % more; the ducts read 1 t and 2 t."""
    made = {"d1": hours(n_days, 1000.0), "d2": hours(n_days, 2000.0), "s1": hours(n_days, 3300.0)}
    rows = every_day(n_days, {"unit": "u1", "mass": 24.0}, {"unit": "u2", "mass": 48.0})
    return given_of(two_units_one_stack(), made, rows, n_days)


def test_an_enterprise_is_its_ways_out_and_not_its_ducts() -> None:
    found = by_code(case())
    whole = period_row(found["enterprise", "ent-1"])
    assert (whole.monitoring_t, whole.accounting_t) == pytest.approx((3 * 24 * 3.3, 3 * 72.0))
    assert whole.difference_pct == pytest.approx(10.0)
    assert period_row(found["point", "d1"]).difference_pct == pytest.approx(0.0, abs=1e-9)
    assert [code for level, code in found if level == "stack"] == ["s1"]


def test_units_on_one_stack_get_its_ratio_and_say_so() -> None:
    found = by_code(case())
    one, two = period_row(found["unit", "u1"]), period_row(found["unit", "u2"])
    assert (one.monitoring_t, two.monitoring_t) == pytest.approx((3 * 24 * 1.1, 3 * 24 * 2.2))
    assert not one.independent
    assert not two.independent
    assert period_row(found["stack", "s1"]).independent


def test_what_no_monitor_sees_is_taken_out_and_listed() -> None:
    units = [unit("u1", {"s1": 1.0}), unit("u2", {}), unit("u3", {"s1": 0.75})]
    site = enterprise(units, [point("s1")], ["s1"])
    assert [(u.unit, round(u.share, 9)) for u in unseen_of(site)] == [("u2", 1.0), ("u3", 0.25)]
    rows = every_day(1, {"unit": "u1"}, {"unit": "u2"}, {"unit": "u3"})
    given = given_of(site, {"s1": hours(1, 1750.0)}, rows, 1)
    row = period_row(by_code(given)["enterprise", "ent-1"])
    assert (row.monitoring_t, row.accounting_t) == pytest.approx((42.0, 42.0))
    assert row.unseen_t == pytest.approx(30.0)
    assert ("unit", "u2") not in by_code(given)


def test_a_duct_reported_beside_its_stack_is_refused() -> None:
    site = two_units_one_stack().model_copy(update={"reported_stacks": ("d1", "s1")})
    with pytest.raises(RuleError, match=r"200 % of the gas of u1 is counted at d1, s1"):
        ways_out(site)


def test_a_share_at_a_point_that_does_not_exist_is_refused() -> None:
    with pytest.raises(RuleError, match="names 's9'"):
        ways_out(enterprise([unit("u1", {"s9": 1.0})], [point("s1")], ["s1"]))


def test_open_hours_leave_both_sides() -> None:
    """Two hours without readings and without load: nothing fills them, so their part of the account goes too."""
    status = np.full(24, "valid", dtype="<U7")
    status[[3, 4]] = "missing"
    load = np.full(24, 300.0)
    load[[3, 4]] = np.nan
    made = hours(1, 1000.0, status=status, load=load)
    hourly, days = compared(made, 24.0, 1)
    conservation.check_point(made, hourly, days, OFFSET_MS)
    assert (int(days.open[0]), int(days.hours["neutral"][0])) == (2, 22)
    assert days.monitoring_t["neutral"][0] == pytest.approx(22.0)
    assert days.account_share["neutral"][0] == pytest.approx(22.0 / 24.0)


def test_a_fill_follows_the_load_and_the_rule_takes_the_maximum() -> None:
    """Hours at 100 to 400 MW make 1 kg/MW; the lost hour ran at 300 MW: neutral 300 kg, by HJ 75 the maximum 400 kg."""
    load = np.tile([100.0, 200.0, 300.0, 400.0], 12)
    status = np.full(48, "valid", dtype="<U7")
    status[46] = "invalid"
    made = hours(2, load, status=status, load=load, fuel_feed=load)
    hourly, days = compared(made, 6.0, 2)
    conservation.check_point(made, hourly, days, OFFSET_MS)
    assert days.filled_t[1] == pytest.approx(0.3)
    assert days.substituted_t[1] == pytest.approx(0.4)
    assert days.monitoring_t["measured"][1] == pytest.approx(5.7)
    assert days.account_share["measured"][1] == pytest.approx(5.7 / 6.0)
    assert days.account_share["neutral"][1] == 1.0


def test_a_day_without_record_leaves_both_sides_and_a_standstill_needs_none() -> None:
    status = np.full(72, "valid", dtype="<U7")
    status[48:] = "stopped"
    running = np.repeat([1.0, 1.0, 0.0], 24)
    made = hours(3, 1000.0, status=status, load=300.0 * running, operating_h=running)
    _, days = compared(made, [24.0, np.nan, np.nan], 3)
    assert days.without_record.tolist() == [False, True, False]
    assert days.monitoring_t["neutral"].tolist() == [24.0, 0.0, 0.0]
    assert days.hours["neutral"].tolist() == [24, 0, 24]
    assert days.measured_t.tolist() == [24.0, 24.0, 0.0]


def test_known_offsets_are_removed_before_judging() -> None:
    """By rule the monitor has +0.0322 % in all at 50 degC and the account +0.0701 %: −0.0379 % is no difference."""
    days = by_code(case())["stack", "s1"]
    row = period_row(days, TABLE)
    monitoring = (44 / 22.4) / (44.0095 / 22.41397) * (273 / 323) / (273.15 / 323.15)
    accounting = C / (44.0095 / 12.011)
    assert row.offsets_pct == pytest.approx(100 * (monitoring / accounting - 1), abs=1e-9)
    assert row.difference_pct == pytest.approx(100 * (1.1 / monitoring * accounting - 1), abs=1e-9)
    assert (row.monitoring_t, row.accounting_t) == pytest.approx((3 * 24 * 3.3, 216.0))
    assert [o.side for o in Comparer(TABLE, PHYSICAL, OFFSET_MS).offsets(days)] == ["monitoring"] * 3 + ["accounting"]


def test_what_cancels_in_the_total_shows_in_the_absolute_difference() -> None:
    made = {"s1": hours(2, np.repeat([1100.0, 900.0], 24))}
    given = given_of(enterprise([unit("u1", {"s1": 1.0})], [point("s1")], ["s1"]), made, every_day(2, {}), 2)
    row = period_row(by_code(given)["stack", "s1"])
    assert row.difference_t == pytest.approx(0.0, abs=1e-9)
    assert row.absolute_t == pytest.approx(4.8)
    assert row.absolute_pct == pytest.approx(10.0)


@pytest.mark.parametrize(("kg", "sign"), [(1200.0, "accounting below"), (800.0, "accounting above")])
def test_both_signs_are_told(kg: float, sign: str) -> None:
    site = enterprise([unit("u1", {"s1": 1.0})], [point("s1")], ["s1"])
    row = period_row(by_code(given_of(site, {"s1": hours(4, kg)}, every_day(4, {}), 4))["stack", "s1"])
    assert row.sign == sign
    assert row.material
    assert math.copysign(1.0, row.e_n) == (1.0 if kg > 1000 else -1.0)


def test_uncertainty_by_hand_and_the_tier() -> None:
    """S pitot 3 %, NDIR 1 %, section 0.5 %, 0.5 K of 325 K, pressure 0.2 %, moisture 1.5 %: 2 × 3.56 % keeps tier 2."""
    row = period_row(by_code(case(30))["stack", "s1"])
    systematic = math.sqrt(0.03**2 + 0.01**2 + 0.005**2 + (0.5 / 325) ** 2 + 0.002**2 + 0.015**2)
    random = math.sqrt((0.015**2 + 0.02**2) * 3.0 / (30 * 24))
    assert row.monitoring_expanded_pct == pytest.approx(200 * math.hypot(systematic, random), rel=1e-9)
    assert row.tier == 2


def test_scores_by_hand() -> None:
    """Ten per cent of 72 t a day over 30 days against both uncertainties: belts, oxidation, common and daily carbon."""
    row = period_row(by_code(case(30))["stack", "s1"])
    units = [30 * 24.0, 30 * 48.0]
    own = sum((t * 0.0075) ** 2 + (t * 0.005) ** 2 for t in units)
    common = (sum(units) * 0.005) ** 2
    daily = sum(30 * (m * 0.015) ** 2 for m in (24.0, 48.0))
    monitoring = (row.monitoring_expanded_pct / 200 * row.monitoring_t) ** 2
    u = math.sqrt(own + common + daily + monitoring)
    assert row.expanded_t == pytest.approx(2 * u, rel=1e-9)
    assert row.zeta == pytest.approx(216.0 / u, rel=1e-9)
    assert row.e_n == pytest.approx(row.zeta / 2)
    assert row.materiality_t == pytest.approx(0.05 * 2160.0)
    assert row.severity == pytest.approx(max(abs(row.e_n), 216.0 / 108.0))


def test_equivalence_is_tested_on_blocks_that_are_longer_than_the_memory() -> None:
    """A wave of ±3 % around +1 % whose neighbours are alike to cos(0.5) = 0.88: four blocks of 2·1.88/0.12 = 31 d."""
    wave = 1.01 + 0.03 * np.sin(np.arange(120) / 2.0)
    site = enterprise([unit("u1", {"s1": 1.0})], [point("s1")], ["s1"])
    given = given_of(site, {"s1": hours(120, 1000.0 * np.repeat(wave, 24))}, every_day(120, {}), 120)
    found = period_row(by_code(given)["stack", "s1"]).agreement
    assert found is not None
    assert found.equivalence is not None
    assert found.phi == pytest.approx(math.cos(0.5), abs=0.01)
    assert found.block_days == pytest.approx(31, abs=3)
    assert found.equivalence.n == 4
    assert found.equivalence.equivalent
    assert found.equivalence.mean == pytest.approx(1.0, abs=0.3)
    assert found.limits is not None
    assert found.limits.upper - found.limits.lower == pytest.approx(2 * 1.96 * 3.0 / math.sqrt(2), rel=0.05)


def test_a_short_straight_run_costs_a_tier() -> None:
    near, far = point("s1", straight_up_d=2.0), point("s1")
    short, long = (dict(point_uncertainty(p, TABLE).systematic) for p in (near, far))
    assert set(short) - set(long) == {"short straight run"}


def test_points_are_independent_of_one_another() -> None:
    """Two equal stacks together: the relative uncertainty of the monitored total is a point's over the root of two."""
    units = [unit("u1", {"s1": 1.0}), unit("u2", {"s2": 1.0})]
    site = enterprise(units, [point("s1"), point("s2")], ["s1", "s2"])
    made = {"s1": hours(2), "s2": hours(2)}
    found = by_code(given_of(site, made, every_day(2, {"unit": "u1"}, {"unit": "u2"}), 2))
    one, both = period_row(found["stack", "s1"]), period_row(found["enterprise", "ent-1"])
    assert both.monitoring_expanded_pct == pytest.approx(one.monitoring_expanded_pct / math.sqrt(2))


def test_enterprises_add_up_to_the_fleet_in_any_order() -> None:
    a = by_code(case())["enterprise", "ent-1"]
    b = replace(a, enterprise="ent-2", code="ent-2", fuels={("ent-2", *k[1:]): v for k, v in a.fuels.items()})
    one, other = (period_row(joined(Level.FLEET, "fleet", "", parts)) for parts in ([a, b], [b, a]))
    assert one.monitoring_t == other.monitoring_t == pytest.approx(2 * 3 * 24 * 3.3)
    assert one.difference_pct == pytest.approx(10.0)
    assert one.expanded_t == pytest.approx(other.expanded_t)


def test_months_quarters_and_years_add_up_to_the_period() -> None:
    days = by_code(case(60))["enterprise", "ent-1"]
    rows = Comparer(PHYSICAL, PHYSICAL, OFFSET_MS).rows(days, "p", ("day", "month", "quarter", "year", "period"))
    sums = {k: math.fsum(r.monitoring_t for r in rows if r.kind == k) for k in ("day", "month", "quarter", "year")}
    assert {round(x, 6) for x in sums.values()} == {round(60 * 24 * 3.3, 6)}
    assert [r.period for r in rows if r.kind == "month"] == ["2026-01", "2026-02", "2026-03"]


def test_two_fuels_and_a_process_are_told_apart() -> None:
    log = records(
        [
            {"fuel": "bituminous", "mass": 10.0},
            {"fuel": "natural_gas", "mass": 20.0, "carbon": 6.0 / 44.0, "process_co2": 5.0, "report_no": "r2"},
        ]
    )
    account = unit_account(log, "u1", FIRST_DAY, 1, C)
    found = {k: float(v[0]) for k, v in account.by_fuel.items()}
    assert found == pytest.approx({"bituminous": 10.0, "natural_gas": 10.0, PROCESS: 5.0})
    assert account.days.co2_t[0] == pytest.approx(25.0)
    assert account.days.carbon[0] == pytest.approx((10 * 12 / 44 + 20 * 6 / 44) / 30)


def test_a_record_that_repeats_another_counts_once() -> None:
    account = unit_account(records([{}, {}, {"report_no": "r2"}]), "u1", FIRST_DAY, 1, C)
    assert (account.repeated, float(account.days.co2_t[0])) == (1, pytest.approx(48.0))


def test_hours_of_every_boundary_add_up_to_its_days() -> None:
    """The second hour of the second day is open at the stack: it is in no hour and in no day, on either side."""
    status, load = np.full(72, "valid", dtype="<U7"), np.full(72, 300.0)
    status[25], load[25] = "missing", np.nan
    site = two_units_one_stack()
    made = {"d1": hours(3, 1000.0), "d2": hours(3, 2000.0), "s1": hours(3, 3300.0, status=status, load=load)}
    rows = every_day(3, {"unit": "u1", "mass": 24.0}, {"unit": "u2", "mass": 48.0})
    given = given_of(site, made, rows, 3)
    hourly = {
        p: point_hours_compared(made[p], np.full(3, t), FIRST_DAY, OFFSET_MS, TABLE)
        for p, t in (("d1", 24.0), ("d2", 48.0), ("s1", 72.0))
    }
    for b in boundaries(site):
        found, days = boundary_hours(b, given, hourly), boundary_days(b, given)
        conservation.check_hours("monitoring", found.monitoring_t, days.monitoring_t["neutral"])
        conservation.check_hours("accounting", found.accounting_t, days.accounting_t["neutral"])
        if b.code in ("s1", "u1", "ent-1"):
            assert (found.monitoring_t[25], found.accounting_t[25], found.points[25]) == (0.0, 0.0, 0)
        slipped = np.roll(days.monitoring_t["neutral"] * np.array([1.0, 1.1, 1.0]), 1)
        with pytest.raises(ConservationError, match="hours of a day"):
            conservation.check_hours("monitoring", found.monitoring_t, slipped)


# Slips planted on purpose: each leaves the grand total as it is, and each must end the run.


def planted() -> tuple[EnterpriseInput, Any]:
    made = {
        "d1": hours(4, 1000.0),
        "d2": hours(4, 2000.0),
        "s1": hours(4, np.repeat([3000.0, 3100.0, 3200.0, 3300.0], 24)),
    }
    rows = [
        {"unit": u, "day": d, "mass": m * (1 + 0.1 * d * (u == "u1"))}
        for d in range(4)
        for u, m in (("u1", 24), ("u2", 48))
    ]
    given = given_of(two_units_one_stack(), made, rows, 4)
    return given, ways_out(given.enterprise)


def check(given: EnterpriseInput, out: Any, shared: Any) -> None:
    conservation.check_sharing("ent-1", stacks_of(given), ("s1",), given.accounts, out, shared)


def test_a_slip_of_one_day_in_the_shares_is_caught() -> None:
    given, out = planted()
    check(given, out, given.shared)
    weight = np.roll(given.shared.weight, 1, axis=1)
    total = given.points["s1"].measured_t
    slipped = replace(given.shared, weight=weight, measured_t=weight * total, filled_t=weight * 0.0)
    assert slipped.measured_t.sum() == pytest.approx(given.shared.measured_t.sum())
    with pytest.raises(ConservationError, match=r"what u1 got for bituminous"):
        check(given, out, slipped)


def test_units_swapped_are_caught() -> None:
    given, out = planted()
    with pytest.raises(ConservationError, match="what u1 got"):
        check(given, out, replace(given.shared, measured_t=given.shared.measured_t[::-1]))


def test_a_unit_that_was_dropped_is_caught() -> None:
    given, out = planted()
    short = given.shared
    lost = replace(short, parties=short.parties[:1], measured_t=short.measured_t[:1], filled_t=short.filled_t[:1])
    with pytest.raises(ConservationError, match="units and fuels of a day"):
        check(given, out, lost)


def test_a_duct_shared_out_beside_its_stack_is_caught() -> None:
    given, out = planted()
    both = {name: given.points[name] for name in ("d1", "s1")}
    doubled = share_out(both, given.accounts, {u: {**s, "d1": 1.0} for u, s in out.items()})
    with pytest.raises(ConservationError, match="d1, s1 were shared out, the ways out are s1"):
        conservation.check_sharing("ent-1", both, ("s1",), given.accounts, out, doubled)


def test_a_slip_of_one_hour_in_the_masses_is_caught() -> None:
    load = np.tile([100.0, 200.0, 300.0, 400.0], 12)
    made = hours(2, load, load=load, fuel_feed=load)
    hourly, days = compared(made, 6.0, 2)
    conservation.check_point(made, hourly, days, OFFSET_MS)
    with pytest.raises(ConservationError, match="measured CO2 of an hour"):
        conservation.check_point(made, replace(hourly, measured_t=np.roll(hourly.measured_t, 1)), days, OFFSET_MS)


def test_a_fill_laid_over_a_measured_hour_is_caught() -> None:
    made = hours(1)
    hourly, days = compared(made, 24.0, 1)
    filled = hourly.filled_t.copy()
    filled[5] = 1.0
    with pytest.raises(ConservationError, match="both measured and filled"):
        conservation.check_point(made, replace(hourly, filled_t=filled), days, OFFSET_MS)


def test_days_that_slipped_by_one_are_caught() -> None:
    made = hours(3, np.repeat([1000.0, 1100.0, 1200.0], 24))
    hourly, days = compared(made, 24.0, 3)
    with pytest.raises(ConservationError, match="measured CO2 of a day"):
        conservation.check_point(made, hourly, replace(days, measured_t=np.roll(days.measured_t, 1)), OFFSET_MS)


def test_an_account_that_slipped_by_one_day_is_caught() -> None:
    log = records([{"day": 0, "mass": 10.0}, {"day": 1, "mass": 20.0}, {"day": 2, "mass": 30.0}])
    account = unit_account(log, "u1", FIRST_DAY, 3, C)
    conservation.check_account(log, {"u1": account}, C)
    slipped = replace(account, by_fuel={k: np.roll(v, 1) for k, v in account.by_fuel.items()})
    with pytest.raises(ConservationError, match="account of u1, bituminous"):
        conservation.check_account(log, {"u1": slipped}, C)


def test_conservation_is_no_rule_that_a_pipeline_may_pass_over() -> None:
    assert issubclass(ConservationError, FlueledgerError)
    assert not issubclass(ConservationError, RuleError)


def test_an_hour_of_a_status_that_nobody_knows_is_refused() -> None:
    with pytest.raises(RuleError, match="'inval'"):
        compared(hours(1, status=np.full(24, "inval")), 24.0, 1)


def test_half_a_day_cannot_be_compared() -> None:
    with pytest.raises(RuleError, match="whole days"):
        point_hours_compared(hours(2), np.array([24.0]), FIRST_DAY, OFFSET_MS, TABLE)
