"""One TCP line to a platform: packets out, each with its answer; commands in."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from cems.errors import FlueledgerError, WireError
from cems.hj212.codes import Cn
from cems.hj212.encode import encode
from cems.hj212.framing import Frame, Framer
from cems.hj212.packet import Packet, parse
from cems.hj212.replies import REPLIES, Answer, answer_of
from cems.hj212.sm4 import is_sealed_command, seal
from cems.hj212.times import qn_of
from cems.hj212.version import Version
from gateway.upload.tally import UploadTally

CONNECT_S: Final = 10.0
_CHUNK: Final = 4096
_MOST_COMMANDS: Final = 16
"""Commands that wait for their answer at most; what comes beyond that is not heard (project choice)."""
_ACKNOWLEDGES: Final = frozenset({Cn.RECEIVED, Cn.NOTIFIED})


class AwayError(FlueledgerError):
    """The platform cannot be reached, or does not answer; parcels wait."""


class RefusedError(AwayError):
    """The platform refuses the device as a whole."""


class EndedError(AwayError):
    """The platform closed the line while nothing was asked of it."""


class Numbers:
    """Request numbers of one device: the time in milliseconds, each used once."""

    def __init__(self) -> None:
        self._last_ms = 0

    def next(self) -> str:
        """The next one."""
        self._last_ms = max(self._last_ms + 1, time.time_ns() // 1_000_000)
        return qn_of(self._last_ms)


class Talk:
    """An open line. Its methods raise :class:`AwayError` when it breaks."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        key: bytes | None,
        tally: UploadTally,
        on_command: Callable[[Packet], Iterable[Packet]],
    ) -> None:
        self._reader, self._writer, self._key = reader, writer, key
        self._tally, self._on_command = tally, on_command
        self._framer = Framer(tolerant=False)
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._commands: asyncio.Queue[Packet] = asyncio.Queue(_MOST_COMMANDS)

    async def hear(self) -> None:
        """Takes what comes until the line ends, and then raises :class:`AwayError`."""
        while True:
            try:
                data = await self._reader.read(_CHUNK)
            except OSError as error:
                raise AwayError(str(error) or type(error).__name__) from error
            if not data:
                raise (AwayError if self._waiting else EndedError)("the platform closed the line")
            for outcome in self._framer.feed(data):
                if not isinstance(outcome, Frame):
                    self._tally.strange += 1
                    continue
                try:
                    self._take(parse(outcome.data))
                except WireError:
                    self._tally.strange += 1

    async def obey(self) -> None:
        """Answers commands one after another, for ever: a long answer keeps no acknowledgement from being heard."""
        while True:
            try:
                for reply in self._on_command(await self._commands.get()):
                    await self.send(reply)
                    await asyncio.sleep(0)  # others have their turn
            except WireError:  # a head that cannot be given back as it came
                self._tally.strange += 1

    async def ask(self, packet: Packet, timeout_s: float, resends: int) -> Answer:
        """Sends a packet until it is answered; raises :class:`AwayError` when it is not.

        It keeps its request number, so that a late answer to the first try counts; in HJ 212-2025 the second try says
        ``RF=1``.
        """
        assert packet.qn is not None
        answer = self._waiting[packet.qn] = asyncio.get_running_loop().create_future()
        try:
            for attempt in range(1 + resends):
                again = attempt > 0 and packet.version is Version.V2025
                await self.send(replace(packet, resent=True) if again else packet)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(timeout_s):
                        return await asyncio.shield(answer)
            raise AwayError(f"no answer to CN={packet.cn}, {1 + resends} times after {timeout_s:g} s each")
        finally:
            del self._waiting[packet.qn]

    async def send(self, packet: Packet) -> None:
        """Sends a packet without waiting for an answer."""
        data = encode(packet)
        if self._key is not None and is_sealed_command(packet.cn):
            data = seal(data, self._key)
        try:
            self._writer.write(data)
            async with asyncio.timeout(CONNECT_S):
                await self._writer.drain()
        except (OSError, TimeoutError) as error:
            raise AwayError(str(error) or "the platform takes no more bytes") from error

    def _take(self, packet: Packet) -> None:
        if packet.cn not in REPLIES:
            if self._commands.full():
                self._tally.strange += 1
            else:
                self._commands.put_nowait(packet)
            return
        answer = answer_of(packet)
        waiting = self._waiting.get(answer.qn or "")
        if waiting is None or answer.cn is Cn.EXE_RTN or (answer.accepted and answer.cn not in _ACKNOWLEDGES):
            self._tally.strange += answer.qn is None or waiting is None
            return
        if not waiting.done():
            waiting.set_result(answer)
