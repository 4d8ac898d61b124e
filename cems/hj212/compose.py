"""Data packets made from values, as a logger sends them to a platform. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cems.clock import CST, HOUR_MS, MINUTE_MS, from_ms
from cems.errors import WireError
from cems.hj212.codes import St
from cems.hj212.content import NUMBERS, Kind, Statement
from cems.hj212.factors import value_text
from cems.hj212.packet import Packet
from cems.hj212.times import time_text
from cems.hj212.version import Version, flag_of

_MARK: Final = re.compile(r"[&,;=]")
NO_VALUE: Final = "9999.99"
"""Sent for a converted (折算) value that cannot be computed. *Source*: HJ 212-2025 8.1.1 d) [V2]."""


@dataclass(frozen=True, slots=True)
class Station:
    """What stands in the head of every packet of one device at one platform."""

    mn: str
    """Device id, which the platform gave."""
    pw: str
    """Password, which the platform gave."""
    st: str = St.FLUE_GAS
    """System type."""
    version: Version = Version.V2025
    """Form that the platform reads."""


def data_packet(said: Statement, station: Station, qn: str, *, ack: bool = True) -> Packet:
    """The packet that says it; ``encode_split`` makes its bytes.

    Values are in the units of the wire (``factors.to_wire``), rounded by their factor. A measured value that is None is
    left out, a converted one is the sentinel. ``RF=1`` exists in HJ 212-2025 only. Raises :class:`WireError` where the
    statement is of another device, where the time of minute, hour or day data is not the start of one (in UTC+8), or
    where a value has too many digits. *Source*: HJ 212-2017 6.6 [V], the order of sub-fields as in HJ 212-2025 A [V2].
    """
    if said.mn != station.mn:
        raise WireError(f"a statement of {said.mn} under the MN {station.mn}")
    if not _is_start(said.kind, said.data_time_ms):
        raise WireError(f"{time_text(said.data_time_ms)} is not the start of a {said.kind}")
    groups = [f"DataTime={time_text(said.data_time_ms)}"]
    groups += [",".join(_subfields(said, code, station.version)) for code in {**said.values, **said.flags}]
    groups += [f"{name}={text}" for name, text in said.rest.items()]
    if strange := [word for word in _words(said) if _MARK.search(word)]:
        raise WireError(f"{strange[0][:40]!r} holds a mark that means something else")
    return Packet(
        qn=qn,
        st=str(station.st),
        cn=str(said.cn),
        pw=station.pw,
        mn=station.mn,
        flag=None if station.version is Version.V2005 else flag_of(station.version, ack=ack),
        resent=said.resent and station.version is Version.V2025,
        cp=";".join(group for group in groups if group),
    )


def _subfields(said: Statement, code: str, version: Version) -> Iterator[str]:
    values = said.values.get(code, {})
    if strange := sorted(set(values) - set(NUMBERS)):
        raise WireError(f"{code}: no sub-field {strange[0]!r}")
    for name in NUMBERS:
        value = values.get(name)
        if value is not None:
            yield f"{code}-{name}={value_text(code, name, value, version)}"
        elif name in values and name.startswith("Zs"):
            yield f"{code}-{name}={NO_VALUE}"
    if code in said.flags:
        yield f"{code}-Flag={said.flags[code]}"


def _words(said: Statement) -> Iterator[str]:
    yield from said.values
    for texts in (said.flags, said.rest):
        yield from texts
        yield from texts.values()


def _is_start(kind: Kind, instant: int) -> bool:
    if kind is Kind.DAY:
        local = from_ms(instant).astimezone(CST)
        return (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)
    return instant % {Kind.REALTIME: 1, Kind.MINUTE: MINUTE_MS, Kind.HOUR: HOUR_MS}[kind] == 0
