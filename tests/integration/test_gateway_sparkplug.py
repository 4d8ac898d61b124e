"""A Sparkplug B edge node behind a real mosquitto: births on request, gaps, deaths, a daemon that is killed."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from cems.errors import DeviceError
from firmware_sim import api
from firmware_sim.mqtt_line import MqttLine, Publication
from firmware_sim.recording import Recording
from firmware_sim.sparkplug_face import SparkplugFace
from tests.integration.gateway_chain import Daemon, FakeIngest, everything, instants, run, until
from tests.integration.pushed_chain import HEAD, T0, Publisher, broker_keys, hearing, pushed_chain
from tests.servers import Broker


def recording(folder: Path) -> Recording:
    return api.simulate(api.RunSpec("2026-03", 3, 1), folder / "sim")


class Edge:
    """The simulated edge node, under the hand of a test."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self.face = SparkplugFace(recording(folder))
        self.line: MqttLine = self.face.line(broker.host, broker.port)
        self.line.open()

    def send(self, first: int, last: int) -> None:
        for minute in range(first, last):
            self.line.send(self.face.minute(minute))

    def skip(self, minute: int) -> None:
        """A message of every device is lost on the way."""
        lost: Sequence[Publication] = self.face.minute(minute)
        assert lost

    def die(self) -> None:
        """The line is cut without a word, so that the broker tells the will."""
        self.line._client.loop_stop()
        sock = self.line._client.socket()
        assert sock is not None
        sock.close()


def plant(broker: Broker) -> str:
    return api.plant_text("demo-sparkplug", broker.port)


async def born(edge: Edge, daemon: Daemon, times: int) -> None:
    await until(lambda: edge.face.births >= times, daemon)
    await asyncio.sleep(0.2)


def stack(ingest: FakeIngest) -> list[int]:
    return instants(ingest.of("stack-1"))


def test_births_are_asked_for_and_a_gap_asks_again(tmp_path: Path, mosquitto_broker: Broker) -> None:
    async def body() -> None:
        edge = Edge(tmp_path, mosquitto_broker)
        try:
            async with pushed_chain(tmp_path, plant(mosquitto_broker), mosquitto_broker, everything) as (
                daemon,
                ingest,
            ):
                await born(edge, daemon, 2)  # once at its own connection, once because the gateway asked
                edge.send(1, 100)
                await until(lambda: len(stack(ingest)) == 100, daemon)
                start = stack(ingest)[0]
                assert stack(ingest) == [start + 60_000 * i for i in range(100)], "the birth is minute 0"
                edge.skip(100)
                edge.send(101, 102)  # cannot be read any more
                await born(edge, daemon, 3)
                edge.send(102, 110)
                await until(lambda: len(stack(ingest)) >= 109, daemon)
                assert stack(ingest)[100:] == [start + 60_000 * i for i in range(101, 110)], "the birth told 101"
                rows = [json.loads(line) for line in (tmp_path / "spool.db.unreadable.jsonl").read_text().splitlines()]
                assert rows[0]["reason"].startswith("sequence gap")
                assert all(scan.flags[:2] in ("NN", "CC", "MM") for scan in ingest.of("stack-1"))
        finally:
            edge.line.close()

    run(body)


def test_a_killed_daemon_asks_again_and_makes_nothing_twice(tmp_path: Path, mosquitto_broker: Broker) -> None:
    async def body() -> None:
        edge = Edge(tmp_path, mosquitto_broker)
        try:
            async with pushed_chain(tmp_path, plant(mosquitto_broker), mosquitto_broker, everything) as (
                daemon,
                ingest,
            ):
                await born(edge, daemon, 2)
                edge.send(1, 20)
                await until(lambda: len(stack(ingest)) == 20, daemon)
                daemon.end(signal.SIGKILL)
                daemon.start()
                await hearing(daemon, 2)
                await born(edge, daemon, 3)
                edge.send(20, 30)
                await until(lambda: len(stack(ingest)) >= 30, daemon)
                assert len(stack(ingest)) == len(set(stack(ingest))) == 30
        finally:
            edge.line.close()

    run(body)


def test_a_death_flags_every_channel(tmp_path: Path, mosquitto_broker: Broker) -> None:
    async def body() -> None:
        edge = Edge(tmp_path, mosquitto_broker)
        async with pushed_chain(tmp_path, plant(mosquitto_broker), mosquitto_broker, everything) as (daemon, ingest):
            await born(edge, daemon, 2)
            edge.send(1, 3)
            await until(lambda: len(stack(ingest)) == 3, daemon)
            edge.die()
            await until(lambda: len(stack(ingest)) == 4, daemon)
            last = ingest.of("stack-1")[-1]
            assert (last.stamped_by.value, last.flags) == ("g", "BBBxBBBBxx")
            assert last.values == (None,) * 10

    run(body)


def test_without_a_node_there_is_a_named_error(tmp_path: Path) -> None:
    line = SparkplugFace(recording(tmp_path)).line("127.0.0.1", 1)
    with pytest.raises(DeviceError, match=r"no broker at 127\.0\.0\.1:1"):
        line.open()


SEVERAL = (
    HEAD
    + """\
[[point.instrument]]
code = "flow-1"
protocol = "mqtt"
{broker}
topic = "flow/{{what}}"
time = "t"
time_format = "unix-ms"
gather_s = 0.5
value = [
    {{ channel = "velocity", where = {{ what = "v" }}, path = "{{what}}" }},
    {{ channel = "temperature", where = {{ what = "t" }}, path = "x", unit = "degF" }},
]
[[point.instrument]]
code = "gas-1"
protocol = "mqtt"
{broker}
topic = "gas"
value = [{{ channel = "co2", path = "$", basis = "wet" }}]
"""
)


def test_several_topics_and_instruments_make_one_scan(tmp_path: Path, mosquitto_broker: Broker) -> None:
    async def body() -> None:
        text = SEVERAL.format(broker=broker_keys(mosquitto_broker))
        async with pushed_chain(tmp_path, text, mosquitto_broker, everything) as (daemon, ingest):
            device = Publisher(mosquitto_broker)
            device.send("flow/v", {"t": T0, "v": 14.5})
            device.send("gas", b"12.25")
            device.send("flow/t", {"t": T0, "x": "212"})
            await until(lambda: len(ingest.of("stack-1")) == 1, daemon)
            device.send("flow/v", {"t": T0 + 1000, "v": 15})
            await until(lambda: len(ingest.of("stack-1")) == 2, daemon)
            device.close()
            whole, half = ingest.of("stack-1")
            assert (whole.instant_ms, whole.flags) == (T0, "NxNxNxxxxx")
            assert [whole.values[i] for i in (0, 2)] == [12.25, 14.5]
            assert whole.values[4] is not None
            assert abs(whole.values[4] - 100.0) < 1e-9
            assert (half.instant_ms, half.flags) == (T0 + 1000, "BxNxBxxxxx")

    run(body)
