"""``flueledger report``: write the reconciliation report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cems.plantfile import load_plant
from reconcile import pipeline
from reconcile.options import Dsn, Overrides, Period, PlantFile, Stack
from reconcile.parameters import override_paths
from reconcile.report.write import verdict, write_report

app = typer.Typer(no_args_is_help=True, help="Write the reconciliation report.")


@app.callback()
def report() -> None:
    """Write the reconciliation report."""


@app.command()
def make(
    dsn: Dsn,
    plant: PlantFile,
    period: Period,
    out: Annotated[Path, typer.Option("--out", help="Folder for report.html and report.json")] = Path("report"),
    stack: Stack = None,
    parameters: Overrides = None,
) -> None:
    """Reconcile a stack over a period, write the report as HTML and JSON, and print its verdict."""
    console = Console(highlight=False)
    with console.status("hours, totals, accounts, comparison, charts …"):
        made = pipeline.build_report(
            dsn, load_plant(plant), period, made_at=pipeline.now(), stack=stack, overrides=override_paths(parameters)
        )
        paths = write_report(made, out)
    for path in paths:
        console.print(f"report: {path}", soft_wrap=True)
    for line in verdict(made).lines:
        console.print(line, style="bold", markup=False, soft_wrap=True)
