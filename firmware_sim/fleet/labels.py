"""Labels of a run: what was wrong, where, since when, how far, and how many tonnes it moved on each day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from cems.channels import Moisture
from cems.clock import day_of
from cems.fleettables import FleetPoint
from firmware_sim.fleet.faults import FleetFault
from firmware_sim.fleet.meters import Shown
from firmware_sim.fleet.month import PlaceRun, kept_minutes
from firmware_sim.fleet.noise import Block, month_block
from firmware_sim.fleet.places import World
from firmware_sim.physics import M_CO2, MOLAR_VOLUME, P_STANDARD, T_STANDARD, Floats
from firmware_sim.span import DAY_MIN


def shown_t_h(doc: FleetPoint, shown: Shown) -> Floats:
    """CO2 [t/h] (minutes,) that follows from what a point shows and what is documented of it; NaN unless both measure.

    Each of CO2 and flow on its own basis; exact constants.
    """
    v = shown.values
    pressure = v["barometric"] + v["pressure"]
    wet = 3600.0 * doc.area_m2 * doc.kv * v["velocity"] * T_STANDARD / (T_STANDARD + v["temperature"])
    flow = wet * pressure / P_STANDARD
    if doc.co2_basis is Moisture.DRY:
        flow = flow * (1.0 - v["moisture"] / 100.0)
    rate = flow * v["co2"] / 100.0 * (M_CO2 / MOLAR_VOLUME) / 1000.0
    return np.where((shown.gas_status == 0) & (shown.flow_status == 0), rate, np.nan)


class Labels:
    """Gathers the tonnes of each fault, month after month."""

    def __init__(self, world: World, faults: tuple[FleetFault, ...]) -> None:
        self._world, self._faults = world, faults
        self._moved: dict[int, dict[str, float]] = {f.number: {} for f in faults}

    def add(self, made: PlaceRun, month: str, point: int, shown: Shown, first_min: int, end_min: int) -> None:
        """What the faults of a point moved in a month: what it shows with all of them, less what it shows without one.

        Over the minutes that measure in both; the mean of an hour stands for the hour.
        """
        block = month_block(month, self._world.fleet.utc_offset_hours)
        doc = made.place.points[point].doc
        for fault in made.point_faults(point):
            if fault.end_min <= block.first_min + DAY_MIN or fault.start_min >= block.first_min + block.minutes:
                continue
            without = shown_t_h(doc, made.shown(month, point, without=fault))
            moved = shown_t_h(doc, shown) - without
            self._add_days(fault, block, moved, kept_minutes(block, first_min, end_min))

    def document(self, places: set[int], first_min: int, end_min: int) -> dict[str, Any]:
        """The labels of the faults of these places that lie in the run."""
        rows = [
            self._row(f) for f in self._faults if f.place in places and f.start_min < end_min and f.end_min > first_min
        ]
        return {"seed": self._world.seed, "faults": rows}

    def _add_days(self, fault: FleetFault, block: Block, moved: Floats, kept: slice) -> None:
        hours = moved[kept].reshape(-1, 60)
        known = ~np.isnan(hours)
        with np.errstate(invalid="ignore"):
            hourly = np.where(known.any(axis=1), np.nansum(hours, axis=1) / np.maximum(known.sum(axis=1), 1), 0.0)
        days = (block.first_min + kept.start) // DAY_MIN + np.arange(len(hourly) // 24)
        for day, tonnes in zip(days.tolist(), hourly.reshape(-1, 24).sum(axis=1).tolist(), strict=True):
            if fault.start_min < (day + 1) * DAY_MIN and fault.end_min > day * DAY_MIN:
                self._moved[fault.number][day_of(day).isoformat()] = round(tonnes, 4)

    def _row(self, fault: FleetFault) -> dict[str, Any]:
        place = self._world.places[fault.place]
        point = place.points[fault.point]
        offset = round(60 * self._world.fleet.utc_offset_hours)
        return {
            "id": f"fault-{fault.number}",
            "number": fault.kind.number,
            "kind": fault.kind.name,
            "legit": fault.kind.legit,
            "enterprise": place.doc.code,
            "point": point.doc.code,
            "units": [place.doc.unit[u].code for u, _ in point.feeds],
            "channels": list(fault.channels),
            "start": _instant(fault.start_min - offset),
            "end": _instant(fault.end_min - offset),
            "size": fault.size,
            "monitoring_t": self._moved[fault.number],
        }


def _instant(minute: int) -> str:
    return datetime.fromtimestamp(60 * minute, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
