"""Fleets for scoring: simulated, run through the engine, and laid out for the rivals; truth is read only to score."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.detection.causes import RIGHT
from benchmarks.detection.score import Alarm, Fault
from cems.clock import DAY_MS, HOUR_MS
from reconcile.attribution.case import sides_of
from reconcile.attribution.ranking import UNNAMED
from reconcile.detectors.facts import Facts
from reconcile.detectors.reference_span import reference_span
from reconcile.pilot import dataset, steps, tasks
from reconcile.pilot.point_study import PointStudy, account_at
from reconcile.pilot.runner import Runner
from reconcile.pointhours import PointHours

HOUR_FIGURES = ("co2_pct_dry", "o2_pct_dry", "moisture_pct", "temperature_c", "flow_wet_std", "load", "co2_kg")
_BOOKS = frozenset({"stack-share", "belt-scale", "belt-drift", "carbon-dry", "gross-heat", "late-analysis"})
_OF_UNIT = _BOOKS | {"short-tons", "default-carbon", "fuel-switch", "bypass-open"}
"""Kinds that sit in a unit or its books: every point that its gas passes may show them."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a fleet."""

    enterprises: int
    points: int
    days: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A fleet after the engine."""

    run: steps.Run
    truth: Path
    points: tuple[PointStudy, ...]
    size: Size

    @property
    def start_ms(self) -> int:
        """First instant, UTC."""
        return self.run.place.first_day * DAY_MS - self.run.place.offset_ms

    @property
    def point_years(self) -> float:
        """Points times years."""
        return len(self.points) * self.size.days / 365.0


def simulate(folder: Path, seed: int, size: Size, *more: str) -> tuple[Path, Path]:
    """Folders of the readings and of the truth; by the command that anybody would use."""
    fleet, truth = folder / "fleet", folder / "truth"
    if not (truth / "labels.json").exists():
        command = [sys.executable, "-m", "flueledger.main", "sim", "fleet", "--out", str(fleet), "--truth", str(truth)]
        counts = ["--enterprises", str(size.enterprises), "--points", str(size.points), "--days", str(size.days)]
        subprocess.run([*command, "--seed", str(seed), *counts, *more], check=True)
    return fleet, truth


def judge(fleet: Path, truth: Path, out: Path, size: Size, runner: Runner, step: steps.Step) -> Judged:
    """Hours, detectors and causes of every point."""
    run = steps.run_of(fleet, out, None)
    steps.make_hours(run, runner, step)
    jobs = [tasks.PointJob(run.place, e, p.code) for e in run.fleet.enterprise for p in e.point]
    return Judged(run, truth, tuple(runner.run(tasks.study_point, jobs, step("points", len(jobs)))), size)


def our_alarms(judged: Judged) -> list[Alarm]:
    """Every anomaly, with the causes that the engine names for it and those it cannot tell from the first."""
    out = []
    for study in judged.points:
        for anomaly in study.anomalies:
            asked = (anomaly.kind, anomaly.onset_ms)
            ranked = sorted((c for c in study.causes if (c.prompt, c.onset_ms) == asked), key=lambda c: c.rank)
            names = tuple(c.name for c in ranked)
            told = (study.point, anomaly.told_ms, anomaly.onset_ms, anomaly.tonnes)
            if names and names[0] in UNNAMED:
                out.append(Alarm(*told, candidates=names[1:]))
            else:
                out.append(Alarm(*told, names, frozenset(ranked[0].same) if ranked else frozenset()))
    return out


def false_causes(judged: Judged) -> list[tuple[str, str, str]]:
    """Causes named for anomalies of a fleet without faults: point, kind of the anomaly, cause.

    Air that really leaks into a duct moves no mass and is lawful; to name it where it is, is right.
    """
    document = json.loads((judged.truth / "labels.json").read_text("utf-8"))
    true = [(r["point"], _ms(r["start"]), _ms(r["end"])) for r in document["lawful"] if r["kind"] == "duct-leak"]
    found = []
    for study in judged.points:
        for anomaly in study.anomalies:
            name = next((c.name for c in study.causes if c.asked_by(anomaly)), None)
            leaks = any(p == study.point and a - DAY_MS <= anomaly.onset_ms < b for p, a, b in true)
            if name not in UNNAMED | {None} and not (name == "duct-in-leakage" and leaks):
                found.append((study.point, anomaly.kind, str(name)))
    return found


def faults_of(judged: Judged) -> list[Fault]:
    """The injected faults with what they moved, from the truth; what is lawful is none."""
    document = json.loads((judged.truth / "labels.json").read_text("utf-8"))
    enterprises = {e.code: e for e in judged.run.fleet.enterprise}
    found = []
    for row in document["faults"]:
        if row["legit"]:
            continue
        start, end = _ms(row["start"]), _ms(row["end"])
        points = {row["point"]}
        if row["kind"] in _OF_UNIT:
            units = set(row["units"])
            enterprise = enterprises[row["enterprise"]]
            points |= {p for u in enterprise.unit if u.code in units for p, share in u.shares.items() if share}
        moved = float(sum(row["monitoring_t"].values()))
        share = _book_share(row) if row["kind"] in _BOOKS | {"short-tons"} else moved / _true_t(judged, row)
        right = RIGHT.get(row["kind"], frozenset())
        about = (row["point"], row["size"], row["choice"], float(sum(row["accounting_t"].values())))
        found.append(Fault(row["kind"], frozenset(points), start, end, share, moved, right, *about))
    return found


def write_for_rivals(judged: Judged, folder: Path) -> None:
    """Daily and hourly figures of every point, and how many days may be called healthy."""
    folder.mkdir(parents=True, exist_ok=True)
    place, parameters = judged.run.place, judged.run.place.parameters()
    for enterprise in judged.run.fleet.enterprise:
        accounts = tasks.read_accounts(place, enterprise, parameters)
        for point in enterprise.point:
            hours = dataset.read_hours(Path(place.out), enterprise.code, point.code, place.months)
            sides = sides_of(enterprise, point, {code: account.days for code, account in accounts.items()})
            facts = Facts(point, enterprise.sector, place.offset_ms)
            span = reference_span(hours, sides, facts, parameters)
            learn = (span[1] - judged.start_ms) // DAY_MS
            table = _hour_table(hours)
            with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):  # days of standstill are all NaN
                day = np.nanmedian(np.where(np.isfinite(table), table, np.nan).reshape(-1, 24, table.shape[1]), axis=1)
                mass = np.nansum(hours.co2_kg.reshape(-1, 24), axis=1) / 1000.0
                ratio = np.log(mass / account_at(enterprise, point.code, accounts))
            whole = np.isfinite(hours.co2_kg).reshape(-1, 24).all(axis=1)
            daily = np.column_stack([np.where(whole & np.isfinite(ratio), ratio, np.nan), day[:, len(HOUR_FIGURES) :]])
            np.savez(folder / f"{point.code}.npz", daily=daily, hourly=table, learn=learn)


def fixed_five_percent(judged: Judged) -> list[Alarm]:
    """An alarm at the end of each month whose total is more than 5 % off the account over its whole days."""
    out: list[Alarm] = []
    place, parameters = judged.run.place, judged.run.place.parameters()
    for enterprise in judged.run.fleet.enterprise:
        accounts = tasks.read_accounts(place, enterprise, parameters)
        for point in enterprise.point:
            account = account_at(enterprise, point.code, accounts)
            for month in place.months:
                hours = dataset.read_hours(Path(place.out), enterprise.code, point.code, (month,))
                first = (int(hours.start_ms[0]) - judged.start_ms) // DAY_MS
                days = hours.co2_kg.reshape(-1, 24)
                known = account[first : first + len(days)]
                use = np.isfinite(days).all(axis=1) & (known > 0)
                if use.any() and abs(days[use].sum() / 1000.0 / known[use].sum() - 1.0) > 0.05:
                    end = int(hours.start_ms[-1]) + HOUR_MS
                    out.append(Alarm(point.code, end, int(hours.start_ms[0])))
    return out


def _hour_table(hours: PointHours) -> Any:
    plain = [getattr(hours, name) for name in HOUR_FIGURES]
    with np.errstate(all="ignore"):
        made = [
            np.log(hours.flow_wet_std / hours.load),
            np.log((20.9 - hours.o2_pct_dry) / hours.co2_pct_dry),
            np.log(hours.co2_kg / hours.load),
            hours.moisture_pct,
        ]
    table = np.column_stack([*plain, *made])
    return np.where(np.isfinite(table) & (hours.status == "valid")[:, None], table, np.nan)


def _book_share(row: dict[str, Any]) -> float:
    """Share by which the books are off; 0 where the size says something else, such as days."""
    if row["kind"] in {"late-analysis", "carbon-dry"}:
        return 0.0
    return float(row["size"]) / (2.0 if row["kind"] == "belt-drift" else 1.0)


def _true_t(judged: Judged, row: dict[str, Any]) -> float:
    """True CO2 past the point in the window of a fault [t]."""
    total = 0.0
    for path in sorted((judged.truth / "hours" / row["enterprise"]).glob("*.parquet")):
        table = pq.read_table(path, columns=["subject", "time_s", "passed_t"])
        at = table["time_s"].to_numpy() * 1000
        use = (np.asarray(table["subject"]) == row["point"]) & (at >= _ms(row["start"])) & (at < _ms(row["end"]))
        total += float(table["passed_t"].to_numpy()[use].sum())
    return total or float("inf")


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
