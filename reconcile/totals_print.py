"""The totals of a period as tables, JSON or CSV: what ``flueledger reconcile totals`` prints."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from cems import clock
from reconcile.breakdown import PartTotal
from reconcile.rulebooks.periods import Block, RuleTotals
from reconcile.totals_pipeline import PeriodTotals

_NONE = "no number"


def print_totals(console: Console, done: PeriodTotals, offset_hours: float) -> None:
    """Totals side by side, then what each substituted block adds, then why hours have no number."""
    console.print(_totals(done))
    if done.rule.blocks:
        console.print(_blocks(done.rule, offset_hours))
    for reason in done.rule.reasons:
        console.print(f"{done.rule.refused_hours} hours without a number by rule: {reason}", soft_wrap=True)
    if any(not part.whole for part in done.parts):
        console.print("* not all of its hours lie in the period; capture and totals are those of the hours that do")
    if done.ledger:
        entries = ", ".join(f"{row.kind} {row.ledger_id}" for row in done.ledger)
        console.print(f"saved; ledger entries: {entries}", soft_wrap=True)
    else:
        console.print("not saved: the totals that are kept are those of the report's rule book", soft_wrap=True)


def as_json(done: PeriodTotals) -> dict[str, object]:
    """Every figure in full."""
    return {
        "stack": done.stack,
        "period": done.period,
        "rule_book": done.rule.book,
        "totals": [_plain(part) for part in done.parts],
        "blocks": [_block(block) for block in done.rule.blocks],
        "reasons": list(done.rule.reasons),
        "ledger": [{"kind": row.kind, "ledger_id": row.ledger_id} for row in done.ledger],
    }


def as_csv(done: PeriodTotals) -> str:
    """The totals as a table with a header, one row a day, month, quarter, year and period; empty cells are no number.

    What blocks add stands in JSON only.
    """
    rows = [_plain(part) for part in done.parts]
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue()


def _totals(done: PeriodTotals) -> Table:
    title = f"CO2 by monitoring, {done.stack}, {done.period}, rule book {done.rule.book}"
    table = Table(
        title=title,
        box=None,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        caption="open: hours with neither mass nor fill",
    )
    for name in ("", "h ok / run", "%", "open", "verdict", "t measured", "t by rule", "t neutral"):
        table.add_column(name, justify="left" if name in ("", "verdict") else "right", no_wrap=True)
    before = ""
    for part in done.parts:
        if before and part.kind != before:
            table.add_section()
        before, rate = part.kind, part.capture.rate_pct
        known = part.capture.valid + part.filled_hours or not part.unfilled_hours
        table.add_row(
            _name(part),
            f"{part.capture.valid} / {part.capture.operating}",
            "" if rate is None else f"{rate:.2f}",
            str(part.unfilled_hours or ""),
            _verdict(part),
            f"{part.measured_t:,.0f}",
            _NONE if part.by_rule_t is None else f"{part.by_rule_t:,.0f}",
            f"{part.neutral_t:,.0f}" if known else _NONE,
        )
    return table


def _name(part: PartTotal) -> str:
    if part.kind == "period":
        return "whole"
    return part.name if part.whole else f"{part.name} *"


def _verdict(part: PartTotal) -> str:
    """Whether a day or month is valid; the band of a quarter, on which the substitution hangs."""
    if part.valid is not None:
        return "valid" if part.valid else "not valid"
    return part.band.value if part.band and part.kind == "quarter" else ""


def _blocks(rule: RuleTotals, offset_hours: float) -> Table:
    table = Table(title="What the rule puts in for missing hours")
    for name in ("from", "h", "method", "fed by", "t by rule", "t neutral", "adds t"):
        table.add_column(name, justify="left" if name in ("from", "method") else "right", no_wrap=name != "from")
    zone = clock.zone_of(offset_hours)
    for b in rule.blocks:
        start = clock.from_ms(b.start_ms).astimezone(zone)
        figures = (f"{b.co2_t:,.1f}", f"{b.neutral_t:,.1f}", f"{b.added_t:+,.1f}")
        table.add_row(f"{start:%m-%d %H:%M}", str(b.hours), b.method, str(b.fed.hours if b.fed else ""), *figures)
    return table


def _plain(part: PartTotal) -> dict[str, object]:
    rest = {name: value for name, value in asdict(part).items() if name not in ("capture", "band", "start_ms")}
    names = ("kind", "name")
    return {
        **{name: rest.pop(name) for name in names},
        "start_utc": clock.from_ms(part.start_ms).isoformat(),
        "hours": part.capture.hours,
        "operating_hours": part.capture.operating,
        "valid_hours": part.capture.valid,
        "capture_pct": part.capture.rate_pct,
        "band": part.band.value if part.band else None,
        **rest,
    }


def _block(block: Block) -> dict[str, object]:
    fed = block.fed
    return {
        "start_utc": clock.from_ms(block.start_ms).isoformat(),
        "hours": block.hours,
        "method": block.method,
        "co2_t": block.co2_t,
        "neutral_t": block.neutral_t,
        "adds_t": block.added_t,
        "fed_first_utc": clock.from_ms(fed.first_ms).isoformat() if fed else None,
        "fed_last_utc": clock.from_ms(fed.last_ms).isoformat() if fed else None,
        "fed_hours": fed.hours if fed else 0,
    }
