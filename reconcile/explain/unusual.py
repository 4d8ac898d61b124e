"""Hours that a verifier looks at first: those without a mass, the largest, those furthest from the load line. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from reconcile.explain.show import PlantTime, figure
from reconcile.explain.step import Step
from reconcile.hours import Hours, Status
from reconcile.readings import runs
from reconcile.totals import Fit

_EACH: Final = 5
"""Hours shown of each kind, so that ten are shown together (project choice)."""
_RUNS: Final = 10
"""Stretches without a mass that are shown (project choice)."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Hours of one status that follow one another."""

    status: str
    """Their status."""
    first: int
    """Index of the first."""
    last: int
    """Index of the last."""


def stretches(hours: Hours) -> tuple[Stretch, ...]:
    """Every run of hours that are not valid, in order of time."""
    found = [
        Stretch(status.value, first, last)
        for status in Status
        if status is not Status.VALID
        for first, last in runs(hours.is_(status))
    ]
    return tuple(sorted(found, key=lambda run: run.first))


def largest(hours: Hours, count: int = _EACH) -> list[int]:
    """Indices of the hours with the most CO2, the largest first; of equal ones the earlier first."""
    valid = np.flatnonzero(hours.is_(Status.VALID))
    return [int(i) for i in valid[np.argsort(-hours.co2_kg[valid], kind="stable")][:count]]


def off_the_line(hours: Hours, fit: Fit, count: int = _EACH) -> list[tuple[int, float]]:
    """Indices of the valid hours furthest from the line of mass on load, with the distance [kg], the furthest first."""
    distance = np.where(hours.is_(Status.VALID), hours.co2_kg - fit.rate(hours), np.nan)
    known = np.flatnonzero(np.isfinite(distance))
    order = known[np.argsort(-np.abs(distance[known]), kind="stable")][:count]
    return [(int(i), float(distance[i])) for i in order]


def unusual_step(hours: Hours, fit: Fit, time: PlantTime) -> Step:
    """Hours worth a look, each as ``--hour`` takes it."""
    without = stretches(hours)
    gaps = tuple(_gap(hours, run, time) for run in without[:_RUNS])
    more = (f"{len(without) - _RUNS} more stretches",) if len(without) > _RUNS else ()
    most = tuple(Step(time.hour(int(hours.start_ms[i])), float(hours.co2_kg[i]), "kg") for i in largest(hours))
    far = tuple(
        Step(
            time.hour(int(hours.start_ms[i])),
            float(hours.co2_kg[i]),
            "kg",
            about=f"{figure(distance)} kg off the line, at {figure(float(hours.load_mw[i]))} MW",
        )
        for i, distance in off_the_line(hours, fit)
    )
    groups = (
        Step("without a mass", len(without), "stretches", notes=more, inputs=gaps),
        Step("most CO2", inputs=most),
        Step("furthest from the line of mass on load", inputs=far),
    )
    return Step("hours worth a look", inputs=tuple(group for group in groups if group.inputs))


def _gap(hours: Hours, run: Stretch, time: PlantTime) -> Step:
    first, last = (time.hour(int(hours.start_ms[i])) for i in (run.first, run.last))
    return Step(first if first == last else f"{first} to {last}", run.last - run.first + 1, f"h {run.status}")
