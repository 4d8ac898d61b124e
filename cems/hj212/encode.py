"""Packets become bytes, in parts where they are too long. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from cems.errors import WireError
from cems.hj212.crc import crc16
from cems.hj212.framing import MAX_DATA
from cems.hj212.packet import LONGEST, LONGEST_2025, MAX_PARTS, Packet, parse
from cems.hj212.version import Version, flag_of

MAX_CP: Final = 950
"""Most characters of ``CP=&&…&&``. *Source*: HJ 212-2017 [V]; whether the frame counts is not said, so it does."""
_AROUND_CP: Final = len("CP=&&&&")
_HEAD_VALUE: Final = re.compile(r"[!-+\--:<>-~]+")
"""Visible ASCII without ``,``, ``;`` and ``=``."""


def framed(data: bytes) -> bytes:
    r"""DATA with ``##``, length, CRC and CR LF around it.

    >>> framed(b"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;"
    ...              b"CP=&&RtdInterval=30&&")[-8:]
    b'&&1C80\r\n'
    """
    return b"##%04d%s%04X\r\n" % (len(data), data, crc16(data))


def encode(packet: Packet, *, echo: bool = False) -> bytes:
    """The bytes of a packet; raises :class:`WireError` where it cannot be sent as one or would not be read back.

    ``echo``: the fields of the head came from the other side, and may be as long as they came. A length counts bytes: a
    Chinese character is three. *Source*: HJ 212-2017 6.3 [V].
    """
    data = _data(packet, echo=echo)
    if not _fits(packet, data):
        raise WireError(f"{len(data)} bytes of data, {len(packet.cp.encode())} of them in CP: it must be split")
    if parse(data) != packet:
        raise WireError("the packet would not be read as it is written")
    return framed(data)


def encode_split(packet: Packet) -> list[bytes]:
    """The bytes of a packet, in parts with PNUM and PNO where it is too long for one.

    It is parted between items (at ``;``). Each part begins with the DataTime, as loggers do, for platforms that read
    part by part. Raises :class:`WireError` where an item is longer than a part, where HJ 212-2025 would need more than
    nine parts (PNUM has one digit there [V2]), or where the packet is a part already.
    """
    if packet.pnum is not None:
        raise WireError("a part cannot be parted")
    if _fits(packet, _data(packet)):
        return [encode(packet)]
    flag = packet.flag if packet.flag is None else packet.flag | flag_of(Version.V2005, split=True)
    for digits in (1, 2, 3, 4):
        most = 10**digits - 1
        head = replace(packet, cp="", flag=flag, pnum=most, pno=most)
        parts = _parts(packet.cp, min(MAX_CP - _AROUND_CP, MAX_DATA - len(_data(head))))
        if len(parts) <= most:
            numbered = (replace(head, cp=cp, pnum=len(parts), pno=n) for n, cp in enumerate(parts, 1))
            return [encode(part) for part in numbered]
    raise WireError(f"it would need {len(parts)} parts, {MAX_PARTS} is the most")


def _fits(packet: Packet, data: bytes) -> bool:
    return len(packet.cp.encode()) + _AROUND_CP <= MAX_CP and len(data) <= MAX_DATA


def _parts(cp: str, room: int) -> list[str]:
    items = cp.split(";")
    opening = [items[0]] if items[0].startswith("DataTime=") else []
    parts = [items[:1]]
    size = len(items[0].encode())
    for item in items[1:]:
        needed = len(item.encode()) + 1
        if size + needed > room:
            parts.append(list(opening))
            size = sum(len(first.encode()) + 1 for first in opening) - 1
        parts[-1].append(item)
        size += needed
    if any(len(";".join(part).encode()) > room for part in parts):
        raise WireError(f"an item is longer than the {room} bytes that a part holds")
    return [";".join(part) for part in parts]


def _data(packet: Packet, *, echo: bool = False) -> bytes:
    """DATA of a packet; raises :class:`WireError` for what no field may hold."""
    fields = [
        ("QN", packet.qn),
        ("ST", packet.st),
        ("CN", packet.cn),
        ("PW", packet.pw or None),
        ("MN", packet.mn),
        ("Flag", packet.flag),
        ("PNUM", packet.pnum),
        ("PNO", packet.pno),
        ("RF", "1" if packet.resent else None),
    ]
    longest = LONGEST_2025 if packet.version is Version.V2025 else LONGEST
    head = []
    for name, value in fields:
        if value is None:
            continue
        item = f"{name}={value}"
        if not _HEAD_VALUE.fullmatch(str(value)) or (len(item) > longest[name] and not echo):
            raise WireError(f"{item[:60]!r}: at most {longest[name]} visible characters with the name")
        head.append(item)
    if any(mark in packet.cp for mark in ("&&", "##", "\r", "\n")):
        raise WireError("CP may not hold &&, ## or the end of a line")
    try:
        return f"{';'.join(head)};CP=&&{packet.cp}&&".encode()
    except UnicodeEncodeError as error:
        raise WireError(f"CP is no text: {error.reason}") from error
