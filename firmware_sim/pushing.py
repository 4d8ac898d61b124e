"""Instruments that send by themselves: minute after minute, by the clock or as fast as they are heard."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol, TypeVar

Said = TypeVar("Said")
Said_contra = TypeVar("Said_contra", contravariant=True)


class PushedLine(Protocol[Said_contra]):
    """A line to whoever hears the instruments; ``send`` and ``close`` may take their time."""

    def open(self) -> None:
        """Connects; raises :class:`cems.errors.DeviceError` where nobody is there."""
        ...

    def send(self, said: Sequence[Said_contra], /) -> None:
        """Sends what is said in one minute."""
        ...

    def hurry(self) -> None:
        """A ``send`` under way need not wait for what may never come; called from another thread."""
        ...

    def close(self) -> None:
        """Ends the connection."""
        ...


class PushedFace(Protocol[Said]):
    """What a face of this kind makes of a recording."""

    minutes: int
    """Minutes that there are."""

    def line(self, host: str, port: int) -> PushedLine[Said]:
        """Its line."""
        ...

    def minute(self, index: int) -> Sequence[Said]:
        """What is sent for one minute, counted from 0."""
        ...


async def push(face: PushedFace[Said], host: str, port: int, gap_s: float, announce: Callable[[int], None]) -> None:
    """Sends all minutes, one every ``gap_s``, then stays connected until SIGTERM or SIGINT.

    ``announce`` is told the port once the line stands.
    """
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    line = face.line(host, port)

    def end() -> None:
        ended.set()
        line.hurry()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    try:
        await asyncio.to_thread(line.open)
        announce(port)
        for index in range(face.minutes):
            await asyncio.to_thread(line.send, face.minute(index))
            with suppress(TimeoutError):
                async with asyncio.timeout(gap_s):
                    await ended.wait()
            if ended.is_set():
                return
        await ended.wait()
    finally:
        await asyncio.to_thread(line.close)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
