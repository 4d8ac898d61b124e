"""What the chain can prove of the readings of a period: what came, and what became of the rest; nothing is written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from cems.clock import from_ms
from cems.health import decode_health
from cems.lossbudget import missing
from reconcile.report.model_readings import SequenceGap
from reconcile.store import Store


@dataclass(frozen=True, slots=True)
class ChainFacts:
    """What the sequence numbers prove about the readings of a period."""

    scans: int
    """Distinct scans of the points concerned, in the period."""
    gaps: tuple[SequenceGap, ...]
    """Numbers that the streams of these scans lack in and at the edges of the period, with the fate of each."""
    quarantined: int
    """Messages in quarantine received while these readings were."""
    config_hashes: tuple[str, ...]
    """Configurations that made the readings."""


def chain_facts(store: Store, enterprise: str, points: Sequence[str], start_ms: int, end_ms: int) -> ChainFacts:
    """Sequence numbers, statements, quarantine and configurations behind the readings of some points in [start, end).

    A gap that reaches over an edge of the period is counted whole: of a scan that never came nobody knows the instant.
    """
    named = {"enterprise": enterprise, "points": list(points), "start": from_ms(start_ms), "end": from_ms(end_ms)}
    ((scans,),) = store.rows("scans_received", named)
    ((quarantined,),) = store.rows("quarantined", named)
    configs = tuple(row[0] for row in store.rows("configs", named))
    return ChainFacts(scans, _gaps(store, named), quarantined, configs)


def _gaps(store: Store, named: dict[str, object]) -> tuple[SequenceGap, ...]:
    rows = store.rows("gaps", named)
    said = store.rows("statements", {"streams": sorted({row[0] for row in rows})})
    statements = {stream: decode_health(json.dumps(body).encode()) for stream, body in said}
    return tuple(
        SequenceGap(
            spool=spool, first=m.first, last=m.last, fate=m.fate.value, why=m.why, after=before_gap, before=after_gap
        )
        for stream, spool, first, last, before_gap, after_gap in rows
        for m in missing([(first, last)], statements.get(stream))
    )
