"""What changed lawfully at a place: recorded fuel switches, overhauls and stops, new factors, new cylinders."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from cems.clock import day_of
from firmware_sim.fleet.changes import switches_of
from firmware_sim.fleet.cylinders import CYLINDER_MIN, cylinder_days
from firmware_sim.fleet.families import family
from firmware_sim.fleet.operation import stops_of
from firmware_sim.fleet.places import Place, World
from firmware_sim.fleet.trims import trim_of, trimmed_day
from firmware_sim.span import DAY_MIN


def lawful_changes(world: World, place: Place, first_min: int, end_min: int) -> list[dict[str, Any]]:
    """What changed lawfully at a place in a run, as rows of the labels, in order of time."""
    years = range(day_of(first_min // DAY_MIN).year - 1, day_of((end_min - 1) // DAY_MIN).year + 1)
    rows: list[tuple[int, int, str, str, str]] = []
    for doc, unit in zip(place.doc.unit, place.units, strict=True):
        for year in years:
            rows += [
                (s.start_min, s.end_min, "recorded-fuel-switch", doc.code, s.fuel)
                for s in switches_of(world.seed, unit, year)
            ]
            for stop in stops_of(world.seed, unit.owner, year, unit.kind.stops):
                rows.append((stop.outage.start, stop.end_min, "overhaul" if stop.overhaul else "stop", doc.code, ""))
    days = np.arange(first_min // DAY_MIN, (end_min - 1) // DAY_MIN + 1, dtype=np.int64)
    for point in place.points:
        code = point.doc.code
        for year in years:
            middle = int((np.datetime64(f"{year}-07-01") - np.datetime64("1970-01-01")).astype(int))
            if day := trimmed_day(world.seed, point, middle):
                new = f"{1.0 + trim_of(world.seed, point, day + 1):.4f}"
                rows.append(((day + 1) * DAY_MIN, (day + 1) * DAY_MIN, "flow-factor", code, new))
        if family("co2", point.doc.co2).calibrates:
            for day in cylinder_days(point, days).tolist():
                rows.append((day * DAY_MIN + CYLINDER_MIN, day * DAY_MIN + CYLINDER_MIN, "cylinder", code, ""))
    offset = round(60 * world.fleet.utc_offset_hours)
    return [
        {
            "kind": kind,
            "legit": True,
            "subject": code,
            "start": instant(a - offset),
            "end": instant(b - offset),
            "note": note,
        }
        for a, b, kind, code, note in sorted(rows)
        if a < end_min and b >= first_min
    ]


def instant(minute: int) -> str:
    """A minute since 1970, UTC, as text.

    >>> instant(60)
    '1970-01-01T01:00:00Z'
    """
    return datetime.fromtimestamp(60 * minute, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
