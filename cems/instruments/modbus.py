"""A Modbus device in the plant file: its line, its registers, and how their words are read."""

from __future__ import annotations

import warnings
from enum import StrEnum
from itertools import pairwise
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from cems.flags import FLAGS, Flag
from cems.instruments.base import BaseInstrument, ChannelRow
from cems.tables import Host, Table


class WordType(StrEnum):
    """How the words of a register are read as a number."""

    INT16 = "int16"
    UINT16 = "uint16"
    INT32 = "int32"
    UINT32 = "uint32"
    FLOAT32 = "float32"

    @property
    def registers(self) -> int:
        """Number of 16-bit registers the value fills."""
        return 1 if self in (WordType.INT16, WordType.UINT16) else 2


class ByteOrder(StrEnum):
    """Order of the four bytes of a 32-bit value on the line; ``ABCD`` is big-endian, the Modbus custom."""

    ABCD = "ABCD"
    CDAB = "CDAB"
    BADC = "BADC"
    DCBA = "DCBA"


class Register(ChannelRow):
    """Where a device keeps one channel."""

    address: int = Field(ge=0, le=65535)
    """First register, counted from 0 as on the wire."""
    type: WordType = WordType.FLOAT32
    byte_order: ByteOrder | None = None
    """Overrides the instrument's byte order."""

    def faults(self) -> list[str]:
        """What is wrong with the row."""
        faults = super().faults()
        if self.address + self.type.registers > 65536:
            faults.append(f"a {self.type} at {self.address} would run past the last register, 65535")
        return faults

    @property
    def stepped(self) -> bool:
        """Whether the value comes as a whole number of steps."""
        return self.type is not WordType.FLOAT32


class ClockRegister(Table):
    """Where the device keeps its own time: seconds since 1970, UTC, unsigned 32 bits."""

    address: int = Field(ge=0, le=65534)
    byte_order: ByteOrder | None = None


class StatusRegister(Table):
    """Where the device keeps its state, and which flag each state gives."""

    address: int = Field(ge=0, le=65535)
    flags: dict[int, Flag]
    """Register value to flag, e.g. ``{ 0 = "N", 1 = "C", 2 = "M", 3 = "D" }``; a value not listed gives D."""

    @model_validator(mode="before")
    @classmethod
    def _integer_keys(cls, data: object) -> object:
        """TOML keys are text; the register holds a number."""
        if isinstance(data, dict) and isinstance(data.get("flags"), dict):
            flags = {int(k) if str(k).isdigit() else k: v for k, v in data["flags"].items()}
            return {**data, "flags": flags}
        return data

    @model_validator(mode="after")
    def _device_letters(self) -> Self:
        for value, flag in self.flags.items():
            if FLAGS[flag].origin != "device":
                raise ValueError(f"{value} = '{flag}': a device sets only the HJ 212 letters N F M S D C T B")
        return self


def _span(first: int, count: int) -> str:
    return f"{first}-{first + count - 1}" if count > 1 else f"{first}"


with warnings.catch_warnings():
    # pydantic warns because abc.ABCMeta has a method of that name; nobody registers virtual subclasses of it.
    warnings.filterwarnings("ignore", 'Field name "register" in "ModbusInstrument" shadows', UserWarning)

    class ModbusInstrument(BaseInstrument):
        """One Modbus device."""

        driver: ClassVar[str] = "modbus"

        protocol: Literal["modbus-tcp"] = "modbus-tcp"
        host: Host = "127.0.0.1"
        port: int = Field(default=502, ge=1, le=65535)
        unit_id: int = Field(default=1, ge=0, le=255)
        table: Literal["holding", "input"] = "holding"
        byte_order: ByteOrder = ByteOrder.ABCD
        timeout_s: float = Field(default=1.0, gt=0, le=60)
        max_registers: int = Field(default=125, ge=1, le=125)
        """Most registers the device gives in one answer."""
        max_gap: int = Field(default=16, ge=0, le=124)
        """Registers of no interest that may be read along to save a request."""
        clock: ClockRegister | None = None
        status: StatusRegister | None = None
        register: tuple[Register, ...] = Field(min_length=1)

        @model_validator(mode="after")
        def _one_value_a_register(self) -> Self:
            spans = [(r.address, r.type.registers, r.channel.value) for r in self.register]
            spans += [(self.clock.address, 2, "clock")] if self.clock else []
            spans += [(self.status.address, 1, "status")] if self.status else []
            faults = [
                f"{name} at {_span(first, count)} overlaps {before} at {_span(start, size)}"
                for (start, size, before), (first, count, name) in pairwise(sorted(spans))
                if first < start + size
            ]
            faults += [
                f"max_registers = {self.max_registers} is too small for {name} at {_span(first, count)}"
                for first, count, name in sorted(spans)
                if count > self.max_registers
            ]
            if faults:
                raise ValueError("; ".join(faults))
            return self

        @property
        def rows(self) -> tuple[Register, ...]:
            """What it measures, in the order of the file."""
            return self.register

        @property
        def has_clock(self) -> bool:
            """Whether it tells the time of its readings."""
            return self.clock is not None
