"""``gateway check`` and ``gateway probe`` at brokers of devices: who is let in, and what comes."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from flueledger.servers.process import free_port
from gateway.cli import app
from tests.integration.pushed_chain import ONE_TOPIC, broker_keys
from tests.integration.test_gateway_mqtt_tls import Locked, keys, locked
from tests.servers import Broker

__all__ = ["locked"]  # the fixture


def invoke(folder: Path, plant: str, *arguments: str) -> Result:
    (folder / "plant.toml").write_text(plant, "utf-8")
    (folder / "gateway.toml").write_text('code = "gw-1"\nplant = "plant.toml"\n')
    told = [*arguments, "-c", str(folder / "gateway.toml")]
    return CliRunner().invoke(app, told, env={"COLUMNS": "250"})


def said(done: Result) -> str:
    """What is printed, in one line."""
    return " ".join(done.output.split())


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_broker_that_lets_us_in(tmp_path: Path, mosquitto_broker: Broker, version: str) -> None:
    done = invoke(tmp_path, ONE_TOPIC.format(broker=broker_keys(mosquitto_broker, version)), "check")
    assert done.exit_code == 0, done.output
    assert f"gas-1: broker 127.0.0.1:{mosquitto_broker.port} lets us in" in said(done)


def test_a_broker_that_is_not_there(tmp_path: Path) -> None:
    port = free_port()
    done = invoke(tmp_path, ONE_TOPIC.format(broker=f"port = {port}"), "check")
    assert done.exit_code == 1
    assert f"FAULT gas-1: broker 127.0.0.1:{port} cannot be reached: [Errno 111] Connection refused" in said(done)


@contextmanager
def deaf(*, closes: bool) -> Iterator[int]:
    """A port that takes connections and says nothing, or closes at the first word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held = []

        def serve() -> None:
            try:
                while True:
                    line, _ = server.accept()
                    held.append(line)
                    if closes:
                        line.recv(10)
                        line.close()
            except OSError:
                return  # the test is over

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for line in held:
                line.close()


@pytest.mark.parametrize(
    ("closes", "words"),
    [(False, "gives no answer to our greeting within 5 s"), (True, "does it speak MQTT 5, not encrypted?")],
)
def test_what_is_no_broker(tmp_path: Path, closes: bool, words: str) -> None:
    with deaf(closes=closes) as port:
        done = invoke(tmp_path, ONE_TOPIC.format(broker=f"port = {port}"), "check")
    assert done.exit_code == 1
    assert words in said(done)


@pytest.mark.parametrize(
    ("authority", "password", "name", "words"),
    [
        ("ca.pem", "secret", None, ""),
        ("ca.pem", "wrong", None, "refuses us: Not authorized; look at username, password_env"),
        ("other.pem", "secret", None, "look at tls_ca and tls_server_name"),
        ("ca.pem", "secret", "another.plant", "Hostname mismatch"),
        ("missing.pem", "secret", None, "missing.pem"),
        ("ca.pem", None, None, "the environment has no variable TEST_BROKER_PASSWORD"),
    ],
)
def test_credentials(
    locked: Locked,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    authority: str,
    password: str | None,
    name: str | None,
    words: str,
) -> None:
    monkeypatch.delenv("TEST_BROKER_PASSWORD", raising=False)
    if password is not None:
        monkeypatch.setenv("TEST_BROKER_PASSWORD", password)
    done = invoke(tmp_path, ONE_TOPIC.format(broker=keys(locked, authority, name=name)), "check")
    assert done.exit_code == bool(words), done.output
    assert ("FAULT gas-1: " in said(done)) is bool(words)
    assert words in said(done)
    assert password is None or password not in done.output


def test_a_line_that_is_not_encrypted(locked: Locked, tmp_path: Path, mosquitto_broker: Broker) -> None:
    plain = invoke(tmp_path, ONE_TOPIC.format(broker=f"port = {locked.port}"), "check")
    assert "does it speak MQTT 5, not encrypted?" in said(plain)
    tls = invoke(tmp_path, ONE_TOPIC.format(broker=f'port = {mosquitto_broker.port}\ntransport = "tls"'), "check")
    assert re.search("no encrypted line|does the port speak TLS", said(tls))
