"""Whether the brokers of devices are there, let us in, and let us hear what the plant file names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cems.errors import ConfigError, DeviceError
from cems.instruments.mqtt_broker import BrokerSettings, MqttDevice
from cems.plant import Point
from gateway.drivers.mqtt_look import Look
from gateway.finding import Finding


def broker_findings(points: Iterable[Point], folder: Path) -> list[Finding]:
    """One finding for each instrument that publishes over MQTT; each broker is asked once."""
    by_broker: dict[BrokerSettings, list[MqttDevice]] = {}
    for device in (i for point in points for i in point.instrument if isinstance(i, MqttDevice)):
        by_broker.setdefault(device.broker, []).append(device)
    return [finding for broker, devices in by_broker.items() for finding in _asked(broker, devices, folder)]


def _asked(broker: BrokerSettings, devices: list[MqttDevice], folder: Path) -> list[Finding]:
    filters = list(dict.fromkeys(filter_ for device in devices for filter_ in device.filters))
    try:
        with Look(broker, folder) as look:
            refused = set(look.subscribe(filters))
    except (DeviceError, ConfigError) as error:
        return [Finding(device.code, "", str(error), wrong=True) for device in devices]
    return [_finding(broker, device, refused) for device in devices]


def _finding(broker: BrokerSettings, device: MqttDevice, refused: set[str]) -> Finding:
    if closed := [filter_ for filter_ in device.filters if filter_ in refused]:
        message = f"broker {broker} lets us in, but not hear {', '.join(closed)}; ask for the right to read there"
        return Finding(device.code, "", message, wrong=True)
    message = f"broker {broker} lets us in; `gateway probe --instrument {device.code}` shows what comes"
    return Finding(device.code, "", message, wrong=False)
