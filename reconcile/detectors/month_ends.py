"""The checks of monthly records, run as the months end: when each is told, and which of them are one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from reconcile.accounting.plausibility import carbon_per_heat, heat_rate
from reconcile.accounting.plausibility.all_checks import suspicions
from reconcile.accounting.plausibility.sample_count import COUNT
from reconcile.accounting.plausibility.suspicion import Suspicion
from reconcile.accounting.records import Record
from reconcile.anomaly import Anomaly, Evidence
from reconcile.detectors.accounts import month_span_ms, of_suspicions
from reconcile.parameters import Parameters

_OF_ITS_MONTHS: Final = frozenset({carbon_per_heat.NAME, heat_rate.BALANCE, "identical_carbon", "duplicate_report"})
"""Checks that need no month after the last that they name."""
_ADDED_UP: Final = frozenset({"records", "co2_that_hangs_on_it"})


def found_by_month(records: Sequence[Record], offset_ms: int, parameters: Parameters) -> tuple[Anomaly, ...]:
    """What the checks suspect in the monthly records of a unit, in order of onset.

    A check that needs no later month is told at the end of the last month that it names. A heat rate is held against
    the history up to each month's end, and told at the first end at which it stands out. The others are told when all
    records are there. What one check says of a unit in months that touch is one anomaly, told with its first.

    Left out are the count of samples, because each day of these records is a sample of its own, and a sample beyond a
    range with fewer than ``det_account_samples`` like it in the month: one analysis of thirty is one to be done again,
    no state of the books.
    """
    months = sorted({r.month for r in records})
    if not months:
        return ()
    end = month_span_ms(months[-1], offset_ms)[1]
    every = [s for s in suspicions(records, parameters) if s.check not in {COUNT, heat_rate.HISTORY}]
    least = parameters.value("det_account_samples")
    kept = [s for s in every if not _stray(s, every, least)]
    rows = [(s, month_span_ms(s.months[-1], offset_ms)[1] if _of_its_months(s) else end) for s in kept]
    rows += [(s, month_span_ms(month, offset_ms)[1]) for s, month in _history(records, months, parameters)]
    found = [a for seen, told_ms in rows for a in of_suspicions([seen], offset_ms, told_ms)]
    return tuple(_joined(sorted(found, key=lambda a: (a.kind, a.subject, a.onset_ms, a.told_ms))))


def _of_its_months(seen: Suspicion) -> bool:
    return bool(seen.months) and seen.check in _OF_ITS_MONTHS


def _stray(seen: Suspicion, found: Iterable[Suspicion], least: float) -> bool:
    """Whether it is of one sample, with fewer than ``least`` like it in the month."""
    if seen.check != carbon_per_heat.NAME:
        return False
    like = [s for s in found if (s.check, s.unit, s.months) == (seen.check, seen.unit, seen.months)]
    return len(like) < least


def _history(records: Sequence[Record], months: Sequence[str], parameters: Parameters) -> list[tuple[Suspicion, str]]:
    """Months off the history of their unit, each with the month at whose end it first stood out."""
    told: dict[tuple[str, tuple[str, ...]], tuple[Suspicion, str]] = {}
    for month in months:
        for seen in heat_rate.check([r for r in records if r.month <= month], parameters):
            if seen.check == heat_rate.HISTORY and seen.outcome == "suspicion":
                told.setdefault((seen.unit, seen.months), (seen, month))
    return list(told.values())


def _joined(found: Iterable[Anomaly]) -> list[Anomaly]:
    """Anomalies of one kind and unit in order of onset, those whose months touch joined; in order of onset."""
    out: list[Anomaly] = []
    for anomaly in found:
        last = out[-1] if out else None
        same = last is not None and (last.kind, last.subject) == (anomaly.kind, anomaly.subject)
        if last is not None and same and last.end_ms is not None and anomaly.onset_ms <= last.end_ms:
            out[-1] = _both(last, anomaly)
        else:
            out.append(anomaly)
    return sorted(out, key=lambda a: a.onset_ms)


def _both(first: Anomaly, second: Anomaly) -> Anomaly:
    names = dict.fromkeys(e.name for a in (first, second) for e in a.evidence)
    rows = [[e for a in (first, second) for e in a.evidence if e.name == name] for name in names]
    evidence = [
        Evidence(r[0].name, math.fsum(e.value for e in r), r[0].limit, r[0].unit) if r[0].name in _ADDED_UP else r[0]
        for r in rows
    ]
    ends = [e for e in (first.end_ms, second.end_ms) if e is not None]
    return replace(
        first, end_ms=max(ends), told_ms=min(first.told_ms, second.told_ms), evidence=tuple(evidence)
    )  # fmt: skip
