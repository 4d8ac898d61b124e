"""MQTT brokers on a loopback port: mosquitto, and amqtt that the demo uses where mosquitto is missing."""

from __future__ import annotations

import contextlib
import getpass
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.servers.process import (
    MissingServerError,
    ServerProcess,
    accepts,
    dying_with_parent,
    find_program,
    free_port,
    run_directory,
)

_AMQTT_YAML = """\
listeners:
  default:
    type: tcp
    bind: 127.0.0.1:{port}
plugins:
  amqtt.plugins.authentication.AnonymousAuthPlugin:
    allow_anonymous: true
"""


class Broker:
    """A running broker."""

    def __init__(self, home: Path, command: Callable[[int], list[str]]) -> None:
        self.host = "127.0.0.1"
        self.port = free_port()
        self._home = home
        self._command = command(self.port)
        self._process: ServerProcess | None = None
        self.restart()

    @property
    def pid(self) -> int:
        """Process id of the broker."""
        assert self._process is not None
        return self._process.pid

    def restart(self) -> None:
        """Start, or start again after :meth:`kill` on the same port."""
        self.close()
        self._process = ServerProcess([*dying_with_parent(), *self._command], self._home / "log")
        self._process.wait_ready(lambda: accepts(self.port))

    def kill(self) -> None:
        """SIGKILL: what it had not yet saved is lost."""
        if self._process is not None:
            self._process.kill()

    def wipe(self) -> None:
        """Forget every session and message; call it between :meth:`kill` and :meth:`restart`."""
        for file in self._home.glob("*.db"):
            file.unlink()

    def close(self) -> None:
        """Stop in an orderly way."""
        if self._process is not None:
            self._process.stop()


@contextlib.contextmanager
def mosquitto() -> Iterator[Broker]:
    """A real mosquitto; raises :class:`MissingServerError` where there is none."""
    program = find_program("mosquitto")
    if program is None:
        raise MissingServerError("mosquitto is not installed; as root: apt-get install mosquitto")
    yield from _serve("mosquitto", lambda home, port: [program, "-c", str(_mosquitto_conf(home, port))])


@contextlib.contextmanager
def amqtt() -> Iterator[Broker]:
    """The amqtt broker in a process of its own."""
    yield from _serve("amqtt", lambda home, port: [_amqtt_program(), "-c", str(_amqtt_conf(home, port))])


def _serve(kind: str, command: Callable[[Path, int], list[str]]) -> Iterator[Broker]:
    home = run_directory(kind)
    broker = None
    try:
        broker = Broker(home, lambda port: command(home, port))
        yield broker
    finally:
        if broker is not None:
            broker.close()
        shutil.rmtree(home, ignore_errors=True)


def _mosquitto_conf(home: Path, port: int) -> Path:
    lines = [
        f"listener {port} 127.0.0.1",
        "allow_anonymous true",
        "persistence true",
        f"persistence_location {home}/",
        # Started as root it would change to a user who may not write here.
        f"user {getpass.getuser()}",
        "max_queued_messages 100000",
    ]
    conf = home / "mosquitto.conf"
    conf.write_text("\n".join(lines) + "\n")
    return conf


def _amqtt_conf(home: Path, port: int) -> Path:
    conf = home / "amqtt.yaml"
    conf.write_text(_AMQTT_YAML.format(port=port))
    return conf


def _amqtt_program() -> str:
    program = Path(sys.executable).parent / "amqtt"
    if not program.exists():
        raise MissingServerError("amqtt is not installed; run scripts/test, or pip install -e '.[dev]'")
    return str(program)
