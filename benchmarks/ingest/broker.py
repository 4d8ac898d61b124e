"""The broker's side: a session of ingest that is filled before ingest starts."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.rig.box import ENTERPRISE, GATEWAY
from cems.topics import Kind, topic
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
