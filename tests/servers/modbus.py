"""A Modbus TCP device made by hand, so that a test can have it late, silent, refusing or cut off at will.

It speaks the protocol from the specification (MBAP header, function codes 3 and 4), not through our driver's library.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Frame = tuple[int, int, int, int]
"""Unit id, function code, first register, count."""


@dataclass
class Device:
    """One server; every field can be changed while it runs."""

    registers: dict[int, dict[int, int]] = field(default_factory=dict)
    """Words by unit id and address; an address that is not there is refused with exception 2."""
    exceptions: dict[int, int] = field(default_factory=dict)
    """Exception code that a unit id answers with."""
    delays: list[float] = field(default_factory=list)
    """Seconds to wait before the next answers, one each."""
    silent: set[int] = field(default_factory=set)
    """Unit ids that do not answer."""
    cut_next: bool = False
    """Close the connection in place of the next answer."""
    on_read: Callable[[Frame], None] = lambda _: None
    """Called before the words are taken."""
    asked: list[Frame] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def set_words(self, unit: int, address: int, *words: int) -> None:
        """Puts words into consecutive registers."""
        self.registers.setdefault(unit, {}).update({address + i: word for i, word in enumerate(words)})

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                transaction, _, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
                code, address, count = struct.unpack(">BHH", await reader.readexactly(length - 1))
                self.asked.append((unit, code, address, count))
                if self.cut_next:
                    self.cut_next = False
                    return
                self.on_read((unit, code, address, count))
                pdu = self._pdu(unit, code, address, count)
                if self.delays:
                    await asyncio.sleep(self.delays.pop(0))
                if unit not in self.silent:
                    writer.write(struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the client left, or the test is over
        finally:
            writer.close()

    def _pdu(self, unit: int, code: int, address: int, count: int) -> bytes:
        if unit in self.exceptions:
            return bytes((code | 0x80, self.exceptions[unit]))
        if code not in (3, 4):
            return bytes((code | 0x80, 1))
        words = [self.registers.get(unit, {}).get(a) for a in range(address, address + count)]
        if None in words:
            return bytes((code | 0x80, 2))
        return struct.pack(f">BB{count}H", code, 2 * count, *words)


@asynccontextmanager
async def running(device: Device) -> AsyncIterator[Device]:
    """Serves the device on a free loopback port, or on its old one."""
    server = await asyncio.start_server(device._serve, "127.0.0.1", device.port)
    device.port = server.sockets[0].getsockname()[1]
    tasks_before = asyncio.all_tasks()
    try:
        yield device
    finally:
        server.close()
        for task in asyncio.all_tasks() - tasks_before:
            if "Device._serve" in repr(task.get_coro()):
                task.cancel()
        await asyncio.sleep(0)
