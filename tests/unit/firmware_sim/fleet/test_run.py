"""A run writes the tables as agreed, keeps the truth apart and its memory flat, and says what moved how many tonnes."""

from __future__ import annotations

import gc
import json
import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from cems.errors import ConfigError
from cems.fleettables import EVENTS, FUEL, MINUTES, UNIT_MINUTES, Column, Fleet
from firmware_sim.cli import app
from firmware_sim.fleet.kinds import KINDS as ALL_KINDS
from firmware_sim.fleet.plan import draw_world
from firmware_sim.fleet.run import FleetRun, write_fleet
from firmware_sim.fleet.text import parse_fleet_faults

KINDS = {
    "int64": pa.int64(),
    "int8": pa.int8(),
    "float64": pa.float64(),
    "float32": pa.float32(),
    "string": pa.string(),
}


def make(folder: Path, days: int, faults: tuple[str, ...] = (), only: tuple[str, ...] = ()) -> FleetRun:
    world = draw_world(5, date(2026, 1, 1), days, 4, 8)
    run = FleetRun(world, parse_fleet_faults(list(faults), world), folder / "out", folder / "truth", only)
    write_fleet(run)
    return run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> FleetRun:
    faults = (
        "common-leak:power-01-stack-1@10/20=10%",
        "belt-scale:power-02-stack-1@10/20=5%",
        "bypass-open:power-02-stack-1@22/30=20%",
        "clock-shift:power-01-stack-1@30/33=60",
    )
    return make(tmp_path_factory.mktemp("fleet"), 40, faults)


def schema(columns: tuple[Column, ...]) -> pa.Schema:
    return pa.schema([pa.field(c.name, KINDS[c.kind]) for c in columns])


def labels(run: FleetRun) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((run.truth / "labels.json").read_text("utf-8"))
    return document


def test_the_tables_are_those_that_were_agreed(made: FleetRun) -> None:
    fleet = Fleet.model_validate_json((made.out / "fleet.json").read_text("utf-8"))
    assert fleet == made.world.fleet
    for enterprise in fleet.enterprise:
        for month, days in (("2026-01", 31), ("2026-02", 9)):
            for point in enterprise.point:
                minutes = pq.read_table(made.out / "minutes" / enterprise.code / point.code / f"{month}.parquet")
                assert minutes.schema.equals(schema(MINUTES))
                assert minutes.num_rows == days * 1440
                events = pq.read_table(made.out / "events" / enterprise.code / point.code / f"{month}.parquet")
                assert events.schema.equals(schema(EVENTS))
                assert (np.diff(events["time_s"].to_numpy()) >= 0).all()
            for unit in enterprise.unit:
                rows = pq.read_table(made.out / "units" / enterprise.code / unit.code / f"{month}.parquet")
                assert rows.schema.equals(schema(UNIT_MINUTES))
                assert rows.num_rows == days * 1440
            fuel = pq.read_table(made.out / "fuel" / enterprise.code / f"{month}.parquet")
            assert fuel.schema.equals(schema(FUEL))
            assert fuel.num_rows == days * len(enterprise.unit)


def test_months_are_of_the_plants_standard_time(made: FleetRun) -> None:
    path = next((made.out / "minutes").rglob("2026-02.parquet"))
    first = pq.read_table(path)["time_s"].to_numpy()[0]
    assert first == 1769875200  # 2026-01-31T16:00:00Z is midnight of 1 February in UTC+8


def test_what_happened_is_not_in_the_fleet_folder(made: FleetRun) -> None:
    names = {p.name for p in made.out.rglob("*")}
    assert not {n for n in names if "label" in n or "truth" in n or "bias" in n}
    columns = {c for p in made.out.rglob("*.parquet") for c in pq.read_schema(p).names}
    assert columns == {c.name for table in (MINUTES, UNIT_MINUTES, FUEL, EVENTS) for c in table}
    for path in made.out.rglob("*.parquet"):
        raw = path.read_bytes()
        assert b"common-leak" not in raw
        assert b"belt-scale" not in raw


def test_the_hours_of_the_truth_add_up(made: FleetRun) -> None:
    """Reported points together are the units together; a bypass passes by and is emitted all the same."""
    for enterprise in made.world.fleet.enterprise:
        hours = [pq.read_table(p).to_pylist() for p in sorted((made.truth / "hours" / enterprise.code).glob("*"))]
        rows = [r for table in hours for r in table]
        total = {s: sum(r["co2_t"] for r in rows if r["subject"] == s) for s in {r["subject"] for r in rows}}
        units = sum(total[u.code] * max(u.shares.values()) for u in enterprise.unit)
        points = sum(total[p] for p in enterprise.reported_stacks)
        assert points == pytest.approx(units, rel=1e-12)
        passed = sum(r["passed_t"] for r in rows if r["subject"] in enterprise.reported_stacks)
        if enterprise.code == "power-02":
            assert passed < 0.99 * points
        else:
            assert passed == pytest.approx(points, rel=1e-12)


def test_labels_say_where_when_how_far_and_how_many_tonnes(made: FleetRun) -> None:
    leak, belt, bypass, clock = labels(made)["faults"]
    assert (leak["number"], leak["kind"], leak["point"]) == (9, "common-leak", "power-01-stack-1")
    assert (leak["start"], leak["end"]) == ("2026-01-09T16:00:00Z", "2026-01-19T16:00:00Z")
    assert leak["channels"] == ["co2", "o2"]
    truth = {}
    for path in sorted((made.truth / "hours" / "power-01").glob("*")):
        for row in pq.read_table(path).to_pylist():
            if row["subject"] == "power-01-stack-1":
                day = (row["time_s"] + 8 * 3600) // 86_400
                truth[day] = truth.get(day, 0.0) + row["co2_t"]
    first = (date(2026, 1, 10) - date(1970, 1, 1)).days
    assert len(leak["monitoring_t"]) in {10, 11}
    for i in range(10):
        day = date.fromordinal(date(1970, 1, 1).toordinal() + first + i).isoformat()
        assert leak["monitoring_t"][day] == pytest.approx(-0.1 * truth[first + i], rel=0.12)
    assert leak["accounting_t"] == {}
    assert belt["monitoring_t"] == {}
    assert all(t > 0 for t in list(belt["accounting_t"].values())[:10] if t)
    assert sum(bypass["monitoring_t"].values()) < 0
    assert sum(clock["monitoring_t"].values()) == 0
    assert labels(made)["lawful"]
    assert all(row["legit"] for row in labels(made)["lawful"])


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("x")
    with pytest.raises(ConfigError, match="holds something already"):
        make(tmp_path, 1)
    assert not (tmp_path / "truth").exists()


@pytest.mark.parametrize(("out", "truth"), [("a", "a"), ("a", "a/truth"), ("a/fleet", "a")])
def test_truth_must_not_lie_with_the_fleet(tmp_path: Path, out: str, truth: str) -> None:
    world = draw_world(5, date(2026, 1, 1), 1, 1, 1)
    with pytest.raises(ConfigError, match="--truth"):
        write_fleet(FleetRun(world, (), tmp_path / out, tmp_path / truth))
    assert not list(tmp_path.iterdir())


def test_an_unknown_enterprise_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nobody-01"):
        make(tmp_path, 1, only=("nobody-01",))


def test_memory_does_not_grow_with_the_months(tmp_path: Path) -> None:
    peaks = []
    for days in (59, 181):
        tracemalloc.start()
        make(tmp_path / str(days), days, only=("power-01",))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.15 * peaks[0]


def test_memory_does_not_grow_with_the_enterprises(tmp_path: Path) -> None:
    """With the collector off, so that nothing waits for it; an enterprise with two units needs a little more."""
    peaks = []
    for enterprises in (2, 8):
        world = draw_world(5, date(2026, 1, 1), 3, enterprises, enterprises)
        folder = tmp_path / str(enterprises)
        gc.collect()
        gc.disable()
        tracemalloc.start()
        write_fleet(FleetRun(world, (), folder / "out", folder / "truth"))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        gc.enable()
    assert peaks[1] < 1.7 * peaks[0]


def test_the_command(tmp_path: Path) -> None:
    out, truth = tmp_path / "fleet", tmp_path / "truth"
    common = ["fleet", "--out", str(out), "--truth", str(truth), "--seed", "4", "--days", "3"]
    small = ["--enterprises", "2", "--points", "3"]
    done = CliRunner().invoke(app, [*common, *small, "--fault", "stuck:co2:power-01-stack-1@2"])
    assert done.exit_code == 0, done.output
    assert "2 enterprises, 3 points, 3 days" in done.output
    assert len(list((out / "minutes").rglob("*.parquet"))) == 3
    assert json.loads((truth / "labels.json").read_text())["faults"][0]["kind"] == "stuck"
    again = CliRunner().invoke(app, [*common, *small])
    assert isinstance(again.exception, ConfigError)


def test_every_kind_is_listed() -> None:
    shown = CliRunner().invoke(app, ["fleet-faults"], env={"COLUMNS": "200"}).output
    assert all(name in shown for name in ALL_KINDS)


def test_a_clean_run_has_no_fault(tmp_path: Path) -> None:
    options = ["--seed", "4", "--days", "30", "--enterprises", "2", "--points", "3", "--fault-rate", "12", "--clean"]
    folders = ["--out", str(tmp_path / "f"), "--truth", str(tmp_path / "t")]
    done = CliRunner().invoke(app, ["fleet", *folders, *options])
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "t" / "labels.json").read_text())["faults"] == []


def test_kinds_to_draw_contradict_a_clean_run(tmp_path: Path) -> None:
    folders = ["--out", str(tmp_path / "f"), "--truth", str(tmp_path / "t")]
    done = CliRunner().invoke(app, ["fleet", *folders, "--seed", "4", "--days", "3", "--clean", "--kind", "stuck"])
    assert isinstance(done.exception, ConfigError)
    assert not (tmp_path / "f").exists()
