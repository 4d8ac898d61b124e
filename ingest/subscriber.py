"""The broker side of ingest: a persistent session whose messages are acknowledged only after the commit.

The only file of ingest that knows paho. Callbacks run in paho's thread and only fill a queue.
"""

from __future__ import annotations

import logging
import queue
import ssl
from dataclasses import dataclass
from typing import Any, Final, Literal

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from cems.errors import ConfigError, Fault
from cems.scan import Ack, Refusal
from cems.topics import ROOT, Kind, subscription, topic
from cems.wire import encode_ack, encode_refusal
from ingest.messages import Message

LOG = logging.getLogger(__name__)
IN_FLIGHT: Final = 64
"""Messages an MQTT 5 broker may send ahead of our acknowledgements; brokers of 3.1.1 have a limit of their own."""
LONGEST_PAUSE_S: Final = 2
"""Between two attempts to reach a broker that is away: delivery is to go on soon after it is back."""
SESSION_EXPIRY_S: Final = 7 * 24 * 3600
"""How long an MQTT 5 broker keeps messages for an ingest that is away."""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is and how to speak to it."""

    host: str = "127.0.0.1"
    port: int = 1883
    protocol: Literal["5", "3.1.1"] = "5"
    username: str | None = None
    password: str | None = None
    tls_ca: str | None = None
    """File with the certificate authority; with it the line is encrypted."""


class Subscriber:
    """All gateways' scans and configurations, one queue."""

    def __init__(self, address: BrokerAddress, client_id: str) -> None:
        self._address = address
        self._session = 0
        self._away = False
        self._queue: queue.SimpleQueue[Message] = queue.SimpleQueue()
        v5 = address.protocol == "5"
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=mqtt.MQTTv5 if v5 else mqtt.MQTTv311,
            clean_session=None if v5 else False,
            manual_ack=True,
        )
        self._client.on_connect = self._connected
        self._client.on_connect_fail = self._unreachable
        self._client.on_disconnect = self._disconnected
        self._client.on_message = self._received
        self._client.on_subscribe = self._subscribed
        self._client.reconnect_delay_set(min_delay=1, max_delay=LONGEST_PAUSE_S)
        if address.username is not None:
            self._client.username_pw_set(address.username, address.password)
        if address.tls_ca is not None:
            try:
                self._client.tls_set_context(ssl.create_default_context(cafile=address.tls_ca))
            except OSError as error:  # ssl.SSLError among them
                raise ConfigError("ingest", [Fault(0, "tls_ca", f"{address.tls_ca}: {error}")]) from error

    def start(self) -> None:
        """Begin to connect; keeps trying while the broker is away."""
        if self._address.protocol == "5":
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = SESSION_EXPIRY_S
            properties.ReceiveMaximum = IN_FLIGHT
            self._client.connect_async(
                self._address.host, self._address.port, keepalive=15, clean_start=False, properties=properties
            )
        else:
            self._client.connect_async(self._address.host, self._address.port, keepalive=15)
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect; the session stays with the broker."""
        self._client.disconnect()
        self._client.loop_stop()
        # Without these references the client is freed at once and closes its own pair of sockets.
        self._client.on_connect = self._client.on_connect_fail = self._client.on_disconnect = None
        self._client.on_message = self._client.on_subscribe = None

    @property
    def connected(self) -> bool:
        """Whether the broker answers now."""
        return self._client.is_connected()

    def take(self, most: int, wait_s: float) -> list[Message]:
        """The messages that are there, up to ``most``; waits at most ``wait_s`` for the first."""
        try:
            taken = [self._queue.get(timeout=wait_s)]
        except queue.Empty:
            return []
        while len(taken) < most:
            try:
                taken.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return taken

    def acknowledge(
        self,
        messages: list[Message],
        told: dict[tuple[str, str], list[Ack]],
        refused: dict[tuple[str, str], Refusal],
    ) -> None:
        """Tell the gateways what is committed and what in quarantine, then the broker that the messages are done."""
        for (enterprise, gateway), acks in told.items():
            for ack in acks:
                self._client.publish(topic(enterprise, gateway, Kind.ACK), encode_ack(ack), qos=1)
        for (enterprise, gateway), refusal in refused.items():
            self._client.publish(topic(enterprise, gateway, Kind.ACK), encode_refusal(refusal), qos=1)
        for message in messages:
            if message.session == self._session and message.qos > 0:
                self._client.ack(message.mid, message.qos)

    def _connected(self, client: mqtt.Client, _user: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            LOG.error("broker %s:%s refuses: %s", self._address.host, self._address.port, reason)
            return
        self._session += 1
        self._away = False
        # Subscribed on every connection: a broker that lost its state says nothing about it.
        client.subscribe([(subscription(kind), 1) for kind in (Kind.SCANS, Kind.CONFIG, Kind.HEALTH)])
        LOG.info("connected to broker %s:%s", self._address.host, self._address.port)

    def _unreachable(self, _client: mqtt.Client, _user: Any) -> None:
        if not self._away:
            LOG.warning("broker %s:%s cannot be reached; will keep trying", self._address.host, self._address.port)
        self._away = True

    def _subscribed(self, _client: mqtt.Client, _user: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        for reason in reasons:
            if reason.is_failure:
                LOG.error("broker %s:%s refuses the subscription: %s; let this user read all of %s/+/+",
                          self._address.host, self._address.port, reason, ROOT)  # fmt: skip

    def _disconnected(self, _client: mqtt.Client, _user: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        LOG.warning("broker connection ended: %s", reason)

    def _received(self, _client: mqtt.Client, _user: Any, message: mqtt.MQTTMessage) -> None:
        try:
            name = message.topic
        except UnicodeDecodeError:  # not every broker refuses it, and an error here would end paho's thread
            name = "(not UTF-8)"
        self._queue.put(Message(name, bytes(message.payload), message.mid, message.qos, self._session))
