"""Raw messages of a scan as one run of bytes, so that a scan can be decoded again from its ``words`` alone. Pure.

A polled device's words need no such thing: the request plan says where each begins. What a device sends by itself has
no plan, so every piece says whose it is, where it was heard and how long it is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cems.errors import WireError

LARGEST: Final = 60_000
"""Most bytes of a scan's evidence; the spool keeps at most 65 535."""
_HEAD: Final = struct.Struct(">BBHI")
_MARK: Final = 0xE1
"""First byte of every piece; 0xE2 would be another version."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One message, or a remark of the gateway on how the messages beside it are meant."""

    instrument: str
    """Code of the instrument that it belongs to."""
    topic: str
    """Topic of the message; ``#`` and a word for a remark, which no message can have."""
    payload: bytes
    """The message bit for bit."""

    @property
    def is_remark(self) -> bool:
        """Whether the gateway wrote it, not the device."""
        return self.topic.startswith("#")


def pack(pieces: Iterable[Piece]) -> bytes:
    r"""The pieces one behind the other; runs can be joined, and ``unpack`` gives all pieces back.

    Raises :class:`WireError` for a piece that cannot be written: a code above 255 bytes or a topic above 65 535.

    >>> pack([Piece("g", "t", b"12")])
    b'\xe1\x01\x00\x01\x00\x00\x00\x02gt12'
    """
    parts = []
    for piece in pieces:
        code, topic = piece.instrument.encode(), piece.topic.encode()
        try:
            parts += [_HEAD.pack(_MARK, len(code), len(topic), len(piece.payload)), code, topic, piece.payload]
        except struct.error as error:
            raise WireError(f"a piece of evidence is too long: topic of {len(topic)} bytes") from error
    return b"".join(parts)


def unpack(words: bytes) -> tuple[Piece, ...]:
    """The pieces in these bytes; raises :class:`WireError` where they are not what ``pack`` writes.

    >>> unpack(pack([Piece("gas-1", "plant/gas", b"{}"), Piece("flow-1", "#late", b"")]))[1].is_remark
    True
    """
    pieces = []
    at = 0
    while at < len(words):
        if len(words) - at < _HEAD.size:
            raise WireError(f"the evidence ends in the head of a piece, at byte {at}")
        mark, n_code, n_topic, n_payload = _HEAD.unpack_from(words, at)
        if mark != _MARK:
            raise WireError(f"byte {at} of the evidence is {mark:#04x}; a piece begins with {_MARK:#04x}")
        at += _HEAD.size
        end = at + n_code + n_topic + n_payload
        if end > len(words):
            raise WireError(f"the evidence ends {end - len(words)} bytes before its last piece does")
        try:
            code, topic = words[at : at + n_code].decode(), words[at + n_code : at + n_code + n_topic].decode()
        except UnicodeDecodeError as error:
            raise WireError(f"a piece of the evidence has a name that is no text: {error}") from error
        pieces.append(Piece(code, topic, words[end - n_payload : end]))
        at = end
    return tuple(pieces)
