"""The pilot over a simulated fleet: in one process, in worker processes, with a worker killed: the same bytes."""

from __future__ import annotations

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
DAYS, ENTERPRISES, POINTS = 40, 4, 9
PARTITIONS = 2 * POINTS
"""January and a part of February."""


def run(*words: str, patience_s: float = 200) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flueledger.main", *words]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=patience_s, check=False)


def flueledger(*words: str) -> subprocess.CompletedProcess[str]:
    done = run(*words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pilot")
    flueledger(
        "sim", "fleet", "--out", str(folder / "fleet"), "--truth", str(folder / "truth"), "--seed", "11",
        "--days", str(DAYS), "--enterprises", str(ENTERPRISES), "--points", str(POINTS),
    )  # fmt: skip
    return folder / "fleet"


@pytest.fixture(scope="module")
def alone(fleet: Path) -> Path:
    out = fleet.parent / "alone"
    flueledger("pilot", "run", str(fleet), "--out", str(out))
    return out


def contents(folder: Path) -> dict[str, bytes]:
    """Every file with its bytes, but for drafts that a killed worker could not finish."""
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and not p.name.startswith(".")]
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


def test_the_study_is_there_as_page_json_and_tables(alone: Path) -> None:
    page = (alone / "study.html").read_text("utf-8")
    for words in ("设备选型", "监测点位选取", "核算与监测数据分析比对", "自动监测结果评估", "<svg"):
        assert words in page
    assert "http" not in page.replace("http://www.w3.org", "")
    data = json.loads((alone / "study.json").read_text("utf-8"))
    assert (data["enterprises"], data["points"]) == (ENTERPRISES, POINTS)
    with (alone / "tables" / "comparison.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    kinds = {(r["level"], r["kind"]) for r in rows}
    assert {level for level, _ in kinds} == {"point", "unit", "stack", "enterprise", "sector", "fleet"}
    assert {kind for _, kind in kinds} == {"month", "quarter", "year", "period"}
    assert len(list((alone / "hours").rglob("*.parquet"))) == PARTITIONS


def test_routes_of_each_point_stand_on_the_page_and_in_the_files(alone: Path) -> None:
    tables = json.loads((alone / "study.json").read_text("utf-8"))["tables"]
    page = (alone / "study.html").read_text("utf-8")
    for key in ("routes", "routes_tests", "sharing"):
        assert f'id="{key}"' in page
        with (alone / "tables" / f"{key}.csv").open(encoding="utf-8") as file:
            assert len(list(csv.DictReader(file))) == len(tables[key]["rows"])
    whole = {r["point"]: r for r in tables["routes"]["rows"] if r["kind"] == "period"}
    compared = {r["code"]: r for r in tables["comparison"]["rows"] if (r["level"], r["kind"]) == ("point", "period")}
    assert whole.keys() == compared.keys()
    for code, row in whole.items():
        other = compared[code]
        assert 0.5 * other["measured_t"] < row["flow_co2_t"] < 1.001 * other["measured_t"]
        assert 0.5 * other["accounting_t"] < row["fuel_carbon_t"] < 1.001 * other["accounting_t"]
        # Routes that share nothing hold the ratio of the comparison; it uses every hour, they those with O2.
        ratio = row["flow_co2_t"] / row["fuel_carbon_t"]
        assert ratio == pytest.approx(other["measured_t"] / other["measured_account_t"], rel=0.05)
    lined = {r["point"] for r in tables["routes"]["rows"] if r["flow_line_t"] is not None}
    assert lined
    assert all(code.startswith("power") for code in lined)


def test_months_add_up_and_enterprises_make_the_fleet(alone: Path) -> None:
    tables = json.loads((alone / "study.json").read_text("utf-8"))["tables"]
    rows = tables["comparison"]["rows"]
    (whole,) = [r for r in rows if r["level"] == "fleet" and r["kind"] == "period"]
    for side in ("measured_t", "monitoring_t", "accounting_t"):
        months = [r[side] for r in rows if r["level"] == "fleet" and r["kind"] == "month"]
        parts = [r[side] for r in rows if r["level"] == "enterprise" and r["kind"] == "period"]
        assert sum(months) == pytest.approx(whole[side], rel=1e-12)
        assert sum(parts) == pytest.approx(whole[side], rel=1e-12)
    assert abs(whole["difference_pct"]) < 10


def test_run_again_it_takes_up_where_it_was(fleet: Path, alone: Path) -> None:
    before = contents(alone)
    one = next((alone / "hours").rglob("*.parquet"))
    one.unlink()
    said = flueledger("pilot", "run", str(fleet), "--out", str(alone)).stdout
    assert f"{PARTITIONS} partitions of hours, 1 of them made" in said
    assert contents(alone) == before


def test_hours_made_with_other_figures_are_not_mixed_in(fleet: Path, alone: Path, tmp_path: Path) -> None:
    ours = tmp_path / "ours.toml"
    ours.write_text('[det_running_hours]\nvalue = 13\nsource = "a test"\n', "utf-8")
    done = run("pilot", "study", str(fleet), "--out", str(alone), "--parameters", str(ours))
    assert done.returncode != 0
    assert "with other parameters" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_worker_processes_make_the_same_bytes(fleet: Path, alone: Path, workers: int) -> None:
    out = fleet.parent / f"workers-{workers}"
    flueledger("pilot", "run", str(fleet), "--out", str(out), "--workers", str(workers))
    assert contents(out) == contents(alone)


@pytest.mark.slow
def test_a_worker_killed_mid_way_changes_no_bit(fleet: Path, alone: Path, tmp_path: Path) -> None:
    """A scheduler and two workers as programs of their own; one worker is killed while the hours are being made."""
    out = tmp_path / "killed"
    with cluster(tmp_path) as (address, workers):
        command = [sys.executable, "-m", "flueledger.main", "pilot", "run", str(fleet), "--out", str(out)]
        with subprocess.Popen(
            [*command, "--scheduler", address], cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as study:
            try:
                made = wait_for_partitions(out, study)
                assert 0 < made < PARTITIONS, f"the worker must die mid-way, {made} were made: {log_of(study)}"
                os.kill(workers[0].pid, signal.SIGKILL)
                assert workers[0].wait(10) == -signal.SIGKILL
                said, _ = study.communicate(timeout=200)
            finally:
                study.kill()
        assert study.returncode == 0, said
    assert contents(out) == contents(alone)


def wait_for_partitions(out: Path, study: subprocess.Popen[str]) -> int:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and study.poll() is None:
        made = len([p for p in out.rglob("*.parquet") if not p.name.startswith(".")])
        if made:
            return made
        time.sleep(0.005)
    return 0


def log_of(study: subprocess.Popen[str]) -> str:
    if study.poll() is None:
        study.kill()
    return study.communicate(timeout=10)[0]


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A Dask scheduler and two workers without a nanny, on loopback; ended by their ids."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    dask = [sys.executable, "-m", "dask"]
    quiet = ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0"]
    worker = [*dask, "worker", address, "--no-nanny", "--nthreads", "1", "--local-directory", str(folder), *quiet]
    log = (folder / "dask.log").open("wb")
    with ExitStack() as stack:
        stack.callback(log.close)
        running = []
        for command in ([*dask, "scheduler", "--port", str(port), *quiet], worker, worker):
            process = subprocess.Popen(command, cwd=PROJECT, stdout=log, stderr=subprocess.STDOUT)
            stack.callback(end, process)
            running.append(process)
        wait_for_workers(address)
        yield address, running[1:]


def wait_for_workers(address: str) -> None:
    script = (
        "from distributed import Client\n"
        f"with Client({address!r}, timeout=60, set_as_default=False) as client:\n"
        "    client.wait_for_workers(2, timeout=60)\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=PROJECT, check=True, timeout=120, capture_output=True)


def end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
