"""The driver of HJ 212 data loggers: they connect, what they send is stored, and only then is it answered."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from cems.instruments.hj212 import Hj212Instrument
from cems.plant import Point
from cems.scan import EARLIEST_MS, LATEST_MS
from gateway.cancelling import heed_cancellation
from gateway.drivers.hj212_listener import Arrival, Inbox, Listener
from gateway.drivers.hj212_loggers import Loggers
from gateway.drivers.hj212_office import Office
from gateway.environment import password
from gateway.intake import Intake
from gateway.metrics import Tally
from gateway.pushed_store import keep_all, store_due, wait_s
from gateway.sm4key import sm4_key
from gateway.source import Source, Surroundings
from gateway.unreadable import UnreadableFile, unreadable_path

_MOST: Final = 64
"""Most packets read before what they say is stored."""
_ROOM_BYTES: Final = 200_000
"""Room in the spool for each of them: more than one packet fills, though it be of several points."""


def sources(points: Sequence[Point], around: Surroundings) -> Sequence[Source]:
    """One source for all points: loggers of several points may share a port, and a logger several points."""
    loggers = Loggers(points, partial(secrets_of, folder=around.folder))
    kept = UnreadableFile(unreadable_path(around.folder / around.config.spool.path))
    return [LoggerSource(loggers, listeners(loggers, around.tally), around.intake, around.tally, kept)]


def secrets_of(instrument: Hj212Instrument, folder: Path) -> tuple[str | None, bytes | None]:
    """Password and SM4 key of a logger; raises :class:`cems.errors.ConfigError` where they cannot be had."""
    whose = f"logger {instrument.code}"
    secret = password(instrument.password_env, "plant file", "password_env", f"PW of {whose}")
    file = folder / instrument.key_file if instrument.key_file is not None else None
    return secret, sm4_key(instrument.key_env, file, "plant file", whose)


def listeners(loggers: Loggers, tally: Tally) -> list[Listener]:
    """A listener for each port."""
    found = []
    for where, here in loggers.by_listener.items():
        codes = [code for logger in here.values() for code in logger.codes]
        instruments = [r.instrument for logger in here.values() for _, readers in logger.at for r in readers]
        idle_s = max(one.idle_s for one in instruments)
        found.append(Listener(where, partial(loggers.framer, where), idle_s, codes, tally))
    return found


class LoggerSource:
    """Ports on which loggers are listened to, and the office that reads what they send."""

    def __init__(
        self, loggers: Loggers, ports: Sequence[Listener], intake: Intake, tally: Tally, kept: UnreadableFile
    ) -> None:
        self._desks, self._office, self._ports = loggers.desks, Office(loggers, tally), ports
        self._intake, self._tally, self._kept = intake, tally, kept
        for logger in loggers:
            for code in logger.codes:
                tally.instruments[code].up = None  # named from the start, though it has not sent

    async def run(self) -> None:
        """Listens and stores until cancelled, and then stores what it has heard."""
        inbox = Inbox()
        async with asyncio.TaskGroup() as tasks:
            for port in self._ports:
                tasks.create_task(port.run(inbox), name=f"listener {port.where}")
            try:
                while True:
                    heed_cancellation()
                    # While nothing can be stored nothing is taken: the lines fill, and no logger gets a reply.
                    if await self._intake.ready():
                        await self.turn(inbox)
            except asyncio.CancelledError:
                await self._finish(inbox)
                raise

    async def turn(self, inbox: Inbox) -> None:
        """Reads some packets, stores the scans that are due, and answers what is on the disk."""
        most = min(_MOST, max(1, self._intake.room_bytes // _ROOM_BYTES))  # the last one fills it, no more
        arrivals = await inbox.take(most, wait_s(self._desks))
        now = self._heard(arrivals)
        self._office.errands(now, time.time_ns() // 1_000_000)
        await self._settle(now)

    async def _finish(self, inbox: Inbox) -> None:
        """Stores what has come, if that can be done at once: a logger that waits for no reply never sends it again."""
        room = max(0, self._intake.room_bytes) // _ROOM_BYTES
        self._heard(inbox.waiting(room))
        with suppress(TimeoutError):
            async with asyncio.timeout(0):
                await self._settle(math.inf)

    def _heard(self, arrivals: Sequence[Arrival]) -> float:
        """Puts packets to their points; the time at which that was."""
        now, now_ms = asyncio.get_running_loop().time(), time.time_ns() // 1_000_000
        for arrival in arrivals:
            # It waits while this box's clock is out of its years; then what that clock said of it is no time.
            timed = EARLIEST_MS <= arrival.came_ms < LATEST_MS
            self._office.hear(arrival if timed else replace(arrival, came_ms=now_ms), now, self._intake.lasts)
        return now

    async def _settle(self, now: float) -> None:
        """Puts what is due on the disk, and answers it."""
        await store_due(self._desks, now, self._intake, self._tally, offsets=False)
        await keep_all(self._kept, self._office.unreadable())
        self._office.settle()
