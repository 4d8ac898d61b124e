"""``gateway check`` and ``gateway probe`` of data loggers, as an engineer runs them at commissioning."""

from __future__ import annotations

import asyncio
import re
import socket
import tomllib
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cems.errors import DeviceError
from cems.plant import Point
from gateway.cli import app
from tests.hj212_packets import PACKETS
from tests.integration.gateway_chain import PROJECT, run
from tests.integration.logger_chain import free_port, one_logger
from tests.servers.logger import Logger, framed, gas


def written(folder: Path, plant: str) -> str:
    (folder / "plant.toml").write_text(plant)
    (folder / "gateway.toml").write_text('code = "gw-1"\nplant = "plant.toml"\n')
    return str(folder / "gateway.toml")


def flueledger(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})


async def probing(port: int, config: str, *packets: bytes, seconds: str = "10") -> tuple[Result, list[dict[str, str]]]:
    """A probe, with a logger that sends to it; what the probe prints, and what the logger is told."""
    asked = asyncio.create_task(
        asyncio.to_thread(flueledger, "probe", "--instrument", "logger-1", "--timeout", seconds, "-c", config)
    )
    told: list[dict[str, str]] = []
    for _ in range(100):
        await asyncio.sleep(0.05)
        try:
            async with Logger(port) as logger:
                await logger.raw(b"".join(packets))
                told = await logger.replies(1, 0.5)
                break
        except OSError:
            continue
    return await asked, told


def test_check_says_what_will_be_heard(tmp_path: Path) -> None:
    keys = 'host = "0.0.0.0"\ndata = "minute"\nask_clock_s = 3600.0\nset_clock = "when-off"'
    done = flueledger("check", "--offline", "-c", written(tmp_path, one_logger(5021, keys)))
    for said in (
        "hj212 listens at 0.0.0.0:5021, MN 010000A8900016F000169DC0",
        "hears CN 2051 (minute data), strict",
        "co2 = a05001-Avg in mg/m3",
        "asks for its time (1011) every 3600 s",
        "sets its clock (1012) when off",
    ):
        assert said in done.output, done.output


def test_check_tries_the_port_and_the_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    config = written(tmp_path, one_logger(port, 'password_env = "LOGGER_PW"\nkey_file = "logger.key"'))
    done = flueledger("check", "-c", config)
    assert "the environment has no variable LOGGER_PW" in done.output
    monkeypatch.setenv("LOGGER_PW", "123456")
    assert "the key of logger logger-1 cannot be read" in flueledger("check", "-c", config).output
    (tmp_path / "logger.key").write_text("0" * 15)
    done = flueledger("check", "-c", config)
    assert "is 15 bytes: give 16 characters or 32 hexadecimal digits" in done.output
    assert done.exit_code == 1
    (tmp_path / "logger.key").write_text("0" * 16)
    done = flueledger("check", "-c", config)
    assert f"port 127.0.0.1:{port} can be listened at" in done.output
    assert "others need host = '0.0.0.0'" in done.output
    assert done.exit_code == 0
    with socket.create_server(("127.0.0.1", port)):
        assert "is in use: by a running gateway" in flueledger("check", "-c", config).output
    elsewhere = written(tmp_path, one_logger(port, 'host = "192.0.2.1"'))  # a documentation address: nobody has it
    assert "cannot listen at 192.0.2.1" in flueledger("check", "-c", elsewhere).output


def test_probe_shows_a_packet_factor_by_factor_and_does_not_answer_it(tmp_path: Path) -> None:
    async def body() -> None:
        port = free_port()
        config = written(tmp_path, one_logger(port))
        strange = framed(gas(0, mn="010000A8900016F000169DC1"))
        done, told = await probing(port, config, strange, PACKETS["O1"].encode().replace(b"9D41", b"9d41") + b"\r\n")
        assert told == []
        rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.output.splitlines() if "│" in line]
        assert ["a05001-Rtd", "235714.286", "N", "co2", "12 %  N"] in rows
        assert ["a19001-Rtd", "6.5", "N", "o2", "6.5 %  N"] in rows
        assert ["a01012-Rtd", "52.3", "N", "(temperature)", ""] in rows
        assert "CN 2011 (realtime data) of 2025, 2026-01-15 10:00:00 UTC+8, asks for a reply" in done.output
        assert "not as the standard has it: lower_case_crc" in done.output

    run(body)


def test_probe_says_what_came_instead(tmp_path: Path) -> None:
    async def body() -> None:
        port = free_port()
        config = written(tmp_path, one_logger(port))
        packets = [framed(gas(0, mn="010000A8900016F000169DC1")), framed(gas(0, cn="2061", item="Avg"))]
        done, _ = await probing(port, config, *packets, seconds="2.5")
        assert isinstance(done.exception, DeviceError)
        assert "no realtime data of MN 010000A8900016F000169DC0" in str(done.exception)
        assert "MN 010000A8900016F000169DC1, CN 2061" in str(done.exception)

    run(body)


def test_probe_beside_a_running_gateway_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        config = written(tmp_path, one_logger(other.getsockname()[1]))
        done = flueledger("probe", "--instrument", "logger-1", "--timeout", "1", "-c", config)
    with pytest.raises(DeviceError, match="a running gateway has the port"):
        raise done.exception or AssertionError(done.output)


def test_the_examples_of_the_manual_are_accepted_and_the_packet_is_sound() -> None:
    page = (PROJECT / "docs" / "gateway" / "hj212.md").read_text("utf-8")
    examples = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    point = {"code": "p", "stack": "s", "area_m2": 1.0}
    for example in examples:
        assert Point.model_validate({**point, **tomllib.loads(example)["point"]}).driver == "hj212"
    assert len(examples) == 2
    (packet,) = re.findall(r"^    (##.*\n    .*&&....)$", page, re.MULTILINE)
    assert packet.replace("\n    ", "").encode() + b"\r\n" == framed(gas(0))
