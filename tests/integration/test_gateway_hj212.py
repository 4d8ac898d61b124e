"""Data loggers over real TCP: every reading once, and no reply before it is on the disk."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from cems.errors import StoreUnavailableError
from cems.evidence import unpack
from cems.scan import Batch, StampedBy
from gateway.assemble import Draft, Last
from gateway.intake import Intake
from gateway.selfreport import read_status, status_path
from tests.integration.gateway_chain import everything, instants, run, until
from tests.integration.logger_chain import (
    TWO,
    box,
    free_port,
    instrument,
    listening,
    logger_daemon,
    one_logger,
)
from tests.integration.pushed_chain import HEAD
from tests.servers import Broker
from tests.servers.logger import MN, T0, Logger, at, framed, gas


def minutes(count: int) -> list[int]:
    return [T0 + 60_000 * i for i in range(count)]


def test_a_packet_is_a_scan_with_its_bytes_and_is_answered(tmp_path: Path) -> None:
    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port)) as one, Logger(port) as logger:
            await logger.send(gas(0))
            reply = await logger.reply()
            (scan,) = one.scans()  # it is on the disk when the reply comes
            head = {"QN": at(0, 17), "ST": "91", "CN": "9014", "PW": "123456", "MN": MN, "Flag": "4", "CP": ""}
            assert reply == head
            assert (scan.instant_ms, scan.stamped_by, scan.flags) == (T0, StampedBy.DEVICE, "NNxxxxxxxx")
            assert scan.values[:2] == (pytest.approx(12.0, abs=1e-6), 6.5)
            assert [piece.payload for piece in unpack(scan.words)] == [framed(gas(0))[:-2]]
            assert one.tally.instruments["logger-1"].reads == 1

    run(body)


def test_sent_again_is_answered_again_and_stored_once(tmp_path: Path) -> None:
    """With RF=1 or without, under another QN, over another line, after another start."""

    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port)) as one:
            async with Logger(port) as logger:
                await logger.send(gas(0), gas(0, flag=9, resent=True))
                assert [r["CN"] for r in await logger.replies(2)] == ["9014", "9014"]
            async with Logger(port) as logger:
                await logger.send(gas(0, qn=at(7, 17)))
                assert (await logger.reply())["QN"] == at(7, 17)
                await logger.send(gas(0, "235714.287"))  # another content is another reading, and keeps its time
                await logger.reply()
            assert one.instants() == [T0, T0]
            assert one.tally.packets.resent == {"logger-1": 1}
        async with box(tmp_path, one_logger(port)) as one, Logger(port) as logger:
            await logger.send(gas(0), gas(1))
            assert len(await logger.replies(2)) == 2
            assert one.instants() == [T0, T0, T0 + 60_000]
            assert {scan.stamped_by for scan in one.scans()} == {StampedBy.DEVICE}

    run(body)


def test_what_was_missed_comes_late_with_its_own_time(tmp_path: Path) -> None:
    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port, 'data = "minute"')) as one, Logger(port) as logger:
            order = [5, 0, 1, 2, 3, 4, 2]
            for i in order:
                await logger.send(gas(i, cn="2051", item="Avg", flag=9, resent=i < 5))
                await logger.reply()
            assert sorted(one.instants()) == minutes(6)
            assert "stack-1" not in one.tally.clock_offset_s, "the start of a minute tells nothing of the clock"

    run(body)


@pytest.mark.parametrize("cut", [1, 7, 100])
def test_split_and_sticky_packets(tmp_path: Path, cut: int) -> None:
    """Ten packets in one stream of bytes, half of them without CR LF, in pieces of any size."""

    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port)) as one, Logger(port) as logger:
            whole = [framed(gas(i)) for i in range(10)]
            stream = b"".join(raw if i % 2 else raw.removesuffix(b"\r\n") for i, raw in enumerate(whole))
            for begin in range(0, len(stream), cut):
                await logger.raw(stream[begin : begin + cut])
                if cut > 7:
                    await asyncio.sleep(0.002)
            assert len(await logger.replies(10)) == 10
            assert one.instants() == minutes(10)
            assert one.tally.packets.oddities == {("logger-1", "no_separator"): 5}

    run(body)


def part(number: int, of: int, cp: str, qn: str = at(0, 17)) -> str:
    return f"QN={qn};ST=31;CN=2011;PW=123456;MN={MN};Flag=7;PNUM={of};PNO={number};CP=&&DataTime={at(0)};{cp}&&"


def test_parts_of_a_packet_are_one_scan_and_one_reply(tmp_path: Path) -> None:
    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port)) as one, Logger(port) as logger:
            second = part(2, 2, "a19001-Rtd=6.50,a19001-Flag=C")
            first = part(1, 2, "a05001-Rtd=235714.286,a05001-Flag=N")
            await logger.send(second)
            assert await logger.replies(1, 0.3) == [], "half a packet is not on the disk"
            await logger.send(first)
            assert (await logger.reply())["CN"] == "9014"
            assert await logger.replies(1, 0.2) == []
            (scan,) = one.scans()
            assert scan.flags[:2] == "NC"
            assert [p.payload for p in unpack(scan.words)] == [framed(first)[:-2], framed(second)[:-2]]

    run(body)


def test_parts_that_never_come_are_kept_and_not_answered(tmp_path: Path) -> None:
    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port)) as one:
            async with Logger(port) as logger:
                await logger.send(part(1, 2, "a05001-Rtd=1"))
                assert await logger.replies(1, 0.2) == []
            await one.until(lambda: len(one.kept()) == 1)
            assert one.kept() == [("parts 2 did not come: age", framed(part(1, 2, "a05001-Rtd=1"))[:-2])]
            assert one.tally.packets.refused == {"incomplete": 1}
            assert one.scans() == []

    run(body)


def test_factors_in_packets_of_their_own_are_one_scan(tmp_path: Path) -> None:
    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port, "gather_s = 0.5")) as one, Logger(port) as logger:
            head = f"QN={at(0, 17)};ST=31;CN=2011;PW=1;MN={MN};Flag=5;CP=&&DataTime={at(0)};"
            await logger.send(f"{head}a05001-Rtd=235714.286&&", f"{head}a19001-Rtd=6.5&&")
            assert len(await logger.replies(2, 0.4)) == 2, "nothing is waited for when all are there"
            await logger.send(f"{head.replace(at(0), at(1))}a19001-Rtd=6.6&&")
            assert await logger.replies(1, 0.2) == [], "the rest may still come"
            assert len(await logger.replies(1, 2.0)) == 1
            first, second = one.scans()
            assert (first.flags[:2], second.flags[:2]) == ("NN", "BN")
            assert second.values[:2] == (None, 6.6)

    run(body)


class CutOff(Intake):
    """Stores as ever, and then the power goes."""

    async def store(self, drafts: Sequence[Draft], lasts: Mapping[str, Last]) -> None:
        await super().store(drafts, lasts)
        raise asyncio.CancelledError


def test_cut_off_between_the_store_and_the_reply(tmp_path: Path) -> None:
    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port), CutOff) as one, Logger(port) as logger:
            await logger.send(gas(0))
            assert await logger.replies(1, 2.0) == []
            assert one.instants() == [T0]
        async with box(tmp_path, one_logger(port)) as one, Logger(port) as logger:
            await logger.send(gas(0, flag=9, resent=True))
            await logger.reply()
            assert one.instants() == [T0]

    run(body)


def test_no_reply_while_the_disk_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port)) as one, Logger(port) as logger:
            append, fails = one.spool.append, True

            def sometimes(*arguments: object) -> object:
                if fails:
                    raise StoreUnavailableError("no room on the disk")
                return append(*arguments)  # type: ignore[arg-type]  # as they came

            monkeypatch.setattr(one.spool, "append", sometimes)
            await logger.send(gas(0))
            assert await logger.replies(1, 1.5) == []
            assert one.scans() == []
            assert "no room on the disk" in one.tally.standing_still
            fails = False
            assert (await logger.reply())["CN"] == "9014"
            assert one.instants() == [T0]
            assert one.tally.store_failures >= 1
            await one.until(lambda: not one.tally.standing_still)

    run(body)


def test_a_full_spool_answers_nobody_and_says_why(tmp_path: Path) -> None:
    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port), max_bytes=1_000_000) as one, Logger(port) as logger:
            sent = 0
            while not one.tally.spool_full:
                await logger.send(*(gas(i) for i in range(sent, sent + 50)))
                got = await logger.replies(50, 0.5)
                sent += 50
                assert sent < 10_000
            await one.until(lambda: "is full" in one.tally.standing_still)
            taken = one.spool.depth
            assert taken <= sent
            await logger.send(gas(sent))
            assert await logger.replies(1, 1.5) == []
            assert one.spool.depth == taken
            one.spool.acknowledge([(1, taken)])
            missing = sent + 1 - taken
            await logger.replies(missing + 50 - len(got), 5.0)
            await one.until(lambda: one.spool.depth == missing)
            assert [scan.instant_ms for scan in one.scans()] == minutes(sent + 1)[taken:]

    run(body)


def test_strangers_and_wrong_passwords_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> None:
        port = free_port()
        monkeypatch.setenv("LOGGER_PW", "123456")
        async with box(tmp_path, one_logger(port, 'password_env = "LOGGER_PW"')) as one, Logger(port) as logger:
            await logger.send(gas(0, mn="010000A8900016F000169DC1"), gas(0, pw="123457"), gas(0, pw=""))
            await logger.raw(b"GET / HTTP/1.1\r\n\r\n")
            await logger.send(gas(1))
            assert [reply["QN"] for reply in await logger.replies(2, 1.0)] == [at(1, 17)]
            assert one.instants() == [T0 + 60_000]
            assert one.tally.packets.refused == {"unknown_mn": 1, "wrong_password": 2, "garbage": 1}

    run(body)


def test_killed_again_and_again(tmp_path: Path, mosquitto_broker: Broker) -> None:
    """A logger that waits for each reply and sends again; the gateway is killed at any moment."""
    count = 120

    async def sending(port: int) -> None:
        minute = tries = 0
        while minute < count:
            with suppress(OSError):
                async with Logger(port) as logger:
                    while minute < count:
                        tries += 1
                        await logger.send(gas(minute, flag=9, resent=tries > 1))
                        if not await logger.replies(1, 1.0):
                            break
                        minute, tries = minute + 1, 0
            await asyncio.sleep(0.01)

    async def body() -> None:
        port = free_port()
        async with logger_daemon(tmp_path, one_logger(port), mosquitto_broker, everything) as (daemon, ingest):
            task = asyncio.create_task(sending(port))
            for turn in range(5):
                await asyncio.sleep(0.13 + 0.05 * turn)
                daemon.end(signal.SIGKILL)
                daemon.start()
                await listening(daemon, turn + 2)
            await asyncio.wait_for(task, 60)
            await until(lambda: len(ingest.of("stack-1")) >= count, daemon)
            assert instants(ingest.of("stack-1")) == minutes(count)
            assert sorted(ingest.scans) == list(range(1, count + 1))

    run(body)


def test_the_status_says_why_and_a_reload_keeps_the_port(tmp_path: Path, mosquitto_broker: Broker) -> None:
    def nothing(_: int, __: Batch) -> list[tuple[int, int]]:
        return []

    async def body() -> None:
        port = free_port()
        settings = {"max_bytes": 1_000_000}
        async with logger_daemon(tmp_path, one_logger(port), mosquitto_broker, nothing, settings) as (daemon, _):
            async with Logger(port) as logger:
                for begin in range(0, 6000, 50):
                    await logger.send(*(gas(i) for i in range(begin, begin + 50)))
                    if len(await logger.replies(50, 2.0)) < 50:
                        break
                path = status_path(tmp_path / "spool.db")

                def why() -> str:
                    health = read_status(path)
                    return health.standing_still if health else ""

                await until(lambda: "is full" in why(), daemon)
                daemon.process.send_signal(signal.SIGHUP)
                await listening(daemon, 2)
                assert await logger.ended()
            async with Logger(port) as logger:
                await logger.send(gas(5999))
                assert await logger.replies(1, 1.0) == []

    run(body)


@pytest.mark.parametrize("flag", [4, None])
def test_what_came_before_the_end_is_stored_though_no_reply_was_asked_for(tmp_path: Path, flag: int | None) -> None:
    """Such a logger never sends it again: neither what waits for other factors nor what waits to be read is dropped."""

    async def body() -> None:
        port = free_port()
        value = TWO.replace("a05001", "30").replace("a19001", "S01") if flag is None else TWO
        plant = HEAD + instrument(port, "gather_s = 600.0\nalign_s = 0.0", value=value)
        async with box(tmp_path, plant) as one, Logger(port) as logger:
            half = (
                gas(0, flag=flag).replace(";S01-Rtd=6.50,S01-Flag=N", "").replace(";a19001-Rtd=6.50,a19001-Flag=N", "")
            )
            await logger.send(half)
            await one.until(lambda: one.tally.packets.connections == 1)
            await asyncio.sleep(0.2)
            assert one.scans() == [], "it waits for the other factor"
        async with box(tmp_path, plant) as one:
            (scan,) = one.scans()
            assert (scan.instant_ms, scan.flags) == (T0, "NBxxxxxxxx")

    run(body)


def test_what_came_before_the_clock_of_the_box_was_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A box without a battery for its clock begins in 1970; a scan of then could be stored, and never be read again."""

    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port)) as one, Logger(port) as logger:
            monkeypatch.setattr("gateway.drivers.hj212_listener.time", SimpleNamespace(time_ns=lambda: 5 * 10**9))
            await logger.send(gas(0))
            assert (await logger.reply())["CN"] == "9014"
            (scan,) = one.scans()
            assert scan.instant_ms == T0
            assert abs(scan.read_ms / 1000 - time.time()) < 60

    run(body)


@pytest.mark.parametrize("time_key", ["", "Datatime=20260301080000;"])
def test_values_without_a_data_time_are_kept_before_they_are_answered(tmp_path: Path, time_key: str) -> None:
    """No scan can be made of them; to be told that they have arrived and to drop them would lose them in silence."""

    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port)) as one, Logger(port) as logger:
            packet = gas(0).replace(f"DataTime={at(0)};", time_key)
            await logger.send(packet)
            assert (await logger.reply())["CN"] == "9014"
            assert one.kept() == [("there is no DataTime", framed(packet)[:-2])]
            assert one.tally.errors["unreadable"] == 1

    run(body)
