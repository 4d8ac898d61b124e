"""The soak of ``scripts/bench soak``, shortened: every kind of fault once, and nothing lost or doubled."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.soak.run import soak


@pytest.mark.slow
@pytest.mark.mosquitto
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("mosquitto_program")
def test_every_fault_once_loses_and_doubles_nothing(tmp_path: Path) -> None:
    outcome = soak(tmp_path / "soak", faults=13, scans=20_000, points=20, seed=7)
    assert len(outcome.faults) >= 11
    assert outcome.made >= 20_000
    assert (outcome.lost, outcome.doubled, outcome.budget_complete) == (0, 0, True)
