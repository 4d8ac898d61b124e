"""What stands in the registers of a Modbus device: values, clock, status and counter, and how each is written there."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from cems.flags import FLAGS, Flag
from cems.instruments.base import ChannelRow
from cems.tables import Table

TableName = Literal["coil", "discrete", "input", "holding"]
TABLES: Final = ("coil", "discrete", "input", "holding")
BIT_TABLES: Final = ("coil", "discrete")
"""Tables whose items are single bits."""


class WordType(StrEnum):
    """How the words of a register are read as a number."""

    INT16 = "int16"
    UINT16 = "uint16"
    INT32 = "int32"
    UINT32 = "uint32"
    FLOAT32 = "float32"
    INT64 = "int64"
    UINT64 = "uint64"
    FLOAT64 = "float64"
    FLOAT16 = "float16"
    BCD16 = "bcd16"
    """Four decimal digits, one in each half byte."""
    BCD32 = "bcd32"
    INT8_HIGH = "int8-high"
    """The first byte of a register, signed."""
    INT8_LOW = "int8-low"
    UINT8_HIGH = "uint8-high"
    UINT8_LOW = "uint8-low"
    BIT = "bit"
    """One bit of a register (``bit`` says which), or an item of a table of bits: 0 or 1."""
    ASCII = "ascii"
    """A number written as text over ``length`` registers."""

    @property
    def registers(self) -> int:
        """Number of 16-bit registers the value fills; 0 for a text, whose length stands in the file."""
        return _REGISTERS.get(self, 1)

    @property
    def stepped(self) -> bool:
        """Whether the value is a whole number of steps."""
        return self not in (WordType.FLOAT16, WordType.FLOAT32, WordType.FLOAT64, WordType.ASCII)


_REGISTERS: Final = {
    **dict.fromkeys((WordType.INT32, WordType.UINT32, WordType.FLOAT32, WordType.BCD32), 2),
    **dict.fromkeys((WordType.INT64, WordType.UINT64, WordType.FLOAT64), 4),
    WordType.ASCII: 0,
}


class ByteOrder(StrEnum):
    """Order of the four bytes of a 32-bit value on the line; ``ABCD`` is big-endian, the Modbus custom."""

    ABCD = "ABCD"
    CDAB = "CDAB"
    BADC = "BADC"
    DCBA = "DCBA"


class WideOrder(StrEnum):
    """Order of the eight bytes of a 64-bit value on the line; ``ABCDEFGH`` is big-endian."""

    ABCDEFGH = "ABCDEFGH"
    GHEFCDAB = "GHEFCDAB"
    """Words in reverse."""
    BADCFEHG = "BADCFEHG"
    """Bytes of each word exchanged."""
    HGFEDCBA = "HGFEDCBA"
    """Little-endian."""
    EFGHABCD = "EFGHABCD"
    """The two halves exchanged: two big-endian longs, the lower first."""
    CDABGHEF = "CDABGHEF"
    """The words of each half exchanged."""


WIDE_LIKE: Final = {
    ByteOrder.ABCD: WideOrder.ABCDEFGH,
    ByteOrder.CDAB: WideOrder.GHEFCDAB,
    ByteOrder.BADC: WideOrder.BADCFEHG,
    ByteOrder.DCBA: WideOrder.HGFEDCBA,
}
"""The order of eight bytes that a device with this order of four has, unless the file says otherwise."""


class Register(ChannelRow):
    """Where a device keeps one channel."""

    address: int = Field(ge=0, le=465535)
    """First register, in the notation that the instrument's ``addresses`` names."""
    table: TableName | None = None
    """Overrides the instrument's table."""
    type: WordType = WordType.FLOAT32
    byte_order: ByteOrder | None = None
    """Overrides the instrument's byte order."""
    wide_order: WideOrder | None = None
    """Overrides the instrument's order of eight bytes."""
    bit: int | None = Field(default=None, ge=0, le=15)
    """For ``bit``: which bit of the register, 0 the lowest."""
    length: int | None = Field(default=None, ge=1, le=32)
    """For ``ascii``: registers that the text fills."""
    bad: tuple[float, ...] = ()
    """Raw numbers that mean "no value", such as -9999 or 32767."""
    current: tuple[float, float] | None = None
    """For a 4-20 mA signal: raw numbers at 4 and at 20 mA; failure limits by NAMUR NE 43 apply."""
    span: tuple[float, float] | None = None
    """Values at 4 and 20 mA, or at the two raw numbers of ``counts``, in ``unit``."""
    counts: tuple[float, float] | None = None
    """Raw numbers at the ends of ``span``, instead of scale and offset."""

    @property
    def registers(self) -> int:
        """How many registers, or bits of a table of bits, the value fills."""
        return self.length or self.type.registers if self.type is WordType.ASCII else self.type.registers

    @property
    def stepped(self) -> bool:
        """Whether the value comes as a whole number of steps."""
        return self.type.stepped

    def faults(self) -> list[str]:
        """What is wrong with the row."""
        faults = super().faults()
        if (self.type is WordType.ASCII) != (self.length is not None):
            faults.append("length belongs to type ascii, which needs it")
        if self.bit is not None and self.type is not WordType.BIT:
            faults.append(f"bit belongs to type bit, not to {self.type}")
        if self.table in BIT_TABLES and self.type is not WordType.BIT:
            faults.append(f"the items of table {self.table} are single bits: give type = 'bit'")
        return faults + self._line_faults()

    def _line_faults(self) -> list[str]:
        faults = []
        ends = [name for name in ("current", "counts") if getattr(self, name) is not None]
        if len(ends) > 1:
            faults.append("give current or counts, not both")
        if (self.span is not None) != bool(ends):
            faults.append("span goes with current or counts, and they with it")
        if ends and (self.scale, self.offset) != (1.0, 0.0):
            faults.append(f"{ends[0]} and span already say how the value is scaled: leave scale and offset out")
        for name in ("current", "counts", "span"):
            pair = getattr(self, name)
            if pair is not None and pair[0] == pair[1]:
                faults.append(f"{name} {list(pair)} has no width")
        return faults

    @property
    def line(self) -> tuple[float, float]:
        """Scale and offset from the raw number to the value in the device's unit."""
        raw = self.current or self.counts
        if raw is None or self.span is None:
            return self.scale, self.offset
        scale = (self.span[1] - self.span[0]) / (raw[1] - raw[0])
        return scale, self.span[0] - raw[0] * scale


class ClockFormat(StrEnum):
    """How a device writes its time."""

    UNIX = "unix"
    """Seconds since 1970 UTC, unsigned 32 bits."""
    UNIX_MS = "unix-ms"
    """Milliseconds since 1970 UTC, unsigned 64 bits."""
    SIX = "six-words"
    """Year, month, day, hour, minute, second, a register each; a year below 100 is of this century."""
    BCD = "bcd"
    """The same in three registers of two-digit decimals: YYMM, DDhh, mmss."""

    @property
    def registers(self) -> int:
        """Registers that it fills."""
        return {ClockFormat.UNIX: 2, ClockFormat.UNIX_MS: 4, ClockFormat.SIX: 6, ClockFormat.BCD: 3}[self]


class ClockRegister(Table):
    """Where the device keeps its own time."""

    address: int = Field(ge=0, le=465535)
    table: TableName | None = None
    format: ClockFormat = ClockFormat.UNIX
    byte_order: ByteOrder | None = None
    wide_order: WideOrder | None = None
    utc_offset_hours: float = Field(default=8.0, ge=-12, le=14)
    """Time zone of a clock that shows date and time; the unix formats are UTC."""


class StatusRegister(Table):
    """Where the device keeps its state, and which flag each state gives."""

    address: int = Field(ge=0, le=465535)
    table: TableName | None = None
    flags: dict[int, Flag] = Field(default_factory=dict)
    """Register value to flag, e.g. ``{ 0 = "N", 1 = "C", 2 = "M", 3 = "D" }``; a value not listed gives D."""
    bits: dict[int, Flag] = Field(default_factory=dict)
    """Bit to flag, e.g. ``{ 0 = "M", 3 = "D" }``: of the bits that are set the gravest stands, none set is N."""

    @model_validator(mode="before")
    @classmethod
    def _integer_keys(cls, data: object) -> object:
        """TOML keys are text; the register holds a number."""
        if not isinstance(data, dict):
            return data
        named = {key: data[key] for key in ("flags", "bits") if isinstance(data.get(key), dict)}
        return {**data, **{k: {int(n) if str(n).isdigit() else n: v for n, v in d.items()} for k, d in named.items()}}

    @model_validator(mode="after")
    def _one_way_and_device_letters(self) -> Self:
        if bool(self.flags) == bool(self.bits):
            raise ValueError("give either flags (by value) or bits")
        if any(not 0 <= bit <= 15 for bit in self.bits):
            raise ValueError(f"a register has bits 0 to 15, not {sorted(self.bits)}")
        for value, flag in {**self.flags, **self.bits}.items():
            if FLAGS[flag].origin != "device":
                raise ValueError(f"{value} = '{flag}': a device sets only the HJ 212 letters N F M S D C T B")
        return self


class CounterRegister(Table):
    """Where the device counts its measurements, 16 bits: a count that stands still tells that its values are stale."""

    address: int = Field(ge=0, le=465535)
    table: TableName | None = None
    still_polls: int = Field(default=3, ge=1, le=10_000)
    """Polls without a new count after which the device counts as silent."""
