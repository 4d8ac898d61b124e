"""Labels of a run: what was wrong, where, since when, how far, and how many tonnes it moved on each day."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from cems.channels import Moisture
from cems.clock import day_of
from cems.fleettables import FleetPoint
from firmware_sim.fleet.books import account_t, daily_sum
from firmware_sim.fleet.faults import FleetFault, Where
from firmware_sim.fleet.lawful import instant, lawful_changes
from firmware_sim.fleet.meters import Shown
from firmware_sim.fleet.month import PlaceRun, kept_minutes
from firmware_sim.fleet.noise import Block, month_block
from firmware_sim.fleet.places import World
from firmware_sim.physics import M_CO2, MOLAR_VOLUME, P_STANDARD, T_STANDARD, Floats
from firmware_sim.schedule import Status
from firmware_sim.span import DAY_MIN

_FASTEST: Final = 60.0
"""Velocity above which a reading cannot be one [m/s]."""


def shown_t_h(doc: FleetPoint, shown: Shown) -> Floats:
    """CO2 [t/h] (minutes,) that follows from what a point shows and what is documented of it.

    CO2 and flow on the basis of the point, with exact constants; NaN unless both measure what can be.
    """
    v = shown.values
    pressure = v["barometric"] + v["pressure"]
    wet = 3600.0 * doc.area_m2 * doc.kv * v["velocity"] * T_STANDARD / (T_STANDARD + v["temperature"])
    flow = wet * pressure / P_STANDARD
    if doc.co2_basis is Moisture.DRY:
        flow = flow * (1.0 - v["moisture"] / 100.0)
    rate = flow * v["co2"] / 100.0 * (M_CO2 / MOLAR_VOLUME) / 1000.0
    measures = (shown.gas_status == Status.MEASURING) & (shown.flow_status == Status.MEASURING)
    possible = (v["co2"] >= 0) & (v["co2"] <= 100) & (v["velocity"] >= 0) & (v["velocity"] <= _FASTEST)
    return np.where(measures & possible, rate, np.nan)


class Labels:
    """Gathers the tonnes of each fault, month after month."""

    def __init__(self, world: World, faults: tuple[FleetFault, ...], first_min: int, end_min: int) -> None:
        self._world, self._faults = world, faults
        self._first_min, self._end_min = first_min, end_min
        self._monitoring: dict[int, dict[str, float]] = {f.number: {} for f in faults}
        self._accounting: dict[int, dict[str, float]] = {f.number: {} for f in faults}

    def add(self, made: PlaceRun, month: str, point: int, shown: Shown) -> None:
        """What the faults of a point moved in a month: the outcome with all faults, less the outcome without one.

        Of monitoring the mean of an hour's measuring minutes stands for the hour, and hours that measure in both
        count; of accounting every day.
        """
        block = month_block(month, self._world.fleet.utc_offset_hours)
        kept = kept_minutes(block, self._first_min, self._end_min)
        doc = made.place.points[point].doc
        for fault in made.point_faults(point):
            if fault.end_min <= block.first_min + DAY_MIN or fault.start_min >= block.first_min + block.minutes:
                continue
            if fault.kind.where is Where.BOOKS or fault.kind.where is Where.FIRE:
                self._add(self._accounting, fault, _moved_in_books(made, month, fault, kept), block, kept)
                continue
            moved = _hourly_t(doc, shown, kept) - _hourly_t(doc, made.shown(month, point, without=fault), kept)
            self._add(self._monitoring, fault, np.nan_to_num(moved).reshape(-1, 24).sum(axis=1), block, kept)

    def document(self, places: set[int]) -> dict[str, Any]:
        """The labels of the faults and of what changed lawfully at these places in the run."""
        rows = [
            self._row(f)
            for f in self._faults
            if f.place in places and f.start_min < self._end_min and f.end_min > self._first_min
        ]
        lawful = [
            row
            for place in self._world.places
            if place.index in places
            for row in lawful_changes(self._world, place, self._first_min, self._end_min)
        ]
        return {
            "seed": self._world.seed,
            "faults": [row for row in rows if not row["legit"]],
            "lawful": [row for row in rows if row["legit"]] + lawful,
        }

    def _add(
        self, to: dict[int, dict[str, float]], fault: FleetFault, tonnes: Floats, block: Block, kept: slice
    ) -> None:
        days = (block.first_min + kept.start) // DAY_MIN + np.arange(len(tonnes))
        for day, moved in zip(days.tolist(), tonnes.tolist(), strict=True):
            if fault.start_min < (day + 1) * DAY_MIN and fault.end_min > day * DAY_MIN:
                to[fault.number][day_of(day).isoformat()] = round(moved, 4)

    def _row(self, fault: FleetFault) -> dict[str, Any]:
        place = self._world.places[fault.place]
        point = place.points[fault.point]
        offset = round(60 * self._world.fleet.utc_offset_hours)
        return {
            "id": f"fault-{fault.number}",
            "number": fault.kind.number,
            "kind": fault.kind.name,
            "meaning": fault.kind.meaning,
            "legit": fault.kind.legit,
            "enterprise": place.doc.code,
            "point": point.doc.code,
            "units": [place.doc.unit[u].code for u, _ in point.feeds],
            "where": fault.kind.where.name.lower(),
            "channels": list(fault.kind.channels if fault.kind.others else fault.channels),
            "choice": fault.channel,
            "start": instant(fault.start_min - offset),
            "end": instant(fault.end_min - offset),
            "size": fault.size,
            "monitoring_t": self._monitoring[fault.number],
            "accounting_t": self._accounting[fault.number],
        }


def _hourly_t(doc: FleetPoint, shown: Shown, kept: slice) -> Floats:
    """CO2 [t] of each hour; NaN where no minute measures and the source ran."""
    rate = shown_t_h(doc, shown)[kept].reshape(-1, 60)
    running = (shown.gas_status[kept] != Status.STOPPED).reshape(-1, 60).mean(axis=1)
    known = (~np.isnan(rate)).sum(axis=1)
    mean = np.nansum(rate, axis=1) / np.where(known > 0, known, np.nan)
    tonnes: Floats = np.where(running > 0, mean * running, 0.0)
    return tonnes


def _moved_in_books(made: PlaceRun, month: str, fault: FleetFault, kept: slice) -> Floats:
    """CO2 [t] (days,) that a fault adds to the account of the enterprise."""
    days = slice(kept.start // DAY_MIN - 1, kept.stop // DAY_MIN - 1)
    with_it = sum(account_t(b) for b in made.books(month))
    if fault.kind.where is Where.FIRE:
        units = made.units(month)
        behind = made.place.points[fault.point].feeds[0][0]
        truth = daily_sum(units.block, units.processes[behind].co2_t_h)
        return np.asarray(account_t(made.books(month)[behind]) - truth)[days]
    without = sum(account_t(b) for b in made.books(month, without=fault))
    return np.asarray(with_it - without)[days]
