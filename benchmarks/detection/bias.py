"""Bias left in the annual total after the engine's correction, against what the faults really moved."""

from __future__ import annotations

import math
from collections.abc import Sequence

from benchmarks.detection.fleets import Judged
from benchmarks.detection.score import GRACE_MS, Alarm, Fault
from cems.clock import DAY_MS
from reconcile.attribution.correction import Correction


def bias(faults: Sequence[Fault], alarms: Sequence[Alarm], judged: Judged) -> dict[str, float]:
    """What faults moved and what the correction leaves of it, as shares of all CO2 that was measured.

    ``moved_share`` and ``left_share`` add up, over all points, the size of a point's net bias of the year, without and
    with the correction; a point that had no fault and is corrected counts, too. ``left_of_found``: of the faults that
    were found, what is left of each over the days of it, as a share of what they moved. ``within_u``: share of the
    points with a correction at which truth lies within U (k = 2) of it, their number ``corrected``.
    """
    total = math.fsum(math.fsum(s.days.measured_t.tolist()) for s in judged.points)
    moved = dict.fromkeys((s.point for s in judged.points), 0.0)
    for fault in faults:
        moved[fault.at] += fault.moved_t
    found = {s.point: s.correction.estimate for s in judged.points if s.correction is not None}
    left = {point: t - (found[point].off if point in found else 0.0) for point, t in moved.items()}
    sure = [abs(left[point]) <= 2 * c.u_t for point, c in found.items() if c.u_t > 0]
    told = [f for f in faults if f.moved_t and _found(f, alarms)]
    rest = math.fsum(abs(f.moved_t - _within(found[f.at], f)) for f in told if f.at in found)
    whole = math.fsum(abs(f.moved_t) for f in told)
    return {
        "moved_share": math.fsum(map(abs, moved.values())) / total,
        "left_share": math.fsum(map(abs, left.values())) / total,
        "left_of_found": rest / whole if whole else math.nan,
        "within_u": sum(sure) / len(sure) if sure else math.nan,
        "corrected": len(sure),
    }


def _found(fault: Fault, alarms: Sequence[Alarm]) -> bool:
    return any(a.point in fault.points and fault.start_ms < a.told_ms <= fault.end_ms + GRACE_MS for a in alarms)


def _within(estimate: Correction, fault: Fault) -> float:
    """The estimate over the days that a fault touches [t]; faults of one day share it, which no estimate can part."""
    touched = (estimate.day_ms + DAY_MS > fault.start_ms) & (estimate.day_ms < fault.end_ms)
    return math.fsum(estimate.off_t[touched].tolist())
