"""A look at a broker of devices for an engineer: is it there, does it let us in, what comes.

It uses a session of its own that the broker forgets, so that the daemon's session and what waits in it stay untouched.
"""

from __future__ import annotations

import queue
import secrets
import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as mqtt

from cems.errors import DeviceError
from cems.instruments.mqtt_broker import BrokerSettings
from gateway.drivers.mqtt_client import client_of


@dataclass(frozen=True, slots=True)
class Heard:
    """One message as it came."""

    topic: str
    payload: bytes
    retained: bool
    """Whether it lay at the broker, nobody knows since when."""


class Look:
    """One connection to a broker; a context manager that is connected inside, and ends with it.

    Entering raises :class:`cems.errors.DeviceError` that says why nobody is let in, and
    :class:`cems.errors.ConfigError` for a password or a certificate that is not there.
    """

    def __init__(self, broker: BrokerSettings, folder: Path, patience_s: float = 5.0) -> None:
        self._broker, self._patience_s = broker, patience_s
        name = f"{broker.client_id or 'flueledger'}-look-{secrets.token_hex(4)}"
        self._client = client_of(broker, folder, name, kept=False)
        self._client.connect_timeout = patience_s
        self._answers: queue.Queue[Any] = queue.Queue()
        self._messages: queue.Queue[Heard] = queue.Queue()
        self._client.on_connect = lambda _client, _user, _flags, reason, _properties: self._answers.put(reason)
        self._client.on_disconnect = lambda *_: self._answers.put(None)
        self._client.on_subscribe = lambda _client, _user, _mid, reasons, _properties: self._answers.put(reasons)
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        broker = self._broker
        try:
            self._client.connect(broker.host, broker.port, broker.keepalive_s)
        except ssl.SSLError as error:
            raise DeviceError(f"broker {broker}: no encrypted line: {error.reason or error}{_why(error)}") from error
        except (OSError, ValueError) as error:
            hint = ", and does the port speak TLS" if broker.encrypted else ""
            raise DeviceError(f"broker {broker} cannot be reached: {error}; is the address right{hint}?") from error
        self._client.loop_start()
        try:
            self._greet()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, _kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self._end()

    def subscribe(self, filters: Sequence[str]) -> list[str]:
        """Asks for topics; those that the broker refuses."""
        self._client.subscribe([(filter_, 1) for filter_ in filters])
        reasons = self._answer("to our subscription")
        return [filter_ for filter_, reason in zip(filters, reasons, strict=False) if reason.is_failure]

    def send(self, topic: str, payload: bytes) -> None:
        """Sends a command at QoS 0."""
        self._client.publish(topic, payload, qos=0)

    def listen(self, seconds: float) -> Iterator[Heard]:
        """The messages that come in this time; ends earlier only when nobody asks for more."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                yield self._messages.get(timeout=left)
            except queue.Empty:
                return

    def _greet(self) -> None:
        reason = self._answer("to our greeting")
        if reason.is_failure:
            raise DeviceError(f"broker {self._broker} refuses us: {reason}; look at username, password_env, client_id")

    def _answer(self, to: str) -> Any:
        try:
            answer = self._answers.get(timeout=self._patience_s)
        except queue.Empty:
            raise DeviceError(f"broker {self._broker} gives no answer {to} within {self._patience_s:g} s") from None
        if answer is None:
            hint = f"does it speak MQTT {self._broker.version}, {'' if self._broker.encrypted else 'not '}encrypted?"
            raise DeviceError(f"broker {self._broker} closed the line in place of an answer {to}; {hint}")
        return answer

    def _on_message(self, _client: mqtt.Client, _user: Any, message: mqtt.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:  # not every broker refuses it, and an error here would end paho's thread
            topic = "(not UTF-8)"
        self._messages.put(Heard(topic, bytes(message.payload), message.retain))

    def _end(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        # Without these references the client is freed at once and closes its own pair of sockets.
        self._client.on_connect = self._client.on_disconnect = self._client.on_subscribe = None
        self._client.on_message = None


def _why(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f" ({error.verify_message}); look at tls_ca and tls_server_name"
    return "; does the port speak TLS?"
