"""Data loggers in front of a gateway: as a source in this process over a real spool, or as the daemon itself."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from cems.plant import Plant
from cems.plantfile import load_plant
from cems.scan import Batch, Scan
from gateway.config import GatewayConfig
from gateway.drivers.hj212 import sources
from gateway.intake import Intake
from gateway.metrics import Tally
from gateway.source import Surroundings
from gateway.spool import Spool
from tests.integration.gateway_chain import GATEWAY, Daemon, FakeIngest
from tests.integration.pushed_chain import HEAD
from tests.servers import Broker
from tests.servers.logger import MN

TWO = (
    'value = [{ channel = "co2", factor = "a05001", basis = "dry" }, '
    '{ channel = "o2", factor = "a19001", basis = "dry" }]'
)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def instrument(port: int, keys: str = "", *, code: str = "logger-1", mn: str = MN, value: str = TWO) -> str:
    return f'[[point.instrument]]\ncode = "{code}"\nprotocol = "hj212"\nport = {port}\nmn = "{mn}"\n{keys}\n{value}\n'


def one_logger(port: int, keys: str = "") -> str:
    return HEAD + instrument(port, keys)


def another_point(code: str) -> str:
    return f'[[point]]\ncode = "{code}"\nstack = "s1"\narea_m2 = 1.0\n'


class Box:
    """A source in this process."""

    def __init__(self, folder: Path, plant: Plant, spool: Spool, intake: Intake, tally: Tally) -> None:
        self.folder, self.plant, self.spool, self.intake, self.tally = folder, plant, spool, intake, tally

    def scans(self) -> list[Scan]:
        return self.spool.read(1, 100_000)

    def instants(self) -> list[int]:
        return [scan.instant_ms for scan in self.scans()]

    def kept(self) -> list[tuple[str, bytes]]:
        """Reason and bytes of what could not be read."""
        path = self.folder / "spool.db.unreadable.jsonl"
        rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [(row["reason"], base64.b64decode(row["payload"])) for row in rows]

    async def until(self, condition: Callable[[], bool], seconds: float = 10.0) -> None:
        async with asyncio.timeout(seconds):
            while True:
                if condition():
                    return
                await asyncio.sleep(0.01)


@asynccontextmanager
async def box(folder: Path, plant: str, kind: type[Intake] = Intake, max_bytes: int = 10**9) -> AsyncIterator[Box]:
    """A source that runs over the spool of a folder; ended at the end."""
    (folder / "plant.toml").write_text(plant)
    config = GatewayConfig.model_validate({"code": "gw-1", "plant": "plant.toml"})
    tally = Tally()
    spool = Spool.open(folder / "spool.db", "e/g", "0" * 64, b"", fsync="full", max_bytes=max_bytes)
    try:
        intake = kind(spool, tally, lambda _: None)
        read = load_plant(folder / "plant.toml")
        (source,) = sources(read.point, Surroundings(config, folder, intake, tally))
        task = asyncio.create_task(source.run())
        ports = {i.port for point in read.point for i in point.instrument if i.driver == "hj212"}  # type: ignore[union-attr]  # they are
        await _answering(ports)
        try:
            yield Box(folder, read, spool, intake, tally)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    finally:
        spool.close()


async def _answering(ports: set[int]) -> None:
    for port in ports:
        async with asyncio.timeout(10):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.01)
                    continue
                writer.close()
                await writer.wait_closed()
                break


@asynccontextmanager
async def logger_daemon(
    folder: Path,
    plant: str,
    broker: Broker,
    answer: Callable[[int, Batch], list[tuple[int, int]]],
    settings: Mapping[str, Any] | None = None,
) -> AsyncIterator[tuple[Daemon, FakeIngest]]:
    """Daemon and ingest around a broker; all ended at the end."""
    ingest = FakeIngest(broker, answer)
    told = {"max_bytes": 10**9, "batch": 20, "port": broker.port, "protocol": "5", "period": 1.0, "metrics": 0}
    (folder / "plant.toml").write_text(plant)
    (folder / "gateway.toml").write_text(GATEWAY.format(**{**told, **(settings or {})}))
    daemon = Daemon(folder)
    try:
        await listening(daemon)
        yield daemon, ingest
    finally:
        if daemon.process.poll() is None:
            daemon.end()
        ingest.close()


async def listening(daemon: Daemon, times: int = 1, seconds: float = 30.0) -> None:
    """Until the daemon has opened its port so many times."""
    async with asyncio.timeout(seconds):
        while daemon.log().count("listening for loggers at") < times:
            assert daemon.process.poll() is None, daemon.log()
            await asyncio.sleep(0.02)
