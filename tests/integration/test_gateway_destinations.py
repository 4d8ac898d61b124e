"""Several destinations of one gateway: each waits for itself, each is shown, and none is taken away in silence."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from cems.health import Health
from tests.integration.gateway_chain import PROJECT, FakeIngest, OnRead, everything, run, until
from tests.integration.test_gateway_upload import MN, assert_whole, flags, gateway, kept, minutes, upload
from tests.servers import Broker
from tests.servers.platform import Platform, running


async def command(folder: Path, *arguments: str, say: str = "") -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "flueledger.main", "gateway", *arguments, "-c", str(folder / "gateway.toml")]
    more = {"COLUMNS": "220", "PLATFORM_PW": "123456"}

    def done() -> subprocess.CompletedProcess[str]:
        return subprocess.run(call, capture_output=True, text=True, cwd=PROJECT, env=more, input=say, check=False)

    return await asyncio.to_thread(done)  # device and platforms live in this loop


def test_status_check_and_a_platform_that_is_taken_away(tmp_path: Path) -> None:
    async def body() -> None:
        plant = OnRead(minutes=20)
        near, far = Platform(), Platform()
        more = {"realtime_s": 0, "hour": "off", "day": "off"}
        async with running(near):
            tables = upload(near, **more), upload(far, "city", "B" * 24, **more)
            async with gateway(tmp_path, plant, *tables) as daemon:
                checked = await command(tmp_path, "check")
                assert checked.returncode == 1
                for words in ("a05001 co2 mg/m3", "2051 every 1 min", MN, "B" * 24, "upload province: 127.0.0.1"):
                    assert words in checked.stdout
                assert "FAULT upload city" in checked.stdout
                assert "cannot be reached" in checked.stdout
                await until(lambda: len(minutes(near)) == 20, daemon)
                await asyncio.sleep(6.0)
                shown = await command(tmp_path, "status")
                assert shown.returncode == 1
                assert "platform city takes no packets" in shown.stdout
                said = Health.model_validate_json((await command(tmp_path, "status", "--json")).stdout)
                packets = {one.name: (one.scans, one.packets, one.lines, one.points) for one in said.destinations}
                assert packets == {"province": (0, 0, 1, 1), "city": (0, 20, 0, 1)}
                assert said.destinations[0].last_ack_ms is not None
                assert "in use" in (await command(tmp_path, "forget-destination", "city", "--yes")).stderr
                assert daemon.end() == 0
        toml = tmp_path / "gateway.toml"
        toml.write_text(toml.read_text().replace(tables[1], ""))
        refused = await command(tmp_path, "run")
        assert refused.returncode == 1
        assert "no destination 'city' any more" in refused.stderr
        assert "0 scans and 20 packets wait for it" in refused.stderr
        assert (await command(tmp_path, "forget-destination", "city", say="n\n")).returncode == 1
        assert "0 scans and 20 packets" in (await command(tmp_path, "forget-destination", "city", "--yes")).stdout
        assert "knows no destination 'city'" in (await command(tmp_path, "forget-destination", "city", "--yes")).stderr

    run(body)


@pytest.mark.mosquitto
def test_ingest_and_platforms_wait_for_nobody(tmp_path: Path, mosquitto_broker: Broker) -> None:
    """One platform answers nothing, one is away, ingest goes on; then ingest is away and a platform goes on."""

    async def body() -> None:
        plant = OnRead(minutes=150)
        near, mute, far = Platform(), Platform(answers=lambda _: "silent"), Platform()
        ingest = FakeIngest(mosquitto_broker, everything)
        more = {"realtime_s": 0}
        async with running(near), running(mute):
            tables = [
                upload(near, **more),
                upload(mute, "mute", "A" * 24, **more),
                upload(far, "far", "B" * 24, **more),
            ]
            async with gateway(tmp_path, plant, *tables, ingest="on", port=mosquitto_broker.port) as daemon:
                await until(lambda: len(ingest.scans) == 150 and len(minutes(near)) == 150, daemon)
                assert (mute.kept, far.said) == ({}, [])
                mosquitto_broker.kill()
                plant.minutes = 200
                await until(lambda: len(minutes(near)) == 200, daemon)
                mute.answers = lambda _: "ack"
                async with running(far):
                    await until(lambda: len(minutes(mute)) == 200 and len(minutes(far)) == 200, daemon, 60)
                await asyncio.to_thread(mosquitto_broker.start)
                await until(lambda: len(ingest.scans) == 200, daemon)
                await asyncio.sleep(1.0)  # the last acknowledgement is on its way
                assert daemon.end() == 0
                assert daemon.log().rstrip().endswith(", 0 left in the spool")
        ingest.close()
        for platform in (near, mute, far):
            assert_whole(platform, 200)

    run(body)


def test_an_upload_is_set_anew_while_the_gateway_works(tmp_path: Path) -> None:
    """Other packets at once; another platform, or a password that is gone, is only said. Noise is counted."""

    async def body() -> None:
        plant = OnRead(minutes=60)
        platform = Platform()
        async with running(platform):
            first = upload(platform, realtime_s=0, minute_interval=0, day="off")
            async with gateway(tmp_path, plant, first, metrics=(port := free_port())) as daemon:
                await until(lambda: len(kept(platform, "2061")) == 1, daemon)
                toml = tmp_path / "gateway.toml"
                before = toml.read_text()

                async def reload(text: str, said: str) -> None:
                    toml.write_text(text)
                    daemon.process.send_signal(signal.SIGHUP)
                    await until(lambda: said in daemon.log(), daemon)

                await reload(before.replace("PLATFORM_PW", "NO_SUCH_PW"), "the environment has no variable NO_SUCH_PW")
                await reload(before + upload(platform, "city", "B" * 24), "a destination more or less needs a restart")
                await reload(before.replace("minute_interval = 0", "minute_interval = 10"), "configuration read again")
                await asyncio.sleep(0.5)  # until the line is made anew
                for writer in platform.writers:
                    writer.write(b"noise ##9999 \x00\xff" * 500 + b"\r\n")
                plant.minutes = 120
                await until(lambda: flags(platform, "2061") == ["N", "N"] and len(kept(platform, "2051")) == 6, daemon)
                assert [said.items["DataTime"][8:12] for said in kept(platform, "2051")] == [
                    f"01{m}0" for m in range(6)
                ], "what was digested before is not told again in another form"
                page = await asyncio.to_thread(lambda: urlopen(f"http://127.0.0.1:{port}/metrics").read().decode())
        told = dict(line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#"))
        prefix = "flueledger_gateway_"
        assert told[prefix + 'upload_lines{upload="province"}'] == "1.0"
        assert float(told[prefix + 'upload_packets_total{kind="hour",upload="province"}']) >= 2
        assert float(told[prefix + 'upload_strange_total{upload="province"}']) >= 1
        assert told[prefix + 'destination_scans{destination="province"}'] == "0.0"
        assert prefix + 'upload_last_ack_timestamp_seconds{upload="province"}' in told

    run(body)


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])
