"""The study of a small fleet whose figures can be added in the head.

Three enterprises of one unit each, 30 days, 24 t a day by the account: one reads 10 % more, one 20 % less, one has no
monitored way out. Constants are the physical ones, so that no offset stands between.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cems.errors import FlueledgerError, RuleError
from cems.fleettables import Fleet, FleetEnterprise, FlowFamily, Sector, Siting
from reconcile.allocation.exposure import Price
from reconcile.anomaly import Anomaly
from reconcile.comparison.boundary import ducts_before, ducts_of_units
from reconcile.comparison.fuel_days import unit_account
from reconcile.parameters import load_parameters, shipped_overrides
from reconcile.pilot import steps
from reconcile.pilot.enterprise_study import EnterpriseStudy, enterprise_study, fleet_rows
from reconcile.pilot.evaluation import evaluation
from reconcile.pilot.finding import STANDING, Ranked
from reconcile.pilot.gathered import Gathered
from reconcile.pilot.page import render
from reconcile.pilot.point_study import PointStudy, account_at, compare_point
from reconcile.pilot.runner import InProcess, runner
from reconcile.pilot.study import Study, study
from reconcile.pilot.write import study_json, table_csv
from tests.fleet_case import FIRST_DAY, OFFSET_MS, enterprise, hours, point, records, two_units_one_stack, unit

N_DAYS = 30
SPAN = "2026-01"
TABLE = load_parameters(shipped_overrides("physical"))
PRICE = Price(80.0, "given by the test")
PER_C = TABLE.value("co2_per_c")


def one(code: str, kg: float, **change: Any) -> tuple[EnterpriseStudy, tuple[PointStudy, ...], FleetEnterprise]:
    stack = f"{code}-s1"
    described = change.pop("point", {})
    shares = change.pop("shares", {stack: 1.0})
    site = enterprise([unit("u1", shares)], [point(stack, **described)], [stack], code=code, **change)
    log = records([{"day": d, "carbon": 1 / PER_C} for d in range(N_DAYS)])
    accounts = {"u1": unit_account(log, "u1", FIRST_DAY, N_DAYS, PER_C)}
    made = hours(N_DAYS, kg)
    _, days = compare_point(site, stack, made, accounts, OFFSET_MS, TABLE)
    found = evaluation(site.point[0], made, days, account_at(site, stack, accounts), (), TABLE)
    study_ = PointStudy(code, stack, days, found, (), ())
    return enterprise_study(site, (study_,), accounts, SPAN, OFFSET_MS, TABLE), (study_,), site


def gathered(costs: dict[str, float] | None = None) -> Gathered:
    made = [
        one("ent-1", 1100.0),
        one("ent-2", 800.0, sector=Sector.CEMENT, point={"flow": FlowFamily.ULTRASONIC_X, "siting": Siting.DUCT}),
        one("ent-3", 1000.0, shares={}),
    ]
    fleet = Fleet(name="three", start="2026-01-01", days=N_DAYS, enterprise=tuple(m[2] for m in made))
    studies, points = tuple(m[0] for m in made), tuple(p for m in made for p in m[1])
    totals, rows = fleet_rows(studies, SPAN, OFFSET_MS, TABLE)
    return Gathered(fleet, SPAN, studies, points, totals, rows, costs or {}, PRICE)


def tables(found: Study) -> dict[str, list[dict[str, Any]]]:
    return {t.key: [dict(row) for row in t.rows] for group in found.tables.values() for t in group}


def test_the_fleet_is_its_enterprises_and_the_unseen_one_is_listed() -> None:
    found = study(gathered(), TABLE)
    rows = tables(found)
    whole = found.headline
    assert whole is not None
    assert (whole.monitoring_t, whole.accounting_t) == pytest.approx((30 * 24 * 1.9, 30 * 48.0))
    assert whole.difference_pct == pytest.approx(-5.0)
    assert whole.absolute_pct == pytest.approx(15.0)
    assert whole.unseen_t == pytest.approx(30 * 24.0)
    assert whole.offsets_pct == 0.0
    (left,) = rows["not_compared"]
    assert (left["enterprise"], left["what"], left["size"]) == ("ent-3", "unit without a monitored way out", 100.0)


def test_both_signs_stand_beside_each_other() -> None:
    below, above = tables(study(gathered(), TABLE))["signs"]
    assert (below["enterprises"], above["enterprises"]) == (1, 1)
    assert below["difference_t"] == pytest.approx(72.0)
    assert above["difference_t"] == pytest.approx(-144.0)
    assert above["outside_t"] == pytest.approx(-144.0), "20 % is beyond what an X-path meter may be off"
    assert below["outside"] == 1


def test_families_of_instruments_are_told_apart() -> None:
    rows = {r["family"]: r for r in tables(study(gathered(), TABLE))["instruments"] if r["kind"].startswith("flow")}
    assert rows["s-pitot"]["bias_pct"] == pytest.approx(10.0)
    assert rows["ultrasonic-x-path"]["bias_pct"] == pytest.approx(-20.0)
    assert rows["s-pitot"]["points"] == 2, "a point that no gas passes is counted and has no bias"
    assert "cost_per_year" not in rows["s-pitot"]


def test_a_tonne_of_uncertainty_has_a_price_only_where_a_cost_was_given() -> None:
    """An X-path meter for 50 more a year than the pitot: the price of a tonne is that over the tonnes U is smaller."""
    found = gathered({"s-pitot": 100.0, "ultrasonic-x-path": 150.0})
    rows = {r["family"]: r for r in tables(study(found, TABLE))["instruments"]}
    dear, cheap = rows["ultrasonic-x-path"], rows["s-pitot"]
    less = cheap["uncertainty_t"] - dear["uncertainty_t"]
    assert less > 0
    assert dear["cost_per_tonne"] == pytest.approx(50.0 / less)
    assert cheap["cost_per_tonne"] is None
    assert rows["ndir-cold-dry"]["cost_per_tonne"] is None


def test_ducts_stand_against_their_stack() -> None:
    assert ducts_before(two_units_one_stack()) == {"s1": ("d1", "d2")}
    part = enterprise(
        [unit("u1", {"d1": 1.0, "s1": 1.0}), unit("u2", {"s1": 1.0})], [point("d1"), point("s1")], ["s1"]
    )  # fmt: skip
    assert ducts_before(part) == {}, "one duct does not carry all of the stack's gas"


def test_units_have_ducts_of_their_own_only_where_each_has_one_with_all_its_gas() -> None:
    assert ducts_of_units(two_units_one_stack()) == {"s1": {"d1": "u1", "d2": "u2"}}
    points = [point("d1"), point("d2"), point("s1")]
    alone = enterprise([unit("u1", {"d1": 1.0, "s1": 1.0})], [point("d1"), point("s1")], ["s1"])
    assert ducts_of_units(alone) == {}, "a single unit shares with nobody"
    split = enterprise([unit("u1", {"d1": 0.9, "s1": 1.0}), unit("u2", {"d2": 1.0, "s1": 1.0})], points, ["s1"])
    assert ducts_of_units(split) == {}, "a part of the gas passes beside the duct"
    together = enterprise(
        [unit("u1", {"d1": 1.0, "s1": 1.0}), unit("u2", {"d1": 1.0, "s1": 1.0}), unit("u3", {"d2": 1.0, "s1": 1.0})],
        points,
        ["s1"],
    )
    assert ducts_of_units(together) == {}, "two units on one duct"


def test_causes_are_added_up_by_the_tonnes_they_move() -> None:
    made = gathered()

    def cause(name: str, rank: int, tonnes: float) -> Ranked:
        return Ranked(STANDING, name, rank, 0.9, 0, 1, 0.1, "-", tonnes, (), "t", "z")

    causes = (cause("a", 1, -30.0), cause("b", 2, 500.0), cause("a", 1, 10.0), cause("c", 1, 60.0))
    points = (replace(made.points[0], causes=causes), *made.points[1:])
    found = study(replace(made, points=points), TABLE)
    rows = tables(found)["pareto"]
    assert [(r["cause"], r["tonnes"], r["together_pct"]) for r in rows] == [("c", 60.0, 60.0), ("a", 40.0, 100.0)]
    assert found.pareto == (("c", 60.0), ("a", 40.0))


def test_an_anomaly_is_told_in_both_languages_with_its_worth() -> None:
    made = gathered()
    drift = Anomaly("drift", "ent-1-s1", "rm", 0, 0, 0, None, 0, 0.03, (), tonnes=-50.0)
    points = (replace(made.points[0], anomalies=(drift,)), *made.points[1:])
    (row,) = tables(study(replace(made, points=points), TABLE))["anomalies"]
    assert (row["tonnes"], row["money"]) == (-50.0, 4000.0)
    assert "drifts away" in row["note"]
    assert "持续漂移" in row["note_zh"]


def test_the_page_escapes_what_others_wrote_and_needs_nothing_else() -> None:
    made = gathered()
    bad = Anomaly("<script>alert(1)</script>", "s", "co2", 0, 0, 0, None, 0, float("nan"), ())
    points = (replace(made.points[0], anomalies=(bad,)), *made.points[1:])
    page = render(study(replace(made, points=points), TABLE), TABLE)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert page == render(study(replace(made, points=points), TABLE), TABLE)
    for word in ("nan", "None", "src="):
        assert f">{word}<" not in page
    assert page.count("<svg") >= 2


def test_json_and_csv_hold_every_digit_and_no_nan() -> None:
    found = study(gathered(), TABLE)
    data = json.loads(study_json(found, TABLE))
    assert data["format"] == "flueledger-pilot/1"
    (row,) = [r for r in data["tables"]["sectors"]["rows"] if r["code"] == "fleet"]
    assert found.headline is not None
    assert row["difference_pct"] == found.headline.difference_pct
    (sectors,) = [t for t in found.tables["comparison"] if t.key == "sectors"]
    lines = table_csv(sectors).splitlines()
    assert len(lines) == 1 + len(sectors.rows)
    assert repr(found.headline.difference_pct) in lines[-1]


def test_a_fleet_that_nobody_monitors_still_makes_a_study() -> None:
    made = one("ent-3", 1000.0, shares={})
    fleet = Fleet(name="none", start="2026-01-01", days=N_DAYS, enterprise=(made[2],))
    totals, rows = fleet_rows((made[0],), SPAN, OFFSET_MS, TABLE)
    found = study(Gathered(fleet, SPAN, (made[0],), made[1], totals, rows, {}, PRICE), TABLE)
    assert found.headline is None
    assert "Nothing could be compared" in render(found, TABLE)


def test_results_come_in_the_order_of_the_jobs() -> None:
    told: list[int] = []
    assert InProcess().run(lambda x: x * x, [3, 1, 2], told.append) == [9, 1, 4]
    assert told == [1, 1, 1]
    with pytest.raises(FlueledgerError, match="either a scheduler or"), runner("tcp://127.0.0.1:1", 2):
        pass


def test_costs_are_read_and_faulty_lines_named(tmp_path: Path) -> None:
    path = tmp_path / "costs.csv"
    path.write_text("family,cost_per_year\ns-pitot, 100\n\n", "utf-8")
    assert steps.read_costs(path) == {"s-pitot": 100.0}
    assert steps.read_costs(None) == {}
    for text, match in (
        ("x,y\n", "first line"),
        ("family,cost_per_year\na,b\n", "line 2"),
        ("family,cost_per_year\na,-1\n", "0 or more"),
        ("family,cost_per_year\ns-pitto,1\n", "no family 's-pitto'"),
        ("family,cost_per_year\ns-pitot,1\ns-pitot,2\n", "line 3: s-pitot has a cost already"),
    ):
        path.write_text(text, "utf-8")
        with pytest.raises(RuleError, match=match):
            steps.read_costs(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(RuleError, match="table of text"):
        steps.read_costs(path)


def test_an_address_that_is_none_is_refused_at_once() -> None:
    for wrong in ("nonsense", "tcp://head", "head:8786", "tcp://:8786x"):
        with pytest.raises(FlueledgerError, match="tcp://HOST:PORT"), runner(wrong, None):
            pass
