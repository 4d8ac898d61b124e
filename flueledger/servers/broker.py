"""An MQTT broker for the demo: mosquitto where it is installed, else amqtt from PyPI."""

from __future__ import annotations

import getpass
import shutil
import socket
import sys
import time
from pathlib import Path
from typing import Literal

from cems.errors import FlueledgerError
from flueledger.servers.child import Child

Kind = Literal["mosquitto", "amqtt"]

_MOSQUITTO = """\
# Written by flueledger for a broker on loopback; gateways keep what is not yet in the database, so it stores nothing.
listener {port} 127.0.0.1
allow_anonymous true
persistence false
user {user}
max_inflight_messages 64
max_queued_messages 10000
"""


class Broker:
    """One broker process on a loopback port."""

    def __init__(self, folder: Path, kind: Kind | None = None) -> None:
        found = mosquitto_path()
        self.kind: Kind = kind or ("mosquitto" if found else "amqtt")
        self.host, self.port = "127.0.0.1", free_port()
        self.protocol: Literal["5", "3.1.1"] = "5" if self.kind == "mosquitto" else "3.1.1"
        if self.kind == "mosquitto":
            if found is None:
                raise FlueledgerError("mosquitto is not installed: apt-get install mosquitto")
            config = folder / "mosquitto.conf"
            config.write_text(_MOSQUITTO.format(port=self.port, user=getpass.getuser()), "utf-8")
            command = [found, "-c", str(config)]
        else:
            command = [sys.executable, "-m", "flueledger.servers.amqtt_broker", str(self.port)]
        self.child = Child("broker", command, folder / "broker.log")

    def start(self, patience_s: float = 20.0) -> None:
        """Start it and wait until it takes connections."""
        self.child.start()
        wait_for_port(self.child, self.port, patience_s)


def mosquitto_path() -> str | None:
    """Where mosquitto is, also when the sbin folders are not on the path."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def wait_for_port(child: Child, port: int, patience_s: float) -> None:
    """Return when something listens on a loopback port; raise when the child ends or time runs out."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        child.require_alive()
        with socket.socket() as s:
            s.settimeout(0.5)
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise FlueledgerError(f"{child.name} does not listen on port {port} after {patience_s:.0f} s:\n{child.tail()}")
