"""A server process with a log file: started, killed and ended by its own id, and never left behind."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from cems.errors import FlueledgerError

_RUNNING: set[int] = set()


class ServerProcess:
    """A process in a session of its own, so that Ctrl-C reaches its owner first, who ends it in order."""

    def __init__(
        self, name: str, command: Sequence[str], log: Path, stop_signal: signal.Signals = signal.SIGTERM
    ) -> None:
        self.name = name
        self.log = log
        self.env: Mapping[str, str] | None = None
        """Environment of the process when it is started; None for our own."""
        self._command = list(command)
        self._stop_signal = stop_signal
        self._popen: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; its output goes to the log, after what is there."""
        with self.log.open("ab") as out:
            self._popen = subprocess.Popen(  # noqa: S603 - commands of our own making
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=self.env,
                start_new_session=True,
            )
        _RUNNING.add(self._popen.pid)

    @property
    def pid(self) -> int:
        """The process id of the server itself; it must have been started."""
        assert self._popen is not None
        return self._popen.pid

    def require_alive(self) -> None:
        """Raise :class:`FlueledgerError` with the end of its log if it has ended by itself."""
        if self._popen is not None and self._popen.poll() is not None:
            raise FlueledgerError(f"{self.name} ended with code {self._popen.returncode}:\n{self.tail()}")

    def wait_ready(self, ready: Callable[[], bool], patience_s: float = 30.0) -> None:
        """Return when the server answers; end it and raise with its log when it died or stays silent."""
        deadline = time.monotonic() + patience_s
        while not ready():
            self.require_alive()
            if time.monotonic() > deadline:
                self.kill()
                raise FlueledgerError(f"{self.name} does not answer after {patience_s:.0f} s:\n{self.tail()}")
            time.sleep(0.02)

    def tail(self, lines: int = 12) -> str:
        """The last lines of its log."""
        text = self.log.read_text("utf-8", errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def stop(self, patience_s: float = 10.0) -> None:
        """Ask it to end, wait, and kill it if it does not."""
        if self._popen is None:
            return
        if self._popen.poll() is None:
            self._popen.send_signal(self._stop_signal)
            try:
                self._popen.wait(patience_s)
            except subprocess.TimeoutExpired:
                self.kill()
        _RUNNING.discard(self.pid)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._popen is not None
        self._popen.send_signal(number)

    def kill(self) -> None:
        """SIGKILL to it and to its children, as when the power fails: nothing is flushed."""
        if self._popen is None:
            return
        family: list[psutil.Process] = []
        with contextlib.suppress(psutil.NoSuchProcess):
            family = psutil.Process(self.pid).children(recursive=True)
        self._popen.kill()
        for child in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        self._popen.wait(10)
        psutil.wait_procs(family, timeout=10)
        _RUNNING.discard(self.pid)


def server_pids() -> set[int]:
    """Process ids of the servers of this process that run now, with their children."""
    pids = set(_RUNNING)
    for pid in _RUNNING:
        with contextlib.suppress(psutil.NoSuchProcess):
            pids |= {child.pid for child in psutil.Process(pid).children(recursive=True)}
    return pids


def find_program(name: str) -> str | None:
    """Full path of a system program; the folders of root's programs are searched for everybody."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin")


def dying_with_parent(stop_signal: signal.Signals = signal.SIGTERM) -> list[str]:
    """Command prefix: the kernel sends the signal when the owner dies, even by kill -9; empty without ``setpriv``."""
    setpriv = find_program("setpriv")
    return [setpriv, "--pdeathsig", stop_signal.name.removeprefix("SIG")] if setpriv else []


def free_port() -> int:
    """A TCP port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    """Whether somebody listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def run_directory(prefix: str, parent: Path | None = None) -> Path:
    """A new temporary directory named after this process; those that dead processes left are removed first.

    ``prefix`` is lower-case letters and hyphens, such as ``flueledger-postgres-``.
    """
    base = parent or Path(tempfile.gettempdir())
    for old in base.glob(f"{prefix}*"):
        owner = re.fullmatch(rf"{prefix}(\d+)-\w+", old.name)
        if owner and not psutil.pid_exists(int(owner[1])):
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=base))
