"""From what the database keeps back to what the arithmetic takes: parameters of an entry, hours in force. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

import numpy as np

from cems.errors import RuleError
from reconcile.explain.facts import HourVersion, LedgerFacts
from reconcile.hours import Hours
from reconcile.parameter import Parameter
from reconcile.parameters import Parameters, load_parameters

_WHOLE = ("start_ms", "n_scans", "n_valid", "n_out_of_control")
_DAYS = ("valid_from", "valid_to")
_TEXTS = ("unit", "source", "clause", "confidence", "note", "basis", "chosen", "chosen_by")


def parameters_of(entry: LedgerFacts) -> Parameters:
    """The parameters of a ledger entry with the figures it kept; what it did not look up is as it ships."""
    table = {row.key: row for row in load_parameters().all()}
    return Parameters(table | {row.key: row for row in map(parameter_of, entry.parameters)})


def parameter_of(row: Mapping[str, Any]) -> Parameter:
    """A parameter from its row in the ledger."""
    days: dict[str, Any] = {name: date.fromisoformat(row[name]) if row.get(name) else None for name in _DAYS}
    texts: dict[str, Any] = {name: str(row.get(name, "")) for name in _TEXTS}
    return Parameter(key=str(row["key"]), value=float(row["value"]), **days, **texts)


def in_force(versions: Iterable[HourVersion], before: int | None = None) -> dict[int, HourVersion]:
    """The version of each hour that stood when entry ``before`` was made, or stands now; by start of the hour."""
    standing: dict[int, HourVersion] = {}
    for one in versions:
        last = standing.get(one.start_ms)
        if (before is None or one.ledger_id < before) and (last is None or one.version > last.version):
            standing[one.start_ms] = one
    return dict(sorted(standing.items()))


def hours_of(standing: Sequence[HourVersion]) -> Hours:
    """Versions in order of time as hours; null is NaN. Raises :class:`RuleError` for a version without all figures."""
    columns: dict[str, Any] = {}
    for name in (field.name for field in fields(Hours)):
        if name == "start_ms":
            values: list[Any] = [one.start_ms for one in standing]
        else:
            values = [one.figures[name] for one in standing]
        if name == "status":
            columns[name] = np.array(values, dtype=np.str_)
        elif name in _WHOLE:
            columns[name] = np.array(values, dtype=np.int64)
        else:
            columns[name] = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    if np.isnan(columns["operating_h"]).any():
        raise RuleError("some hours were made by an older program and lack figures; run `flueledger reconcile totals`")
    return Hours(**columns)
