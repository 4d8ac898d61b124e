"""The TCP server that data loggers connect to: bytes become frames, and whatever comes is bounded."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from cems.hj212.framing import Framer, Outcome
from cems.hj212.join import Joiner
from cems.instruments.hj212 import ListenerSettings
from gateway.backoff import Backoff
from gateway.metrics import Tally

_log = logging.getLogger(__name__)
MOST_CONNECTIONS: Final = 256
"""Connections of one listener; one more takes the place of the oldest that has shown no MN of ours, or is refused."""
MOST_WAITING: Final = 64
"""Frames of all connections that wait to be read; behind them the lines themselves wait."""
_PACKET_S: Final = 60.0
"""Longest time from the first to the last byte of a packet (project choice: six times what a logger waits for)."""
_REPLY_S: Final = 15.0
"""How long a line that the logger has half closed is kept for the replies still due (project choice)."""
_MOST_UNSENT: Final = 64 * 1024
"""Bytes of replies that a logger has not taken; then it is cut off."""
_READ: Final = 4096
_SEPARATOR: Final = 2
_KEEPALIVE: Final = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))
"""A peer that has gone without a word is found out after two minutes (project choice)."""


class Connection:
    """One line to a logger, or to a relay of several."""

    def __init__(self, where: ListenerSettings, writer: asyncio.StreamWriter) -> None:
        self.where = where
        self.joiner = Joiner()
        self.mn = ""
        """The MN of ours heard last over it; empty for a stranger."""
        self.closed = False
        self._writer, self._due, self._settled = writer, 0, asyncio.Event()
        self._settled.set()
        peer = writer.get_extra_info("peername")
        self.peer = f"{peer[0]}:{peer[1]}" if peer else "?"

    def send(self, data: bytes) -> None:
        """Sends without waiting; a peer that takes nothing is cut off."""
        if self.closed:
            return
        if self._writer.transport.get_write_buffer_size() > _MOST_UNSENT:
            _log.warning("%s takes no replies: cut off", self.peer)
            self.close()
            return
        self._writer.write(data)

    def close(self) -> None:
        """Cuts the line."""
        self.closed = True
        self._writer.transport.abort()

    def due(self, frames: int) -> None:
        """So many frames more, or less, are still to be read and answered."""
        self._due += frames
        if self._due:
            self._settled.clear()
        else:
            self._settled.set()

    async def ended(self) -> None:
        """Gives the line up, after the replies that are still due."""
        if not self.closed:
            with suppress(TimeoutError):
                async with asyncio.timeout(_REPLY_S):
                    await self._settled.wait()
        self.closed = True
        self._writer.close()
        with suppress(OSError):  # TimeoutError among them
            async with asyncio.timeout(1.0):
                await self._writer.wait_closed()


@dataclass(frozen=True, slots=True)
class Arrival:
    """One frame, or bytes that are none, as they came."""

    connection: Connection
    outcome: Outcome
    came_ms: int
    """When it came, ms since 1970 UTC by the gateway's clock."""


class Inbox:
    """What came over all lines of a source, in order; a full one makes the lines wait."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Arrival] = asyncio.Queue(MOST_WAITING)

    async def put(self, connection: Connection, outcomes: Sequence[Outcome]) -> None:
        """Waits until there is room."""
        for outcome in outcomes:
            connection.due(1)
            await self._queue.put(Arrival(connection, outcome, time.time_ns() // 1_000_000))

    async def take(self, most: int, wait_s: float) -> list[Arrival]:
        """What is there, up to ``most``; waits at most ``wait_s`` for the first."""
        found: list[Arrival] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                found.append(await self._queue.get())
        return found + self.waiting(most - 1) if found else found

    def waiting(self, most: int) -> list[Arrival]:
        """What is there already, up to ``most``."""
        return [self._queue.get_nowait() for _ in range(min(most, self._queue.qsize()))]


class Listener:
    """One port. It keeps trying while the port cannot be had, and ends all its lines when cancelled."""

    def __init__(
        self, where: ListenerSettings, framer: Callable[[], Framer], idle_s: float, codes: Sequence[str], tally: Tally
    ) -> None:
        """``codes``: instruments of the loggers behind it."""
        self.where, self._framer, self._idle_s, self._codes = where, framer, idle_s, codes
        self._tally = tally
        self._open: dict[Connection, None] = {}
        self.listening = asyncio.Event()
        """Set once loggers can connect."""

    async def run(self, inbox: Inbox) -> None:
        """Listens until cancelled."""
        async with asyncio.TaskGroup() as lines:

            def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                connection = Connection(self.where, writer)
                if not self.listening.is_set():
                    connection.close()
                elif self._admit(connection):
                    _keep_alive(writer)
                    lines.create_task(self._serve(connection, reader, inbox), name=f"line of {connection.peer}")

            server = await self._bound(accepted)
            try:
                await asyncio.Event().wait()
            finally:
                server.close()
                self.listening.clear()
                for connection in list(self._open):
                    self._leave(connection)

    async def _bound(
        self, accepted: Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]
    ) -> asyncio.AbstractServer:
        pause = Backoff(1.0, 30.0)
        while True:
            try:
                server = await asyncio.start_server(accepted, self.where.host, self.where.port, limit=2 * _READ)
            except OSError as error:
                wait = pause.failed(asyncio.get_running_loop().time())
                for code in self._codes:
                    self._tally.instruments[code].failed()
                _log.error("cannot listen for loggers at %s, next try in %g s: %s", self.where, wait, error)
                await asyncio.sleep(wait)
            else:
                _log.info("listening for loggers at %s", self.where)
                self.listening.set()
                return server

    def _admit(self, connection: Connection) -> bool:
        """Whether there is room for one more; a stranger makes room for it."""
        if len(self._open) >= MOST_CONNECTIONS:
            self._tally.packets.refused["connections"] += 1
            stranger = next((one for one in self._open if not one.mn and not one.closed), None)
            if stranger is None:
                _log.warning("%s is refused: %d loggers are connected already", connection.peer, len(self._open))
                connection.close()
                return False
            stranger.close()
        self._open[connection] = None
        self._tally.packets.connections += 1
        return True

    async def _serve(self, connection: Connection, reader: asyncio.StreamReader, inbox: Inbox) -> None:
        framer = self._framer()
        try:
            await self._read(connection, reader, framer, inbox)
            await inbox.put(connection, framer.close())
            await connection.ended()
        finally:
            self._leave(connection)

    def _leave(self, connection: Connection) -> None:
        if connection in self._open:
            del self._open[connection]
            self._tally.packets.connections -= 1
        connection.close()

    async def _read(self, connection: Connection, reader: asyncio.StreamReader, framer: Framer, inbox: Inbox) -> None:
        """Until the line ends, or nothing has come for too long."""
        clock = asyncio.get_running_loop().time
        heard = begun = clock()
        while not connection.closed:
            amid = framer.pending > _SEPARATOR
            patience = min(heard + self._idle_s, begun + _PACKET_S) if amid else heard + self._idle_s
            try:
                async with asyncio.timeout_at(patience):
                    data = await reader.read(_READ)
            except TimeoutError:
                if not amid or clock() >= heard + self._idle_s:
                    return
                found = framer.close()
            except OSError:
                return
            else:
                if not data:
                    return
                found = framer.feed(data)
                if not amid:
                    begun = clock()
            if found:
                await inbox.put(connection, found)
                heard = begun = clock()


def _keep_alive(writer: asyncio.StreamWriter) -> None:
    line: socket.socket = writer.get_extra_info("socket")
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        if hasattr(socket, name):  # not every system has them
            line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
