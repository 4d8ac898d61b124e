"""A session with a broker of devices: what comes stays unacknowledged until its scan is on the disk.

The callbacks run in paho's thread and only fill a queue.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from cems.instruments.mqtt_broker import BrokerSettings
from gateway.drivers.mqtt_client import client_of
from gateway.drivers.sparkplug_host import Host

_log = logging.getLogger(__name__)
IN_FLIGHT: Final = 64
"""Messages that a broker of MQTT 5 may send ahead of our acknowledgements; one of 3.1.1 has a limit of its own."""
SESSION_EXPIRY_S: Final = 30 * 24 * 3600
"""How long a broker of MQTT 5 keeps what comes while the gateway is away."""
_MOST_WAITING: Final = 10_000
"""Messages in the queue above which one at QoS 0 is not taken: those at QoS 1 wait at the broker."""
_BURST_S: Final = 0.25
"""A pause between two messages from which what waited at the broker is through (project choice)."""
_MANY: Final = 16
"""Messages acknowledged at once from which more may wait at the broker: its window may have been full."""


@dataclass(slots=True, eq=False)
class Message:
    """One message as it came."""

    session: Session
    topic: str
    payload: bytes
    mid: int
    qos: int
    again: bool
    """Whether the broker says that it delivers it once more."""
    retained: bool
    """Whether it lay at the broker, nobody knows since when."""
    late: bool
    """Whether it may have waited at the broker for us."""
    came_ms: int
    """When it came, ms since 1970 UTC by the gateway's clock."""
    epoch: int
    """Which connection it came over; only that one may be told that it has arrived."""
    waiting: int = 0
    """Scans that it belongs to and that are not stored yet."""


class Inbox:
    """What came over all sessions of a source, in order."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._there = asyncio.Event()
        self._messages: deque[Message] = deque()

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message: Message) -> None:
        """Called from the threads of the sessions."""
        self._messages.append(message)
        self.wake()

    def wake(self) -> None:
        """Ends a wait in ``take``; may be called from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._there.set)

    async def take(self, most: int, wait_s: float) -> list[Message]:
        """The messages that are there, up to ``most``; waits at most ``wait_s`` for the first."""
        if not self._messages:
            self._there.clear()
            try:
                async with asyncio.timeout(wait_s):
                    await self._there.wait()
            except TimeoutError:
                return []
        return [self._messages.popleft() for _ in range(min(most, len(self._messages)))]

    def heard_once(self, most: int) -> list[Message]:
        """What is there, up to ``most``, that no broker will deliver again; the rest is forgotten."""
        there = [self._messages.popleft() for _ in range(len(self._messages))]
        return [message for message in there if message.qos == 0][:most]

    def drop(self, session: Session) -> None:
        """Forgets what a session has not been asked for yet; its broker will deliver it again."""
        kept = [message for message in self._messages if message.session is not session]
        self._messages.clear()
        self._messages.extend(kept)


class Session:
    """One broker, some topics; keeps trying while the broker is away."""

    def __init__(
        self, broker: BrokerSettings, folder: Path, client_id: str, filters: Sequence[str], host: Host | None = None
    ) -> None:
        self.broker, self._host = broker, host
        self.epoch = 0
        self.connected = False
        self._filters, self._unsettled = filters, deque[Message]()
        self._inbox: Inbox | None = None
        self._running = self._away = self._flooded = False
        self._bursting = False
        self._burst_until = 0.0
        self._client = client_of(broker, folder, broker.client_id or client_id, kept=True)

    def run(self, inbox: Inbox) -> None:
        """Connects, or connects again after ``pause``."""
        if self._running:
            return
        self._inbox, self._running = inbox, True
        client = self._client
        client.on_connect, client.on_connect_fail = self._on_connect, self._on_connect_fail
        client.on_disconnect, client.on_message, client.on_subscribe = self._on_gone, self._on_message, self._on_granted
        client.on_pre_connect = self._host.before if self._host is not None else None
        where = (self.broker.host, self.broker.port, self.broker.keepalive_s)
        if self.broker.version == "5":
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = SESSION_EXPIRY_S
            properties.ReceiveMaximum = IN_FLIGHT
            client.connect_async(*where, clean_start=False, properties=properties)
        else:
            client.connect_async(*where)
        client.loop_start()

    def pause(self) -> None:
        """Gives up the line; the broker keeps the session and all that is not acknowledged."""
        if not self._running:
            return
        if self._host is not None and self.connected:
            self._host.farewell(self._client)
        self._running = self.connected = False
        self._client.disconnect()
        self._client.loop_stop()
        self.epoch += 1
        # Without these references the client is freed at once and closes its own pair of sockets.
        client = self._client
        client.on_connect = client.on_connect_fail = client.on_disconnect = client.on_pre_connect = None
        client.on_message = client.on_subscribe = None
        if self._inbox is not None:
            self._inbox.drop(self)
        self._unsettled.clear()

    def settle(self) -> None:
        """Tells the broker which messages are done with, in the order in which they came."""
        settled = 0
        while self._unsettled and (self._unsettled[0].epoch != self.epoch or self._unsettled[0].waiting == 0):
            message = self._unsettled.popleft()
            if message.epoch == self.epoch and message.qos > 0:
                self._client.ack(message.mid, message.qos)
                settled += 1
        if settled >= _MANY or (settled and self._bursting):
            self._bursting, self._burst_until = True, time.monotonic() + _BURST_S

    def taken(self, message: Message) -> None:
        """Notes a message that is being read; ``settle`` acknowledges it when nothing waits for it any more."""
        self._unsettled.append(message)

    def send(self, topic: str, payload: bytes) -> None:
        """Sends a command at QoS 0, as Sparkplug has it."""
        if self.connected:
            self._client.publish(topic, payload, qos=0)

    def _on_connect(self, client: mqtt.Client, _user: Any, flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            if not self._away:
                _log.error("broker of devices %s refuses: %s", self.broker, reason)
            self._away = True
            return
        if self.epoch and not flags.session_present:
            _log.warning("broker of devices %s has lost our session: what came meanwhile may be lost", self.broker)
        self.epoch += 1
        self._away, self.connected = False, True
        self._bursting, self._burst_until = bool(flags.session_present), time.monotonic() + _BURST_S
        # Subscribed on every connection: a broker that lost its state says nothing about it.
        own = [(self._host.topic, 0)] if self._host is not None else []
        client.subscribe([(filter_, 1) for filter_ in self._filters] + own)
        _log.info("connected to the broker of devices %s", self.broker)
        if self._inbox is not None:
            self._inbox.wake()

    def _on_connect_fail(self, _client: mqtt.Client, _user: Any) -> None:
        if not self._away:
            _log.warning("broker of devices %s cannot be reached; will keep trying", self.broker)
        self._away = True

    def _on_gone(self, _client: mqtt.Client, _user: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if self.connected:
            _log.warning("the line to the broker of devices %s ended: %s", self.broker, reason)
        self.connected = False
        if self._inbox is not None:
            self._inbox.wake()

    def _on_granted(self, client: mqtt.Client, _user: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        if self._host is not None:
            self._host.born(client)
        for filter_, reason in zip(self._filters, reasons, strict=False):
            if reason.is_failure:
                _log.error("broker of devices %s refuses to let us hear %s: %s", self.broker, filter_, reason)

    def _on_message(self, client: mqtt.Client, _user: Any, message: mqtt.MQTTMessage) -> None:
        now = time.monotonic()
        self._bursting = self._bursting and now < self._burst_until
        if self._bursting:
            self._burst_until = now + _BURST_S
        if self._inbox is None or self._flooding(message):
            return
        try:
            topic = message.topic
        except UnicodeDecodeError:  # not every broker refuses it, and an error here would end paho's thread
            topic = "(not UTF-8)"
        if self._host is not None and topic == self._host.topic:
            self._host.hears(client, message)
            return
        self._inbox.put(
            Message(
                self,
                topic,
                bytes(message.payload),
                message.mid,
                message.qos,
                again=message.dup,
                retained=message.retain,
                late=message.dup or self._bursting,
                came_ms=time.time_ns() // 1_000_000,
                epoch=self.epoch,
            )
        )

    def _flooding(self, message: mqtt.MQTTMessage) -> bool:
        """Whether a message at QoS 0 finds the queue full, as it is after minutes without a place to store."""
        full = message.qos == 0 and self._inbox is not None and len(self._inbox) > _MOST_WAITING
        if full and not self._flooded:
            _log.error("broker of devices %s: messages at QoS 0 ARE LOST, the gateway cannot store", self.broker)
        self._flooded = full
        return full
