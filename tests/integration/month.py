"""A plant file and a month of its readings, put into a database as ingest would leave them."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import psycopg

from cems.channels import ORDER, Channel
from cems.clock import from_ms, month_span, to_ms
from tests.unit.reconcile.build import GOLDEN

MADE = datetime(2026, 4, 1, tzinfo=UTC)
START = to_ms(month_span("2026-03")[0])
MINUTES = 31 * 24 * 60
PLANT_TOML = """
[enterprise]
code = "demo-power"
name = "Demo Power"

[[unit]]
code = "u1"
rated_mw = 300.0
stacks = ["s1"]

[[stack]]
code = "s1"

[[point]]
code = "stack-1"
stack = "s1"
area_m2 = 60.0
kv = 1.05

[[point.instrument]]
code = "cabinet"
register = [
    { channel = "co2", address = 0, basis = "dry" },
    { channel = "o2", address = 2, basis = "dry" },
    { channel = "velocity", address = 4 },
    { channel = "temperature", address = 6 },
    { channel = "pressure", address = 8 },
    { channel = "barometric", address = 10 },
    { channel = "moisture", address = 12 },
]

[[point]]
code = "unit-1"
unit = "u1"

[[point.instrument]]
code = "dcs"
register = [{ channel = "load", address = 0 }, { channel = "fuel_feed", address = 2 }]
"""


def put_scans(dsn: str, point: str, values: dict[Channel, np.ndarray], *, first_seq: int, skip: frozenset[int]) -> None:
    """Scans of one point, one a minute from the start of March 2026, as ingest would leave them."""
    with psycopg.connect(dsn) as connection:
        ids = connection.execute(
            "with p as (insert into monitoring_point (enterprise, code) values ('demo-power', %s)"
            " on conflict (enterprise, code) do update set code = excluded.code returning point_id),"
            " s as (insert into stream (enterprise, gateway, spool_id) values ('demo-power', 'gw-1', %s)"
            " on conflict (enterprise, gateway, spool_id) do update set gateway = excluded.gateway"
            " returning stream_id),"
            " c as (insert into gateway_config (config_hash) values (%s)"
            " on conflict (config_hash) do update set config_hash = excluded.config_hash returning config_id)"
            " select point_id, stream_id, config_id from p, s, c",
            (point, f"spool-{point}", "a" * 64),
        ).fetchone()
        assert ids is not None
        connection.execute("select ensure_scan_partitions(%s, %s)", (from_ms(START), from_ms(START + MINUTES * 60_000)))
        columns = ", ".join(c.value for c in ORDER)
        flags = "".join("N" if c in values else "x" for c in ORDER)
        n = len(next(iter(values.values())))
        with (
            connection.cursor() as cursor,
            cursor.copy(
                "copy scan (point_id, stream_id, config_id, ts, seq, boot, read_at, stamped_by, flags, words, "
                f"{columns}) from stdin"
            ) as copy,
        ):
            for i in (i for i in range(n) if i not in skip):
                at = from_ms(START + 60_000 * i)
                row = [float(values[c][i]) if c in values else None for c in ORDER]
                copy.write_row((*ids, at, first_seq + i, 1, MADE, "d", flags, b"", *row))


def month_of_readings(dsn: str, n: int = MINUTES, skip: frozenset[int] = frozenset(), *, units: bool = True) -> None:
    """Golden readings that follow the load, with noise; the feeder burns what the stack emits."""
    rng = np.random.default_rng(7)
    load = 250 + 50 * np.sin(np.arange(n) / 400)
    stack = {c: np.full(n, v) * (1 + 0.001 * rng.standard_normal(n)) for c, v in GOLDEN.items()}
    stack[Channel.VELOCITY] = stack[Channel.VELOCITY] * load / 300
    put_scans(dsn, "stack-1", stack, first_seq=1, skip=skip)
    if units:
        put_units(dsn, load)


def put_units(dsn: str, load: np.ndarray) -> None:
    feed = 468.128778 * load / 300 / (0.521773 * 0.99 * 44 / 12)
    put_scans(dsn, "unit-1", {Channel.LOAD: load, Channel.FUEL_FEED: feed}, first_seq=1, skip=frozenset())
