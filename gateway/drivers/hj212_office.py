"""What packets of data loggers mean: the scans they make, and what is answered when.

A reply is made when a packet is read and sent by ``settle``, which is called when all that the packet said is on the
disk: a logger that is told that its data have arrived will not send them again. What is refused is never answered.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from cems.errors import WireError
from cems.evidence import LARGEST, Piece, pack, unpack
from cems.hj212.codes import Cn, QnRtn
from cems.hj212.commands import command_of, command_packet
from cems.hj212.content import Kind, Statement, is_data, statement_of
from cems.hj212.encode import encode
from cems.hj212.framing import Refused
from cems.hj212.join import Incomplete, Joined
from cems.hj212.packet import Packet, parse
from cems.hj212.quirks import Quirk
from cems.hj212.reader import PacketReader, evidence, named
from cems.hj212.replies import REPLIES, answer_of, data_received, notice_answered, request_answered
from gateway.assemble import Last
from gateway.drivers.hj212_listener import Arrival, Connection
from gateway.drivers.hj212_loggers import Desk, Logger, Loggers, Message, mn_in
from gateway.gather import Part
from gateway.metrics import Tally
from gateway.unreadable import Unreadable

_log = logging.getLogger(__name__)
_GONE_S: Final = 120.0
"""A logger without a line for so long is said not to answer; some connect for each packet (project choice)."""
_FOREVER_MS: Final = 2**62
_MOST_SAID: Final = 1000
_BAD_FRAMES: Final = (Quirk.WRONG_CRC, Quirk.WRONG_LENGTH, Quirk.SHORT_LENGTH, Quirk.TOO_LONG)
"""Oddities of a frame that a strict reader refuses."""


class Office:
    """Reads what came over all lines."""

    def __init__(self, loggers: Loggers, tally: Tally) -> None:
        self._loggers, self._tally = loggers, tally
        self._lines: set[Connection] = set()
        self._unsettled: list[Message] = []
        self._unreadable: list[Unreadable] = []
        self._said: set[tuple[str, str]] = set()

    def hear(self, arrival: Arrival, now: float, lasts: Mapping[str, Last]) -> None:
        """Puts what came to the desks, and makes the reply that is due when it is stored."""
        self._lines.add(arrival.connection)
        try:
            self._hear(arrival, now, lasts)
        finally:
            arrival.connection.due(-1)

    def errands(self, now: float, now_ms: int) -> None:
        """What is to be done without a packet: commands that are due, parts waited for in vain, loggers that left."""
        for line in list(self._lines):
            for late in line.joiner.expire(_FOREVER_MS if line.closed else now_ms):
                self._give_up(late, line, now_ms)
            if line.closed:
                self._lines.discard(line)
        for logger in self._loggers:
            self._talk(logger, now, now_ms)
            away = logger.line is None or logger.line.closed
            if away and now - logger.heard_at > _GONE_S:
                for code in logger.codes:
                    if self._tally.instruments[code].up:
                        self._tally.instruments[code].up = False
                        _log.warning("logger %s has no line to us for %g s", code, _GONE_S)

    def unreadable(self) -> list[Unreadable]:
        """What could not be read since this was asked last; to be kept before ``settle``."""
        found, self._unreadable = self._unreadable, []
        return found

    def settle(self) -> None:
        """Sends the replies to all that is on the disk now."""
        done = [message for message in self._unsettled if message.waiting == 0]
        self._unsettled = [message for message in self._unsettled if message.waiting]
        for message in done:
            if message.reply is not None:
                message.connection.send(message.reply)
                if not message.connection.closed:  # a line that is gone took no reply
                    self._tally.packets.replies[message.reply_cn] += 1
            message.connection.due(-1)

    def _hear(self, arrival: Arrival, now: float, lasts: Mapping[str, Last]) -> None:
        outcome, here = arrival.outcome, self._loggers.by_listener[arrival.connection.where]
        if isinstance(outcome, Refused):
            whose = here.get(mn_in(outcome.raw)) or here.get(arrival.connection.mn)
            self._refuse(arrival, whose, outcome.reason.value)
            return
        try:
            packet = parse(outcome.data)
        except WireError as error:
            self._refuse(arrival, here.get(mn_in(outcome.data)), "not_a_packet", str(error))
            return
        logger = here.get(packet.mn)
        bad = [quirk for quirk in outcome.quirks if quirk in _BAD_FRAMES]
        if logger is None:
            self._refuse(arrival, None, "unknown_mn", f"MN={packet.mn[:40]} is in no plant file here")
        elif not logger.admits(packet):
            self._refuse(arrival, None, "wrong_password", f"MN={packet.mn} comes with another PW")
        elif bad and not logger.is_tolerant:
            self._refuse(arrival, logger, bad[0].value)
        else:
            logger.heard(arrival.connection, packet, now)
            self._count(logger, outcome.quirks)
            kept = replace(packet, data=pack(evidence(outcome, packet.cn)))
            for whole in arrival.connection.joiner.add(kept, arrival.came_ms):
                if isinstance(whole, Joined):
                    self._whole(logger, whole, arrival, now, lasts)
                else:
                    self._give_up(whole, arrival.connection, arrival.came_ms)

    def _whole(self, logger: Logger, whole: Joined, arrival: Arrival, now: float, lasts: Mapping[str, Last]) -> None:
        packet = whole.packet
        pieces = [piece for part in whole.parts for piece in unpack(part.data)]
        if packet.resent:
            self._tally.packets.resent[logger.name] += 1
        try:
            if is_data(packet):
                self._data(logger, packet, pieces, arrival, now, lasts)
                return
            self._count(logger, packet.quirks)
            if packet.cn in REPLIES:
                logger.clock.answered(answer_of(packet))
                return
            if packet.cn == Cn.ASK_CLOCK:
                logger.clock.requested()
            elif not (packet.cn == Cn.CLOCK and self._clock_told(logger, packet, arrival.came_ms)):
                self._unused(logger, packet)
        except WireError as error:
            self._keep(logger, "unreadable", str(error), pieces, arrival.connection, arrival.came_ms)
        self._unsettle(self._message(logger, packet, arrival))

    def _data(
        self,
        logger: Logger,
        packet: Packet,
        pieces: list[Piece],
        arrival: Arrival,
        now: float,
        lasts: Mapping[str, Last],
    ) -> None:
        """Puts data to the points that they are for; raises :class:`WireError` where they cannot be read."""
        said = statement_of(packet)
        self._count(logger, said.quirks)
        if sum(len(piece.payload) for piece in pieces) > LARGEST // 2:
            raise WireError(f"too large: a scan keeps at most {LARGEST // 2} bytes of a packet")
        message = self._message(logger, packet, arrival)
        used = False
        for desk, readers in logger.at:
            rows = {r: found for r in readers if r.instrument.data is said.kind and (found := r.rows_in(said))}
            if rows:
                used = True
                self._put(desk, rows, said, message, pieces, now, lasts)
        if not used:
            self._unused(logger, packet)
        self._unsettle(message)

    def _put(
        self,
        desk: Desk,
        rows: Mapping[PacketReader, frozenset[int]],
        said: Statement,
        message: Message,
        pieces: Iterable[Piece],
        now: float,
        lasts: Mapping[str, Last],
    ) -> None:
        digest = desk.known(message, said.data_time_ms, lasts)
        if digest is None:
            self._tally.repeats += 1
            return
        clock = said.data_time_ms if any(reader.has_clock for reader in rows) else None
        if said.kind is Kind.REALTIME and not said.resent:
            self._tally.clock_offset_s[desk.code] = (said.data_time_ms - message.came_ms) / 1000
        slots = frozenset((reader.code, i) for reader, found in rows.items() for i in found)
        words = {reader.code: named(pieces, reader.code) for reader in rows}
        desk.add(Part(slots, clock, words, message, digest), now)

    def _message(self, logger: Logger, packet: Packet, arrival: Arrival) -> Message:
        """The packet as it is remembered, with its reply; a reply that cannot be written is said so once."""
        reply, cn = None, ""
        if packet.wants_ack or (logger.settings.answers == "always" and is_data(packet)):
            answer = _answer(packet)
            try:
                reply = encode(answer, echo=True)
                cn = answer.cn
            except WireError as error:
                self._tally.packets.refused["no_reply"] += 1
                self._say(logger.name, "no_reply", f"cannot be answered: {error}")
        name = f"{packet.mn} {packet.cn}"
        return Message(arrival.connection, reply, name, packet.cp.encode(), arrival.came_ms, reply_cn=cn)

    def _unused(self, logger: Logger, packet: Packet) -> None:
        if packet.cn != Cn.HEARTBEAT:
            self._tally.packets.unused[logger.name, packet.cn] += 1

    def _unsettle(self, message: Message) -> None:
        message.connection.due(1)
        self._unsettled.append(message)

    def _clock_told(self, logger: Logger, packet: Packet, came_ms: int) -> bool:
        """Whether a packet answers our question for the time."""
        told = command_of(packet).system_time_ms
        offset_s = logger.clock.told(told, came_ms, packet.qn) if told is not None else None
        if offset_s is None:
            return False
        for desk, _ in logger.at:
            self._tally.clock_offset_s[desk.code] = offset_s
        return True

    def _talk(self, logger: Logger, now: float, now_ms: int) -> None:
        line = logger.line
        if line is not None and not line.closed and (due := logger.clock.due(now, now_ms)) is not None:
            line.send(encode(command_packet(due[0], logger.station, due[1])))
            for code in logger.codes:
                self._tally.instruments[code].requests += 1
        for end in logger.clock.ended:
            self._tally.packets.commands[logger.name, end] += 1
            if end not in ("told", "set"):
                self._say(logger.name, end, f"was asked for its time, or told it: {end}")
        logger.clock.ended.clear()

    def _count(self, logger: Logger, quirks: Iterable[Quirk]) -> None:
        for quirk in quirks:
            self._tally.packets.oddities[logger.name, quirk.value] += 1

    def _give_up(self, late: Incomplete, line: Connection, now_ms: int) -> None:
        """Parts of a packet that are waited for no more: not answered, so that the logger sends them again."""
        logger = self._loggers.by_listener[line.where].get(late.parts[0].mn)
        pieces = [piece for part in late.parts for piece in unpack(part.data)]
        missing = ", ".join(map(str, late.missing[:10]))
        self._tally.packets.refused["incomplete"] += 1
        if logger is not None:
            self._keep(logger, "incomplete", f"parts {missing} did not come: {late.why}", pieces, line, now_ms)

    def _refuse(self, arrival: Arrival, logger: Logger | None, kind: str, reason: str = "") -> None:
        """Not taken and not answered; kept where it seems to be of a logger of ours, counted in any case."""
        self._tally.packets.refused[kind] += 1
        if logger is not None:
            pieces = [Piece("", "", arrival.outcome.raw)]
            self._keep(logger, kind, reason or kind.replace("_", " "), pieces, arrival.connection, arrival.came_ms)
        else:
            self._say(arrival.connection.peer.rpartition(":")[0], kind, f"is refused: {reason or kind}")

    def _keep(
        self, logger: Logger, kind: str, reason: str, pieces: Iterable[Piece], line: Connection, came_ms: int
    ) -> None:
        """Notes what cannot be read of a logger, for the file of unreadable messages."""
        self._tally.errors[kind] += 1
        for code in logger.codes:
            self._tally.instruments[code].failed()
        raw = b"".join(piece.payload for piece in pieces if not piece.is_remark)
        self._unreadable.append(Unreadable(f"{logger.name} at {line.peer}", reason, raw, came_ms))
        self._say(logger.name, kind, f"sent what cannot be taken: {reason} (said once; all are kept)")

    def _say(self, who: str, kind: str, text: str) -> None:
        if (who, kind) not in self._said and len(self._said) < _MOST_SAID:
            self._said.add((who, kind))
            _log.warning("HJ 212: %s %s", who, text)


def _answer(packet: Packet) -> Packet:
    """What is said to a packet that is on the disk: 9013 to a notice, 9014 to data, 9011 to what nobody may ask of us.

    That a heartbeat is a notice is our reading [M]: what HJ 212-2025 answers to 9015 is not known to us.
    """
    if packet.cn in (Cn.ASK_CLOCK, Cn.HEARTBEAT):
        return notice_answered(packet)
    tells = packet.cn.startswith("2") or "DataTime=" in packet.cp or "SystemTime=" in packet.cp
    return data_received(packet) if tells and packet.cn != Cn.SET_CLOCK else request_answered(packet, QnRtn.REFUSED)
