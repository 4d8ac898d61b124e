"""Register words to raw numbers: every word type and byte layout, before any scale. Pure."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Final

from cems.instruments.registers import ByteOrder, WideOrder, WordType

Unpacker = Callable[[bytes, int], float]
"""Takes words and a position: the byte of the value's first word, or for an item of a table of bits the bit."""

_FOUR: Final = {WordType.INT32: "i", WordType.UINT32: "I", WordType.FLOAT32: "f"}
_EIGHT: Final = {WordType.INT64: "q", WordType.UINT64: "Q", WordType.FLOAT64: "d"}
_ONE_WORD: Final = {
    WordType.INT16: (">h", 0),
    WordType.UINT16: (">H", 0),
    WordType.FLOAT16: (">e", 0),
    WordType.INT8_HIGH: (">b", 0),
    WordType.INT8_LOW: (">b", 1),
    WordType.UINT8_HIGH: (">B", 0),
    WordType.UINT8_LOW: (">B", 1),
}


def unpacker(type_: WordType, order: ByteOrder, wide: WideOrder, *, bit: int = 0, length: int = 0) -> Unpacker:
    """A function that reads the raw number of a type; NaN where decimal digits or a text are none.

    ``order`` concerns values of two words, ``wide`` those of four; a single word is big-endian, as Modbus sends it.
    ``bit`` is the bit of a register, ``length`` the registers of a text.

    *Source*: Modbus Application Protocol V1.1b3, 4.2 (big-endian words); IEEE 754-2019, 3.4 (binary16, 32 and 64).
    """
    if type_ in _FOUR:
        return _four(_FOUR[type_], order)
    if type_ in _EIGHT:
        return _permuted(struct.Struct(">" + _EIGHT[type_]), tuple("ABCDEFGH".index(letter) for letter in wide.value))
    if type_ in _ONE_WORD:
        letters, shift = _ONE_WORD[type_]
        return _at(struct.Struct(letters), shift)
    if type_ is WordType.BIT:
        return lambda words, at: float(int.from_bytes(words[at : at + 2], "big") >> bit & 1)
    if type_ is WordType.ASCII:
        return lambda words, at: _text(words[at : at + 2 * length])
    wide_bcd = type_ is WordType.BCD32
    digits = _permutation(order.value) if wide_bcd else (0, 1)
    return lambda words, at: _bcd(bytes(words[at + i] for i in digits))


def packed_bit(words: bytes, at: int) -> float:
    """An item of a table of bits, ``at`` counted in bits: packed from the lowest bit of each byte, as on the wire.

    >>> [packed_bit(bytes([0b0000_0101, 0b1000_0000]), i) for i in (0, 1, 2, 15)]
    [1.0, 0.0, 1.0, 1.0]
    """
    return float(words[at // 8] >> (at % 8) & 1)


def _at(form: struct.Struct, shift: int) -> Unpacker:
    unpack = form.unpack_from

    def read(words: bytes, at: int) -> float:
        value: float = unpack(words, at + shift)[0]
        return value

    return read


def _four(letter: str, order: ByteOrder) -> Unpacker:
    """Little-endian where the bytes run backwards, words exchanged first where they do."""
    unpack = struct.Struct((">" if order in (ByteOrder.ABCD, ByteOrder.CDAB) else "<") + letter).unpack_from

    def swapped(words: bytes, at: int) -> float:
        value: float = unpack(words[at + 2 : at + 4] + words[at : at + 2])[0]
        return value

    def straight(words: bytes, at: int) -> float:
        value: float = unpack(words, at)[0]
        return value

    return swapped if order in (ByteOrder.CDAB, ByteOrder.BADC) else straight


def _permuted(form: struct.Struct, places: tuple[int, ...]) -> Unpacker:
    """``places`` says of each byte on the line which byte of the value it is."""
    source = tuple(places.index(i) for i in range(len(places)))
    unpack = form.unpack

    def read(words: bytes, at: int) -> float:
        value: float = unpack(bytes([words[at + i] for i in source]))[0]
        return value

    return read


def _permutation(letters: str) -> tuple[int, ...]:
    """Where on the line each byte of the value stands, the highest first."""
    return tuple(letters.index(letter) for letter in sorted(letters))


def _bcd(digits: bytes) -> float:
    text = digits.hex()
    return float(int(text)) if text.isdecimal() else math.nan


def _text(raw: bytes) -> float:
    """The number in a text padded with blanks or zero bytes; a decimal point, no comma."""
    try:
        text = raw.decode("ascii").strip("\0 ")
        # Python would also read "nan", "infinity" and "1_000" as numbers; an instrument means none by them.
        return float(text) if set(text) <= set("+-.0123456789eE") else math.nan
    except ValueError:
        return math.nan
