"""Bytes of a line become frames: whatever comes, every byte ends in a frame, in a refusal, or is a separator. Pure.

A decision hangs on the bytes alone, never on how they were cut into reads. The length in the head is believed first. If
it does not fit, the packet is looked for where CR LF or the head of the next packet ends it, and taken if its CRC fits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cems.hj212.crc import crc16
from cems.hj212.quirks import Quirk

MAX_DATA: Final = 1024
"""Most characters of DATA. *Source*: HJ 212-2017 [V]; HJ 212-2025 asks to split what is longer [V2]."""
LARGEST_BUFFER: Final = 16 * 1024
"""A framer never holds more bytes than this."""
_SLICE: Final = 4096
_WAIT: Final = 10_240
"""Bytes of one packet that are waited for: a head, the 9999 that four digits can say, a CRC, room to find an end."""
_GARBAGE: Final = 1024
"""Bytes without a head that are refused together."""
_START: Final = re.compile(rb"##[0-9]")
_HEAD: Final = re.compile(rb"##([0-9]{1,4})")
_NEXT: Final = re.compile(rb"##[0-9]{2,4}[A-Za-z]{2,4}=")
"""Head of a packet and its first field: inside another packet it can only mean that that one was cut."""
_NEXT_LONGEST: Final = 11
_HEX: Final = re.compile(rb"[0-9A-Fa-f]{4}")
_BLANK: Final = b"\r\n\t \0"

Unseal = Callable[[bytes], bytes]
"""From DATA as it came to DATA in plain text of the same length (HJ 212-2025 6.4)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One packet of the line."""

    data: bytes
    """DATA, in plain text if a key was at hand."""
    raw: bytes
    """The packet as it came, from ``##`` to the CRC."""
    quirks: tuple[Quirk, ...] = ()
    """What was tolerated."""
    sealed: bool = False
    """Whether it came encrypted."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Bytes that are no packet that may be taken."""

    raw: bytes
    reason: Quirk


Outcome = Frame | Refused


class Framer:
    """Splits the bytes of one connection; give each connection its own.

    >>> [frame] = Framer(tolerant=False).feed(b"##0010CP=&&a=1&&8341")
    >>> frame.data, frame.quirks
    (b'CP=&&a=1&&', ())
    """

    def __init__(self, *, tolerant: bool, unseal: Unseal | None = None) -> None:
        """``tolerant``: take what :class:`Quirk` names instead of refusing it; ``unseal`` opens encrypted packets."""
        self._tolerant = tolerant
        self._unseal = unseal
        self._buffer = bytearray()
        self._framed = False
        """Whether the last outcome was a frame, after which CR LF is due."""
        self._joined = False
        """Whether it was missing."""

    @property
    def pending(self) -> int:
        """Bytes held, for which nothing is decided yet; at most ``LARGEST_BUFFER``."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Outcome]:
        """What these bytes complete, in the order of the line; never raises."""
        found: list[Outcome] = []
        for at in range(0, len(data), _SLICE):
            self._buffer += data[at : at + _SLICE]
            while (step := self._step()) is not None:
                found += step
        return found

    def close(self) -> list[Outcome]:
        """What is left when the line has ended."""
        found: list[Outcome] = []
        while self._buffer:
            start = _START.search(self._buffer)
            if start is None or start.start():
                found += self._skip(start.start() if start else len(self._buffer))
                continue
            head = _HEAD.match(self._buffer)
            assert head is not None
            size = len(self._buffer.rstrip(_BLANK))
            following = self._buffer.find(b"##", head.end())
            outcome = self._closed(head, size) or Refused(
                bytes(self._buffer[: following if following > 0 else size]), Quirk.CUT
            )
            found.append(self._take(outcome, len(outcome.raw)))
        return found

    def _step(self) -> list[Outcome] | None:
        """One decision; None where more bytes are needed."""
        start = _START.search(self._buffer)
        garbage = start.start() if start else len(self._buffer)
        if garbage >= _GARBAGE:
            return self._skip(_GARBAGE) if len(self._buffer) >= _GARBAGE + 2 else None
        if start is None:
            return None
        if garbage:
            return self._skip(garbage)
        head = _HEAD.match(self._buffer)
        assert head is not None
        if len(head[1]) < 4 and head.end() == len(self._buffer):
            return None
        decided = self._decide(head)
        return None if decided is None else [self._take(*decided)]

    def _skip(self, size: int) -> list[Outcome]:
        """Bytes before a head: the separator that is due, blanks, and garbage."""
        raw = bytes(self._buffer[:size])
        del self._buffer[:size]
        if self._framed:
            self._framed, self._joined = False, not raw.startswith(b"\r\n")
            raw = raw.removeprefix(b"\r\n")
        return [Refused(raw, Quirk.GARBAGE)] if raw.strip(_BLANK) else []

    def _take(self, outcome: Outcome, size: int) -> Outcome:
        joined, self._joined = self._joined or self._framed, False
        self._framed = isinstance(outcome, Frame)
        del self._buffer[:size]
        if isinstance(outcome, Frame) and joined:
            return Frame(outcome.data, outcome.raw, (*outcome.quirks, Quirk.NO_SEPARATOR), outcome.sealed)
        return outcome

    def _decide(self, head: re.Match[bytes]) -> tuple[Outcome, int] | None:
        """The first decision that the bytes allow, however many more there are; and how many bytes it takes."""
        buffer, begin = self._buffer, head.end()
        end = begin + int(head[1]) + 4
        following = _NEXT.search(buffer, begin)
        line = buffer.find(b"\r\n", begin)
        if following and following.end() > _WAIT:
            following = None
        cut = following.end() if following else _WAIT + 1
        if 0 <= line < min(end, cut) - 2 and (outcome := self._closed(head, line)):
            return outcome, line
        if cut < end or len(buffer) < end:
            return self._ended(head, following.start()) if following else None
        if outcome := self._declared(head, end):
            return outcome, end
        if 0 <= line < cut - 2:
            return self._ended(head, line)
        if following:
            return self._ended(head, following.start())
        return (
            (Refused(bytes(buffer[: _WAIT - _NEXT_LONGEST]), Quirk.BROKEN), _WAIT - _NEXT_LONGEST)
            if len(buffer) >= _WAIT
            else None
        )

    def _ended(self, head: re.Match[bytes], end: int) -> tuple[Outcome, int]:
        """A packet that ends here, whatever its length says."""
        outcome = self._closed(head, end)
        if outcome is None:
            cut = self._buffer[end : end + 2] == b"##"
            outcome = Refused(bytes(self._buffer[:end]), Quirk.CUT if cut else Quirk.BROKEN)
        return outcome, end

    def _declared(self, head: re.Match[bytes], end: int) -> Outcome | None:
        """The packet as its length has it; None where there is none."""
        data, crc = bytes(self._buffer[head.end() : end - 4]), bytes(self._buffer[end - 4 : end])
        if not _HEX.fullmatch(crc):
            return None
        said = int(crc, 16)
        if self._unseal is not None and not (crc16(data) == said and _is_text(data)):
            plain = self._unseal(data)
            if crc16(plain) == said and _is_text(plain):
                return self._judged(head, end, plain, (), sealed=True)
        if crc16(data) == said:
            return self._judged(head, end, data, ())
        return self._judged(head, end, data, (Quirk.WRONG_CRC,)) if data.endswith(b"&&") else None

    def _closed(self, head: re.Match[bytes], end: int) -> Outcome | None:
        """The packet that ends here with ``&&`` and a CRC that fits, though its length is another; None for none."""
        data, crc = bytes(self._buffer[head.end() : max(end - 4, 0)]), bytes(self._buffer[max(end - 4, 0) : end])
        if not data.endswith(b"&&") or not _HEX.fullmatch(crc) or crc16(data) != int(crc, 16):
            return None
        return self._judged(head, end, data, (Quirk.WRONG_LENGTH,))

    def _judged(
        self, head: re.Match[bytes], end: int, data: bytes, bad: tuple[Quirk, ...], *, sealed: bool = False
    ) -> Outcome:
        raw = bytes(self._buffer[:end])
        if len(head[1]) < 4:
            bad = (*bad, Quirk.SHORT_LENGTH)
        if len(data) > MAX_DATA:
            bad = (*bad, Quirk.TOO_LONG)
        if bad and not self._tolerant:
            return Refused(raw, bad[0])
        lower = (Quirk.LOWER_CASE_CRC,) if any(c in b"abcdef" for c in raw[-4:]) else ()
        return Frame(data, raw, bad + lower, sealed)


def _is_text(data: bytes) -> bool:
    """Whether bytes are text: of encrypted data one CRC in 256 fits by chance."""
    try:
        return data.decode().isprintable()
    except UnicodeDecodeError:
        return False
