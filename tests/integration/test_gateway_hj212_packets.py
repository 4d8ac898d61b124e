"""Packets of every standard, from outside and wrong ones, through a real socket into the spool."""

from __future__ import annotations

from pathlib import Path

import pytest

from cems.evidence import unpack
from cems.scan import Scan
from tests.hj212_packets import CIPHER_P2, CIPHER_P3, KNOWN_BAD, PACKETS
from tests.integration.gateway_chain import run
from tests.integration.logger_chain import (
    TWO,
    another_point,
    box,
    free_port,
    instrument,
    one_logger,
)
from tests.integration.pushed_chain import HEAD
from tests.servers.logger import MN, T0, Logger, at, framed, gas


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
