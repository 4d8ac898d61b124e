"""A packet of HJ 212: the fields of its DATA, and how they are read. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final

from cems.errors import WireError
from cems.hj212.quirks import Quirk
from cems.hj212.version import Version, says_split, version_of, wants_ack

LONGEST: Final = {"QN": 20, "ST": 5, "CN": 7, "PW": 9, "MN": 27, "Flag": 8, "PNUM": 9, "PNO": 8, "RF": 4}
"""Most characters of a field of the head, with its name and ``=``. *Source*: HJ 212-2017 [V]; RF HJ 212-2025 [V2]."""
LONGEST_2025: Final = {**LONGEST, "PNUM": 6, "PNO": 5}
"""*Source*: HJ 212-2025 [V2]."""
MAX_PARTS: Final = 9999
_NAMES: Final = {name.upper(): name for name in LONGEST}
_DATA: Final = re.compile(r"(.*?)CP=&&(.*)&&", re.DOTALL)
_WORD: Final = re.compile(r"[!-~]+")
_ST: Final = re.compile(r"[0-9A-Z]{2}")
_CN: Final = re.compile(r"[0-9]{4}")
_QN: Final = re.compile(r"[0-9]{17}")
_COUNT: Final = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class Packet:
    """The fields of one packet. ``encode`` writes it, ``parse`` reads it; both ways it stays the same."""

    st: str
    """System type, two characters: 31 for flue gas, 91 for replies."""
    cn: str
    """Command, four digits."""
    pw: str
    """Password; empty where the packet has none."""
    mn: str
    """Device id."""
    cp: str = ""
    """What stands between ``CP=&&`` and ``&&``."""
    qn: str | None = None
    """Request number: time with milliseconds, which every reply repeats."""
    flag: int | None = None
    """0 to 255; None where the packet has none, as in HJ/T 212-2005."""
    pnum: int | None = None
    """Parts altogether; None for a whole packet."""
    pno: int | None = None
    """Number of this part, from 1."""
    resent: bool = False
    """Whether it is sent again because it was missed (``RF=1``)."""
    quirks: tuple[Quirk, ...] = field(default=(), compare=False)
    """What was tolerated when it was read."""
    data: bytes = field(default=b"", compare=False, repr=False)
    """DATA that it was read from."""

    @property
    def version(self) -> Version:
        """Form of the standard."""
        return version_of(self.flag)

    @property
    def wants_ack(self) -> bool:
        """Whether the sender waits for a reply."""
        return wants_ack(self.flag)

    @property
    def is_part(self) -> bool:
        """Whether other parts belong to it."""
        return self.pnum is not None and self.pnum > 1


def parse(data: bytes) -> Packet:
    """The packet in DATA; raises :class:`WireError` where it is none.

    It is none without ``CP=&&…&&``, without ST, CN or MN, with a field twice, with a Flag that is not 0 to 255, with a
    part number beyond the number of parts, or where its bytes are not UTF-8. The fields may come in any order.
    *Source*: HJ 212-2017 6.3 [V]; what is tolerated: :class:`Quirk`.

    >>> packet = parse(b"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=A1;Flag=5;CP=&&RtdInterval=30&&")
    >>> packet.cn, packet.cp, packet.version, packet.wants_ack
    ('1062', 'RtdInterval=30', <Version.V2017: 1>, True)
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise WireError(f"the data are not UTF-8: {error.reason} at byte {error.start}") from error
    match = _DATA.fullmatch(text)
    if match is None:
        raise WireError("there is no CP=&&…&& at the end of the data")
    fields, quirks = _fields(match[1])
    packet = Packet(
        st=_needed(fields, "ST", _ST),
        cn=_needed(fields, "CN", _CN),
        pw=fields.get("PW", ""),
        mn=_needed(fields, "MN", _WORD),
        cp=match[2],
        qn=fields.get("QN") or None,
        flag=_flag(fields.get("Flag")),
        pnum=_count(fields, "PNUM"),
        pno=_count(fields, "PNO"),
        resent=fields.get("RF") == "1",
        data=data,
    )
    if not packet.pw:
        quirks.append(Quirk.NO_PASSWORD)
    return _numbered(packet, [*quirks, *_oddities(packet)])


def _fields(head: str) -> tuple[dict[str, str], list[Quirk]]:
    fields: dict[str, str] = {}
    quirks: list[Quirk] = []
    for piece in head.removesuffix(";").split(";"):
        item = piece.lstrip(",")
        if item != piece:
            quirks.append(Quirk.COMMA)
        said, equals, value = item.partition("=")
        name = _NAMES.get(said.upper(), said)
        if not item:
            quirks.append(Quirk.EMPTY_ITEM)
            continue
        if not equals or (value and not _WORD.fullmatch(value)):
            raise WireError(f"{item[:40]!r} is no field of a head")
        if name in fields:
            raise WireError(f"{name[:40]!r} stands twice in the head")
        fields[name] = value
        if name != said:
            quirks.append(Quirk.FIELD_CASE)
        if name not in LONGEST:
            quirks.append(Quirk.UNKNOWN_FIELD)
        elif len(item) > LONGEST[name]:
            quirks.append(Quirk.FIELD_TOO_LONG)
    return fields, quirks


def _needed(fields: dict[str, str], name: str, pattern: re.Pattern[str]) -> str:
    value = fields.get(name, "")
    if not pattern.fullmatch(value):
        raise WireError(f"there is no {name}" if not value else f"{name}={value[:40]!r} cannot be")
    return value


def _flag(text: str | None) -> int | None:
    if text is None:
        return None
    if not _COUNT.fullmatch(text) or int(text) > 255:
        raise WireError(f"Flag={text[:40]!r} is not 0 to 255")
    return int(text)


def _count(fields: dict[str, str], name: str) -> int | None:
    text = fields.get(name)
    if text is None:
        return None
    if not _COUNT.fullmatch(text) or int(text) < 1:
        raise WireError(f"{name}={text[:40]!r} is not 1 to {MAX_PARTS}")
    return int(text)


def _oddities(packet: Packet) -> list[Quirk]:
    found = []
    if packet.qn is not None and not _QN.fullmatch(packet.qn):
        found.append(Quirk.ODD_QN)
    if packet.flag is not None and packet.flag >> 2 > max(Version):
        found.append(Quirk.UNKNOWN_VERSION)
    return found


def _numbered(packet: Packet, quirks: list[Quirk]) -> Packet:
    """The packet with part numbers that make sense; raises :class:`WireError` for others."""
    if (packet.pnum is None) != (packet.pno is None):
        raise WireError("of PNUM and PNO only one is there")
    if packet.pnum is None or packet.pno is None:
        if says_split(packet.flag):
            quirks.append(Quirk.FLAG_WITHOUT_NUMBERS)
    elif packet.pno > packet.pnum:
        raise WireError(f"part {packet.pno} of {packet.pnum}")
    elif not says_split(packet.flag):
        quirks.append(Quirk.NUMBERS_WITHOUT_FLAG)
    return replace(packet, quirks=tuple(dict.fromkeys(quirks)))
