"""Nothing is lost or doubled on the way from the daemon to a database, whatever is killed, full or silent."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import signal
from pathlib import Path

import pytest

from gateway.spoolschema import scans_made
from tests.integration.gateway_chain import (
    CONFIG,
    STATUS,
    FakeIngest,
    OnRead,
    assert_whole,
    chain,
    everything,
    forgetful,
    run,
    until,
)
from tests.servers import Broker
from tests.unit.gateway.test_assemble import flow, gas


def emptied(folder: Path) -> bool:
    """Whether the spool has nothing left, seen through the log of an orderly end."""
    return (folder / "log").read_text().rstrip().endswith(", 0 left in the spool")


@pytest.mark.mosquitto
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_forgetful_database_loses_nothing(tmp_path: Path, mosquitto_broker: Broker, protocol: str) -> None:
    async def body() -> None:
        plant = OnRead(minutes=300)
        async with chain(tmp_path, plant, mosquitto_broker, forgetful, protocol=protocol) as (daemon, ingest):
            await until(lambda: len(ingest.scans) == 600, daemon)
            assert ingest.retained[STATUS] == b"online"
            digest = hashlib.sha256(ingest.retained[CONFIG]).hexdigest()
            assert {batch.config_hash for batch in ingest.batches} == {digest}
            assert max(len(batch.scans) for batch in ingest.batches) == 20
            ingest._answer = everything
            await asyncio.sleep(2.5)  # what was ignored is sent again within the longest pause reached
            assert daemon.end() == 0
            await until_offline(ingest)
        assert_whole(tmp_path, plant, ingest)
        assert emptied(tmp_path), daemon.log()
        first = ingest.of("stack-1")[0]
        assert first.values[:3] == (12.0, 6.5, 12.5)
        assert first.words == gas() + flow()[2:6]

    run(body)


def test_the_embedded_broker(tmp_path: Path, amqtt_broker: Broker) -> None:
    """amqtt speaks MQTT 3.1.1 only; the demo uses it where there is no mosquitto."""

    async def body() -> None:
        plant = OnRead(minutes=300)
        async with chain(tmp_path, plant, amqtt_broker, forgetful, protocol="3.1.1") as (daemon, ingest):
            await until(lambda: len(ingest.scans) == 600, daemon)
            assert ingest.retained[STATUS] == b"online"
            assert_whole(tmp_path, plant, ingest)
            assert daemon.end() == 0

    run(body)


async def until_offline(ingest: FakeIngest) -> None:
    for _ in range(200):
        if ingest.retained[STATUS] == b"offline":
            return
        await asyncio.sleep(0.02)
    pytest.fail("the gateway did not say that it goes")


@pytest.mark.mosquitto
def test_kill_9_at_any_time(tmp_path: Path, mosquitto_broker: Broker) -> None:
    async def body() -> None:
        plant = OnRead(minutes=1000)
        spool = tmp_path / "spool.db"
        async with chain(tmp_path, plant, mosquitto_broker, forgetful) as (daemon, ingest):
            await until(lambda: scans_made(spool) >= 300, daemon)
            daemon.end(signal.SIGKILL)
            daemon.start()
            await until(lambda: scans_made(spool) >= 900, daemon)
            daemon.end(signal.SIGKILL)
            daemon.start()
            ingest._answer = everything
            await until(lambda: len(ingest.scans) >= 2000, daemon)
            assert_whole(tmp_path, plant, ingest)
            assert {scan.boot for scan in ingest.scans.values()} == {1, 2, 3}

    run(body)


@pytest.mark.mosquitto
def test_a_broker_that_forgets_everything(tmp_path: Path, mosquitto_broker: Broker) -> None:
    async def body() -> None:
        plant = OnRead(minutes=600)
        async with chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, ingest):
            await until(lambda: len(ingest.scans) >= 200, daemon)
            mosquitto_broker.kill()
            mosquitto_broker.wipe()
            await asyncio.to_thread(mosquitto_broker.start)
            await until(lambda: len(ingest.scans) == 1200, daemon)
            assert_whole(tmp_path, plant, ingest)

    run(body)


@pytest.mark.mosquitto
def test_a_full_spool_stops_polling_and_drops_nothing(tmp_path: Path, mosquitto_broker: Broker) -> None:
    async def body() -> None:
        plant = OnRead(minutes=7000)
        settings = {"max_bytes": 1_000_000, "batch": 400}
        async with chain(tmp_path, plant, mosquitto_broker, everything, **settings) as (daemon, ingest):
            mosquitto_broker.kill()
            await until(lambda: "READING STANDS STILL: spool" in daemon.log(), daemon)
            made = scans_made(tmp_path / "spool.db")
            assert made < 14_000
            await asyncio.sleep(0.3)
            assert scans_made(tmp_path / "spool.db") == made
            await asyncio.to_thread(mosquitto_broker.start)
            await until(lambda: len(ingest.scans) == 14_000, daemon)
            assert_whole(tmp_path, plant, ingest)

    run(body)


@pytest.mark.mosquitto
def test_a_silent_ingest_is_told_of_once(tmp_path: Path, mosquitto_broker: Broker) -> None:
    """A broker may take the scans and give them to nobody: then only the missing acknowledgements show it."""

    async def body() -> None:
        plant = OnRead(minutes=100)
        async with chain(tmp_path, plant, mosquitto_broker, lambda *_: []) as (daemon, ingest):
            await until(lambda: "nobody acknowledges" in daemon.log(), daemon)
            await asyncio.sleep(1.0)
            assert daemon.log().count("nobody acknowledges") == 1
            ingest._answer = everything
            await until(lambda: "scans are acknowledged again" in daemon.log(), daemon)

    run(body)


class BlackHole:
    """A proxy that can swallow every byte while it keeps the connections open."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.swallows = False
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        doomed = [False]
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await asyncio.gather(self._pump(reader, back, doomed), self._pump(there, writer, doomed))
        writer.close()
        back.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, doomed: list[bool]) -> None:
        while data := await source.read(65536):
            doomed[0] |= self.swallows
            if not doomed[0]:
                sink.write(data)
        sink.close()


@pytest.mark.mosquitto
def test_bytes_swallowed_in_silence(tmp_path: Path, mosquitto_broker: Broker) -> None:
    async def body() -> None:
        plant = OnRead(minutes=1000)
        hole = BlackHole(mosquitto_broker.port)
        server = await asyncio.start_server(hole.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with chain(tmp_path, plant, mosquitto_broker, everything, port=port) as (daemon, ingest):
            await until(lambda: len(ingest.scans) >= 200, daemon)
            hole.swallows = True
            await asyncio.sleep(1.5)
            hole.swallows = False
            await until(lambda: len(ingest.scans) == 2000, daemon)
            assert_whole(tmp_path, plant, ingest)
            assert hole.connections >= 2
            daemon.end()
        server.close()
        await asyncio.sleep(0.1)

    run(body)


@pytest.mark.mosquitto
def test_a_scan_that_ingest_refuses_holds_up_no_other(tmp_path: Path, mosquitto_broker: Broker) -> None:
    """Nine scans that cannot be read would fill the window of eight; all others arrive, and they too when they can."""

    async def body() -> None:
        plant = OnRead(minutes=150)
        async with chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, ingest):
            bad = set(range(5, 300, 33))
            ingest.refused = bad
            await until(lambda: len(ingest.scans) == 300 - len(bad), daemon)
            await until(lambda: daemon.log().count("refused by ingest") == len(bad), daemon)
            ingest.refused = set()
            assert daemon.end() == 0
            daemon.start()
            await until(lambda: len(ingest.scans) == 300, daemon)
            await asyncio.sleep(0.5)
            assert daemon.end() == 0
        assert_whole(tmp_path, plant, ingest)
        assert emptied(tmp_path), daemon.log()

    run(body)
