"""DuckDB in a process and an environment of its own: hourly averages of every column of the same Parquet files.

``rival.py minutes|hours FOLDER``; the averages are made whole and counted.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

_MINUTES = """
select count(*) from (
    select filename, time_s // 3600 as hour, avg(co2), avg(o2), avg(velocity), avg(temperature), avg(pressure),
           avg(barometric), avg(moisture), count(*)
    from read_parquet('{files}', filename = true) group by all
)
"""
_HOURS = """
select count(*) from (
    select filename, start_ms // 3600000 as hour, avg(co2_kg), avg(co2_pct_dry), avg(o2_pct_dry), avg(moisture_pct),
           avg(temperature_c), avg(pressure_pa), avg(flow_wet_std), avg(load)
    from read_parquet('{files}', filename = true) group by all
)
"""

if __name__ == "__main__":
    what, folder = sys.argv[1], Path(sys.argv[2])
    query = _MINUTES if what == "minutes" else _HOURS
    rows = duckdb.connect().sql(query.format(files=folder / what / "*" / "*" / "*.parquet")).fetchall()
    print(rows[0][0])  # noqa: T201  the caller shows it
