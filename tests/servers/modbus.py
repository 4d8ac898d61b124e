"""A Modbus TCP device made by hand, so that a test can have it late, silent, refusing or cut off at will.

It speaks the protocol from the specification (MBAP header or RTU frames, function codes 1 to 4), not through our
driver's library; over TCP, over TLS, and as a bus of RTU devices on a pseudo-terminal or behind a converter.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import struct
import tty
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
    bits: dict[int, dict[int, bool]] = field(default_factory=dict)
    """Coils and discrete inputs by unit id and address."""
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

    async def _serve_rtu(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Frames of the serial line: unit id, function, address, count, CRC."""
        self.connections += 1
        try:
            while True:
                frame = await reader.readexactly(8)
                assert crc16(frame[:6]) == frame[6:], f"a request with a wrong CRC: {frame.hex()}"
                unit, code, address, count = struct.unpack(">BBHH", frame[:6])
                self.asked.append((unit, code, address, count))
                self.on_read((unit, code, address, count))
                body = bytes((unit,)) + self._pdu(unit, code, address, count)
                if self.delays:
                    await asyncio.sleep(self.delays.pop(0))
                if unit not in self.silent:
                    writer.write(body + crc16(body))
        except (asyncio.IncompleteReadError, ConnectionError, OSError, asyncio.CancelledError):
            pass  # the client left, or the test is over
        finally:
            writer.close()

    def _pdu(self, unit: int, code: int, address: int, count: int) -> bytes:
        if unit in self.exceptions:
            return bytes((code | 0x80, self.exceptions[unit]))
        if code in (1, 2):
            items = [self.bits.get(unit, {}).get(a) for a in range(address, address + count)]
            if None in items:
                return bytes((code | 0x80, 2))
            packed = sum(bool(bit) << i for i, bit in enumerate(items)).to_bytes((count + 7) // 8, "little")
            return bytes((code, len(packed))) + packed
        if code not in (3, 4):
            return bytes((code | 0x80, 1))
        words = [self.registers.get(unit, {}).get(a) for a in range(address, address + count)]
        if None in words:
            return bytes((code | 0x80, 2))
        return struct.pack(f">BB{count}H", code, 2 * count, *words)


def crc16(data: bytes) -> bytes:
    """CRC of a serial frame as sent, the low byte first. *Source*: Modbus over Serial Line V1.02, 6.2.2."""
    register = 0xFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ 0xA001 if register & 1 else register >> 1
    return register.to_bytes(2, "little")


@asynccontextmanager
async def on_a_serial_line(device: Device) -> AsyncIterator[str]:
    """The device, as a bus of RTU devices, at one end of a pseudo-terminal; gives the path of the other end."""
    controller, terminal = os.openpty()
    tty.setraw(terminal)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    listening, speaking = os.fdopen(controller, "rb", 0), os.fdopen(os.dup(controller), "wb", 0)
    incoming, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), listening)
    outgoing, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, speaking)
    writer = asyncio.StreamWriter(outgoing, protocol, None, loop)
    task = asyncio.create_task(device._serve_rtu(reader, writer))
    try:
        yield os.ttyname(terminal)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        incoming.close()
        outgoing.close()
        os.close(terminal)


@asynccontextmanager
async def running(device: Device, *, rtu: bool = False, tls: ssl.SSLContext | None = None) -> AsyncIterator[Device]:
    """Serves the device on a free loopback port, or on its old one."""
    serve = device._serve_rtu if rtu else device._serve
    server = await asyncio.start_server(serve, "127.0.0.1", device.port, ssl=tls)
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
