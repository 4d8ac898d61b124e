"""What really happened, for whoever scores the rest. It has a folder of its own; no face shows any of it."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from firmware_sim.faults import InjectedFault
from firmware_sim.instruments import Cabinets
from firmware_sim.physics import Floats
from firmware_sim.plant import Process, Unit
from firmware_sim.span import Span

_SUMS: Final = {"coal_t": "coal_t_h", "carbon_t": "carbon_t_h", "co2_t": "co2_t_h"}
_MEANS: Final = ("load_mw", "dry_flow_m3_h", "co2_pct", "o2_pct", "moisture_pct", "temperature_c")


class Tally:
    """Sums over the hours of a run; adding minute after minute, it does not notice how the run was cut."""

    def __init__(self, span: Span) -> None:
        self._span = span
        hours = span.days * 24
        self.minutes_running = np.zeros(hours)
        """Minutes with fire per hour (hours,)."""
        self._sums: dict[str, Floats] = {name: np.zeros(hours) for name in (*_SUMS.values(), *_MEANS)}

    def add(self, process: Process) -> None:
        """Add consecutive minutes of the process."""
        hour = (process.time_s - self._span.start_s) // 3600
        np.add.at(self.minutes_running, hour, process.running.astype(np.float64))
        for name, total in self._sums.items():
            np.add.at(total, hour, getattr(process, name))

    def hourly(self) -> dict[str, Floats]:
        """Per hour (hours,): tonnes of coal, carbon and CO2, and the means of what describes the gas."""
        tonnes = {name: self._sums[rate] / 60.0 for name, rate in _SUMS.items()}
        return {**tonnes, **{name: self._sums[name] / 60.0 for name in _MEANS}}

    def daily(self, name: str) -> Floats:
        """Tonnes per statutory day (days,): ``coal_t``, ``carbon_t`` or ``co2_t``."""
        total: Floats = (self._sums[_SUMS[name]] / 60.0).reshape(-1, 24).sum(axis=1)
        return total


def write_truth(
    folder: Path, seed: int, unit: Unit, cabinets: Cabinets, faults: tuple[InjectedFault, ...], tally: Tally
) -> None:
    """Write ``truth.json`` (totals, faults, biases) and ``hourly.csv`` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    days = [_day(tally, unit.span, i) for i in range(unit.span.days)]
    document = {
        "seed": seed,
        "start": _instant(unit.span.start_s),
        "end": _instant(unit.span.end_s),
        "utc_offset_hours": unit.span.utc_offset_hours,
        "oxidation": unit.spec.oxidation,
        "totals": _total(days),
        "months": _months(days),
        "days": days,
        "faults": [_fault(f) for f in faults],
        "biases": {m.spec.channel: {"gain_error": m.gain_error, "offset": m.offset} for m in cabinets.meters},
    }
    text = json.dumps(document, indent=1, ensure_ascii=False)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8")
    _write_hours(folder / "hourly.csv", tally, unit.span)


def _day(tally: Tally, span: Span, index: int) -> dict[str, Any]:
    return {"day": span.day(index).isoformat()} | {name: float(tally.daily(name)[index]) for name in _SUMS}


def _total(days: list[dict[str, Any]]) -> dict[str, float]:
    return {name: sum(day[name] for day in days) for name in _SUMS}


def _months(days: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    by_month: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for day in days:
        by_month[day["day"][:7]].append(day)
    return {month: _total(rows) for month, rows in by_month.items()}


def _fault(fault: InjectedFault) -> dict[str, Any]:
    return {
        "kind": fault.kind.name,
        "channels": list(fault.channels),
        "start": _instant(fault.start_s),
        "end": _instant(fault.end_s),
        "size": fault.size,
    }


def _write_hours(path: Path, tally: Tally, span: Span) -> None:
    columns = tally.hourly()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("hour_utc", "minutes_running", *columns))
        for i, minutes in enumerate(tally.minutes_running):
            figures = (f"{column[i]:.6f}" for column in columns.values())
            writer.writerow((_instant(span.start_s + 3600 * i), int(minutes), *figures))


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
