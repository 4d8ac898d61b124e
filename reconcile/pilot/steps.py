"""The steps of a pilot run: hours, then points, enterprises and the study; each takes what is up to date as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cems.errors import RuleError
from cems.fleettables import Fleet
from reconcile.allocation.exposure import prices_of
from reconcile.parameters import load_parameters
from reconcile.pilot import dataset, tasks
from reconcile.pilot.clones import with_clones
from reconcile.pilot.enterprise_study import fleet_hours, fleet_rows
from reconcile.pilot.gathered import Gathered
from reconcile.pilot.months import chosen, period_name
from reconcile.pilot.runner import Runner, Told

Step = Callable[[str, int], Told]
"""Told the name of a step and how many jobs it has; gives back what counts them."""


@dataclass(frozen=True, slots=True)
class Run:
    """What is run: a fleet, its months, and where the results go."""

    folder: Path
    out: Path
    fleet: Fleet
    months: tuple[str, ...]
    overrides: tuple[Path, ...]
    place: tasks.Place


@dataclass(frozen=True, slots=True)
class HoursMade:
    """How the step of the hours ended."""

    partitions: int
    made: int
    """The rest was up to date."""


def run_of(folder: Path, out: Path, months: str | None, overrides: Iterable[Path] = ()) -> Run:
    """A run over some months of a fleet; raises :class:`RuleError` for an output folder inside the readings."""
    fleet = dataset.load_fleet(folder)
    if out.resolve() == folder.resolve():
        raise RuleError("the results need a folder of their own: what was read must stay as it is")
    names, paths = chosen(fleet, months), tuple(overrides)
    return Run(folder, out, fleet, names, paths, tasks.place_of(folder, out, fleet, names, paths))


def make_hours(run: Run, runner: Runner, step: Step) -> HoursMade:
    """The hours of every point and month, one partition each; all months of a point are one job."""
    jobs = [
        tasks.HoursJob(run.place, enterprise.code, point, tuple(u for u in enterprise.unit if u.shares.get(point.code)))
        for enterprise in sorted(run.fleet.enterprise, key=lambda e: e.code)
        for point in sorted(enterprise.point, key=lambda p: p.code)
    ]
    made = runner.run(tasks.make_hours, jobs, step("hours of points", len(jobs)))
    return HoursMade(len(jobs) * len(run.months), sum(made))


def gather(
    run: Run, runner: Runner, step: Step, costs: Mapping[str, float] | None = None, price: float | None = None
) -> Gathered:
    """Enterprises with their points, then sectors and the fleet, from the hours that are there.

    ``price`` is what a tonne is worth [RMB]; the middle price of :func:`prices_of` where none is given.
    """
    parameters = load_parameters(run.overrides)
    jobs = [tasks.EnterpriseJob(run.place, e) for e in sorted(run.fleet.enterprise, key=lambda e: e.code)]
    found = runner.run(tasks.study_enterprise, jobs, step("enterprises and their points", len(jobs)))
    studies = [study for study, _ in found]
    points = with_clones([point for _, points in found for point in points], parameters)
    period = period_name(run.months)
    totals, rows = fleet_rows(studies, period, run.place.offset_ms, parameters)
    worth = prices_of(parameters, mid=price)["mid"]
    used = {key for point in points for key in point.figures} | {key for one in studies for key in one.figures}
    figures = sorted(used | {p.key for p in parameters.used()})
    return Gathered(
        fleet=run.fleet,
        period=period,
        enterprises=tuple(studies),
        points=tuple(points),
        totals=totals,
        total_rows=rows,
        costs=dict(costs or {}),
        price=worth,
        hours=fleet_hours(studies),
        figures=tuple(figures),
    )


def quiet(_name: str, _jobs: int) -> Told:
    """A step that tells nobody."""
    return lambda _done: None


def read_costs(path: Path | None) -> dict[str, float]:
    """Costs a year by family from a table ``family,cost_per_year``; raises :class:`RuleError` for a faulty line."""
    if path is None:
        return {}
    lines = path.read_text("utf-8-sig").splitlines()
    if not lines or [c.strip() for c in lines[0].split(",")] != ["family", "cost_per_year"]:
        raise RuleError(f"{path}: the first line must read family,cost_per_year")
    return dict(_cost(path, number, line) for number, line in enumerate(lines[1:], 2) if line.strip())


def _cost(path: Path, number: int, line: str) -> tuple[str, float]:
    cells: Sequence[str] = [c.strip() for c in line.split(",")]
    try:
        family, cost = cells
        value = float(cost)
    except ValueError as error:
        raise RuleError(f"{path}, line {number}: expected a family and a number (found {line!r})") from error
    if not 0 <= value < float("inf"):
        raise RuleError(f"{path}, line {number}: a cost is 0 or more (found {cost!r})")
    return family, value
