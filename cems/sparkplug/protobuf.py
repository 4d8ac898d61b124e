"""The wire format of protocol buffers, as much of it as a Sparkplug payload uses. Pure.

We read it ourselves because evidence is cut out of births and data messages bit for bit, which no library gives back.
*Source*: protobuf.dev, Encoding [V2].
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cems.errors import WireError

VARINT: Final = 0
FIXED64: Final = 1
BYTES: Final = 2
FIXED32: Final = 5
_MASK64: Final = 2**64 - 1

Field = tuple[int, int, int | bytes]
"""Field number, wire type, and an integer or the bytes."""


def fields(buffer: bytes) -> Iterator[Field]:
    """The fields of a message in order; raises :class:`WireError` where the bytes are no message.

    Numbers of fixed width come as their bytes.

    >>> list(fields(bytes.fromhex("0896011203616263")))
    [(1, 0, 150), (2, 2, b'abc')]
    """
    at, end = 0, len(buffer)
    while at < end:
        key, at = _varint(buffer, at)
        number, kind = key >> 3, key & 7
        if not 1 <= number < 2**29:
            raise WireError(f"protobuf: there is no field {number}")
        if kind == VARINT:
            value, at = _varint(buffer, at)
            yield number, kind, value
            continue
        if kind == BYTES:
            size, at = _varint(buffer, at)
        elif kind in (FIXED64, FIXED32):
            size = 8 if kind == FIXED64 else 4
        else:
            raise WireError(f"protobuf: field {number} has wire type {kind}, which Sparkplug does not use")
        if at + size > end:
            raise WireError(f"protobuf: field {number} ends {at + size - end} bytes behind the message")
        yield number, kind, buffer[at : at + size]
        at += size


def varint(value: int) -> bytes:
    """An unsigned integer as protobuf writes it.

    >>> varint(150).hex()
    '9601'
    """
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def integer(number: int, value: int) -> bytes:
    """A field with an unsigned integer."""
    return varint(number << 3 | VARINT) + varint(value)


def block(number: int, content: bytes) -> bytes:
    """A field with bytes, a text or a message in it."""
    return varint(number << 3 | BYTES) + varint(len(content)) + content


def _varint(buffer: bytes, at: int) -> tuple[int, int]:
    value = 0
    for i in range(10):
        if at + i >= len(buffer):
            raise WireError("protobuf: the message ends in the middle of a number")
        byte = buffer[at + i]
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            return value & _MASK64, at + i + 1
    raise WireError("protobuf: a number of more than ten bytes")
