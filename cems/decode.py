"""Raw numbers to readings: scale, unit, range, bad-value codes and flags; and clock, status and counter. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Final

from cems.clock import to_ms
from cems.flags import Flag, worse
from cems.instruments.base import ChannelRow
from cems.instruments.modbus import ModbusInstrument
from cems.instruments.registers import (
    BIT_TABLES,
    ByteOrder,
    ClockFormat,
    ClockRegister,
    Register,
    StatusRegister,
    WideOrder,
    WordType,
)
from cems.rawwords import Unpacker, packed_bit, unpacker
from cems.scan import EARLIEST_MS, LATEST_MS

Reading = tuple[float | None, Flag]
"""A value in the canonical unit, or None, with the flag that decoding gives it: N, T, r, v or D."""
Decoder = Callable[[bytes, int], Reading]
"""Takes the words of an instrument and the position of the value in them."""

_NE43_FAILED: Final = (3.6, 21.0)
"""At or beyond these currents [mA] the transmitter reports a failure."""
_NE43_VALID: Final = (3.8, 20.5)
"""Between these currents [mA] the signal is the measured value. *Source*: NAMUR NE 43 [M], sheet E.4."""


def raw_number(words: bytes, at: int, type_: WordType, order: ByteOrder) -> float:
    """The number in the words from byte ``at``, before scale and offset; NaN and infinities come out as they are.

    Values of eight bytes are read in the order that goes with ``order``; see :mod:`cems.rawwords`.

    >>> raw_number(bytes.fromhex("E979 42F6"), 0, WordType.FLOAT32, ByteOrder.CDAB)  # 123.456, words swapped
    123.45600128173828
    """
    return unpacker(type_, order, WideOrder.ABCDEFGH)(words, at)


def unpacker_of(register: Register, instrument: ModbusInstrument) -> Unpacker:
    """How the raw number of one register of an instrument is read."""
    if (register.table or instrument.table) in BIT_TABLES:
        return packed_bit
    wide = instrument.wide_order_of(register.wide_order, register.byte_order)
    order = register.byte_order or instrument.byte_order
    return unpacker(register.type, order, wide, bit=register.bit or 0, length=register.length or 0)


def decoder(register: Register, order: ByteOrder) -> Decoder:
    """As :func:`decoder_of`, for a device of which nothing is known but its byte order.

    >>> from cems.channels import Channel
    >>> r = Register(channel=Channel.TEMPERATURE, address=3, type=WordType.INT16, scale=0.1, range=(-40, 200))
    >>> decoder(r, ByteOrder.ABCD)(bytes.fromhex("0208"), 0)
    (52.0, <Flag.NORMAL: 'N'>)
    """
    return decoder_of(register, ModbusInstrument(code="any", byte_order=order, register=(register,)))


def decoder_of(register: Register, instrument: ModbusInstrument) -> Decoder:
    """A function that reads one register's value in the canonical unit, with its flag.

    Not a number, not finite or a code of ``bad`` gives None and v; above the range the value is kept with T, below the
    range with r. A current of NE 43 beyond its failure limits gives None and D; between those and the limits of the
    signal the value is kept, with r below and T above.
    """
    unpack = unpacker_of(register, instrument)
    judge = judged(register)
    if register.bad:
        judge = _without_codes(judge, frozenset(register.bad))
    if register.current is not None:
        judge = _by_current(judge, register.current)

    def decode(words: bytes, at: int) -> Reading:
        return judge(unpack(words, at))

    return decode


def judged(row: ChannelRow) -> Callable[[float], Reading]:
    """A function from the raw number to the reading, by scale, unit and range of a row; the same for every protocol."""
    scale, offset = row.canonical_line
    low, high = row.limits

    def judge(raw: float) -> Reading:
        value = raw * scale + offset
        if low <= value <= high:
            return value, Flag.NORMAL
        if not math.isfinite(value):
            return None, Flag.BAD_VALUE
        return value, Flag.OVER_RANGE if value > high else Flag.IMPLAUSIBLE

    return judge


def _without_codes(judge: Callable[[float], Reading], codes: frozenset[float]) -> Callable[[float], Reading]:
    return lambda raw: (None, Flag.BAD_VALUE) if raw in codes else judge(raw)


def _by_current(judge: Callable[[float], Reading], ends: tuple[float, float]) -> Callable[[float], Reading]:
    at_4, at_20 = ends
    failed_low, failed_high = _NE43_FAILED
    valid_low, valid_high = _NE43_VALID

    def read(raw: float) -> Reading:
        current = 4.0 + 16.0 * (raw - at_4) / (at_20 - at_4)
        if not math.isfinite(current):
            return None, Flag.BAD_VALUE
        # Counts are whole numbers: a limit that falls between two of them is met by rounding noise only.
        current = round(current, 6)
        if current <= failed_low or current >= failed_high:
            return None, Flag.FAULT
        value, flag = judge(raw)
        if current < valid_low:
            return value, worse(flag, Flag.IMPLAUSIBLE)
        return (value, worse(flag, Flag.OVER_RANGE)) if current > valid_high else (value, flag)

    return read


def clock_ms(words: bytes, at: int, order: ByteOrder) -> int | None:
    """Device time in milliseconds since 1970 UTC from an unsigned 32-bit count of seconds; None outside 2000 to 2099.

    >>> clock_ms(bytes.fromhex("69A35880"), 0, ByteOrder.ABCD)
    1772312704000
    """
    return _plausible(int(unpacker(WordType.UINT32, order, WideOrder.ABCDEFGH)(words, at)) * 1000)


def clock_of(clock: ClockRegister, instrument: ModbusInstrument) -> Callable[[bytes, int], int | None]:
    """A function that reads a device's time, ms since 1970 UTC; None outside 2000 to 2099 and for no date.

    >>> six = ClockRegister(address=0, format=ClockFormat.SIX)
    >>> device = ModbusInstrument(code="a", clock=six, register=({"channel": "load", "address": 9},))
    >>> clock_of(six, device)(bytes.fromhex("07EA 0003 0001 0008 0000 001E"), 0)  # 2026-03-01 08:00:30 in China
    1772323230000
    """
    order = clock.byte_order or instrument.byte_order
    if clock.format is ClockFormat.UNIX:
        return lambda words, at: clock_ms(words, at, order)
    if clock.format is ClockFormat.UNIX_MS:
        wide = unpacker(WordType.UINT64, order, instrument.wide_order_of(clock.wide_order, clock.byte_order))
        return lambda words, at: _plausible(int(wide(words, at)))
    zone = timezone(timedelta(hours=clock.utc_offset_hours))
    fields = _six_words if clock.format is ClockFormat.SIX else _bcd_fields
    return lambda words, at: _instant(fields(words, at), zone)


def status_of(status: StatusRegister) -> Callable[[int], Flag]:
    """A function from the status register to the flag that it gives; a value not listed is a device fault, D.

    Of several bits that are set the gravest flag stands; a bit not listed says nothing.

    >>> status_of(StatusRegister(address=0, bits={0: "M", 3: "D"}))(0b1001)
    <Flag.FAULT: 'D'>
    """
    if status.flags:
        return lambda state: status.flags.get(state, Flag.FAULT)

    def by_bits(state: int) -> Flag:
        flag = Flag.NORMAL
        for bit, found in status.bits.items():
            if state >> bit & 1:
                flag = worse(flag, found)
        return flag

    return by_bits


def _six_words(words: bytes, at: int) -> list[int]:
    return [int.from_bytes(words[at + 2 * i : at + 2 * i + 2], "big") for i in range(6)]


def _bcd_fields(words: bytes, at: int) -> list[int]:
    text = words[at : at + 6].hex()
    return [int(text[i : i + 2]) for i in range(0, 12, 2)] if text.isdecimal() else []


def _instant(fields: list[int], zone: timezone) -> int | None:
    try:
        year, *rest = fields
        moment = datetime(year + 2000 if year < 100 else year, *rest, tzinfo=zone)  # type: ignore[misc,arg-type]  # a wrong number of fields is a ValueError below
    except (ValueError, TypeError, OverflowError):
        return None
    return _plausible(to_ms(moment))


def _plausible(instant_ms: int) -> int | None:
    return instant_ms if EARLIEST_MS <= instant_ms < LATEST_MS else None
