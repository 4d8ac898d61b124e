"""``flueledger activity check``: activity records held against the patterns of made-up or mistaken data."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from cems.errors import RuleError
from cems.plantfile import load_plant
from reconcile.accounting.plausibility.all_checks import lines, suspicions
from reconcile.activity_pipeline import whole_period
from reconcile.options import Dsn, Overrides, PlantFile
from reconcile.parameters import load_parameters, override_paths
from reconcile.period import span_of
from reconcile.store import Store
from reconcile.stored.activity import load_activity

app = typer.Typer(no_args_is_help=True, help="Activity records held against the patterns of made-up or mistaken data.")


class Language(StrEnum):
    """Languages of the findings."""

    EN = "en"
    ZH = "zh"


@app.command()
def check(
    period: Annotated[str, typer.Argument(help="YYYY, YYYY-MM or YYYY-MM..YYYY-MM")],
    dsn: Dsn,
    plant: PlantFile,
    unit: Annotated[str | None, typer.Option("--unit", help="One unit of the plant; all where none is named")] = None,
    language: Annotated[Language, typer.Option(help="Language of the findings")] = Language.EN,
    parameters: Overrides = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Hold the activity records in force against known patterns; a suspicion is a question, not a verdict.

    Each names the records, the figure and its limit, the tonnes of CO2 that hang on it and what would clear it. Checks
    that could not run say so. A longer period lets more checks run.
    """
    site = load_plant(plant)
    if unit is not None and unit not in {u.code for u in site.unit}:
        raise RuleError(f"there is no unit {unit!r}; there are {', '.join(u.code for u in site.unit)}")
    months = [month for month, _, _ in span_of(whole_period(period), 8.0).months]
    with Store(dsn) as store:
        stored = load_activity(store, site.enterprise.code, months[0], months[-1])
    records = [s.record for s in stored if unit is None or s.record.unit == unit]
    if not records:
        raise RuleError(f"there is no activity record in {period}; `flueledger activity list` shows what there is")
    found = suspicions(records, load_parameters(override_paths(parameters)))
    if as_json:
        typer.echo(json.dumps([asdict(seen) for seen in found], ensure_ascii=False, indent=1))
        return
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for line in lines(found, language.value):
        console.print(line)
