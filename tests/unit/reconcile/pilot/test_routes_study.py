"""Routes of a simulated stack: faults of known size in its readings and books, and what the routes say of them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cems.channels import Moisture
from cems.fleettables import FleetEnterprise, Sector
from reconcile.attribution.case import Case, case_of, facts_of, sides_of
from reconcile.comparison.fuel_days import UnitAccount
from reconcile.parameters import load_parameters, shipped_overrides
from reconcile.pilot.routes_study import WHOLE, RouteRow, route_rows
from reconcile.pilot.study_routes import said_of
from reconcile.routes.at_point import uncertainties_at
from reconcile.routes.verdict import Told
from tests.fleet_case import enterprise, point, unit
from tests.unit.reconcile.attribution.plant import DAYS, FUEL, OFFSET_MS, RHO, Shown, hours_of, shown, side_of

TABLE = load_parameters(shipped_overrides("physical"))


def site(unit_class: str = "boiler-245", **change: Any) -> FleetEnterprise:
    described = change.pop("point", {})
    return enterprise([unit("u1", {"s1": 1.0}, unit_class=unit_class)], [point("s1", **described)], ["s1"], **change)


def account(s: Shown, code: str = "u1") -> UnitAccount:
    days = side_of(s).days
    return UnitAccount(code, days, {FUEL: days.co2_t}, np.zeros(days.day.size))


def case_at(s: Shown, where: FleetEnterprise) -> Case:
    sides = sides_of(where, where.point[0], {"u1": account(s).days})
    return case_of(facts_of(where, where.point[0]), hours_of(s), sides, None, OFFSET_MS, TABLE)


def rows_of(s: Shown, where: FleetEnterprise | None = None) -> tuple[RouteRow, ...]:
    where = where or site()
    return route_rows(case_at(s, where), where, where.point[0], {"u1": account(s)}, TABLE)


def test_a_healthy_stack_agrees_in_every_period() -> None:
    rows = rows_of(shown())
    assert [(r.kind, r.period) for r in rows] == [("period", WHOLE), ("month", "2026-03"), ("month", "2026-04")]
    assert {r.told for r in rows} == {Told.AGREE}
    assert [said_of(r) for r in rows] == ["agree 一致"] * 3
    whole = rows[0]
    assert set(whole.mass_t) == {"flow x CO2", "fuel x carbon", "flow x line", "O2 flow x CO2"}
    assert (whole.freedom, rows[1].hours + rows[2].hours) == (2, whole.hours)
    for name, mass in whole.mass_t.items():
        assert mass == pytest.approx(rows[1].mass_t[name] + rows[2].mass_t[name], rel=2e-3), name
    assert min(whole.mass_t.values()) < whole.joined_t < max(whole.mass_t.values())
    assert whole.birge == pytest.approx(math.sqrt(whole.gamma / 2))


def test_a_span_fault_of_the_co2_analyser_is_named_with_its_size() -> None:
    """CO2 reads 15 % more, on top of the 0.6 % that this analyser has anyway."""
    s = shown()
    row = rows_of(replace(s, co2=1.15 * s.co2))[0]
    assert (row.told, row.names) == (Told.ONE, ("co2",))
    (found,) = (t for t in row.tested if t.name == "co2")
    assert found.alone_pct == pytest.approx(100 * (1.15 * 1.006 - 1), abs=2 * found.u_alone_pct)
    assert found.u_alone_pct < 3
    assert said_of(row).startswith("CO₂ reading +1")


def test_a_flow_fault_without_load_stays_what_it_is() -> None:
    """20 % less flow: the CO2-O2 line clears both analysers and nothing more; a leak and the books say the same."""
    s = shown()
    row = rows_of(replace(s, flow_wet=0.8 * s.flow_wet))[0]
    assert row.told is Told.ALIKE
    assert set(row.names) == {"flow", "moisture", "sample", "fuel", "carbon"}
    flow, fuel = row.of("flow"), row.of("fuel")
    assert flow is not None
    assert fuel is not None
    assert flow.alone_pct == pytest.approx(-20, abs=2 * flow.u_alone_pct)
    assert fuel.alone_pct == pytest.approx(25, abs=2 * fuel.u_alone_pct)  # 1/0.8
    words = said_of(row)
    assert words.startswith("cannot be told apart")
    assert "gas flow, dry share of the gas, leak in the sample −" in words


def test_a_heat_rate_that_is_not_of_the_fuel_tells_the_flow_from_the_books() -> None:
    """Half of the flow is missing: twice the fuel would need a heat rate that no such unit has."""
    s = shown()
    where = site("coal-supercritical-600")
    row = rows_of(replace(s, flow_wet=0.5 * s.flow_wet), where)[0]
    assert row.freedom == 3
    assert set(row.names) == {"flow", "moisture", "sample"}
    row = rows_of(replace(s, fuel_t=0.5 * s.fuel_t), where)[0]
    assert set(row.names) == {"fuel", "carbon"}
    assert all(r.told is Told.AGREE for r in rows_of(s, where))
    sold = replace(account(s), days=replace(account(s).days, heat_gj=np.full(DAYS, 10.0)))
    rows = route_rows(case_at(s, where), where, where.point[0], {"u1": sold}, TABLE)
    assert "heat rate" not in rows[0].mass_t, "the fuel of a unit that sells heat is not for its output alone"


def test_an_o2_fault_is_not_laid_on_the_mass() -> None:
    """The room to air reads 20 % too small, as by an O2 analyser that reads high."""
    s = shown()
    row = rows_of(replace(s, o2=20.9 - 0.8 * (20.9 - s.o2)))[0]
    assert (row.told, set(row.names)) == (Told.ALIKE, {"o2", "line"})


def test_a_fault_of_one_month_shows_in_that_month() -> None:
    s = shown()
    april = np.arange(s.co2.size) >= 31 * 24
    rows = rows_of(replace(s, co2=np.where(april, 1.2, 1.0) * s.co2))
    assert [r.told for r in rows[1:]] == [Told.AGREE, Told.ONE]


def test_where_there_is_no_line_there_are_two_routes_and_no_culprit() -> None:
    s = shown()
    for where in (site(sector=Sector.CEMENT), site(sector=Sector.ALUMINIUM)):
        row = rows_of(replace(s, co2=1.3 * s.co2), where)[0]
        assert set(row.mass_t) == {"flow x CO2", "fuel x carbon"}
        assert (row.told, row.names, row.freedom) == (Told.UNKNOWN, (), 1)
        assert said_of(row).startswith("disagree, not which")


def test_an_analyser_in_the_duct_has_no_sample_and_wet_gas_needs_no_moisture() -> None:
    wet = {"co2_basis": Moisture.WET, "o2_basis": Moisture.WET, "co2": "tdlas-in-situ"}
    row = rows_of(shown(), site(point=wet))[0]
    assert row.of("sample") is None
    flow, moisture, o2 = row.of("flow"), row.of("moisture"), row.of("o2")
    assert flow is not None
    assert moisture is not None
    assert o2 is not None
    assert moisture.z == pytest.approx(o2.z), "moisture stands in the line alone, as O2 does"
    assert moisture.z != pytest.approx(flow.z)


def test_known_offsets_of_rule_books_are_removed_first() -> None:
    """44/12 for 44.0095/12.011 is 0.0701 % more account; with 22.4, 44 and 273 monitoring has 0.03 % more."""
    s, where = shown(), site()
    given = (where, where.point[0], {"u1": account(s)})
    table = load_parameters()
    case = case_at(s, where)
    physical, by_rule = (route_rows(case, *given, one)[0].mass_t for one in (TABLE, table))
    assert by_rule["fuel x carbon"] / physical["fuel x carbon"] == pytest.approx(1 / 1.000701, abs=2e-6)
    assert by_rule["flow x CO2"] / physical["flow x CO2"] == pytest.approx(1 / 1.00032, abs=2e-5)


def test_a_period_with_few_hours_is_left_out() -> None:
    s = shown()
    few = replace(s, running=np.where(np.arange(s.co2.size) < 34 * 24, s.running, 0.0))
    assert [r.period for r in rows_of(few)] == [WHOLE, "2026-03"]
    still = replace(s, running=np.zeros(s.co2.size))
    assert rows_of(still) == ()


def test_a_month_without_o2_has_the_routes_that_need_none() -> None:
    s = shown()
    rows = rows_of(replace(s, o2=np.where(np.arange(s.o2.size) >= 31 * 24, np.nan, s.o2)))
    assert [len(r.mass_t) for r in rows] == [4, 4, 2]
    assert rows[0].hours == rows[1].hours, "all routes of the whole period are of hours with O2"


def test_a_month_in_which_an_analyser_reads_nothing_is_left_out() -> None:
    s = shown()
    april = np.arange(s.co2.size) >= 31 * 24
    assert [r.period for r in rows_of(replace(s, co2=np.where(april, 0.0, s.co2)))] == [WHOLE, "2026-03"]
    assert rows_of(replace(s, fuel_t=0 * s.fuel_t)) == ()


def test_each_route_declares_what_it_stands_on() -> None:
    made = rows_of(shown())[0].stands_on
    assert made["flow x CO2"] == ("co2", "flow", "moisture", "sample")
    assert made["fuel x carbon"] == ("carbon", "fuel")
    assert made["O2 flow x CO2"] == ("carbon", "co2", "fuel", "line", "o2")


def test_healthy_stacks_disagree_about_as_often_as_the_level_says() -> None:
    """Each quantity of 200 stacks is off by an error drawn from its stated uncertainty: 5 % of them may disagree."""
    rng, s, where = np.random.default_rng(5), shown(), site()
    # The errors that the plant has anyway are taken out, and so is what its coal's Fo is off from the table's.
    u = uncertainties_at(where.point[0], {("ent-1", "u1", FUEL): (1.0, 0.0)}, TABLE)
    plain = rows_of(s, where)[0].mass_t
    rm, rc = plain["flow x CO2"] / plain["fuel x carbon"], plain["flow x CO2"] / plain["flow x line"]
    told = []
    for _ in range(200):
        e = {name: 1 + getattr(u, name) * rng.standard_normal() for name in ("flow", "moisture", "co2", "o2", "line")}
        books = 1 + math.hypot(u.fuel, u.carbon) * rng.standard_normal()
        d = abs(u.sample * rng.standard_normal())
        room = (20.9 - s.o2) * e["o2"] / e["line"] * rc
        off = replace(
            s,
            co2=s.co2 * e["co2"] * (1 - d),
            o2=20.9 - room * (1 - d),
            flow_wet=s.flow_wet * e["flow"] / rm,
            moisture=100 - (100 - s.moisture) * e["moisture"],
            fuel_t=s.fuel_t * books,
        )
        told.append(rows_of(off, where)[0].told)
    share = sum(t is not Told.AGREE for t in told) / len(told)
    assert 0.015 < share < 0.10  # 3 to 19 of 200 by a binomial of 5 %


def test_the_mass_of_the_flow_is_that_of_the_readings() -> None:
    """No engine between: RHO · CO2 · dry flow of the hours that both sides have, summed here."""
    s = shown()
    whole = rows_of(s)[0]
    ran = s.running > 0.99
    mass = RHO * s.co2 / 100 * s.flow_wet * (1 - s.moisture / 100) / 1000
    assert whole.mass_t["flow x CO2"] == pytest.approx(math.fsum(mass[ran]), rel=1e-9)
