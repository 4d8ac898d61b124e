"""A Modbus device in the plant file: its line, its quirks, and its registers."""

from __future__ import annotations

import warnings
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from cems.instruments.addresses import Notation
from cems.instruments.base import BaseInstrument
from cems.instruments.modbus_line import LineSettings, Transport
from cems.instruments.registers import (
    BIT_TABLES,
    WIDE_LIKE,
    ByteOrder,
    ClockRegister,
    CounterRegister,
    Register,
    StatusRegister,
    TableName,
    WideOrder,
    WordType,
)
from cems.tables import Host

_TRANSPORTS: Final[dict[str, Transport]] = {
    "modbus-tcp": "tcp",
    "modbus-tls": "tls",
    "modbus-rtu": "rtu",
    "modbus-rtu-over-tcp": "rtu-over-tcp",
}
_NETWORK: Final = ("host", "port", "backup_host", "backup_port")
_TLS: Final = ("tls_ca", "tls_cert", "tls_key", "tls_server_name")
_SERIAL: Final = ("device", "baudrate", "parity", "stopbits", "bytesize")
_KEYS: Final = {
    "modbus-tcp": _NETWORK,
    "modbus-tls": (*_NETWORK, *_TLS),
    "modbus-rtu": _SERIAL,
    "modbus-rtu-over-tcp": _NETWORK,
}
"""Keys of the line that each protocol has."""


def _span(first: int, count: int) -> str:
    return f"{first}-{first + count - 1}" if count > 1 else f"{first}"


with warnings.catch_warnings():
    # pydantic warns because abc.ABCMeta has a method of that name; nobody registers virtual subclasses of it.
    warnings.filterwarnings("ignore", 'Field name "register" in "ModbusInstrument" shadows', UserWarning)

    class ModbusInstrument(BaseInstrument):
        """One Modbus device."""

        driver: ClassVar[str] = "modbus"

        protocol: Literal["modbus-tcp", "modbus-tls", "modbus-rtu", "modbus-rtu-over-tcp"] = "modbus-tcp"
        host: Host = "127.0.0.1"
        port: int = Field(default=502, ge=1, le=65535)
        backup_host: Host | None = None
        """Tried where ``host`` does not connect."""
        backup_port: int | None = Field(default=None, ge=1, le=65535)
        tls_ca: Path | None = None
        """Certificate authority of the device, relative to the gateway file."""
        tls_cert: Path | None = None
        """Certificate that the gateway shows."""
        tls_key: Path | None = None
        tls_server_name: str | None = None
        """Name in the device's certificate, where it is not its address."""
        device: str | None = None
        """Serial device, such as ``/dev/ttyS0``."""
        baudrate: int = Field(default=9600, ge=300, le=4_000_000)
        parity: Literal["N", "E", "O"] = "N"
        stopbits: Literal[1, 2] = 1
        bytesize: Literal[7, 8] = 8
        unit_id: int = Field(default=1, ge=0, le=255)
        addresses: Notation = Notation.ZERO
        """How the addresses of this instrument are written."""
        table: TableName = "holding"
        byte_order: ByteOrder = ByteOrder.ABCD
        wide_order: WideOrder | None = None
        """Order of eight bytes; like ``byte_order`` when not given."""
        timeout_s: float = Field(default=1.0, gt=0, le=60)
        max_registers: int = Field(default=125, ge=1, le=125)
        """Most registers the device gives in one answer."""
        max_bits: int = Field(default=2000, ge=1, le=2000)
        """Most coils or discrete inputs the device gives in one answer."""
        max_gap: int = Field(default=16, ge=0, le=124)
        """Registers of no interest that may be read along to save a request."""
        requests: Literal["merged", "one-per-value"] = "merged"
        """``one-per-value`` for devices that refuse to give more than one value at a time."""
        connection: Literal["kept", "per-poll"] = "kept"
        """``per-poll`` for devices that serve one client at a time, or forget connections."""
        pause_after_connect_s: float = Field(default=0.0, ge=0, le=60)
        pause_between_requests_s: float = Field(default=0.0, ge=0, le=60)
        pause_between_units_s: float = Field(default=0.0, ge=0, le=60)
        slow_after: int = Field(default=5, ge=1, le=10_000)
        """Failed polls in a row after which the device is asked less often."""
        slow_period_s: float = Field(default=60.0, ge=0, le=86_400)
        """How often it is then asked, with one request, until it answers."""
        clock: ClockRegister | None = None
        status: StatusRegister | None = None
        counter: CounterRegister | None = None
        register: tuple[Register, ...] = Field(min_length=1)

        @model_validator(mode="before")
        @classmethod
        def _keys_of_the_protocol(cls, data: Any) -> Any:
            """Keys of another kind of line are faults, not comments."""
            if isinstance(data, dict):
                protocol = data.get("protocol", "modbus-tcp")
                lines = {*_NETWORK, *_TLS, *_SERIAL} - set(_KEYS.get(protocol, ()))
                given = {key for key in lines & data.keys() if data[key] is not None}
                if strange := sorted(key for key in given if cls.model_fields[key].default != data[key]):
                    raise ValueError(f"{', '.join(strange)}: not of {protocol}")
                if protocol == "modbus-rtu" and not data.get("device"):
                    raise ValueError("modbus-rtu needs device, the serial line, such as /dev/ttyS0")
            return data

        @model_validator(mode="after")
        def _fits(self) -> Self:
            if (self.tls_cert is None) != (self.tls_key is None):
                raise ValueError("tls_cert and tls_key go together")
            if faults := self._overlaps():
                raise ValueError("; ".join(faults))
            return self

        def _overlaps(self) -> list[str]:
            spans = sorted((table, address, count, name) for name, address, count, table in self.items())
            faults = [
                f"{name} at {_span(first, count)} overlaps {before} at {_span(start, size)}"
                for (table, start, size, before), (other, first, count, name) in pairwise(spans)
                if table == other and first < start + size and not self._share(before, name)
            ]
            return faults + [
                f"max_registers = {self.max_registers} is too small for {name} at {_span(first, count)}"
                for table, first, count, name in spans
                if table not in BIT_TABLES and count > self.max_registers
            ]

        def _share(self, one: str, other: str) -> bool:
            """Whether two values may stand in one register: halves and bits do."""
            parts = {r.channel.value: r for r in self.register}
            both = [parts[name] for name in (one, other) if name in parts]
            small = (WordType.BIT, WordType.INT8_HIGH, WordType.INT8_LOW, WordType.UINT8_HIGH, WordType.UINT8_LOW)
            return len(both) == 2 and all(r.type in small for r in both) and _part(both[0]) != _part(both[1])

        def items(self) -> list[tuple[str, int, int, TableName]]:
            """Everything that is read: name, address as written, registers or bits, and table."""
            found: list[tuple[str, int, int, TableName]] = [
                (r.channel.value, r.address, r.registers, r.table or self.table) for r in self.register
            ]
            if self.clock is not None:
                found.append(("clock", self.clock.address, self.clock.format.registers, self.clock.table or self.table))
            if self.status is not None:
                found.append(("status", self.status.address, 1, self.status.table or self.table))
            if self.counter is not None:
                found.append(("counter", self.counter.address, 1, self.counter.table or self.table))
            return found

        def wide_order_of(self, own: WideOrder | None, four: ByteOrder | None) -> WideOrder:
            """Order of eight bytes of a value: its own, or the instrument's, or like that of four bytes."""
            return own or self.wide_order or WIDE_LIKE[four or self.byte_order]

        @property
        def reads_as(self) -> tuple[str, ...]:
            """The keys under which its registers mean what they mean, as the plant file would say them."""
            keys = ("addresses", "table", "byte_order", "wide_order")
            said = [(key, getattr(self, key)) for key in keys]
            head = f"registers of {self.code}; they need these keys of the instrument:"
            return (head, *(f'{key} = "{value}"' for key, value in said if value is not None))

        @property
        def line(self) -> LineSettings:
            """The line it stands on."""
            serial = self.protocol == "modbus-rtu"
            backup = None
            if self.backup_host is not None or self.backup_port is not None:
                backup = (self.backup_host or self.host, self.backup_port or self.port)
            return LineSettings(
                transport=_TRANSPORTS[self.protocol],
                host="" if serial else self.host,
                port=0 if serial else self.port,
                backup=backup,
                tls_ca=self.tls_ca,
                tls_cert=self.tls_cert,
                tls_key=self.tls_key,
                tls_server_name=self.tls_server_name,
                device=self.device or "",
                baudrate=self.baudrate if serial else 9600,
                parity=self.parity if serial else "N",
                stopbits=self.stopbits if serial else 1,
                bytesize=self.bytesize if serial else 8,
                pause_after_connect_s=self.pause_after_connect_s,
                pause_between_requests_s=self.pause_between_requests_s,
                pause_between_units_s=self.pause_between_units_s,
                kept=self.connection == "kept",
            )

        @property
        def rows(self) -> tuple[Register, ...]:
            """What it measures, in the order of the file."""
            return self.register

        @property
        def has_clock(self) -> bool:
            """Whether it tells the time of its readings."""
            return self.clock is not None


def _part(register: Register) -> tuple[WordType, int | None]:
    halves = {WordType.INT8_HIGH: WordType.UINT8_HIGH, WordType.INT8_LOW: WordType.UINT8_LOW}
    return halves.get(register.type, register.type), register.bit
