"""The broker as the gateway sees it: announce, send batches, hear acknowledgements."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final

import aiomqtt

from cems.errors import FlueledgerError
from cems.topics import Kind, topic
from gateway.config import BrokerConfig
from gateway.environment import password

KEEPALIVE_S: Final = 15
CONNECT_S: Final = 2.5
"""A broker that takes the connection and says nothing is given up after this time: the link may be silent."""
_VERSIONS: Final = {"5": aiomqtt.ProtocolVersion.V5, "3.1.1": aiomqtt.ProtocolVersion.V311}


class BrokerAwayError(FlueledgerError):
    """The broker cannot be reached or does not answer; the spool keeps the scans."""


class BrokerLink:
    """An open connection to the broker. Its methods raise :class:`BrokerAwayError` when it breaks."""

    def __init__(self, client: aiomqtt.Client, scans_topic: str, patience_s: float) -> None:
        self._client, self._topic, self._patience = client, scans_topic, patience_s

    async def send(self, payload: bytes) -> None:
        """Sends one batch at QoS 1 and waits until the broker has it.

        A broker that swallows bytes in silence never says so; after ``patience_s`` the connection counts as broken.
        """
        with _translated():
            await self._client.publish(self._topic, payload, qos=1, timeout=self._patience)

    async def tell(self, topic_: str, payload: bytes) -> None:
        """Leaves a message on the broker for whoever asks (retained)."""
        with _translated():
            await self._client.publish(topic_, payload, qos=1, retain=True, timeout=self._patience)

    async def acknowledgements(self) -> AsyncIterator[bytes]:
        """The messages on this gateway's acknowledgement topic, as they come."""
        with _translated():
            async for message in self._client.messages:
                if isinstance(message.payload, bytes):
                    yield message.payload


class Broker:
    """How to reach the broker, and what to say there."""

    def __init__(
        self,
        config: BrokerConfig,
        tls_ca: Path | None,
        enterprise: str,
        gateway: str,
        patience_s: float,
        beside: str = "",
    ) -> None:
        """``beside`` names a second line of the same gateway: it says nothing of whether the gateway is there."""
        self._config, self._tls_ca = config, tls_ca
        self._enterprise, self._gateway = enterprise, gateway
        self._patience, self._beside = patience_s, beside
        self._password = password(config.password_env, "gateway file", "broker.password_env", "the broker's password")

    def __str__(self) -> str:
        return f"{self._config.host}:{self._config.port}"

    @asynccontextmanager
    async def connect(self, configs: Mapping[str, bytes]) -> AsyncIterator[BrokerLink]:
        """An open, announced link: status ``online``, configurations told, acknowledgements subscribed.

        ``configs`` holds configurations by hash, the present one last: that one stays on the broker (retained).
        The last will says ``offline``; a clean end says so itself.
        """
        status = self._topic(Kind.STATUS)
        client = aiomqtt.Client(
            self._config.host,
            self._config.port,
            username=self._config.username,
            password=self._password,
            identifier=f"flueledger-gw-{self._enterprise}-{self._gateway}{self._beside and '-' + self._beside}",
            protocol=_VERSIONS[self._config.protocol],
            will=None if self._beside else aiomqtt.Will(status, b"offline", qos=1, retain=True),
            keepalive=KEEPALIVE_S,
            timeout=CONNECT_S,
            tls_params=aiomqtt.TLSParameters(ca_certs=str(self._tls_ca)) if self._tls_ca else None,
        )
        client.pending_calls_threshold = 64
        with _translated():
            async with client:
                await client.subscribe(self._topic(Kind.ACK), qos=1)
                if not self._beside:
                    await client.publish(status, b"online", qos=1, retain=True)
                *old, present = configs.values()
                for body in old:
                    await client.publish(self._topic(Kind.CONFIG), body, qos=1)
                await client.publish(self._topic(Kind.CONFIG), present, qos=1, retain=True)
                try:
                    yield BrokerLink(client, self._topic(Kind.SCANS), self._patience)
                finally:
                    if not self._beside:
                        with suppress(aiomqtt.MqttError):  # gone already: the last will says it
                            await client.publish(status, b"offline", qos=1, retain=True, timeout=1.0)

    def _topic(self, kind: Kind) -> str:
        return topic(self._enterprise, self._gateway, kind)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (aiomqtt.MqttError, OSError) as error:
        raise BrokerAwayError(str(error) or type(error).__name__) from error
