"""Readings that two points of a fleet have in common to the bit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconcile.detectors.replay import cloned
from reconcile.parameters import Parameters
from reconcile.pilot.point_study import PointStudy


def with_clones(points: Sequence[PointStudy], parameters: Parameters) -> list[PointStudy]:
    """The points with what was copied among them, in order of onset; told of the later by enterprise and code."""
    names = {f"{p.enterprise}/{p.point}": p for p in points}
    found = cloned({name: p.prints for name, p in names.items() if p.prints is not None}, parameters)
    out = []
    for name, point in names.items():
        mine = [replace(a, subject=point.point) for a in found if a.subject == name]
        both = sorted((*point.anomalies, *mine), key=lambda a: a.onset_ms) if mine else point.anomalies
        out.append(replace(point, anomalies=tuple(both), prints=None))
    return out
