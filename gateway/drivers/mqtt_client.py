"""A client for a broker of devices, made as the plant file tells: version, password, encryption, sign of life."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from cems.instruments.mqtt_broker import BrokerSettings
from gateway.drivers.tls import client_context
from gateway.environment import password

_VERSIONS: Final = {"5": mqtt.MQTTv5, "3.1.1": mqtt.MQTTv311}


def client_of(broker: BrokerSettings, folder: Path, client_id: str, *, kept: bool) -> mqtt.Client:
    """A client that is not connected yet; ``folder`` is where relative paths of certificates start.

    ``kept``: the broker keeps the session while the client is away, and messages are acknowledged by hand.
    Raises :class:`cems.errors.ConfigError` for a password or a certificate that is not there.
    """
    v5 = broker.version == "5"
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        protocol=_VERSIONS[broker.version],
        clean_session=None if v5 else not kept,
        manual_ack=kept,
    )
    client.reconnect_delay_set(min_delay=1, max_delay=30)
    if broker.username is not None or broker.password_env is not None:
        secret = password(broker.password_env, "plant file", "password_env", f"the password at {broker}")
        client.username_pw_set(broker.username, secret)
    if broker.encrypted:
        client.tls_set_context(
            client_context(folder, broker.tls_ca, broker.tls_cert, broker.tls_key, broker.tls_server_name)
        )
    return client
