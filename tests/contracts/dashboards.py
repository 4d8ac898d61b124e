"""Committed dashboards, and their queries sent as Grafana sends them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import psycopg

from tests.contracts.grafana_macros import expand

GRAFANA = Path(__file__).resolve().parents[2] / "grafana"


def committed(name: str) -> dict[str, Any]:
    """A dashboard as it lies in the tree."""
    board: dict[str, Any] = json.loads((GRAFANA / "dashboards" / f"{name}.json").read_text("utf-8"))
    return board


def rows_of(
    dsn: str, sql: str, span: Mapping[str, str], interval: str, chosen: Mapping[str, Iterable[object]]
) -> list[dict[str, Any]]:
    """Rows of a query as Grafana would send it to this store, over ``span`` (start and end)."""
    with psycopg.connect(dsn, row_factory=psycopg.rows.dict_row) as connection:
        timescale = bool(connection.execute("select 1 from pg_extension where extname = 'timescaledb'").fetchall())
        query = expand(sql, **span, interval=interval, chosen=chosen, timescale=timescale)
        assert "$" not in query, query
        return connection.execute(query.encode()).fetchall()
