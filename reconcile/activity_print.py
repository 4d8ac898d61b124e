"""Accounts from monthly records as tables, JSON and CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from reconcile.accounting.parts import Part
from reconcile.activity_pipeline import Made
from reconcile.ledger import Json

_PART_COLUMNS: Final = (
    "sector", "unit", "month", "stack", "kind", "name", "fuel", "process", "tier", "amount", "amount_unit", "carbon",
    "co2_t", "co2e_t", "visible_at_stack", "unseen", "formula", "factors",
)  # fmt: skip


def print_made(console: Console, made: Made, *, parts: bool) -> None:
    """Print an account: its parts, its sums, what a stack cannot see, its uncertainty, and what was not recorded."""
    console.print(_parts(made) if parts else _by_name(made))
    account, budget = made.account, made.budget
    console.print(_sums(made))
    for reason in sorted({p.unseen for p in account.parts if p.unseen}):
        tonnes = math.fsum(p.co2_t for p in account.parts if p.unseen == reason)
        names = ", ".join(sorted({p.name for p in account.parts if p.unseen == reason}))
        console.print(f"no stack sees {tonnes:,.2f} t: {names}: {reason}", soft_wrap=True)
    expanded = 2 * budget.standard_t
    share = f" ({100 * expanded / abs(account.direct_t):.2f} %)" if account.direct_t else ""
    console.print(f"uncertainty of direct CO2: U = {expanded:,.0f} t, k = 2{share}", soft_wrap=True)
    for p in made.performance:
        power = "" if p.power_t_per_mwh is None else f"{p.power_t_per_mwh:.4f} t/MWh supplied"
        load = "" if p.load_factor is None else f", load factor {p.load_factor:.4f}"
        heat = "" if p.heat_t_per_gj is None else f", {p.heat_t_per_gj:.4f} t/GJ heat"
        console.print(f"{p.unit}: {p.supplied_mwh:,.3f} MWh supplied, {power}{heat}{load}", soft_wrap=True)
    for unit, months in made.without.items():
        message = f"no record of {unit} in {_listed(months)}: the account leaves these months out"
        console.print(message, style="yellow", soft_wrap=True)
    if made.levels:
        console.print(_levels(made))
        console.print(_stakes(made))
        console.print(_budget(made))
    console.print(f"ledger entry {made.ledger_id}, from {len(made.stored)} records", soft_wrap=True)


def json_of(made: Made) -> dict[str, Json]:
    """An account as JSON values, every figure with all its digits."""
    a = made.account
    return {
        "sector": made.sector,
        "period": made.span.name,
        "ledger_id": made.ledger_id,
        "total_t": a.total_t,
        "direct_t": a.direct_t,
        "indirect_t": a.indirect_t,
        "biogenic_t": a.biogenic_t,
        "pfc_co2e_t": a.pfc_co2e_t,
        "stack_visible_t": a.stack_visible_t,
        "u_random_t": made.budget.random_t,
        "u_systematic_t": made.budget.systematic_t,
        "budget": [
            {"source": r.source, "kind": r.kind, "relative": r.relative, "tonnes": r.tonnes} for r in made.budget.rows
        ],
        "without_records": {unit: list(months) for unit, months in made.without.items()},
        "parts": [_part_json(p) for p in a.parts],
        "tiers": [
            {"best": x.name, "direct_t": x.direct_t, "difference_t": x.difference_t, "reason": x.reason}
            for x in made.levels
        ],
        "stakes": [
            {
                "unit": s.unit,
                "fuel": s.fuel,
                "tiers": list(s.tiers),
                "co2_t": s.co2_t,
                "default_t": s.default_t,
                "stake_t": s.stake_t,
            }
            for s in made.stakes
        ],
        "records": [{"cells": s.cells, "file": s.file, "sha256": s.sha256} for s in made.stored],
    }


def csv_of(many: Sequence[Made]) -> str:
    """The parts of accounts as a CSV table, every figure with all its digits."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_PART_COLUMNS)
    for made in many:
        for part in made.account.parts:
            row = _part_json(part) | {"sector": made.sector, "factors": " ".join(part.factors)}
            writer.writerow(["" if row[name] is None else row[name] for name in _PART_COLUMNS])
    return text.getvalue()


def _part_json(p: Part) -> dict[str, Json]:
    names = [name for name in _PART_COLUMNS if name not in ("sector", "factors")]
    return {name: getattr(p, name) for name in names} | {"factors": list(p.factors)}


def _listed(months: Sequence[str]) -> str:
    return ", ".join(months) if len(months) <= 3 else f"{months[0]} … {months[-1]} ({len(months)} months)"


def _table(title: str, words: Sequence[str], numbers: Sequence[str]) -> Table:
    table = Table(title=title, padding=(0, 1))
    for name in words:
        table.add_column(name)
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _by_name(made: Made) -> Table:
    """The parts of all months together."""
    table = _table(
        f"Account, {made.sector}, {made.span.name}", ("unit", "part", "evidence", "stack monitor"), ("t CO2", "t CO2e")
    )
    for unit, name in sorted({(p.unit, p.name) for p in made.account.parts}):
        rows = [p for p in made.account.parts if (p.unit, p.name) == (unit, name)]
        seen = {p.visible_at_stack for p in rows}
        sees = "partly" if len(seen) > 1 else "sees it" if True in seen else "does not"
        figures = (f"{math.fsum(p.co2_t for p in rows):,.2f}", f"{math.fsum(p.co2e_t for p in rows):,.2f}")
        tiers = ", ".join(sorted({p.tier for p in rows}))
        table.add_row(unit, name, tiers, sees, figures[0], "" if figures[1] == "0.00" else figures[1])
    return table


def _parts(made: Made) -> Table:
    title = f"Account, {made.sector}, {made.span.name}, part by part"
    table = _table(title, ("unit", "month", "part", "evidence", "formula and factors"), ("t CO2", "t CO2e"))
    for p in made.account.parts:
        how = f"{p.formula} [{', '.join(p.factors)}]"
        table.add_row(p.unit, p.month, p.name, p.tier, how, f"{p.co2_t:,.2f}", f"{p.co2e_t:,.2f}" if p.co2e_t else "")
    return table


def _sums(made: Made) -> Table:
    a = made.account
    table = _table("", ("sum",), ("t",))
    for name, tonnes in (
        ("direct CO2: fuel and process less carbon in products", a.direct_t),
        ("indirect CO2: electricity and heat bought", a.indirect_t),
        ("direct and indirect", a.total_t),
        ("biogenic CO2, memo", a.biogenic_t),
        ("perfluorocarbons, CO2e, apart", a.pfc_co2e_t),
        ("what stacks see, biogenic included", a.stack_visible_t),
    ):
        table.add_row(name, f"{tonnes:,.2f}")
    return table


def _levels(made: Made) -> Table:
    title = "Direct CO2 by the best evidence that counts"
    table = _table(title, ("evidence up to", "reason"), ("t CO2", "against all evidence"))
    for level in made.levels:
        figures = ["no number" if v is None else f"{v:,.1f}" for v in (level.direct_t,)]
        difference = "" if level.difference_t is None else f"{level.difference_t:+,.1f}"
        table.add_row(level.name, level.reason, *figures, difference)
    return table


def _stakes(made: Made) -> Table:
    table = _table(
        "Tonnes at stake in the laboratory", ("unit", "fuel", "evidence"), ("t CO2", "by default", "at stake")
    )
    for s in made.stakes:
        default = "no default" if s.default_t is None else f"{s.default_t:,.1f}"
        stake = "all" if s.stake_t is None else f"{s.stake_t:+,.1f}"
        table.add_row(s.unit, s.fuel, ", ".join(s.tiers), f"{s.co2_t:,.1f}", default, stake)
    return table


def _budget(made: Made) -> Table:
    table = _table("Uncertainty of direct CO2 (k = 1)", ("source", "kind"), ("relative %", "t"))
    for r in sorted(made.budget.rows, key=lambda r: -r.tonnes):
        table.add_row(r.source, r.kind, f"{100 * r.relative:.2f}", f"{r.tonnes:,.1f}")
    return table
