"""A gateway daemon as a process, between a device and a real broker, with an ingest that forgets to acknowledge."""

from __future__ import annotations

import asyncio
import signal
import struct
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from cems.scan import Ack, Batch, Refusal, Scan
from cems.topics import Kind, topic
from cems.wire import decode_batch, digest_of, encode_ack, encode_refusal
from gateway.spoolschema import scans_made
from tests.servers import Broker
from tests.servers.modbus import Device, Frame, running
from tests.unit.gateway.test_assemble import CLOCK, flow, gas

PROJECT = Path(__file__).resolve().parents[2]
SCANS, ACK, STATUS, CONFIG, HEALTH = (
    topic("demo-power", "gw-1", kind) for kind in (Kind.SCANS, Kind.ACK, Kind.STATUS, Kind.CONFIG, Kind.HEALTH)
)

PLANT = """\
[enterprise]
code = "demo-power"
name = "Demo Power"
[[unit]]
code = "u1"
rated_mw = 300
stacks = ["s1"]
[[stack]]
code = "s1"
[[point]]
code = "stack-1"
stack = "s1"
area_m2 = 60.0
[[point.instrument]]
code = "gas-1"
port = {port}
timeout_s = 0.5
byte_order = "CDAB"
clock = {{ address = 0, byte_order = "ABCD" }}
status = {{ address = 2, flags = {{ 0 = "N" }} }}
register = [
    {{ channel = "co2", address = 4, basis = "dry" }},
    {{ channel = "o2", address = 6, basis = "dry" }},
]
[[point.instrument]]
code = "flow-1"
port = {port}
unit_id = 2
timeout_s = 0.5
register = [{{ channel = "velocity", address = 1 }}]
[[point]]
code = "unit-1"
unit = "u1"
[[point.instrument]]
code = "dcs-1"
port = {dcs_port}
timeout_s = 0.2
unit_id = 3
clock = {{ address = 0 }}
register = [{{ channel = "load", address = 3, byte_order = "DCBA" }}]
"""
GATEWAY = """\
code = "gw-1"
plant = "plant.toml"
[broker]
port = {port}
protocol = "{protocol}"
[schedule]
period_s = {period}
[spool]
max_bytes = {max_bytes}
[delivery]
batch_scans = {batch}
max_wait_s = 0.05
ack_timeout_s = 0.5
[metrics]
port = {metrics}
"""


class OnRead:
    """Instruments whose clock moves when it is read, up to a last minute; served again after a new connection."""

    def __init__(self, minutes: int) -> None:
        self.minutes = minutes
        self.device = Device(on_read=self._moves)
        self._minute = {1: -1, 3: -1}
        self._connection = {1: 0, 3: 0}
        self.device.set_words(1, 0, *struct.unpack(">8H", gas()))
        self.device.set_words(2, 0, *struct.unpack(">7H", flow()))
        self.device.set_words(3, 0, *struct.unpack(">5H", struct.pack(">IH", CLOCK, 0) + struct.pack("<f", 245.25)))

    def _moves(self, frame: Frame) -> None:
        unit = frame[0]
        if unit not in self._minute:
            return
        again = self._connection[unit] != self.device.connections and self._minute[unit] >= 0
        self._connection[unit] = self.device.connections
        if not again:
            self._minute[unit] = min(self._minute[unit] + 1, self.minutes - 1)
        self.device.set_words(unit, 0, *divmod(CLOCK + 60 * self._minute[unit], 65536))


class FakeIngest:
    """Keeps what comes and acknowledges what ``answer`` says, as a database would that is sometimes away."""

    def __init__(self, broker: Broker, answer: Callable[[int, Batch], list[tuple[int, int]]]) -> None:
        self.scans: dict[int, Scan] = {}
        self.batches: list[Batch] = []
        self.retained: dict[str, bytes] = {}
        self.refused: set[int] = set()
        """Sequence numbers of scans that cannot be read."""
        self._answer = answer
        self._lock = threading.Lock()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="fake-ingest")
        self.client.on_connect = lambda client, *_: client.subscribe(
            [(SCANS, 1), (STATUS, 1), (CONFIG, 1), (HEALTH, 1)]
        )
        self.client.on_message = self._message
        self.client.reconnect_delay_set(1, 1)
        self.client.connect(broker.host, broker.port)
        self.client.loop_start()

    def _message(self, client: mqtt.Client, _: object, message: mqtt.MQTTMessage) -> None:
        if message.topic != SCANS:
            self.retained[message.topic] = message.payload
            return
        batch = decode_batch(message.payload)
        if self.refused & set(range(batch.first_seq, batch.last_seq + 1)):
            client.publish(ACK, encode_refusal(Refusal((digest_of(message.payload),))), qos=1)
            return
        with self._lock:
            for scan in batch.scans:
                assert self.scans.setdefault(scan.seq, scan) == scan, "one number, two scans"
            self.batches.append(batch)
            ranges = self._answer(len(self.batches), batch)
        if ranges:
            client.publish(ACK, encode_ack(Ack(batch.spool_id, tuple(ranges))), qos=1)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
        self.client.on_message = None

    def of(self, point: str) -> list[Scan]:
        with self._lock:
            return [scan for _, scan in sorted(self.scans.items()) if scan.point == point]


def everything(_: int, batch: Batch) -> list[tuple[int, int]]:
    return [(batch.first_seq, batch.last_seq)]


def forgetful(count: int, batch: Batch) -> list[tuple[int, int]]:
    """Every third message is ignored, every third half acknowledged."""
    if count % 3 == 0:
        return []
    middle = (batch.first_seq + batch.last_seq) // 2
    return [(batch.first_seq, middle)] if count % 3 == 1 else everything(count, batch)


class Daemon:
    """``flueledger gateway run`` in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._command = [sys.executable, "-m", "flueledger.main", "gateway", "run", "-c", str(folder / "gateway.toml")]
        self.start()

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self._command, stdout=log, stderr=log, cwd=PROJECT)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(15)

    def log(self) -> str:
        return (self.folder / "log").read_text()


@asynccontextmanager
async def chain(
    folder: Path,
    plant: OnRead,
    broker: Broker,
    answer: Callable[[int, Batch], list[tuple[int, int]]],
    **settings: Any,
) -> AsyncIterator[tuple[Daemon, FakeIngest]]:
    """Device, daemon and ingest around a broker; all ended at the end."""
    ingest = FakeIngest(broker, answer)
    async with running(plant.device):
        told = {
            "max_bytes": 10**9,
            "batch": 20,
            "port": broker.port,
            "protocol": "5",
            "period": 0.0,
            "metrics": 0,
            "dcs_port": plant.device.port,
            **settings,
        }
        (folder / "plant.toml").write_text(PLANT.format(port=plant.device.port, dcs_port=told.pop("dcs_port")))
        (folder / "gateway.toml").write_text(GATEWAY.format(**told))
        daemon = Daemon(folder)
        try:
            yield daemon, ingest
        finally:
            if daemon.process.poll() is None:
                daemon.end()
            ingest.close()


async def until(condition: Callable[[], bool], daemon: Daemon, seconds: float = 30.0) -> None:
    async def wait() -> None:
        while not condition():
            assert daemon.process.poll() is None, daemon.log()
            await asyncio.sleep(0.02)

    try:
        await asyncio.wait_for(wait(), seconds)
    except TimeoutError:
        pytest.fail(f"did not come about in {seconds} s:\n{daemon.log()}")


def instants(scans: list[Scan]) -> list[int]:
    return [scan.instant_ms for scan in scans]


def minutes(count: int) -> list[int]:
    return [(CLOCK + 60 * i) * 1000 for i in range(count)]


def assert_whole(folder: Path, plant: OnRead, ingest: FakeIngest) -> None:
    """Every minute of both points once, numbered without a gap."""
    wanted = minutes(plant.minutes)
    for point in ("stack-1", "unit-1"):
        found = instants(ingest.of(point))
        missing, twice = sorted(set(wanted) - set(found)), [at for at, n in Counter(found).items() if n > 1]
        assert found == wanted, f"{point}: {len(found)} scans, missing {missing[:9]}, twice {twice[:9]}"
    assert sorted(ingest.scans) == list(range(1, 2 * plant.minutes + 1))
    assert scans_made(folder / "spool.db") == 2 * plant.minutes


def run(body: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(body())  # type: ignore[arg-type]  # every body is a coroutine function
