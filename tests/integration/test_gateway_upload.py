"""HJ 212 packets to platforms over real TCP: nothing owed is lost, whoever is away, silent, killed or refusing."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.spoolschema import scans_made
from tests.integration.gateway_chain import PLANT, Daemon, OnRead, run, until
from tests.servers.modbus import running as device_running
from tests.servers.platform import Platform, Said, running

MN = "010000A8900016F000169DC0"
GATEWAY = """\
code = "gw-1"
plant = "plant.toml"
ingest = "{ingest}"
points = ["stack-1"]
[broker]
port = {broker}
[schedule]
period_s = 0
[spool]
fsync = "normal"
[metrics]
port = {metrics}
"""
UPLOAD = """\
[[upload]]
name = "{name}"
host = "127.0.0.1"
port = {port}
password_env = "PLATFORM_PW"
{more}
[[upload.point]]
code = "stack-1"
mn = "{mn}"
"""


@asynccontextmanager
async def gateway(
    folder: Path, plant: OnRead, *uploads: str, ingest: str = "off", port: int = 1, metrics: int = 0
) -> AsyncIterator[Daemon]:
    """The daemon between a device and platforms."""
    async with device_running(plant.device):
        (folder / "plant.toml").write_text(PLANT.format(port=plant.device.port, dcs_port=plant.device.port))
        (folder / "gateway.toml").write_text(
            GATEWAY.format(ingest=ingest, broker=port, metrics=metrics) + "".join(uploads)
        )
        os.environ["PLATFORM_PW"] = "123456"
        daemon = Daemon(folder)
        try:
            yield daemon
        finally:
            del os.environ["PLATFORM_PW"]
            if daemon.process.poll() is None:
                daemon.end()


def upload(platform: Platform, name: str = "province", mn: str = MN, **more: object) -> str:
    told = {"timeout_s": 0.5, "resends": 1, "settle_s": 0.0, "backfill_per_s": 1000, **more}
    lines = "\n".join(f"{key} = {value!r}".replace("'", '"') for key, value in told.items())
    return UPLOAD.format(name=name, port=platform.port, mn=mn, more=lines)


def kept(platform: Platform, cn: str) -> list[Said]:
    return [said for name, said in sorted(platform.kept.items()) if name[1] == cn]


def test_a_day_arrives_as_realtime_minutes_hours_and_the_day(tmp_path: Path) -> None:
    """The device shows 12 % CO2, 6.5 % O2, 12.5 m/s in every minute; 12 % are 235 714.286 mg/m3."""

    async def body() -> None:
        plant = OnRead(minutes=1500)
        async with running(Platform()) as platform, gateway(tmp_path, plant, upload(platform)) as daemon:
            await until(
                lambda: len(kept(platform, "2051")) == 1500 and flags(platform, "2061") == ["N"] * 25, daemon, 60
            )
            await until(lambda: flags(platform, "2031") == ["N", "B"], daemon)
            assert daemon.end() == 0
        assert platform.faults == []
        head = platform.said[0].head
        assert (head["MN"], head["PW"], head["ST"], head["Flag"]) == (MN, "123456", "31", "9")
        for said in (*kept(platform, "2061"), kept(platform, "2031")[0]):
            assert said.items["a05001-Avg"] == "235714.286"
            assert (said.items["a19001-Avg"], said.items["a01011-Avg"]) == ("6.50", "12.50")
            # 60 m2 and Kv 1: 750 m3/s of gas, 2 700 000 m3 in an hour, 64 800 000 m3 in a day.
            assert said.items["a00000-Avg"] == "750.0"
            assert said.items["a00000-Cou"] == ("2700000" if said.head["CN"] == "2061" else "64800000")
        first = kept(platform, "2011")[0]
        assert first.items["DataTime"] == kept(platform, "2051")[0].items["DataTime"] == "20260301000000"
        assert first.items["a05001-Rtd"] == "235714.286"

    run(body)


def flags(platform: Platform, cn: str) -> list[str]:
    return [said.items["a05001-Flag"] for said in kept(platform, cn)]


def minutes(platform: Platform) -> list[str]:
    return [said.items["DataTime"] for said in kept(platform, "2051")]


def assert_whole(platform: Platform, count: int) -> None:
    """Every minute of the device once, each with the figures of the device."""
    assert platform.faults == []
    assert len(minutes(platform)) == count
    for said in kept(platform, "2051"):
        assert (said.items["a05001-Avg"], said.items["a19001-Avg"]) == ("235714.286", "6.50")


def test_a_platform_that_is_silent_is_asked_again_and_again(tmp_path: Path) -> None:
    async def body() -> None:
        plant = OnRead(minutes=40)
        heard: dict[tuple[str, str, str], int] = {}

        def mute(said: Said) -> str:
            """The first try of every third packet is swallowed."""
            heard[said.name] = heard.get(said.name, 0) + 1
            return "silent" if heard[said.name] == 1 and len(heard) % 3 == 0 else "ack"

        platform = Platform(answers=mute)
        async with running(platform), gateway(tmp_path, plant, upload(platform, realtime_s=0)) as daemon:
            await until(lambda: len(kept(platform, "2051")) == 40, daemon, 60)
            assert daemon.end() == 0
        assert_whole(platform, 40)
        again = [said for said in platform.said if said.head.get("RF") == "1"]
        assert len(again) >= 10
        for said in again:  # the number stays, so that an answer to the first try would have counted
            twin = [other for other in platform.said if other.head["QN"] == said.head["QN"]]
            assert [other.head.get("RF") for other in twin] == [None, "1"]
            assert {other.cp for other in twin} == {said.cp}

    run(body)


def test_a_line_that_is_cut_all_the_time(tmp_path: Path) -> None:
    async def body() -> None:
        plant = OnRead(minutes=60)
        platform = Platform()
        platform.answers = lambda _: "cut" if len(platform.said) % 9 == 0 else "ack"
        async with running(platform), gateway(tmp_path, plant, upload(platform, realtime_s=0)) as daemon:
            await until(lambda: len(kept(platform, "2051")) == 60, daemon, 90)
        assert_whole(platform, 60)
        assert platform.connections >= 5

    run(body)


def test_kill_9_loses_nothing_and_the_hour_is_whole(tmp_path: Path) -> None:
    async def body() -> None:
        plant = OnRead(minutes=1500)
        platform = Platform(pause_s=0.002)
        spool = tmp_path / "spool.db"
        async with running(platform), gateway(tmp_path, plant, upload(platform, realtime_s=0)) as daemon:
            for made in (200, 600, 900, 1300):
                await until(lambda made=made: scans_made(spool) >= made, daemon)
                daemon.end(signal.SIGKILL)
                daemon.start()
            await until(lambda: len(minutes(platform)) == 1500 and flags(platform, "2061") == ["N"] * 25, daemon, 60)
            await until(lambda: flags(platform, "2031") == ["N", "B"], daemon)
        assert_whole(platform, 1500)
        for said in (*kept(platform, "2061"), kept(platform, "2031")[0]):
            assert (said.items["a05001-Avg"], said.items["a00000-Avg"]) == ("235714.286", "750.0")

    run(body)


def test_a_packet_that_is_refused_holds_up_no_other(tmp_path: Path) -> None:
    async def body() -> None:
        plant = OnRead(minutes=30)
        bad = set[str]()

        def choosy(said: Said) -> str:
            if said.head["CN"] == "2051" and (not bad or said.items["DataTime"] in bad):
                bad.add(said.items["DataTime"])
                return "2"
            return "ack"

        platform = Platform(answers=choosy)
        async with (
            running(platform),
            gateway(tmp_path, plant, upload(platform, realtime_s=0, refused_retry_s=2.0)) as daemon,
        ):
            await until(lambda: len(minutes(platform)) == 29, daemon)
            await until(lambda: "the platform refuses a packet" in daemon.log(), daemon)
            platform.answers = lambda _: "ack"
            await until(lambda: len(minutes(platform)) == 30, daemon)
        assert_whole(platform, 30)

    run(body)


def test_a_platform_that_knows_no_password_is_not_flooded(tmp_path: Path) -> None:
    async def body() -> None:
        plant = OnRead(minutes=30)
        platform = Platform(answers=lambda _: "3")
        async with running(platform), gateway(tmp_path, plant, upload(platform, realtime_s=0)) as daemon:
            await until(lambda: len(platform.said) >= 3, daemon)
            assert len({said.name for said in platform.said}) == 1
            platform.answers = lambda _: "ack"
            await until(lambda: len(minutes(platform)) == 30, daemon)
        assert_whole(platform, 30)

    run(body)


def test_what_was_missed_follows_what_is_new_and_says_so(tmp_path: Path) -> None:
    async def body() -> None:
        plant = OnRead(minutes=50)
        platform = Platform()
        keys = {"realtime_s": 0, "hour": "off", "day": "off", "fresh_s": 3.0, "backfill_per_s": 10}
        async with gateway(tmp_path, plant, upload(platform, **keys)) as daemon:
            await until(lambda: scans_made(tmp_path / "spool.db") == 50, daemon)
            await asyncio.sleep(5.0)
            platform.pause_s = 0.05
            async with running(platform):
                await until(lambda: len(platform.said) >= 5, daemon)
                before = len(platform.said)
                plant.minutes = 55
                await until(lambda: len(minutes(platform)) == 55, daemon)
        assert_whole(platform, 55)
        missed = [said for said in platform.said if said.head.get("RF") == "1"]
        new = [said for said in platform.said if "RF" not in said.head]
        assert [said.items["DataTime"] for said in missed] == minutes(platform)[:50], "the oldest first"
        assert [said.items["DataTime"] for said in new] == minutes(platform)[50:]
        place = platform.said.index(new[-1])
        assert before <= place < before + 35, "what is new went before most of what was missed"

    run(body)


def test_one_platform_away_holds_up_no_other(tmp_path: Path) -> None:
    async def body() -> None:
        plant = OnRead(minutes=200)
        near, far = Platform(), Platform()
        more = {"realtime_s": 0}
        async with (
            running(near),
            gateway(tmp_path, plant, upload(near, **more), upload(far, "city", "B" * 24, **more)) as daemon,
        ):
            await until(lambda: len(minutes(near)) == 200, daemon)
            daemon.end(signal.SIGKILL)
            daemon.start()
            await asyncio.sleep(1.0)
            assert far.said == []
            async with running(far):
                await until(lambda: len(minutes(far)) == 200, daemon)
        assert_whole(near, 200)
        assert_whole(far, 200)
        assert {said.head["MN"] for said in far.said} == {"B" * 24}

    run(body)


def test_packets_go_on_within_five_seconds(tmp_path: Path) -> None:
    async def body() -> None:
        plant = OnRead(minutes=10)
        platform = Platform()
        async with gateway(tmp_path, plant, upload(platform, realtime_s=0)) as daemon:
            await until(lambda: scans_made(tmp_path / "spool.db") == 10, daemon)
            await asyncio.sleep(14.0)  # long enough for pauses that double to become long
            async with running(platform):
                await until(lambda: bool(platform.kept), daemon, 5.0)
                await until(lambda: len(minutes(platform)) == 10, daemon)

    run(body)


@pytest.mark.parametrize("version", [2005, 2017])
def test_older_forms(tmp_path: Path, version: int) -> None:
    async def body() -> None:
        plant = OnRead(minutes=5)
        platform = Platform()
        async with running(platform), gateway(tmp_path, plant, upload(platform, version=version, mn=MN[:14])) as daemon:
            await until(lambda: len(minutes(platform)) == 5, daemon)
        assert platform.faults == []
        assert {said.items["a19001-Avg"] for said in kept(platform, "2051")} == {"6.5"}, "one digit until 2025"
        assert {said.head["Flag"] for said in platform.said} == {"1" if version == 2005 else "5"}
        assert all("RF" not in said.head for said in platform.said)

    run(body)


def test_an_encrypted_line(tmp_path: Path) -> None:
    async def body() -> None:
        plant = OnRead(minutes=70)
        platform = Platform(key=b"0123456789abcdef")
        (tmp_path / "key").write_text("0123456789abcdef\n")
        async with running(platform), gateway(tmp_path, plant, upload(platform, key_file="key")) as daemon:
            await until(lambda: len(minutes(platform)) == 70, daemon)
            platform.command("1011", MN, "123456", "")
            await until(lambda: len(platform.replies) >= 3, daemon)
        assert_whole(platform, 70)
        assert all(said.sealed for said in platform.said)
        assert [reply.head["CN"] for reply in platform.replies] == ["9011", "1011", "9012"]
        assert not any(reply.sealed for reply in platform.replies)

    run(body)


def test_what_the_platform_asks(tmp_path: Path) -> None:
    async def body() -> None:
        plant = OnRead(minutes=130)
        platform = Platform()

        async def asked(cn: str, cp: str = "", mn: str = MN, pw: str = "123456", last: str = "9012") -> list[Said]:
            platform.replies.clear()
            platform.command(cn, mn, pw, cp, qn="20260301000000777")
            await until(lambda: any(said.head["CN"] == last for said in platform.replies), daemon)
            await asyncio.sleep(0.05)
            assert {said.head["QN"] for said in platform.replies} == {"20260301000000777"}
            return list(platform.replies)

        def ends(replies: list[Said]) -> tuple[str, str]:
            return replies[0].items.get("QnRtn", ""), replies[-1].items.get("ExeRtn", "")

        async with running(platform), gateway(tmp_path, plant, upload(platform)) as daemon:
            await until(lambda: len(minutes(platform)) == 130, daemon)
            clock = await asked("1011")
            assert ends(clock) == ("1", "1")
            assert clock[1].items["SystemTime"][:4] == "2026"
            assert (await asked("1061"))[1].items["RtdInterval"] == "60"
            assert (await asked("1063"))[1].items["MinInterval"] == "1"
            history = await asked("2051", "BeginTime=20260301003000;EndTime=20260301003900")
            assert ends(history) == ("1", "1")
            assert [said.items["DataTime"] for said in history[1:-1]] == [f"2026030100{m}00" for m in range(30, 40)]
            assert {said.items["a05001-Avg"] for said in history[1:-1]} == {"235714.286"}
            hours = await asked("2061", "BeginTime=20260301000000;EndTime=20260302000000")
            assert [said.items["DataTime"][8:10] for said in hours[1:-1]] == ["00", "01", "02"]
            assert [said.items["a05001-Flag"] for said in hours[1:-1]] == ["N", "N", "B"]
            assert ends(await asked("2061", "BeginTime=20250301000000;EndTime=20250302000000")) == ("1", "100")
            assert ends(await asked("2061", "BeginTime=now")) == ("1", "3")
            assert ends(await asked("1000", "OverTime=601;ReCount=3")) == ("1", "3")
            assert ends(await asked("2061", "BeginTime=now", pw="000000", last="9011"))[0] == "3"
            assert ends(await asked("2011")) == ("1", "1")
            for cn, cp, reason in [("3012", "PolId=a05001", "8"), ("1072", "NewPW=654321", "2"), ("9999", "", "8")]:
                assert ends(await asked(cn, cp, last="9011"))[0] == reason
            assert ends(await asked("1012", "SystemTime=20260301000000", last="9011"))[0] == "2"
            platform.command("1011", MN, "1234567890", "")  # cannot be given back in a head: not answered
            platform.command("1011", MN, "123456", "", qn="2" * 40)
            assert ends(await asked("1011", mn="C" * 24, last="9011"))[0] == "4"
            assert ends(await asked("1011", pw="000000", last="9011"))[0] == "3"

    run(body)


def test_the_platform_sets_how_long_it_is_waited_for(tmp_path: Path) -> None:
    """Over a restart: with three tries of one second the third is answered, with the file's two it would not be."""

    async def body() -> None:
        plant = OnRead(minutes=2)
        platform = Platform()
        async with running(platform), gateway(tmp_path, plant, upload(platform, realtime_s=0)) as daemon:
            await until(lambda: len(minutes(platform)) == 2, daemon)
            platform.command("1000", MN, "123456", "OverTime=1;ReCount=2")
            await until(lambda: len(platform.replies) == 2, daemon)
            daemon.end(signal.SIGKILL)
            tries = dict[str, int]()

            def third(said: Said) -> str:
                tries[said.head["QN"]] = tries.get(said.head["QN"], 0) + 1
                return "ack" if tries[said.head["QN"]] == 3 else "silent"

            platform.answers = third
            plant.minutes = 3
            daemon.start()
            await until(lambda: len(minutes(platform)) == 3, daemon)
            assert set(tries.values()) <= {1, 2, 3}

    run(body)
