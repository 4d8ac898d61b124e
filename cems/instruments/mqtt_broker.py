"""The broker that a device publishes to, as the plant file tells it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from cems.flags import FLAGS, Flag
from cems.instruments.base import BaseInstrument
from cems.tables import Host


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """How a broker of devices is reached. Instruments with the same settings share one session."""

    host: str
    port: int
    version: Literal["5", "3.1.1"]
    username: str | None
    password_env: str | None
    encrypted: bool
    tls_ca: Path | None
    tls_cert: Path | None
    tls_key: Path | None
    tls_server_name: str | None
    client_id: str | None
    keepalive_s: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class MqttDevice(BaseInstrument):
    """A device behind a broker."""

    host: Host = "127.0.0.1"
    port: int = Field(default=1883, ge=1, le=65535)
    version: Literal["5", "3.1.1"] = "5"
    """MQTT version the broker speaks."""
    username: str | None = None
    password_env: str | None = None
    """Name of the environment variable that holds the password."""
    transport: Literal["tcp", "tls"] | None = None
    """``tls`` encrypts the line and checks the broker; not given, it does so where a ``tls_`` key is given."""
    tls_ca: Path | None = None
    """Certificate authority of the broker, relative to the gateway file; the system's where not given."""
    tls_cert: Path | None = None
    """Certificate that this gateway shows."""
    tls_key: Path | None = None
    tls_server_name: str | None = None
    """Name in the broker's certificate, where it is not its address."""
    keepalive_s: int = Field(default=5, ge=1, le=3600)
    """Silence after which the broker is asked for a sign of life; after twice as long the line counts as dead."""
    client_id: str | None = Field(default=None, pattern=r"^[\x21-\x7e]{1,128}$")
    """Name under which the broker keeps our session, where it must be a certain one."""
    gather_s: float = Field(default=5.0, ge=0, le=600, allow_inf_nan=False)
    """How long a scan waits for the messages that belong to it, from the first on."""
    align_s: float = Field(default=1.0, ge=0, le=600, allow_inf_nan=False)
    """Messages whose device times are less than this apart belong to one scan; 0: only equal times do."""

    @model_validator(mode="after")
    def _broker_is_told_whole(self) -> Self:
        if self.password_env is not None and self.username is None and self.version == "3.1.1":
            raise ValueError("password_env without username: MQTT 3.1.1 sends no password alone")
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("tls_cert and tls_key go together")
        if self.transport == "tcp" and (self.tls_ca or self.tls_cert or self.tls_server_name):
            raise ValueError("transport = 'tcp' is not encrypted: leave the tls_ keys out")
        return self

    @property
    def filters(self) -> tuple[str, ...]:
        """Topic filters that its broker is asked for."""
        raise NotImplementedError

    @property
    def broker(self) -> BrokerSettings:
        """How its broker is reached."""
        return BrokerSettings(
            self.host,
            self.port,
            self.version,
            self.username,
            self.password_env,
            self.transport == "tls" or any((self.tls_ca, self.tls_cert, self.tls_server_name)),
            self.tls_ca,
            self.tls_cert,
            self.tls_key,
            self.tls_server_name,
            self.client_id,
            self.keepalive_s,
        )


def letter_faults(flags: dict[str, Flag]) -> list[str]:
    """Entries of a table of states that give a flag which only we set."""
    return [
        f"{state} = '{flag}': a device sets only the HJ 212 letters N F M S D C T B"
        for state, flag in flags.items()
        if FLAGS[flag].origin != "device"
    ]
