"""What a platform asks of a data logger, and what the logger tells it besides data. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from cems.errors import WireError
from cems.hj212.codes import Cn
from cems.hj212.compose import Station
from cems.hj212.content import KIND_OF
from cems.hj212.items import items
from cems.hj212.packet import Packet
from cems.hj212.times import instant_ms, time_text
from cems.hj212.version import Version, flag_of

RTD_INTERVAL_S: Final = (30, 3600)
"""Shortest and longest realtime interval [s]. *Source*: HJ 212-2017 [V]."""
MIN_INTERVALS: Final = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)
"""Minute intervals that may be set [min]. *Source*: HJ 212-2017 [V]."""
_DIGITS: Final = re.compile(r"[0-9]{1,5}")
_WORD: Final = re.compile(r"[!-%'-+\--:<>-~]+")
"""Visible ASCII without ``&``, ``,``, ``;`` and ``=``."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command with its arguments; what a command does not have is None."""

    cn: Cn
    pol_id: str | None = None
    """Factor code of the device that is meant; None for the logger itself."""
    system_time_ms: int | None = None
    """A time of 1011 and 1012, UTC, ms since 1970."""
    begin_ms: int | None = None
    """Start of the data asked for, UTC, ms since 1970."""
    end_ms: int | None = None
    """End of the data asked for, UTC, ms since 1970."""
    rtd_interval_s: int | None = None
    """Seconds between realtime packets."""
    min_interval: int | None = None
    """Minutes that a minute packet stands for."""
    over_time_s: int | None = None
    """Seconds that a reply is waited for."""
    resends: int | None = None
    """How often a packet is sent again."""
    new_pw: str | None = None
    """Password to be used from now on."""


_NAMES: Final = {
    "PolId": "pol_id",
    "SystemTime": "system_time_ms",
    "BeginTime": "begin_ms",
    "EndTime": "end_ms",
    "RtdInterval": "rtd_interval_s",
    "MinInterval": "min_interval",
    "OverTime": "over_time_s",
    "ReCount": "resends",
    "NewPW": "new_pw",
}
_TIMES: Final = frozenset({"SystemTime", "BeginTime", "EndTime"})
_NEEDED: Final[dict[Cn, tuple[str, ...]]] = {
    Cn.SET_TIMEOUT: ("OverTime", "ReCount"),
    Cn.SET_CLOCK: ("SystemTime",),
    Cn.SET_RTD_INTERVAL: ("RtdInterval",),
    Cn.SET_MIN_INTERVAL: ("MinInterval",),
    Cn.SET_PASSWORD: ("NewPW",),
    Cn.DAY: ("BeginTime", "EndTime"),
    Cn.MINUTE: ("BeginTime", "EndTime"),
    Cn.HOUR: ("BeginTime", "EndTime"),
}
KNOWN: Final = frozenset(
    {
        *_NEEDED,
        *KIND_OF,
        Cn.CLOCK,
        Cn.ASK_CLOCK,
        Cn.RTD_INTERVAL,
        Cn.MIN_INTERVAL,
        Cn.STOP_REALTIME,
        Cn.STATUS,
        Cn.STOP_STATUS,
        Cn.HEARTBEAT,
    }
)
"""Commands that :func:`command_of` reads."""


def command_of(packet: Packet) -> Command:
    """The command in a packet, or what answers one (1011, 1061 and 1063 with a value).

    Raises :class:`WireError` for a command that is not in ``KNOWN`` (a logger answers QnRtn 8), and for arguments that
    are missing, no numbers or times, or outside what the standard allows (ExeRtn 3). Further arguments are not read.
    *Source*: HJ 212-2017 Annex C [V].

    >>> from cems.hj212.packet import parse
    >>> command_of(parse(b"ST=31;CN=1062;PW=1;MN=A;Flag=5;CP=&&RtdInterval=30&&")).rtd_interval_s
    30
    """
    if packet.cn not in KNOWN:
        raise WireError(f"CN={packet.cn} is not a command that is understood here")
    cn = Cn(packet.cn)
    found, _ = items(packet.cp)
    arguments: dict[str, str | int] = {}
    for name, field in _NAMES.items():
        if name in found:
            arguments[field] = _argument(name, found[name])
    missing = [name for name in _NEEDED.get(cn, ()) if _NAMES[name] not in arguments]
    if missing:
        raise WireError(f"CN={cn} without {' and '.join(missing)}")
    command = Command(cn, **arguments)  # type: ignore[arg-type] # the names and their types are those of _NAMES
    _check(command)
    return command


def command_packet(command: Command, station: Station, qn: str, *, ack: bool = True) -> Packet:
    """The packet of a command, or with ``ack=False`` of what answers one; raises :class:`WireError` as reading does.

    >>> command_packet(Command(Cn.SET_RTD_INTERVAL, rtd_interval_s=30), Station("A", "1"), "20260301080000000").cp
    'RtdInterval=30'
    """
    told = []
    for name, field in _NAMES.items():
        value = getattr(command, field)
        if value is not None:
            told.append(f"{name}={time_text(value) if name in _TIMES else value}")
    packet = Packet(
        qn=qn,
        st=str(station.st),
        cn=str(command.cn),
        pw=station.pw,
        mn=station.mn,
        flag=int(ack) if station.version is Version.V2005 else flag_of(station.version, ack=ack),
        cp=";".join(told),
    )
    told_again = command_of(packet)
    if (told_again.pol_id, told_again.new_pw) != (command.pol_id, command.new_pw):
        raise WireError("PolId and NewPW are words without & , ; and =")
    return packet


def _argument(name: str, text: str) -> str | int:
    if name in _TIMES:
        return instant_ms(text)
    if name in ("PolId", "NewPW"):
        if not _WORD.fullmatch(text):
            raise WireError(f"{name}={text[:40]!r} is no word")
        return text
    if not _DIGITS.fullmatch(text):
        raise WireError(f"{name}={text[:40]!r} is no count")
    return int(text)


def _check(command: Command) -> None:
    if command.rtd_interval_s is not None and not RTD_INTERVAL_S[0] <= command.rtd_interval_s <= RTD_INTERVAL_S[1]:
        raise WireError(f"RtdInterval={command.rtd_interval_s} is not {RTD_INTERVAL_S[0]} to {RTD_INTERVAL_S[1]} s")
    if command.min_interval is not None and command.min_interval not in MIN_INTERVALS:
        raise WireError(f"MinInterval={command.min_interval} is none of {', '.join(map(str, MIN_INTERVALS))} min")
    if command.begin_ms is not None and command.end_ms is not None and command.begin_ms > command.end_ms:
        raise WireError("BeginTime lies after EndTime")
