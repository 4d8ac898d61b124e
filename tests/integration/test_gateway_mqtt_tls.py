"""A broker of devices that wants TLS, a password and a certificate."""

from __future__ import annotations

import getpass
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
import trustme
from paho.mqtt.enums import CallbackAPIVersion

from flueledger.servers.process import ServerProcess, accepts, dying_with_parent, find_program, free_port
from tests.integration.gateway_chain import everything, run, until
from tests.integration.pushed_chain import ONE_TOPIC, T0, hearing, pushed_chain
from tests.servers import Broker

_CONFIG = """\
listener {port} 127.0.0.1
allow_anonymous false
password_file {folder}/passwords
cafile {folder}/ca.pem
certfile {folder}/server.pem
keyfile {folder}/server.key
require_certificate {certificate}
user {user}
"""


@dataclass
class Locked:
    """A mosquitto that lets in only those who show what it wants."""

    folder: Path
    port: int
    name: str = ""
    """Name in its certificate, where that is not its address."""


@pytest.fixture(params=["password", "certificate", "name"])
def locked(request: pytest.FixtureRequest, mosquitto_program: str, tmp_path: Path) -> Iterator[Locked]:
    folder, port = tmp_path / "broker", free_port()
    folder.mkdir()
    authority, other = trustme.CA(), trustme.CA()
    name = "broker.plant" if request.param == "name" else ""
    server, client = authority.issue_cert(name or "127.0.0.1"), authority.issue_cert("gateway@plant")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    other.cert_pem.write_to_path(str(folder / "other.pem"))
    server.private_key_pem.write_to_path(str(folder / "server.key"))
    server.cert_chain_pems[0].write_to_path(str(folder / "server.pem"))
    client.private_key_pem.write_to_path(str(folder / "client.key"))
    client.cert_chain_pems[0].write_to_path(str(folder / "client.pem"))
    program = find_program("mosquitto_passwd")
    if program is None:
        pytest.skip("NOT RUN: mosquitto_passwd is not installed; as root: apt-get install mosquitto")
    subprocess.run([program, "-b", "-c", str(folder / "passwords"), "gw", "secret"], check=True, capture_output=True)
    wants = str(request.param == "certificate").lower()
    config = _CONFIG.format(port=port, folder=folder, certificate=wants, user=getpass.getuser())
    (folder / "mosquitto.conf").write_text(config)
    command = [*dying_with_parent(), mosquitto_program, "-c", str(folder / "mosquitto.conf")]
    process = ServerProcess("broker", command, folder / "log")
    process.start()
    try:
        process.wait_ready(lambda: accepts(port))
        yield Locked(folder, port, name)
    finally:
        process.stop()


def keys(
    locked: Locked, authority: str = "ca.pem", variable: str = "TEST_BROKER_PASSWORD", name: str | None = None
) -> str:
    folder = locked.folder
    named = f'tls_server_name = "{name or locked.name}"\n' if name or locked.name else ""
    return f"""{named}port = {locked.port}
username = "gw"
password_env = "{variable}"
tls_ca = "{folder / authority}"
tls_cert = "{folder / "client.pem"}"
tls_key = "{folder / "client.key"}\""""


def test_readings_come_over_an_encrypted_line(
    locked: Locked, tmp_path: Path, mosquitto_broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_BROKER_PASSWORD", "secret")

    async def body() -> None:
        plant = ONE_TOPIC.format(broker=keys(locked))
        async with pushed_chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, ingest):
            device = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="device")
            device.username_pw_set("gw", "secret")
            folder = locked.folder
            device.tls_set(str(folder / "ca.pem"), str(folder / "client.pem"), str(folder / "client.key"))
            device.tls_insecure_set(bool(locked.name))
            device.connect("127.0.0.1", locked.port)
            device.loop_start()
            payload = b'{"t": %d, "state": "RUN", "gas": {"co2": 12.5, "o2 %%": 6}}' % T0
            device.publish("plant/s1/gas", payload, qos=1).wait_for_publish(10)
            device.disconnect()
            device.loop_stop()
            await until(lambda: len(ingest.of("stack-1")) == 1, daemon)

    run(body)


@pytest.mark.parametrize(
    ("authority", "password", "name"),
    [("other.pem", "secret", None), ("ca.pem", "wrong", None), ("ca.pem", "secret", "another.plant")],
)
def test_a_broker_of_another_authority_or_another_password_is_not_heard(
    locked: Locked,
    tmp_path: Path,
    mosquitto_broker: Broker,
    monkeypatch: pytest.MonkeyPatch,
    authority: str,
    password: str,
    name: str | None,
) -> None:
    monkeypatch.setenv("TEST_BROKER_PASSWORD", password)

    async def body() -> None:
        plant = ONE_TOPIC.format(broker=keys(locked, authority, name=name))
        with pytest.raises(TimeoutError):
            async with pushed_chain(tmp_path, plant, mosquitto_broker, everything, patience=4.0):
                pass
        log = (tmp_path / "log").read_text()
        assert ("refuses: Not authorized" if password == "wrong" else "cannot be reached") in log
        assert password not in log

    run(body)


def test_a_password_that_is_not_there_is_named(locked: Locked, tmp_path: Path, mosquitto_broker: Broker) -> None:
    os.environ.pop("NO_SUCH_VARIABLE", None)

    async def body() -> None:
        plant = ONE_TOPIC.format(broker=keys(locked, variable="NO_SUCH_VARIABLE"))
        with pytest.raises(AssertionError, match="the environment has no variable NO_SUCH_VARIABLE"):
            async with pushed_chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, _):
                await hearing(daemon)

    run(body)
