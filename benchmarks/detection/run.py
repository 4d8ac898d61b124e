"""``scripts/bench detection``: the engine and general detectors on a fleet whose faults are known.

Two seeds: on the fleet of the first, without faults, every rival gets the threshold at which it gives as many false
alarms as is allowed; on the fleet of the second everybody is scored, ours with the limits of its own tables.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks import machine
from benchmarks.detection import fleets
from benchmarks.detection.bias import bias
from benchmarks.detection.fleets import Judged, Size
from benchmarks.detection.score import Alarm, Fault, Tally, alarms_of, merged, score, threshold_of
from benchmarks.detection.tellable import with_tellable
from reconcile.pilot.runner import Told, runner

OURS = "flueledger"
FIXED = "fixed 5 % of the month"
CLASSES: dict[str, Callable[[Fault], bool]] = {
    "3 % or more for a week": lambda f: abs(f.share) >= 0.03 and f.days >= 7,
    "2 to 3 % for a week": lambda f: 0.02 <= abs(f.share) < 0.03 and f.days >= 7,
    "the rest": lambda f: abs(f.share) < 0.02 or f.days < 7,
}
"""Faults by what they move."""


def main() -> None:
    """Simulate, judge, score, print, and keep the figures as JSON."""
    given = _arguments()
    before, begun = machine.facts(), time.monotonic()
    size = Size(given.enterprises, given.points, given.days)
    with tempfile.TemporaryDirectory(prefix="flueledger-detection-") as made:
        home = given.folder or Path(made)
        tuned = _judged(home / "tune-clean", given.seed_tune, size, given, "--clean")
        clean = _judged(home / "score-clean", given.seed_score, size, given, "--clean")
        faulty = _judged(home / "score", given.seed_score, size, given, "--fault-rate", str(given.fault_rate))
        found = {OURS: (fleets.our_alarms(clean), fleets.our_alarms(faulty))}
        found[FIXED] = (fleets.fixed_five_percent(clean), fleets.fixed_five_percent(faulty))
        if given.environment.joinpath("bin", "python").exists():
            found |= _rivals(home, given.environment, tuned, clean, faulty, given.allowed, given.workers)
        faults = with_tellable(faulty, fleets.faults_of(faulty))
        report = _report(faults, found, clean, faulty)
    report["ours"]["false_alarms_while_tuning"] = len(fleets.our_alarms(tuned)) / tuned.point_years
    report |= {"machine": before, "seeds": {"tune": given.seed_tune, "score": given.seed_score}}
    report |= {"size": [size.enterprises, size.points, size.days], "minutes": (time.monotonic() - begun) / 60.0}
    if given.json:
        given.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    _print(report, machine.told(before))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench detection", description=__doc__)
    parser.add_argument("--enterprises", type=int, default=16, help="enterprises of each fleet (default 16)")
    parser.add_argument("--points", type=int, default=34, help="points of each fleet (default 34)")
    parser.add_argument("--days", type=int, default=365, help="days of each fleet (default 365)")
    parser.add_argument("--fault-rate", type=float, default=4.0, help="faults per point and year (default 4)")
    parser.add_argument("--seed-tune", type=int, default=101, help="seed of the fleet for the thresholds of the rivals")
    parser.add_argument("--seed-score", type=int, default=202, help="seed of the fleet that is scored")
    parser.add_argument("--allowed", type=float, default=1.0, help="false alarms per point and year (default 1)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--environment", type=Path, default=Path(".venv-bench/detection"), help="where the rivals live")
    parser.add_argument("--folder", type=Path, help="keep fleets and hours here, and use them again")
    parser.add_argument("--json", type=Path, help="write every figure here")
    given = parser.parse_args()
    if given.seed_tune == given.seed_score:
        parser.error("the seeds must differ: nothing may be scored on what it was tuned on")
    return given


def _judged(folder: Path, seed: int, size: Size, given: argparse.Namespace, *more: str) -> Judged:
    fleet, truth = fleets.simulate(folder, seed, size, *more)
    with Progress() as progress, runner(None, given.workers) as runs:

        def step(name: str, jobs: int) -> Told:
            task = progress.add_task(f"{folder.name}: {name}", total=jobs)
            return lambda done: progress.advance(task, done)

        return fleets.judge(fleet, truth, folder / "out", size, runs, step)


def _rivals(
    home: Path, environment: Path, tuned: Judged, clean: Judged, faulty: Judged, allowed: float, workers: int
) -> dict[str, tuple[list[Alarm], list[Alarm]]]:
    """Alarms of each rival on the clean and the faulty fleet, by its threshold from the tuning fleet."""
    script, names = Path(__file__).with_name("rivals.py"), ("tune-clean", "score-clean", "score")
    for name, judged in zip(names, (tuned, clean, faulty), strict=True):
        fleets.write_for_rivals(judged, home / name / "rivals")
    commands = [[environment / "bin" / "python", script, home / n / "rivals", home / n / "rivals.json"] for n in names]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda c: subprocess.run(c, check=True, stdout=subprocess.DEVNULL), commands))
    scores = {n: json.loads((home / n / "rivals.json").read_text("utf-8"))["scores"] for n in names}
    found = {}
    for rival, rows in scores["tune-clean"].items():
        threshold = threshold_of(rows, allowed * tuned.point_years)
        found[rival] = (
            _alarms(scores["score-clean"][rival], threshold, clean),
            _alarms(scores["score"][rival], threshold, faulty),
        )
    return found


def _alarms(rows: Mapping[str, Sequence[float]], threshold: float, judged: Judged) -> list[Alarm]:
    return [a for point, row in rows.items() for a in alarms_of(point, row, threshold, judged.start_ms)]


def _report(
    faults: list[Fault], found: Mapping[str, tuple[list[Alarm], list[Alarm]]], clean: Judged, faulty: Judged
) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for name, (without, with_faults) in found.items():
        outcome = score(faults, with_faults, faulty.point_years)
        classes = {}
        for label, belongs in CLASSES.items():
            some = [f for f in faults if belongs(f)]
            classes[label] = _figures(merged(score(some, with_faults, faulty.point_years).kinds.values()))
        rows[name] = {
            "clean_false_per_point_year": len(without) / clean.point_years,
            "false_per_point_year": outcome.false_per_point_year,
            "classes": classes,
            "kinds": {kind: _figures(tally) for kind, tally in sorted(outcome.kinds.items())},
            "all": _figures(merged(outcome.kinds.values())),
        }
    ours = {"bias_left": bias(faults, found[OURS][1], faulty), "false_causes_clean": fleets.false_causes(clean)}
    return {"contestants": rows, "ours": ours}


def _figures(tally: Tally) -> dict[str, Any]:
    rows = {
        "faults": tally.faults,
        "recall": tally.recall,
        "delay_h": tally.delay_h,
        "onset_error_h": tally.onset_error_h,
        "asked": tally.asked,
        "cause_first": tally.first / tally.asked if tally.asked else math.nan,
        "cause_first_or_same": tally.first_or_same / tally.asked if tally.asked else math.nan,
        "cause_among_three": tally.among_three / tally.asked if tally.asked else math.nan,
        "named": tally.named,
        "tellable": tally.tellable,
        "tellable_first": tally.tellable_first / tally.tellable if tally.tellable else math.nan,
        "tellable_first_or_same": tally.tellable_first_or_same / tally.tellable if tally.tellable else math.nan,
    }
    return {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in rows.items()}


def _print(report: Mapping[str, Any], told: str) -> None:
    console = Console(width=150)
    table = Table(title="Recall by what the fault moves, at so many false alarms per point-year")
    for head in ("", "false/py clean", "false/py faulty", *CLASSES, "all", "delay h", "onset error h"):
        table.add_column(head, justify="left" if not head else "right")
    for name, row in report["contestants"].items():
        classes = [f"{_share(c['recall'])} of {c['faults']}" for c in row["classes"].values()]
        rates = (f"{row['clean_false_per_point_year']:.2f}", f"{row['false_per_point_year']:.2f}")
        both = (_share(row["all"]["recall"]), _number(row["all"]["delay_h"]), _number(row["all"]["onset_error_h"]))
        table.add_row(name, *rates, *classes, *both)
    console.print(table)
    kinds = Table(title="Recall by kind: ours, the best rival, and the right cause")
    for head in (
        "kind",
        "faults",
        OURS,
        "best rival",
        "",
        "delay h",
        "cause first",
        "first or same",
        "among three",
        "tellable",
        "first",
    ):
        kinds.add_column(head, justify="right" if head not in {"kind", ""} else "left")
    rows = report["contestants"]
    for kind, ours in rows[OURS]["kinds"].items():
        best, rival = max(((r["kinds"][kind]["recall"], n) for n, r in rows.items() if n != OURS), default=(None, ""))
        causes = (_share(ours[k]) for k in ("cause_first", "cause_first_or_same", "cause_among_three"))
        cells = (kind, str(ours["faults"]), _share(ours["recall"]), _share(best), rival, _number(ours["delay_h"]))
        kinds.add_row(*cells, *causes, str(ours["tellable"]), _share(ours["tellable_first"]))
    console.print(kinds)
    every = rows[OURS]["all"]
    console.print(
        f"Right cause first {_share(every['cause_first'])}, first or said to look the same "
        f"{_share(every['cause_first_or_same'])}, among three {_share(every['cause_among_three'])} "
        f"of {every['asked']} faults found and asked for; for {every['named']} of them a cause was named. "
        f"Of the {every['tellable']} that physics can tell apart: first {_share(every['tellable_first'])}, first or "
        f"said to look the same {_share(every['tellable_first_or_same'])}."
    )
    false = report["ours"]["false_causes_clean"]
    told_false = "".join(f"; {point} {kind}: {cause}" for point, kind, cause in false)
    console.print(f"False causes on the clean fleet: {len(false)}{told_false}.")
    left = report["ours"]["bias_left"]
    console.print(
        f"Faults moved {100 * left['moved_share']:.2f} % of all CO2, net by point and year; "
        f"{100 * left['left_share']:.2f} % is left after the correction. "
        f"Of what the faults that were found moved, one by one, {100 * left['left_of_found']:.0f} % is left. "
        f"Of {left['corrected']} points with a correction the truth lies within its U (k = 2) at "
        f"{100 * left['within_u']:.0f} %."
    )
    console.print(
        f"Seeds: tuned on {report['seeds']['tune']}, scored on {report['seeds']['score']}. {told}. "
        f"{report['minutes']:.1f} min."
    )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f} %"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


if __name__ == "__main__":
    main()
