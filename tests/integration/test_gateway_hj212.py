"""Data loggers over real TCP: every reading once, and no reply before it is on the disk."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from cems.errors import StoreUnavailableError
from cems.evidence import unpack
from cems.scan import Batch, Scan, StampedBy
from gateway.assemble import Draft, Last
from gateway.intake import Intake
from gateway.selfreport import read_status, status_path
from tests.hj212_packets import CIPHER_P2, CIPHER_P3, KNOWN_BAD, PACKETS
from tests.integration.gateway_chain import everything, instants, run, until
from tests.integration.logger_chain import (
    TWO,
    another_point,
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
            fails = False
            assert (await logger.reply())["CN"] == "9014"
            assert one.instants() == [T0]
            assert one.tally.store_failures >= 1

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


def test_loggers_of_three_standards_on_one_port(tmp_path: Path) -> None:
    old = TWO.replace("a05001", "30").replace("a19001", "S01")
    mns = ["88888880000001", MN, "010000A8900016F000169DC2"]

    async def body() -> None:
        port = free_port()
        plant = HEAD + instrument(port, 'version = 2005\nanswers = "always"', code="l-0", mn=mns[0], value=old)
        plant += another_point("p-1") + instrument(port, code="l-1", mn=mns[1])
        plant += another_point("p-2") + instrument(port, "version = 2025", code="l-2", mn=mns[2])
        async with box(tmp_path, plant) as one, Logger(port) as a, Logger(port) as b, Logger(port) as c:
            for logger, mn, flag in zip((a, b, c), mns, (None, 5, 9), strict=True):
                await logger.send(gas(0, mn=mn, flag=flag))
            replies = [await logger.reply() for logger in (a, b, c)]
            assert [(r["MN"], r.get("Flag"), r["CP"]) for r in replies] == [
                (mns[0], None, f"QN={at(0, 17)}"),
                (mns[1], "4", ""),
                (mns[2], "8", ""),
            ]
            scans = {scan.point: scan for scan in one.scans()}
            assert set(scans) == {"stack-1", "p-1", "p-2"}
            assert {scan.values[:2] for scan in scans.values()} == {(scans["p-1"].values[0], 6.5)}
            # One line may carry several loggers, as those behind a relay.
            await a.send(gas(1, mn=mns[1]), gas(1, mn=mns[2], flag=9))
            assert {reply["MN"] for reply in await a.replies(2)} == set(mns[1:])

    run(body)


def test_a_password_longer_than_the_standard_has_is_answered_as_it_came(tmp_path: Path) -> None:
    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port)) as one, Logger(port) as logger:
            await logger.send(gas(0, pw="12345678"))
            assert (await logger.reply())["PW"] == "12345678"
            assert one.tally.packets.oddities == {("logger-1", "field_too_long"): 1}

    run(body)


FLUE = """value = [{ channel = "velocity", factor = "a01011" }, { channel = "moisture", factor = "a01014" }]"""


@pytest.mark.parametrize("where", ["environment", "file"])
def test_encrypted_packets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """The ciphertexts that HJ 212-2025 Annex A.2 prints; and a plain packet between them."""
    key = 'key_env = "LOGGER_KEY"' if where == "environment" else 'key_file = "logger.key"'
    monkeypatch.setenv("LOGGER_KEY", "0" * 16)
    (tmp_path / "logger.key").write_text("30" * 16 + "\n")
    sealed = [
        PACKETS[name].encode().partition(b"CP=&&")[0] + b"CP=&&" + cipher + b"&&" + PACKETS[name][-4:].encode()
        for name, cipher in (("P2", CIPHER_P2), ("P3", CIPHER_P3 + b"g=N"))
    ]

    async def body() -> None:
        port = free_port()
        plant = HEAD + instrument(port, f'version = 2025\ndata = "minute"\n{key}', value=FLUE)
        async with box(tmp_path, plant) as one, Logger(port) as logger:
            await logger.raw(b"".join(raw + b"\r\n" for raw in sealed))
            assert [reply["CN"] for reply in await logger.replies(2)] == ["9014", "9014"]
            first, second = one.scans()
            assert [scan.values[2] for scan in (first, second)] == [1.35, 1.35]
            assert [scan.values[7] for scan in (first, second)] == [3.211, 3.2]
            plain, remark = unpack(first.words)
            assert (plain.payload, remark.topic, remark.payload) == (PACKETS["P2"].encode(), "#sealed", sealed[0])
            await logger.raw(PACKETS["P2"].encode() + b"\r\n")
            await logger.reply()
            assert len(one.scans()) == 2, "the same in plain text is the same"

    run(body)


ALL = """value = [
    { channel = "co2", factor = "a05001", basis = "dry" }, { channel = "o2", factor = "a19001", basis = "dry" },
    { channel = "velocity", factor = "a01011" }, { channel = "temperature", factor = "a01012" },
    { channel = "pressure", factor = "a01013" }, { channel = "moisture", factor = "a01014" },
    { channel = "flow", factor = "a00000" },
]"""
OLD = """value = [
    { channel = "o2", factor = "S01", basis = "dry" }, { channel = "velocity", factor = "S02" },
    { channel = "flow", factor = "B02", unit = "m3/h" }, { channel = "temperature", factor = "S03" },
    { channel = "pressure", factor = "S08" }, { channel = "moisture", factor = "S05" },
]"""
ODD = 'value = [{ channel = "load", factor = "ele01", unit = "MW" }]'


def test_the_packets_of_the_sheet_through_the_socket(tmp_path: Path) -> None:
    async def body() -> None:
        port = free_port()
        plant = HEAD + instrument(port, "gather_s = 0.0", code="realtime", value=ALL)
        for kind in ("minute", "hour"):
            plant += another_point(kind) + instrument(port, f'data = "{kind}"\ngather_s = 0.0', code=kind, value=ALL)
        plant += another_point("old") + instrument(port, "version = 2005", code="old", mn="TY0102183V0001", value=OLD)
        plant += another_point("odd") + instrument(
            port, "version = 2005", code="odd", mn="NJGDKYYC202101q0001w0001", value=ODD
        )
        async with box(tmp_path, plant) as one, Logger(port) as logger:
            await logger.raw(b"\r\n".join(packet.encode() for packet in PACKETS.values()) + b"\r\n")
            # P6 and P7 have no Flag, P8 is of a stranger and does not ask, O3 is a reply itself.
            told = [(reply["CN"], reply["CP"]) for reply in await logger.replies(9, 2.0)]
            assert sorted(told) == [("9011", "QnRtn=2")] * 2 + [("9014", "")] * 6
            scans: dict[str, list[Scan]] = {}
            for scan in one.scans():
                scans.setdefault(scan.point, []).append(scan)
            assert {point: len(found) for point, found in scans.items()} == {
                "stack-1": 2, "minute": 3, "hour": 1, "old": 1, "odd": 1,
            }  # fmt: skip
            p4, o1 = sorted(scans["stack-1"], key=lambda scan: scan.instant_ms)
            assert p4.values[:8] == (None, 6.8, 11.2, 120_495_600.0, 138.5, 101_300.0, None, 8.6)
            assert p4.flags == "BNNTNTxNxx"
            assert o1.values[:8] == (pytest.approx(12, abs=1e-6), 6.5, 12.35, 2_204_640, 52.3, -120, None, 12.4)
            (p6,) = scans["old"]
            assert p6.values[:8] == (None, 14.913, 6.38, 3600, 147.12, 1349, None, 8)
            assert scans["odd"][0].values[8] == 1
            (o2,) = scans["hour"]
            assert (o2.values[0], o2.values[3]) == (pytest.approx(12, abs=1e-6), 2_204_640)
            assert one.tally.packets.oddities["odd", "lower_case_crc"] == 1

    run(body)


@pytest.mark.parametrize("name", sorted(KNOWN_BAD))
def test_known_bad_packets_are_refused_or_taken_and_counted(tmp_path: Path, name: str) -> None:
    packet = KNOWN_BAD[name].encode()
    mn = packet.partition(b"MN=")[2].partition(b";")[0].decode()
    factor = {"JAVA": "011", "LUA": "S03", "AIR": "a21004"}[name]
    value = f'value = [{{ channel = "temperature", factor = "{factor}", unit = "degC" }}]'
    kind = "short_length" if name == "AIR" else "wrong_crc"

    async def body() -> None:
        port = free_port()
        for mode in ("strict", "tolerant"):
            folder = tmp_path / mode
            folder.mkdir()
            plant = HEAD + instrument(port, f'packets = "{mode}"\nanswers = "always"', mn=mn, value=value)
            async with box(folder, plant) as one, Logger(port) as logger:
                await logger.raw(packet + b"\r\n")
                if mode == "strict":
                    assert await logger.replies(1, 0.5) == []
                    assert one.scans() == []
                    assert one.tally.packets.refused == {kind: 1}
                    assert one.kept() == [(kind.replace("_", " "), packet)]
                else:
                    assert (await logger.reply())["CN"] == "9014"
                    assert one.scans()[0].values[4] == {"JAVA": 231.0, "LUA": 44.586, "AIR": 112.0}[name]
                    assert one.tally.packets.oddities["logger-1", kind] == 1

    run(body)


def test_strict_and_tolerant_on_one_port(tmp_path: Path) -> None:
    async def body() -> None:
        port, other = free_port(), "010000A8900016F000169DC9"
        plant = one_logger(port) + another_point("p-1") + instrument(port, 'packets = "tolerant"', code="t", mn=other)
        async with box(tmp_path, plant) as one, Logger(port) as logger:
            for mn in (MN, other):
                await logger.raw(framed(gas(0, mn=mn))[:-6] + b"0000\r\n")
            assert [reply["MN"] for reply in await logger.replies(2, 1.0)] == [other]
            assert [scan.point for scan in one.scans()] == ["p-1"]
            assert one.tally.packets.refused == {"wrong_crc": 1}
            assert one.tally.packets.oddities == {("t", "wrong_crc"): 1}

    run(body)


def test_what_cannot_be_read_is_kept_and_then_answered(tmp_path: Path) -> None:
    """It would be the same the next time, and stand before everything else."""

    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port)) as one, Logger(port) as logger:
            bad = gas(0).replace(at(0) + ";", "20261301000000;")
            await logger.send(bad, gas(1))
            assert len(await logger.replies(2)) == 2
            ((reason, raw),) = one.kept()
            assert "no time" in reason
            assert raw == framed(bad)[:-2]
            assert one.instants() == [T0 + 60_000]

    run(body)


def test_other_data_are_answered_and_counted_never_mixed_in(tmp_path: Path) -> None:
    async def body() -> None:
        port = free_port()
        async with box(tmp_path, one_logger(port)) as one, Logger(port) as logger:
            await logger.send(*(gas(0, cn=cn, item="Avg") for cn in ("2051", "2061", "2031")))
            boot = f"QN={at(0, 17)};ST=31;CN=2081;PW=1;MN={MN};Flag=9;CP=&&DataTime={at(0)};RestartTime={at(0)}&&"
            heart = f"QN={at(0, 17)};ST=31;CN=9015;PW=1;MN={MN};Flag=9;CP=&&&&"
            await logger.send(boot, heart)
            replies = [reply["CN"] for reply in await logger.replies(5)]
            assert replies == ["9014"] * 4 + ["9013"]
            assert one.scans() == []
            assert one.tally.packets.unused == {("logger-1", cn): 1 for cn in ("2051", "2061", "2031", "2081")}

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
