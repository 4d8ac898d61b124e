"""The command that holds stored activity records against known patterns."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from cems.errors import RuleError
from reconcile import activity_check_cli
from reconcile.accounting.records import FuelSample, FuelUse, Record
from reconcile.activity_check_cli import app

PLACE = {"unit": "u1", "fuel": "coal"}
ROWS: list[Record] = [
    row
    for month in ("2025-01", "2025-02")
    for row in (
        FuelUse(**PLACE, month=month, amount_t=91_207.81),
        FuelSample(**PLACE, month=month, tier="monthly_composite", c_ar_pct=52.0, report_no="R-1"),
    )
]


class _Store:
    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    def __enter__(self) -> _Store:
        return self

    def __exit__(self, *_: object) -> None:
        return None


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The command on these records; store and plant file stood in for."""
    plant = SimpleNamespace(unit=[SimpleNamespace(code="u1")], enterprise=SimpleNamespace(code="e"))
    asked: list[tuple[str, str]] = []

    def load(_store: object, _enterprise: str, first: str, last: str) -> list[SimpleNamespace]:
        asked.append((first, last))
        return [SimpleNamespace(record=r) for r in ROWS if first <= r.month <= last]

    monkeypatch.setattr(activity_check_cli, "Store", _Store)
    monkeypatch.setattr(activity_check_cli, "load_plant", lambda _path: plant)
    monkeypatch.setattr(activity_check_cli, "load_activity", load)
    path = tmp_path / "plant.toml"
    path.touch()

    def invoke(*args: str) -> Any:
        return CliRunner().invoke(app, [*args, "--dsn", "x", "--plant", str(path)])

    return invoke


def test_it_names_records_and_what_clears_them_in_either_language(run: Any) -> None:
    shown = run("2025")
    assert shown.exit_code == 0, shown.output
    assert "[identical_carbon] u1, coal: the measured carbon is the same to the last digit" in shown.output
    assert "fuel_sample u1 2025-02 coal R-1" in shown.output
    assert "clears it:" in shown.output
    assert "could not run" in shown.output
    assert "澄清所需" in run("2025", "--language", "zh").output


def test_json_and_refusals(run: Any) -> None:
    found = json.loads(run("2025", "--json").output)
    assert {"identical_carbon", "duplicate_report"} <= {s["check"] for s in found if s["outcome"] == "suspicion"}
    assert isinstance(run("2024").exception, RuleError)
    assert "there are u1" in str(run("2025", "--unit", "u9").exception)
