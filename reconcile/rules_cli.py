"""``flueledger rules``: the rule books, and what the choice between them does to the tonnes."""

from __future__ import annotations

import json
import math
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cems import clock
from cems.plantfile import load_plant
from reconcile import pipeline
from reconcile.options import Dsn, Overrides, Period, PlantFile, Stack
from reconcile.parameters import override_paths
from reconcile.rulebooks.books import BOOKS
from reconcile.rulebooks.choice import Choice
from reconcile.rulebooks.periods import RuleTotals

app = typer.Typer(no_args_is_help=True, help="The rule books, and what the choice between them does to the tonnes.")
_NONE = "no number"


@app.command("list")
def list_() -> None:
    """The rule books and the documents they stand on."""
    table = Table()
    for name in ("name", "documents"):
        table.add_column(name)
    for book in BOOKS.values():
        table.add_row(book.NAME, book.TITLE)
    Console(highlight=False).print(table)


@app.command()
def compare(
    dsn: Dsn,
    plant: PlantFile,
    period: Period,
    stack: Stack = None,
    parameters: Overrides = None,
    rules: Annotated[list[str] | None, typer.Option("--rule", help="A rule book; repeatable; all where none")] = None,
    history: Annotated[int, typer.Option(min=0, max=36, help="Months before the period to look back on")] = 12,
    *,
    blocks: Annotated[bool, typer.Option("--blocks", help="List every block of substituted hours")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables")] = False,
) -> None:
    """Run rule books over the same readings and show what each makes of them, in tonnes.

    Nothing is saved. The first rule book is the one that the others are held against. A rule book that looks back on
    more hours than there are says so, or leaves the hours without a number.
    """
    console, site = Console(highlight=False), load_plant(plant)
    with console.status("reading scans, computing hours by each rule book …"):
        done = pipeline.compare_rules(
            dsn, site, period, rules or list(BOOKS), history, stack=stack, overrides=override_paths(parameters)
        )
    if as_json:
        typer.echo(json.dumps(_plain(done.totals, done.choices), indent=1))
        return
    console.print(_totals(period, done.totals))
    console.print(_methods(done.totals))
    if blocks:
        console.print(_blocks(done.totals, site.enterprise.utc_offset_hours))
    if done.choices:
        console.print(_choices(done.choices))
    for total in done.totals.values():
        for reason in total.reasons:
            console.print(f"{total.book}: {total.refused_hours} hours without a number: {reason}", soft_wrap=True)


def _table(title: str, words: tuple[str, ...], numbers: tuple[str, ...]) -> Table:
    table = Table(title=title, padding=(0, 1))
    for name in words:
        table.add_column(name)
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _totals(period: str, totals: dict[str, RuleTotals]) -> Table:
    numbers = ("h valid", "h run", "capture %", "t measured", "t by rule", "t neutral")
    table = _table(f"CO2 by monitoring, {period}", ("rule book",), numbers)
    for t in totals.values():
        rate = "" if t.capture.rate_pct is None else f"{t.capture.rate_pct:.2f}"
        by_rule = _NONE if t.by_rule_t is None else f"{t.by_rule_t:,.0f}"
        figures = (str(t.capture.valid), str(t.capture.hours - t.capture.stopped), rate, f"{t.measured_t:,.0f}")
        table.add_row(t.book, *figures, by_rule, f"{t.neutral.total_t:,.0f}")
    return table


def _methods(totals: dict[str, RuleTotals]) -> Table:
    """Blocks of one method together: how many hours, and what the rule adds to the neutral fill."""
    title, numbers = "What the rules put in for missing hours", ("hours", "t by rule", "t neutral", "adds t")
    table = _table(title, ("rule book", "method"), numbers)
    for t in totals.values():
        for method in sorted({b.method for b in t.blocks}):
            rows = [b for b in t.blocks if b.method == method]
            hours, by_rule = sum(b.hours for b in rows), math.fsum(b.co2_t for b in rows)
            neutral = math.fsum(b.neutral_t for b in rows)
            figures = (f"{by_rule:,.1f}", f"{neutral:,.1f}", f"{by_rule - neutral:+,.1f}")
            table.add_row(t.book, method, str(hours), *figures)
    return table


def _blocks(totals: dict[str, RuleTotals], offset_hours: float) -> Table:
    title, numbers = "Block by block", ("hours", "t by rule", "adds t")
    table = _table(title, ("rule book", "from", "method"), numbers)
    zone = clock.zone_of(offset_hours)
    for t in totals.values():
        for b in t.blocks:
            start = clock.from_ms(b.start_ms).astimezone(zone)
            figures = (str(b.hours), f"{b.co2_t:,.1f}", f"{b.added_t:+,.1f}")
            table.add_row(t.book, f"{start:%m-%d %H:%M}", b.method, *figures)
    return table


def _choices(rows: tuple[Choice, ...]) -> Table:
    numbers = ("constants", "%", "validity", "substitution", "together")
    table = _table(f"Against {rows[0].against}, tonnes", ("rule book",), numbers)
    for c in rows:
        pct = "" if c.constants_pct is None else f"{c.constants_pct:+.3f}"
        parts = [_NONE if v is None else f"{v:+,.1f}" for v in (c.validity_t, c.substitution_t, c.difference_t)]
        table.add_row(c.book, f"{c.constants_t:+,.1f}", pct, *parts)
    return table


def _plain(totals: dict[str, RuleTotals], rows: tuple[Choice, ...]) -> dict[str, object]:
    return {
        "totals": [
            {
                "rule_book": t.book,
                "valid_hours": t.capture.valid,
                "operating_hours": t.capture.hours - t.capture.stopped,
                "measured_t": t.measured_t,
                "by_rule_t": t.by_rule_t,
                "neutral_t": t.neutral.total_t,
                "refused_hours": t.refused_hours,
                "reasons": list(t.reasons),
                "blocks": [
                    {
                        "start_ms": b.start_ms,
                        "hours": b.hours,
                        "method": b.method,
                        "co2_t": b.co2_t,
                        "adds_t": b.added_t,
                    }
                    for b in t.blocks
                ],
            }
            for t in totals.values()
        ],
        "choices": [
            {
                "rule_book": c.book,
                "against": c.against,
                "constants_t": c.constants_t,
                "validity_t": c.validity_t,
                "substitution_t": c.substitution_t,
            }
            for c in rows
        ],
    }
