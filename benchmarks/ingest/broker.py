"""The broker's side: a session of ingest that is filled before ingest starts, and an ear for what ingest commits."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Final, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.ingest.load import ENTERPRISE, GATEWAY
from cems.topics import Kind, topic
from cems.wire import decode_ack
from flueledger.servers.broker import Broker
from ingest.subscriber import BrokerAddress, Subscriber

CLIENT: Final = "flueledger-ingest"
"""Name of the session of ``flueledger ingest``."""


def open_session(broker: Broker) -> None:
    """Subscribes in the name of ingest and leaves, so that the broker keeps for it what comes."""
    subscriber = Subscriber(BrokerAddress(port=broker.port), CLIENT)
    subscriber.start()
    while not subscriber.connected:
        time.sleep(0.01)
    time.sleep(0.5)  # the subscription follows the connection
    subscriber.stop()


def fill(broker: Broker, payloads: Iterable[bytes]) -> int:
    """Sends messages at QoS 1 and waits until the broker has them all; how many."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.max_inflight_messages_set(64)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    name = topic(ENTERPRISE, GATEWAY, Kind.SCANS)
    sent = [client.publish(name, payload, qos=1) for payload in payloads]
    for one in sent:
        one.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()
    return len(sent)


class Ear:
    """Hears the acknowledgements that ingest sends after each commit, and when."""

    def __init__(self, broker: Broker) -> None:
        self.heard: list[tuple[float, int]] = []
        """Monotonic time [s], and scans that were committed."""
        self._ready = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.on_connect = lambda client, *_: client.subscribe(topic(ENTERPRISE, GATEWAY, Kind.ACK), qos=1)
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._received
        self._client.connect("127.0.0.1", broker.port)

    @property
    def scans(self) -> int:
        """Scans committed so far."""
        return sum(count for _, count in self.heard)

    def __enter__(self) -> Self:
        self._client.loop_start()
        self._ready.wait(10)
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _received(self, _client: mqtt.Client, _user: Any, message: mqtt.MQTTMessage) -> None:
        ranges = decode_ack(bytes(message.payload)).ranges
        self.heard.append((time.monotonic(), sum(last - first + 1 for first, last in ranges)))
