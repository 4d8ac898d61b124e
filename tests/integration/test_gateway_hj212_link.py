"""A logger behind a link that is cut, reset, silent or slow, and a gateway that is killed: every reading once."""

from __future__ import annotations

import asyncio
import random
import signal
from pathlib import Path

import pytest

from firmware_sim.hj212_line import Hj212Line
from firmware_sim.hj212_packets import LoggerPacket, Oddity
from flueledger.servers.proxy import Mode, Proxy, proxy_to
from tests.integration.gateway_chain import Daemon, everything, instants, run, until
from tests.integration.logger_chain import free_port, listening, logger_daemon, one_logger
from tests.servers import Broker
from tests.servers.logger import MN, T0, at

COUNT = 400


def packet(minute: int) -> LoggerPacket:
    groups = (f"a05001-Rtd={minute}.5,a05001-Flag=N", "a19001-Rtd=6.5,a19001-Flag=N")
    return LoggerPacket(at(minute, 17), "31", MN, "123456", at(minute), groups)


async def troubled(proxy: Proxy, daemon: Daemon, chance: random.Random, starts: int) -> int:
    """One trouble of the link or the gateway, and its end; how often the gateway has been started then."""
    trouble = chance.choice(["cut", "reset", "swallow", "hold", "kill"])
    await asyncio.sleep(chance.uniform(0.01, 0.3))
    if trouble == "kill":
        daemon.end(signal.SIGKILL)
        await asyncio.sleep(chance.uniform(0, 0.3))
        daemon.start()
        await listening(daemon, starts + 1)
        return starts + 1
    if trouble == "cut":
        await proxy.cut()
    elif trouble == "reset":
        proxy.reset()
    else:
        proxy.mode = Mode.SWALLOW if trouble == "swallow" else Mode.HOLD
    await asyncio.sleep(chance.uniform(0.01, 1.2))
    await proxy.mend()
    return starts


@pytest.mark.parametrize("oddities", [frozenset[Oddity](), frozenset([Oddity.TORN, Oddity.PARTS])])
def test_troubles_lose_nothing_and_double_nothing(
    tmp_path: Path, mosquitto_broker: Broker, oddities: frozenset[Oddity]
) -> None:
    async def body() -> None:
        port, chance = free_port(), random.Random(f"{sorted(oddities)}")
        async with (
            logger_daemon(tmp_path, one_logger(port), mosquitto_broker, everything) as (daemon, ingest),
            proxy_to(port) as proxy,
        ):
            line = Hj212Line("127.0.0.1", proxy.port, oddities, overtime_s=0.5)
            line.open()

            async def sending() -> None:
                for minute in range(0, COUNT, 4):
                    await asyncio.to_thread(line.send, [packet(minute + i) for i in range(4)])
                    await asyncio.sleep(0.05)

            task, starts = asyncio.create_task(sending()), 1
            for _ in range(12):
                starts = await troubled(proxy, daemon, chance, starts)
            await asyncio.wait_for(task, 120)
            await asyncio.to_thread(line.close)
            await until(lambda: len(ingest.of("stack-1")) >= COUNT, daemon)
            await asyncio.sleep(0.3)
            found = ingest.of("stack-1")
            assert sorted(instants(found)) == [T0 + 60_000 * i for i in range(COUNT)]
            assert all(scan.flags[:2] == "NN" for scan in found)
            assert sorted(ingest.scans) == list(range(1, COUNT + 1))
            assert line.resent > 0, "the troubles were none"

    run(body)
