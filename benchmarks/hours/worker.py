"""One contestant in a process of its own: reads the arrays once, then runs when told and says how long it took.

Run by ``benchmarks.hours.run`` as a plain script, in the environment that the contestant needs.
"""

from __future__ import annotations

import importlib.metadata
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
CHANNELS = ("co2", "o2", "velocity", "temperature", "pressure", "barometric", "moisture", "load")
LOW = (0.0, 0.0, 0.0, -50.0, -10_000.0, 80_000.0, 0.0, -10.0)
HIGH = (20.0, 25.0, 40.0, 300.0, 10_000.0, 110_000.0, 40.0, 700.0)
STUCK = CHANNELS[:3]
SHORT = 10 * 1440
"""Minutes for the contestant that cannot do a year; its seconds are scaled up in proportion."""
SHORTENED = ("pecos range + stagnant",)
Ready = tuple[Callable[[], Any], Callable[[Any], Any]]


def ours(folder: Path) -> Ready:
    """Checks, hours and mass; hands back the hourly CO2."""
    sys.path.insert(0, str(ROOT))
    from benchmarks.hours.ours import hours_of, point, readings_of  # noqa: PLC0415  only here in our environment

    readings, load = readings_of(np.load(folder / "values.npy"), np.load(folder / "calibrating.npy"))
    at = point()
    return lambda: hours_of(readings, load, at), lambda hours: hours.co2_pct


def numpy_mean(folder: Path) -> Ready:
    """The mean of all readings: one pass over the memory."""
    values = np.load(folder / "values.npy")
    return values.mean, lambda _: None


def numpy_hourly(folder: Path) -> Ready:
    """Hourly means of every channel, NaN not looked at."""
    values = np.ascontiguousarray(np.load(folder / "values.npy").T)
    return lambda: values.reshape(values.shape[0], -1, 60).mean(axis=2), lambda _: None


def pandas_resample(folder: Path) -> Ready:
    """Hourly means of every channel."""
    import pandas as pd  # noqa: PLC0415  a rival, in an environment of its own

    values = np.load(folder / "plain.npy")
    index = pd.date_range("2026-01-01", periods=len(values), freq="min")
    frame = pd.DataFrame(values, index=index, columns=list(CHANNELS))
    return lambda: frame.resample("1h").mean(), lambda made: made["co2"].to_numpy()


def duckdb_hourly(folder: Path) -> Ready:
    """Hourly means of every channel, from a table in memory, on one thread."""
    import duckdb  # noqa: PLC0415  a rival, in an environment of its own

    values = np.load(folder / "plain.npy")
    columns = {name: np.ascontiguousarray(values[:, i]) for i, name in enumerate(CHANNELS)}
    columns["ts"] = np.datetime64("2026-01-01", "us") + 60_000_000 * np.arange(len(values))
    connection = duckdb.connect(config={"threads": 1})
    connection.register("source", columns)
    connection.execute(
        "create table minutes as select * replace (nullif(co2, 'nan') as co2, nullif(o2, 'nan') as o2) from source"
    )
    means = ", ".join(f"avg({name}) as {name}" for name in CHANNELS)
    query = f"select time_bucket(interval 1 hour, ts) as hour, {means} from minutes group by 1 order by 1"  # noqa: S608
    return lambda: connection.execute(query).fetchnumpy(), lambda made: np.asarray(made["co2"], dtype=float)


def saqc_checks(folder: Path) -> Ready:
    """Range of every channel, constants of three."""
    import pandas as pd  # noqa: PLC0415  a rival, in an environment of its own
    from saqc import SaQC  # noqa: PLC0415  a rival, in an environment of its own

    values = np.load(folder / "plain.npy")
    index = pd.date_range("2026-01-01", periods=len(values), freq="min")
    frame = pd.DataFrame(values, index=index, columns=list(CHANNELS))

    def run() -> Any:
        qc = SaQC(frame)
        for name, low, high in zip(CHANNELS, LOW, HIGH, strict=True):
            qc = qc.flagRange(name, min=low, max=high)
        for name in STUCK:
            qc = qc.flagConstants(name, thresh=0, window="60min")
        return qc.flags

    return run, lambda _: None


def ioos_checks(folder: Path) -> Ready:
    """Gross range of every channel, flat line of three."""
    from ioos_qc import qartod  # noqa: PLC0415  a rival, in an environment of its own

    values = np.load(folder / "plain.npy")
    at = np.datetime64("2026-01-01", "s") + 60 * np.arange(len(values))

    def run() -> Any:
        found = [qartod.gross_range_test(values[:, i], fail_span=(LOW[i], HIGH[i])) for i in range(len(CHANNELS))]
        limits = {"suspect_threshold": 1800, "fail_threshold": 3600, "tolerance": 0}
        found += [qartod.flat_line_test(values[:, i], at, **limits) for i in range(len(STUCK))]
        return found

    return run, lambda _: None


def pecos_checks(folder: Path) -> Ready:
    """Range of every channel, stagnant data of three; on ten days only: a year takes it more than ten minutes."""
    import pandas as pd  # noqa: PLC0415  a rival, in an environment of its own
    import pecos  # noqa: PLC0415  a rival, in an environment of its own

    values = np.load(folder / "plain.npy")[:SHORT]
    index = pd.date_range("2026-01-01", periods=len(values), freq="min")
    frame = pd.DataFrame(values, index=index, columns=list(CHANNELS))

    def run() -> Any:
        found = [
            pecos.monitoring.check_range(frame[[n]], [lo, hi]) for n, lo, hi in zip(CHANNELS, LOW, HIGH, strict=True)
        ]
        found += [pecos.monitoring.check_delta(frame[[name]], [1e-9, None], window=3600) for name in STUCK]
        return found

    return run, lambda _: None


CONTESTANTS: dict[str, Callable[[Path], Ready]] = {
    "ours": ours,
    "numpy mean": numpy_mean,
    "numpy hourly mean": numpy_hourly,
    "pandas resample mean": pandas_resample,
    "DuckDB hourly avg": duckdb_hourly,
    "SaQC range + constants": saqc_checks,
    "ioos_qc range + flat line": ioos_checks,
    "pecos range + stagnant": pecos_checks,
}
PACKAGES = ("numpy", "pandas", "duckdb", "saqc", "ioos_qc", "pecos")


def main(name: str, folder: Path) -> None:
    """Answer every line of input with the seconds of one run, as JSON."""
    run, hourly = CONTESTANTS[name](folder)
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    result = hourly(run())
    if result is not None:
        np.save(folder / f"{name.replace(' ', '_')}.npy", result)
    print(json.dumps({"versions": versions}), flush=True)  # noqa: T201  the driver reads it
    for _ in sys.stdin:
        started = time.perf_counter()
        run()
        took = time.perf_counter() - started
        if name in SHORTENED:
            took *= max(len(np.load(folder / "calibrating.npy", mmap_mode="r")) / SHORT, 1.0)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps({"seconds": took, "peak_kib": peak}), flush=True)  # noqa: T201  the driver reads it


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
