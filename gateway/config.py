"""The gateway file: which plant, which points, which broker, how often, where to keep what is not yet delivered."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from cems.tables import Code, Host, Table
from gateway.spooldest import Start
from gateway.spoolschema import INGEST
from gateway.upload.config import Switch, UploadConfig


class BrokerConfig(Table):
    """Where the scans go."""

    host: Host = "127.0.0.1"
    port: int = Field(default=1883, ge=1, le=65535)
    protocol: Literal["5", "3.1.1"] = "5"
    """MQTT version the broker speaks."""
    username: str | None = None
    password_env: str | None = None
    """Name of the environment variable that holds the password; the password itself never stands in a file."""
    tls_ca: Path | None = None
    """File with the broker's certificate authority, relative to the gateway file: encrypts, and checks the broker."""

    @model_validator(mode="after")
    def _pair(self) -> Self:
        if self.password_env is not None and self.username is None:
            raise ValueError("password_env without username: MQTT sends no password alone")
        return self


class ScheduleConfig(Table):
    """When the instruments are read."""

    period_s: float = Field(default=60.0, ge=0, le=3600, allow_inf_nan=False)
    """Polls fall on whole multiples of the period; 0 polls again as soon as the last poll is done."""


class SpoolConfig(Table):
    """Where scans stay until the database has them."""

    path: Path = Path("spool.db")
    """SQLite file, relative to the gateway file."""
    fsync: Literal["full", "normal"] = "full"
    """``full`` survives a power cut; ``normal`` may lose the last scans of one, never of a crash of the program."""
    max_bytes: int = Field(default=2_000_000_000, ge=1_000_000)
    """Most that the spool holds; ``when_full`` says what happens then."""
    when_full: Literal["refuse", "drop-oldest"] = "refuse"
    """``refuse``: reading stops with an alarm until the database has taken some. ``drop-oldest``: the oldest scans are
    given up, which is logged, counted, told to ingest and never undone."""
    max_age_days: float | None = Field(default=None, gt=0, le=36_500)
    """With ``drop-oldest``: scans read longer ago than this are given up too."""

    @model_validator(mode="after")
    def _age_needs_leave(self) -> Self:
        if self.max_age_days is not None and self.when_full != "drop-oldest":
            raise ValueError("max_age_days gives scans up: it needs when_full = 'drop-oldest'")
        return self


class DeliveryConfig(Table):
    """How scans are sent."""

    batch_scans: int = Field(default=200, ge=1, le=5000)
    """Most scans in one message."""
    max_wait_s: float = Field(default=0.5, ge=0, le=60, allow_inf_nan=False)
    """Longest time a scan waits for others to fill the message."""
    window: int = Field(default=8, ge=1, le=16)
    """Most messages on the way without acknowledgement."""
    ack_timeout_s: float = Field(default=5.0, gt=0, le=300, allow_inf_nan=False)
    """A message not acknowledged by the database after this time is sent again; the time doubles up to 60 s."""
    replay_scans_per_s: float = Field(default=5000.0, ge=0, allow_inf_nan=False)
    """How fast a backlog is sent, so that fresh scans are not delayed; 0 for as fast as it goes."""
    refused_retry_s: float = Field(default=3600.0, gt=0, le=604_800, allow_inf_nan=False)
    """A scan that ingest could not read, and put into its quarantine, is offered again after this time."""


class MetricsConfig(Table):
    """Prometheus page of the gateway."""

    host: Host = "127.0.0.1"
    """Address it listens on."""
    port: int = Field(default=0, ge=0, le=65535)
    """0: no page."""


class GatewayConfig(Table):
    """The whole gateway file."""

    code: Code
    """Name of this gateway; unique in the enterprise."""
    plant: Path
    """The plant file, relative to this file."""
    points: tuple[Code, ...] | None = Field(default=None, min_length=1)
    """Codes of the monitoring points this gateway reads; all of the plant file when not given."""
    broker: BrokerConfig = BrokerConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    spool: SpoolConfig = SpoolConfig()
    delivery: DeliveryConfig = DeliveryConfig()
    metrics: MetricsConfig = MetricsConfig()
    ingest: Switch = "on"
    """Whether scans go to ingest over ``[broker]``; ``off`` only where there is an ``[[upload]]``."""
    upload: tuple[UploadConfig, ...] = ()
    """Platforms that are sent HJ 212 packets."""

    @model_validator(mode="after")
    def _somebody_gets_them(self) -> Self:
        names = [upload.name for upload in self.upload]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two uploads have the name {twice[0]!r}: each has its own")
        if self.ingest == "off" and not names:
            raise ValueError("ingest = 'off' needs an [[upload]]: nobody else would get the scans")
        return self

    @property
    def destinations(self) -> dict[str, Start]:
        """Who is to have the scans, and from when on where he is new."""
        ingest: dict[str, Start] = {INGEST: "spool"} if self.ingest == "on" else {}
        return ingest | {upload.name: upload.start for upload in self.upload}
