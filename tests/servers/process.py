"""Starting, killing and ending one server process."""

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
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

PREFIX = "flueledger-test-"
_RUNNING: set[int] = set()


class MissingServerError(RuntimeError):
    """A server that a test needs is not on this machine; the message says why and what would mend it."""


class ServerProcess:
    """A server in a session of its own, so that Ctrl-C reaches the tests first and they end it in order."""

    def __init__(self, command: Sequence[str], log: Path, stop_signal: signal.Signals = signal.SIGTERM) -> None:
        self._name = " ".join(command)
        self._log = log
        self._stop_signal = stop_signal
        with log.open("ab") as out:
            self._popen = subprocess.Popen(
                list(command), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
        _RUNNING.add(self._popen.pid)

    @property
    def pid(self) -> int:
        """The process id of the server itself."""
        return self._popen.pid

    def wait_ready(self, ready: Callable[[], bool], timeout_s: float = 30.0) -> None:
        """Return when the server answers; raise ``RuntimeError`` with its log when it died or stays silent."""
        deadline = time.monotonic() + timeout_s
        while not ready():
            if self._popen.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{self._name} did not start:\n{self._log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it in an orderly way, or by force after ten seconds."""
        if self._popen.poll() is None:
            self._popen.send_signal(self._stop_signal)
            try:
                self._popen.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        _RUNNING.discard(self.pid)

    def kill(self) -> None:
        """SIGKILL to it and to its children, as when the power fails."""
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
    """Process ids of the servers that run now, with their children; they are no leak of a test."""
    pids = set(_RUNNING)
    for pid in _RUNNING:
        with contextlib.suppress(psutil.NoSuchProcess):
            pids |= {child.pid for child in psutil.Process(pid).children(recursive=True)}
    return pids


def find_program(name: str) -> str | None:
    """Full path of a system program; the folders of root's programs are searched for everybody."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin")


def dying_with_parent(stop_signal: signal.Signals = signal.SIGTERM) -> list[str]:
    """Command prefix: the kernel sends the signal when the test process dies, even by kill -9."""
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


def run_directory(kind: str, parent: Path | None = None) -> Path:
    """A new temporary directory named after this process; those of dead processes are removed first."""
    base = parent or Path(tempfile.gettempdir())
    for old in base.glob(f"{PREFIX}*"):
        owner = re.match(rf"{PREFIX}[a-z]+-(\d+)-", old.name)
        if owner and not psutil.pid_exists(int(owner[1])):
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{kind}-{os.getpid()}-", dir=base))
