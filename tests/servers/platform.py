"""A regulator's platform (上位机) that speaks HJ 212 over TCP, written from the standard alone.

*Source*: HJ 212-2017 6.3 (frame), Annex A (CRC), Annex C (9011, 9014).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def crc(data: bytes) -> int:
    """Annex A: the upper byte of the register alone meets the next byte."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ byte
        for _ in range(8):
            odd = register & 1
            register >>= 1
            if odd:
                register ^= 0xA001
    return register


def frame(data: str) -> bytes:
    """A packet around DATA."""
    body = data.encode()
    return b"##" + f"{len(body):04d}".encode() + body + f"{crc(body):04X}".encode() + b"\r\n"


@dataclass
class Said:
    """One packet as it came."""

    head: dict[str, str]
    cp: str
    connection: int
    sealed: bool

    @property
    def items(self) -> dict[str, str]:
        """What stands in CP, by name."""
        pairs = (piece.partition("=") for piece in self.cp.replace(";", ",").split(",") if piece)
        return {name: value for name, _, value in pairs}

    @property
    def name(self) -> tuple[str, str, str]:
        """By what a platform knows one packet from another: MN, CN, DataTime."""
        return self.head["MN"], self.head["CN"], self.items.get("DataTime", "")


@dataclass
class Platform:
    """Keeps what comes, and answers as ``answers`` says: ``ack``, ``silent``, ``cut``, or a QnRtn."""

    key: bytes | None = None
    answers: Callable[[Said], str] = lambda _: "ack"
    pause_s: float = 0.0
    port: int = 0
    said: list[Said] = field(default_factory=list)
    kept: dict[tuple[str, str, str], Said] = field(default_factory=dict)
    """What was acknowledged, once for each name; a packet that comes again takes the place of the first."""
    connections: int = 0
    replies: list[Said] = field(default_factory=list)
    """Answers to our own commands, and what came with them."""
    faults: list[str] = field(default_factory=list)
    writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _server: asyncio.Server | None = None

    def __post_init__(self) -> None:
        """Holds its port from now on, so that nobody else is found there while it is away."""
        seat = socket.socket()
        seat.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        seat.bind(("127.0.0.1", self.port))
        self.port = seat.getsockname()[1]
        weakref.finalize(self, seat.close)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, reuse_address=True)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await asyncio.sleep(0.05)
        self._server = None

    def cut(self) -> None:
        for writer in list(self.writers):
            writer.close()

    def command(self, cn: str, mn: str, pw: str, cp: str, qn: str = "20260301000000001", flag: int = 9) -> None:
        """Sends a command over every open line."""
        for writer in self.writers:
            writer.write(frame(f"QN={qn};ST=31;CN={cn};PW={pw};MN={mn};Flag={flag};CP=&&{cp}&&"))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        self.writers.add(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                said = await self._read(reader, number)
                if said.head["CN"] in ("9011", "9012", "1011", "1061", "1063") or said.head.get("Flag") in ("4", "8"):
                    self.replies.append(said)
                    continue
                self.said.append(said)
                answer = self.answers(said)
                if self.pause_s:
                    await asyncio.sleep(self.pause_s)
                if answer == "cut":
                    break
                if answer != "silent":
                    self._answer(writer, said, answer)
        self.writers.discard(writer)
        writer.close()

    async def _read(self, reader: asyncio.StreamReader, number: int) -> Said:
        opening = await reader.readexactly(6)
        assert opening[:2] == b"##", opening
        body = await reader.readexactly(int(opening[2:]))
        check, end = await reader.readexactly(4), await reader.readexactly(2)
        at = body.index(b"CP=&&") + 5
        sealed = False
        if self.key is not None and body[:at].split(b"CN=2")[0] != body[:at]:
            whole = at + (len(body) - 2 - at) // 16 * 16
            step = Cipher(algorithms.SM4(self.key), modes.ECB()).decryptor()
            body = body[:at] + step.update(body[at:whole]) + body[whole:]
            sealed = True
        if end != b"\r\n" or int(check, 16) != crc(body) or not body.endswith(b"&&"):
            self.faults.append(f"{opening!r} {body!r} {check!r}")
        head, _, cp = body.decode().partition("CP=&&")
        fields = dict(item.split("=", 1) for item in head.removesuffix(";").split(";"))
        return Said(fields, cp.removesuffix("&&"), number, sealed)

    def _answer(self, writer: asyncio.StreamWriter, said: Said, answer: str) -> None:
        head = said.head
        flag = int(head["Flag"]) & ~3
        cn, cp = ("9014", "") if answer == "ack" else ("9011", f"QnRtn={answer}")
        if answer == "ack":
            self.kept[said.name] = said
        if flag == 0:  # HJ/T 212-2005 has the request number in CP
            inside = ";".join(part for part in (f"QN={head['QN']}", cp) if part)
            writer.write(frame(f"ST=91;CN={cn};PW={head['PW']};MN={head['MN']};Flag=0;CP=&&{inside}&&"))
            return
        writer.write(frame(f"QN={head['QN']};ST=91;CN={cn};PW={head['PW']};MN={head['MN']};Flag={flag};CP=&&{cp}&&"))


@asynccontextmanager
async def running(platform: Platform) -> AsyncIterator[Platform]:
    """The platform in the running loop while the context lasts."""
    await platform.start()
    try:
        yield platform
    finally:
        await platform.stop()
