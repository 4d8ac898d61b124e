"""The daemon as a process, between a device and a real broker, with an ingest that forgets to acknowledge."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import signal
import struct
import subprocess
import sys
import threading
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from cems.scan import Ack, Batch, Scan
from cems.topics import Kind, topic
from cems.wire import decode_batch, encode_ack
from gateway.spool import scans_made
from tests.servers import Broker
from tests.servers.modbus import Device, Frame, running
from tests.servers.process import free_port
from tests.unit.gateway.test_assemble import CLOCK, flow, gas

PROJECT = Path(__file__).resolve().parents[2]
SCANS, ACK, STATUS, CONFIG = (
    topic("demo-power", "gw-1", kind) for kind in (Kind.SCANS, Kind.ACK, Kind.STATUS, Kind.CONFIG)
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
        self._answer = answer
        self._lock = threading.Lock()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="fake-ingest")
        self.client.on_connect = lambda client, *_: client.subscribe([(SCANS, 1), (STATUS, 1), (CONFIG, 1)])
        self.client.on_message = self._message
        self.client.reconnect_delay_set(1, 1)
        self.client.connect(broker.host, broker.port)
        self.client.loop_start()

    def _message(self, client: mqtt.Client, _: object, message: mqtt.MQTTMessage) -> None:
        if message.topic != SCANS:
            self.retained[message.topic] = message.payload
            return
        batch = decode_batch(message.payload)
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
    assert instants(ingest.of("stack-1")) == minutes(plant.minutes)
    assert instants(ingest.of("unit-1")) == minutes(plant.minutes)
    assert sorted(ingest.scans) == list(range(1, 2 * plant.minutes + 1))
    assert scans_made(folder / "spool.db") == 2 * plant.minutes


def emptied(folder: Path) -> bool:
    """Whether the spool has nothing left, seen through the log of an orderly end."""
    return (folder / "log").read_text().rstrip().endswith(", 0 left in the spool")


def run(body: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(body())  # type: ignore[arg-type]  # every body is a coroutine function


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
            await asyncio.to_thread(mosquitto_broker.restart)
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
            await until(lambda: "POLLING STANDS STILL: spool" in daemon.log(), daemon)
            made = scans_made(tmp_path / "spool.db")
            assert made < 14_000
            await asyncio.sleep(0.3)
            assert scans_made(tmp_path / "spool.db") == made
            await asyncio.to_thread(mosquitto_broker.restart)
            await until(lambda: len(ingest.scans) == 14_000, daemon)
            assert_whole(tmp_path, plant, ingest)

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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plant.toml").write_text(PLANT.format(port=1, dcs_port=1))
    (tmp_path / "gateway.toml").write_text('code = "gw-1"\nplant = "plant.toml"\n')
    return tmp_path


def gateway(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flueledger.main", "gateway", *arguments],
        cwd=PROJECT,
        env={**os.environ, "FLUELEDGER_CONFIG": str(folder / "gateway.toml"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_check_offline_prints_the_plan(folder: Path) -> None:
    done = gateway("check", "--offline", folder=folder)
    assert done.returncode == 0, done.stderr
    assert "registers 0-7 (clock, status, co2, o2)" in done.stdout


def test_check_lists_every_fault_of_a_broken_file(folder: Path) -> None:
    broken = (folder / "plant.toml").read_text().replace("rated_mw = 300", "rated_mw = 0").replace('"load"', '"lod"')
    (folder / "plant.toml").write_text(broken)
    done = gateway("check", "--offline", folder=folder)
    assert done.returncode == 1
    assert re.search(r"line 6 +unit\[0\]\.rated_mw", done.stderr)
    line = next(n for n, text in enumerate(broken.splitlines(), 1) if '"lod"' in text)
    assert re.search(rf"line {line} +point\[1\]\.instrument\[0\]\.register\[0\]\.channel", done.stderr), done.stderr


def test_usage_is_told_apart_from_failure(folder: Path) -> None:
    assert gateway("probe", folder=folder).returncode == 2
    assert gateway("run", "--no-such-option", folder=folder).returncode == 2
    assert gateway("probe", "--instrument", "gas-1", folder=folder).returncode == 1


def test_check_and_probe_against_a_device(folder: Path) -> None:
    async def body() -> None:
        async with running(OnRead(minutes=5).device) as device:
            text = PLANT.format(port=device.port, dcs_port=device.port)
            (folder / "plant.toml").write_text(text)
            done = await asyncio.to_thread(gateway, "check", folder=folder)
            assert done.returncode == 0, done.stdout + done.stderr
            assert "gas-1: clock at 0-1: device time 2026-02-28" in done.stdout
            (folder / "plant.toml").write_text(text.replace("address = 6", "address = 8"))
            done = await asyncio.to_thread(gateway, "check", folder=folder)
            assert done.returncode == 1
            assert "gas-1: o2 at 8-9: the device refuses it" in done.stdout
            (folder / "plant.toml").write_text(text)
            done = await asyncio.to_thread(gateway, "probe", "--instrument", "gas-1", folder=folder)
            assert done.returncode == 0, done.stderr
            assert "0000 4140" in done.stdout
            assert "12 %  N" in done.stdout
            assert "2026-02-28 16:0" in done.stdout
            raw = ("probe", "--host", "127.0.0.1", "--port", str(device.port), "--address", "4", "--count", "2")
            done = await asyncio.to_thread(gateway, *raw, folder=folder)
            assert done.returncode == 0, done.stderr
            assert "CDAB 12" in done.stdout

    run(body)


def test_a_spool_in_use_ends_the_daemon_with_a_message(folder: Path) -> None:
    from gateway.spool import Spool

    spool = Spool.open(folder / "spool.db", "a" * 64, b"[]", fsync="full", max_bytes=10**9)
    done = gateway("run", folder=folder)
    spool.close()
    assert done.returncode == 1
    assert "in use by another gateway" in done.stderr
