"""``gateway check`` and ``gateway probe`` at brokers of devices: who is let in, and what comes."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from firmware_sim import api
from firmware_sim.sparkplug_face import SparkplugFace
from flueledger.servers.process import free_port
from gateway.cli import app
from tests.integration.gateway_chain import everything, run, until
from tests.integration.pushed_chain import ONE_TOPIC, T0, Publisher, broker_keys, pushed_chain
from tests.integration.test_gateway_mqtt_lists import PLANT as LISTS
from tests.integration.test_gateway_mqtt_lists import row
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


@contextmanager
def refusing() -> Iterator[int]:
    """A broker of MQTT 3.1.1 that lets everybody in and nobody hear, spoken by hand."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line:
                line.recv(1000)
                line.sendall(bytes.fromhex("20020000"))
                asked = line.recv(1000)
                line.sendall(bytes((0x90, 3, *asked[2:4], 0x80)))
                line.recv(1000)  # its farewell

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            thread.join(10)


def test_a_broker_that_lets_us_in_but_not_hear(tmp_path: Path) -> None:
    with refusing() as port:
        done = invoke(tmp_path, ONE_TOPIC.format(broker=f'port = {port}\nversion = "3.1.1"'), "check")
    assert done.exit_code == 1
    assert "lets us in, but not hear plant/+/gas; ask for the right to read there" in said(done)


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


@contextmanager
def sending(broker: Broker, *messages: tuple[str, object]) -> Iterator[None]:
    """A device that says the same again and again, until the end."""
    device, stop = Publisher(broker), threading.Event()

    def serve() -> None:
        while not stop.wait(0.1):
            for topic, body in messages:
                device.send(topic, body)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        device.close()


def cells(done: Result) -> dict[str, list[str]]:
    """The rows of the table by channel."""
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in done.output.splitlines() if "│" in line]
    return {row[0]: row[1:] for row in rows}


def test_a_probe_shows_each_value_with_its_place(tmp_path: Path, mosquitto_broker: Broker) -> None:
    plant = ONE_TOPIC.format(broker=broker_keys(mosquitto_broker))
    good = {"t": T0, "state": "CAL", "gas": {"co2": "12.50", "o2 %": 6.25}}
    with sending(mosquitto_broker, ("plant/s1/gas", b"{"), ("plant/s1/gas", good)):
        done = invoke(tmp_path, plant, "probe", "--instrument", "gas-1", "--timeout", "10")
    assert done.exit_code == 0, done.exception
    assert cells(done) == {
        "co2": ["plant/s1/gas", "gas.co2", '"12.50"', "12.5 %  C"],
        "o2": ["plant/s1/gas", "gas['o2 %']", "6.25", "6.25 %  C"],
    }
    assert "1 message, device time 2026-03-01 00:00:00 UTC, status C" in said(done)


def test_a_probe_names_what_the_message_has_in_place_of_what_is_missing(
    tmp_path: Path, mosquitto_broker: Broker
) -> None:
    plant = ONE_TOPIC.format(broker=broker_keys(mosquitto_broker))
    with sending(mosquitto_broker, ("plant/s1/gas", {"t": 0, "Gas": {"CO2": 12, "o2 %": [6.25, [7]]}})):
        done = invoke(tmp_path, plant, "probe", "--instrument", "gas-1", "--timeout", "10")
    assert cells(done)["co2"][2:] == ['missing; there are t, Gas.CO2, Gas."o2 %"[0], Gas."o2 %"[1][0]', "none  B"]
    assert "no device time, status B" in said(done)


def test_check_says_what_will_be_heard_and_said(tmp_path: Path) -> None:
    lists = said(invoke(tmp_path, LISTS.format(broker="", path="readings"), "check", "--offline"))
    assert "hears plant/s1/history" in lists
    assert "each item of the list at readings is a reading" in lists
    node = api.plant_text("demo-sparkplug", 1).replace('node = "edge-1"', 'node = "edge-1"\nhost_id = "flue-1"')
    told = said(invoke(tmp_path, node, "check", "--offline"))
    assert "asks for births on spBv1.0/sim/NCMD/edge-1" in told
    assert "says whether it is online on spBv1.0/STATE/flue-1" in told


def test_a_probe_of_a_list_shows_its_newest_reading(tmp_path: Path, mosquitto_broker: Broker) -> None:
    plant = LISTS.format(broker=broker_keys(mosquitto_broker), path="readings")
    rows = [row(3), row(5), row(4)]
    with sending(mosquitto_broker, ("plant/s1/history", {"readings": rows})):
        done = invoke(tmp_path, plant, "probe", "--instrument", "logger-1", "--timeout", "10")
    assert cells(done)["co2"] == ["plant/s1/history", "co2", "10.005", "10.005 %  N"]
    assert "device time 2026-03-01 00:05:00 UTC" in said(done)


@pytest.mark.parametrize("body", [None, b"\xff"])
def test_a_probe_that_hears_nothing_to_read(tmp_path: Path, mosquitto_broker: Broker, body: bytes | None) -> None:
    plant = ONE_TOPIC.format(broker=broker_keys(mosquitto_broker))
    with sending(mosquitto_broker, *([] if body is None else [("plant/s1/gas", body)])):
        done = invoke(tmp_path, plant, "probe", "--instrument", "gas-1", "--timeout", "0.5")
    assert done.exit_code == 1
    what = "nothing came" if body is None else "what came cannot be read; plant/s1/gas: not UTF-8"
    assert f"gas-1: {what}" in str(done.exception)
    assert f"on plant/+/gas at 127.0.0.1:{mosquitto_broker.port} within 0.5 s" in str(done.exception)


def test_a_probe_leaves_the_daemon_alone(tmp_path: Path, mosquitto_broker: Broker) -> None:
    """What is probed comes to the daemon too, once, over the session that it had before."""

    async def body() -> None:
        plant = ONE_TOPIC.format(broker=broker_keys(mosquitto_broker))
        async with pushed_chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, ingest):
            with sending(mosquitto_broker, ("plant/s1/gas", {"t": T0, "state": "RUN", "gas": {"co2": 1, "o2 %": 2}})):
                command = ("probe", "--instrument", "gas-1", "-c", str(tmp_path / "gateway.toml"))
                done = await asyncio.to_thread(CliRunner().invoke, app, command, env={"COLUMNS": "200"})
            assert done.exit_code == 0, done.exception
            await until(lambda: len(ingest.of("stack-1")) == 1, daemon)
            assert daemon.log().count("connected to the broker of devices") == 1

    run(body)


def test_a_probe_of_a_sparkplug_device_asks_for_its_birth(tmp_path: Path, mosquitto_broker: Broker) -> None:
    recording = api.simulate(api.RunSpec("2026-03", 3, 1), tmp_path / "sim")
    line = SparkplugFace(recording).line(mosquitto_broker.host, mosquitto_broker.port)
    plant = api.plant_text("demo-sparkplug", mosquitto_broker.port)
    line.open()
    try:
        done = invoke(tmp_path, plant, "probe", "--instrument", "gas-cabinet", "--timeout", "10")
        wrong = plant.replace('"Stack/o2"', '"Stack/O2"')
        missing = invoke(tmp_path, wrong, "probe", "--instrument", "gas-cabinet", "--timeout", "1")
        silent = plant.replace('node = "edge-1"', 'node = "edge-1"\nrebirth = "never"')
        never = invoke(tmp_path, silent, "probe", "--instrument", "gas-cabinet", "--timeout", "0.5")
    finally:
        line.close()
    assert done.exit_code == 0, done.exception
    topic, metric, raw, reading = cells(done)["co2"]
    assert (topic, metric) == ("spBv1.0/sim/DBIRTH/edge-1/gas", "Stack/co2")
    assert reading == f"{float(raw):g} %  N"
    assert cells(missing)["o2"] == ["", "Stack/O2", "nothing came", "none  B"]
    assert "spBv1.0/sim/DBIRTH/edge-1/gas has no Stack/O2; it has" in said(missing)
    assert never.exit_code == 1
    assert "gas-cabinet: nothing came" in str(never.exception)
