"""Simulated data loggers through gateway, broker and ingest into a real database; the gateway is killed amid it."""

from __future__ import annotations

import asyncio
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from firmware_sim import api
from firmware_sim.shown import shown
from tests.integration.gateway_chain import GATEWAY, Daemon, run
from tests.integration.logger_chain import free_port, listening
from tests.servers import Broker
from tests.system.test_pushed import MINUTES, _count, assert_whole, program, rows_of


@pytest.mark.slow
@pytest.mark.parametrize("oddities", [(), ("lower-case-crc", "sticky", "torn", "parts")])
def test_a_day_of_data_loggers_arrives_whole(
    tmp_path: Path, mosquitto_broker: Broker, postgres_dsn: str, oddities: tuple[str, ...]
) -> None:
    broker, port = str(mosquitto_broker.port), free_port()
    expected = shown(api.simulate(api.RunSpec("2026-03", 7, 1), tmp_path / "expected"))
    (tmp_path / "plant.toml").write_text(api.plant_text("demo-hj212", port))
    told = {"max_bytes": 10**9, "batch": 200, "port": broker, "protocol": "5", "period": 1.0, "metrics": 0}
    (tmp_path / "gateway.toml").write_text(GATEWAY.format(**told))
    sim = ["sim", "run", "--face", "hj212", "--port", str(port), "--out", str(tmp_path / "sim")]
    sim += ["--seed", "7", "--days", "1"] + [word for oddity in oddities for word in ("--oddity", oddity)]

    async def body() -> None:
        daemon = Daemon(tmp_path)
        try:
            await listening(daemon)
            with (
                program(tmp_path, "ingest", "ingest", "run", "--port", broker, "--dsn", postgres_dsn),
                program(tmp_path, "sim", *sim),
            ):
                async with asyncio.timeout(timedelta(minutes=2).total_seconds()):
                    for turn in range(3):
                        while _count(postgres_dsn) < (turn + 1) * 400:
                            assert daemon.process.poll() is None, daemon.log()
                            await asyncio.sleep(0.05)
                        daemon.end(signal.SIGKILL)
                        daemon.start()
                        await listening(daemon, turn + 2)
                    while _count(postgres_dsn) < 2 * MINUTES:
                        assert daemon.process.poll() is None, daemon.log()
                        await asyncio.sleep(0.3)
                await asyncio.sleep(1.0)
        finally:
            daemon.end()

    run(body)
    assert_whole(rows_of(postgres_dsn), expected)
