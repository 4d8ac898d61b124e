"""The commands that end by themselves; `sim run` is tested as a process in tests/integration."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cems.errors import ConfigError
from firmware_sim.cli import app
from firmware_sim.faults import KINDS
from firmware_sim.faulttext import parse_fault
from firmware_sim.span import Span


def test_the_list_of_faults_names_each_with_an_example_that_can_be_parsed() -> None:
    result = CliRunner().invoke(app, ["faults"])
    assert result.exit_code == 0
    for kind in KINDS.values():
        assert f"--fault {kind.example}\n" in result.output
        assert parse_fault(kind.example, Span.of_month("2026-03")).kind is kind


def test_records_are_written_without_a_server(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["records", "--out", str(tmp_path), "--days", "1"])
    assert result.exit_code == 0
    assert (tmp_path / "fuel.csv").read_text(encoding="utf-8").count("\n") == 2
    assert (tmp_path / "truth" / "truth.json").exists()


def test_a_wrong_fault_names_itself_and_writes_nothing(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["run", "--out", str(tmp_path / "plant"), "--fault", "air-leek@3"])
    assert isinstance(result.exception, ConfigError)
    assert "--fault air-leek@3: there is no fault 'air-leek'" in str(result.exception)
    assert not (tmp_path / "plant").exists()


@pytest.mark.parametrize("command", ["run", "records", "replay"])
def test_help_teaches(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert "--out" in result.output
