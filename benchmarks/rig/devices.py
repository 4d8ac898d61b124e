"""Modbus TCP devices for measurements, as cheap as Python allows: many ports, one process, answers made beforehand.

A process of its own, so that what it costs is not counted with the gateway. Two faces:

- ``moving``: ten float32 values in registers 0 to 19, of which the first changes with every answer;
- ``stamped``: a float64 in registers 0 to 3, seconds since ``--since``: when the value last changed. It changes once a
  ``--period``, on whole multiples of it, or each device at a moment of its own drawn from ``--seed``.

``--ports`` names a file that gets the ports, in the order of the devices, once all listen. One more port stands after
them: it answers every connection with how many requests and registers were served so far.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import signal
import struct
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

VALUES: Final = 10
_HEAD: Final = struct.Struct(">HHHBBHH")
_FLOATS: Final = struct.pack(">9f", 6.0, 14.0, 9e5, 130.0, -300.0, 101_000.0, 9.0, 290.0, 120.0)
Words = Callable[[], bytes]


class Served:
    """What all devices together have answered."""

    def __init__(self) -> None:
        self.requests = 0
        self.registers = 0


def moving() -> Words:
    """Values as an analyser shows them; the first moves in steps that a float32 holds exactly."""
    step = 0

    def words() -> bytes:
        nonlocal step
        step = (step + 1) % 4096
        return struct.pack(">f", 10.0 + step / 1024.0) + _FLOATS

    return words


def stamped(since_s: float, period_s: float, phase_s: float) -> Words:
    """When the value last changed, s since ``since_s``."""

    def words() -> bytes:
        changed = math.floor((time.time() - phase_s) / period_s) * period_s + phase_s
        return struct.pack(">d", changed - since_s)

    return words


class Device(asyncio.Protocol):
    """One connection to one device; reads of holding or input registers, anything else is refused."""

    def __init__(self, words: Words, served: Served) -> None:
        self._words, self._served = words, served
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the way to answer."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answers every whole request."""
        data = self._rest + data
        at = 0
        while len(data) - at >= _HEAD.size:
            transaction, _, _, unit, code, address, count = _HEAD.unpack_from(data, at)
            at += _HEAD.size
            values = self._words()[2 * address : 2 * (address + count)]
            if code in (3, 4) and len(values) == 2 * count:
                pdu = bytes((code, 2 * count)) + values
                self._served.requests += 1
                self._served.registers += count
            else:
                pdu = bytes((code | 0x80, 2))
            self._transport.write(struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu)
        self._rest = data[at:]


class Control(asyncio.Protocol):
    """Tells whoever connects what was served."""

    def __init__(self, served: Served) -> None:
        self._served = served

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The whole conversation."""
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(json.dumps(vars(self._served)).encode())
        transport.close()


async def main(given: argparse.Namespace) -> None:
    """Serves until it is asked to end."""
    loop, stop, served = asyncio.get_running_loop(), asyncio.Event(), Served()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    chance = random.Random(given.seed)  # noqa: S311 - the same phases every time
    ports = []
    for _ in range(given.devices):
        phase = chance.uniform(0.0, given.period) if given.spread else 0.0
        words = stamped(given.since, given.period, phase) if given.face == "stamped" else moving()
        server = await loop.create_server(partial(Device, words, served), "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
    control = await loop.create_server(partial(Control, served), "127.0.0.1", 0)
    _tell(given.ports, [*ports, control.sockets[0].getsockname()[1]])
    await stop.wait()


def _tell(path: Path, ports: list[int]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(ports), "utf-8")
    part.replace(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, required=True)
    parser.add_argument("--ports", type=Path, required=True)
    parser.add_argument("--face", choices=("moving", "stamped"), default="moving")
    parser.add_argument("--since", type=float, default=0.0)
    parser.add_argument("--period", type=float, default=1.0)
    parser.add_argument("--spread", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    asyncio.run(main(parser.parse_args()))
