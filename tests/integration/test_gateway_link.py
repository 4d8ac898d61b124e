"""A link that is silent, slow, cut or reset loses nothing, and delivery goes on within seconds of its return."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from flueledger.servers.proxy import Mode, proxy_to
from tests.integration.gateway_chain import OnRead, assert_whole, chain, everything, run, until
from tests.servers import Broker

BACK_WITHIN_S = 5.0
"""From the return of the link to the first delivery: the promise of docs/gateway/delivery.md."""


@pytest.mark.mosquitto
@pytest.mark.parametrize("trouble", ["silent then reset", "silent then well", "cut", "slow", "reset again and again"])
def test_nothing_is_lost_and_delivery_is_soon_back(tmp_path: Path, mosquitto_broker: Broker, trouble: str) -> None:
    async def body() -> None:
        plant = OnRead(minutes=100_000)
        async with (
            proxy_to(mosquitto_broker.port) as proxy,
            chain(tmp_path, plant, mosquitto_broker, everything, port=proxy.port, period=0.1) as (daemon, ingest),
        ):
            await until(lambda: len(ingest.scans) > 20, daemon)
            if trouble == "cut":
                await proxy.cut()
            elif trouble == "slow":
                proxy.mode = Mode.HOLD
            elif trouble.startswith("silent"):
                proxy.mode = Mode.SWALLOW
            for _ in range(25):
                if trouble == "reset again and again":
                    proxy.reset()
                await asyncio.sleep(0.2)
            before = len(ingest.scans)
            await proxy.mend()
            if trouble == "silent then reset":
                proxy.reset()
            back = time.monotonic()
            await until(lambda: len(ingest.scans) > before, daemon)
            assert time.monotonic() - back < BACK_WITHIN_S
            plant.minutes = max(plant._minute.values()) + 10
            await until(lambda: len(ingest.scans) == 2 * plant.minutes, daemon, seconds=60)
            assert daemon.end() == 0
        assert_whole(tmp_path, plant, ingest)

    run(body)
