"""``flueledger activity``: monthly activity data, from the template to the account of a sector."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cems.errors import RuleError
from cems.plant import Sector
from cems.plantfile import load_plant
from reconcile import pipeline
from reconcile.activity.accounts import Options
from reconcile.activity.csvbook import zip_bytes
from reconcile.activity.kinds import BY_NAME, kinds_of
from reconcile.activity.template import Template, csv_files, written
from reconcile.activity.xlsxtemplate import xlsx_bytes
from reconcile.activity_check_cli import check
from reconcile.activity_pipeline import import_files, make_accounts, whole_period
from reconcile.activity_print import csv_of, json_of, print_made
from reconcile.options import Dsn, Overrides, PlantFile
from reconcile.parameters import load_parameters, override_paths
from reconcile.period import span_of
from reconcile.store import Store
from reconcile.stored.activity import Set, load_activity, load_history, withdraw_activity

app = typer.Typer(no_args_is_help=True, help="Monthly activity data, and the account a sector's guideline makes of it.")
app.command()(check)
PeriodArgument = Annotated[str, typer.Argument(help="YYYY, YYYY-MM or YYYY-MM..YYYY-MM")]
SectorOption = Annotated[Sector, typer.Option("--sector", help="Whose sheets")]
UnitOption = Annotated[str | None, typer.Option("--unit", help="One unit of the plant; all where none is named")]
Out = Annotated[Path, typer.Option("--out", help="File to write; for CSV a folder, or a .zip")]


class FileFormat(StrEnum):
    """Formats of a template."""

    XLSX = "xlsx"
    CSV = "csv"


class PrintFormat(StrEnum):
    """Formats of an account."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class Pfc(StrEnum):
    """Ways to perfluorocarbons."""

    DEFAULT = "default"
    SLOPE = "slope"


class Clinker(StrEnum):
    """Ways to the process CO2 of clinker."""

    DEFAULT = "default"
    OXIDES = "oxides"


FormatOption = Annotated[FileFormat, typer.Option("--format", help="A workbook, or CSV tables of the same columns")]


@app.command()
def template(
    sector: SectorOption,
    out: Out,
    form: FormatOption = FileFormat.XLSX,
    plant: Annotated[Path | None, typer.Option("--plant", help="Plant file: its units become a list to choose")] = None,
    year: Annotated[
        int | None, typer.Option(min=2000, max=2100, help="Its months become a list to choose from")
    ] = None,
) -> None:
    """Write a template to fill in: one sheet for each record type, with names, units, meanings and lists.

    The first sheet says how to fill it, in English and Chinese. The example row of each sheet has to be deleted.
    """
    units = tuple(u.code for u in load_plant(plant).unit if u.sector == sector) if plant else ()
    _write(Template(sector, load_parameters(), units, year), form, out)


@app.command("import")
def import_(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Workbooks, CSV tables, folders or zips of them")
    ],
    dsn: Dsn,
    plant: PlantFile,
    correct: Annotated[str, typer.Option("--correct", metavar="REASON", help="Why records in force are replaced")] = "",
) -> None:
    """Import filled templates; a faulty cell refuses them all, and every fault is named with sheet and cell.

    Records of a type, unit and month belong together: importing them again changes nothing where they are the same,
    and replaces them all where they differ, which needs --correct. Earlier records stay in the history.
    """
    done = import_files(dsn, load_plant(plant), files, made_at=pipeline.now(), reason=correct.strip())
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(f"{done.records} records, {done.new} of them saved")
    for kind, unit, month in done.replaced:
        console.print(f"replaced: {kind} {unit} {month}")


@app.command("list")
def list_(
    dsn: Dsn, plant: PlantFile, period: Annotated[str, typer.Option(help="All where none is given")] = ""
) -> None:
    """List what is in force: record type, unit, month, how many records, from which file."""
    first, last = _months(period) if period else ("0000-01", "9999-12")
    with Store(dsn) as store:
        found = load_activity(store, load_plant(plant).enterprise.code, first, last)
    table = Table()
    for name in ("type", "unit", "month", "records", "file", "imported", "corrected because"):
        table.add_column(name, justify="right" if name == "records" else "left")
    for key in dict.fromkeys(s.set for s in found):
        rows = [s for s in found if s.set == key]
        files, reasons = ({getattr(s, name) for s in rows} for name in ("file", "reason"))
        at = f"{rows[0].imported_at:%Y-%m-%d %H:%M}"
        table.add_row(*key, str(len(rows)), ", ".join(sorted(files)), at, "; ".join(sorted(reasons)))
    console = Console(highlight=False, markup=False)
    console.print(table if found else "there are no activity records; `flueledger activity template` begins")


@app.command()
def show(
    kind: Annotated[str, typer.Argument(help="Record type, as `activity list` prints it")],
    unit: Annotated[str, typer.Argument(help="Code of the unit")],
    month: Annotated[str, typer.Argument(help="YYYY-MM")],
    dsn: Dsn,
    plant: PlantFile,
) -> None:
    """Show everything that was ever imported of a type, unit and month; the last import is in force."""
    with Store(dsn) as store:
        past = load_history(store, load_plant(plant).enterprise.code, _set(kind, unit, month))
    console = Console(highlight=False, markup=False, soft_wrap=True)
    if not past:
        console.print(f"there was never a {kind} of {unit} in {month}")
    for number in dict.fromkeys(p.number for p in past):
        rows = [p for p in past if p.number == number]
        state = "in force" if number == past[-1].number else "no longer in force"
        because = f", because {rows[0].reason}" if rows[0].reason else ""
        console.print(f"import {number}, {rows[0].imported_at:%Y-%m-%d %H:%M}, {state}{because}", style="bold")
        for p in rows:
            if p.record is None:
                console.print("  withdrawn")
                continue
            values = {c.name: written(getattr(p.record, c.name), c) for c in BY_NAME[kind].columns[2:]}
            texts = [f"{name} {value}" for name, value in values.items() if value is not None]
            console.print(f"  {p.file} {p.cells}: {', '.join(texts)}")


@app.command()
def withdraw(
    kind: Annotated[str, typer.Argument(help="Record type, as `activity list` prints it")],
    unit: Annotated[str, typer.Argument(help="Code of the unit")],
    month: Annotated[str, typer.Argument(help="YYYY-MM")],
    dsn: Dsn,
    plant: PlantFile,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the verifier")],
) -> None:
    """Put the records of a type, unit and month out of force, such as those imported for a wrong month."""
    if not reason.strip():
        raise RuleError("--reason is empty: say why the records no longer count")
    enterprise = load_plant(plant).enterprise.code
    with Store(dsn) as store:
        gone = withdraw_activity(store, enterprise, _set(kind, unit, month), reason.strip(), pipeline.now())
    Console(highlight=False, markup=False).print(f"{gone} records withdrawn; `activity show` keeps them in sight")


@app.command()
def export(
    period: PeriodArgument,
    sector: SectorOption,
    out: Out,
    dsn: Dsn,
    plant: PlantFile,
    form: FormatOption = FileFormat.XLSX,
) -> None:
    """Write the records in force as a filled template, to be corrected and imported again."""
    site, (first, last) = load_plant(plant), _months(period)
    units = tuple(u.code for u in site.unit if u.sector == sector)
    with Store(dsn) as store:
        found = [s.record for s in load_activity(store, site.enterprise.code, first, last) if s.record.unit in units]
    if not found:
        raise RuleError(f"there is no {sector} record in {period}; `flueledger activity list` shows what there is")
    _write(Template(sector, load_parameters(), units, records=found), form, out)


@app.command()
def account(
    period: PeriodArgument,
    dsn: Dsn,
    plant: PlantFile,
    unit: UnitOption = None,
    pfc: Annotated[
        Pfc, typer.Option(help="PFC of aluminium: default factors, or slope from anode effects")
    ] = Pfc.DEFAULT,
    clinker: Annotated[
        Clinker, typer.Option(help="Clinker: default factor less alternative materials, or measured oxides")
    ] = Clinker.DEFAULT,
    form: Annotated[PrintFormat, typer.Option("--format", help="How to print it")] = PrintFormat.TABLE,
    parameters: Overrides = None,
    *,
    tiers: Annotated[bool, typer.Option("--tiers", help="Make it with less evidence too: tonnes at stake")] = False,
    parts: Annotated[bool, typer.Option("--parts", help="Every part with formula and factor versions")] = False,
) -> None:
    """Make the account of each sector of the plant from monthly records, and save it with a ledger entry.

    From daily coal records, which the report holds against the stack, `flueledger reconcile account` makes it.
    """
    made = make_accounts(
        dsn,
        load_plant(plant),
        period,
        load_parameters(override_paths(parameters)),
        made_at=pipeline.now(),
        unit=unit,
        options=Options(pfc.value, clinker.value),
        tiers=tiers,
    )
    if not made:
        raise RuleError(f"there is no activity record in {period}; `flueledger activity list` shows what there is")
    if form is PrintFormat.JSON:
        typer.echo(json.dumps([json_of(one) for one in made], ensure_ascii=False, indent=1))
    elif form is PrintFormat.CSV:
        typer.echo(csv_of(made), nl=False)
    else:
        for one in made:
            print_made(Console(highlight=False, markup=False), one, parts=parts)


def _write(filled: Template, form: FileFormat, out: Path) -> None:
    sheets = ", ".join(kind.name for kind in kinds_of(filled.sector))
    try:
        if form is FileFormat.XLSX:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_bytes(xlsx_bytes(filled))
        elif out.suffix.lower() == ".zip":
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_bytes(zip_bytes(csv_files(filled)))
        else:
            out.mkdir(parents=True, exist_ok=True)
            for name, body in csv_files(filled).items():
                (out / name).write_bytes(body)
    except OSError as error:
        raise RuleError(f"{out} cannot be written: {error}") from error
    Console(highlight=False, markup=False, soft_wrap=True).print(f"{out}: {sheets}")


def _months(period: str) -> tuple[str, str]:
    months = [month for month, _, _ in span_of(whole_period(period), 8.0).months]
    return months[0], months[-1]


def _set(kind: str, unit: str, month: str) -> Set:
    if kind not in BY_NAME:
        raise RuleError(f"there is no record type {kind!r}; there are {', '.join(BY_NAME)}")
    return (kind, unit, month)
