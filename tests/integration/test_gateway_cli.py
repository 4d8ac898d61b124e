"""``flueledger gateway`` as a person at the plant types it: broken files, wrong register maps, devices to look at."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from gateway.spool import Spool
from tests.integration.gateway_chain import PLANT, PROJECT, OnRead, run
from tests.servers.modbus import Device, on_a_serial_line, running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plant.toml").write_text(PLANT.format(port=1, dcs_port=1))
    (tmp_path / "gateway.toml").write_text('code = "gw-1"\nplant = "plant.toml"\n')
    return tmp_path


def gateway(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flueledger.main", "gateway", *arguments],
        cwd=PROJECT,
        env={**os.environ, "FLUELEDGER_CONFIG": str(folder / "gateway.toml"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_check_offline_prints_the_plan(folder: Path) -> None:
    done = gateway("check", "--offline", folder=folder)
    assert done.returncode == 0, done.stderr
    assert "registers 0-7 (clock, status, co2, o2)" in done.stdout


def test_check_lists_every_fault_of_a_broken_file(folder: Path) -> None:
    broken = (folder / "plant.toml").read_text().replace("rated_mw = 300", "rated_mw = 0").replace('"load"', '"lod"')
    (folder / "plant.toml").write_text(broken)
    done = gateway("check", "--offline", folder=folder)
    assert done.returncode == 1
    assert re.search(r"line 6 +unit\[0\]\.rated_mw", done.stderr)
    line = next(n for n, text in enumerate(broken.splitlines(), 1) if '"lod"' in text)
    assert re.search(rf"line {line} +point\[1\]\.instrument\[0\]\.register\[0\]\.channel", done.stderr), done.stderr


def test_usage_is_told_apart_from_failure(folder: Path) -> None:
    assert gateway("probe", folder=folder).returncode == 2
    assert gateway("run", "--no-such-option", folder=folder).returncode == 2
    assert gateway("probe", "--instrument", "gas-1", folder=folder).returncode == 1


def test_check_and_probe_against_a_device(folder: Path) -> None:
    async def body() -> None:
        async with running(OnRead(minutes=5).device) as device:
            text = PLANT.format(port=device.port, dcs_port=device.port)
            (folder / "plant.toml").write_text(text)
            done = await asyncio.to_thread(gateway, "check", folder=folder)
            assert done.returncode == 0, done.stdout + done.stderr
            assert "gas-1: clock at 0-1: device time 2026-02-28" in done.stdout
            (folder / "plant.toml").write_text(text.replace("address = 6", "address = 8"))
            done = await asyncio.to_thread(gateway, "check", folder=folder)
            assert done.returncode == 1
            assert "gas-1: o2 at 8-9: the device refuses it" in done.stdout
            (folder / "plant.toml").write_text(text)
            done = await asyncio.to_thread(gateway, "probe", "--instrument", "gas-1", folder=folder)
            assert done.returncode == 0, done.stderr
            assert "0000 4140" in done.stdout
            assert "12 %  N" in done.stdout
            assert "2026-02-28 16:0" in done.stdout
            raw = ("probe", "--host", "127.0.0.1", "--port", str(device.port), "--address", "4", "--count", "2")
            done = await asyncio.to_thread(gateway, *raw, folder=folder)
            assert done.returncode == 0, done.stderr
            assert "CDAB 12" in done.stdout

    run(body)


@pytest.mark.parametrize("kind", ["serial", "converter"])
def test_a_raw_probe_of_a_serial_line(folder: Path, kind: str) -> None:
    """A device that is in no file: on a pseudo-terminal, and behind a converter."""

    async def body() -> None:
        device = Device()
        device.set_words(7, 0, 0, 0x4140, 16, 65535)
        asked = ("--unit", "7", "--address", "0", "--count", "3", "--table", "input")
        if kind == "serial":
            async with on_a_serial_line(device) as path:
                line = ("--serial", path, "--baud", "19200", "--stopbits", "2")
                done = await asyncio.to_thread(gateway, "probe", *line, *asked, folder=folder)
                silent = await asyncio.to_thread(
                    gateway, "probe", *line, "--unit", "7", "--address", "3", "--timeout", "1", folder=folder
                )
                odd = await asyncio.to_thread(gateway, "probe", *line, "--parity", "O", folder=folder)
                assert odd.returncode == 1
                assert re.fullmatch(r"error: /dev/\S+: .* parity.*\n", odd.stderr), "no pty has a parity"
        else:
            async with running(device, rtu=True):
                line = ("--host", "127.0.0.1", "--port", str(device.port), "--rtu")
                done = await asyncio.to_thread(gateway, "probe", *line, *asked, folder=folder)
                silent = await asyncio.to_thread(
                    gateway, "probe", *line, "--unit", "7", "--address", "3", folder=folder
                )
        assert done.returncode == 0, done.stderr
        assert device.asked[0] == (7, 4, 0, 3)
        assert "CDAB 12" in done.stdout
        assert "int16 16 " in done.stdout
        assert silent.returncode == 1
        assert "exception 2, illegal data address" in silent.stderr
        assert all(code in (3, 4) for _, code, _, _ in device.asked)

    run(body)


def test_a_serial_line_that_is_not_there(folder: Path) -> None:
    done = gateway("probe", "--serial", str(folder / "ttyUSB9"), "--timeout", "0.5", folder=folder)
    assert done.returncode == 1
    assert "ttyUSB9: cannot be opened; is it there and free" in done.stderr
    both = gateway("probe", "--serial", "/dev/ttyUSB9", "--host", "127.0.0.1", folder=folder)
    assert both.returncode == 2


def test_a_spool_in_use_ends_the_daemon_with_a_message(folder: Path) -> None:
    spool = Spool.open(folder / "spool.db", "demo-power/gw-1", "a" * 64, b"[]", fsync="full", max_bytes=10**9)
    with closing(spool):
        done = gateway("run", folder=folder)
    assert done.returncode == 1
    assert "in use by another gateway" in done.stderr
