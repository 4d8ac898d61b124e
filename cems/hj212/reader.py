"""An HJ 212 data logger, compiled once from the plant file: its packets become readings. Pure.

The evidence of a scan holds each packet from ``##`` to the CRC, in plain text; for one that came encrypted a remark
beside it holds what came, bit for bit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cems.channels import INDEX
from cems.decode import Reading, judged
from cems.errors import WireError
from cems.evidence import Piece, pack, unpack
from cems.flags import Flag, worse
from cems.hj212.content import Statement, statement_of
from cems.hj212.factors import flag_of_letter
from cems.hj212.framing import Frame
from cems.hj212.join import Joined, Joiner
from cems.hj212.packet import Packet, parse
from cems.instruments.hj212 import FactorValue, Hj212Instrument
from cems.readers import Measured

SEALED: Final = "#sealed"
"""Remark: the packet before it came encrypted, as these bytes."""
_HEAD: Final = re.compile(rb"##[0-9]{1,4}")
_CRC_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Found:
    """What the packets of a scan say of one row, before it is judged."""

    there: bool
    """Whether the factor has the sub-field."""
    number: float | None
    """The number; None where it is none."""
    letter: str | None
    """The factor's data flag; None where it has none."""


class PacketReader:
    """The rows of an instrument and what its packets say of them."""

    def __init__(self, instrument: Hj212Instrument) -> None:
        self.instrument = instrument
        self.code = instrument.code
        self.channels = tuple(INDEX[row.channel] for row in instrument.value)
        self._names = [(row.factor, instrument.item_of(row)) for row in instrument.value]
        self._judges = {row.channel: judged(row) for row in instrument.value}

    @property
    def has_clock(self) -> bool:
        """Whether its packets say when."""
        return self.instrument.has_clock

    def rows_in(self, said: Statement) -> frozenset[int]:
        """Which rows of the plant file a packet speaks of, by a value or by a flag; none: it is not for this one."""
        return frozenset(
            i for i, (code, item) in enumerate(self._names) if item in said.values.get(code, {}) or code in said.flags
        )

    def measured(self, words: bytes) -> Measured:
        """The readings in the packets; a channel that none speaks of has B, a value that is no number v.

        A flag of the logger stands where it is the graver one, and never takes a value away. With ``time = "gateway"``
        a packet that is marked as sent again has c: nobody knows when its values were measured.
        """
        said = statements(words, self.code)
        by_packet = self.instrument.has_clock
        worst = Flag.CLOCK if not by_packet and any(one.resent for one in said) else Flag.NORMAL
        readings = []
        for index, (value, flag) in zip(self.channels, self._readings(said), strict=True):
            readings.append((index, value, worse(worst, flag)))
        clock = next((one.data_time_ms for one in said), None) if by_packet else None
        return Measured(readings, clock, Flag.NORMAL)

    def found(self, words: bytes) -> list[tuple[FactorValue, Found]]:
        """What the packets say of each row, as an explanation shows it."""
        said = statements(words, self.code)
        return [(row, _look(said, *name)) for row, name in zip(self.instrument.value, self._names, strict=True)]

    def reading(self, row: FactorValue, found: Found) -> Reading:
        """Value in the unit of the channel, and flag, of what was found for a row."""
        letter = self._flag(found.letter)
        if not found.there:
            return None, Flag.COMMUNICATION if found.letter is None else worse(Flag.COMMUNICATION, letter)
        if found.number is None or found.number in row.bad:
            return None, worse(Flag.BAD_VALUE, letter)
        value, flag = self._judges[row.channel](found.number)
        return value, worse(flag, letter)

    def _readings(self, said: list[Statement]) -> list[Reading]:
        return [
            self.reading(row, _look(said, *name)) for row, name in zip(self.instrument.value, self._names, strict=True)
        ]

    def _flag(self, letter: str | None) -> Flag:
        return self.instrument.flags.get(letter or "") or flag_of_letter(letter)


def evidence(frame: Frame, cn: str) -> list[Piece]:
    """A frame as pieces of evidence of an instrument that is not named yet."""
    if not frame.sealed:
        return [Piece("", f"CN={cn}", frame.raw)]
    head = _HEAD.match(frame.raw)
    plain = frame.raw[: head.end() if head else 0] + frame.data + frame.raw[-_CRC_BYTES:]
    return [Piece("", f"CN={cn}", plain), Piece("", SEALED, frame.raw)]


def named(pieces: Iterable[Piece], code: str) -> bytes:
    """The words of an instrument."""
    return pack(Piece(code, piece.topic, piece.payload) for piece in pieces)


def statements(words: bytes, code: str) -> list[Statement]:
    """What the packets of one instrument in a scan say, split ones joined, in the order in which they came.

    Raises :class:`WireError` where the words are not evidence, or a piece is no data packet.
    """
    joiner, found = Joiner(), []
    for piece in unpack(words):
        if piece.instrument == code and not piece.is_remark:
            for whole in joiner.add(_packet(piece.payload), 0):
                if not isinstance(whole, Joined):
                    raise WireError(f"parts {whole.missing} of a packet are missing")
                found.append(statement_of(whole.packet))
    if joiner.waiting:
        raise WireError("parts of a packet are missing")
    return found


def _packet(raw: bytes) -> Packet:
    head = _HEAD.match(raw)
    if head is None or len(raw) < head.end() + _CRC_BYTES:
        raise WireError("a piece of evidence is no packet")
    return parse(raw[head.end() : -_CRC_BYTES])


def _look(said: list[Statement], code: str, item: str) -> Found:
    """What the latest packet that speaks of a factor says."""
    for one in reversed(said):
        values = one.values.get(code, {})
        if item in values or code in one.flags:
            return Found(item in values, values.get(item), one.flags.get(code))
    return Found(there=False, number=None, letter=None)
