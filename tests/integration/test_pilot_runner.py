"""Jobs on a real Dask scheduler: order, errors, a scheduler that is lost, workers that die again and again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.system.test_pilot import PROJECT, cluster

JOBS = """
import json, sys, time
from cems.errors import FlueledgerError, RuleError
from reconcile.pilot.runner import runner

def slow(x):
    time.sleep(0.05 * x)
    return x * x

def refuses(x):
    raise RuleError(f"no {x}")

def for_ever(x):
    time.sleep(600)

wanted = sys.argv[2]
told = []
try:
    with runner(sys.argv[1], None) as at:
        if wanted == "order":
            print(json.dumps([at.run(slow, [3, 1, 2], told.append), sum(told)]))
        elif wanted == "error":
            at.run(refuses, [1], told.append)
        else:
            print("begun", flush=True)
            at.run(for_ever, [1], told.append)
except FlueledgerError as error:
    print(json.dumps([type(error).__name__, str(error)]))
"""

DEATHS = """
import json, os, signal, sys
from cems.errors import FlueledgerError
from reconcile.pilot.runner import runner

def dies(path):
    with open(path, "a") as file:
        file.write(f"{os.getpid()}\\n")
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    try:
        with runner(None, 1) as at:
            at.run(dies, [sys.argv[1]], print)
    except FlueledgerError as error:
        print(json.dumps([type(error).__name__, str(error)]))
"""


def script(folder: Path, text: str = JOBS) -> Path:
    path = folder / "jobs.py"
    path.write_text(text, "utf-8")
    return path


def test_order_errors_and_a_lost_scheduler(tmp_path: Path) -> None:
    with cluster(tmp_path) as (address, workers):
        given = [sys.executable, str(script(tmp_path)), address]
        environment = {**os.environ, "PYTHONPATH": str(PROJECT)}

        def run(wanted: str) -> object:
            done = subprocess.run(
                [*given, wanted], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120, check=False
            )
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout)

        assert run("order") == [[9, 1, 4], 3]
        assert run("error") == ["RuleError", "no 1"]
        with subprocess.Popen(
            [*given, "lost"], cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as study:
            try:
                assert study.stdout is not None
                assert study.stdout.readline() == "begun\n"
                os.kill(scheduler_of(address), signal.SIGKILL)
                name, text = json.loads(study.stdout.readline())
            finally:
                study.kill()
        assert name == "LostError"
        assert "scheduler" in text
        assert len(workers) == 2


def test_a_job_over_which_workers_die_again_and_again_ends_the_run(tmp_path: Path) -> None:
    """Worker processes of our own are started anew when they die; the fourth death over one job is the last."""
    deaths = tmp_path / "deaths"
    done = subprocess.run(
        [sys.executable, str(script(tmp_path, DEATHS)), str(deaths)],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    name, text = json.loads(done.stdout)
    assert name == "LostError"
    assert "again and again over one job" in text
    dead = deaths.read_text("utf-8").split()
    assert len(set(dead)) == 4, f"each time another process: {dead}"
    assert not any(Path("/proc", pid).exists() for pid in dead)


def scheduler_of(address: str) -> int:
    """The process that listens there, one of our own children."""
    import psutil

    port = int(address.rpartition(":")[2])
    for child in psutil.Process().children():
        if any(c.laddr.port == port and c.status == psutil.CONN_LISTEN for c in child.net_connections("tcp")):
            return child.pid
    raise AssertionError("no scheduler")
