"""The loss budget of every gateway's spool as the database stands: what came, what waits, what is lost."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from cems.health import Health, decode_health
from cems.lossbudget import Fate, Missing, beyond, counted, missing
from flueledger.connecting import connect

STREAMS = """
select st.stream_id, st.enterprise, st.gateway, st.spool_id, count(s.seq), min(s.seq), max(s.seq), max(s.read_at)
from stream st left join scan s using (stream_id) group by 1, 2, 3, 4 order by 2, 3, st.first_seen
"""
GAPS = """
select stream_id, seq_before + 1, seq - 1
from (select stream_id, seq, lag(seq) over (partition by stream_id order by seq) as seq_before from scan) as stepped
where seq > seq_before + 1 order by 1, 2
"""
STATEMENTS = "select distinct on (stream_id) stream_id, body from spool_statement order by stream_id, stated_at desc"


@dataclass(frozen=True, slots=True)
class SpoolBudget:
    """One spool of one gateway."""

    enterprise: str
    gateway: str
    spool_id: str
    received: int
    """Scans in the database."""
    last_read: datetime | None
    """When the last of them was read."""
    statement: Health | None
    """What the gateway said last of this spool."""
    missing: tuple[Missing, ...]
    """Scans that were made and are not in the database."""

    @property
    def made(self) -> int:
        """Scans that are known to have been made."""
        return self.received + sum(row.scans for row in self.missing)

    def of(self, fate: Fate) -> int:
        """Missing scans of one fate."""
        return counted(self.missing)[fate]


def budgets(dsn: str) -> list[SpoolBudget]:
    """Every spool that the database knows, by enterprise and gateway, the oldest first.

    All is read in one snapshot, statements and scans alike: what the spool had let go before its statement is in it.
    """
    with connect(dsn) as connection:
        connection.execute("set transaction isolation level repeatable read")
        said = connection.execute(STATEMENTS).fetchall()
        streams = connection.execute(STREAMS).fetchall()
        gaps = connection.execute(GAPS).fetchall()
    statements = {stream: decode_health(json.dumps(body).encode()) for stream, body in said}
    absent: dict[int, list[tuple[int, int]]] = {}
    for stream, first, last in gaps:
        absent.setdefault(stream, []).append((first, last))
    found = []
    for stream, enterprise, gateway, spool, count, first, last, read in streams:
        statement = statements.get(stream)
        lacking = [*absent.get(stream, ()), *beyond(first, last, statement)]
        rows = tuple(missing(lacking, statement))
        found.append(SpoolBudget(enterprise, gateway, spool, count, read, statement, rows))
    return found
