"""The line of a simulated device to its broker. The only file here that knows paho."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from cems.errors import DeviceError

Publication = tuple[str, bytes, int]
"""Topic, payload, QoS."""
_PATIENCE_S = 30.0
_AHEAD = 100
"""Messages that may be on the way to the broker."""


class MqttLine:
    """One connection, made again by itself when it breaks."""

    def __init__(self, host: str, port: int, client_id: str, hears: str | None, will: Publication | None) -> None:
        self._host, self._port, self._hears = host, port, hears
        self._sent: list[mqtt.MQTTMessageInfo] = []
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
        if will is not None:
            self._client.will_set(*will)
        self.on_connected: Callable[[], Sequence[Publication]] = list
        """What is said at every connection."""
        self.on_command: Callable[[str, bytes], Sequence[Publication]] = lambda _topic, _payload: []
        """What is answered to a command."""

    def open(self) -> None:
        """Connects; raises :class:`DeviceError` where there is no broker."""
        self._client.on_connect = self._connected
        self._client.on_message = self._commanded
        self._client.reconnect_delay_set(1, 2)
        try:
            self._client.connect(self._host, self._port)
        except OSError as error:
            raise DeviceError(
                f"no broker at {self._host}:{self._port}: {error}; start one, or name its --port"
            ) from error
        self._client.loop_start()

    def close(self) -> None:
        """Ends the connection; the broker sends no will."""
        self._client.disconnect()
        self._client.loop_stop()
        self._client.on_connect = self._client.on_message = None

    def hurry(self) -> None:
        """Nothing: a broker that is there takes what is on the way."""

    def send(self, publications: Sequence[Publication]) -> None:
        """Sends; at QoS 1 it does not run further ahead of the broker than a few messages."""
        self._sent += [self._client.publish(topic, payload, qos) for topic, payload, qos in publications]
        while len(self._sent) > _AHEAD:
            self._sent.pop(0).wait_for_publish(_PATIENCE_S)

    def _connected(self, client: mqtt.Client, *_: Any) -> None:
        if self._hears is not None:
            client.subscribe(self._hears, 1)
        self._say(self.on_connected())

    def _commanded(self, _client: mqtt.Client, _user: Any, message: mqtt.MQTTMessage) -> None:
        self._say(self.on_command(message.topic, bytes(message.payload)))

    def _say(self, publications: Sequence[Publication]) -> None:
        """From paho's own thread, which must not wait for itself."""
        for topic, payload, qos in publications:
            self._client.publish(topic, payload, qos)
