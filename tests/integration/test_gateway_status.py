"""The daemon says how it does: status, health message, systemd; and reads its configuration again while it works."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cems.health import Health, decode_health
from gateway.notify import Systemd
from tests.integration.gateway_chain import CONFIG, HEALTH, PROJECT, OnRead, assert_whole, chain, everything, run, until
from tests.servers import Broker


def status(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flueledger.main", "gateway", "status", "-c", str(folder / "gateway.toml"), *more]
    return subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, env={"COLUMNS": "160"}, check=False)


def heard(folder: Path) -> Health:
    return decode_health((folder / "spool.db.status.json").read_bytes())


@pytest.mark.mosquitto
def test_status_tells_what_is_well_and_what_is_not(tmp_path: Path, mosquitto_broker: Broker) -> None:
    async def body() -> None:
        plant = OnRead(minutes=50)
        async with chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, ingest):
            before = status(tmp_path)
            assert before.returncode == 1 or "gas-1" in before.stdout  # the daemon may be quick
            await until(lambda: len(ingest.scans) == 100, daemon)
            await asyncio.sleep(5.5)  # one look later
            page = status(tmp_path)
            assert page.returncode == 0, page.stdout + page.stderr
            assert "all is well" in page.stdout
            assert all(word in page.stdout for word in ("gas-1", "flow-1", "dcs-1", "answers", "0.00 %"))
            said = Health.model_validate_json(status(tmp_path, "--json").stdout)
            assert (said.made, said.stored) == (100, ())
            assert {one.code: one.up for one in said.instruments} == {"gas-1": 1, "flow-1": 1, "dcs-1": 1}
            assert said.instruments[0].reads >= 50
            told = decode_health(ingest.retained[HEALTH])
            assert told.spool_id == said.spool_id
            assert daemon.end() == 0
            after = status(tmp_path)
            assert after.returncode == 1
            assert "the gateway does not run" in after.stdout

    run(body)


@pytest.mark.mosquitto
def test_a_configuration_read_again_loses_no_scan(tmp_path: Path, mosquitto_broker: Broker) -> None:
    async def body() -> None:
        plant = OnRead(minutes=600)
        async with chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, ingest):
            file = tmp_path / "plant.toml"
            first = file.read_text("utf-8")
            for turn in range(4):
                await until(lambda turn=turn: len(ingest.scans) >= 150 * (turn + 1), daemon)
                file.write_text(first.replace("area_m2 = 60.0", f"area_m2 = 6{turn + 1}.0"), "utf-8")
                daemon.process.send_signal(signal.SIGHUP)
                await until(lambda turn=turn: daemon.log().count("configuration read again") == turn + 1, daemon)
            file.write_text("not a plant file", "utf-8")
            daemon.process.send_signal(signal.SIGHUP)
            await until(lambda: "the configuration stays as it was" in daemon.log(), daemon)
            file.write_text(first.replace("area_m2 = 60.0", "area_m2 = 64.0"), "utf-8")
            await until(lambda: len(ingest.scans) == 1200, daemon)
            assert json.loads(ingest.retained[CONFIG])[0]["point"][0]["area_m2"] == 64.0
            assert len({batch.config_hash for batch in ingest.batches}) == 5
            assert {scan.boot for batch in ingest.batches for scan in batch.scans} == {1}
            assert daemon.end() == 0
        assert_whole(tmp_path, plant, ingest)

    run(body)


def messages(line: socket.socket) -> list[str]:
    found = []
    line.settimeout(0.2)
    while True:
        try:
            found.append(line.recv(4096).decode())
        except TimeoutError:
            return found


def test_systemd_hears_ready_alive_and_stopping(tmp_path: Path) -> None:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(path))
        systemd = Systemd(str(path), "4000000")
        assert systemd.watchdog_s == 2.0
        systemd.ready("reading")
        systemd.reloading()
        systemd.alive("5 scans")
        systemd.stopping()
        said = messages(line)
    assert said[0] == "READY=1\nSTATUS=reading"
    assert said[1].startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert said[2:] == ["WATCHDOG=1\nSTATUS=5 scans", "STOPPING=1"]
    systemd.alive("nobody listens now")
    assert Systemd("", "").watchdog_s is None


@pytest.mark.mosquitto
def test_the_daemon_tells_systemd(tmp_path: Path, mosquitto_broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> None:
        plant = OnRead(minutes=5)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.bind(str(tmp_path / "notify"))
            line.setblocking(False)
            said: list[str] = []
            # The queue of such a socket is short: what comes is taken at once, as systemd does.
            asyncio.get_running_loop().add_reader(line, lambda: said.append(line.recv(4096).decode()))
            monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
            monkeypatch.setenv("WATCHDOG_USEC", "200000")
            async with chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, ingest):
                await until(lambda: len(ingest.scans) == 10, daemon)
                await asyncio.sleep(0.5)
                daemon.process.send_signal(signal.SIGHUP)
                await until(lambda: "configuration read again" in daemon.log(), daemon)
                await asyncio.sleep(0.3)
                assert daemon.end() == 0
                await asyncio.sleep(0.1)
            asyncio.get_running_loop().remove_reader(line)
        assert said[0].startswith("READY=1")
        kinds = [message.split("=")[0] for message in said]
        assert kinds.index("RELOADING") < kinds.index("READY", 1) < kinds.index("STOPPING")
        assert kinds.count("WATCHDOG") >= 4

    run(body)
