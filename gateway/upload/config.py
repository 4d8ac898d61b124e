"""``[[upload]]`` of the gateway file: a regulator's platform that is sent HJ 212 packets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from cems.channels import Channel
from cems.hj212.commands import MIN_INTERVALS, RTD_INTERVAL_S
from cems.hj212.factors import FACTORS, to_wire
from cems.hj212.version import BY_YEAR, Version
from cems.tables import Code, Host, Table
from cems.units import units_of

Switch = Literal["on", "off"]


class UploadPoint(Table):
    """A monitoring point that a platform is told of."""

    code: Code
    """Code of the point in the plant file."""
    mn: str = Field(pattern=r"^[!-%'-+\--:<>-~]{1,24}$")
    """Device id that the platform gave to this point; it has a connection of its own."""
    channels: tuple[Channel, ...] | None = Field(default=None, min_length=1)
    """What is sent of it; every channel that it measures and HJ 212 has a code for when not given."""


class UploadConfig(Table):
    """One platform."""

    name: Code
    """Name of this destination; it stays with the spool, so it is not to be changed."""
    host: Host
    port: int = Field(ge=1, le=65535)
    version: Literal[2005, 2017, 2025] = 2025
    """Form of the packets."""
    st: str = Field(default="31", pattern=r"^[0-9A-Z]{2}$")
    """System type; 31 is a flue-gas source."""
    password_env: str | None = None
    """Environment variable that holds PW, which the platform gave."""
    password_file: Path | None = None
    """File that holds it instead, relative to the gateway file."""
    key_env: str | None = None
    """Environment variable with the SM4 key of HJ 212-2025: 16 characters, or 32 hexadecimal digits."""
    key_file: Path | None = None
    """File with the key instead, relative to the gateway file."""
    point: tuple[UploadPoint, ...] = Field(min_length=1)
    realtime_s: int = Field(default=60, ge=0, le=RTD_INTERVAL_S[1])
    """Seconds between realtime packets (2011), 30 to 3600; 0: none."""
    minute_interval: int = Field(default=1, ge=0, le=MIN_INTERVALS[-1])
    """Minutes that a minute packet (2051) stands for: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30; 0: none."""
    hour: Switch = "on"
    """Hour packets (2061)."""
    day: Switch = "on"
    """Day packets (2031)."""
    min_samples: int = Field(default=1, ge=1, le=60_000)
    """Valid readings that a minute needs; HJ 212-2017 eq. 23 has 12, at most 5 s apart."""
    basis: Literal["dry", "as-measured"] = "dry"
    """Whether CO2 and O2 of a wet instrument are told as dry gas (by the moisture of the same scan) or as they are."""
    units: dict[Channel, str] = Field(default_factory=dict)
    """Units that plant and platform agreed on, where not the standard's: ``{ co2 = "%" }``."""
    settle_s: float = Field(default=10.0, ge=0, le=3600, allow_inf_nan=False)
    """How long after the end of a period, and after its last scan, its packet waits for more scans, s."""
    fresh_s: float = Field(default=60.0, ge=0, le=86_400, allow_inf_nan=False)
    """A packet that has waited longer than this counts as missed: it goes after what is new, and says so (RF), s."""
    timeout_s: float = Field(default=10.0, gt=0, le=600, allow_inf_nan=False)
    """How long an answer is waited for, s. The platform may change it (1000)."""
    resends: int = Field(default=3, ge=0, le=99)
    """How often a packet without an answer is sent again before the line is given up. The platform may change it."""
    refused_retry_s: float = Field(default=3600.0, ge=1, le=604_800, allow_inf_nan=False)
    """A packet that the platform refused is offered again after this time, s."""
    backfill_per_s: float = Field(default=5.0, gt=0, le=1000, allow_inf_nan=False)
    """Packets a second of what was missed; what is new goes first and is not held back."""
    backfill_realtime: Switch = "on"
    """Whether realtime packets that were missed are sent too; ``off`` gives them up after ``fresh_s``."""
    history_days: int = Field(default=40, ge=2, le=4000)
    """How long minutes are kept for late scans and for what the platform asks again."""
    start: Literal["spool", "now"] = "spool"
    """When the platform is new: whether it gets what the spool holds for others, or only what comes from then on."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        faults = list(self._faults())
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _faults(self) -> list[str]:
        faults = [*self._number_faults(), *self._channel_faults()]
        if self.name == "ingest":
            faults.append("the name ingest is that of [broker]")
        faults += [
            f"give {what}_env or {what}_file, not both"
            for what in ("password", "key")
            if None not in [getattr(self, f"{what}_env"), getattr(self, f"{what}_file")]
        ]
        if self.version != 2025 and (self.key_env or self.key_file):
            faults.append("encryption belongs to version 2025")
        for name, seen in (("code", [p.code for p in self.point]), ("mn", [p.mn for p in self.point])):
            faults += [f"{name} {one!r} stands twice" for one in sorted(set(seen)) if seen.count(one) > 1]
        return faults

    def _number_faults(self) -> Iterator[str]:
        if self.realtime_s and self.realtime_s < RTD_INTERVAL_S[0]:
            yield f"realtime_s is 0 or {RTD_INTERVAL_S[0]} to {RTD_INTERVAL_S[1]}"
        if self.minute_interval and self.minute_interval not in MIN_INTERVALS:
            yield f"minute_interval is 0 or one of {', '.join(map(str, MIN_INTERVALS))}"
        if not (self.realtime_s or self.minute_interval) and (self.hour, self.day) == ("off", "off"):
            yield "nothing is to be sent: realtime_s and minute_interval are 0, hour and day off"

    def _channel_faults(self) -> Iterator[str]:
        sent = {channel for point in self.point for channel in point.channels or ()}
        yield from (f"HJ 212 has no code for {one}" for one in sorted(sent | set(self.units)) if one not in FACTORS)
        for channel, unit in self.units.items():
            if channel in FACTORS and unit not in units_of(channel):
                yield f"{unit!r} is no unit of {channel}: {', '.join(units_of(channel))}"

    @property
    def form(self) -> Version:
        """Form of its packets."""
        return BY_YEAR[self.version]

    def wire(self, channel: Channel, value: float) -> float:
        """A value in the canonical unit of its channel, in the unit that the platform wants."""
        return to_wire(channel, value, self.units.get(channel))
