"""The simulator's instruments as devices that push: through broker, gateway, broker and ingest into a real database."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cems.channels import Channel
from firmware_sim import api
from firmware_sim.shown import Shown, shown
from tests.integration.gateway_chain import GATEWAY, PROJECT, Daemon, run
from tests.integration.pushed_chain import hearing
from tests.servers import Broker

MINUTES = 1440
UNITS = {"co2": 1, "o2": 1, "velocity": 2, "temperature": 2, "pressure": 2, "moisture": 2, "barometric": 2}
PACE = {"mqtt": ("on-read", "1"), "sparkplug": ("real", "3000")}
"""JSON waits for the broker at QoS 1; Sparkplug's QoS 0 is dropped if it comes faster than it is read, also by a busy
machine: half a minute for the day."""


@contextlib.contextmanager
def program(folder: Path, name: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command of ours as a process, ended at the end."""
    with (folder / f"{name}.log").open("ab") as log:
        command = [sys.executable, "-m", "flueledger.main", *arguments]
        process = subprocess.Popen(command, cwd=PROJECT, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(15)


def rows_of(dsn: str) -> dict[tuple[str, int], dict[str, Any]]:
    """Every scan in the database by point and instant."""
    query = "select p.code as point, scan.* from scan join monitoring_point p using (point_id) order by ts"
    with psycopg.connect(dsn, row_factory=psycopg.rows.dict_row) as db:
        found = db.execute(query).fetchall()
    rows = {(row["point"], int(row["ts"].timestamp())): row for row in found}
    assert len(rows) == len(found), "an instant came twice"
    return rows


def assert_whole(rows: dict[tuple[str, int], dict[str, Any]], expected: Shown) -> None:
    """Every minute of both points, each value as the simulator showed it."""
    assert len(rows) == 2 * MINUTES
    for minute in range(MINUTES):
        time_s = expected.time_s(minute)
        stack, unit = rows["stack-1", time_s], rows["unit-1", time_s]
        for channel, cabinet in UNITS.items():
            assert stack[channel] == pytest.approx(expected.value(cabinet, channel, minute), abs=1e-9), (
                channel,
                minute,
            )
        for channel in (Channel.LOAD, Channel.FUEL_FEED):
            assert unit[channel.value] == pytest.approx(expected.value(3, channel, minute), abs=1e-9)
        assert stack["stamped_by"] == unit["stamped_by"] == "d"
        states = {0: "N", 1: "C", 2: "M", 3: "D", 4: "F", 5: "T"}
        assert stack["flags"][0] == states[int(expected.value(1, "status", minute))]
        assert "B" not in stack["flags"] + unit["flags"]


@pytest.mark.parametrize("face", ["mqtt", "sparkplug"])
def test_a_day_of_pushed_readings_arrives_whole(
    tmp_path: Path, mosquitto_broker: Broker, postgres_dsn: str, face: str
) -> None:
    port = str(mosquitto_broker.port)
    spec = api.RunSpec("2026-03", 7, 1)
    expected = shown(api.simulate(spec, tmp_path / "expected"))
    (tmp_path / "plant.toml").write_text(api.plant_text(f"demo-{face}", mosquitto_broker.port))
    told = {"max_bytes": 10**9, "batch": 200, "port": port, "protocol": "5", "period": 1.0, "metrics": 0}
    (tmp_path / "gateway.toml").write_text(GATEWAY.format(**told))
    pace, speed = PACE[face]
    sim = ("sim", "run", "--face", face, "--port", port, "--out", str(tmp_path / "sim"), "--seed", "7", "--days", "1")

    async def body() -> None:
        daemon = Daemon(tmp_path)
        try:
            await hearing(daemon)
            with (
                program(tmp_path, "ingest", "ingest", "run", "--port", port, "--dsn", postgres_dsn),
                program(tmp_path, "sim", *sim, "--pace", pace, "--speed", speed),
            ):
                for _ in range(600):
                    if (count := _count(postgres_dsn)) == 2 * MINUTES:
                        break
                    assert daemon.process.poll() is None, daemon.log()
                    await asyncio.sleep(0.3)
                else:
                    pytest.fail(f"{count} of {2 * MINUTES} scans came\n{daemon.log()}")
                await asyncio.sleep(1.0)
        finally:
            daemon.end()

    run(body)
    assert_whole(rows_of(postgres_dsn), expected)


def _count(dsn: str) -> int:
    with psycopg.connect(dsn) as db:
        row = db.execute("select count(*) from scan").fetchone()
        return int(row[0]) if row else 0
