"""``scripts/bench fleet``: a year of the fleet from minutes to hours and from hours to the tables of the pilot.

Each step is a process of its own: its wall time, its processor time and the most memory that it held at once. Beside
them DuckDB's hourly averages over the same Parquet files, and the study on one and on two worker processes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks import machine

FLUELEDGER = (sys.executable, "-m", "flueledger.main")
_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Step:
    """One process, its children counted in."""

    name: str
    wall_s: float
    cpu_s: float
    peak_mib: float
    """Most memory at once, shared pages counted once for each process."""


def main() -> None:
    """Simulate once, run every step, print ratios."""
    parser = argparse.ArgumentParser(prog="scripts/bench fleet", description=__doc__)
    parser.add_argument("--enterprises", type=int, default=72, help="enterprises (default 72)")
    parser.add_argument("--points", type=int, default=152, help="points (default 152)")
    parser.add_argument("--days", type=int, default=365, help="days (default 365)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the fleet (default 1)")
    parser.add_argument("--environment", type=Path, default=Path(".venv-bench/duckdb"), help="where DuckDB lives")
    parser.add_argument("--folder", type=Path, help="keep the fleet here, and use it again")
    parser.add_argument("--json", type=Path, help="write every figure here")
    given = parser.parse_args()
    before = machine.facts()
    with tempfile.TemporaryDirectory(prefix="flueledger-fleet-") as made:
        home = given.folder or Path(made)
        steps, facts = _steps(home, given)
    if given.json:
        rows = {"machine": before, "seed": given.seed, "facts": facts, "steps": [asdict(s) for s in steps]}
        given.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    _print(steps, facts, machine.told(before))


def _steps(home: Path, given: argparse.Namespace) -> tuple[list[Step], dict[str, Any]]:
    fleet, truth = home / "fleet", home / "truth"
    counts = ["--enterprises", given.enterprises, "--points", given.points, "--days", given.days, "--seed", given.seed]
    steps: list[Step] = []
    if not (truth / "labels.json").exists():
        steps.append(_timed("simulation", [*FLUELEDGER, "sim", "fleet", "--out", fleet, "--truth", truth, *counts]))
    outs = {name: home / f"out-{name}" for name in ("one", "1", "2")}
    for out in outs.values():
        shutil.rmtree(out, ignore_errors=True)
    pilot = [*FLUELEDGER, "pilot"]
    steps.append(_timed("hours from minutes", [*pilot, "hours", fleet, "--out", outs["one"]]))
    for name in ("1", "2"):
        shutil.copytree(outs["one"], outs[name])
    steps.append(_timed("study from hours", [*pilot, "study", fleet, "--out", outs["one"]]))
    for name in ("1", "2"):
        workers = ["--workers", name]
        steps.append(_timed(f"study, {name} worker processes", [*pilot, "study", fleet, "--out", outs[name], *workers]))
    python, rival = given.environment / "bin" / "python", Path(__file__).with_name("rival.py")
    if python.exists():
        steps.append(_timed("DuckDB, averages of minutes", [python, rival, "minutes", fleet]))
        steps.append(_timed("DuckDB, averages of hours", [python, rival, "hours", outs["one"]]))
    digests = {name: _digest(out / "study.json") for name, out in outs.items()}
    sizes = {
        what: _bytes(folder) for what, folder in (("minutes", fleet / "minutes"), ("hours", outs["one"] / "hours"))
    }
    return steps, {"same_bytes": len(set(digests.values())) == 1, "mib": sizes}


def _timed(name: str, command: Sequence[object]) -> Step:
    """Runs a command to its end; raises where it fails."""
    begun, peak, cpu = time.monotonic(), 0.0, 0.0
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    watched = psutil.Process(process.pid)
    seen: dict[int, float] = {}
    while process.poll() is None:
        held = 0.0
        try:
            family = [watched, *watched.children(recursive=True)]
        except psutil.NoSuchProcess:
            break
        for one in family:
            try:
                held += one.memory_info().rss / 2**20
                times = one.cpu_times()
            except psutil.NoSuchProcess:
                continue
            seen[one.pid] = times.user + times.system
        peak = max(peak, held)
        time.sleep(_LOOK_S)
    cpu = sum(seen.values())
    if process.wait() != 0:
        raise SystemExit(f"{name} failed with {process.returncode}")
    return Step(name, time.monotonic() - begun, cpu, peak)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _bytes(folder: Path) -> float:
    return round(sum(p.stat().st_size for p in folder.rglob("*.parquet")) / 2**20, 1)


def _print(steps: Sequence[Step], facts: dict[str, Any], told: str) -> None:
    console = Console()
    by_name = {step.name: step for step in steps}
    table = Table(title="A year of the fleet")
    for head in ("step", "wall s", "processor s", "peak MiB", "x DuckDB"):
        table.add_column(head, justify="left" if head == "step" else "right")
    beside = {"hours from minutes": "DuckDB, averages of minutes", "study from hours": "DuckDB, averages of hours"}
    for step in steps:
        rival = by_name.get(beside.get(step.name, ""))
        ratio = f"{step.wall_s / rival.wall_s:.1f}" if rival else ""
        table.add_row(step.name, f"{step.wall_s:.1f}", f"{step.cpu_s:.1f}", f"{step.peak_mib:.0f}", ratio)
    console.print(table)
    one, two = (by_name[f"study, {n} worker processes"].wall_s for n in (1, 2))
    console.print(f"Two worker processes are {one / two:.2f} times as fast as one.")
    console.print("The same bytes in process, by one and by two workers." if facts["same_bytes"] else "BYTES DIFFER")
    console.print(f"Parquet: {facts['mib']['minutes']} MiB of minutes, {facts['mib']['hours']} MiB of hours. {told}.")


if __name__ == "__main__":
    main()
