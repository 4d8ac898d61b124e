"""What Grafana's PostgreSQL data source does to a query before it sends it.

*Source*: Grafana 11, ``pkg/tsdb/grafana-postgresql-datasource/macros.go``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_MACRO = re.compile(r"\$__(timeFilter|timeFrom|timeTo|timeGroupAlias|timeGroup)\(([^()]*)\)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def expand(
    sql: str, *, start: str, end: str, interval: str, chosen: Mapping[str, Iterable[object]], timescale: bool
) -> str:
    """The query for a time range, an interval such as ``5m`` and the chosen values of each variable."""
    seconds = int(interval[:-1]) * _SECONDS[interval[-1]]
    sql = sql.replace("$__interval_ms", str(seconds * 1000)).replace("$__interval", interval)
    for variable, values in chosen.items():  # several values are interpolated as quoted text
        sql = sql.replace(f"${variable}", ",".join(f"'{value}'" for value in values))

    def macro(match: re.Match[str]) -> str:
        name, arguments = match[1], [a.strip().strip("'") for a in match[2].split(",")]
        if name == "timeFilter":
            return f"{arguments[0]} BETWEEN '{start}' AND '{end}'"
        if name in ("timeFrom", "timeTo"):
            return f"'{start if name == 'timeFrom' else end}'"
        width = int(arguments[1][:-1]) * _SECONDS[arguments[1][-1]]
        column = arguments[0]
        grouped = f"floor((extract(epoch from {column})/{width}))*{width}"
        if timescale:
            grouped = f"time_bucket('{width}.000s',{column})"
        return grouped + (' AS "time"' if name == "timeGroupAlias" else "")

    return _MACRO.sub(macro, sql)
