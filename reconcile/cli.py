"""``flueledger reconcile``: hours, fuel records, accounts and their comparison."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cems.plantfile import load_plant
from reconcile import pipeline, totals_pipeline, totals_print
from reconcile.breakdown import KINDS
from reconcile.factors_cli import print_factors
from reconcile.hours import Status
from reconcile.options import Dsn, Overrides, Period, PlantFile, Stack
from reconcile.parameters import load_parameters, override_paths
from reconcile.report.write import verdict
from reconcile.rulebooks import hj75

app = typer.Typer(no_args_is_help=True, help="Hours, totals, accounts and their comparison.")


@app.command()
def hours(dsn: Dsn, plant: PlantFile, period: Period, stack: Stack = None, parameters: Overrides = None) -> None:
    """Compute the regulatory hours of a stack and save those that are news."""
    console = Console(highlight=False)
    with console.status("reading scans, computing hours …"):
        saved = pipeline.compute_hours(
            dsn, load_plant(plant), period, made_at=pipeline.now(), stack=stack, overrides=override_paths(parameters)
        )
    table = Table(title=f"Hours of {period}")
    for name in ("status", "hours"):
        table.add_column(name, justify="right" if name == "hours" else "left")
    for status in Status:
        table.add_row(status.value, str(int(saved.measured.hours.is_(status).sum())))
    console.print(table)
    rate = saved.capture.rate_pct
    console.print(f"valid-data capture {'unknown' if rate is None else f'{rate:.2f} %'}; {saved.new} hours saved")


@app.command()
def totals(
    dsn: Dsn,
    plant: PlantFile,
    period: Period,
    stack: Stack = None,
    parameters: Overrides = None,
    rule: Annotated[str, typer.Option(help="Rule book; only totals of the report's rule book are saved")] = hj75.NAME,
    by: Annotated[
        list[str] | None,
        typer.Option(help=f"{', '.join(KINDS)}; repeatable; all but days where none is named"),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, every figure in full, days too")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, every figure in full, days too")] = False,
) -> None:
    """Total a stack: measured only, by the rule and neutral, by day, month, quarter and year, and what blocks add."""
    if unknown := sorted(set(by or ()) - set(KINDS)):
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(KINDS)}", param_hint="--by")
    every = KINDS if as_json or as_csv else KINDS[1:]
    kinds, site = tuple(kind for kind in KINDS if kind in by) if by else every, load_plant(plant)
    console = Console(highlight=False)
    with Console(stderr=True).status("reading scans, computing hours and totals …"):
        done = totals_pipeline.compute_totals(
            dsn,
            site,
            period,
            made_at=pipeline.now(),
            stack=stack,
            overrides=override_paths(parameters),
            rule=rule,
            kinds=kinds,
        )
    if as_json or as_csv:
        typer.echo(
            json.dumps(totals_print.as_json(done), indent=1) if as_json else totals_print.as_csv(done), nl=as_json
        )
    else:
        totals_print.print_totals(console, done, site.enterprise.utc_offset_hours)


@app.command("import-fuel")
def import_fuel(
    table: Annotated[Path, typer.Argument(help="CSV table of daily fuel and laboratory records")],
    dsn: Dsn,
    plant: PlantFile,
) -> None:
    """Import daily fuel and laboratory records; a table with a faulty cell is refused whole, each fault named.

    Monthly records of any sector come in by `flueledger activity import`.
    """
    new, total = pipeline.import_fuel(dsn, load_plant(plant), table)
    Console(highlight=False).print(f"{table}: {total} records, {new} of them new", soft_wrap=True)


@app.command()
def account(dsn: Dsn, plant: PlantFile, period: Period, stack: Stack = None, parameters: Overrides = None) -> None:
    """Make the account from daily coal records, with laboratory carbon and with default carbon.

    It is what the report holds against the stack. From monthly records of any sector `flueledger activity account`
    makes it.
    """
    console = Console(highlight=False)
    accounts = pipeline.compute_account(
        dsn, load_plant(plant), period, made_at=pipeline.now(), stack=stack, overrides=override_paths(parameters)
    )
    table = Table(title=f"CO2 by accounting, {period}")
    for name in ("method", "unit", "month", "fuel", "t fuel", "C_ar %", "t CO2", "carbon"):
        table.add_column(name, justify="right" if name.startswith(("t ", "C_ar")) else "left")
    for made, budget in accounts:
        for p in made.parts:
            figures = (f"{p.mass_t:,.2f}", f"{p.carbon_pct_ar:.4f}", f"{p.co2_t:,.2f}")
            table.add_row(made.method, p.unit, p.month, p.fuel, *figures, p.basis)
        table.add_row(made.method, "total", "", "", "", "", f"{made.co2_t:,.2f}", f"U = {2 * budget.standard_t:,.0f} t")
        table.add_section()
    console.print(table if accounts else f"there are no fuel records in {period}; import them first")


@app.command()
def compare(dsn: Dsn, plant: PlantFile, period: Period, stack: Stack = None, parameters: Overrides = None) -> None:
    """Hold monitoring against accounting and print the result; `flueledger report make` writes it down."""
    console = Console(highlight=False)
    with console.status("hours, totals, accounts, comparison …"):
        report = pipeline.build_report(
            dsn, load_plant(plant), period, made_at=pipeline.now(), stack=stack, overrides=override_paths(parameters)
        )
    table = Table(title=f"Monitoring against accounting, {report.stack}")
    for name in ("period", "basis", "n", "monitoring t", "accounting t", "difference t", "%", "U t (k=2)", "E_n"):
        table.add_column(name, justify="left" if name in ("period", "basis") else "right")
    for c in report.comparisons:
        figures = (f"{c.monitoring_t:,.0f}", f"{c.accounting_t:,.0f}", f"{c.difference_t:+,.0f}")
        scores = (f"{c.difference_pct:+.2f}", f"{c.U_t:,.0f}", f"{c.e_n:.2f}")
        table.add_row(c.period, c.basis, str(c.readings), *figures, *scores)
    console.print(table)
    for found in report.findings:
        style = {"alarm": "red", "warning": "yellow", "info": "dim"}[found.severity]
        console.print(f"{found.severity}  {found.kind}: {found.text}", style=style, markup=False, soft_wrap=True)
    for line in verdict(report).lines:
        console.print(line, style="bold", markup=False, soft_wrap=True)


@app.command()
def uncertainty(
    dsn: Dsn,
    plant: PlantFile,
    period: Period,
    stack: Stack = None,
    parameters: Overrides = None,
    seed: Annotated[int, typer.Option(help="Seed of the Monte Carlo run; the same seed gives the same figures")] = 1,
) -> None:
    """Uncertainty of the measured total by propagation (GUM), confirmed by Monte Carlo (JCGM 101). Saves nothing."""
    console = Console(highlight=False)
    with console.status("hours, budget, drawing the errors of every hour …"):
        done = pipeline.confirm_uncertainty(
            dsn, load_plant(plant), period, seed, stack=stack, overrides=override_paths(parameters)
        )
    table = Table(title=f"Uncertainty of {done.total_t:,.1f} t measured in {done.hours} valid hours, k = 1")
    for name in ("source", "kind", "relative %", "t"):
        table.add_column(name, justify="right" if name in ("relative %", "t") else "left", no_wrap=name == "t")
    for row in done.budget.rows:
        table.add_row(row.source, row.kind, f"{100 * row.relative:.3g}", f"{row.tonnes:,.1f}")
    console.print(table)
    drawn, check = done.drawn, done.validation
    console.print(
        f"propagation:  u = {done.budget.standard_t:,.1f} t, interval {check.low:,.0f} to {check.high:,.0f} t"
    )
    console.print(f"Monte Carlo:  u = {drawn.u:,.1f} t, interval {drawn.low:,.0f} to {drawn.high:,.0f} t "
                  f"({drawn.trials:,} trials, seed {drawn.seed})")  # fmt: skip
    words = "confirmed" if check.valid else "NOT confirmed: use the Monte Carlo interval"
    console.print(
        f"{words}: the ends differ by {check.d_low:,.0f} and {check.d_high:,.0f} t, {check.delta:g} t allowed"
    )


@app.command("parameters")
def parameters_(parameters: Overrides = None) -> None:
    """List every figure of the table, as `flueledger factors list` does without a filter."""
    print_factors(load_parameters(override_paths(parameters)).all())
