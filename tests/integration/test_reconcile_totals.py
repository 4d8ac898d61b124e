"""``flueledger reconcile totals`` on a real database."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from cems.plant import Plant
from reconcile.cli import app
from reconcile.totals_pipeline import compute_totals
from tests.integration.month import MADE, MINUTES, month_of_readings

GAP = frozenset(range(20 * 1440, 20 * 1440 + 180))


def test_totals_are_saved_once_with_their_ledger_entries(postgres_dsn: str, plant: Plant) -> None:
    month_of_readings(postgres_dsn, MINUTES, GAP)
    first = compute_totals(postgres_dsn, plant, "2026-03", made_at=MADE)
    again = compute_totals(postgres_dsn, plant, "2026-03", made_at=MADE)
    assert [row.kind for row in first.ledger] == ["hours", "monitoring", "substitution"]
    assert again.ledger == first.ledger
    with psycopg.connect(postgres_dsn) as connection:
        saved = dict(connection.execute("select method, co2_t from total").fetchall())
        filled = connection.execute("select method, fed_count, count(*) from hour_substitute group by 1, 2").fetchall()
    (whole,) = [part for part in first.parts if part.kind == "period"]
    assert saved == {"measured_only": whole.measured_t, "neutral": whole.neutral_t, "by_rule:hj75": whole.by_rule_t}
    assert filled == [("hj75-t6-180", 180, 3)]
    assert whole.substituted_hours == 3
    assert first.rule.blocks[0].added_t > 0  # a maximum adds


def test_another_rule_book_saves_nothing(postgres_dsn: str, plant: Plant) -> None:
    month_of_readings(postgres_dsn, 2 * 1440)
    done = compute_totals(postgres_dsn, plant, "2026-03", made_at=MADE, rule="eu-mrr")
    assert (done.rule.book, done.ledger) == ("eu-mrr", ())
    with psycopg.connect(postgres_dsn) as connection:
        assert connection.execute("select count(*) from ledger").fetchone() == (0,)


@pytest.mark.parametrize("width", [100, 160])
def test_the_command_prints_every_figure_whole(
    postgres_dsn: str, plant_file: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    month_of_readings(postgres_dsn, MINUTES, GAP)
    monkeypatch.setenv("COLUMNS", str(width))
    common = ["totals", "--dsn", postgres_dsn, "--plant", str(plant_file), "--period", "2026-03"]
    plain = CliRunner().invoke(app, common)
    assert plain.exit_code == 0, plain.output
    assert "…" not in plain.output
    assert "hj75-t6-180" in plain.output
    rows = list(csv.DictReader(io.StringIO(CliRunner().invoke(app, [*common, "--csv"]).stdout)))
    assert [row["kind"] for row in rows].count("day") == 31
    found = json.loads(CliRunner().invoke(app, [*common, "--json", "--by", "month"]).stdout)
    assert [part["name"] for part in found["totals"]] == ["2026-03"]
    (month,) = [row for row in rows if row["kind"] == "month"]
    assert float(month["by_rule_t"]) == found["totals"][0]["by_rule_t"]
    assert CliRunner().invoke(app, [*common, "--by", "week"]).exit_code == 2
