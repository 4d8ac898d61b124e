"""A gateway daemon whose devices push over MQTT: the device side as a publisher, and the daemon as a process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from cems.scan import Batch
from tests.integration.gateway_chain import GATEWAY, Daemon, FakeIngest
from tests.servers import Broker

T0 = 1_772_323_200_000
"""2026-03-01 00:00 UTC, ms."""
HEAD = """\
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
"""
ONE_TOPIC = (
    HEAD
    + """\
[[point.instrument]]
code = "gas-1"
protocol = "mqtt"
{broker}
topic = "plant/{{stack}}/gas"
time = "t"
time_format = "unix-ms"
status = {{ path = "state", flags = {{ RUN = "N", CAL = "C" }} }}
value = [
    {{ channel = "co2", path = "gas.co2", basis = "dry" }},
    {{ channel = "o2", path = "gas['o2 %']", basis = "dry" }},
]
"""
)


class Publisher:
    """A device: publishes at QoS 1 and waits until its broker has the message."""

    def __init__(self, broker: Broker, **settings: Any) -> None:
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="device", **settings)
        self.client.connect(broker.host, broker.port)
        self.client.loop_start()

    def send(self, topic: str, body: object, *, retain: bool = False, qos: int = 1) -> None:
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.client.publish(topic, payload, qos=qos, retain=retain).wait_for_publish(10)

    def gas(self, minute: int, co2: float = 12.5, **more: Any) -> None:
        body = {"t": T0 + 60_000 * minute, "state": "RUN", "gas": {"co2": co2, "o2 %": "6.25"}, **more}
        self.send("plant/s1/gas", body)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@asynccontextmanager
async def pushed_chain(
    folder: Path,
    plant: str,
    broker: Broker,
    answer: Callable[[int, Batch], list[tuple[int, int]]],
    patience: float = 30.0,
    **settings: Any,
) -> AsyncIterator[tuple[Daemon, FakeIngest]]:
    """Daemon and ingest around a broker; all ended at the end."""
    ingest = FakeIngest(broker, answer)
    told = {"max_bytes": 10**9, "batch": 20, "port": broker.port, "protocol": "5", "period": 0.0, "metrics": 0}
    (folder / "plant.toml").write_text(plant)
    (folder / "gateway.toml").write_text(GATEWAY.format(**{**told, **settings}))
    daemon = Daemon(folder)
    try:
        await hearing(daemon, seconds=patience)
        yield daemon, ingest
    finally:
        if daemon.process.poll() is None:
            daemon.end()
        ingest.close()


async def hearing(daemon: Daemon, times: int = 1, seconds: float = 30.0) -> None:
    """Until the daemon has connected to its broker of devices so many times."""
    async with asyncio.timeout(seconds):
        while daemon.log().count("connected to the broker of devices") < times:
            assert daemon.process.poll() is None, daemon.log()
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)  # the subscription is granted, and what had waited is through


def broker_keys(broker: Broker, version: str = "5") -> str:
    return f'port = {broker.port}\nversion = "{version}"'
