"""The driver: contestants take turns in rounds, each in a process of its own; medians and ratios at the end."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.hours import data
from benchmarks.hours.worker import CONTESTANTS
from benchmarks.machine import processor

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = {
    "pandas resample mean": "saqc",
    "DuckDB hourly avg": "saqc",
    "SaQC range + constants": "saqc",
    "ioos_qc range + flat line": "ioos_qc",
    "pecos range + stagnant": "pecos",
}
"""Rivals that cannot live together have environments of their own."""
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")}


@dataclass(frozen=True, slots=True)
class Worker:
    """A contestant that waits to be told to run."""

    process: subprocess.Popen[str]
    """Its process."""
    versions: dict[str, str]
    """Packages it uses."""

    def ask(self) -> dict[str, Any]:
        """Seconds and peak memory of one run."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("run\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def end(self) -> None:
        """Let it end by itself: its input is closed."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()
        self.process.wait(30)


def main(
    environments: Annotated[Path, typer.Option(help="Folder of the rivals' environments")] = Path(".venv-bench"),
    rounds: Annotated[int, typer.Option(min=1, help="How often each contestant runs")] = 7,
    seed: Annotated[int, typer.Option(help="Seed of the data")] = 1,
    minutes: Annotated[int, typer.Option(min=1440, help="Minutes of data; a year is 525600")] = data.MINUTES_OF_A_YEAR,
    points: Annotated[int, typer.Option(min=0, help="Points of the fleet; 0 leaves it out")] = 152,
    out: Annotated[Path | None, typer.Option(help="JSON file to write")] = None,
) -> None:
    """Compare the way from readings to hourly validated mass with what others do with the same arrays."""
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory() as name:
        folder = data.write(Path(name), seed, minutes)
        rows = race(console, folder, environments, rounds)
        apart = agreement(folder)
    fleet = run_fleet(points, seed, minutes) if points else None
    result = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"processor": processor(), "cores": os.cpu_count(), "python": platform.python_version()},
        "seed": seed,
        "minutes": minutes,
        "rounds": rounds,
        "contestants": rows,
        "largest_relative_difference_of_hourly_co2": apart,
        "fleet": fleet,
    }
    show(console, result)
    if out is not None:
        out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def race(console: Console, folder: Path, environments: Path, rounds: int) -> list[dict[str, Any]]:
    """Seconds of every contestant that can run, round by round."""
    rows: list[dict[str, Any]] = []
    with workers(console, folder, environments) as running:
        times: dict[str, list[float]] = {name: [] for name in running}
        peaks: dict[str, int] = {}
        for _ in range(rounds):
            for name, worker in running.items():
                answer = worker.ask()
                times[name].append(answer["seconds"])
                peaks[name] = answer["peak_kib"]
        for name, worker in running.items():
            row = {"name": name, "seconds": statistics.median(times[name]), "all_seconds": times[name]}
            rows.append({**row, "peak_mib": peaks[name] / 1024, "versions": worker.versions})
    return rows


@contextmanager
def workers(console: Console, folder: Path, environments: Path) -> Iterator[dict[str, Worker]]:
    """One process for each contestant whose environment is there; all are ended at the end."""
    running: dict[str, Worker] = {}
    try:
        for name in CONTESTANTS:
            home = ENVIRONMENTS.get(name)
            python = str((environments / home / "bin" / "python").absolute()) if home else sys.executable
            if not Path(python).exists():
                console.print(f"{name}: not measured, there is no environment {environments / str(home)}")
                continue
            command = [python, str(HERE / "worker.py"), name, str(folder)]
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **ONE_THREAD}
            )
            first = process.stdout.readline() if process.stdout else ""
            if not first:
                console.print(f"{name}: not measured, it could not start", style="yellow")
                Worker(process, {}).end()
                continue
            running[name] = Worker(process, json.loads(first)["versions"])
        yield running
    finally:
        for worker in running.values():
            worker.end()


def agreement(folder: Path) -> dict[str, float]:
    """Largest relative difference of each rival's hourly CO2 from ours, over the hours that ours calls valid."""
    mine = folder / "ours.npy"
    if not mine.exists():
        return {}
    ours, found = np.load(mine), {}
    for name in CONTESTANTS:
        path = folder / f"{name.replace(' ', '_')}.npy"
        if name != "ours" and path.exists():
            theirs = np.load(path)
            valid = np.isfinite(ours) & np.isfinite(theirs)
            found[name] = float(np.max(np.abs(theirs[valid] / ours[valid] - 1)))
    return found


def run_fleet(points: int, seed: int, minutes: int) -> dict[str, float]:
    """A year of many points in a process of its own."""
    command = [sys.executable, str(HERE / "fleet.py"), str(points), str(seed), str(minutes)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **ONE_THREAD})
    found: dict[str, float] = json.loads(done.stdout)
    return found


def show(console: Console, result: dict[str, Any]) -> None:
    """The table that a reader looks at."""
    rows, minutes = result["contestants"], result["minutes"]
    ours = next(row["seconds"] for row in rows if row["name"] == "ours")
    table = Table(title=f"{minutes:,} minutes x 8 channels, one core, median of {result['rounds']} rounds")
    for name in ("contestant", "ms", "million rows/s", "ours is faster by"):
        table.add_column(name, justify="left" if name == "contestant" else "right")
    for row in sorted(rows, key=lambda r: r["seconds"]):
        rate = minutes / row["seconds"] / 1e6
        table.add_row(row["name"], f"{1000 * row['seconds']:.1f}", f"{rate:.2f}", f"{row['seconds'] / ours:.2f}")
    console.print(table)
    for name, apart in result["largest_relative_difference_of_hourly_co2"].items():
        console.print(f"hourly CO2 of {name} against ours: apart by {apart:.1e} at most")
    if fleet := result["fleet"]:
        console.print(
            f"{fleet['points']} points x {minutes:,} minutes: {fleet['seconds']:.1f} s, "
            f"{fleet['rows_per_s'] / 1e6:.2f} million rows/s, peak memory {fleet['peak_mib']:.0f} MiB"
        )


if __name__ == "__main__":
    typer.run(main)
