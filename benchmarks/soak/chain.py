"""The chain of the soak: analysers, gateway, proxies, broker, ingest and database, each to be hurt by itself."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from cems.schema.migrate import migrate
from flueledger.connecting import connect
from flueledger.servers.broker import Broker
from flueledger.servers.postgres import PostgresServer, embedded
from flueledger.servers.process import ServerProcess, accepts, dying_with_parent, free_port
from flueledger.servers.proxy import Proxy

_PLANT = """\
[enterprise]
code = "soak"
name = "Soak"
[[unit]]
code = "u1"
rated_mw = 300
stacks = ["s1"]
[[stack]]
code = "s1"
"""
_POINT = """
[[point]]
code = "p{unit}"
stack = "s1"
[[point.instrument]]
code = "i{unit}"
port = {port}
unit_id = {unit}
clock = {{ address = 0 }}
register = [
    {{ channel = "co2", address = 2, basis = "dry" }},
    {{ channel = "o2", address = 4, basis = "dry" }},
]
"""
_GATEWAY = """\
code = "gw-1"
plant = "plant.toml"
[broker]
port = {port}
[schedule]
period_s = {period}
[spool]
path = "spool/spool.db"
fsync = "full"
[delivery]
batch_scans = 400
max_wait_s = 0.2
ack_timeout_s = 2.0
"""
_TMPFS_MB = 48
_CLOCK = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"


class Loop:
    """An event loop in a thread of its own, for the proxies."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Runs a coroutine there and waits for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def call(self, function: Callable[[], None]) -> None:
        """Calls a function there."""
        self._loop.call_soon_threadsafe(function)

    def close(self) -> None:
        """Ends the loop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()


class SoakChain:
    """A context manager that leaves no process and no mount behind."""

    def __init__(self, folder: Path, points: int, period_s: float) -> None:
        self.folder, self.points, self.period_s = folder, points, period_s
        self.spool_folder = folder / "spool"
        self.spool = self.spool_folder / "spool.db"
        self.clock_file = folder / "clock"
        self.mounted = False
        self._ends = ExitStack()

    @property
    def can_set_clock(self) -> bool:
        """Whether libfaketime is installed (Debian: faketime)."""
        return Path(_CLOCK).exists()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._ends.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def _start(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.spool_folder.mkdir(parents=True)
        self._mount()
        self.loop = Loop()
        self._ends.callback(self.loop.close)
        self.postgres = PostgresServer(embedded())
        self._ends.callback(self.postgres.close)
        self.postgres.start()
        with connect(self.postgres.dsn()) as connection:
            migrate(connection)
        self.broker = Broker(self.folder)
        self._ends.callback(self.broker.stop)
        self.broker.start()
        self.gateway_link, self.ingest_link = (self._proxy() for _ in range(2))
        port = free_port()
        command = [sys.executable, "-m", "benchmarks.soak.device", "--port", str(port), "--units", str(self.points)]
        self.device = self._child("device", command)
        self.device.wait_ready(lambda: accepts(port))
        points = "".join(_POINT.format(unit=unit, port=port) for unit in range(1, self.points + 1))
        (self.folder / "plant.toml").write_text(_PLANT + points, "utf-8")
        (self.folder / "gateway.toml").write_text(
            _GATEWAY.format(port=self.gateway_link.port, period=self.period_s), "utf-8"
        )
        us = [sys.executable, "-m", "flueledger.main"]
        ingest = [*us, "ingest", "run", "--host", "127.0.0.1", "--port", str(self.ingest_link.port)]
        self.ingest = self._child("ingest", ingest, FLUELEDGER_DSN=self.postgres.dsn())
        config = str(self.folder / "gateway.toml")
        self.gateway = self._child("gateway", [*us, "gateway", "run", "--config", config], **self._fake_clock())

    def _fake_clock(self) -> dict[str, str]:
        if not self.can_set_clock:
            return {}
        self.set_clock(0)
        return {
            "LD_PRELOAD": _CLOCK,
            "FAKETIME_TIMESTAMP_FILE": str(self.clock_file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set_clock(self, offset_s: int) -> None:
        """Sets the wall clock of the gateway, and of nothing else."""
        part = self.clock_file.with_suffix(".part")
        part.write_text(f"{offset_s:+d}s\n", "utf-8")
        part.replace(self.clock_file)

    def _proxy(self) -> Proxy:
        async def made() -> Proxy:
            proxy = Proxy(self.broker.port)
            await proxy.mend()
            return proxy

        proxy: Proxy = self.loop.do(made())
        self._ends.callback(lambda: self.loop.do(proxy.cut()))
        return proxy

    def _child(self, name: str, command: list[str], **environment: str) -> ServerProcess:
        process = ServerProcess(name, [*dying_with_parent(), *command], self.folder / f"{name}.log")
        process.env = {**os.environ, **environment}
        self._ends.callback(process.stop)
        process.start()
        return process

    def _mount(self) -> None:
        """A small disk of its own for the spool, so that it can be filled; root only."""
        if os.geteuid() != 0:
            return
        command = ["mount", "-t", "tmpfs", "-o", f"size={_TMPFS_MB}m", "tmpfs", str(self.spool_folder)]
        if subprocess.run(command, check=False, capture_output=True).returncode == 0:
            self.mounted = True
            self._ends.callback(subprocess.run, ["umount", str(self.spool_folder)], check=False)
