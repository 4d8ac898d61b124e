"""How alarms are held against faults. Pure: faults and alarms in, figures out; the same for every contestant."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cems.clock import DAY_MS

GRACE_MS = 7 * DAY_MS
"""An alarm this long after the end of a fault is still one of it: weekly medians need their week."""
JOIN_DAYS = 3
"""Days without alarm that do not part two alarms of one series."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault as it was injected."""

    kind: str
    points: frozenset[str]
    """Codes of the points that it can be seen at: its own, and those that share the gas or the unit."""
    start_ms: int
    end_ms: int
    share: float
    """Mean of what it moved, as a share of the CO2 of its window; 0 where it moves none."""
    moved_t: float = 0.0
    """CO2 moved [t], monitoring minus truth."""
    causes: frozenset[str] = frozenset()
    """Names of the causes that are right for it; empty where attribution is not asked."""
    at: str = ""
    """Code of the point at which it moved the mass."""
    size: float = math.nan
    """Size as it was injected; what it means hangs on the kind."""
    option: str = ""
    """Which of several things was done, such as the fuel that was burnt."""
    accounted_t: float = 0.0
    """What it moved of the account [t]."""
    tellable: bool | None = None
    """Physics can tell its causes from all others at its true size (:mod:`benchmarks.detection.tellable`); None: not
    asked."""

    @property
    def days(self) -> float:
        """How long it lasts [d]."""
        return (self.end_ms - self.start_ms) / DAY_MS


@dataclass(frozen=True, slots=True)
class Alarm:
    """What a contestant told."""

    point: str
    told_ms: int
    onset_ms: int
    tonnes: float = 0.0
    causes: tuple[str, ...] = ()
    """Causes in order of rank; empty where the contestant names none."""
    same: frozenset[str] = frozenset()
    """Causes of which the contestant says that they cannot be told from the first."""
    candidates: tuple[str, ...] = ()
    """Causes that it would look at, where it names none."""


@dataclass(slots=True)
class Tally:
    """Figures of one kind of fault, or of all."""

    faults: int = 0
    found: int = 0
    delays_h: list[float] = field(default_factory=list)
    onset_errors_h: list[float] = field(default_factory=list)
    asked: int = 0
    """Found faults that have a right cause; one for which no cause was named counts as not right."""
    named: int = 0
    """Of these, faults for which a cause was named."""
    first: int = 0
    first_or_same: int = 0
    """The right one is first, or said to look like the first."""
    among_three: int = 0
    """The right one is among the first three, or the first candidates."""
    tellable: int = 0
    """Found faults whose cause physics can tell."""
    tellable_first: int = 0
    tellable_first_or_same: int = 0

    @property
    def recall(self) -> float:
        """Share of the faults found; NaN without any."""
        return self.found / self.faults if self.faults else float("nan")

    @property
    def delay_h(self) -> float:
        """Median time from onset to alarm [h]."""
        return statistics.median(self.delays_h) if self.delays_h else float("nan")

    @property
    def onset_error_h(self) -> float:
        """Median distance of the told onset from the true one [h]."""
        return statistics.median(self.onset_errors_h) if self.onset_errors_h else float("nan")


@dataclass(frozen=True, slots=True)
class Score:
    """Outcome of a contestant on a fleet."""

    kinds: Mapping[str, Tally]
    false_alarms: int
    point_years: float

    @property
    def false_per_point_year(self) -> float:
        """Alarms that no fault explains, per point and year."""
        return self.false_alarms / self.point_years


def alarms_of(point: str, scores: Sequence[float], threshold: float, start_ms: int) -> list[Alarm]:
    """Runs of days whose score passes the threshold; told at the end of the first.

    >>> [(a.told_ms // DAY_MS) for a in alarms_of("p", [0, 5, 5, 0, 5, 0, 0, 0, 0, 5], 1.0, 0)]
    [2, 10]
    """
    out: list[Alarm] = []
    last = -JOIN_DAYS - 2
    for day, value in enumerate(scores):
        if value > threshold:
            if day - last > JOIN_DAYS + 1:
                out.append(Alarm(point, start_ms + (day + 1) * DAY_MS, start_ms + day * DAY_MS))
            last = day
    return out


def threshold_of(scores: Mapping[str, Sequence[float]], allowed: float) -> float:
    """The lowest threshold at which series without a fault give at most ``allowed`` alarms in all.

    >>> threshold_of({"p": [0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0]}, 1)
    2.0
    """
    levels = sorted({value for row in scores.values() for value in row if value > 0})
    low, high = -1, len(levels) - 1  # index -1 stands for 0

    def count(index: int) -> int:
        level = levels[index] if index >= 0 else 0.0
        return sum(len(alarms_of(point, row, level, 0)) for point, row in scores.items())

    # Not strictly monotone, because runs join; the highest index that is not allowed decides.
    while low < high:
        middle = (low + high) // 2
        if count(middle) <= allowed:
            high = middle
        else:
            low = middle + 1
    return levels[high] if high >= 0 else 0.0


def score(faults: Sequence[Fault], alarms: Iterable[Alarm], point_years: float) -> Score:
    """Each fault is found by the first alarm of one of its points from its onset to a week after its end."""
    alarms = sorted(alarms, key=lambda a: a.told_ms)
    kinds: dict[str, Tally] = {}
    explained: set[int] = set()
    for fault in faults:
        tally = kinds.setdefault(fault.kind, Tally())
        tally.faults += 1
        hits = [
            i
            for i, a in enumerate(alarms)
            if a.point in fault.points and fault.start_ms < a.told_ms <= fault.end_ms + GRACE_MS
        ]
        explained.update(hits)
        if not hits:
            continue
        tally.found += 1
        first = alarms[hits[0]]
        tally.delays_h.append((first.told_ms - fault.start_ms) / 3_600_000)
        tally.onset_errors_h.append(abs(first.onset_ms - fault.start_ms) / 3_600_000)
        if fault.causes:
            _ask(tally, fault, [alarms[i] for i in hits])
    return Score(kinds, len(alarms) - len(explained), point_years)


def _ask(tally: Tally, fault: Fault, hits: Sequence[Alarm]) -> None:
    """Holds the causes of the first alarm that names any against the right ones."""
    teller = next((a for a in hits if a.causes), None)
    names = teller.causes if teller else next((a.candidates for a in hits if a.candidates), ())
    first = teller is not None and teller.causes[0] in fault.causes
    first_or_same = first or (teller is not None and bool(fault.causes & teller.same))
    tally.asked += 1
    tally.named += teller is not None
    tally.first += first
    tally.first_or_same += first_or_same
    tally.among_three += bool(fault.causes.intersection(names[:3]))
    if fault.tellable:
        tally.tellable += 1
        tally.tellable_first += first
        tally.tellable_first_or_same += first_or_same


def merged(tallies: Iterable[Tally]) -> Tally:
    """Several kinds together."""
    out = Tally()
    for t in tallies:
        out.faults += t.faults
        out.found += t.found
        out.delays_h += t.delays_h
        out.onset_errors_h += t.onset_errors_h
        out.asked += t.asked
        out.named += t.named
        out.first += t.first
        out.first_or_same += t.first_or_same
        out.among_three += t.among_three
        out.tellable += t.tellable
        out.tellable_first += t.tellable_first
        out.tellable_first_or_same += t.tellable_first_or_same
    return out
