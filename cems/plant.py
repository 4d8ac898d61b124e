"""The plant file: enterprise → unit → stack → monitoring point → instrument → register.

Many units may share a stack and one unit may have several stacks. A monitoring point stands at a stack (or duct) and
carries flue-gas channels, or at a unit and carries its load and fuel feed. ``cems.plantfile`` reads it from TOML.
"""

from __future__ import annotations

import warnings
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from cems.channels import CHANNELS, Channel, Moisture
from cems.flags import FLAGS, Flag
from cems.plantlinks import link_faults
from cems.topics import CODE_PATTERN

Code = Annotated[str, Field(pattern=CODE_PATTERN)]
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9_:%-]{1,63}(\.[A-Za-z0-9_:%-]{1,63})*\.?$", max_length=253)]
"""Name or address (IPv4, IPv6) of a computer."""
Sector = Literal["power", "cement", "aluminium", "steel"]
"""Sector whose guideline makes a unit's account."""


class Table(BaseModel):
    """A table of a configuration file: unknown keys are refused, and true and false are not taken for 1 and 0."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_value(cls, value: object) -> object:
        if isinstance(value, bool):
            raise ValueError("expected a number or a text")  # noqa: TRY004 - pydantic makes a fault of ValueError only
        return value


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


class Register(Table):
    """Where a device keeps one channel, and how to read it: ``value = raw * scale + offset``."""

    channel: Channel
    """Which channel the value belongs to."""
    address: int = Field(ge=0, le=65535)
    """First register, counted from 0 as on the wire."""
    type: WordType = WordType.FLOAT32
    byte_order: ByteOrder | None = None
    """Overrides the instrument's byte order."""
    scale: float = Field(default=1.0, allow_inf_nan=False)
    offset: float = Field(default=0.0, allow_inf_nan=False)
    range: tuple[float, float] | None = None
    """Measuring range (low, high) in the canonical unit; a value above ``high`` is flagged T, one below ``low`` r."""
    basis: Moisture | None = None
    """For concentrations: whether the instrument reads wet or dry gas."""

    @model_validator(mode="after")
    def _sane(self) -> Self:
        faults = []
        if self.scale == 0.0:
            faults.append("scale 0 would make every reading the same")
        if self.range is not None and not self.range[0] < self.range[1]:
            faults.append(f"range {list(self.range)} must rise")
        needs_basis = self.channel in (Channel.CO2, Channel.O2)
        if needs_basis and self.basis is None:
            faults.append(f"{self.channel} needs basis = 'wet' or 'dry': mass depends on it")
        if not needs_basis and self.basis is not None:
            faults.append(f"basis belongs to co2 and o2 only, not to {self.channel}")
        if self.address + self.type.registers > 65536:
            faults.append(f"a {self.type} at {self.address} would run past the last register, 65535")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @property
    def limits(self) -> tuple[float, float]:
        """The range given here, or else the channel's physical limits."""
        info = CHANNELS[self.channel]
        return self.range or (info.low, info.high)


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
    # pydantic warns because abc.ABCMeta has a method of that name; nobody registers virtual subclasses of Instrument.
    warnings.filterwarnings("ignore", 'Field name "register" in "Instrument" shadows', UserWarning)

    class Instrument(Table):
        """One Modbus device: an analyser, a flow meter, or the cabinet that serves several of them."""

        code: Code
        make: str = ""
        """Make, model and measuring principle, as on its plate."""
        serial: str = ""
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


class Point(Table):
    """A monitoring point: at a stack (flue gas) or at a unit (load, fuel feed)."""

    code: Code
    stack: Code | None = None
    unit: Code | None = None
    area_m2: float | None = Field(default=None, gt=0)
    """Section area at the measuring plane, F in HJ 75."""
    kv: float = Field(default=1.0, gt=0)
    """Velocity-field coefficient Kv (HJ 75-2017): section mean velocity over velocity at the point."""
    instrument: tuple[Instrument, ...] = Field(min_length=1)

    def register_of(self, channel: Channel) -> Register | None:
        """The register that holds a channel, or None when the point does not measure it."""
        return next((r for i in self.instrument for r in i.register if r.channel == channel), None)


class Stack(Table):
    """A chimney, or a duct that is measured on its own."""

    code: Code
    name: str = ""
    height_m: float | None = Field(default=None, gt=0)


class Unit(Table):
    """A boiler with its turbine, a clinker line, a potroom, a steelworks, or another source of flue gas."""

    code: Code
    name: str = ""
    sector: Sector = "power"
    fuel: str = "coal"
    rated_mw: float | None = Field(default=None, gt=0)
    """Rated gross power [MW]; a power unit has it, others need none."""
    commissioned: date | None = None
    """First day in operation; None where nobody asks."""
    decommissioned: date | None = None
    """Last day in operation; None while it runs."""
    stacks: tuple[Code, ...] = Field(min_length=1)
    """The stacks its flue gas goes to."""


class Enterprise(Table):
    """The legal person that reports."""

    code: Code
    name: str
    name_zh: str = ""
    utc_offset_hours: float = Field(default=8.0, ge=-12, le=14)
    """Standard time of the plant; statutory days and months run in it."""


class Plant(Table):
    """The whole plant file."""

    enterprise: Enterprise
    unit: tuple[Unit, ...] = Field(min_length=1)
    stack: tuple[Stack, ...] = Field(min_length=1)
    point: tuple[Point, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _linked(self) -> Self:
        if faults := link_faults(self.model_dump(mode="json")):
            raise ValueError("; ".join(message for _, message in faults))
        return self

    def units_of_stack(self, stack: str) -> tuple[Unit, ...]:
        """The units whose flue gas goes to a stack."""
        return tuple(u for u in self.unit if stack in u.stacks)
