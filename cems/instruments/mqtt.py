"""MQTT devices in the plant file: JSON messages by topic and path, and Sparkplug B metrics by name."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from cems.instruments.base import BaseInstrument, ChannelRow
from cems.tables import Host


class MqttDevice(BaseInstrument):
    """A device behind a broker."""

    host: Host = "127.0.0.1"
    port: int = Field(default=1883, ge=1, le=65535)
    version: Literal["5", "3.1.1"] = "5"
    """MQTT version the broker speaks."""
    username: str | None = None
    password_env: str | None = None
    """Name of the environment variable that holds the password."""
    tls_ca: Path | None = None
    """Certificate authority of the broker, relative to the gateway file; encrypts the line."""
    tls_cert: Path | None = None
    """Certificate that this gateway shows."""
    tls_key: Path | None = None


class JsonValue(ChannelRow):
    """Where in the messages a channel stands."""

    topic: str | None = None
    """Topic of the message; the instrument's when not given."""
    path: str
    """Path in the JSON, such as ``gas.co2`` or ``values[0].v``."""


class MqttInstrument(MqttDevice):
    """A device that publishes JSON."""

    driver: ClassVar[str] = "mqtt"

    protocol: Literal["mqtt"]
    topic: str | None = None
    time: str | None = None
    """Path of the device's time; None where it sends none."""
    value: tuple[JsonValue, ...] = Field(min_length=1)

    @property
    def rows(self) -> tuple[JsonValue, ...]:
        """What it measures, in the order of the file."""
        return self.value

    @property
    def has_clock(self) -> bool:
        """Whether its messages say when."""
        return self.time is not None


class Metric(ChannelRow):
    """Which metric is a channel."""

    metric: str
    """Name in the birth certificate, such as ``Gas/CO2``."""


class SparkplugInstrument(MqttDevice):
    """A device of a Sparkplug B edge node."""

    driver: ClassVar[str] = "sparkplug"

    protocol: Literal["sparkplug-b"]
    group: str
    node: str
    device: str | None = None
    """None: the metrics are the node's own."""
    value: tuple[Metric, ...] = Field(min_length=1)

    @property
    def rows(self) -> tuple[Metric, ...]:
        """What it measures, in the order of the file."""
        return self.value

    @property
    def has_clock(self) -> bool:
        """Every Sparkplug payload has a time."""
        return True
