from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from reconcile.detectors.replay import Prints, prints_of
from reconcile.parameters import load_parameters
from reconcile.pilot.clones import with_clones
from reconcile.pilot.point_study import PointStudy
from tests.unit.reconcile.detectors.plant import at, plant

NOTHING: Any = SimpleNamespace()


def study(enterprise: str, prints: Prints | None) -> PointStudy:
    return PointStudy(enterprise, "stack-1", NOTHING, NOTHING, (), (), prints=prints)


def test_a_copy_is_told_of_the_later_enterprise_and_the_prints_are_let_go() -> None:
    first, second = prints_of(plant(days=3, seed=1).hours), prints_of(plant(days=3, seed=2).hours)
    copied = second._replace(print=np.where(np.arange(72) < 30, second.print, first.print))
    points = with_clones([study("b", copied), study("a", first), study("c", None)], load_parameters())
    assert [(p.enterprise, len(p.anomalies), p.prints) for p in points] == [
        ("b", 1, None),
        ("a", 0, None),
        ("c", 0, None),
    ]
    (found,) = points[0].anomalies
    assert (found.kind, found.subject, found.onset_ms) == ("cloned", "stack-1", at(1, 6))
    assert found.evidence[0].name == "equal_hours_with_a/stack-1"


def test_points_without_copies_stay_as_they_are() -> None:
    mine = study("a", prints_of(plant(days=2, seed=3).hours))
    (same,) = with_clones([mine], load_parameters())
    assert same == replace(mine, prints=None)
