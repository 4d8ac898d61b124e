"""From a template, filled as a person would, through a real database to the account: the golden numbers come out."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner, Result

from cems.errors import ConfigError, RuleError
from reconcile.activity_cli import app
from tests.unit.reconcile.activity.faulty import expected, faulty_workbook

PLANT = """
[enterprise]
code = "works"
name = "Works"

[[unit]]
code = "u1"
sector = "power"
rated_mw = 300.0
commissioned = 2009-07-01
stacks = ["s1"]

[[unit]]
code = "k1"
sector = "cement"
stacks = ["s1"]

[[unit]]
code = "p1"
sector = "aluminium"
stacks = ["s1"]

[[unit]]
code = "w1"
sector = "steel"
stacks = ["s1"]

[[stack]]
code = "s1"

[[point]]
code = "stack-1"
stack = "s1"

[[point.instrument]]
code = "cabinet"
register = [{ channel = "co2", address = 0, basis = "dry" }]
"""
FILLED: dict[str, dict[str, list[dict[str, Any]]]] = {
    "power": {
        "fuel_use": [{"unit": "u1", "month": "2025-03", "fuel": "coal", "amount_t": 120_000}],
        "fuel_sample": [
            {
                "unit": "u1", "month": "2025-03", "fuel": "燃煤", "tier": "monthly_composite", "c_ad_pct": 58.2,
                "m_ad_pct": 2.4, "m_ar_pct": 12.5, "ncv_gj_per_t": 20.5, "report_no": "R-1",
            }
        ],
    },
    "cement": {
        "clinker_output": [{"unit": "k1", "month": "2025-03", "clinker_t": 1_550_000}],
        "alternative_material": [{"unit": "k1", "month": "2025-03", "material": "carbide slag", "mass_t": 20_000}],
        "fuel_use": [{"unit": "k1", "month": "2025-03", "fuel": "烟煤", "amount_t": 190_000}],
        "fuel_sample": [
            {"unit": "k1", "month": "2025-03", "fuel": "烟煤", "tier": "monthly_composite", "ncv_gj_per_t": 22.5}
        ],
    },
    "aluminium": {"aluminium_output": [{"unit": "p1", "month": "2025-03", "aluminium_t": 500_000}]},
    "steel": {
        "fuel_use": [{"unit": "w1", "month": "2025-03", "fuel": "coke", "amount_t": 1, "process": "blast_furnace"}]
    },
}  # fmt: skip


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    path = tmp_path / "plant.toml"
    path.write_text(PLANT, encoding="utf-8")
    return path


@pytest.fixture
def run(plant: Path, store_dsn: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run ``flueledger activity`` against the test's database; errors come through as they are."""
    monkeypatch.setenv("FLUELEDGER_DSN", store_dsn)
    monkeypatch.setenv("COLUMNS", "400")

    def call(*arguments: object, plant_file: bool = True) -> Result:
        words = [str(a) for a in arguments] + (["--plant", str(plant)] if plant_file else [])
        return CliRunner().invoke(app, words, catch_exceptions=False)

    return call


def fill(path: Path, rows: dict[str, list[dict[str, Any]]], out: Path) -> Path:
    """A template filled by hand: the example rows deleted, records written below the units."""
    book: Workbook = load_workbook(path)
    for name in book.sheetnames[1:-1]:
        sheet = book[name]
        sheet.delete_rows(3)
        names = [cell.value for cell in sheet[1]]
        for at, row in enumerate(rows.get(name, []), start=3):
            for column, value in row.items():
                sheet.cell(at, names.index(column) + 1).value = value
    book.save(out)
    return out


def fill_csv(folder: Path, rows: dict[str, list[dict[str, Any]]]) -> None:
    for path in folder.glob("*.csv"):
        head = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))[:2]
        body = [[str(row.get(name, "")) for name in head[0]] for row in rows.get(path.stem, [])]
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([*head, *body])


def stored(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        ((count,),) = connection.execute("select count(*) from activity_record").fetchall()
        return int(count)


def test_from_workbooks_to_the_golden_numbers(run: Callable[..., Result], tmp_path: Path, store_dsn: str) -> None:
    files = []
    for sector, rows in FILLED.items():
        out = tmp_path / f"{sector}-empty.xlsx"
        run("template", "--sector", sector, "--out", out, "--year", 2025)
        files.append(fill(out, rows, tmp_path / f"{sector}.xlsx"))
    done = run("import", *files)
    assert done.stdout.splitlines() == ["8 records, 8 of them saved"]
    by = {made["sector"]: made for made in json.loads(run("account", "2025", "--format", "json", "--tiers").stdout)}
    assert round(by["power"]["direct_t"], 1) == 227_284.1
    assert round(by["cement"]["direct_t"], 1) == 1_225_917.8
    assert (round(by["aluminium"]["direct_t"]), round(by["aluminium"]["pfc_co2e_t"])) == (735_416, 72_405)
    assert round(by["steel"]["direct_t"], 3) == 3.006
    (part,) = by["power"]["parts"]
    assert part["tier"] == "monthly_composite"
    assert part["factors"][0].startswith("coal_of_power@")
    default = next(t for t in by["power"]["tiers"] if t["best"] == "default carbon, measured heating value")
    assert (round(default["direct_t"], 1), round(default["difference_t"], 1)) == (275_484.3, 48_200.2)
    assert by["power"]["without_records"] == {"u1": [f"2025-{m:02}" for m in range(1, 13) if m != 3]}
    with psycopg.connect(store_dsn) as connection:
        totals = dict(connection.execute("select scope, co2_t from total where method = 'monthly_records'").fetchall())
        sources = connection.execute("select source_file, source_cells from activity_record order by 1, 2").fetchall()
    assert totals == {sector: made["direct_t"] for sector, made in by.items()}
    assert ("power.xlsx", "fuel_use!A3:J3") in sources


def test_csv_tables_say_the_same(run: Callable[..., Result], tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    run("template", "--sector", "power", "--format", "csv", "--out", folder)
    fill_csv(folder, FILLED["power"])
    # What the plant had no record of is an empty table, which counts for nothing in a folder of tables.
    assert "2 records, 2 of them saved" in run("import", folder / "fuel_use.csv", folder / "fuel_sample.csv").stdout
    assert "0 of them saved" in run("import", folder / "fuel_use.csv").stdout
    (made,) = json.loads(run("account", "2025-03", "--format", "json").stdout)
    assert round(made["direct_t"], 1) == 227_284.1
    assert made["without_records"] == {}
    first, *rows = csv.DictReader(io.StringIO(run("account", "2025-03", "--format", "csv").stdout))
    assert (float(first["co2_t"]), first["unit"], rows) == (made["direct_t"], "u1", [])


def test_a_faulty_file_leaves_nothing(run: Callable[..., Result], tmp_path: Path, store_dsn: str) -> None:
    run("template", "--sector", "steel", "--out", tmp_path / "t.xlsx")
    good = fill(tmp_path / "t.xlsx", FILLED["steel"], tmp_path / "good.xlsx")
    (tmp_path / "torn.xlsx").write_bytes(good.read_bytes()[:900])
    with pytest.raises(ConfigError) as caught:
        run("import", good, tmp_path / "torn.xlsx", tmp_path / "t.xlsx")
    places = [f.place for f in caught.value.faults]
    assert places[0] == "torn.xlsx: file"
    assert "t.xlsx: fuel_use!A3" in places
    assert not [place for place in places if place.startswith("good")]
    assert stored(store_dsn) == 0


def test_the_workbook_of_faults_stores_no_row_and_gives_no_number(
    run: Callable[..., Result], plant: Path, tmp_path: Path, store_dsn: str
) -> None:
    file = tmp_path / "faulty.xlsx"
    file.write_bytes(faulty_workbook())
    with pytest.raises(ConfigError) as caught:
        run("import", file)
    assert sorted(f.place for f in caught.value.faults) == sorted(expected())
    assert stored(store_dsn) == 0
    with pytest.raises(RuleError, match="no activity record"):
        run("account", "2025")
    command = [sys.executable, "-m", "flueledger.main", "activity", "import", str(file), "--plant", str(plant)]
    done = subprocess.run(command, env={**os.environ}, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n  line ") == len(expected())


def test_a_correction_needs_a_reason_and_keeps_what_was(
    run: Callable[..., Result], tmp_path: Path, store_dsn: str
) -> None:
    run("template", "--sector", "steel", "--out", tmp_path / "t.xlsx")
    first = fill(tmp_path / "t.xlsx", FILLED["steel"], tmp_path / "first.xlsx")
    (row,) = FILLED["steel"]["fuel_use"]
    later = [{**row, "amount_t": 2}, {**row, "amount_t": 3, "process": "sintering"}]
    second = fill(tmp_path / "t.xlsx", {"fuel_use": later}, tmp_path / "second.xlsx")
    run("import", first)
    with pytest.raises(RuleError, match=r"fuel_use w1 2025-03: 2 to import, 1 in force from first.xlsx"):
        run("import", second)
    assert stored(store_dsn) == 1
    done = run("import", second, "--correct", "the belt scale was read twice")
    assert done.stdout.splitlines() == ["2 records, 2 of them saved", "replaced: fuel_use w1 2025-03"]
    (made,) = json.loads(run("account", "2025-03", "--format", "json").stdout)
    assert round(made["direct_t"] / 3.006, 2) == 5.0
    history = run("show", "fuel_use", "w1", "2025-03").stdout
    assert "no longer in force" in history
    assert "because the belt scale was read twice" in history
    run("withdraw", "fuel_use", "w1", "2025-03", "--reason", "it was another works")
    with pytest.raises(RuleError, match="no activity record"):
        run("account", "2025-03")
    assert "withdrawn" in run("show", "fuel_use", "w1", "2025-03").stdout
    assert stored(store_dsn) == 4


def test_what_is_in_force_comes_out_as_a_filled_template(run: Callable[..., Result], tmp_path: Path) -> None:
    run("template", "--sector", "cement", "--out", tmp_path / "t.xlsx")
    run("import", fill(tmp_path / "t.xlsx", FILLED["cement"], tmp_path / "first.xlsx"))
    run("export", "2025", "--sector", "cement", "--out", tmp_path / "out.xlsx")
    again = run("import", tmp_path / "out.xlsx")
    assert again.stdout.splitlines() == ["4 records, 0 of them saved"]


def test_a_report_number_of_another_month_is_refused(run: Callable[..., Result], tmp_path: Path) -> None:
    run("template", "--sector", "power", "--out", tmp_path / "t.xlsx")
    run("import", fill(tmp_path / "t.xlsx", FILLED["power"], tmp_path / "march.xlsx"))
    april = {name: [{**row, "month": "2025-04"} for row in rows] for name, rows in FILLED["power"].items()}
    with pytest.raises(ConfigError) as caught:
        run("import", fill(tmp_path / "t.xlsx", april, tmp_path / "april.xlsx"))
    (fault,) = caught.value.faults
    assert fault.place.startswith("fuel_sample!")
    assert "'R-1' stands for 2025-03 in the records imported before" in fault.message


def test_tables_for_people(run: Callable[..., Result], tmp_path: Path) -> None:
    run("template", "--sector", "power", "--out", tmp_path / "t.xlsx")
    run("import", fill(tmp_path / "t.xlsx", FILLED["power"], tmp_path / "march.xlsx"))
    assert "march.xlsx" in run("list").stdout
    shown = run("account", "2025-03..2025-04", "--tiers", "--parts").stdout
    for words in ("227,284.1", "275,484.3", "+48,200.2", "no record of u1 in 2025-04", "coal_of_power@"):
        assert words in shown
    (made,) = json.loads(run("account", "2025-03", "--format", "json").stdout)
    (again,) = json.loads(run("account", "2025-03", "--format", "json").stdout)
    assert made["ledger_id"] == again["ledger_id"]
