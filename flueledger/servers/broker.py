"""An MQTT broker on loopback: mosquitto where it is installed, else amqtt from PyPI."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Final, Literal

from cems.errors import FlueledgerError
from flueledger.servers.process import ServerProcess, accepts, dying_with_parent, find_program, free_port

Kind = Literal["mosquitto", "amqtt"]

_MOSQUITTO: Final = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
# Started as root it would change to a user who may not write here.
user {user}
max_inflight_messages 64
max_queued_messages 100000
"""


class Broker:
    """One broker process on a loopback port, with its files in a folder."""

    def __init__(self, folder: Path, kind: Kind | None = None) -> None:
        program = find_program("mosquitto")
        self.kind: Kind = kind or ("mosquitto" if program else "amqtt")
        self.host, self.port = "127.0.0.1", free_port()
        self.protocol: Literal["5", "3.1.1"] = "5" if self.kind == "mosquitto" else "3.1.1"
        self._folder = folder
        if self.kind == "mosquitto":
            if program is None:
                raise FlueledgerError("mosquitto is not installed; as root: apt-get install mosquitto")
            config = folder / "mosquitto.conf"
            config.write_text(_MOSQUITTO.format(port=self.port, folder=folder.resolve(), user=getpass.getuser()))
            command = [program, "-c", str(config)]
        else:
            command = [sys.executable, "-m", "flueledger.servers.amqtt_broker", str(self.port)]
        self.process = ServerProcess("broker", [*dying_with_parent(), *command], folder / "broker.log")

    @property
    def pid(self) -> int:
        """Process id of the broker."""
        return self.process.pid

    def start(self) -> None:
        """Start, or start again after :meth:`kill` on the same port, and wait until it takes connections."""
        self.process.start()
        self.process.wait_ready(lambda: accepts(self.port))

    def kill(self) -> None:
        """SIGKILL: what it had not yet saved is lost."""
        self.process.kill()

    def wipe(self) -> None:
        """Forget every session and message; call it between :meth:`kill` and :meth:`start`."""
        for file in self._folder.glob("*.db"):
            file.unlink()

    def stop(self) -> None:
        """Stop in an orderly way."""
        self.process.stop()
