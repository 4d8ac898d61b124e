"""The loop of devices that send by themselves: hear, store, and only then tell the broker that it has arrived."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final, Protocol

from cems.errors import WireError
from cems.instruments.mqtt_broker import BrokerSettings
from gateway.assemble import Last
from gateway.cancelling import heed_cancellation
from gateway.drivers.mqtt_session import Inbox, Message, Session
from gateway.intake import Intake
from gateway.metrics import Tally
from gateway.pushed import PointDesk
from gateway.pushed_store import keep_all, store_due, wait_s
from gateway.unreadable import Unreadable, UnreadableFile

_log = logging.getLogger(__name__)
_MOST: Final = 64
"""Most messages read before what they say is stored."""
_ROOM_BYTES: Final = 1_000_000
"""Room in the spool for each of them: more than one message fills, even with a long list or history in it."""
_MOST_DUE: Final = 500
"""Scans after which what was read is stored before more is: one message may hold many readings."""
_MOST_SAID: Final = 1000

Desk = PointDesk[Message]


class PartlyReadError(WireError):
    """A part of a message cannot be read; the rest is told, and the part is counted."""


class Listener(Protocol):
    """What a protocol makes of messages."""

    @property
    def desks(self) -> Sequence[Desk]:
        """The points it makes scans of."""
        ...

    def hear(self, message: Message, now: float, lasts: Mapping[str, Last]) -> None:
        """Puts what a message says to the desks.

        Raises :class:`WireError` where it cannot be read, :class:`PartlyReadError` where a part of it cannot.
        """
        ...

    def instruments(self, topic: str) -> Iterable[str]:
        """Codes of the instruments that a topic belongs to."""
        ...

    def codes(self, broker: BrokerSettings) -> Iterable[str]:
        """Codes of the instruments behind a broker."""
        ...

    def errands(self, now: float) -> None:
        """What is to be done without a message."""
        ...


class PushedSource:
    """Sessions with brokers, and a listener that reads what comes over them."""

    def __init__(
        self, sessions: Sequence[Session], listener: Listener, intake: Intake, tally: Tally, kept: UnreadableFile
    ) -> None:
        self._sessions, self._listener = sessions, listener
        self._intake, self._tally, self._kept = intake, tally, kept
        self._told: set[tuple[str, str]] = set()
        self._lines: dict[Session, bool] = dict.fromkeys(sessions, False)
        for session in sessions:
            for code in listener.codes(session.broker):
                self._tally.instruments[code].up = None  # named from the start, though it has not sent

    async def run(self) -> None:
        """Hears and stores until cancelled; what is not stored then stays with the brokers.

        What came at QoS 0 stays nowhere: at the end it is stored, with what waits at its points.
        """
        inbox = Inbox()
        try:
            while True:
                heed_cancellation()
                if not await self._intake.ready():
                    await self._pause()
                    continue
                for session in self._sessions:
                    session.run(inbox)
                most = min(_MOST, max(1, self._intake.room_bytes // _ROOM_BYTES))  # the last one fills it, no more
                await self.turn(await inbox.take(most, wait_s(self._listener.desks)))
        except asyncio.CancelledError:
            await self._finish(inbox)
            raise
        finally:
            await self._pause()

    async def turn(self, messages: Sequence[Message]) -> None:
        """Reads some messages, stores the scans that are due, and acknowledges what is done with."""
        now = asyncio.get_running_loop().time()
        unreadable: list[Unreadable] = []
        for message in messages:
            self._hear(message, now, unreadable)
            if sum(desk.due_now for desk in self._listener.desks) > _MOST_DUE:
                await self._store(now, unreadable)
        self._watch()
        self._listener.errands(now)
        await self._store(now, unreadable)

    def _hear(self, message: Message, now: float, unreadable: list[Unreadable]) -> None:
        message.session.taken(message)
        try:
            self._listener.hear(message, now, self._intake.lasts)
        except PartlyReadError as error:
            unreadable.append(self._note(message, str(error)))
        except WireError as error:
            self._count(message, str(error))
            unreadable.append(self._note(message, str(error)))

    async def _finish(self, inbox: Inbox) -> None:
        """Stores what no broker delivers again, if that can be done at once."""
        now, unreadable = asyncio.get_running_loop().time(), list[Unreadable]()
        for message in inbox.heard_once(max(0, self._intake.room_bytes) // _ROOM_BYTES):
            self._hear(message, now, unreadable)
        # A point is stored whole or not at all, as its memory of what was told is; the others wait at their brokers.
        once = [desk for desk in self._listener.desks if any(message.qos == 0 for message in desk.waiting)]
        with suppress(TimeoutError):
            async with asyncio.timeout(0):
                await self._store(math.inf, unreadable, once)

    async def _store(
        self, now: float, unreadable: list[Unreadable], desks: Sequence[PointDesk[Message]] | None = None
    ) -> None:
        await store_due(self._listener.desks if desks is None else desks, now, self._intake, self._tally)
        await keep_all(self._kept, unreadable)
        unreadable.clear()
        for session in self._sessions:
            session.settle()

    def _watch(self) -> None:
        """Notes the lines that broke: nothing is heard of the instruments behind them."""
        for session, stood in self._lines.items():
            if stood and not session.connected:
                for code in self._listener.codes(session.broker):
                    self._tally.instruments[code].up = False
            self._lines[session] = session.connected

    def _count(self, message: Message, reason: str) -> None:
        self._tally.errors[reason.partition(":")[0].replace(" ", "_")] += 1
        for code in self._listener.instruments(message.topic):
            self._tally.instruments[code].failed()

    def _note(self, message: Message, reason: str) -> Unreadable:
        kind = reason.partition(":")[0]
        if (message.topic, kind) not in self._told and len(self._told) < _MOST_SAID:
            self._told.add((message.topic, kind))
            where = self._kept.path
            _log.warning(
                "cannot read what came on %s: %s (said once; all are kept in %s)", message.topic, reason, where
            )
        return Unreadable(message.topic, reason, message.payload, message.came_ms)

    async def _pause(self) -> None:
        for session in self._sessions:
            await asyncio.to_thread(session.pause)
