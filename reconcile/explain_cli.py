"""``flueledger explain``: a total walked down to hours, minutes, scans, register words and configuration."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from cems import clock
from cems.clock import HOUR_MS, MINUTE_MS
from cems.plantfile import load_plant
from reconcile.explain.step import Step, faults, plain
from reconcile.explain_pipeline import Wanted, explain
from reconcile.explain_print import print_explanation
from reconcile.options import Dsn, Overrides, PlantFile
from reconcile.parameters import override_paths
from reconcile.rulebooks import hj75

app = typer.Typer()
_HELP: Final = """Walk a number down to what it was made of, and compute each step again.

Without --day, --hour or --minute: the totals of the period, their hours, ledger entries and parameters, its days, \
and the hours worth a look. With --day its hours, with --hour the formula, the versions and the minutes, with --minute \
every scan with its flags, its register words and the hash of the gateway's configuration.

Times are the plant's standard time; with a Z behind them they are UTC.

Every number that the database keeps is computed again from its inputs, with the plant file and the parameters of its \
own ledger entry. A number that does not come out to the last bit is red, with both values, and the exit code is 1. \
--parameters count only for a rule book of which nothing is kept.

`flueledger reconcile totals` makes the totals that this explains.
"""
_HOUR, _MINUTE = "%Y-%m-%dT%H", "%Y-%m-%dT%H:%M"


# A command of its own among rooms that have several: options may stand behind the point and the period.
@app.callback(
    help=_HELP, invoke_without_command=True, subcommand_metavar="", context_settings={"allow_interspersed_args": True}
)
def explain_(
    point: Annotated[str, typer.Argument(help="Code of the monitoring point at the stack")],
    period: Annotated[str, typer.Argument(help="YYYY-MM or YYYY-MM..YYYY-MM, as the totals were made")],
    dsn: Dsn,
    plant: PlantFile,
    day: Annotated[str | None, typer.Option(help="YYYY-MM-DD: a day with its hours")] = None,
    hour: Annotated[str | None, typer.Option(help="YYYY-MM-DDTHH: an hour with its minutes")] = None,
    minute: Annotated[str | None, typer.Option(help="YYYY-MM-DDTHH:MM: a minute down to register words")] = None,
    rule: Annotated[str, typer.Option(help="Rule book; another than the report's is computed now")] = hj75.NAME,
    parameters: Overrides = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, every figure in full")] = False,
) -> None:
    """Walk a number down to what it was made of, and compute each step again."""
    if sum(given is not None for given in (day, hour, minute)) > 1:
        raise typer.BadParameter("give one of --day, --hour and --minute", param_hint="--hour")
    site = load_plant(plant)
    offset_hours = site.enterprise.utc_offset_hours
    wanted = Wanted(
        point,
        period,
        None if day is None else _day(day),
        None if hour is None else _instant(hour, _HOUR, HOUR_MS, offset_hours, "--hour"),
        None if minute is None else _instant(minute, _MINUTE, MINUTE_MS, offset_hours, "--minute"),
        rule,
    )
    with Console(stderr=True).status("reading scans, computing again …"):
        step = explain(dsn, site, wanted, override_paths(parameters))
    if as_json:
        typer.echo(json.dumps(plain(step), indent=1, ensure_ascii=False))
    else:
        print_explanation(Console(highlight=False), step, _hints(wanted, step, plant))
    if faults(step):
        raise typer.Exit(1)


def _day(text: str) -> str:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date().isoformat()
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is no day; write YYYY-MM-DD, such as 2026-03-05", param_hint="--day"
        ) from error


def _instant(text: str, form: str, step_ms: int, offset_hours: float, option: str) -> int:
    """The instant of a text in plant time, or in UTC with a Z behind it."""
    zone, local = (UTC, text[:-1]) if text.endswith("Z") else (clock.zone_of(offset_hours), text)
    for known in (form, _MINUTE, f"{_MINUTE}:%S"):
        try:
            instant_ms = clock.to_ms(datetime.strptime(local, known).replace(tzinfo=zone))
        except ValueError:
            continue
        if (instant_ms + (0 if zone is UTC else round(offset_hours * HOUR_MS))) % step_ms == 0:
            return instant_ms
    example = "2026-03-05T13" if step_ms == HOUR_MS else "2026-03-05T13:07"
    raise typer.BadParameter(f"{text!r} is no whole {option[2:]}; write it as {example}", param_hint=option)


def _hints(wanted: Wanted, step: Step, plant: Path) -> tuple[str, ...]:
    """How to look one step deeper, with a command that can be copied."""
    command = f"flueledger explain {wanted.point} {wanted.period} --plant {plant}"
    command += f" --rule {wanted.rule}" if wanted.rule != hj75.NAME else ""
    if wanted.minute_ms is not None:
        return ()
    if wanted.hour_ms is not None:
        minutes = next(one for one in step.inputs if one.title == "minutes").inputs
        return (f"deeper: {command} --minute {step.title.split()[1]}:{minutes[0].title[3:5]}",)
    if wanted.day is not None:
        return (f"deeper: {command} --hour {step.inputs[0].title}",)
    worth = next((one for one in step.inputs if one.title == "hours worth a look"), None)
    at = worth.inputs[0].inputs[0].title.split()[0] if worth and worth.inputs else None
    return (f"deeper: {command} --day {at[:10]}, or --hour {at}",) if at else ()
