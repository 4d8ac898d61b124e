"""The whole chain as real processes: instruments, gateway, broker, ingest, database. The demo and the tests run it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cems.errors import FlueledgerError, StoreUnavailableError
from cems.schema.migrate import migrate
from firmware_sim.api import PLANT_FILE
from flueledger.connecting import connect
from flueledger.db import scan_counts, scans_stored
from flueledger.servers.broker import Broker, Kind
from flueledger.servers.postgres import Installation, PostgresServer, embedded
from flueledger.servers.process import ServerProcess, dying_with_parent, free_port
from gateway.spoolschema import scans_made

_GATEWAY = """\
code = "gw-1"
plant = "plant/plant.toml"

[broker]
host = "{host}"
port = {port}
protocol = "{protocol}"

[schedule]
period_s = 0.0      # the simulated instruments' clock moves when it is read

[spool]
path = "spool.db"
fsync = "normal"    # survives the end of any process; a real box keeps "full", which survives a power cut

[delivery]
batch_scans = 400
max_wait_s = 0.25
"""

POLL_S = 0.25


@dataclass(frozen=True, slots=True)
class Source:
    """What stands at the stack: the simulator's arguments and what it will show."""

    arguments: tuple[str, ...]
    """Subcommand of ``flueledger sim`` with its options; folder and port are added."""
    scans: int
    """Scans that a gateway makes of it when it misses none."""
    overrides: tuple[Path, ...] = ()
    """Files with parameters that differ from the rule book's for this source."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What was made and what arrived."""

    made: int
    """Scans the gateway wrote into its spool, ever."""
    stored: int
    """Scans of this gateway in the database."""
    distinct: int
    """Distinct sequence numbers among them."""
    repeated_instants: int
    """Scans beyond the first of a point and instant."""
    quarantined: int

    @property
    def lost(self) -> int:
        """Made and not in the database."""
        return self.made - self.distinct

    @property
    def doubled(self) -> int:
        """In the database more often than made."""
        return self.stored - self.distinct + self.repeated_instants


class Chain:
    """Five processes in one folder; a context manager that leaves none of them behind."""

    def __init__(
        self, folder: Path, source: Source, broker: Kind | None = None, store: Installation | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.source = source
        self.plant_file = folder / "plant" / PLANT_FILE
        self.postgres = PostgresServer(store or embedded())
        self.broker = Broker(folder, broker)
        self.sim_port = free_port()
        self.simulator = self._child("simulator", "sim", *source.arguments, "--out", str(folder / "plant"),
                                     "--port", str(self.sim_port))  # fmt: skip
        self.gateway = self._child("gateway", "gateway", "run", "--config", str(folder / "gateway.toml"))
        self.ingest = self._child("ingest", "ingest", "run", "--host", self.broker.host, "--port",
                                  str(self.broker.port), "--protocol", self.broker.protocol)  # fmt: skip
        self._ends = ExitStack()

    @property
    def dsn(self) -> str:
        """Connection string of the database."""
        return self.postgres.dsn()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._ends.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def counts(self) -> Tally:
        """What was made and what arrived, as of now; needs the database."""
        return Tally(scans_made(self.folder / "spool.db"), *scan_counts(self.dsn))

    def wait_until_stored(
        self, scans: int, patience_s: float, progress: Callable[[int], None] = lambda _: None
    ) -> None:
        """Return when the database holds so many scans; raise when a process ends or nothing has moved for a while.

        ``patience_s`` is how long the count may stand still.
        """
        best, moved = -1, time.monotonic()
        while best < scans:
            for child in (self.simulator, self.gateway, self.ingest, self.broker.process):
                child.require_alive()
            try:
                now = scans_stored(self.dsn)
            except StoreUnavailableError:
                now = best
            if now > best:
                best, moved = now, time.monotonic()
                progress(best)
            if time.monotonic() - moved > patience_s:
                tails = "\n".join(f"--- {c.name}\n{c.tail(6)}" for c in (self.gateway, self.ingest, self.simulator))
                raise FlueledgerError(f"{best} of {scans} scans arrived, and none for {patience_s:.0f} s\n{tails}")
            time.sleep(POLL_S)

    def _start(self) -> None:
        self._ends.callback(self.postgres.close)
        self.postgres.start()
        with connect(self.dsn) as connection:
            migrate(connection)
        self.ingest.env = {**os.environ, "FLUELEDGER_DSN": self.dsn}
        self._ends.callback(self.broker.stop)
        self.broker.start()
        self._ends.callback(self.simulator.stop)
        self.simulator.start()
        self.simulator.wait_ready(self.plant_file.exists, patience_s=60)  # written once the instruments answer
        address = {"host": self.broker.host, "port": self.broker.port, "protocol": self.broker.protocol}
        (self.folder / "gateway.toml").write_text(_GATEWAY.format(**address), "utf-8")
        self._ends.callback(self.ingest.stop)
        self.ingest.start()
        self._ends.callback(self.gateway.stop)
        self.gateway.start()

    def _child(self, name: str, *arguments: str) -> ServerProcess:
        command = [*dying_with_parent(), sys.executable, "-m", "flueledger.main", *arguments]
        return ServerProcess(name, command, self.folder / f"{name}.log")
