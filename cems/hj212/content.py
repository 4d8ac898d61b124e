"""What a data packet says: when, which factors, which values and flags. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from cems.errors import WireError
from cems.flags import Flag
from cems.hj212.codes import Cn
from cems.hj212.factors import flag_of_letter
from cems.hj212.items import items, number
from cems.hj212.packet import Packet
from cems.hj212.quirks import Quirk
from cems.hj212.times import instant_ms


class Kind(StrEnum):
    """What the values of a data packet stand for."""

    REALTIME = "realtime"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


KIND_OF: Final[dict[str, Kind]] = {
    Cn.REALTIME: Kind.REALTIME,
    Cn.MINUTE: Kind.MINUTE,
    Cn.HOUR: Kind.HOUR,
    Cn.DAY: Kind.DAY,
}
"""Kind of the data under a command."""
CN_OF: Final[dict[Kind, Cn]] = {kind: Cn(cn) for cn, kind in KIND_OF.items()}
"""Command that carries a kind of data."""
NUMBERS: Final = ("Cou", "Min", "Avg", "Max", "ZsMin", "ZsAvg", "ZsMax", "ZsCou", "Rtd", "ZsRtd")
"""Sub-fields that hold numbers, in the order in which they are written. *Source*: HJ 212-2017 [V]."""
_TEXTS: Final = frozenset({"SampleTime", "EFlag", "SN", "Info", "RS", "RT"})
_CODE: Final = re.compile(r"[A-Za-z0-9]+")
_VALUE: Final = re.compile(rf"[A-Za-z0-9]-({'|'.join(NUMBERS)})=")


@dataclass(frozen=True, slots=True)
class Statement:
    """What one data packet says."""

    kind: Kind
    mn: str
    """Device id."""
    data_time_ms: int
    """UTC, ms since 1970: start of the period of minute, hour and day data; time of measurement of realtime data."""
    values: Mapping[str, Mapping[str, float | None]]
    """By factor code and sub-field (``Rtd``, ``Avg``, …), as sent; None where it is no number or the sentinel."""
    flags: Mapping[str, str] = field(default_factory=dict)
    """Data flag by factor code, as sent."""
    resent: bool = False
    """Whether it is sent again because it was missed."""
    rest: Mapping[str, str] = field(default_factory=dict)
    """Names that are no values of a factor, with their texts: states of devices, sample times, what no standard has."""
    quirks: tuple[Quirk, ...] = field(default=(), compare=False)
    """What was tolerated, in this packet and in what it says."""

    @property
    def cn(self) -> Cn:
        """Command that carries it."""
        return CN_OF[self.kind]

    def reading(self, code: str) -> tuple[float | None, Flag]:
        """The measured value of a factor, ``Rtd`` or ``Avg``, in the unit of the wire, and its flag.

        A factor that is not there has no value and B; one whose value is no number has no value and v, or the worse
        flag of the device.
        """
        values = self.values.get(code)
        name = "Rtd" if self.kind is Kind.REALTIME else "Avg"
        if values is None or name not in values:
            return None, Flag.COMMUNICATION
        flag = flag_of_letter(self.flags.get(code))
        value = values[name]
        return value, Flag.BAD_VALUE if value is None and flag is Flag.NORMAL else flag


def is_data(packet: Packet) -> bool:
    """Whether a packet carries data of a source, rather than asking for them: a DataTime, or values without one.

    >>> is_data(Packet("31", "2011", "", "A", "a19001-Rtd=6.5")), is_data(Packet("31", "2011", "", "A"))
    (True, False)
    """
    return packet.cn in KIND_OF and ("DataTime=" in packet.cp or _VALUE.search(packet.cp) is not None)


def statement_of(packet: Packet) -> Statement:
    """What a data packet says; raises :class:`WireError` where it says nothing that can be trusted.

    That is: another command, a part that was not joined, no DataTime or none that is a time, a piece that is no name
    with a value, the same name with two values. A value that is no number becomes None, by name. The wire has UTC+8.
    *Source*: HJ 212-2017 6.6, Annex C [V].

    >>> from cems.hj212.packet import parse
    >>> said = statement_of(parse(b"ST=31;CN=2011;PW=1;MN=A;CP=&&DataTime=20260301080000;S01-Rtd=6.5,S01-Flag=N&&"))
    >>> said.data_time_ms, said.reading("S01")
    (1772323200000, (6.5, <Flag.NORMAL: 'N'>))
    """
    kind = KIND_OF.get(packet.cn)
    if kind is None:
        raise WireError(f"CN={packet.cn} carries no data of a source")
    if packet.is_part:
        raise WireError(f"part {packet.pno} of {packet.pnum} was not joined")
    found, odd = items(packet.cp)
    if "DataTime" not in found:
        raise WireError("there is no DataTime")
    data_time = instant_ms(found.pop("DataTime"))
    values: dict[str, dict[str, float | None]] = {}
    flags: dict[str, str] = {}
    rest: dict[str, str] = {}
    quirks = [*packet.quirks, *odd]
    for name, text in found.items():
        code, _, what = name.rpartition("-")
        if not _CODE.fullmatch(code) or (what not in NUMBERS and what != "Flag"):
            rest[name] = text
            quirks += [] if what in _TEXTS else [Quirk.UNKNOWN_SUBFIELD]
        elif what == "Flag":
            flags[code] = text
        else:
            values.setdefault(code, {})[what] = _value(text, quirks)
    quirks += _odd_flags(values, flags)
    return Statement(
        kind, packet.mn, data_time, values, flags, packet.resent, rest, quirks=tuple(dict.fromkeys(quirks))
    )


def _value(text: str, quirks: list[Quirk]) -> float | None:
    try:
        return number(text)
    except WireError:
        quirks.append(Quirk.BAD_NUMBER)
        return None


def _odd_flags(values: Mapping[str, object], flags: Mapping[str, str]) -> list[Quirk]:
    found = [Quirk.NO_FLAG] if any(code not in flags for code in values) else []
    if any(flag_of_letter(letter).value != letter for letter in flags.values()):
        found.append(Quirk.UNKNOWN_FLAG)
    return found
