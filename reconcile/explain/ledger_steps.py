"""Ledger entries and parameters as steps: what made a number, and how sure its figures are. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from reconcile.explain.facts import LedgerFacts
from reconcile.explain.kept import parameter_of
from reconcile.explain.show import figure
from reconcile.explain.step import Check, Step
from reconcile.ledger import code_version, digest
from reconcile.parameter import Parameter

_SURE: Final[Mapping[str, str]] = {
    "M": "M, not verified against an official text",
    "user": "set by the user",
    "C": "C, computed or chosen by the project",
    "V2": "V2, read in a second source",
    "V": "V, read in the official text",
}
_SHORT: Final = 12
"""Digits of a hash that stand for it in a line; whole ones stand in JSON."""


def short(digest_hex: str) -> str:
    """The first digits of a hash.

    >>> short("0123456789abcdef")
    '0123456789ab…'
    """
    return f"{digest_hex[:_SHORT]}…"


def to_utc(at: datetime) -> str:
    """An instant in UTC to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def hash_step(title: str, kept: str, again: str, *, about: str = "", entry: int | None) -> Step:
    """A hash that is kept beside the one taken now."""
    return Step(title, short(kept), about=about, ledger_id=entry, check=Check(kept, again))


def entry_step(entry: LedgerFacts, result: str, about: str, *more: Step) -> Step:
    """A ledger entry: its result and inputs hashed again, the code and the moment that made it."""
    now = code_version()
    notes = () if entry.code == now else (f"made by {entry.code}, computed again by {now}",)
    return Step(
        f"ledger entry {entry.ledger_id}, {entry.kind}",
        entry.code,
        about=f"{entry.subject}, {entry.period}, made {to_utc(entry.made_at)}",
        notes=notes,
        inputs=(
            hash_step("result hash", entry.result_hash, result, about=about, entry=entry.ledger_id),
            hash_step("inputs hash", entry.inputs_hash, digest(dict(entry.inputs)), entry=entry.ledger_id),
            *more,
        ),
    )


def parameters_step(parameters: Iterable[Parameter], title: str = "parameters") -> Step:
    """Parameters by how sure they are, the least sure first."""
    rows = sorted(parameters, key=lambda p: p.key)
    groups = [
        Step(
            words,
            len(mine),
            compact=True,
            inputs=tuple(_parameter(p) for p in mine),
        )
        for letter, words in _SURE.items()
        if (mine := [p for p in rows if p.confidence == letter])
    ]
    return Step(title, len(rows), inputs=tuple(groups))


def kept_parameters(entries: Iterable[LedgerFacts]) -> tuple[tuple[Parameter, ...], tuple[Step, ...]]:
    """The parameters of some ledger entries, each once, and a fault for each row that is not what its version says."""
    rows: dict[str, Mapping[str, Any]] = {str(row["key"]): row for entry in entries for row in entry.parameters}
    found = {key: parameter_of(row) for key, row in rows.items()}
    wrong = tuple(
        Step(f"parameter {key}", figure(row["value"]), check=Check(str(row["version"]), found[key].version))
        for key, row in sorted(rows.items())
        if "version" in row and row["version"] != found[key].version
    )
    return tuple(found.values()), wrong


def _parameter(p: Parameter) -> Step:
    by = f", set by {p.chosen_by}" if p.chosen_by else ""
    source = f"{p.source}{', ' if p.clause else ''}{p.clause}{by}"
    unit = "" if p.unit == "-" else p.unit
    return Step(p.key, p.value, unit, source=source, notes=(p.note,) if p.note else ())
