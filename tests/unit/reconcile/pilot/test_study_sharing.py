"""Two simulated units, each with a duct before a common stack: fuel of one booked on the other, and what is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cems.fleettables import Fleet, FleetEnterprise, Siting
from reconcile.allocation.exposure import Price
from reconcile.attribution.misbooked import AccountSeen
from reconcile.comparison.fuel_days import UnitAccount
from reconcile.parameters import load_parameters, shipped_overrides
from reconcile.pilot.booked import Against, BookedSeen, booked_rows
from reconcile.pilot.finding import case_at
from reconcile.pilot.gathered import Gathered
from reconcile.pilot.point_study import PointStudy
from reconcile.pilot.routes_study import route_rows
from reconcile.pilot.study_routes import route_tests, routes, stands_on
from reconcile.pilot.study_sharing import sharing
from reconcile.pilot.tables import Table
from tests.fleet_case import enterprise, point, unit
from tests.unit.reconcile.attribution.plant import FUEL, OFFSET_MS, Shown, hours_of, shown, side_of

TABLE = load_parameters(shipped_overrides("physical"))
APRIL = 31
"""First day of April among the days of the plant, which begin with March."""


def plant() -> FleetEnterprise:
    units = [unit(f"u{i}", {f"d{i}": 1.0, "s1": 1.0}, unit_class="boiler-245") for i in (1, 2)]
    points = [*(point(f"d{i}", siting=Siting.DUCT) for i in (1, 2)), point("s1")]
    return enterprise(units, points, ["s1"])


def burning() -> dict[str, Shown]:
    """Both units run through: the same plant with other coal and noise."""
    return {"u1": shown(3, outage_hours=0.0), "u2": shown(4, outage_hours=0.0)}


def behind(one: Shown, two: Shown) -> Shown:
    """The stack behind both: flows added up, gas mixed by its dry flow, moisture by its wet."""
    dry = [s.flow_wet * (1 - s.moisture / 100) for s in (one, two)]
    whole = dry[0] + dry[1]
    wet = one.flow_wet + two.flow_wet
    mixed: dict[str, Any] = {
        n: (getattr(one, n) * dry[0] + getattr(two, n) * dry[1]) / whole for n in ("co2", "o2", "boiler_o2")
    }
    return replace(one, **mixed, flow_wet=wet, moisture=100 * (1 - whole / wet), load=one.load + two.load,
                   feed=one.feed + two.feed)  # fmt: skip


def account(code: str, s: Shown) -> UnitAccount:
    days = side_of(s).days
    return UnitAccount(code, days, {FUEL: days.co2_t}, np.zeros(days.day.size))


def studied(books: dict[str, Shown], reads: dict[str, Shown]) -> Gathered:
    """The fleet of this enterprise alone, with all that routes and sharing need."""
    where = plant()
    accounts = {code: account(code, s) for code, s in books.items()}
    points = []
    for described in where.point:
        case = case_at(where, described, hours_of(reads[described.code]), accounts, (), OFFSET_MS, TABLE)
        assert case is not None
        rows = route_rows(case, where, described, accounts, TABLE)
        booked = booked_rows(case, where, described.code, rows, TABLE)
        given: Any = {"days": None, "evaluation": None, "anomalies": (), "causes": ()}
        points.append(PointStudy(where.code, described.code, routes=rows, booked=booked, **given))
    return gathered(where, tuple(points))


def gathered(where: FleetEnterprise, points: tuple[PointStudy, ...]) -> Gathered:
    fleet = Fleet(name="two units", start="2026-03-01", days=56, enterprise=(where,))
    return Gathered(fleet, "2026-03..2026-04", (), points, (), (), {}, Price(80.0, "given by the test"))


def moved(books: dict[str, Shown], share: float) -> dict[str, Shown]:
    """A share of the first unit's fuel stands in the books of the second from April on."""
    late = np.arange(books["u1"].fuel_t.size) >= APRIL
    part = np.where(late, share * books["u1"].fuel_t, 0.0)
    return {
        "u1": replace(books["u1"], fuel_t=books["u1"].fuel_t - part),
        "u2": replace(books["u2"], fuel_t=books["u2"].fuel_t + part),
    }


def readings(units: dict[str, Shown]) -> dict[str, Shown]:
    return {"d1": units["u1"], "d2": units["u2"], "s1": behind(units["u1"], units["u2"])}


def told(table: Table) -> dict[tuple[str, str, str], tuple[float, float, str]]:
    return {
        (str(r["period"]), str(r["against"]), str(r["unit"])): (
            float(r["moved_t"] or 0.0),
            float(r["moved_expanded_t"] or 0.0),
            str(r["verdict"]),
        )
        for r in table.rows
    }


def test_tonnes_that_moved_are_told_of_each_unit() -> None:
    """10 % of the first unit's coal of 25 days of April: its account is too low by that, the other's too high."""
    units = burning()
    found = told(sharing(studied(moved(units, 0.10), readings(units))))
    days = side_of(units["u1"]).days.co2_t
    truth = 0.10 * float(days[APRIL:].sum())
    key = ("2026-04", Against.FIRST_WEEKS.value)
    low, high = found[(*key, "u1")], found[(*key, "u2")]
    assert "account too low" in low[2]
    assert "account too high" in high[2]
    assert low[0] == pytest.approx(-truth, abs=low[1])
    assert high[0] == pytest.approx(truth, abs=high[1])
    assert low[1] < 0.5 * truth, "the first weeks tell it far better than the instruments as installed"


def test_what_is_told_comes_first_on_the_page() -> None:
    units = burning()
    table = sharing(studied(moved(units, 0.10), readings(units)))
    first = table.rows[0]
    assert first["period"] == "2026-04"
    assert "account too" in str(first["verdict"])
    assert table.on_page is not None
    assert 2 <= table.on_page <= len(table.rows)


def test_books_that_are_right_move_nothing() -> None:
    units = burning()
    table = sharing(studied(units, readings(units)))
    assert table.rows
    assert {v for _, _, v in told(table).values()} == {"not told 未发现"}
    assert ("2026-03", Against.FIRST_WEEKS.value, "u1") not in told(table), "March is the reference itself"


def test_a_duct_that_reads_wrong_moves_nothing_between_units() -> None:
    """The flow of one duct 10 % high from April on: the other unit and the stack see nothing of it."""
    units = burning()
    reads = readings(units)
    late = np.arange(units["u1"].co2.size) >= 24 * APRIL
    reads["d1"] = replace(units["u1"], flow_wet=np.where(late, 1.1, 1.0) * units["u1"].flow_wet)
    assert {v for _, _, v in told(sharing(studied(units, reads))).values()} == {"not told 未发现"}


def test_fuel_that_is_nowhere_booked_is_another_matter() -> None:
    """A tenth of both units' coal is in no book: the stack is off as well."""
    units = burning()
    books = {code: replace(s, fuel_t=0.9 * s.fuel_t) for code, s in units.items()}
    assert {v for _, _, v in told(sharing(studied(books, readings(units)))).values()} == {"not told 未发现"}


def test_months_together_are_the_ratio_of_their_tonnes() -> None:
    """By hand: 100 t booked and 90 t burnt, then 300 t and 330 t: 420/400, with u the mean of both by tonnes."""

    def seen(ln_rms: tuple[float, float]) -> tuple[BookedSeen, ...]:
        given = zip(("2026-03", "2026-04"), ln_rms, (0.01, 0.03), (100.0, 300.0), strict=True)
        return tuple(
            BookedSeen("month", month, Against.FIRST_WEEKS, AccountSeen(float(np.log(rm)), u, tonnes))
            for month, rm, u, tonnes in given
        )

    given: Any = {"days": None, "evaluation": None, "anomalies": (), "causes": ()}
    where = plant()
    points = tuple(
        PointStudy(where.code, code, booked=seen(rms), **given)
        for code, rms in (("d1", (0.9, 1.1)), ("d2", (1.0, 0.9)), ("s1", (1.0, 1.0)))
    )
    (row,) = [r for r in sharing(gathered(where, points)).rows if r["kind"] == "period" and r["unit"] == "u1"]
    assert row["period"] == "2026-03..2026-04"
    assert row["unit_pct"] == pytest.approx(5.0)
    assert row["unit_expanded_pct"] == pytest.approx(200 * (0.01 * 100 + 0.03 * 300) / 400)
    assert row["moved_t"] == pytest.approx(-20.0)


def test_routes_and_their_tests_stand_in_the_same_order_with_what_disagrees_first() -> None:
    units = burning()
    reads = readings(units)
    reads["d2"] = replace(units["u2"], co2=1.2 * units["u2"].co2)
    study = studied(units, reads)
    table, tested = routes(study, TABLE), route_tests(study)
    assert [(r["point"], r["period"]) for r in table.rows] == [(r["point"], r["period"]) for r in tested.rows]
    assert len(table.rows) == 3 * 3
    first = table.rows[0]
    assert (first["point"], first["period"], first["units"]) == ("d2", "2026-03..2026-04", "u2")
    assert (first["told"], first["named"], first["months_off"]) == ("one", "co2", "2 of 2")
    assert next(r["units"] for r in table.rows if r["point"] == "s1") == "u1, u2"
    assert "1 of 3 points disagree" in table.note
    assert tested.rows[0]["z_co2"] == max(v for k, v in tested.rows[0].items() if k.startswith("z_") and v is not None)
    assert {c.key for c in tested.columns} >= {k for k in tested.rows[0] if k.startswith(("z_", "u_", "error_"))}
    assert {c.key for c in table.columns} >= set(first)


def test_what_routes_stand_on_is_told_with_what_they_share() -> None:
    units = burning()
    rows = {str(r["route"]): r for r in stands_on(studied(units, readings(units))).rows}
    assert len(rows) == 4
    books = rows["Fuel × carbon"]
    assert (books["quantities"], books["points"]) == ("quantity of fuel, carbon of the fuel", 3)
    assert books["independent_of"] == "Flow × CO₂, Flow × CO₂ from O₂"
    assert rows["Flow from fuel and O₂ × CO₂"]["independent_of"] == "none"
