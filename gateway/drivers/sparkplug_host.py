"""The gateway as a host application of Sparkplug: born with each connection, dead by its last will or its own word."""

from __future__ import annotations

import logging
from typing import Any, Final

from cems.sparkplug.host import says_offline, state, state_topic
from gateway.wallclock import now_ms

_log = logging.getLogger(__name__)
_FAREWELL_S: Final = 1.0
"""How long a farewell may take (project choice)."""


class Host:
    """The STATE of one host id at one broker; its methods take the client, as the session's callbacks do."""

    def __init__(self, host_id: str) -> None:
        self.topic = state_topic(host_id)
        self._since_ms = 0
        self._leaving = False

    def before(self, client: Any, _user: Any = None) -> None:
        """Before every connection: the last will, with the time that the birth will have too."""
        self._since_ms, self._leaving = now_ms(), False
        client.will_set(self.topic, state(online=False, timestamp_ms=self._since_ms), qos=1, retain=True)

    def born(self, client: Any) -> None:
        """When the subscriptions stand."""
        client.publish(self.topic, state(online=True, timestamp_ms=self._since_ms), qos=1, retain=True)

    def hears(self, client: Any, message: Any) -> None:
        """A STATE of this host: where somebody calls it dead, it says that it is not."""
        if not (message.retain or self._leaving) and says_offline(message.payload):
            _log.warning("%s was told to be offline, by a last will or by another host of this id", self.topic)
            self.born(client)

    def farewell(self, client: Any) -> None:
        """Before an orderly end, after which no last will comes."""
        self._leaving = True  # its own farewell comes back to it
        try:
            payload = state(online=False, timestamp_ms=now_ms())
            client.publish(self.topic, payload, qos=1, retain=True).wait_for_publish(_FAREWELL_S)
        except (RuntimeError, ValueError):  # the line is gone: the last will says it
            return
