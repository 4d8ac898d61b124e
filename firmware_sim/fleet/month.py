"""One month of one enterprise, worked out from nothing but the seed, the plan and the faults."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from firmware_sim.fleet.books import BookStrike, UnitBooks, keep_unit_books
from firmware_sim.fleet.changes import Switch, leakage, switches_of, years_of
from firmware_sim.fleet.faults import FleetFault, Where, progress_of
from firmware_sim.fleet.meters import Meters, Shown
from firmware_sim.fleet.noise import WARM_UP_MIN, Block, Noise, month_block
from firmware_sim.fleet.places import Place, World
from firmware_sim.fleet.process import Process, process
from firmware_sim.fleet.seen import Seen, see
from firmware_sim.fleet.weather import Weather, weather
from firmware_sim.physics import Floats
from firmware_sim.span import DAY_MIN

_KEPT_MONTHS: Final = 2
"""Months of one enterprise that are kept: a stuck reading may have begun in the one before."""
_KEPT_SHOWN: Final = 4
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Units:
    """The units of an enterprise over a block."""

    block: Block
    """The minutes."""
    air: Weather
    """The weather."""
    processes: tuple[Process, ...]
    """What each unit does, in the order of the place."""
    named: tuple[tuple[str, ...], ...]
    """Per unit, the fuel that the books name on each day."""


class PlaceRun:
    """An enterprise with its faults; asked for months in any order, it always answers the same."""

    def __init__(self, world: World, place: Place, faults: tuple[FleetFault, ...]) -> None:
        self.world, self.place = world, place
        self.faults = tuple(f for f in faults if f.place == place.index)
        self._units: OrderedDict[str, Units] = OrderedDict()
        self._shown: OrderedDict[tuple[str, int, tuple[int, ...]], Shown] = OrderedDict()
        self._meters: OrderedDict[tuple[str, int, tuple[int, ...]], Meters] = OrderedDict()

    def units(self, month: str) -> Units:
        """What the units do in a month."""
        return _kept(self._units, month, _KEPT_MONTHS, lambda: self._make_units(month))

    def forget(self) -> None:
        """Let go of all months: what is kept refers back to this run, and would wait for the collector."""
        self._units.clear()
        self._meters.clear()
        self._shown.clear()

    def point_faults(self, point: int) -> tuple[FleetFault, ...]:
        """The faults of a point."""
        return tuple(f for f in self.faults if f.point == point)

    def seen(self, month: str, point: int) -> Seen:
        """What passes a point in a month."""
        return self._meters_of(month, point, self.point_faults(point)).seen

    def shown(self, month: str, point: int, without: FleetFault | None = None) -> Shown:
        """What the cabinets of a point show in a month, with all faults but ``without``."""
        return self._shown_with(month, point, tuple(f for f in self.point_faults(point) if f is not without))

    def _shown_with(self, month: str, point: int, faults: tuple[FleetFault, ...]) -> Shown:
        key = (month, point, tuple(f.number for f in faults))
        return _kept(self._shown, key, _KEPT_SHOWN, lambda: self._meters_of(month, point, faults).show(faults))

    def bypass_open(self, month: str, unit: str) -> Floats:
        """Share of a unit's gas that goes round a point (minutes,)."""
        block = self.units(month).block
        share = np.zeros(block.minutes)
        for fault in self.faults:
            behind = {self.place.doc.unit[i].code for i, _ in self.place.points[fault.point].feeds}
            if fault.kind.name == "bypass-open" and unit in behind:
                share = share + _strength(fault, block)
        return share

    def books(self, month: str, without: FleetFault | None = None) -> tuple[UnitBooks, ...]:
        """The books of the units, with all faults but ``without``."""
        made = self._flawless_books(month)
        for fault in self.faults:
            if fault is not without and fault.kind.in_books is not None:
                fault.kind.in_books(self._book_strike(fault, made))
        return made

    def _flawless_books(self, month: str) -> tuple[UnitBooks, ...]:
        units = self.units(month)
        rows = zip(self.place.units, self.place.doc.unit, units.processes, units.named, strict=True)
        return tuple(
            keep_unit_books(self.world.seed, unit, doc.code, units.block, process, named)
            for unit, doc, process, named in rows
        )

    def _book_strike(self, fault: FleetFault, books: tuple[UnitBooks, ...]) -> BookStrike:
        behind = [unit for unit, _ in self.place.points[fault.point].feeds]
        first = books[behind[0]]
        midnight = first.day * DAY_MIN

        def before(column: str, days: int) -> Floats:
            wanted = first.day - days
            months = dict.fromkeys(str(np.datetime64(int(d), "D").astype("datetime64[M]")) for d in wanted)
            past = [self._flawless_books(m)[behind[0]] for m in months]
            known = {int(d): x for b in past for d, x in zip(b.day, b.figures[column], strict=True)}
            return np.array([known[int(d)] for d in wanted])

        return BookStrike(
            first=first.figures,
            second=books[behind[1]].figures if len(behind) > 1 else {},
            fuel=first.fuel,
            there=(midnight >= fault.start_min) & (midnight < fault.end_min),
            progress=progress_of(fault, midnight),
            size=fault.size,
            before=before,
        )

    def _make_units(self, month: str) -> Units:
        block = month_block(month, self.world.fleet.utc_offset_hours)
        air = weather(
            Noise(self.world.seed, self.place.index * 64 + 63, block),
            self.place.mean_c,
            self.place.swing_c,
            self.place.altitude_m,
        )
        processes, named = [], []
        for index, unit in enumerate(self.place.units):
            switches = self._switches(index, block)
            burns = _fuels(unit.kind.fuel, block, switches)
            named.append(_fuels(unit.kind.fuel, block, tuple(s for s in switches if s.recorded)))
            noise = Noise(self.world.seed, unit.owner, block)
            leak = leakage(self.world.seed, unit, block)
            processes.append(process(unit, noise, block, air, leak, burns))
        return Units(block, air, tuple(processes), tuple(named))

    def _switches(self, index: int, block: Block) -> tuple[Switch, ...]:
        unit = self.place.units[index]
        lawful = [s for year in years_of(block) for s in switches_of(self.world.seed, unit, year)]
        secret = [
            Switch(_midnight(f.start_min), _midnight(f.end_min), f.channel, recorded=False)
            for f in self.faults
            if f.kind.where is Where.FIRE and self.place.points[f.point].feeds[0][0] == index
        ]
        return (*lawful, *secret)

    def _meters_of(self, month: str, point: int, faults: tuple[FleetFault, ...]) -> Meters:
        ways = tuple(f for f in faults if f.kind.where is Where.WAY)
        key = (month, point, tuple(f.number for f in ways))
        return _kept(self._meters, key, 2, lambda: self._make_meters(month, point, ways))

    def _make_meters(self, month: str, point: int, ways: tuple[FleetFault, ...]) -> Meters:
        units = self.units(month)
        truth = self.place.points[point]
        noise = Noise(self.world.seed, truth.owner, units.block)
        shares: dict[str, Floats] = {}
        for fault in ways:
            shares[fault.kind.name] = _strength(fault, units.block) + shares.get(fault.kind.name, 0.0)
        bypassed, leaked = (shares.get(n, 0.0) for n in ("bypass-open", "duct-leak"))
        seen = see(truth, units.processes, noise, units.air, bypassed, leaked)
        return Meters(truth, seen, noise, self._before)

    def _before(self, fault: FleetFault, channel: str, first: int, n: int) -> Floats:
        """What a channel showed in minutes of standard time, with the faults that began before this one.

        The minutes may lie in several months.
        """
        mine = (fault.start_min, fault.number)
        earlier = tuple(f for f in self.point_faults(fault.point) if (f.start_min, f.number) < mine)
        found = []
        while n > 0:
            month = str(np.datetime64(first, "m").astype("datetime64[M]"))
            block = month_block(month, self.world.fleet.utc_offset_hours)
            begin = first - block.first_min
            taken = min(n, block.minutes - begin)
            shown = self._shown_with(month, fault.point, earlier)
            found.append(shown.column(channel)[begin : begin + taken])
            first, n = first + taken, n - taken
        return np.concatenate(found)


def kept_minutes(block: Block, first_min: int, end_min: int) -> slice:
    """The part of a block behind its warm-up that lies in a run."""
    return slice(max(block.index(first_min), WARM_UP_MIN), max(block.index(end_min), WARM_UP_MIN))


def _strength(fault: FleetFault, block: Block) -> Floats:
    minute = block.minute
    there = (minute >= fault.start_min) & (minute < fault.end_min)
    return np.where(there, fault.size, 0.0)


def _midnight(minute: int) -> int:
    """The first midnight that is not before a minute."""
    return -(-minute // DAY_MIN) * DAY_MIN


def _fuels(main: str, block: Block, switches: tuple[Switch, ...]) -> tuple[str, ...]:
    names = [main] * block.days
    for i, day in enumerate(block.day):
        for switch in switches:
            if switch.start_min <= day * DAY_MIN < switch.end_min:
                names[i] = switch.fuel
    return tuple(names)


K = TypeVar("K")


def _kept(store: OrderedDict[K, T], key: K, most: int, make: Callable[[], T]) -> T:
    if key in store:
        store.move_to_end(key)
        return store[key]
    store[key] = made = make()
    while len(store) > most:
        store.popitem(last=False)
    return made
