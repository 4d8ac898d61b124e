"""Packets as a data logger of HJ 212-2025 writes them, by hand from the text of the standard; nothing of the gateway's.

*Source*: HJ 212-2017 6.3 and Annex A, RF of HJ 212-2025 (China sheet C.2, C.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_REPLY: Final = re.compile(rb"##([0-9]{4})")
_FRAME: Final = len("##0000") + len("0000\r\n")


class Oddity(StrEnum):
    """What real loggers do differently; asked for by name."""

    LOWER_CASE_CRC = "lower-case-crc"
    """The CRC in lower case."""
    STICKY = "sticky"
    """All packets of a minute in one piece, without CR LF between them."""
    TORN = "torn"
    """A few bytes at a time."""
    PARTS = "parts"
    """Every packet in parts (PNUM, PNO), one factor each."""


@dataclass(frozen=True, slots=True)
class LoggerPacket:
    """One packet before it is framed."""

    qn: str
    st: str
    mn: str
    pw: str
    data_time: str
    groups: tuple[str, ...]
    """One text for each factor: ``a05001-Rtd=…,a05001-Flag=N``."""

    def data(self, *, resent: bool) -> str:
        """DATA of the whole packet, which asks for an acknowledgement (Flag 9)."""
        return self._with(9, "", self.groups, resent=resent)

    def parts(self, *, resent: bool) -> list[str]:
        """DATA of its parts; each repeats DataTime."""
        count = len(self.groups)
        numbered = enumerate(self.groups, 1)
        return [self._with(11, f"PNUM={count};PNO={n};", (group,), resent=resent) for n, group in numbered]

    def _with(self, flag: int, numbers: str, groups: tuple[str, ...], *, resent: bool) -> str:
        head = f"QN={self.qn};ST={self.st};CN=2011;PW={self.pw};MN={self.mn};Flag={flag};{numbers}"
        again = "RF=1;" if resent else ""
        return f"{head}{again}CP=&&DataTime={self.data_time};{';'.join(groups)}&&"


def crc(data: bytes) -> int:
    """Annex A: the register is moved down by a byte before each byte comes in.

    >>> f"{crc(b'123456789'):04X}"
    '2F80'
    """
    register = 0xFFFF
    for byte in data:
        register = register >> 8 ^ byte
        for _ in range(8):
            register = register >> 1 ^ 0xA001 if register & 1 else register >> 1
    return register


def framed(data: str, oddities: frozenset[Oddity] = frozenset()) -> bytes:
    """The bytes of a packet on the line."""
    raw = data.encode()
    check = f"{crc(raw):04x}" if Oddity.LOWER_CASE_CRC in oddities else f"{crc(raw):04X}"
    end = "" if Oddity.STICKY in oddities else "\r\n"
    return f"##{len(raw):04d}".encode() + raw + f"{check}{end}".encode()


def acknowledged(received: bytearray) -> Iterator[str]:
    """Request numbers of the whole 9014 at the head of what was received; all packets there are taken out of it."""
    while match := _REPLY.match(received):
        end = _FRAME + int(match[1])
        if len(received) < end:
            return
        reply = bytes(received[6 : end - 6]).decode("ascii", "replace")
        del received[:end]
        qn = re.search(r"QN=([0-9]+);", reply)
        if ";CN=9014;" in reply and qn is not None:
            yield qn[1]
