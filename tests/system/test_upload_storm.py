"""Two platforms and ingest under random faults: every packet arrives, every figure is what the device showed."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from pathlib import Path

import pytest

from tests.integration.gateway_chain import Daemon, FakeIngest, OnRead, everything, run, until
from tests.integration.test_gateway_upload import assert_whole, flags, gateway, kept, minutes, upload
from tests.servers import Broker
from tests.servers.platform import Platform

FAULTS = int(os.environ.get("UPLOAD_STORM_FAULTS", "12"))
SEED = int(os.environ.get("UPLOAD_STORM_SEED", "7"))
DAY = 1440


async def hurt(chance: random.Random, platforms: list[Platform], daemon: Daemon, broker: Broker) -> None:
    """One fault, and what was hurt is well again at the end."""
    platform = chance.choice(platforms)
    kind = chance.choice(["kill", "kill", "cut", "away", "silent", "refuses", "slow", "broker", "torn"])
    if kind in ("kill", "torn"):
        daemon.end(signal.SIGKILL)
        journal = daemon.folder / "spool.db-wal"
        if kind == "torn" and journal.exists():
            with journal.open("ab") as out:
                out.write(chance.randbytes(chance.randint(1, 4000)))
        daemon.start()
    elif kind == "cut":
        platform.cut()
    elif kind == "away":
        await platform.stop()
        await asyncio.sleep(chance.uniform(0.2, 2.0))
        await platform.start()
    elif kind == "broker":
        broker.kill()
        await asyncio.sleep(chance.uniform(0.2, 1.0))
        await asyncio.to_thread(broker.start)
    else:
        answer = {"silent": "silent", "refuses": chance.choice(["2", "3", "9", "100"]), "slow": "ack"}[kind]
        platform.answers, platform.pause_s = lambda _: answer, 0.3 if kind == "slow" else 0.0
        await asyncio.sleep(chance.uniform(0.2, 2.0))
        platform.answers, platform.pause_s = lambda _: "ack", 0.0


@pytest.mark.slow
@pytest.mark.mosquitto
@pytest.mark.timeout(3600)
def test_no_packet_is_lost_in_a_storm(tmp_path: Path, mosquitto_broker: Broker) -> None:
    async def body() -> None:
        chance = random.Random(SEED)
        plant = OnRead(minutes=60)
        near, far = Platform(), Platform()
        await near.start()
        await far.start()
        ingest = FakeIngest(mosquitto_broker, everything)
        more = {"realtime_s": 0, "refused_retry_s": 1.0}
        tables = upload(near, **more), upload(far, "far", "B" * 24, minute_interval=10, **more)
        async with gateway(tmp_path, plant, *tables, ingest="on", port=mosquitto_broker.port) as daemon:
            for n in range(FAULTS):
                plant.minutes = 60 + (2 * DAY - 60) * (n + 1) // FAULTS
                await asyncio.sleep(chance.uniform(0.1, 1.0))
                await hurt(chance, [near, far], daemon, mosquitto_broker)
            for platform in (near, far):
                await until(lambda p=platform: flags(p, "2061") == ["N"] * 48, daemon, 180)
                await until(lambda p=platform: flags(p, "2031") == ["N", "N"], daemon, 60)
            await until(lambda: len(minutes(near)) == 2 * DAY and len(minutes(far)) == 288, daemon, 180)
            await until(lambda: len(ingest.scans) == 2 * DAY, daemon, 60)
            assert daemon.process.poll() is None
        ingest.close()
        await near.stop()
        await far.stop()
        assert_whole(near, 2 * DAY)
        assert_whole(far, 288)
        for platform in (near, far):
            for said in (*kept(platform, "2061"), *kept(platform, "2031")):
                assert (said.items["a05001-Avg"], said.items["a00000-Avg"]) == ("235714.286", "750.0")
                assert said.items["a00000-Cou"] == ("2700000" if said.head["CN"] == "2061" else "64800000")

    run(body)
