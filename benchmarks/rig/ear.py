"""Hears the acknowledgements that ingest sends after each commit, and when they came."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Any, NamedTuple, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.rig.box import ENTERPRISE, GATEWAY
from cems.topics import Kind, topic
from cems.wire import decode_ack
from flueledger.servers.broker import Broker


class Heard(NamedTuple):
    """One range of an acknowledgement."""

    at_s: float
    """When it came, s since 1970 UTC."""
    first: int
    last: int

    @property
    def scans(self) -> int:
        """Scans in it."""
        return self.last - self.first + 1


class Ear:
    """A client of the broker while the context lasts."""

    def __init__(self, broker: Broker) -> None:
        self.heard: list[Heard] = []
        self._ready = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.on_connect = lambda client, *_: client.subscribe(topic(ENTERPRISE, GATEWAY, Kind.ACK), qos=1)
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._received
        self._client.connect("127.0.0.1", broker.port)

    @property
    def scans(self) -> int:
        """Scans committed so far."""
        return sum(one.scans for one in self.heard)

    def __enter__(self) -> Self:
        self._client.loop_start()
        self._ready.wait(10)
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _received(self, _client: mqtt.Client, _user: Any, message: mqtt.MQTTMessage) -> None:
        now = time.time()
        self.heard += [Heard(now, *pair) for pair in decode_ack(bytes(message.payload)).ranges]
