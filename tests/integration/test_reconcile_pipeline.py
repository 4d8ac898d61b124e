"""From scans in a real database to saved hours, totals and a report."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import psycopg
import pytest
from typer.testing import CliRunner

from cems.errors import ConfigError, RuleError, SchemaError
from cems.plant import Plant
from reconcile import pipeline
from reconcile.cli import app
from reconcile.report.cli import app as report_app
from reconcile.report.write import report_json, verdict
from reconcile.store import Store
from tests.integration.month import MADE, MINUTES, month_of_readings


def fuel_table(path: Path, n: int = MINUTES) -> Path:
    load = 250 + 50 * np.sin(np.arange(n) / 400)
    feed = 468.128778 * load / 300 / (0.521773 * 0.99 * 44 / 12) / 60
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("unit", "day", "fuel", "mass_t", "c_ad_pct", "m_ad_pct", "m_ar_pct", "ncv_gj_per_t"))
        for day in range(n // 1440):
            mass = feed[1440 * day : 1440 * (day + 1)].sum()
            writer.writerow(("u1", f"2026-03-{day + 1:02}", "coal", mass, 58.2, 2.4, 12.5, 20.5))
    return path


def test_a_month_comes_out_as_it_was_made(postgres_dsn: str, plant: Plant, tmp_path: Path) -> None:
    month_of_readings(postgres_dsn)
    assert pipeline.import_fuel(postgres_dsn, plant, fuel_table(tmp_path / "fuel.csv")) == (31, 31)
    report = pipeline.build_report(postgres_dsn, plant, "2026-03", made_at=MADE)
    assert {h.status for h in report.hours} == {"valid"}
    assert len(report.hours) == 744
    truth = 468.128778 * np.mean(250 + 50 * np.sin(np.arange(MINUTES) / 400)) / 300 * 744
    assert report.monitoring.neutral_t == pytest.approx(truth, rel=2e-4)
    assert report.accounting[0].co2_t == pytest.approx(truth, rel=2e-6)
    assert [c.basis for c in report.comparisons] == ["by_rule", "matched_readings"]
    assert all(abs(c.e_n) < 0.01 for c in report.comparisons)
    assert report.completeness.scans == report.completeness.expected == 2 * MINUTES
    assert (report.completeness.missing_sequences, report.completeness.config_hashes) == (0, ("a" * 64,))
    assert {p.key for p in report.parameters if not p.verified} >= {"coal_of_power", "u_sys_kv"}
    assert any(f.kind == "default-uncertainty" for f in report.findings)
    assert "agree" in verdict(report).lines[1]
    assert "E_n" in verdict(report).lines[1]
    assert json.loads(report_json(report))["enterprise"] == "demo-power"


def test_computing_again_saves_nothing_and_gives_the_same_bytes(
    postgres_dsn: str, plant: Plant, tmp_path: Path
) -> None:
    month_of_readings(postgres_dsn, 2 * 1440)
    table = fuel_table(tmp_path / "fuel.csv", 2 * 1440)
    pipeline.import_fuel(postgres_dsn, plant, table)
    assert pipeline.import_fuel(postgres_dsn, plant, table) == (0, 2)
    first = pipeline.build_report(postgres_dsn, plant, "2026-03", made_at=MADE)
    again = pipeline.build_report(postgres_dsn, plant, "2026-03", made_at=MADE)
    assert report_json(first) == report_json(again)
    assert pipeline.compute_hours(postgres_dsn, plant, "2026-03", made_at=MADE).new == 0
    with psycopg.connect(postgres_dsn) as connection:
        counts = [
            connection.execute(f"select count(*) from {table}").fetchone()  # type: ignore[arg-type] # fixed names
            for table in ("hour", "ledger", "total", "comparison", "plant")
        ]
    assert counts == [(744,), (5,), (4,), (1,), (1,)]


def test_a_changed_parameter_adds_versions_and_overwrites_none(postgres_dsn: str, plant: Plant, tmp_path: Path) -> None:
    month_of_readings(postgres_dsn, 120)
    first = pipeline.compute_hours(postgres_dsn, plant, "2026-03", made_at=MADE)
    assert first.new == 744
    override = tmp_path / "physical.toml"
    override.write_text('[std_T_K]\nvalue = 273.15\nsource = "test"\n', encoding="utf-8")
    second = pipeline.compute_hours(postgres_dsn, plant, "2026-03", made_at=MADE, overrides=override)
    assert second.new == 2
    with psycopg.connect(postgres_dsn) as connection:
        rows = connection.execute(
            "select version, ledger_id, co2_kg, reason from hour where valid order by hour_start, version"
        ).fetchall()
    assert [row[0] for row in rows] == [1, 2, 1, 2]
    assert [row[3] for row in rows] == 2 * ["first", "std_T_K 273 → 273.15"]
    assert rows[0][1] != rows[1][1]
    assert rows[1][2] > rows[0][2]


def test_late_data_adds_a_version_of_the_hours_it_changes_and_says_so(postgres_dsn: str, plant: Plant) -> None:
    late = range(90, 120)
    month_of_readings(postgres_dsn, 180, frozenset(late))
    pipeline.compute_hours(postgres_dsn, plant, "2026-03", made_at=MADE)
    month_of_readings(postgres_dsn, 120, frozenset(range(90)), units=False)
    assert pipeline.compute_hours(postgres_dsn, plant, "2026-03", made_at=MADE).new == 1
    with psycopg.connect(postgres_dsn) as connection:
        rows = connection.execute("select version, status, reason from hour where version > 1").fetchall()
    assert rows == [(2, "valid", "late data: 30 scans more")]


def test_a_gap_is_substituted_by_rule_and_every_hour_knows_what_fed_it(postgres_dsn: str, plant: Plant) -> None:
    month_of_readings(postgres_dsn, 40 * 60, frozenset(range(30 * 60, 32 * 60)))
    pipeline.build_report(postgres_dsn, plant, "2026-03", made_at=MADE)
    with psycopg.connect(postgres_dsn) as connection:
        methods = connection.execute(
            "select method, fed_count, count(*) from hour_substitute group by 1, 2 order by 1"
        ).fetchall()
        totals = connection.execute("select count(*) from total where method like 'by_rule%'").fetchone()
    assert methods == [("refused", 0, 706)]
    assert totals == (0,)


def test_another_threshold_saves_its_findings(postgres_dsn: str, plant: Plant, tmp_path: Path) -> None:
    month_of_readings(postgres_dsn, 2 * 1440)
    pipeline.import_fuel(postgres_dsn, plant, fuel_table(tmp_path / "fuel.csv", 2 * 1440))
    override = tmp_path / "strict.toml"
    override.write_text('[difference_amber]\nvalue = 0.00001\nsource = "test"\n', encoding="utf-8")
    for overrides in (None, override, override):
        pipeline.build_report(postgres_dsn, plant, "2026-03", made_at=MADE, overrides=overrides)
    with psycopg.connect(postgres_dsn) as connection:
        rows = connection.execute(
            "select findings->0->>'severity', parameters::text like '%difference_amber%'"
            " from comparison join ledger using (ledger_id) order by ledger_id"
        ).fetchall()
    assert rows == [("info", True), ("warning", True)]


def test_a_gap_is_counted_and_filled_by_load(postgres_dsn: str, plant: Plant, tmp_path: Path) -> None:
    gap = frozenset(range(600, 780))
    month_of_readings(postgres_dsn, 1440, gap)
    pipeline.import_fuel(postgres_dsn, plant, fuel_table(tmp_path / "fuel.csv", 1440))
    report = pipeline.build_report(postgres_dsn, plant, "2026-03", made_at=MADE)
    assert report.completeness.missing_sequences == len(gap)
    assert [h.status for h in report.hours[:24]].count("missing") == 3
    assert report.monitoring.filled_hours == 3
    assert report.monitoring.neutral_t == pytest.approx(report.accounting[0].co2_t, rel=1e-3)
    assert report.monitoring.unfilled_hours == 30 * 24
    kinds = {f.kind for f in report.findings}
    assert {"missing-sequences", "no-readings", "capture", "unfilled-hours"} <= kinds


def test_no_readings_is_said_in_plain_words(postgres_dsn: str, plant: Plant) -> None:
    with pytest.raises(RuleError, match="no reading of point 'stack-1' in 2026-03"):
        pipeline.build_report(postgres_dsn, plant, "2026-03", made_at=MADE)


def test_a_faulty_fuel_table_imports_nothing(postgres_dsn: str, plant: Plant, tmp_path: Path) -> None:
    table = fuel_table(tmp_path / "fuel.csv", 2 * 1440)
    table.write_text(table.read_text("utf-8").replace("2026-03-02", "02.03.2026"), "utf-8")
    with pytest.raises(ConfigError, match="line 3  day: expected a date YYYY-MM-DD"):
        pipeline.import_fuel(postgres_dsn, plant, table)
    with Store(postgres_dsn) as store:
        assert store.fuel_records("demo-power", ["u1"], MADE.date().replace(month=3), MADE.date()) == ()


def test_a_correction_is_a_later_row(postgres_dsn: str, plant: Plant, tmp_path: Path) -> None:
    table = fuel_table(tmp_path / "fuel.csv", 2 * 1440)
    pipeline.import_fuel(postgres_dsn, plant, table)
    table.write_text(table.read_text("utf-8").replace("58.2", "57.0", 1), "utf-8")
    assert pipeline.import_fuel(postgres_dsn, plant, table) == (1, 2)
    with psycopg.connect(postgres_dsn) as connection:
        rows = connection.execute("select c_ad_pct from fuel_record order by fuel_record_id").fetchall()
    assert rows == [(58.2,), (58.2,), (57.0,)]


def test_an_unmigrated_database_is_refused(empty_dsn: str) -> None:
    with pytest.raises(SchemaError), Store(empty_dsn):
        pass


def test_the_command_line_prints_table_and_verdict(postgres_dsn: str, plant_file: Path, tmp_path: Path) -> None:
    month_of_readings(postgres_dsn, 1440)
    table = fuel_table(tmp_path / "fuel.csv", 1440)
    runner, common = CliRunner(), ["--dsn", postgres_dsn, "--plant", str(plant_file)]
    assert "1 records, 1 of them new" in runner.invoke(app, ["import-fuel", str(table), *common]).output
    for command in (["hours"], ["account"], ["compare"], ["compare", "--parameters", "physical"]):
        result = runner.invoke(app, [*command, *common, "--period", "2026-03"])
        assert result.exit_code == 0, result.output
    assert "t CO2 by monitoring" in result.output
    flueledger = [sys.executable, "-m", "flueledger.main"]
    arguments = ["reconcile", "hours", *common, "--period", "March"]
    wrong = subprocess.run([*flueledger, *arguments], capture_output=True, text=True, check=False)
    assert wrong.returncode == 1
    assert "write YYYY-MM" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_the_report_is_written_by_its_command(postgres_dsn: str, plant_file: Path, tmp_path: Path) -> None:
    month_of_readings(postgres_dsn, 1440)
    common = ["--dsn", postgres_dsn, "--plant", str(plant_file), "--period", "2026-03", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(report_app, ["make", *common])
    assert result.exit_code == 0, result.output
    written = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert written["completeness"]["scans"] > 1440
    assert "<svg" in (tmp_path / "out" / "report.html").read_text("utf-8")
