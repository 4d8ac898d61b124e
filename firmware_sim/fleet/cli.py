"""``flueledger sim fleet``: a simulated fleet as tables on disk, and beside it what really happened."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from cems.clock import EPOCH_DAY
from cems.errors import ConfigError, Fault
from firmware_sim.fleet.draw import draw_faults, draw_lawful
from firmware_sim.fleet.faults import FleetKind
from firmware_sim.fleet.kinds import KINDS
from firmware_sim.fleet.plan import draw_world
from firmware_sim.fleet.run import FleetRun, write_fleet
from firmware_sim.fleet.text import parse_fleet_faults
from firmware_sim.span import DAY_MIN

_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False)


def fleet(
    out: Annotated[Path, typer.Option(help="New folder for the tables that an engine may read.")],
    truth: Annotated[Path, typer.Option(help="New folder for what really happened: labels, hours, biases.")],
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same fleet, same readings, bit for bit.")],
    start: Annotated[str, typer.Option(help="First day, in the plants' standard time.")] = "2026-01-01",
    days: Annotated[int, typer.Option(min=1, max=3660, help="Days.")] = 365,
    enterprises: Annotated[int, typer.Option(min=1, max=5000, help="Enterprises.")] = 72,
    points: Annotated[int, typer.Option(min=1, help="Monitoring points, one to four for each enterprise.")] = 152,
    only: Annotated[list[str] | None, typer.Option(help="Make only this enterprise; may be repeated.")] = None,
    fault_rate: Annotated[float, typer.Option(min=0, max=12, help="Faults drawn per point and year.")] = 1.5,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            help="Fault by hand, such as common-leak:power-01-stack-1@20/40=4%; `sim fleet-faults` lists them."
        ),
    ] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Draw only this kind of fault; may be repeated.")] = None,
    *,
    clean: Annotated[bool, typer.Option("--clean", help="Draw no faults: what happens lawfully stays.")] = False,
) -> None:
    """Simulate a fleet of plants at minute resolution and write it as Parquet tables.

    Writes month by month and point by point, so that a year of the fleet needs no more memory than a month of one
    plant. The truth goes to a folder of its own.

    Example: flueledger sim fleet --out fleet --truth fleet-truth --seed 1 --days 60 --only power-01
    """
    if clean and kind:
        raise ConfigError("simulated fleet", [Fault(0, "--kind", "with --clean no fault is drawn; leave one away")])
    world = draw_world(seed, _day(start), days, enterprises, points)
    first_min = (_day(start) - EPOCH_DAY).days * DAY_MIN
    drawn = () if clean else draw_faults(world, first_min, fault_rate, tuple(kind or ()))
    faults = (*drawn, *parse_fleet_faults(list(fault or ()), world, len(drawn)))
    faults = (*faults, *draw_lawful(world, first_min, faults))
    run = FleetRun(world, faults, out, truth, tuple(only or ()))
    total = sum(len(p.points) for p in run.places) * len(run.months)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total} point-months"))
    with Progress(
        *columns, TimeElapsedColumn(), TimeRemainingColumn(), console=_err, disable=not _err.is_terminal
    ) as progress:
        task = progress.add_task("simulating", total=total)

        def told(code: str) -> None:
            progress.update(task, advance=1, description=code)

        write_fleet(run, told)
    made = sum(len(p.points) for p in run.places)
    _out.print(f"{len(run.places)} enterprises, {made} points, {days} days: {out}\nwhat really was: {truth}")


def fleet_faults() -> None:
    """List the faults that can be injected into a fleet, by their row in the taxonomy, and how to write them."""
    for kind in KINDS.values():
        channels = ("another fuel",) if kind.others else kind.channels
        strikes = (" or " if kind.choose else ", ").join(channels)
        drawn = f"size {_sizes(kind)}; {kind.days[0]:g} to {kind.days[1]:g} days" + "; lawful" * kind.legit
        _out.print(f"{kind.number:>3}  {kind.name}: {kind.meaning}\n       {strikes}; {drawn}", markup=False)
    _out.print(
        "written KIND[:CHOICE]:POINT@START[/END][=SIZE], for example:\n"
        "  --fault common-leak:power-01-stack-1@20/40=4%\n"
        "  --fault stuck:co2:power-01-stack-1@2026-02-10T06:00/2026-02-12\n"
        "START and END are a day of the run, from 1, or a date, in the plants' time; without END the fault stays.\n"
        "SIZE is a share (4% or 0.04), or in the unit that the fault names.",
        markup=False,
    )


def _sizes(kind: FleetKind) -> str:
    if kind.sizes is None:
        return "has none"
    low, high = (f"{s:g}" for s in kind.sizes)
    return ("± " if kind.both_signs else "") + (low if low == high else f"{low} to {high}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError("simulated fleet", [Fault(0, "--start", f"{text!r} is no date; write 2026-01-01")]) from error
