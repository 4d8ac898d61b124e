"""A spool is damaged, the gateway goes on with a new one, the old one is salvaged: everything arrives once."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest
from paho.mqtt import client as mqtt

from cems.health import decode_health
from cems.scan import Ack, Scan
from cems.wire import decode_batch, encode_ack
from gateway.spoolschema import scans_made
from tests.integration.gateway_chain import ACK, HEALTH, SCANS, FakeIngest, OnRead, everything, run, until
from tests.integration.test_gateway_destinations import command
from tests.integration.test_gateway_upload import MN, flags, gateway, kept, minutes, upload
from tests.servers import Broker
from tests.servers.platform import Platform, running


class Database(FakeIngest):
    """Keeps scans by spool and number, and what was said of each spool."""

    def __init__(self, broker: Broker) -> None:
        self.rows: dict[tuple[str, int], Scan] = {}
        self.doubled = 0
        self.said: dict[str, list[tuple[int, int]]] = {}
        super().__init__(broker, everything)

    def _message(self, client: mqtt.Client, _: object, message: mqtt.MQTTMessage) -> None:
        if message.topic == HEALTH:
            health = decode_health(message.payload)
            self.said[health.spool_id] = [(row.first, row.last) for row in health.dropped]
        if message.topic != SCANS:
            return
        batch = decode_batch(message.payload)
        for scan in batch.scans:
            assert self.rows.setdefault((batch.spool_id, scan.seq), scan) == scan, "one number, two scans"
        client.publish(ACK, encode_ack(Ack(batch.spool_id, ((batch.first_seq, batch.last_seq),))), qos=1)


def damaged(path: Path, instant_ms: int) -> None:
    """One byte of the record of a scan is another."""
    content = path.read_bytes()
    at = content.index(instant_ms.to_bytes(8, "little"))
    path.write_bytes(content[: at + 9] + bytes([content[at + 9] ^ 1]) + content[at + 10 :])


@pytest.mark.mosquitto
def test_a_damaged_spool_is_salvaged_for_ingest_and_platforms(tmp_path: Path, mosquitto_broker: Broker) -> None:
    async def body() -> None:
        plant = OnRead(minutes=100)
        platform = Platform()
        database = Database(mosquitto_broker)
        mosquitto_broker.kill()
        table = upload(platform, realtime_s=0)
        async with gateway(tmp_path, plant, table, ingest="on", port=mosquitto_broker.port) as daemon:
            spool = tmp_path / "spool.db"
            await until(lambda: scans_made(spool) == 100, daemon)
            await asyncio.sleep(1.5)
            assert daemon.end() == 0
            damaged(spool, (1_772_294_400 + 60 * 41) * 1000)
            daemon.start()
            await asyncio.to_thread(daemon.process.wait, 15)
            assert "spool.db.damaged-1" in daemon.log()
            plant.minutes = 150
            daemon.start()
            await until(lambda: scans_made(spool) >= 50, daemon)
            daemon.end(signal.SIGKILL)
            done = await command(tmp_path, "salvage", str(tmp_path / "spool.db.damaged-1"))
            assert done.returncode == 0, done.stderr
            assert "99 are sound, 1 cannot be read" in done.stdout
            assert "lost: 42" in done.stdout
            assert "100 minutes and 103 packets put back" in done.stdout
            daemon.start()
            await asyncio.to_thread(mosquitto_broker.start)
            async with running(platform):
                await until(lambda: len(database.rows) >= 99 + scans_made(spool), daemon)
                await until(lambda: not list(tmp_path.glob("spool.db.salvaged*")), daemon)
                await until(lambda: len(minutes(platform)) == 150, daemon)
                await until(lambda: flags(platform, "2061") == ["N", "N", "B"], daemon)
            assert daemon.end() == 0
        database.close()
        assert len({spool_id for spool_id, _ in database.rows}) == 2
        assert {tuple(lost) for lost in database.said.values()} == {(), ((42, 42),)}
        instants = sorted(scan.instant_ms for scan in database.rows.values())
        assert len(set(instants)) == len(set(range(150)) - {41})
        # The second hour began in the damaged spool and ended in the new one.
        second = kept(platform, "2061")[1]
        assert (second.head["MN"], second.items["a05001-Avg"]) == (MN, "235714.286")

    run(body)


@pytest.mark.mosquitto
def test_a_spool_put_back_without_its_mark(tmp_path: Path, mosquitto_broker: Broker) -> None:
    async def body() -> None:
        plant = OnRead(minutes=30)
        database = Database(mosquitto_broker)
        mosquitto_broker.kill()
        spool = tmp_path / "spool.db"
        async with gateway(tmp_path, plant, ingest="on", port=mosquitto_broker.port) as daemon:
            await until(lambda: scans_made(spool) == 30, daemon)
            assert daemon.end() == 0
            (tmp_path / "spool.db.mark").unlink()
            daemon.start()
            assert await asyncio.to_thread(daemon.process.wait, 15) == 1
            assert "put back from a backup" in daemon.log()
            done = await command(tmp_path, "salvage", str(spool))
            assert done.returncode == 0, done.stderr
            assert "the spool was moved to" in done.stdout
            plant.minutes = 40
            await asyncio.to_thread(mosquitto_broker.start)
            daemon.start()
            await until(lambda: len(database.rows) >= 40, daemon)
            await until(lambda: not list(tmp_path.glob("spool.db.salvaged*")), daemon)
        database.close()
        assert len({scan.instant_ms for scan in database.rows.values()}) == 40

    run(body)
