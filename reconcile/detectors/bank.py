"""All detectors of a point: told its hours in pieces or at once, they tell the same anomalies, merged by cause."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from reconcile.anomaly import Anomaly
from reconcile.attribution.fuelside import UnitSide
from reconcile.detectors.facts import Facts
from reconcile.detectors.learn import Learnt, learn
from reconcile.detectors.merging import Identity, identity, merged
from reconcile.detectors.reference_span import ReferenceSpan
from reconcile.detectors.tonnes import with_tonnes
from reconcile.detectors.wholedays import WholeDays, days_of
from reconcile.parameters import Parameters
from reconcile.pointhours import Event, PointHours

_KG_PER_T = 1000.0


def detect(
    hours: PointHours, days: Sequence[UnitSide], events: Sequence[Event], facts: Facts, parameters: Parameters
) -> tuple[Anomaly, ...]:
    """The anomalies of a point over its hours, in order of time, those of one cause merged into one.

    ``days`` are the accounts of the units whose gas passes the point, ``events`` its log book. The first running weeks
    make the reference, unless ``facts`` state one. Equal to a :class:`Bank` that is told the same hours in pieces.
    """
    bank = Bank(days, events, facts, parameters)
    bank.step(hours)
    bank.close()
    return bank.anomalies()


class Bank:
    """The detectors of one point.

    Nothing is told until the reference is complete; then what lies in it is judged, too, as told at its end. Days of
    the account that lie ahead are not looked at: only those whose hours were told.
    """

    def __init__(self, days: Sequence[UnitSide], events: Sequence[Event], facts: Facts, parameters: Parameters) -> None:
        self._sides, self._events, self._facts, self._parameters = tuple(days), tuple(events), facts, parameters
        self._whole = WholeDays(facts.offset_ms)
        self._held: list[PointHours] = []
        self._reference = ReferenceSpan(days, facts, parameters)
        self._learnt: Learnt | None = None
        self._ready_ms = 0
        self._raw: dict[Identity, Anomaly] = {}
        self._day_ms: list[int] = []
        self._day_t: list[float] = []

    def step(self, hours: PointHours) -> tuple[Anomaly, ...]:
        """The next hours, right behind those before; the anomalies that they raised, changed or ended."""
        block = self._whole.take(hours)
        return self._told(block) if block is not None else ()

    def close(self) -> tuple[Anomaly, ...]:
        """No more hours: everything, what is still open with what is known of it by now."""
        rest = self._whole.rest()
        if rest is not None:
            self._told(rest)
        if self._learnt is None and self._held:
            self._begin()
        if self._learnt is not None:
            for detector in self._learnt.all():
                self._keep(detector.close())
        return self.anomalies()

    def anomalies(self) -> tuple[Anomaly, ...]:
        """All anomalies so far, merged."""
        days = np.array(self._day_ms, dtype=np.int64), np.array(self._day_t)
        return merged((with_tonnes(a, *days) for a in self._raw.values()), self._parameters)

    def _told(self, block: PointHours) -> tuple[Anomaly, ...]:
        before = set(self.anomalies())
        if self._learnt is None:
            self._held.append(block)
            self._reference.tell(block)
            if self._reference.span_ms is not None:
                self._begin()
        else:
            self._judge(block)
        return tuple(a for a in self.anomalies() if a not in before)

    def _begin(self) -> None:
        """The reference is complete: learn from it, then judge it like all that follows."""
        held, self._held = PointHours.joined(self._held), []
        span = self._reference.so_far()
        self._ready_ms = span[1]
        part = held.part(*span)
        self._learnt = learn(part if len(part) else held, self._sides, self._events, self._facts, self._parameters)
        self._judge(held)

    def _judge(self, block: PointHours) -> None:
        assert self._learnt is not None
        starts, place = days_of(block, self._facts.offset_ms)
        mass = np.bincount(place, weights=np.nan_to_num(block.co2_kg) / _KG_PER_T, minlength=starts.size)
        self._day_ms += starts.tolist()
        self._day_t += mass.tolist()
        for detector in self._learnt.all():
            self._keep(detector.step(block))

    def _keep(self, found: Iterable[Anomaly]) -> None:
        for anomaly in found:
            told = max(anomaly.told_ms, self._ready_ms)
            self._raw[identity(anomaly)] = replace(anomaly, told_ms=told)
