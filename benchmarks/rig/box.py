"""One box with its devices, broker, gateway, ingest and database, each a process of its own; ends what it started."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cems.channels import ORDER
from cems.errors import FlueledgerError
from cems.schema.migrate import migrate
from flueledger.connecting import connect
from flueledger.servers.broker import Broker
from flueledger.servers.postgres import Installation, PostgresServer, embedded
from flueledger.servers.process import ServerProcess, accepts, dying_with_parent, free_port, run_directory

ENTERPRISE: Final = "bench"
GATEWAY: Final = "gw-1"
_PLANT: Final = f"""\
[enterprise]
code = "{ENTERPRISE}"
name = "Bench"
[[unit]]
code = "u1"
rated_mw = 300
stacks = ["s1"]
[[stack]]
code = "s1"
"""
_POINT: Final = """
[[point]]
code = "p{number}"
stack = "s1"
area_m2 = 20.0
[[point.instrument]]
code = "i{number}"
port = {port}
register = [{rows}]
"""
_GATEWAY: Final = """\
code = "gw-1"
plant = "plant.toml"
[broker]
port = {broker}
[schedule]
period_s = {period}
[metrics]
port = {metrics}
[delivery]
{delivery}
"""
_FLOAT: Final = '{{ channel = "{name}", address = {address}{basis} }}'
TEN_FLOATS: Final = ", ".join(
    _FLOAT.format(name=name, address=2 * i, basis=', basis = "dry"' if name in ("co2", "o2") else "")
    for i, name in enumerate(ORDER)
)
"""Register rows of a device with the face ``moving``."""
STAMP: Final = '{ channel = "flow", address = 0, type = "float64" }'
"""Register row of a device with the face ``stamped``."""


@dataclass(frozen=True, slots=True)
class Devices:
    """The devices of a box."""

    process: ServerProcess
    ports: tuple[int, ...]
    control: int

    def served(self) -> tuple[int, int]:
        """Requests and registers answered so far, whoever asked."""
        with socket.create_connection(("127.0.0.1", self.control), timeout=5) as line, line.makefile("rb") as answer:
            told = json.loads(answer.read())
        return int(told["requests"]), int(told["registers"])


class Box:
    """A context manager; every process that it was asked to start is ended with it, by its own id."""

    def __init__(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.folder = folder
        self._ends = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def process(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> ServerProcess:
        """A process of any program; its output goes to a log in the folder."""
        process = ServerProcess(name, [*dying_with_parent(), *command], self.folder / f"{name}.log")
        process.env = {**os.environ, **(environment or {})}
        self._ends.callback(process.stop)
        process.start()
        return process

    def devices(self, count: int, *options: str) -> Devices:
        """So many devices in one process, answering."""
        ports = self.folder / "ports.json"
        ports.unlink(missing_ok=True)
        command = [sys.executable, "-m", "benchmarks.rig.devices", "--devices", str(count), *options]
        process = self.process("devices", [*command, "--ports", str(ports)])
        process.wait_ready(ports.exists)
        *found, control = json.loads(ports.read_text("utf-8"))
        return Devices(process, tuple(found), control)

    def broker(self) -> Broker:
        """An MQTT broker, started."""
        broker = Broker(self.folder)
        self._ends.callback(broker.stop)
        broker.start()
        return broker

    def acknowledger(self, broker: Broker) -> ServerProcess:
        """Somebody who acknowledges in place of ingest."""
        command = [sys.executable, "-m", "benchmarks.rig.acknowledger", "--port", str(broker.port)]
        return self.process("acknowledger", command)

    def gateway_files(self, ports: Sequence[int], rows: str, broker: int, period_s: float, delivery: str = "") -> int:
        """The two files of a gateway that reads these devices, a point each; gives the port of its metrics page."""
        points = "".join(_POINT.format(number=n, port=port, rows=rows) for n, port in enumerate(ports, 1))
        (self.folder / "plant.toml").write_text(_PLANT + points, "utf-8")
        metrics = free_port()
        text = _GATEWAY.format(broker=broker, period=period_s, metrics=metrics, delivery=delivery)
        (self.folder / "gateway.toml").write_text(text, "utf-8")
        return metrics

    def gateway(self) -> ServerProcess:
        """The gateway of those files, on its way up."""
        config = str(self.folder / "gateway.toml")
        return self.process("gateway", [sys.executable, "-m", "flueledger.main", "gateway", "run", "--config", config])

    def postgres(self, store: Installation | None = None, settings: Mapping[str, str] | None = None) -> PostgresServer:
        """A database with the schema."""
        server = PostgresServer(store or embedded(), settings)
        self._ends.callback(server.close)
        server.start()
        with connect(server.dsn()) as connection:
            migrate(connection)
        return server

    def ingest(self, broker: Broker, dsn: str) -> ServerProcess:
        """An ingest between the two, on its way up."""
        command = [sys.executable, "-m", "flueledger.main", "ingest", "run", "--host", "127.0.0.1"]
        return self.process("ingest", [*command, "--port", str(broker.port)], {"FLUELEDGER_DSN": dsn})


def metrics(port: int, *processes: ServerProcess) -> dict[str, float]:
    """The metrics page of a gateway, which may be busy; families with labels are summed up."""
    wait_for(lambda: accepts(port), "the metrics page does not answer", 30.0, *processes)
    found: dict[str, float] = {}
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as page:
        for line in page.read().decode().splitlines():
            if not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                name = name.partition("{")[0].removeprefix("flueledger_gateway_")
                found[name] = found.get(name, 0.0) + float(value)
    return found


def wait_for(condition: Callable[[], bool], what: str, patience_s: float, *processes: ServerProcess) -> None:
    """Returns when it is so; raises :class:`FlueledgerError` when a process ends or patience does."""
    deadline = time.monotonic() + patience_s
    while not condition():
        for process in processes:
            process.require_alive()
        if time.monotonic() > deadline:
            tails = "\n".join(f"--- {process.name}\n{process.tail()}" for process in processes)
            raise FlueledgerError(f"{what}: not within {patience_s:.0f} s\n{tails}")
        time.sleep(0.05)


@contextmanager
def workplace(name: str) -> Iterator[Path]:
    """A folder for one measurement, gone afterwards; asked to end by SIGTERM, it still ends what was started."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = run_directory(f"flueledger-{name}-")
    try:
        yield folder
    except FlueledgerError as error:
        sys.exit(str(error))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        signal.signal(signal.SIGTERM, before)
