"""What really happened, hour by hour, and by how much each instrument is off; for whoever scores the rest."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from cems.fleettables import Column
from firmware_sim.fleet.month import Units
from firmware_sim.fleet.places import Place
from firmware_sim.fleet.seen import Seen
from firmware_sim.fleet.tables import write_table
from firmware_sim.physics import MOLAR_VOLUME, Floats

HOURS: Final = (
    Column("subject", "string", "", "code of the unit or point"),
    Column("time_s", "int64", "s", "start of the hour, UTC, since 1970"),
    Column("operating_h", "float64", "h", "time with fire"),
    Column("co2_t", "float64", "t", "CO2 that the unit makes, or that takes this way out, a bypass included"),
    Column("passed_t", "float64", "t", "CO2 that passes the point; of a unit as co2_t"),
    Column("co2_pct_dry", "float64", "%", "mean with fire; NaN for a unit"),
    Column("o2_pct_dry", "float64", "%", "mean with fire; NaN for a unit"),
    Column("moisture_pct", "float64", "%", "mean with fire; NaN for a unit"),
    Column("dry_std_m3_h", "float64", "m3/h", "mean over the hour at 273.15 K and 101325 Pa; NaN for a unit"),
)


def hours_of(place: Place, units: Units, seen: list[Seen], kept: slice) -> dict[str, Any]:
    """Columns of :data:`HOURS` of all units and points of a place."""
    time_s = units.block.time_s[kept][::60]
    rows: list[dict[str, Any]] = []
    for doc, made in zip(place.doc.unit, units.processes, strict=True):
        mass = _hourly(made.co2_t_h, kept)
        nothing = np.full(len(time_s), np.nan)
        gas = dict.fromkeys(("co2_pct_dry", "o2_pct_dry", "moisture_pct", "dry_std_m3_h"), nothing)
        fire = _hourly(made.running.fire.astype(np.float64), kept)
        rows.append({"subject": doc.code, "operating_h": fire, "co2_t": mass, "passed_t": mass, **gas})
    for point, gas_there in zip(place.points, seen, strict=True):
        rows.append({"subject": point.doc.code, **_of_point(gas_there, kept)})
    columns: dict[str, Any] = {
        c.name: np.concatenate([row[c.name] for row in rows]) for c in HOURS if c.name not in {"subject", "time_s"}
    }
    columns["subject"] = [row["subject"] for row in rows for _ in time_s]
    columns["time_s"] = np.tile(time_s, len(rows))
    return columns


def write_hours(path: Path, columns: dict[str, Any]) -> None:
    """Write the hours of a place and month."""
    write_table(path, HOURS, columns)


def biases(place: Place) -> dict[str, Any]:
    """What is fixed and hidden of a place: oxidation and leakage of units, errors of instruments by point."""
    units = {
        doc.code: {"oxidation": u.oxidation, "leak": u.leak, "heat": u.heat}
        for doc, u in zip(place.doc.unit, place.units, strict=True)
    }
    points = {}
    for point in place.points:
        row = asdict(point)
        del row["doc"], row["owner"], row["feeds"]
        points[point.doc.code] = row
    return {"units": units, "points": points}


def _of_point(seen: Seen, kept: slice) -> dict[str, Floats]:
    fire = seen.fire.astype(np.float64)
    running = _hourly(fire, kept)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = {
            name: np.where(running > 0, _hourly(x * fire, kept) / running, np.nan)
            for name, x in (
                ("co2_pct_dry", seen.co2_pct),
                ("o2_pct_dry", seen.o2_pct),
                ("moisture_pct", seen.moisture_pct),
            )
        }
    return {
        "operating_h": running,
        "co2_t": _hourly(seen.emitted_t_h, kept),
        "passed_t": _hourly(seen.co2_t_h, kept),
        "dry_std_m3_h": _hourly(seen.dry_kmol * MOLAR_VOLUME, kept),
        **means,
    }


def _hourly(rate: Floats, kept: slice) -> Floats:
    mean: Floats = rate[kept].reshape(-1, 60).mean(axis=1)
    return mean
