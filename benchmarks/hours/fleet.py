"""A year of many points, one after the other: seconds and peak memory. Data are made anew for each point."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.hours.data import MINUTES_OF_A_YEAR, year
from benchmarks.hours.ours import hours_of, point, readings_of


def main(points: int, seed: int, minutes: int) -> None:
    """Print one line of JSON."""
    computing, tonnes = 0.0, 0.0
    at = point()
    for number in range(points):
        readings, load = readings_of(*year(seed + number, minutes))
        started = time.perf_counter()
        hours = hours_of(readings, load, at)
        computing += time.perf_counter() - started
        tonnes += float(hours.co2_kg[hours.status == "valid"].sum()) / 1000
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    row = {"points": points, "seconds": computing, "rows_per_s": points * minutes / computing, "peak_mib": peak / 1024}
    print(json.dumps({**row, "co2_t": tonnes}))  # noqa: T201  the driver reads it


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else MINUTES_OF_A_YEAR)
