"""However the test process ends, its servers end with it; after Ctrl-C not even a folder stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

PROJECT = Path(__file__).resolve().parents[2]
RUN = """
import contextlib, time
from tests import servers
with contextlib.ExitStack() as stack:
    for start in (servers.embedded_postgres_server, servers.mosquitto, servers.amqtt, servers.timescaledb):
        with contextlib.suppress(servers.MissingServerError):
            print(stack.enter_context(start()).pid, flush=True)
    print("ready", flush=True)
    time.sleep(60)
"""


@contextmanager
def running(temporary: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A process with every server this machine has, and their process ids."""
    command = [sys.executable, "-c", RUN]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "ready\n")
        try:
            yield process, [int(line) for line in lines]
        finally:
            process.kill()


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A temporary folder outside pytest's own, which is closed to the user that PostgreSQL runs as."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_servers_end_with_the_process(temporary: Path, blow: signal.Signals) -> None:
    with running(temporary) as (process, pids):
        assert len(pids) >= 2
        servers = [psutil.Process(pid) for pid in pids]
        process.send_signal(blow)
        process.wait(20)
        _, alive = psutil.wait_procs(servers, timeout=20)
    assert alive == []
    if blow == signal.SIGINT:
        assert list(temporary.glob("flueledger-*")) == []
