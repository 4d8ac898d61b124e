"""The ThingsBoard IoT Gateway as a contestant: its files, and a platform that answers what it asks at the start.

Its shipped settings, but for the address of the platform, its remote configuration and remote log off. It reads every
value by a request of its own; there is no setting that would join them under different names.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

_ASKED: Final = "v1/devices/me/rpc/request/"
_LIMITS: Final = {
    "maxPayloadSize": 65536,
    "maxInflightMessages": 100,
    "rateLimits": {"messages": "", "telemetryMessages": "", "telemetryDataPoints": ""},
    "gatewayRateLimits": {"messages": "", "telemetryMessages": "", "telemetryDataPoints": ""},
}
"""No limits at all."""


class Platform:
    """Answers the one question without which the gateway sends nothing; counts the messages that it gets."""

    def __init__(self, port: int) -> None:
        self.messages = 0
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda client, *_: client.subscribe([(f"{_ASKED}+", 1), ("v1/gateway/telemetry", 1)])
        self._client.on_message = self._received
        self._client.connect("127.0.0.1", port)

    def __enter__(self) -> Self:
        self._client.loop_start()
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _received(self, client: mqtt.Client, _user: Any, message: mqtt.MQTTMessage) -> None:
        if message.topic.startswith(_ASKED):
            answer = message.topic.replace("/request/", "/response/")
            client.publish(answer, json.dumps(_LIMITS), qos=1)
        else:
            self.messages += 1


def write_files(folder: Path, package: Path, ports: Sequence[int], values: int, broker: int) -> None:
    """Its configuration: ``values`` float32 of each device once a second. ``package`` is where it is installed."""
    folder.mkdir(exist_ok=True)
    (folder / "logs").mkdir(exist_ok=True)
    general = json.loads((package / "config" / "tb_gateway.json").read_text("utf-8"))
    general["thingsboard"] |= {"host": "127.0.0.1", "port": broker, "remoteConfiguration": False}
    general["connectors"] = [{"name": "Modbus", "type": "modbus", "configuration": "modbus.json", "logLevel": "INFO"}]
    (folder / "tb_gateway.json").write_text(json.dumps(general), "utf-8")
    slaves = [_slave(number, port, values) for number, port in enumerate(ports, 1)]
    connector = {"name": "Modbus", "logLevel": "INFO", "master": {"slaves": slaves}}
    (folder / "modbus.json").write_text(json.dumps(connector), "utf-8")
    (folder / "logs.json").write_text((package / "config" / "logs.json").read_text("utf-8"), "utf-8")


def _slave(number: int, port: int, values: int) -> dict[str, Any]:
    tags = [
        {"tag": f"v{i}", "type": "32float", "functionCode": 3, "objectsCount": 2, "address": 2 * i}
        for i in range(values)
    ]
    return {
        "host": "127.0.0.1",
        "port": port,
        "type": "tcp",
        "method": "socket",
        "unitId": 1,
        "deviceName": f"d{number}",
        "timeout": 5,
        "byteOrder": "BIG",
        "wordOrder": "BIG",
        "pollPeriod": 1000,
        "attributes": [],
        "timeseries": tags,
    }


def package_of(environment: Path) -> Path | None:
    """Where it is installed in an environment; None where it is not."""
    return next(environment.glob("lib/python3*/site-packages/thingsboard_gateway"), None)


def command(environment: Path, folder: Path) -> list[str]:
    """How it is started; it writes its logs into the folder where it stands."""
    start = "from thingsboard_gateway.tb_gateway import main; main()"
    return ["env", "-C", str(folder), str(environment / "bin" / "python"), "-c", start]
