"""``flueledger qa``: quality checks, what they mean for the readings, and flags that a person sets."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cems import clock
from cems.channels import Channel
from cems.errors import ConfigError, Fault
from cems.flags import FLAGS, Flag
from cems.plant import Plant
from cems.plantfile import load_plant, load_toml
from reconcile import cylinders_cli, pipeline
from reconcile.checks.history import FlagEvent
from reconcile.cylinders_cli import unusable_ones
from reconcile.options import Dsn, Overrides, PlantFile
from reconcile.parameters import load_parameters, override_paths
from reconcile.quality import register
from reconcile.quality.kinds import KINDS
from reconcile.quality.records import QaFile
from reconcile.quality.templates import template_of
from reconcile.store import Store
from reconcile.stored.marks import SOURCE, load_marks, set_mark, withdraw
from reconcile.stored.quality import judge_all, load_check, load_checks, save_checks

app = typer.Typer(no_args_is_help=True, help="Quality checks, out-of-control periods, and flags that a person sets.")
PointOption = Annotated[str | None, typer.Option("--point", help="Code of a monitoring point; all where none is named")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the verifier")]
Who = Annotated[str, typer.Option("--who", help="Who answers for it")]
At = Annotated[
    datetime | None, typer.Option("--at", help="As of this time in the plant's standard time; now otherwise")
]


@app.command()
def kinds() -> None:
    """The kinds of checks, by which rule book they are judged, and when they are due again."""
    table = Table()
    for name in ("kind", "check", "中文", "rule book", "due, d"):
        table.add_column(name, justify="right" if name.startswith("due") else "left", no_wrap=name == "kind")
    parameters = load_parameters()
    for kind in KINDS.values():
        days = f"{parameters.value(kind.due_key):g}" if kind.due_key else ""
        table.add_row(kind.name, kind.title, kind.chinese, kind.rulebook, days)
    Console(highlight=False).print(table)


@app.command()
def template(kind: Annotated[str, typer.Argument(help="Kind of check; `flueledger qa kinds` lists them")]) -> None:
    """Print a file to fill in for a kind of check: `flueledger qa template span-drift > span.toml`."""
    typer.echo(template_of(kind), nl=False)


@app.command()
def record(
    files: Annotated[list[Path], typer.Argument(help="TOML files with [[check]] tables", exists=True, dir_okay=False)],
    dsn: Dsn,
    plant: PlantFile,
    parameters: Overrides = None,
) -> None:
    """Judge checks and keep them; a file with a fault is refused whole, each fault named. A check is kept once."""
    console, site, made_at = Console(highlight=False), load_plant(plant), pipeline.now()
    table = load_parameters(override_paths(parameters))
    judged = [(path, judge_all(load_toml(path, QaFile).check, site, table, str(path))) for path in files]
    with Store(dsn) as store:
        for path, rows in judged:
            source = f"{path.name} sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
            numbers = save_checks(store, site.enterprise.code, rows, source, made_at)
            for (number, new), one in zip(numbers, rows, strict=True):
                style = "" if one.verdict.passed else "red"
                said = f"{number}  {'' if new else '(known already) '}{one.verdict.outcome.value}: {one.verdict.reason}"
                console.print(said, style=style, markup=False, soft_wrap=True)
            for said in unusable_ones(store, site, [one.record for one in rows]):
                console.print(said, style="yellow", markup=False, soft_wrap=True)


@app.command("list")
def list_(dsn: Dsn, plant: PlantFile, point: PointOption = None) -> None:
    """The register: every check with its result."""
    site = load_plant(plant)
    with Store(dsn) as store:
        entries = load_checks(store, site.enterprise.code, point)
    table = Table(title="Quality checks")
    for name in ("no.", "performed", "point", "channel", "kind", "outcome", "due again", "who"):
        table.add_column(name, no_wrap=name == "kind")
    for e in entries:
        due = "" if e.due_ms is None else _local(e.due_ms, site)
        where = (e.point, e.channel.value, e.kind)
        table.add_row(str(e.number), _local(e.performed_ms, site), *where, e.outcome.value, due, e.who)
    Console(highlight=False).print(table if entries else "no quality check has been recorded yet")


@app.command()
def show(number: Annotated[int, typer.Argument(help="Number in the register")], dsn: Dsn) -> None:
    """Everything of one check as JSON: the record as given, every figure of the verdict, and its ledger entry."""
    with Store(dsn) as store:
        typer.echo(json.dumps(load_check(store, number), indent=1, ensure_ascii=False, default=str))


@app.command()
def due(dsn: Dsn, plant: PlantFile, point: PointOption = None, at: At = None) -> None:
    """When each check must be made again, the most urgent first; exit 1 when something is overdue."""
    site = load_plant(plant)
    now = _instant(at, site) if at else clock.to_ms(pipeline.now())
    with Store(dsn) as store:
        rows = register.due(load_checks(store, site.enterprise.code, point), now)
    table = Table(title=f"Due, as of {_local(now, site)}")
    for name in ("point", "channel", "kind", "last", "result", "due", ""):
        table.add_column(name)
    for d in rows:
        state = "[red]overdue[/]" if d.overdue else ""
        where = (d.point, d.channel.value, d.kind)
        table.add_row(*where, _local(d.last_ms, site), d.last_outcome.value, _local(d.due_ms, site), state)
    Console(highlight=False).print(table if rows else "no quality check has been recorded yet")
    if any(d.overdue for d in rows):
        raise typer.Exit(1)


@app.command()
def periods(dsn: Dsn, plant: PlantFile, point: PointOption = None) -> None:
    """Out-of-control periods: from a failed check to the next pass of the same check."""
    site = load_plant(plant)
    with Store(dsn) as store:
        entries = load_checks(store, site.enterprise.code, point)
    table = Table(title="Out-of-control periods 失控时段")
    for name in ("point", "channel", "from", "to", "check", "why"):
        table.add_column(name)
    for code in sorted({e.point for e in entries}):
        for p in register.periods([e for e in entries if e.point == code]):
            end = "open" if p.end_ms is None else _local(p.end_ms, site)
            table.add_row(code, p.subject, _local(p.start_ms, site), end, p.check, p.reason)
    Console(highlight=False).print(table)


@app.command()
def mark(
    point: Annotated[str, typer.Argument(help="Code of the monitoring point")],
    channel: Annotated[Channel, typer.Argument(help="Channel")],
    flag: Annotated[Flag, typer.Argument(help="Letter, such as M maintenance, C calibrating, D fault")],
    start: Annotated[datetime, typer.Argument(help="First moment, plant's standard time, e.g. 2026-03-05T10:00")],
    end: Annotated[datetime, typer.Argument(help="First moment after it")],
    reason: Reason,
    who: Who,
    dsn: Dsn,
    plant: PlantFile,
) -> None:
    """Flag the readings of a channel by hand; the history keeps it for good, `qa unmark` takes it back."""
    site = load_plant(plant)
    _check_mark(site, point, channel, flag, start, end)
    made_ms = clock.to_ms(pipeline.now())
    event = FlagEvent(channel, flag, _instant(start, site), _instant(end, site), SOURCE, reason, who, made_ms)
    with Store(dsn) as store:
        number = set_mark(store, site.enterprise.code, point, event)
    typer.echo(f"mark {number}: {point} {channel.value} {FLAGS[flag].term}; compute the hours again to see its effect")


@app.command()
def unmark(
    number: Annotated[int, typer.Argument(help="Number of the mark")],
    reason: Reason,
    who: Who,
    dsn: Dsn,
    plant: PlantFile,
) -> None:
    """Take a mark back; both stay in the history."""
    with Store(dsn) as store:
        withdraw(store, load_plant(plant).enterprise.code, number, reason, who, pipeline.now())
    typer.echo(f"mark {number} is taken back; compute the hours again to see its effect")


@app.command()
def marks(dsn: Dsn, plant: PlantFile, point: PointOption = None) -> None:
    """The history of flags that people set and took back."""
    site = load_plant(plant)
    with Store(dsn) as store:
        rows = load_marks(store, site.enterprise.code, point)
    table = Table(title="Flags set by people")
    for name in ("no.", "said", "who", "point", "channel", "flag", "from", "to", "reason"):
        table.add_column(name)
    for m in rows:
        e = m.event
        end = "" if e.end_ms is None else _local(e.end_ms, site)
        flag = f"takes back {m.withdraws}" if m.withdraws else f"{e.flag.value} {FLAGS[e.flag].term}"
        what = (m.point, e.channel.value, flag, _local(e.start_ms, site), end, e.reason)
        table.add_row(str(m.number), _local(e.made_at_ms, site), e.who, *what)
    Console(highlight=False).print(table if rows else "nobody has set a flag yet")


def _check_mark(site: Plant, point: str, channel: Channel, flag: Flag, start: datetime, end: datetime) -> None:
    found = next((p for p in site.point if p.code == point), None)
    faults = []
    if found is None:
        codes = ", ".join(p.code for p in site.point)
        faults.append(Fault(0, "POINT", f"the plant file has no point {point!r}; it has {codes}"))
    elif found.row_of(channel) is None:
        faults.append(Fault(0, "CHANNEL", f"point {point!r} does not measure {channel.value}"))
    if FLAGS[flag].valid or flag is Flag.ABSENT:
        faults.append(Fault(0, "FLAG", f"{flag.value!r} cannot be set by hand: a mark only takes readings out"))
    if not start < end:
        faults.append(Fault(0, "END", "must come after START"))
    if faults:
        raise ConfigError("qa mark", faults)


def _instant(moment: datetime, site: Plant) -> int:
    """A moment in the plant's standard time, unless it names another zone, in milliseconds since 1970."""
    zone = clock.zone_of(site.enterprise.utc_offset_hours)
    return clock.to_ms(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def _local(instant_ms: int, site: Plant) -> str:
    zone = clock.zone_of(site.enterprise.utc_offset_hours)
    return f"{clock.from_ms(instant_ms).astimezone(zone):%Y-%m-%d %H:%M}"


app.add_typer(cylinders_cli.app, name="cylinders")
app.command()(cylinders_cli.instruments)
