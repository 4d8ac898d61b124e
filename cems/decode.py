"""Register words to numbers: every word type, all four byte orders, scale, range and flags. Pure."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from typing import Final

from cems.flags import Flag
from cems.instruments.modbus import ByteOrder, Register, WordType
from cems.scan import EARLIEST_MS, LATEST_MS

Reading = tuple[float | None, Flag]
"""A value in the canonical unit, or None, with the flag that decoding gives it: N, T, r or v."""
Decoder = Callable[[bytes, int], Reading]
"""Takes the words of an instrument and the position (bytes) of the value's first word."""

_LETTER: Final = {
    WordType.INT16: "h",
    WordType.UINT16: "H",
    WordType.INT32: "i",
    WordType.UINT32: "I",
    WordType.FLOAT32: "f",
}


def raw_number(words: bytes, at: int, type_: WordType, order: ByteOrder) -> float:
    """The number in the words from byte ``at``, before scale and offset; NaN and infinities come out as they are.

    The byte order concerns values of two words; a single word is big-endian, as Modbus sends it.

    *Source*: Modbus Application Protocol V1.1b3, 4.2 (big-endian words); IEEE 754-2019, 3.4 (binary32).

    >>> raw_number(bytes.fromhex("E979 42F6"), 0, WordType.FLOAT32, ByteOrder.CDAB)  # 123.456, words swapped
    123.45600128173828
    """
    number: float = _unpacker(type_, order)(words, at)
    return number


def decoder(register: Register, order: ByteOrder) -> Decoder:
    """A function that reads one register's value: ``raw * scale + offset`` with its flag.

    The order is that of the instrument; the register's own goes before it. Not a number or not finite gives None and
    v; above the range the value is kept with T, below the range with r.

    >>> from cems.channels import Channel
    >>> r = Register(channel=Channel.TEMPERATURE, address=3, type=WordType.INT16, scale=0.1, range=(-40, 200))
    >>> decoder(r, ByteOrder.ABCD)(bytes.fromhex("0208"), 0)
    (52.0, <Flag.NORMAL: 'N'>)
    """
    unpack = _unpacker(register.type, register.byte_order or order)
    scale, offset = register.scale, register.offset
    low, high = register.limits

    def decode(words: bytes, at: int) -> Reading:
        value = unpack(words, at) * scale + offset
        if low <= value <= high:
            return value, Flag.NORMAL
        if not math.isfinite(value):
            return None, Flag.BAD_VALUE
        return value, Flag.OVER_RANGE if value > high else Flag.IMPLAUSIBLE

    return decode


def clock_ms(words: bytes, at: int, order: ByteOrder) -> int | None:
    """Device time in milliseconds since 1970 UTC from an unsigned 32-bit count of seconds; None outside 2000 to 2099.

    >>> clock_ms(bytes.fromhex("69A35880"), 0, ByteOrder.ABCD)
    1772312704000
    """
    instant = int(_unpacker(WordType.UINT32, order)(words, at)) * 1000
    return instant if EARLIEST_MS <= instant < LATEST_MS else None


def status_flag(words: bytes, at: int, flags: Mapping[int, Flag]) -> Flag:
    """The flag that a status register gives; a state that the plant file does not list is a device fault, D.

    >>> status_flag(bytes.fromhex("0001"), 0, {0: Flag.NORMAL, 1: Flag.CALIBRATION})
    <Flag.CALIBRATION: 'C'>
    """
    return flags.get(int.from_bytes(words[at : at + 2], "big"), Flag.FAULT)


def _unpacker(type_: WordType, order: ByteOrder) -> Callable[[bytes, int], float]:
    """Reads the raw number: little-endian where the bytes run backwards, words exchanged first where they do."""
    if type_.registers == 1:
        order = ByteOrder.ABCD
    endian = ">" if order in (ByteOrder.ABCD, ByteOrder.CDAB) else "<"
    unpack = struct.Struct(endian + _LETTER[type_]).unpack_from

    def straight(words: bytes, at: int) -> float:
        value: float = unpack(words, at)[0]
        return value

    def swapped(words: bytes, at: int) -> float:
        value: float = unpack(words[at + 2 : at + 4] + words[at : at + 2])[0]
        return value

    return swapped if order in (ByteOrder.CDAB, ByteOrder.BADC) else straight
