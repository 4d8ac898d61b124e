"""``flueledger factors``: every figure of the parameter table, what other sources say of it, and what to settle."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cems.errors import RuleError
from reconcile.parameters import CONFIDENCE, Alternative, Parameter, load_parameters, override_paths

app = typer.Typer(no_args_is_help=True, help="Every factor with its source and the sources that disagree.")
Overrides = Annotated[
    list[str] | None, typer.Option("--parameters", help="Parameter file, or the name of a shipped set; repeatable")
]
Day = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="Day to judge by; today if not given")]


@app.command("list")
def list_(
    text: Annotated[str, typer.Argument(help="Part of a key, source, note (Chinese too) or unit")] = "",
    sector: Annotated[str, typer.Option(help="Part of a table's name: power, cement, aluminium, steel, fuels …")] = "",
    sure: Annotated[
        list[str] | None, typer.Option(help="Only figures this sure: V, V2, M, C, user; repeatable")
    ] = None,
    parameters: Overrides = None,
) -> None:
    """List factors, filtered by sector, text and how sure they are.

    Example: flueledger factors list 烟煤; flueledger factors list --sector steel --sure M
    """
    if wrong := sorted(set(sure or ()) - set(CONFIDENCE)):
        raise RuleError(f"--sure {', '.join(wrong)}: expected one of {', '.join(CONFIDENCE)}")
    rows = load_parameters(override_paths(parameters)).all()
    needle = text.casefold()
    print_factors(
        p
        for p in rows
        if sector.casefold() in p.table.casefold()
        and (not sure or p.confidence in sure)
        and any(needle in field.casefold() for field in (p.key, p.source, p.clause, p.note, p.unit, p.basis))
    )


@app.command()
def show(
    keys: Annotated[list[str], typer.Argument(metavar="KEY...", help="Keys as `factors list` prints them")],
    parameters: Overrides = None,
) -> None:
    """Print everything that is known of a factor: basis, validity, version, alternatives, and who chose.

    Example: flueledger factors show cc_bituminous grid_ef
    """
    table = load_parameters(override_paths(parameters))
    known = [p.key for p in table.all()]
    for key in keys:
        if key not in table:
            near = get_close_matches(key, known, n=3)
            raise RuleError(f"there is no factor {key!r}{'; near: ' + ', '.join(near) if near else ''}")
    console = Console(highlight=False, soft_wrap=True)
    for key in keys:
        for line in _described(table.parameter(key)):
            console.print(line, markup=False)


@app.command()
def check(day: Day = None, parameters: Overrides = None) -> None:
    """Report what a reader must know before trusting the table; exit 1 if a parameter file is wrong.

    Conflicts that nobody settled, figures not verified, and figures not in force on the day. These are reported, not
    failed: only a faulty parameter file fails. How sure: V read in the official text, V2 in a second source, M not
    verified or our own choice, C computed, user from a parameter file.

    A parameter file settles a conflict or sets a figure of your own; every result then names it:

    cc_lng.choose = "guideline_2024"

    heat_ef = { value = 0.105, source = "contract with the heat supplier, 2025" }

    Give it as --parameters FILE here and to the other commands. Shipped sets go by name: physical (constants of
    physics), guideline_24_sectors (the older fuel table).
    """
    rows = load_parameters(override_paths(parameters)).all()
    judged = day.date() if day else datetime.now(UTC).date()
    console = Console(highlight=False, soft_wrap=True)
    for title, lines in _sections(rows, judged):
        console.print(f"{title}: {len(lines)}", style="bold")
        for line in lines:
            console.print(f"  {line}", markup=False)


def print_factors(rows: Iterable[Parameter]) -> None:
    """Print factors as a table, one row each; a star marks a conflict that nobody has settled."""
    table = Table(title="Factors (* sources disagree and nobody has chosen; `factors show KEY` tells everything)")
    table.add_column("key", no_wrap=True)
    table.add_column("value", justify="right")
    for name in ("unit", "sure", "note and source"):
        table.add_column(name)
    for p in rows:
        source = " ".join(text for text in (p.source, p.clause) if text)
        text = Text("; ".join(part for part in (p.note, source) if part))
        table.add_row(p.key, f"{p.value:.6g}{'*' if p.conflicts else ''}", p.unit, p.confidence, text)
    console = Console(highlight=False)
    console.print(table if table.row_count else "no factor fits; `flueledger factors list` alone prints all")


def _sections(rows: Iterable[Parameter], day: date) -> list[tuple[str, list[str]]]:
    rows = tuple(rows)
    conflicts = [
        f"{p.key}: {_figure(p)} against {', '.join(_other(a) for a in p.conflicts)}" for p in rows if p.conflicts
    ]
    expired = [f"{p.key}: {_figure(p)} is {reason}" for p in rows if (reason := p.out_of_force(day))]
    mine = [f"{p.key}: {_figure(p)} by {p.chosen_by}" for p in rows if p.chosen_by]
    unsure = [f"{p.key}: {_figure(p)}. {p.note}" for p in rows if p.confidence == "M"]
    return [
        ("conflicts not settled (choose in a parameter file)", conflicts),
        (f"not in force on {day}", expired),
        ("chosen or set by a parameter file", mine),
        ("not verified against the official text (M)", unsure),
    ]


def _figure(row: Parameter) -> str:
    return f"{row.value:g} {row.unit} ({row.chosen or row.source})"


def _other(row: Alternative) -> str:
    return f"{row.value:g} ({row.name})"


def _described(row: Parameter) -> list[str]:
    """Everything about one factor, line by line."""
    lines = [f"{row.key} = {row.value!r} {row.unit}"]
    facts = {
        "basis": row.basis,
        "source": " ".join(text for text in (row.source, row.clause) if text),
        "sure": row.confidence,
        "valid": _validity(row),
        "note": row.note,
        "version": row.version,
        "table": row.table,
        "chosen": f"{row.chosen or 'own figure or shipped row'} by {row.chosen_by}" if row.chosen_by else "",
    }
    lines += [f"  {name:<9}{fact}" for name, fact in facts.items() if fact]
    for other in row.alternatives:
        kind = f"for {other.applies}" if other.applies else "claims the same case"
        lines.append(f"  alternative {other.name} = {other.value!r} ({other.confidence}; {kind})")
        source = " ".join(text for text in (other.source, other.clause) if text)
        lines += [f"    {fact}" for fact in (source, _validity(other), other.note) if fact]
    if row.conflicts:
        lines.append(
            f'  not settled: [{row.key}] with choose = "{row.conflicts[0].name}" or a figure of your own settles it'
        )
    return lines


def _validity(row: Parameter | Alternative) -> str:
    if row.valid_from is None and row.valid_to is None:
        return ""
    return f"{row.valid_from or '…'} to {row.valid_to or '…'}"
