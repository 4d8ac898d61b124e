"""The one command loads only the room that is called, and says what a room lacks."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata

import pytest

BLOCKED = """
import sys
for name in {names!r}:
    sys.modules[name] = None  # as if it were not installed
sys.argv = ["flueledger", *{arguments!r}]
from flueledger.main import main
main()
"""


def flueledger(*arguments: str, without: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    code = BLOCKED.format(names=without, arguments=arguments)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)


def test_version_is_the_installed_one() -> None:
    done = flueledger("--version")
    assert (done.returncode, done.stdout.strip()) == (0, f"flueledger {metadata.version('flueledger')}")


def test_help_names_every_room_without_loading_any() -> None:
    done = flueledger("--help", without=("numpy", "psycopg", "pymodbus", "aiomqtt", "paho", "amqtt"))
    assert done.returncode == 0
    for room in ("demo", "gateway", "ingest", "db", "reconcile", "report", "sim"):
        assert f" {room} " in done.stdout


@pytest.mark.parametrize("command", ["run", "check", "probe"])
def test_the_gateway_needs_neither_numpy_nor_a_database_driver(command: str) -> None:
    done = flueledger("gateway", command, "--help", without=("numpy", "scipy", "psycopg", "matplotlib", "jinja2"))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("room", "missing", "extra"),
    [("gateway", "pymodbus", "gateway"), ("ingest", "psycopg", "ingest"), ("report", "numpy", "reconcile")],
)
def test_a_room_that_is_not_installed_says_how_to_install_it(room: str, missing: str, extra: str) -> None:
    done = flueledger(room, "--help", without=(missing,))
    assert done.returncode == 1
    assert f"pip install 'flueledger[{extra}]'" in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_a_command_that_does_not_exist_is_wrong_usage() -> None:
    done = flueledger("gatway", "run")
    assert done.returncode == 2
    assert "gatway" in done.stderr
