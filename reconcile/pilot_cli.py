"""``flueledger pilot``: the engine over a fleet, and the answers to the four questions of the pilot."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from cems.errors import RuleError
from reconcile.options import Overrides
from reconcile.parameters import load_parameters, override_paths
from reconcile.pilot import steps, write
from reconcile.pilot.runner import Runner, Told, runner
from reconcile.pilot.study import Study, study

app = typer.Typer(
    no_args_is_help=True,
    help="The pilot study: hours from minutes, anomalies, causes, comparison, and the four questions 设备选型, "
    "监测点位选取, 核算与监测数据分析比对, 自动监测结果评估.",
)
FleetFolder = Annotated[Path, typer.Argument(help="Folder of the fleet (fleet.json, minutes, units, fuel, events)")]
Out = Annotated[
    Path,
    typer.Option("--out", help="Folder of the results; what is up to date in it is not made again", file_okay=False),
]
Months = Annotated[str | None, typer.Option(help="YYYY-MM or YYYY-MM..YYYY-MM; all that the fleet has otherwise")]
Scheduler = Annotated[
    str | None,
    typer.Option(help="Dask scheduler, tcp://HOST:PORT; its workers must see both folders under these paths"),
]
Workers = Annotated[int | None, typer.Option(min=1, help="Worker processes of our own; none: all in this process")]
Costs = Annotated[
    Path | None,
    typer.Option(help="CSV family,cost_per_year: what a family of instruments costs", exists=True, dir_okay=False),
]
Price = Annotated[float | None, typer.Option(min=0, help="RMB a tonne, for what anomalies may be worth")]
Worth: TypeAlias = tuple[dict[str, float], float | None]
"""Costs a year by family, and the price of a tonne."""


@app.command()
def run(
    fleet: FleetFolder,
    out: Out,
    months: Months = None,
    scheduler: Scheduler = None,
    workers: Workers = None,
    parameters: Overrides = None,
    costs: Costs = None,
    price: Price = None,
) -> None:
    """Everything: hours, points, enterprises, study. Run again, it takes up where it was."""
    worth = _worth(costs, price)
    with _working(scheduler, workers) as (at, step):
        made = steps.run_of(fleet, out, months, override_paths(parameters))
        hours = steps.make_hours(made, at, step)
        found = _study(made, at, step, out, worth)
    console = Console(highlight=False)
    console.print(f"{hours.partitions} partitions of hours, {hours.made} of them made, the rest was up to date")
    _tell(console, found, out)


@app.command()
def hours(
    fleet: FleetFolder,
    out: Out,
    months: Months = None,
    scheduler: Scheduler = None,
    workers: Workers = None,
    parameters: Overrides = None,
) -> None:
    """Only the hours of every point and month."""
    with _working(scheduler, workers) as (at, step):
        made = steps.make_hours(steps.run_of(fleet, out, months, override_paths(parameters)), at, step)
    typer.echo(f"{made.partitions} partitions of hours in {out / 'hours'}, {made.made} of them made")


@app.command("study")
def study_(
    fleet: FleetFolder,
    out: Out,
    months: Months = None,
    scheduler: Scheduler = None,
    workers: Workers = None,
    parameters: Overrides = None,
    costs: Costs = None,
    price: Price = None,
) -> None:
    """Only the study, from the hours that are there."""
    worth = _worth(costs, price)
    with _working(scheduler, workers) as (at, step):
        found = _study(steps.run_of(fleet, out, months, override_paths(parameters)), at, step, out, worth)
    _tell(Console(highlight=False), found, out)


def _worth(costs: Path | None, price: float | None) -> Worth:
    """Costs and price, refused before hours are spent on them."""
    if price is not None and not math.isfinite(price):
        raise RuleError(f"the price of a tonne is a number of 0 or more (found {price!r})")
    return steps.read_costs(costs), price


def _study(made: steps.Run, at: Runner, step: steps.Step, out: Path, worth: Worth) -> Study:
    gathered = steps.gather(made, at, step, *worth)
    figures = load_parameters(made.overrides)
    for key in gathered.figures:
        figures.value(key)
    found = study(gathered, figures)
    write.write_study(found, gathered, out, figures)
    return found


@contextmanager
def _working(scheduler: str | None, workers: int | None) -> Iterator[tuple[Runner, steps.Step]]:
    """Where the jobs run, and a bar for each step."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:

        def step(name: str, jobs: int) -> Told:
            task = progress.add_task(name, total=jobs)
            return lambda done: progress.advance(task, done)

        with runner(scheduler, workers) as at:
            yield at, step


def _tell(console: Console, found: Study, out: Path) -> None:
    head = found.headline
    if head is None:
        console.print("nothing could be compared: no enterprise has a monitored way out")
    elif not math.isfinite(head.e_n):
        console.print(
            f"{found.period}, {found.points} points at {found.enterprises} enterprises: nothing could be compared, no "
            "hour has CO2 by monitoring and by accounting; the table of what is not compared says why",
            soft_wrap=True,
        )
    else:
        word = "agree" if head.agrees else "do not agree"
        console.print(
            f"{found.period}, {found.points} points at {found.enterprises} enterprises: {head.monitoring_t:,.0f} t CO2 "
            f"by monitoring, {head.accounting_t:,.0f} t by accounting over the same hours",
            soft_wrap=True,
        )
        expanded_pct = 100 * head.expanded_t / head.accounting_t
        console.print(
            f"difference {head.difference_pct:+.2f} % ± {expanded_pct:.2f} % (k=2), E_n {head.e_n:+.2f}: they {word}",
            soft_wrap=True,
        )
    console.print(f"study: {out / 'study.html'}", soft_wrap=True)
