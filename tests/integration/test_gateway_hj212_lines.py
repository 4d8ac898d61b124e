"""The lines of data loggers: bounded whatever comes, given up cleanly; and the loggers' clocks."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from gateway.drivers import hj212_listener, hj212_office
from tests.integration.gateway_chain import run
from tests.integration.logger_chain import box, free_port, one_logger
from tests.servers.logger import MN, T0, Logger, at, framed, gas


def in_china(seconds: float) -> str:
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(seconds + 8 * 3600))


def seconds_of(text: str) -> float:
    return time.mktime(time.strptime(text + " UTC", "%Y%m%d%H%M%S UTC")) - time.timezone - 8 * 3600


def says(cn: str, qn: str, cp: str, st: str = "91", flag: int = 4) -> str:
    return f"QN={qn};ST={st};CN={cn};PW=123456;MN={MN};Flag={flag};CP=&&{cp}&&"


def test_a_clock_is_asked_for_and_set_when_it_is_off(tmp_path: Path) -> None:
    async def body() -> None:
        port = free_port()
        keys = 'ask_clock_s = 3600.0\nset_clock = "when-off"\nclock_limit_s = 60.0'
        async with box(tmp_path, one_logger(port, keys)) as one, Logger(port) as logger:
            await logger.send(gas(0, pw="654321"))
            replies = {reply["CN"]: reply for reply in await logger.replies(2)}
            assert set(replies) == {"9014", "1011"}
            asked = replies["1011"]
            assert (asked["ST"], asked["PW"], asked["MN"], asked["Flag"], asked["CP"]) == ("31", "654321", MN, "5", "")
            ahead = in_china(time.time() + 100)
            await logger.send(
                says("9011", asked["QN"], "QnRtn=1"),
                says("1011", asked["QN"], f"SystemTime={ahead}", st="31"),
                says("9012", asked["QN"], "ExeRtn=1"),
            )
            setting = await logger.reply()
            assert setting["CN"] == "1012"
            assert abs(seconds_of(setting["CP"].removeprefix("SystemTime=")) - time.time()) < 3
            await logger.send(says("9011", setting["QN"], "QnRtn=1"), says("9012", setting["QN"], "ExeRtn=1"))
            await one.until(lambda: one.tally.packets.commands == {("logger-1", "told"): 1, ("logger-1", "set"): 1})
            assert one.tally.clock_offset_s["stack-1"] == pytest.approx(100, abs=2)
            assert await logger.replies(1, 1.5) == [], "asked once in an hour, set once"
            assert len(one.scans()) == 1

    run(body)


@pytest.mark.parametrize(("policy", "expected"), [("never", ["9013"]), ("on-request", ["9013", "1012"])])
def test_a_logger_that_asks_for_the_time(tmp_path: Path, policy: str, expected: list[str]) -> None:
    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port, f'set_clock = "{policy}"')) as one, Logger(port) as logger:
            await logger.send(says("1013", at(0, 17), "", st="31", flag=5))
            replies = await logger.replies(2, 2.0)
            assert sorted(reply["CN"] for reply in replies) == sorted(expected)
            if policy == "on-request":
                setting = next(reply for reply in replies if reply["CN"] == "1012")
                await logger.send(says("9011", setting["QN"], "QnRtn=3"))
                await one.until(lambda: one.tally.packets.commands == {("logger-1", "wrong password"): 1})

    run(body)


def test_nothing_is_asked_unless_the_plant_file_says_so(tmp_path: Path) -> None:
    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port)), Logger(port) as logger:
            await logger.send(gas(0))
            assert [reply["CN"] for reply in await logger.replies(2, 1.5)] == ["9014"]

    run(body)


def test_a_packet_that_stops_in_the_middle_holds_nothing_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hj212_listener, "_PACKET_S", 0.5)

    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port)) as one, Logger(port) as slow, Logger(port) as logger:
            await slow.raw(b"##0180QN=2026")
            await logger.send(gas(0))
            await logger.reply(1.0)
            for byte in b";ST=31;CN=2011;PW=1;":  # a byte now and then does not keep it open
                await slow.raw(bytes([byte]))
                await asyncio.sleep(0.05)
            await one.until(lambda: one.tally.packets.refused["cut"] == 1)
            await slow.send(gas(1))
            assert (await slow.reply(2.0))["QN"] == at(1, 17)

    run(body)


def test_a_flood_is_refused_and_others_are_served(tmp_path: Path) -> None:
    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port)) as one, Logger(port) as flood, Logger(port) as logger:
            pouring = asyncio.create_task(flood.raw(b"##9999" + b"x" * 3_000_000 + b"#" * 100_000))
            for minute in range(20):
                await logger.send(gas(minute))
                await logger.reply(5.0)
            await pouring
            await one.until(lambda: one.tally.packets.refused["garbage"] > 2000)
            assert len(one.scans()) == 20
            assert one.kept() == [], "bytes of strangers do not fill the disk"

    run(body)


def test_a_line_on_which_nothing_comes_is_closed(tmp_path: Path) -> None:
    async def body() -> None:
        port = free_port()
        keys = "idle_s = 10.0"  # the shortest that the plant file may say
        async with box(tmp_path, one_logger(port, keys)) as one, Logger(port) as idle:
            began = time.monotonic()
            assert await idle.ended(15)
            assert 9 < time.monotonic() - began < 14
            await one.until(lambda: one.tally.packets.connections == 0)

    run(body)


def test_strangers_make_room_for_loggers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hj212_listener, "MOST_CONNECTIONS", 3)

    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port)) as one, AsyncExitStack() as stack:
            await one.until(lambda: one.tally.packets.connections == 0)
            known, first, second, third = [await stack.enter_async_context(Logger(port)) for _ in range(4)]
            await known.send(gas(0))
            assert not await known.replies(1, 1.0), "the oldest that has shown no MN goes first"
            for i, logger in enumerate((first, second, third)):
                await logger.send(gas(i))
                await logger.reply(2.0)
            late = await stack.enter_async_context(Logger(port))
            assert await late.ended(2.0)
            await first.send(gas(7))
            await first.reply(2.0)
            assert one.tally.packets.refused == {"connections": 2}

    run(body)


def test_a_logger_that_takes_no_replies_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hj212_listener, "_MOST_UNSENT", 1024)

    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port)) as one:
            line = socket.socket()
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # before it connects, or windows would shrink
            line.connect(("127.0.0.1", port))
            _, writer = await asyncio.open_connection(sock=line)
            writer.transport.pause_reading()  # type: ignore[attr-defined]  # a transport of a socket has it

            async def talking() -> None:
                for _ in range(1000):
                    writer.write(framed(gas(0)) * 100)
                    await writer.drain()

            with pytest.raises(OSError, match=r"reset|Broken|lost"):
                await talking()
            assert len(one.scans()) == 1
            await one.until(lambda: one.tally.packets.connections == 0)
            writer.close()

    run(body)


def test_a_logger_that_closes_its_side_first_gets_its_reply(tmp_path: Path) -> None:
    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port)), Logger(port) as logger:
            await logger.send(gas(0))
            logger.writer.write_eof()
            await logger.reply()
            assert await logger.ended(2.0)

    run(body)


def test_a_port_that_is_taken_is_tried_again(tmp_path: Path) -> None:
    async def body() -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            async with box(tmp_path, one_logger(port)) as one:
                await one.until(lambda: one.tally.instruments["logger-1"].up is False)
                other.close()
                async with asyncio.timeout(10):
                    while True:
                        try:
                            async with Logger(port) as logger:
                                await logger.send(gas(0))
                                await logger.reply()
                                break
                        except OSError:
                            await asyncio.sleep(0.1)
                assert one.tally.instruments["logger-1"].up is True

    run(body)


def test_a_logger_that_is_gone_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hj212_office, "_GONE_S", 0.5)

    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port)) as one:
            async with Logger(port) as logger:
                await logger.send(gas(0))
                await logger.reply()
                await asyncio.sleep(1.0)
                assert one.tally.instruments["logger-1"].up is True, "it is there, though it says nothing"
            await one.until(lambda: one.tally.instruments["logger-1"].up is False)

    run(body)


def test_the_end_closes_every_line_and_the_port(tmp_path: Path) -> None:
    async def body() -> None:
        port = free_port()
        async with AsyncExitStack() as stack:
            async with box(tmp_path, one_logger(port)) as one:
                logger = await stack.enter_async_context(Logger(port))
                await logger.send(gas(0))
                await logger.reply()
            assert await logger.ended(2.0)
            with pytest.raises(OSError, match=r"refused|Connect call failed"):
                await asyncio.open_connection("127.0.0.1", port)
            assert one.tally.packets.connections == 0
        async with box(tmp_path, one_logger(port)) as one, Logger(port) as logger:  # and the port can be had again
            await logger.send(gas(1))
            await logger.reply()
            assert one.instants() == [T0, T0 + 60_000]

    run(body)
