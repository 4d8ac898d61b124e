"""A TCP proxy on loopback that can swallow, cut, reset and slow what goes through it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum


class Mode(StrEnum):
    """What happens to bytes."""

    PASS = "pass"  # noqa: S105 - a mode, no password
    SWALLOW = "swallow"
    """Connections are taken and kept, bytes vanish: a link that is silent."""
    HOLD = "hold"
    """Bytes wait until the link is back, as TCP keeps them: a link that is slow."""


class Proxy:
    """Between a client and one server."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._target = (host, port)
        self._mode = Mode.PASS
        self._flows = asyncio.Event()
        self._flows.set()
        self.port = 0
        self.connections = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    @property
    def mode(self) -> Mode:
        """What happens to bytes now."""
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._mode = mode
        if mode is Mode.HOLD:
            self._flows.clear()
        else:
            self._flows.set()

    async def cut(self) -> None:
        """Nobody can connect, and every connection is reset."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.reset()

    async def mend(self) -> None:
        """As in the beginning, on the same port."""
        self.mode = Mode.PASS
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    def reset(self) -> None:
        """Resets every connection; new ones are taken as the mode says."""
        for writer in list(self._open):
            with contextlib.suppress(OSError):
                line = writer.get_extra_info("socket")
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            other_reader, other_writer = await asyncio.open_connection(*self._target)
            self._open.add(other_writer)
            with contextlib.suppress(ConnectionError):
                await asyncio.gather(self._carry(reader, other_writer), self._carry(other_reader, writer))
            self._open.discard(other_writer)
            other_writer.close()
        except (OSError, asyncio.CancelledError):
            pass  # the server is away, or the test is over
        finally:
            self._open.discard(writer)
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._flows.wait()
            if self.mode is Mode.PASS:
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def proxy_to(port: int) -> AsyncIterator[Proxy]:
    """A proxy to a loopback port; ends with its connections."""
    proxy = Proxy(port)
    await proxy.mend()
    try:
        yield proxy
    finally:
        await proxy.cut()
        await asyncio.sleep(0.05)
