"""A data logger made by hand: packets from the text of the standard, over a real socket; nothing of cems.hj212."""

from __future__ import annotations

import asyncio
import contextlib
import re
from types import TracebackType
from typing import Self

MN = "010000A8900016F000169DC0"
T0 = 1_772_323_200_000
"""2026-03-01 00:00 UTC, ms: 08:00 in China."""


def crc(data: bytes) -> int:
    """Annex A, as China sheet C.3 prints it."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ byte
        for _ in range(8):
            low = register & 1
            register >>= 1
            if low:
                register ^= 0xA001
    return register


def framed(data: str | bytes, *, lower: bool = False) -> bytes:
    raw = data.encode() if isinstance(data, str) else data
    text = f"{crc(raw):04x}" if lower else f"{crc(raw):04X}"
    return b"##%04d%s%s\r\n" % (len(raw), raw, text.encode())


def at(minute: int, digits: int = 14) -> str:
    """A minute after T0 as the wire has it, in UTC+8."""
    hour, minute = divmod(minute, 60)
    day, hour = divmod(hour + 8, 24)
    return f"202603{day + 1:02d}{hour:02d}{minute:02d}00000"[:digits]


def gas(
    minute: int,
    co2: str = "235714.286",
    o2: str = "6.50",
    *,
    mn: str = MN,
    flag: int | None = 5,
    cn: str = "2011",
    item: str = "Rtd",
    pw: str = "123456",
    resent: bool = False,
    qn: str | None = None,
    letter: str = "N",
) -> str:
    """DATA of a packet with CO2 and O2, as the standard of 2017 (flag 4, 5) or 2025 (8, 9) has it."""
    head = f"QN={qn or at(minute, 17)};ST=31;CN={cn};PW={pw};MN={mn};"
    head += ("" if flag is None else f"Flag={flag};") + ("RF=1;" if resent else "")
    co2_code, o2_code = ("30", "S01") if flag is None else ("a05001", "a19001")
    said = f"DataTime={at(minute)};{co2_code}-{item}={co2},{co2_code}-Flag={letter};"
    return f"{head}CP=&&{said}{o2_code}-{item}={o2},{o2_code}-Flag=N&&"


class Logger:
    """One line to a platform; keeps what it is told."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._address = host, port
        self.received = b""

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection(*self._address)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()

    async def send(self, *data: str | bytes, lower: bool = False) -> None:
        """Packets in one piece, each with its frame."""
        await self.raw(b"".join(framed(one, lower=lower) for one in data))

    async def raw(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def replies(self, count: int, seconds: float = 10.0) -> list[dict[str, str]]:
        """The next so many packets that come, as fields; fewer where the time is over or the line ends."""
        found: list[dict[str, str]] = []
        try:
            async with asyncio.timeout(seconds):
                while len(found) < count:
                    if match := re.match(rb"##(\d{4})", self.received):
                        end = 6 + int(match[1])
                        if len(self.received) >= end + 6:
                            found.append(fields(self.received[: end + 6]))
                            self.received = self.received[end + 6 :]
                            continue
                    data = await self.reader.read(4096)
                    if not data:
                        break
                    self.received += data
        except TimeoutError:
            pass
        return found

    async def reply(self, seconds: float = 10.0) -> dict[str, str]:
        found = await self.replies(1, seconds)
        assert found, "no reply"
        return found[0]

    async def ended(self, seconds: float = 10.0) -> bool:
        """Whether the other side ends the line."""
        try:
            async with asyncio.timeout(seconds):
                while data := await self.reader.read(4096):
                    self.received += data
        except TimeoutError:
            return False
        except OSError:
            pass
        return True


def fields(packet: bytes) -> dict[str, str]:
    """The fields of a packet; its frame is checked by hand."""
    length = int(packet[2:6])
    data, rest = packet[6 : 6 + length], packet[6 + length :]
    assert packet[:2] == b"##"
    assert rest == b"%04X\r\n" % crc(data), packet
    head, _, cp = data.decode().partition("CP=&&")
    found = dict(item.split("=", 1) for item in head.rstrip(";").split(";"))
    return {**found, "CP": cp.removesuffix("&&")}
