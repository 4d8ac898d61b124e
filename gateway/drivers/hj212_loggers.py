"""The data loggers of a gateway: who may send where, what each is asked for, and where its readings go."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cems.hj212.codes import St
from cems.hj212.compose import Station
from cems.hj212.framing import Framer
from cems.hj212.packet import Packet
from cems.hj212.reader import PacketReader
from cems.hj212.replies import REPLIES
from cems.hj212.sm4 import unsealer
from cems.instruments.hj212 import Hj212Instrument, ListenerSettings
from cems.plant import Point
from gateway.drivers.hj212_clock import ClockTalk
from gateway.drivers.hj212_listener import Connection
from gateway.pushed import PointDesk

REMEMBERED: Final = 1536
"""Packets of a point that are known again: more than a day of minute data, which loggers send again as a whole."""
_MN: Final = re.compile(rb"MN=([!-%'-+\--:<>-~]{1,24});")

Secrets = Callable[[Hj212Instrument], tuple[str | None, bytes | None]]
"""Password and SM4 key of a logger, where it has them."""


@dataclass(slots=True, eq=False)
class Message:
    """One whole packet, with the reply that waits for its scans. Its content names it, not its head."""

    connection: Connection
    reply: bytes | None
    """What is sent when all that it says is on the disk; None where nothing is asked for."""
    topic: str
    payload: bytes
    came_ms: int
    waiting: int = 0
    mid: int = 0
    again: bool = False
    retained: bool = False
    late: bool = False
    reply_cn: str = ""
    """CN of the reply, for the counts; empty without one."""


Desk = PointDesk[Message]


class Logger:
    """One MN on one listener, and the instruments that it is."""

    def __init__(self, instrument: Hj212Instrument, password: str | None, key: bytes | None) -> None:
        self.settings, self._password = instrument, password
        self.unseal = unsealer(key) if key is not None else None
        self.clock = ClockTalk(instrument.ask_clock_s, instrument.set_clock, instrument.clock_limit_s)
        self.at: list[tuple[Desk, list[PacketReader]]] = []
        """Its points, with its instruments at each."""
        self.line: Connection | None = None
        """The line over which it was heard last."""
        self.heard_at = 0.0
        self._pw, self._st = password or "", str(St.FLUE_GAS)

    @property
    def name(self) -> str:
        """Code of its first instrument, under which its packets are counted."""
        return self.settings.code

    @property
    def codes(self) -> list[str]:
        """Codes of its instruments."""
        return [reader.code for _, readers in self.at for reader in readers]

    @property
    def is_tolerant(self) -> bool:
        """Whether packets with a wrong CRC or length are taken from it."""
        return self.settings.packets == "tolerant"

    @property
    def station(self) -> Station:
        """The head of commands to it."""
        return Station(self.settings.mn, self._pw, self._st, self.settings.form)

    def admits(self, packet: Packet) -> bool:
        """Whether the password is right, or none is asked for."""
        return self._password is None or hmac.compare_digest(packet.pw.encode(), self._password.encode())

    def heard(self, line: Connection, packet: Packet, now: float) -> None:
        """Notes where it is to be reached."""
        self.line, self.heard_at, line.mn = line, now, packet.mn
        if packet.cn not in REPLIES:
            self._pw, self._st = self._password or packet.pw, packet.st


class Loggers:
    """All loggers of a gateway by listener and MN."""

    def __init__(self, points: Sequence[Point], secrets: Secrets) -> None:
        self.by_listener: dict[ListenerSettings, dict[str, Logger]] = {}
        self.desks: list[Desk] = []
        """One for each point."""
        for point in points:
            self._add(point, secrets)

    def __iter__(self) -> Iterator[Logger]:
        return (logger for here in self.by_listener.values() for logger in here.values())

    def framer(self, where: ListenerSettings) -> Framer:
        """A framer for one connection: tolerant where any logger may be, with the keys of all."""
        here = self.by_listener[where]
        keys = {mn: logger.unseal for mn, logger in here.items() if logger.unseal is not None}

        def unseal(data: bytes) -> bytes:
            step = keys.get(mn_in(data))
            return step(data) if step is not None else data

        tolerant = any(logger.is_tolerant for logger in here.values())
        return Framer(tolerant=tolerant, unseal=unseal if keys else None)

    def _add(self, point: Point, secrets: Secrets) -> None:
        readers = [PacketReader(i) for i in point.instrument if isinstance(i, Hj212Instrument)]
        slots = [(reader.code, i) for reader in readers for i in range(len(reader.channels))]
        gather_s, align_s = (max(getattr(r.instrument, key) for r in readers) for key in ("gather_s", "align_s"))
        desk: Desk = PointDesk(
            point.code, readers, slots, gather_s, align_s, remembered=REMEMBERED, told_time_stands=True
        )
        self.desks.append(desk)
        for reader in readers:
            here = self.by_listener.setdefault(reader.instrument.listener, {})
            mn = reader.instrument.mn
            if mn not in here:
                here[mn] = Logger(reader.instrument, *secrets(reader.instrument))
            logger = here[mn]
            if not logger.at or logger.at[-1][0] is not desk:
                logger.at.append((desk, []))
            logger.at[-1][1].append(reader)


def mn_in(raw: bytes) -> str:
    """The MN that bytes seem to name; empty where they name none."""
    found = _MN.search(raw)
    return found[1].decode("ascii") if found else ""
