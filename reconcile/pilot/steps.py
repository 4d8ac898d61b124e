"""The steps of a pilot run: hours, then points, enterprises and the study; each takes what is up to date as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cems.errors import RuleError
from cems.fleettables import Co2Family, Fleet, FlowFamily, MoistureFamily
from reconcile.allocation.exposure import prices_of
from reconcile.parameters import load_parameters
from reconcile.pilot import dataset, tasks
from reconcile.pilot.clones import with_clones
from reconcile.pilot.enterprise_study import fleet_hours, fleet_rows
from reconcile.pilot.gathered import Gathered
from reconcile.pilot.months import chosen, period_name
from reconcile.pilot.runner import Runner, Told

_FAMILIES = tuple(family.value for kind in (Co2Family, FlowFamily, MoistureFamily) for family in kind)
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
    if out.resolve().is_relative_to(folder.resolve()):
        raise RuleError("the results need a folder of their own: what was read must stay as it is")
    names, paths = chosen(fleet, months), tuple(overrides)
    return Run(folder, out, fleet, names, paths, tasks.place_of(folder, out, fleet, names, paths))


def make_hours(run: Run, runner: Runner, step: Step) -> HoursMade:
    """The hours of every point and month, one partition each; all months of a point are one job.

    Raises :class:`RuleError` where minutes of a point or of one of its units are not there.
    """
    _all_there(run.folder, [*_minutes(run), *_unit_minutes(run)])
    jobs = [
        tasks.HoursJob(run.place, enterprise.code, point, tasks.units_at(enterprise, point))
        for enterprise in sorted(run.fleet.enterprise, key=lambda e: e.code)
        for point in sorted(enterprise.point, key=lambda p: p.code)
    ]
    made = runner.run(tasks.make_hours, jobs, step("hours of points", len(jobs)))
    return HoursMade(len(jobs) * len(run.months), sum(made))


def gather(
    run: Run, runner: Runner, step: Step, costs: Mapping[str, float] | None = None, price: float | None = None
) -> Gathered:
    """Enterprises with their points, then sectors and the fleet, from the hours that are there.

    ``price`` is what a tonne is worth [RMB]; the middle price of :func:`prices_of` where none is given. Raises
    :class:`RuleError` where fuel records are not there.
    """
    _all_there(
        run.folder, [p for e in run.fleet.enterprise for p in dataset.fuel_paths(run.folder, e.code, run.months)]
    )
    parameters = load_parameters(run.overrides)
    large_first = sorted(run.fleet.enterprise, key=lambda e: (-len(e.point), e.code))  # so that no worker is left alone
    jobs = [tasks.EnterpriseJob(run.place, e) for e in large_first]
    found = runner.run(tasks.study_enterprise, jobs, step("enterprises and their points", len(jobs)))
    found.sort(key=lambda one: one[0].enterprise)
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


def _minutes(run: Run) -> Iterator[Path]:
    for e in run.fleet.enterprise:
        yield from (dataset.minutes_path(run.folder, e.code, p.code, m) for p in e.point for m in run.months)


def _unit_minutes(run: Run) -> Iterator[Path]:
    for e in run.fleet.enterprise:
        units = (u for u in e.unit if any(u.shares.get(p.code) for p in e.point))
        yield from (dataset.unit_path(run.folder, e.code, u.code, m) for u in units for m in run.months)


def _all_there(folder: Path, paths: Sequence[Path]) -> None:
    """A month whose table was lost must not pass for one in which nothing was read: it would be filled."""
    if lacking := [path for path in paths if not path.is_file()]:
        first = lacking[0].relative_to(folder)
        raise RuleError(
            f"{len(lacking)} of {len(paths)} tables of {folder} are not there, the first is {first}: bring them, or "
            "choose --months that are there, or write a table without rows where there is nothing"
        )


def quiet(_name: str, _jobs: int) -> Told:
    """A step that tells nobody."""
    return lambda _done: None


def read_costs(path: Path | None) -> dict[str, float]:
    """Costs a year by family from a table ``family,cost_per_year``; raises :class:`RuleError` for a faulty line.

    Faulty is a family that there is not or that stands twice, too: its cost would be left out without a word.
    """
    if path is None:
        return {}
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"{path} cannot be read as a table of text: {error}") from error
    if not lines or [c.strip() for c in lines[0].split(",")] != ["family", "cost_per_year"]:
        raise RuleError(f"{path}: the first line must read family,cost_per_year")
    found: dict[str, float] = {}
    for number, line in enumerate(lines[1:], 2):
        if line.strip():
            family, cost = _cost(path, number, line)
            if family in found:
                raise RuleError(f"{path}, line {number}: {family} has a cost already")
            found[family] = cost
    return found


def _cost(path: Path, number: int, line: str) -> tuple[str, float]:
    cells: Sequence[str] = [c.strip() for c in line.split(",")]
    try:
        family, cost = cells
        value = float(cost)
    except ValueError as error:
        raise RuleError(f"{path}, line {number}: expected a family and a number (found {line!r})") from error
    if not 0 <= value < float("inf"):
        raise RuleError(f"{path}, line {number}: a cost is 0 or more (found {cost!r})")
    if family not in _FAMILIES:
        raise RuleError(f"{path}, line {number}: there is no family {family!r}; there are {', '.join(_FAMILIES)}")
    return family, value
