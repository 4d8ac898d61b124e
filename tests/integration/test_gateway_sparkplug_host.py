"""The gateway as a host application of Sparkplug: its STATE at a real mosquitto, and metrics that are no numbers."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from cems.sparkplug.host import state
from tests.integration.gateway_chain import everything, run, until
from tests.integration.pushed_chain import HEAD, T0, Publisher, broker_keys, hearing, pushed_chain
from tests.servers import Broker
from tests.unit.cems.tahu import metric, payload

TOPIC = "spBv1.0/STATE/flue-1"
PLANT = (
    HEAD
    + """\
[[point.instrument]]
code = "gas-1"
protocol = "sparkplug-b"
{broker}
group = "g"
node = "n"
device = "d"
host_id = "flue-1"
value = [
    {{ channel = "co2", metric = "Gas/CO2", basis = "dry" }},
    {{ channel = "o2", metric = "Gas/O2", basis = "dry" }},
]
"""
)


@contextmanager
def watching(broker: Broker) -> Iterator[list[tuple[dict[str, Any], bool]]]:
    """Every STATE of the host as an edge node would hear it, and whether it lay at the broker."""
    heard: list[tuple[dict[str, Any], bool]] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_connect = lambda one, *_: one.subscribe(TOPIC, 1)
    client.on_message = lambda _client, _user, message: heard.append((json.loads(message.payload), message.retain))
    client.connect(broker.host, broker.port)
    client.loop_start()
    try:
        yield heard
    finally:
        client.disconnect()
        client.loop_stop()


async def said(heard: list[tuple[dict[str, Any], bool]], times: int) -> None:
    """Until so many have come; and no more come."""
    for _ in range(1000):
        if len(heard) >= times:
            break
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    assert len(heard) == times


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_the_host_is_born_and_dies_with_its_connection(tmp_path: Path, mosquitto_broker: Broker, version: str) -> None:
    async def body() -> None:
        plant = PLANT.format(broker=broker_keys(mosquitto_broker, version))
        before = time.time_ns() // 1_000_000
        with watching(mosquitto_broker) as heard:
            async with pushed_chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, _):
                await said(heard, 1)
                born = heard[0][0]
                assert list(born) == ["online", "timestamp"]
                assert born["online"] is True
                assert before <= born["timestamp"] <= time.time_ns() // 1_000_000
                daemon.end(signal.SIGKILL)
                await said(heard, 2)
                assert heard[1][0] == {"online": False, "timestamp": born["timestamp"]}, "the will has the birth's time"
                daemon.start()
                await hearing(daemon, 2)
                await said(heard, 3)
                again = heard[2][0]
                assert again["online"] is True
                assert again["timestamp"] > born["timestamp"]
                other = Publisher(mosquitto_broker)
                other.send(TOPIC, state(online=False, timestamp_ms=T0), retain=True)
                other.close()
                await said(heard, 5)  # the lie, and the answer
                assert heard[4][0] == again, "whoever calls it dead is told that it is not"
                daemon.end()
                await said(heard, 6)
                assert heard[5][0]["online"] is False
                assert heard[5][0]["timestamp"] > again["timestamp"], "an orderly end has its own time"
        with watching(mosquitto_broker) as late:
            await said(late, 1)
            assert late[0] == (heard[5][0], True), "it is kept for whoever comes"

    run(body)


def test_templates_and_data_sets_are_refused_each_by_name(tmp_path: Path, mosquitto_broker: Broker) -> None:
    async def body() -> None:
        plant = PLANT.format(broker=broker_keys(mosquitto_broker))
        async with pushed_chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, ingest):
            node = Publisher(mosquitto_broker)
            node.send("spBv1.0/g/NBIRTH/n", payload(0, metric(name="bdSeq", datatype=4, long_value=1), timestamp=T0))
            o2 = metric(name="Gas/O2", alias=2, datatype=10, double_value=6.5, timestamp=T0)
            template = metric(name="Gas/CO2", alias=1, datatype=19, template_value=b"\x0a\x01x")
            node.send("spBv1.0/g/DBIRTH/n/d", payload(1, o2, template, timestamp=T0))
            await until(lambda: len(ingest.of("stack-1")) == 1, daemon)
            (scan,) = ingest.of("stack-1")
            assert (scan.values[:2], scan.flags[:2]) == ((None, 6.5), "vN")
            (line,) = (tmp_path / "spool.db.unreadable.jsonl").read_text().splitlines()
            assert json.loads(line)["reason"] == "template refused: metric Gas/CO2 is no number but a template"
            assert daemon.log().count("template refused") == 1
            node.close()

    run(body)
