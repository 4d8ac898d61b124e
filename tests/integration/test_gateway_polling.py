"""Polling: on time, one line not held up by another, and counted on the metrics page."""

from __future__ import annotations

import asyncio
import re
import urllib.request
from itertools import pairwise
from pathlib import Path

import pytest

from flueledger.servers.process import free_port
from tests.integration.gateway_chain import OnRead, chain, everything, instants, minutes, run, until
from tests.servers import Broker


@pytest.mark.mosquitto
def test_one_dead_line_does_not_hold_up_the_other(tmp_path: Path, mosquitto_broker: Broker) -> None:
    async def body() -> None:
        plant = OnRead(minutes=400)
        dead = free_port()
        metrics = free_port()
        settings = {"dcs_port": dead, "metrics": metrics}
        async with chain(tmp_path, plant, mosquitto_broker, everything, **settings) as (daemon, ingest):
            await until(lambda: len(ingest.of("stack-1")) == 400, daemon)
            await until(lambda: len(ingest.of("unit-1")) >= 2, daemon)
            page = await asyncio.to_thread(read_page, metrics)
            silent = ingest.of("unit-1")
            assert {scan.flags for scan in silent} == {"xxxxxxxxBx"}
            assert {scan.stamped_by.value for scan in silent} == {"g"}
            gaps = [b.read_ms - a.read_ms for a, b in pairwise(silent)]
            assert all(gap >= 900 for gap in gaps), "an outage is recorded once a second, not as fast as polls go"
            assert instants(ingest.of("stack-1")) == minutes(400)
            assert page["flueledger_gateway_dropped_total"] == 0
            assert page['flueledger_gateway_instrument_up{instrument="dcs-1"}'] == 0
            assert page['flueledger_gateway_instrument_up{instrument="gas-1"}'] == 1
            assert page['flueledger_gateway_read_errors_total{kind="no_line"}'] >= 1
            assert page["flueledger_gateway_scans_total"] >= 402
            assert "instrument dcs-1 failed" in daemon.log()
            assert daemon.log().count("instrument dcs-1 failed") == 1

    run(body)


def read_page(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return {name: float(value) for name, value in re.findall(r"^(\w+(?:\{.*\})?) ([0-9.e+-]+)$", text, re.MULTILINE)}


@pytest.mark.mosquitto
def test_polls_fall_on_multiples_of_the_period(tmp_path: Path, mosquitto_broker: Broker) -> None:
    async def body() -> None:
        plant = OnRead(minutes=1000)
        async with chain(tmp_path, plant, mosquitto_broker, everything, period=0.5) as (daemon, ingest):
            await until(lambda: len(ingest.of("stack-1")) >= 4, daemon)
            after = [scan.read_ms % 500 for scan in ingest.of("stack-1")]
            assert max(after) < 250, f"read {after} ms after the multiples of 500 ms"

    run(body)
