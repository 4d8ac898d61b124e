"""One fault at a point where it fits, beside the same month without it."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_sim.fleet.faults import Begin, FleetFault, FleetKind
from firmware_sim.fleet.kinds import KINDS
from firmware_sim.fleet.labels import shown_t_h
from firmware_sim.fleet.meters import CHANNELS, Shown
from firmware_sim.fleet.month import PlaceRun
from firmware_sim.fleet.noise import WARM_UP_MIN, Noise
from firmware_sim.fleet.places import Place, World
from firmware_sim.fleet.rows import rows_of

MONTH = "2026-03"
START = (date(2026, 3, 10) - date(1970, 1, 1)).days * 1440 + 600
DAYS = 10
END = START + DAYS * 1440
STATUSES = ("gas_status", "flow_status")
AFTER_MIN = 45
"""A filter needs so long to forget a fault of the gas, the heavier sensor of temperature included."""
Floats = NDArray[np.float64]
_CLEAN: dict[str, PlaceRun] = {}


class Case:
    """One fault at a point where it fits and the source runs, and the same month without it."""

    def __init__(self, world: World, name: str, choice: str = "", size: float | None = None, where: str = "") -> None:
        self.kind = KINDS[name]
        self.place, index = _place(world, self.kind, where)
        self.point = self.place.points[index]
        options = self.kind.options(self.place) if self.kind.choose else ("",)
        middle = 0.0 if self.kind.sizes is None else float(np.sqrt(self.kind.sizes[0] * self.kind.sizes[1]))
        self.size = middle if size is None else size
        by_day = 600 if self.kind.begins is Begin.MIDNIGHT else 0
        start, end = START - by_day, END - by_day
        self.fault = FleetFault(0, self.kind, self.place.index, index, choice or options[0], start, end, self.size)
        self.with_it, self.without = PlaceRun(world, self.place, (self.fault,)), clean_run(world, self.place)
        self.a, self.b = self.with_it.shown(MONTH, index), self.without.shown(MONTH, index)
        self.index = index
        self.block = self.with_it.units(MONTH).block
        self.part = slice(self.block.index(start), self.block.index(end))
        self.seen = self.without.seen(MONTH, index)

    def measuring(self) -> NDArray[np.bool_]:
        return np.asarray((self.b.gas_status == 0) & (self.b.flow_status == 0) & self.seen.fire)[self.part]

    def pair(self, channel: str) -> tuple[Floats, Floats]:
        """With and without, in the measuring minutes of the fault."""
        on = self.measuring()
        return self.a.values[channel][self.part][on], self.b.values[channel][self.part][on]

    def ratio(self, channel: str) -> float:
        with_it, without = self.pair(channel)
        return float(with_it.mean() / without.mean())

    def mass_ratio(self) -> float:
        with_it, without = (shown_t_h(self.point.doc, s)[self.part] for s in (self.a, self.b))
        both = ~np.isnan(with_it) & ~np.isnan(without)
        return float(with_it[both].sum() / without[both].sum())


def clean_run(world: World, place: Place) -> PlaceRun:
    """The run of a place without faults, made once."""
    return _CLEAN.setdefault(place.doc.code, PlaceRun(world, place, ()))


def _place(world: World, kind: FleetKind, where: str) -> tuple[Place, int]:
    for place in world.places:
        if where and not place.units[0].kind.name.startswith(where):
            continue
        for index, point in enumerate(place.points):
            fire = clean_run(world, place).seen(MONTH, index).fire if kind.fits(place, point) else np.zeros(1)
            if fire.all():
                return place, index
    raise AssertionError(f"no point for {kind.name}")


def changed(a: Shown, b: Shown) -> dict[str, NDArray[np.bool_]]:
    found = {}
    for name in (*CHANNELS, *STATUSES):
        x, y = a.column(name), b.column(name)
        found[name] = ~((x == y) | (np.isnan(x) & np.isnan(y)))
    return {name: d for name, d in found.items() if d.any()}


def table_of(case: Case, faults: tuple[FleetFault, ...]) -> dict[str, Any]:
    noise = Noise(3, case.point.owner, case.block)
    return rows_of(noise, slice(WARM_UP_MIN, case.block.minutes), case.b, faults)


def wet(case: Case) -> Floats:
    return case.seen.moisture_pct[case.part][case.measuring()] / 100.0
