"""A whole run: month by month, point by point, straight to the tables; nothing is held beyond a month of one plant."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np

from cems.clock import EPOCH_DAY
from cems.errors import ConfigError, Fault
from cems.fleettables import EVENTS, FUEL, MINUTES, UNIT_MINUTES
from firmware_sim.fleet.books import rows as book_rows
from firmware_sim.fleet.control import control
from firmware_sim.fleet.faults import FleetFault
from firmware_sim.fleet.labels import Labels
from firmware_sim.fleet.logbook import keep_log
from firmware_sim.fleet.month import PlaceRun, kept_minutes
from firmware_sim.fleet.noise import Noise
from firmware_sim.fleet.places import Place, World
from firmware_sim.fleet.rows import rows_of
from firmware_sim.fleet.tables import write_table
from firmware_sim.fleet.truth import biases, hours_of, write_hours
from firmware_sim.span import DAY_MIN

FLEET_FILE: Final = "fleet.json"
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FleetRun:
    """Where a run goes and what it is of."""

    world: World
    """The fleet as it is."""
    faults: tuple[FleetFault, ...]
    """What goes wrong in it."""
    out: Path
    """The fleet folder: what an engine may read."""
    truth: Path
    """What really happened; must not lie in the fleet folder."""
    only: tuple[str, ...] = ()
    """Codes of the enterprises that are made; empty for all."""

    @property
    def first_min(self) -> int:
        """First minute, since 1970 in standard time."""
        return (date.fromisoformat(self.world.fleet.start) - EPOCH_DAY).days * DAY_MIN

    @property
    def end_min(self) -> int:
        """Minute behind the last."""
        return self.first_min + self.world.fleet.days * DAY_MIN

    @property
    def months(self) -> tuple[str, ...]:
        """Months in standard time."""
        first, last = (np.datetime64(m, "m").astype("datetime64[M]") for m in (self.first_min, self.end_min - 1))
        return tuple(str(m) for m in np.arange(first, last + 1))

    @property
    def places(self) -> tuple[Place, ...]:
        """The enterprises that are made."""
        return tuple(p for p in self.world.places if not self.only or p.doc.code in self.only)


def write_fleet(run: FleetRun, told: Told = lambda _: None) -> None:
    """Write the fleet folder and the truth folder; ``told`` hears the code of a point after each of its months.

    Raises :class:`ConfigError` for a folder that holds something, a truth folder within the fleet folder, or an
    enterprise that is not in the fleet.
    """
    _refuse(run)
    run.out.mkdir(parents=True, exist_ok=True)
    run.truth.mkdir(parents=True, exist_ok=True)
    kept = run.world.fleet.model_copy(update={"enterprise": tuple(p.doc for p in run.places)})
    (run.out / FLEET_FILE).write_text(kept.model_dump_json(indent=1) + "\n", encoding="utf-8")
    _json(run.truth / "biases.json", {p.doc.code: biases(p) for p in run.places})
    labels = Labels(run.world, run.faults, run.first_min, run.end_min)
    for place in run.places:
        made = PlaceRun(run.world, place, run.faults)
        for month in run.months:
            _write_month(run, made, month, labels, told)
        made.forget()
    wanted = {p.index for p in run.places}
    _json(run.truth / "labels.json", labels.document(wanted))


def _write_month(run: FleetRun, made: PlaceRun, month: str, labels: Labels, told: Told) -> None:
    units, place = made.units(month), made.place
    block = units.block
    kept = kept_minutes(block, run.first_min, run.end_min)
    code, file = place.doc.code, f"{month}.parquet"
    seen = [made.seen(month, i) for i in range(len(place.points))]
    for doc, process, unit in zip(place.doc.unit, units.processes, place.units, strict=True):
        noise = Noise(run.world.seed, unit.owner, block)
        path = run.out / "units" / code / doc.code / file
        write_table(path, UNIT_MINUTES, control(process, noise, kept, made.bypass_open(month, doc.code)))
    for index, point in enumerate(place.points):
        shown = made.shown(month, index)
        noise = Noise(run.world.seed, point.owner, block)
        write_table(
            run.out / "minutes" / code / point.doc.code / file,
            MINUTES,
            rows_of(noise, kept, shown, made.point_faults(index)),
        )
        log = keep_log(run.world.seed, point, block, seen[index], shown)
        write_table(run.out / "events" / code / point.doc.code / file, EVENTS, _within(log, run, block.offset_min))
        labels.add(made, month, index, shown)
        told(point.doc.code)
    days = slice(kept.start // DAY_MIN - 1, kept.stop // DAY_MIN - 1)
    books = [book_rows(b) for b in made.books(month)]
    joined = {c.name: np.concatenate([np.asarray(b[c.name])[days] for b in books]) for c in FUEL}
    write_table(run.out / "fuel" / code / file, FUEL, joined)
    write_hours(run.truth / "hours" / code / file, hours_of(place, units, seen, kept))


def _within(log: dict[str, list[object]], run: FleetRun, offset_min: int) -> dict[str, Any]:
    time_s = np.array(log["time_s"], dtype=np.int64)
    keep = (time_s >= 60 * (run.first_min - offset_min)) & (time_s < 60 * (run.end_min - offset_min))
    return {name: [v for v, k in zip(values, keep, strict=True) if k] for name, values in log.items()}


def _refuse(run: FleetRun) -> None:
    faults = [
        Fault(0, option, f"{path} holds something already; name a new folder")
        for option, path in (("--out", run.out), ("--truth", run.truth))
        if path.exists() and (not path.is_dir() or any(path.iterdir()))
    ]
    out, truth = run.out.resolve(), run.truth.resolve()
    if truth == out or truth.is_relative_to(out) or out.is_relative_to(truth):
        faults.append(Fault(0, "--truth", "what really happened must not lie with what an engine may read"))
    known = {p.doc.code for p in run.world.places}
    faults += [Fault(0, "--only", f"there is no enterprise {c!r} in this fleet") for c in run.only if c not in known]
    if faults:
        raise ConfigError("simulated fleet", faults)


def _json(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
