"""Instruments that send by themselves: minute after minute, by the clock or as fast as their broker takes it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from firmware_sim.mqtt_line import MqttLine, Publication


class PushedFace(Protocol):
    """What a face of this kind makes of a recording."""

    minutes: int
    """Minutes that there are."""

    def line(self, host: str, port: int) -> MqttLine:
        """Its line to a broker."""
        ...

    def minute(self, index: int) -> Sequence[Publication]:
        """What is sent for one minute, counted from 0."""
        ...


async def push(face: PushedFace, host: str, port: int, gap_s: float, announce: Callable[[int], None]) -> None:
    """Sends all minutes, one every ``gap_s``, then stays connected until SIGTERM or SIGINT.

    ``announce`` is told the broker's port once the line stands.
    """
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    line = face.line(host, port)
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
