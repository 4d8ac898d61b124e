"""Writing a study into a folder: one page, one JSON file, one CSV file for each table, the anomalies as lines.

No clock and no name of the machine: the same hours, records and program give the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reconcile.comparison.boundary_days import BoundaryDays
from reconcile.comparison.point_days import BASES
from reconcile.ledger import code_version
from reconcile.parameters import Parameters
from reconcile.pilot import dataset
from reconcile.pilot.gathered import Gathered
from reconcile.pilot.register import anomaly_lines
from reconcile.pilot.study import FORMAT, Study
from reconcile.pilot.tables import Table
from reconcile.pilot.tasks import hour_table


def study_json(study: Study, parameters: Parameters) -> str:
    """The study as JSON text, every figure with all its digits; the same study gives the same bytes."""
    body: dict[str, Any] = {
        "format": FORMAT,
        "software": code_version(),
        "fleet": study.fleet,
        "period": study.period,
        "enterprises": study.enterprises,
        "points": study.points,
        "tables": {table.key: _table(table) for tables in study.tables.values() for table in tables},
        "parameters": [
            {"key": p.key, "value": p.value, "unit": p.unit, "source": p.source, "confidence": p.confidence}
            for p in parameters.used()
        ],
    }
    return json.dumps(body, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def table_csv(table: Table) -> str:
    """A table as CSV with the names of its columns; an empty cell is no value."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([c.key for c in table.columns])
    for row in table.rows:
        writer.writerow([_plain(row.get(c.key)) for c in table.columns])
    return text.getvalue()


def write_study(study: Study, gathered: Gathered, out: Path, parameters: Parameters) -> tuple[Path, ...]:
    """Write page, JSON, tables, days and anomalies; their paths, the page first."""
    from reconcile.pilot.page import render  # noqa: PLC0415  drawing needs matplotlib; the tables do not

    out.mkdir(parents=True, exist_ok=True)
    (out / "tables").mkdir(exist_ok=True)
    page, data = out / "study.html", out / "study.json"
    dataset.write_text(page, render(study, parameters))
    dataset.write_text(data, study_json(study, parameters))
    paths = [page, data]
    for tables in study.tables.values():
        for table in tables:
            path = out / "tables" / f"{table.key}.csv"
            dataset.write_text(path, table_csv(table))
            paths.append(path)
    days = out / "compared" / "days.parquet"
    dataset.write_columns(days, day_columns(gathered))
    dataset.write_columns(out / "compared" / "hours.parquet", hour_table(gathered.hours))
    anomalies = out / "anomalies.jsonl"
    dataset.write_text(anomalies, anomaly_lines(gathered.points))
    return (*paths, days, anomalies)


def day_columns(gathered: Gathered) -> Mapping[str, np.ndarray[Any, np.dtype[Any]]]:
    """Every boundary day by day as columns, boundaries in the order of the study."""
    every: list[BoundaryDays] = [b for e in gathered.enterprises for b in e.boundaries] + list(gathered.totals)
    sizes = [b.day.size for b in every]

    def text(name: str) -> np.ndarray[Any, np.dtype[Any]]:
        values = [str(getattr(b, name)) for b in every]
        return np.repeat(np.array(values, dtype=np.str_), sizes)

    def column(of: Any) -> np.ndarray[Any, np.dtype[Any]]:
        return np.concatenate([of(b) for b in every]) if every else np.zeros(0)

    columns = {name: text(name) for name in ("level", "enterprise", "sector", "code")}
    columns["day"] = column(lambda b: b.day)
    for basis in BASES:
        columns[f"monitoring_{basis}_t"] = column(lambda b, basis=basis: b.monitoring_t[basis])
        columns[f"accounting_{basis}_t"] = column(lambda b, basis=basis: b.accounting_t[basis])
        columns[f"hours_{basis}"] = column(lambda b, basis=basis: b.hours[basis])
    for name in ("filled", "open", "refused", "without_record", "unseen_t"):
        columns[name] = column(lambda b, name=name: getattr(b, name))
    return columns


def _table(table: Table) -> dict[str, Any]:
    return {
        "title": table.title,
        "title_zh": table.zh,
        "units": {c.key: c.unit for c in table.columns if c.unit},
        "rows": [{c.key: row.get(c.key) for c in table.columns} for row in table.rows],
    }


def _plain(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return repr(value) if isinstance(value, float) else value
