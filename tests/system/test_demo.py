"""The demo as a newcomer runs it: one command, twice, interrupted, and pointed at the wrong place."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

SHORT = ("--days", "1", "--fault", "none")


def command(folder: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "flueledger.main", "demo", "--out", str(folder), *options]


def demo(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
    return subprocess.run(
        command(folder, *options), capture_output=True, text=True, env=environment, timeout=200, check=False
    )


def left_behind(folder: Path) -> list[str]:
    """Command lines of processes that still work in a folder."""
    return [
        " ".join(p.info["cmdline"])
        for p in psutil.process_iter(["cmdline"])
        if p.info["cmdline"] and any(str(folder) in part for part in p.info["cmdline"])
    ]


@pytest.mark.slow
@pytest.mark.parametrize("broker", ["mosquitto", "amqtt"])
def test_one_command_carries_a_day_and_reports_it_twice_in_a_row(
    tmp_path: Path, request: pytest.FixtureRequest, broker: str
) -> None:
    if broker == "mosquitto":
        request.getfixturevalue("mosquitto_program")
    folder = tmp_path / "demo"
    for _ in range(2):
        done = demo(folder, *SHORT, "--broker", broker)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "scans made 2880, in the database 2880: lost 0, doubled 0" in done.stdout
        paths = re.findall(r"^report: (.+)$", done.stdout, re.MULTILINE)
        assert [Path(p).name for p in paths] == ["report.html", "report.json"]
        report = json.loads(Path(paths[1]).read_text("utf-8"))
        assert report["completeness"]["scans"] == 2880
        assert Path(paths[0]).read_text("utf-8").count("<svg") >= 4
        *_, first, second = done.stdout.strip().splitlines()
        assert f"{report['comparisons'][0]['monitoring_t']:,.0f} t" in first
        assert "E_n" in second
        assert left_behind(folder) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_leaves_nothing_running(tmp_path: Path, number: signal.Signals) -> None:
    folder = tmp_path / "demo"
    log = tmp_path / "out"
    with log.open("w") as out:
        process = subprocess.Popen(command(folder), stdout=out, stderr=out)
        deadline = time.monotonic() + 60
        while not (folder / "gateway.log").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(2.0)
        started = psutil.Process(process.pid).children(recursive=True)
        assert len(started) >= 5, log.read_text()
        process.send_signal(number)
        assert process.wait(60) == 130
    assert "everything that was started has been ended" in log.read_text()
    assert [p for p in started if p.is_running()] == []


def test_a_folder_that_is_not_the_demos_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    done = demo(tmp_path)
    assert done.returncode == 1
    assert "not made by the demo" in done.stderr
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--month", "March"), "YYYY-MM"),
        (("--broker", "rabbit"), "mosquitto or amqtt"),
        (("--days", "40"), "31"),
        (("--replay", "nowhere"), "nowhere"),
    ],
)
def test_wrong_usage_is_told(tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    done = demo(tmp_path / "demo", *options)
    assert done.returncode == 2
    assert words in done.stderr
