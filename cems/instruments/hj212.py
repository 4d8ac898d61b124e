"""HJ 212 data loggers (数采仪) in the plant file: where they are listened to, and which factor is which channel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from cems.flags import Flag
from cems.hj212.content import Kind
from cems.hj212.factors import FACTORS, factor_of
from cems.hj212.version import BY_YEAR, Version
from cems.instruments.base import BaseInstrument, ChannelRow
from cems.instruments.mqtt_broker import letter_faults
from cems.tables import Host
from cems.units import to_canonical, units_of

PROTOCOL: Final = "hj212"
Item = Literal["Rtd", "Avg", "Min", "Max"]
"""Sub-fields that may be a reading. Converted values (``Zs…``) and quantities (``Cou``) are not what was measured."""
_SHARED: Final = ("version", "password_env", "packets", "key_env", "key_file", "answers", "ask_clock_s", "set_clock")
"""What is said of a logger, whichever of its instruments says it; ``clock_limit_s`` beside."""


@dataclass(frozen=True, slots=True)
class ListenerSettings:
    """Where loggers are listened to. Instruments with the same settings share one TCP server."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class FactorValue(ChannelRow):
    """Which factor of the packets is a channel."""

    factor: str = Field(pattern=r"^[A-Za-z0-9]+$", max_length=20)
    """Code of the factor as the logger sends it: ``a05001``, of 2005 ``30``, or one of its own."""
    item: Item | None = None
    """Sub-field; not given, ``Rtd`` of realtime data and ``Avg`` of the others."""
    bad: tuple[float, ...] = ()
    """Numbers that mean "no value", such as -9999; 9999.99 and -9999.99 of the standard always do."""
    decimals: int | None = Field(default=None, ge=0, le=6)
    """Digits after the point that the logger sends, where they are so few that equal readings in a row are common."""

    @property
    def wire_unit(self) -> str:
        """Unit of the number in the packet, after scale and offset: the standard's where none is given."""
        return self.unit if self.unit is not None else FACTORS[self.channel].unit

    @property
    def canonical_line(self) -> tuple[float, float]:
        """Scale and offset from the number in the packet to the canonical unit, in one step."""
        factor, shift = to_canonical(self.channel, self.wire_unit)
        return self.scale * factor, self.offset * factor + shift

    @property
    def stepped(self) -> bool:
        """Whether the logger rounds so coarsely that the plant file says so."""
        return self.decimals is not None

    @property
    def step(self) -> float:
        """The last digit in the canonical unit; 0 where it is not known."""
        return 0.0 if self.decimals is None else abs(self.canonical_line[0]) * 10.0**-self.decimals

    def faults(self) -> list[str]:
        """What is wrong with the row."""
        faults = super().faults()
        meant = factor_of(self.factor)
        if meant is not None and meant.channel is not self.channel:
            faults.append(f"{self.factor} is {meant.channel}, not {self.channel}")
        if self.unit is None and (meant is None or self.channel not in FACTORS):
            known = ", ".join(units_of(self.channel))
            faults.append(f"{self.factor} is no factor of HJ 212 known here: give its unit ({known})")
        return faults


class Hj212Instrument(BaseInstrument):
    """A data logger that connects to the gateway and sends HJ 212 packets."""

    driver: ClassVar[str] = PROTOCOL

    protocol: Literal["hj212"]
    host: Host = "127.0.0.1"
    """Address of this box at which loggers are listened to; ``0.0.0.0`` for all of its addresses."""
    port: int = Field(ge=1, le=65535)
    """Port at which they are; instruments with the same host and port share it."""
    mn: str = Field(pattern=r"^[!-%'-+\--:<>-~]{1,24}$")
    """Device id: 24 characters of HJ 212-2017, 14 of HJ/T 212-2005, or what the logger sends."""
    password_env: str | None = None
    """Name of the environment variable that holds PW; not given, any PW is taken."""
    version: Literal[2005, 2017, 2025] = 2017
    """Form of commands to the logger. Replies have the form of the packet that they answer."""
    packets: Literal["strict", "tolerant"] = "strict"
    """``tolerant``: packets with wrong CRC or length are taken where it is clear what was meant; each is counted."""
    data: Kind = Kind.REALTIME
    """Which data become scans: ``realtime`` (2011), ``minute`` (2051), ``hour`` (2061) or ``day`` (2031). The others
    are answered and counted, never mixed in."""
    time: Literal["packet", "gateway"] = "packet"
    """Whose time a scan has: DataTime of the packet (UTC+8; of minute, hour and day data the start of the period), or
    that of this box, for a logger whose clock is no good."""
    answers: Literal["when-asked", "always"] = "when-asked"
    """Whether data are answered (9014) only where Flag asks for it, or always: some loggers of 2005 wait without it."""
    key_env: str | None = None
    """Environment variable with the SM4 key of HJ 212-2025: 16 characters, or 32 hexadecimal digits."""
    key_file: Path | None = None
    """File with the key instead, relative to the gateway file."""
    ask_clock_s: float = Field(default=0.0, ge=0, le=604_800, allow_inf_nan=False)
    """How often the logger is asked for its time (1011), s; 0: never."""
    set_clock: Literal["never", "on-request", "when-off"] = "never"
    """Whether the logger's clock is set (1012): where it asks for it (1013), or also where it is found to be off."""
    clock_limit_s: float = Field(default=10.0, ge=2, le=86_400, allow_inf_nan=False)
    """With ``when-off``: how far it may be off, s."""
    idle_s: float = Field(default=3900.0, ge=10, le=100_000, allow_inf_nan=False)
    """A connection on which nothing comes for so long is closed, s; the longest realtime interval is 3600."""
    gather_s: float = Field(default=2.0, ge=0, le=600, allow_inf_nan=False)
    """How long a scan waits for factors of its time that come in another packet. The reply waits with it."""
    align_s: float = Field(default=1.0, ge=0, le=600, allow_inf_nan=False)
    """Packets whose DataTimes are less than this apart belong to one scan; 0: only equal times do."""
    flags: dict[str, Flag] = Field(default_factory=dict)
    """What the logger's data flags mean where it is not what HJ 212-2017 says, such as ``{ P = "D" }``."""
    value: tuple[FactorValue, ...] = Field(min_length=1)

    @property
    def rows(self) -> tuple[FactorValue, ...]:
        """What it measures, in the order of the file."""
        return self.value

    @property
    def has_clock(self) -> bool:
        """Whether its packets say when."""
        return self.time == "packet"

    @property
    def listener(self) -> ListenerSettings:
        """Where it is listened to."""
        return ListenerSettings(self.host, self.port)

    @property
    def is_local(self) -> bool:
        """Whether only programs on this box can connect."""
        return self.host.startswith(("127.", "::1", "localhost"))

    @property
    def form(self) -> Version:
        """Form of commands to it."""
        return BY_YEAR[self.version]

    def item_of(self, row: FactorValue) -> Item:
        """Sub-field of a row."""
        if row.item is not None:
            return row.item
        return "Rtd" if self.data is Kind.REALTIME else "Avg"

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        faults = letter_faults(self.flags)
        wrong = ("Avg", "Min", "Max") if self.data is Kind.REALTIME else ("Rtd",)
        faults += [
            f"{row.channel}: {self.data} data have no {row.item}" for row in self.value if self.item_of(row) in wrong
        ]
        if self.key_env is not None and self.key_file is not None:
            faults.append("give key_env or key_file, not both")
        told = [(row.factor, self.item_of(row)) for row in self.value]
        faults += [
            f"{code}-{item} is more than one channel"
            for code, item in sorted(set(told))
            if told.count((code, item)) > 1
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return self


def listener_faults(loggers: Iterable[dict[str, Any]]) -> list[str]:
    """What instruments of ``hj212`` contradict each other in, from the raw data of the file.

    Instruments with the same MN on one listener are one logger: what is said of the logger must be the same. A port
    can be had once: listening on it at ``0.0.0.0`` and at another address does not go together.
    """
    faults = []
    said: dict[tuple[object, object, object], dict[str, Any]] = {}
    hosts: dict[object, set[str]] = {}
    for one in loggers:
        host, port, mn = one.get("host", "127.0.0.1"), one.get("port"), one.get("mn")
        hosts.setdefault(port, set()).add(str(host))
        first = said.setdefault((host, port, mn), one)
        differ = [key for key in (*_SHARED, "clock_limit_s") if one.get(key) != first.get(key)]
        if differ:
            codes = f"{first.get('code')} and {one.get('code')}"
            faults.append(f"{codes} are one logger (MN {mn}), but differ in {', '.join(differ)}")
    for port, names in hosts.items():
        if len(names) > 1 and names & {"0.0.0.0", "::"}:  # noqa: S104 - nothing is bound here
            faults.append(f"port {port} is listened to at {' and '.join(sorted(names))}: give one address for all")
    return faults
