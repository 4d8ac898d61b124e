"""JSON devices behind a real mosquitto: every message becomes a scan once, whatever ends in between."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import signal
import threading
import time
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cems.evidence import unpack
from cems.flags import Flag
from cems.plant import Point
from cems.plantfile import load_plant
from cems.scan import Batch, StampedBy
from flueledger.servers.proxy import Mode, proxy_to
from gateway.assemble import Draft, Last
from gateway.cli import app
from gateway.config import GatewayConfig
from gateway.drivers.mqtt import sources
from gateway.intake import Intake
from gateway.metrics import Tally
from gateway.selfreport import read_status, status_path
from gateway.source import Surroundings
from gateway.spool import Spool
from tests.integration.gateway_chain import PROJECT, everything, instants, run, until
from tests.integration.pushed_chain import HEAD, ONE_TOPIC, T0, Publisher, broker_keys, hearing, pushed_chain
from tests.servers import Broker


def minutes(count: int) -> list[int]:
    return [T0 + 60_000 * i for i in range(count)]


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_one_message_is_one_scan_with_its_bytes(tmp_path: Path, mosquitto_broker: Broker, version: str) -> None:
    async def body() -> None:
        plant = ONE_TOPIC.format(broker=broker_keys(mosquitto_broker, version))
        async with pushed_chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, ingest):
            device = Publisher(mosquitto_broker)
            raw = b'{"t":%d, "state":"CAL", "gas":{"co2":12.50, "o2 %%":true}}' % T0
            device.send("plant/s1/gas", raw)
            device.gas(1)
            device.close()
            await until(lambda: len(ingest.of("stack-1")) == 2, daemon)
            first, second = ingest.of("stack-1")
            assert [p.payload for p in unpack(first.words)] == [raw]
            assert (first.instant_ms, first.stamped_by) == (T0, StampedBy.DEVICE)
            assert first.values[:2] == (12.5, None)
            assert first.flags == "Cv" + "x" * 8 or first.flags == "CC" + "x" * 8
            assert second.values[:2] == (12.5, 6.25)
            assert second.flags == "NN" + Flag.ABSENT.value * 8

    run(body)


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_killed_again_and_again(tmp_path: Path, mosquitto_broker: Broker, version: str) -> None:
    async def body() -> None:
        plant = ONE_TOPIC.format(broker=broker_keys(mosquitto_broker, version))
        async with pushed_chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, ingest):
            device = Publisher(mosquitto_broker)
            for turn in range(4):
                for i in range(60):
                    device.gas(60 * turn + i, co2=i / 10)
                    if i == 30 + 5 * turn:
                        daemon.end(signal.SIGKILL)  # in the middle of what it reads, stores and acknowledges
                daemon.start()
                await hearing(daemon, turn + 2)
            device.close()
            await until(lambda: len(ingest.of("stack-1")) >= 240, daemon)
            assert instants(ingest.of("stack-1")) == minutes(240)
            assert sorted(ingest.scans) == list(range(1, 241))

    run(body)


def test_killed_between_the_store_and_the_acknowledgement(tmp_path: Path, mosquitto_broker: Broker) -> None:
    """The source runs here, over a real spool and broker; it is cut off right behind the commit."""

    async def body() -> None:
        (tmp_path / "plant.toml").write_text(ONE_TOPIC.format(broker=broker_keys(mosquitto_broker)))
        plant = load_plant(tmp_path / "plant.toml")
        config = GatewayConfig.model_validate({"code": "gw-1", "plant": "plant.toml"})
        device = Publisher(mosquitto_broker)
        counts = []
        for cut in (True, True, False):
            spool = Spool.open(tmp_path / "spool.db", "e/g", "0" * 64, b"", fsync="full", max_bytes=10**9)
            intake = CutOff(spool, Tally(), lambda _: None)
            intake.cut = cut
            (source,) = sources(plant.point, Surroundings(config, tmp_path, intake, Tally()))
            task = asyncio.create_task(source.run())
            await asyncio.sleep(0.5)
            if not counts:
                for minute in range(10):
                    device.gas(minute)
            await asyncio.wait({task}, timeout=1.5)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            counts.append(spool.depth)
            read = [scan.instant_ms for scan in spool.read(1, 1000)]
            spool.close()
        device.close()
        assert counts[0] >= 1
        assert read == minutes(10)

    run(body)


class CutOff(Intake):
    """Stores as ever, and then the power goes."""

    cut = True

    async def store(self, drafts: Sequence[Draft], lasts: Mapping[str, Last]) -> None:
        await super().store(drafts, lasts)
        if self.cut:
            raise asyncio.CancelledError


def test_a_broker_that_is_killed_and_one_that_is_wiped(tmp_path: Path, mosquitto_broker: Broker) -> None:
    async def body() -> None:
        plant = ONE_TOPIC.format(broker=broker_keys(mosquitto_broker))
        async with pushed_chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, ingest):
            for turn, wiped in enumerate([False, True]):
                device = Publisher(mosquitto_broker)
                for i in range(10):
                    device.gas(10 * turn + i)
                device.close()
                await until(lambda many=10 * turn + 10: len(ingest.of("stack-1")) >= many, daemon)
                mosquitto_broker.kill()
                if wiped:
                    mosquitto_broker.wipe()
                mosquitto_broker.start()
                await hearing(daemon, turn + 2)
            device = Publisher(mosquitto_broker)
            device.gas(20)
            device.close()
            await until(lambda: len(ingest.of("stack-1")) >= 21, daemon)
            assert instants(ingest.of("stack-1")) == minutes(21)
            assert "has lost our session" in daemon.log()

    run(body)


def test_what_cannot_be_read_is_kept_and_ends_nothing(tmp_path: Path, mosquitto_broker: Broker) -> None:
    bad = [b"", b"\xff\xfe", b"{", b"[" * 100_000, b"x" * 40_000, b'{"t": 1e999, "gas": []}']

    async def body() -> None:
        plant = ONE_TOPIC.format(broker=broker_keys(mosquitto_broker))
        async with pushed_chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, ingest):
            device = Publisher(mosquitto_broker)
            for payload in bad:
                device.send("plant/s1/gas", payload)
            device.gas(1)
            device.close()
            await until(lambda: len(ingest.of("stack-1")) == 2, daemon)
            rows = [json.loads(line) for line in (tmp_path / "spool.db.unreadable.jsonl").read_text().splitlines()]
            assert [base64.b64decode(row["payload"]) for row in rows] == bad[:5]
            reasons = [row["reason"].partition(":")[0] for row in rows]
            assert reasons == ["not JSON", "not UTF-8", "not JSON", "too large", "too large"]
            odd = ingest.of("stack-1")[0]
            assert (odd.stamped_by, odd.flags[:2], odd.values[:2]) == (StampedBy.GATEWAY, "BB", (None, None))
            daemon.end()
            daemon.start()
            await hearing(daemon, 2)
            assert "cannot read" not in daemon.log().split("connected to the broker of devices")[2]

    run(body)


def test_retained_and_repeated_messages_make_no_second_scan(tmp_path: Path, mosquitto_broker: Broker) -> None:
    async def body() -> None:
        plant = ONE_TOPIC.format(broker=broker_keys(mosquitto_broker))
        device = Publisher(mosquitto_broker)
        first = {"t": T0, "state": "RUN", "gas": {"co2": 1.0, "o2 %": 2}}
        device.send("plant/s1/gas", first, retain=True)
        async with pushed_chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, ingest):
            await until(lambda: len(ingest.of("stack-1")) == 1, daemon)
            device.gas(3)
            device.gas(2)  # what a device sends late is a reading of its own time
            for minute in (3, 2, 3):
                device.gas(minute)
            daemon.end()
            daemon.start()  # hears the retained one again
            await hearing(daemon, 2)
            device.gas(3)
            device.gas(4)
            await until(lambda: len(ingest.of("stack-1")) >= 4, daemon)
            assert instants(ingest.of("stack-1")) == [minutes(5)[i] for i in (0, 3, 2, 4)]
        device.close()

    run(body)


HALVES = (
    HEAD
    + """\
[[point.instrument]]
code = "gas-1"
protocol = "mqtt"
{broker}
gather_s = 600.0
topic = "gas/{{what}}"
time = "t"
time_format = "unix-ms"
value = [
    {{ channel = "co2", where = {{ what = "co2" }}, path = "v", basis = "dry" }},
    {{ channel = "o2", where = {{ what = "o2" }}, path = "v", basis = "dry" }},
]
"""
)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGHUP])
def test_what_came_at_qos_0_and_waits_for_the_rest_is_stored_at_the_end(
    tmp_path: Path, mosquitto_broker: Broker, by: signal.Signals
) -> None:
    """No broker delivers it again."""

    async def body() -> None:
        plant = HALVES.format(broker=broker_keys(mosquitto_broker))
        async with pushed_chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, ingest):
            device = Publisher(mosquitto_broker)
            device.send("gas/co2", {"t": T0, "v": 12.5}, qos=0)
            await asyncio.sleep(0.5)
            assert ingest.of("stack-1") == [], "it waits for the other value"
            daemon.process.send_signal(by)
            if by == signal.SIGTERM:
                await asyncio.to_thread(daemon.process.wait, 20)
                daemon.start()
            await hearing(daemon, 2)
            await until(lambda: len(ingest.of("stack-1")) == 1, daemon)
            (scan,) = ingest.of("stack-1")
            assert (scan.instant_ms, scan.values[:2], scan.flags[:2]) == (T0, (12.5, None), "NB")
            device.send("gas/co2", {"t": T0 + 60_000, "v": 13.0})  # this one its broker delivers again
            await asyncio.sleep(0.5)
            daemon.end()
            daemon.start()
            await hearing(daemon, 3)
            device.send("gas/o2", {"t": T0 + 60_000, "v": 6.0})
            await until(lambda: len(ingest.of("stack-1")) == 2, daemon)
            assert ingest.of("stack-1")[1].values[:2] == (13.0, 6.0), "no half of it was stored"
            device.close()

    run(body)


def test_reading_stands_still_while_the_spool_is_full(tmp_path: Path, mosquitto_broker: Broker) -> None:
    """Nothing is taken from the broker then; all of it comes when there is room again."""
    open_ = threading.Event()

    def answer(count: int, batch: Batch) -> list[tuple[int, int]]:
        return everything(count, batch) if open_.is_set() else []

    async def body() -> None:
        plant = ONE_TOPIC.format(broker=broker_keys(mosquitto_broker))
        limits = {"max_bytes": 1_000_000}
        async with pushed_chain(tmp_path, plant, mosquitto_broker, answer, **limits) as (daemon, ingest):
            device = Publisher(mosquitto_broker)
            for minute in range(200):
                device.gas(minute, filling="x" * 20_000)
            await until(lambda: "STANDS STILL" in daemon.log(), daemon)
            device.gas(200)
            await asyncio.sleep(1.0)
            assert len(ingest.of("stack-1")) <= 50, "1 MB of 20 kB each; what came behind them stays at the broker"

            def filled() -> int:
                health = read_status(status_path(tmp_path / "spool.db"))
                return health.spool_bytes if health is not None else 0

            await until(lambda: filled() >= 1_000_000, daemon)
            assert filled() < 1_050_000, "passed by the last message only"
            open_.set()
            await until(lambda: len(ingest.of("stack-1")) >= 201, daemon, 60)
            device.close()
            assert instants(ingest.of("stack-1")) == minutes(201)

    run(body)


NO_TIME = (
    HEAD
    + """\
[[point.instrument]]
code = "gas-1"
protocol = "mqtt"
{broker}
topic = "gas/+"
value = [{{ channel = "co2", path = "co2", basis = "dry" }}]
"""
)


def test_what_waited_without_a_time_is_kept_and_not_trusted(tmp_path: Path, mosquitto_broker: Broker) -> None:
    """Nobody knows when it was measured, and equal messages are readings of their own."""

    async def body() -> None:
        plant = NO_TIME.format(broker=broker_keys(mosquitto_broker))
        async with pushed_chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, ingest):
            device = Publisher(mosquitto_broker)
            device.send("gas/1", {"co2": 12.5})
            device.send("gas/1", {"co2": 12.5})
            await until(lambda: len(ingest.of("stack-1")) == 2, daemon)
            daemon.end()
            for _ in range(100):
                device.send("gas/1", {"co2": 12.5})
            daemon.start()
            await until(lambda: len(ingest.of("stack-1")) == 102, daemon)
            await asyncio.sleep(0.5)
            device.send("gas/1", {"co2": 12.5})
            await until(lambda: len(ingest.of("stack-1")) == 103, daemon)
            device.close()
            assert "".join(scan.flags[0] for scan in ingest.of("stack-1")) == "NN" + 100 * "c" + "N"
            assert {scan.values[0] for scan in ingest.of("stack-1")} == {12.5}

    run(body)


def test_the_status_names_an_instrument_whose_broker_is_away(tmp_path: Path, mosquitto_broker: Broker) -> None:
    async def body() -> None:
        plant = ONE_TOPIC.format(broker=broker_keys(mosquitto_broker))
        async with pushed_chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, ingest):
            device = Publisher(mosquitto_broker)
            device.gas(0)
            device.close()
            await until(lambda: len(ingest.of("stack-1")) == 1, daemon)
            status = status_path(tmp_path / "spool.db")

            def up() -> int | None:
                health = read_status(status)
                return health.instruments[0].up if health and health.instruments else None

            await until(lambda: up() == 1, daemon)
            mosquitto_broker.kill()
            await until(lambda: up() == 0, daemon)

    run(body)


@pytest.mark.slow
@pytest.mark.parametrize(("key", "limit_s"), [("", 15.0), ("keepalive_s = 2\n", 7.0)])
def test_a_silent_broker_is_noticed(tmp_path: Path, mosquitto_broker: Broker, key: str, limit_s: float) -> None:
    """The line is open and every byte vanishes: nobody says so, only the missing sign of life."""

    async def body() -> None:
        async with proxy_to(mosquitto_broker.port) as proxy:
            plant = ONE_TOPIC.format(broker=f"port = {proxy.port}\n{key}")
            async with pushed_chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, ingest):
                proxy.mode = Mode.SWALLOW
                started = time.monotonic()
                await until(lambda: "the line to the broker of devices" in daemon.log(), daemon, 30)
                assert time.monotonic() - started < limit_s
                await proxy.cut()
                await proxy.mend()
                await hearing(daemon, 2)
                device = Publisher(mosquitto_broker)
                device.gas(1)
                device.close()
                await until(lambda: len(ingest.of("stack-1")) == 1, daemon)

    run(body)


def test_the_examples_of_the_manual_are_accepted() -> None:
    page = (PROJECT / "docs" / "gateway" / "mqtt.md").read_text("utf-8")
    examples = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    drivers = []
    for example in examples:
        point = {"code": "p", "stack": "s", "area_m2": 1.0, **tomllib.loads(example)["point"]}
        drivers.append(Point.model_validate(point).driver)
    assert drivers == ["mqtt", "mqtt", "mqtt", "sparkplug"]


def test_check_says_what_will_be_heard(tmp_path: Path) -> None:
    (tmp_path / "plant.toml").write_text(ONE_TOPIC.format(broker='host = "broker.plant"'))
    (tmp_path / "gateway.toml").write_text('code = "gw-1"\nplant = "plant.toml"\n')
    done = CliRunner().invoke(app, ["check", "--offline", "-c", str(tmp_path / "gateway.toml")], env={"COLUMNS": "200"})
    assert "mqtt at broker.plant:1883" in done.output
    assert "hears plant/+/gas" in done.output
