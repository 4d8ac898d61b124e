"""What a platform asks of us, and what it is answered."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Final

from cems.clock import DAY_MS, MINUTE_MS
from cems.errors import FlueledgerError, WireError
from cems.hj212.codes import Cn, ExeRtn, QnRtn
from cems.hj212.commands import KNOWN, Command, command_of, command_packet
from cems.hj212.compose import Station, data_packet
from cems.hj212.content import CN_OF, KIND_OF, Kind
from cems.hj212.packet import Packet
from cems.hj212.replies import executed, request_answered
from cems.hj212.times import qn_of
from gateway.upload.config import UploadConfig
from gateway.upload.figures import day_start, length_ms, period, start_of
from gateway.upload.minutes import Minute
from gateway.upload.store import UploadStore
from gateway.upload.tally import UploadTally
from gateway.wallclock import now_ms

_log = logging.getLogger(__name__)
MOST: Final = 1500
"""Packets of one answer at most: a day of minutes and some (project choice)."""
_LONGEST_WAIT_S, _MOST_RESENDS = 600, 99
"""What ``timeout_s`` and ``resends`` of the gateway file may be, too."""
_DONE: Final = frozenset({Cn.CLOCK, Cn.RTD_INTERVAL, Cn.MIN_INTERVAL, Cn.SET_TIMEOUT, *CN_OF.values()})
"""Commands that are done. Clock, intervals and password are the plant's: to change them is refused."""


class Answers:
    """Answers of one device."""

    def __init__(
        self, store: UploadStore, upload: UploadConfig, tally: UploadTally, point: str, station: Station
    ) -> None:
        self._store, self._upload, self._tally, self._point, self._station = store, upload, tally, point, station

    @property
    def patience(self) -> tuple[float, int]:
        """Seconds an answer is waited for, and how often a packet is sent again: as the platform set it (1000)."""
        told = self._store.setting(f"patience:{self._point}")
        if told is None:
            return self._upload.timeout_s, self._upload.resends
        seconds, resends = told.split()
        return float(seconds), int(resends)

    def to(self, packet: Packet) -> Iterator[Packet]:
        """The packets that answer a command: 9011, what was asked for, 9012. *Source*: HJ 212-2017 Annex C [V]."""
        if packet.cn == Cn.HEARTBEAT:
            return
        refusal = self._refusal(packet)
        if refusal is not None:
            self._tally.commands += 1
            _log.warning("upload %s: command %s of the platform is refused", self._store.name, packet.cn)
            yield request_answered(packet, refusal)
            return
        _log.info("upload %s: command %s of the platform", self._store.name, packet.cn)
        yield request_answered(packet, QnRtn.READY)
        told = 0
        try:
            command = command_of(packet)
            for answer in self._done(command, packet.qn or qn_of(now_ms())):
                told += 1
                yield answer
        except FlueledgerError as error:
            self._tally.commands += 1
            _log.error("upload %s: command %s cannot be done: %s", self._store.name, packet.cn, error)
            yield executed(packet, ExeRtn.BAD_CONDITION if isinstance(error, WireError) else ExeRtn.FAILED)
            return
        asked = command.cn in KIND_OF and command.cn is not Cn.REALTIME
        yield executed(packet, ExeRtn.NO_DATA if asked and not told else ExeRtn.DONE)

    def _refusal(self, packet: Packet) -> QnRtn | None:
        if packet.mn != self._station.mn:
            return QnRtn.BAD_MN
        if packet.pw != self._station.pw:
            return QnRtn.BAD_PASSWORD
        if packet.cn not in KNOWN:
            return QnRtn.BAD_CN
        off = packet.cn == Cn.REALTIME and not self._upload.realtime_s
        return QnRtn.REFUSED if off or packet.cn not in _DONE else None

    def _done(self, command: Command, qn: str) -> Iterable[Packet]:
        if command.cn is Cn.CLOCK:
            return [self._said(Command(Cn.CLOCK, system_time_ms=now_ms()), qn)]
        if command.cn is Cn.RTD_INTERVAL:
            return [self._said(Command(Cn.RTD_INTERVAL, rtd_interval_s=self._upload.realtime_s or None), qn)]
        if command.cn is Cn.MIN_INTERVAL:
            return [self._said(Command(Cn.MIN_INTERVAL, min_interval=self._upload.minute_interval or None), qn)]
        if command.cn is Cn.SET_TIMEOUT:
            return self._wait_for(command.over_time_s or 0, command.resends or 0)
        return self._history(KIND_OF[command.cn], command.begin_ms or 0, command.end_ms or 0, qn)

    def _wait_for(self, seconds: int, resends: int) -> Iterable[Packet]:
        if not 1 <= seconds <= _LONGEST_WAIT_S or not 0 <= resends <= _MOST_RESENDS:
            raise WireError(f"OverTime={seconds} is not 1 to {_LONGEST_WAIT_S} or ReCount not 0 to {_MOST_RESENDS}")
        self._store.set({f"patience:{self._point}": f"{seconds} {resends}"})
        return []

    def _said(self, command: Command, qn: str) -> Packet:
        return command_packet(command, self._station, qn, ack=False)

    def _history(self, kind: Kind, begin_ms: int, end_ms: int, qn: str) -> Iterator[Packet]:
        """Every period that began in this span of time, is over, and has minutes here; none of realtime data.

        A period whose scans may still be lacking in its minutes is left out: its own packet comes.
        """
        length = length_ms(kind, self._upload)
        if not length:
            return
        over_ms = min(now_ms(), self._store.folded_ms()) - length
        start, told = start_of(kind, begin_ms, self._upload), 0
        if start < begin_ms:
            start += length
        day_ms, minutes = -1, dict[int, Minute]()
        while start <= min(end_ms, over_ms) and told < MOST:
            if day_start(start) != day_ms:
                day_ms = day_start(start)
                minutes = self._store.minutes(self._point, day_ms, day_ms + DAY_MS)
            if not minutes:
                start = day_ms + DAY_MS
                continue
            inside = {at: minutes[at] for at in range(start, start + length, MINUTE_MS) if at in minutes}
            if inside:
                told += 1
                yield data_packet(
                    period(kind, self._station.mn, (start, start + length), inside, self._upload),
                    self._station,
                    qn,
                    ack=False,
                )
            start += length
