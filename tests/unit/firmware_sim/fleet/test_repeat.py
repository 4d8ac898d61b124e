"""The same seed gives the same bits, however a run is cut, begun or ordered."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from firmware_sim.fleet.draw import draw_faults
from firmware_sim.fleet.faults import FleetFault
from firmware_sim.fleet.month import PlaceRun
from firmware_sim.fleet.places import World
from firmware_sim.fleet.plan import draw_world
from firmware_sim.fleet.run import FleetRun, write_fleet
from firmware_sim.fleet.text import parse_fleet_faults

FAULTS = ["stuck:co2:{}@2026-01-25/2026-02-12", "common-leak:{}@2026-02-03/2026-02-20=5%", "replayed-day:{}@2026-02-24"]


def made(folder: Path, start: str, days: int, *, only: str = "", faulty: bool = False) -> FleetRun:
    world = draw_world(5, date.fromisoformat(start), days, 4, 8)
    point = world.places[0].points[0].doc.code
    faults = parse_fleet_faults([t.format(point) for t in FAULTS], world) if faulty else ()
    run = FleetRun(world, faults, folder / "out", folder / "truth", (only,) if only else ())
    write_fleet(run)
    return run


def digests(folder: Path, below: str) -> dict[str, str]:
    files = sorted((folder / below).rglob("*.*"))
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def test_a_seed_repeats_bit_for_bit(tmp_path: Path) -> None:
    for name in ("a", "b"):
        made(tmp_path / name, "2026-01-10", 50, faulty=True)
    first = digests(tmp_path / "a", "out") | digests(tmp_path / "a", "truth")
    assert len(first) > 20
    assert first == digests(tmp_path / "b", "out") | digests(tmp_path / "b", "truth")


def test_another_start_and_other_lengths_change_nothing_of_a_month(tmp_path: Path) -> None:
    """February alone, with its neighbours, and one enterprise alone: the same files."""
    long = made(tmp_path / "long", "2026-01-01", 90, faulty=True)
    made(tmp_path / "short", "2026-02-01", 28, faulty=True)
    code = long.world.places[0].doc.code
    made(tmp_path / "one", "2026-02-01", 28, only=code, faulty=True)
    a, b, c = (digests(tmp_path / n, "out") for n in ("long", "short", "one"))
    shared = [n for n in b if n.endswith("2026-02.parquet")]
    assert len(shared) > 20
    assert {n: a[n] for n in shared} == {n: b[n] for n in shared}
    own = [n for n in c if n.endswith("2026-02.parquet")]
    assert own
    assert all(f"/{code}/" in n for n in own)
    assert {n: b[n] for n in own} == {n: c[n] for n in own}


def test_a_part_of_a_month_is_a_part_of_the_month(tmp_path: Path) -> None:
    made(tmp_path / "whole", "2026-02-01", 28)
    run = made(tmp_path / "part", "2026-02-11", 7)
    first = run.first_min * 60 - 8 * 3600
    for path in sorted((tmp_path / "part" / "out" / "minutes").rglob("*.parquet")):
        part = pq.read_table(path)
        assert part.num_rows == 7 * 1440
        whole = pq.read_table(tmp_path / "whole" / path.relative_to(tmp_path / "part"))
        rows = np.flatnonzero(np.isin(whole["time_s"].to_numpy(), part["time_s"].to_numpy()))
        assert part["time_s"].to_numpy()[0] == first
        assert whole.take(rows).equals(part)


def test_months_join_without_a_seam(world: World) -> None:
    """What filters forgot of the month before is below the step of any instrument."""
    run = PlaceRun(world, world.places[0], ())
    before, after = run.seen("2026-02", 0), run.seen("2026-03", 0)
    for name in ("co2_pct", "o2_pct", "velocity", "temperature_c", "moisture_pct"):
        x, y = getattr(before, name), getattr(after, name)
        assert y[:1440][-60:] == pytest.approx(x[-60:], abs=1e-6), name  # the warm-up of March is the end of February


def test_drawn_faults_depend_on_the_seed_and_not_on_what_is_made() -> None:
    world = draw_world(5, date(2026, 1, 1), 365, 4, 8)
    a, b = (draw_faults(world, 0, 4.0) for _ in range(2))
    assert [_plain(f) for f in a] == [_plain(f) for f in b]
    other = draw_faults(draw_world(6, date(2026, 1, 1), 365, 4, 8), 0, 4.0)
    assert [_plain(f) for f in a] != [_plain(f) for f in other]


def _plain(fault: FleetFault) -> tuple[object, ...]:
    return (fault.kind.name, fault.place, fault.point, fault.channel, fault.start_min, fault.end_min, fault.size)
