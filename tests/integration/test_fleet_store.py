"""A simulated fleet in the database: every row once, however often it is put there, with flags and the row itself."""

from __future__ import annotations

import struct
from datetime import date
from pathlib import Path

import numpy as np
import psycopg
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from cems.errors import ConfigError
from firmware_sim.fleet.plan import draw_world
from firmware_sim.fleet.run import FleetRun, write_fleet
from firmware_sim.fleet.text import parse_fleet_faults
from flueledger.db import app
from flueledger.fleetstore import store_fleet

DAYS = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three days over the end of a month: rows that come twice, and numbers that are none."""
    place = tmp_path_factory.mktemp("fleet")
    world = draw_world(4, date(2026, 1, 30), DAYS, 2, 3)
    texts = ["messages:power-01-stack-1@2=20%", "not-a-number:co2:steel-01-stack-1@2=20%"]
    write_fleet(FleetRun(world, parse_fleet_faults(texts, world), place / "out", place / "truth"))
    return place / "out"


def test_every_row_is_stored_once_with_its_flags(folder: Path, store_dsn: str) -> None:
    minutes, units = (
        sum(pq.read_metadata(p).num_rows for p in (folder / k).rglob("*.parquet")) for k in ("minutes", "units")
    )
    assert store_fleet(folder, store_dsn) == (minutes + units, minutes + units)
    assert store_fleet(folder, store_dsn) == (minutes + units, 0)
    files = sorted((folder / "minutes" / "steel-01" / "steel-01-stack-1").glob("*.parquet"))
    tables = [pq.read_table(f) for f in files]
    co2 = np.concatenate([t["co2"].to_numpy() for t in tables])
    status = np.concatenate([t["gas_status"].to_numpy() for t in tables])
    with psycopg.connect(store_dsn) as connection:
        rows = connection.execute(
            "select extract(epoch from ts)::bigint, co2, flags, words, seq"
            " from scan join monitoring_point using (point_id) where code = 'steel-01-stack-1' order by seq"
        ).fetchall()
    assert [r[4] for r in rows] == list(range(1, DAYS * 1440 + 1))
    assert [r[0] for r in rows] == [t for table in tables for t in table["time_s"].to_pylist()]
    assert np.isnan(co2).sum() > 100
    for value, mark, (_, stored, flags, words, _) in zip(co2, status, rows, strict=True):
        assert struct.unpack(">q2b7f", words)[1] == mark
        if np.isnan(value):
            assert stored is None
            assert flags[0] == "v"
        else:
            assert stored == value
            assert flags[0] == "NCMDFT"[mark]
        assert flags[3] == flags[8] == flags[9] == "x"  # no flow meter of actual volume, no load, no feed


def test_the_command_says_what_it_did(folder: Path, postgres_dsn: str) -> None:
    done = CliRunner().invoke(app, ["fleet", str(folder), "--dsn", postgres_dsn])
    assert done.exit_code == 0, done.output
    assert "of them new" in done.output


def test_a_folder_without_a_fleet_is_refused(tmp_path: Path, postgres_dsn: str) -> None:
    with pytest.raises(ConfigError):
        store_fleet(tmp_path, postgres_dsn)
