"""``flueledger ingest run`` as a person types it: what can never work ends at once and says why."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from paho.mqtt.client import MQTTMessage

from flueledger.servers.process import free_port
from ingest.subscriber import BrokerAddress, Subscriber

PROJECT = Path(__file__).resolve().parents[2]
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


def ingest(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flueledger.main", "ingest", "run", "--port", str(free_port()), *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--dsn", "nonsense"), 1, 'dsn: missing "=" after "nonsense"'),
        (("--dsn", NOWHERE, "--tls-ca", "no-such-file.pem"), 1, "tls_ca: no-such-file.pem"),
        (("--dsn", NOWHERE, "--protocol", "4"), 2, "expected 5 or 3.1.1"),
    ],
)
def test_what_can_never_work_is_said_at_once(arguments: tuple[str, ...], code: int, words: str) -> None:
    done = ingest(*arguments)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_metrics_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = ingest("--dsn", NOWHERE, "--metrics-port", port)
    assert done.returncode == 1
    assert f"metrics_port: {port}:" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broker_that_is_away_is_told_once(postgres_dsn: str) -> None:
    port = str(free_port())
    command = [sys.executable, "-m", "flueledger.main", "ingest", "run", "--port", port, "--dsn", postgres_dsn]
    with subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        time.sleep(3.5)  # long enough for two more attempts
        process.terminate()
        rest = process.stderr.read()
        assert process.wait(15) == 0
    assert f"broker 127.0.0.1:{port} cannot be reached; will keep trying" in line
    assert "cannot be reached" not in rest


def test_a_topic_that_is_no_text_is_passed_on_to_quarantine() -> None:
    """A broker that lets it through must not end the thread that reads."""
    subscriber = Subscriber(BrokerAddress(), "ingest-test")
    message = MQTTMessage(mid=1, topic=b"flueledger/v1/\xff/gw-1/scans")
    message.payload = b"x"
    subscriber._received(subscriber._client, None, message)
    assert [(m.topic, m.payload) for m in subscriber.take(10, wait_s=1.0)] == [("(not UTF-8)", b"x")]
    subscriber.stop()
