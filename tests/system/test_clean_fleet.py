"""A fleet in which nothing is wrong, over part of a year: whatever raises an alarm, no false cause is named."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.detection import fleets
from benchmarks.detection.fleets import Judged, Size
from reconcile.pilot.finding import STANDING
from reconcile.pilot.runner import Told, runner

pytestmark = pytest.mark.slow
SIZE = Size(enterprises=5, points=10, days=180)
SEED = 71


def judged(folder: Path, *more: str) -> Judged:
    fleet, truth = fleets.simulate(folder, SEED, SIZE, *more)

    def step(_name: str, _jobs: int) -> Told:
        return lambda _done: None

    with runner(None, None) as runs:
        return fleets.judge(fleet, truth, folder / "out", SIZE, runs, step)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    return judged(tmp_path_factory.mktemp("clean"), "--clean")


def test_much_changes_lawfully_and_no_cause_is_named(clean: Judged) -> None:
    lawful = Counter(r["kind"] for r in json.loads((clean.truth / "labels.json").read_text("utf-8"))["lawful"])
    assert lawful["cylinder"] >= SIZE.points / 2
    assert lawful["overhaul"] + lawful["stop"] >= SIZE.enterprises
    assert len(clean.points) == SIZE.points
    assert fleets.false_causes(clean) == []


def test_the_period_as_it_stands_names_none_either(clean: Judged) -> None:
    assert [(s.point, c.name) for s in clean.points for c in s.causes if c.prompt == STANDING] == []


def test_the_same_plant_with_an_aged_lamp_has_its_cause_named(clean: Judged, tmp_path: Path) -> None:
    """Without this the tests above could not fail."""
    point = next(p for e in clean.run.fleet.enterprise for p in e.point if e.sector == "power" and p.co2 != "tdlas")
    enterprise = next(e.code for e in clean.run.fleet.enterprise if point in e.point)
    fault = f"co2-span-loss:{point.code}@110/160=8%"
    ill = judged(tmp_path, "--clean", "--only", enterprise, "--fault", fault)
    study = next(s for s in ill.points if s.point == point.code)
    first = [c.name for c in study.causes if c.rank == 1]
    assert {"co2-analyser", "co2-branch-leak"} & set(first), first
