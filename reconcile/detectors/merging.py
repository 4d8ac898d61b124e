"""One fault moves many figures: anomalies of one point that belong together, told as one with all the evidence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from cems.clock import DAY_MS
from reconcile.anomaly import Anomaly, Evidence
from reconcile.parameters import Parameters

RANK: Final = (
    "replayed",
    "cloned",
    "too-good",
    "impossible-readings",
    "stuck",
    "stopped-at-load",
    "bypass-open",
    "check-times-apart",
    "clock-shift",
    "clock-shift-gas",
    "check-time",
    "doubled-messages",
    "missing-messages",
    "account-repeated",
    "digits",
    "nearly-stuck",
    "no-calibration",
    "variance-collapse",
    "clipped-high",
    "clipped-low",
    "edited-top",
    "spikes",
    "variance-growth",
    "above-saturation",
    "below-saturation",
    "flags-follow-load",
    "drift",
    "level-shift",
    "calibration-phase",
    "daily-wave",
    "fan-state",
    "load-dependent",
    "account-drift",
    "account-shift",
)
"""Kinds from the most to the least telling: of several that belong together the first gives its name."""
_CHANNELS: Final = ("rm", "rc", "ghr", "ghr_o2")
"""Figures of the physics, the mass first."""
STILL: Final = "stuck"
"""A channel that repeats itself."""
CUTS: Final = frozenset({"clipped-high", "clipped-low"})
"""A channel that stands at an extreme of its hours and moves on one side of it."""


class Identity(NamedTuple):
    """What stays the same of an anomaly while it is told with more and more of its end."""

    told_ms: int
    subject: str
    channel: str
    name: str


def identity(anomaly: Anomaly) -> Identity:
    """Names an anomaly of one detector: a later word of it takes the place of an earlier one."""
    name = anomaly.evidence[-1].name if anomaly.evidence else anomaly.kind
    return Identity(anomaly.told_ms, anomaly.subject, anomaly.channel, name)


def merged(found: Iterable[Anomaly], parameters: Parameters) -> tuple[Anomaly, ...]:
    """Anomalies in order of onset, those of one subject merged whose begins and spans belong together.

    Two belong together when their spans overlap and they begin within ``det_merge_days`` of each other, or the
    intervals of two sharp onsets meet; what is together with one of a group is of the group. A group gets the kind and
    onset of its most telling member, is told when its first was told, open while one is, and keeps all evidence. A
    channel that stands still while it is cut off is one with the cut, and named by it: a sensor that is stuck stands
    anywhere, a cut one at the extreme of the hours in which it moves. Groups
    of one figure, to the same side, of like size and no larger than ``det_again_size``, of which one comes back within
    ``det_again_days`` of the other's end, are one in the same way: a change that hardly matters flickers.
    """
    slack = int(parameters.value("det_merge_days") * DAY_MS)
    again = int(parameters.value("det_again_days") * DAY_MS)
    most = parameters.value("det_again_size")
    groups = _clusters(sorted(found, key=_order), lambda a, b: _together(a, b, slack))
    heads = sorted(((_one(group), group) for group in groups), key=lambda row: _order(row[0]))
    joined: list[tuple[Anomaly, list[Anomaly]]] = []
    for head, group in heads:
        before = next((i for i in reversed(range(len(joined))) if _again(joined[i][0], head, again, most)), None)
        if before is None:
            joined.append((head, group))
        else:
            both = [*joined[before][1], *group]
            joined[before] = (replace(_one(both), onset_ms=joined[before][0].onset_ms), both)
    return tuple(sorted((head for head, _ in joined), key=_order))


def _clusters(rows: Sequence[Anomaly], together: Callable[[Anomaly, Anomaly], bool]) -> list[list[Anomaly]]:
    groups: list[list[Anomaly]] = []
    for row in rows:
        mine = [group for group in groups if any(together(row, other) for other in group)]
        groups = [group for group in groups if group not in mine] + [[a for group in mine for a in group] + [row]]
    return groups


def _order(anomaly: Anomaly) -> tuple[object, ...]:
    return (anomaly.onset_ms, anomaly.subject, _rank(anomaly), anomaly.told_ms, anomaly.channel, identity(anomaly))


def _rank(anomaly: Anomaly) -> tuple[int, int]:
    kind = RANK.index(anomaly.kind) if anomaly.kind in RANK else len(RANK)
    channel = _CHANNELS.index(anomaly.channel) if anomaly.channel in _CHANNELS else len(_CHANNELS)
    return kind, channel


def _together(a: Anomaly, b: Anomaly, slack: int) -> bool:
    if a.subject != b.subject:
        return False
    overlap = min(_end(a), _end(b)) + slack > max(a.onset_ms, b.onset_ms)
    near = abs(a.onset_ms - b.onset_ms) <= slack
    sharp = all(x.onset_high_ms - x.onset_low_ms <= _SHARP * slack for x in (a, b))
    meet = a.onset_low_ms <= b.onset_high_ms and b.onset_low_ms <= a.onset_high_ms
    return overlap and (near or (sharp and meet) or _still_in_cut(a, b) or _still_in_cut(b, a))


def _still_in_cut(still: Anomaly, cut: Anomaly) -> bool:
    return still.kind == STILL and cut.kind in CUTS and still.channel == cut.channel


def _again(first: Anomaly, second: Anomaly, gap: int, most: float) -> bool:
    """The same small change of the same figure, to the same side, come back soon after it seemed over."""
    same = (first.subject, first.channel, first.kind) == (second.subject, second.channel, second.kind)
    if not same or _touched(first) != _touched(second) or not 0 <= second.onset_ms - _end(first) <= gap:
        return False
    sizes = sorted((abs(first.size), abs(second.size)))
    known = math.isfinite(first.size) and math.isfinite(second.size)
    return not known or (first.size * second.size > 0 and sizes[1] <= min(_ALIKE * sizes[0], most))


def _touched(anomaly: Anomaly) -> set[str]:
    """Which of the figures that tell causes apart are among the evidence."""
    return {e.name.partition(":")[0] for e in anomaly.evidence} & {"rc", "ghr", "carbon_per_heat", "heat_rate"}


_SHARP = 4
"""Onsets told to so many times the slack are sharp enough to be held against each other by their intervals."""
_ALIKE = 2.0
"""Changes of one figure that differ by more are two."""


def _end(anomaly: Anomaly) -> float:
    return math.inf if anomaly.end_ms is None else anomaly.end_ms


def _one(group: list[Anomaly]) -> Anomaly:
    best = _head(group)
    kinds = {a.kind for a in group}
    kind = "too-good" if {"no-calibration", "variance-collapse"} <= kinds else best.kind
    sized = sorted((a for a in group if math.isfinite(a.size) and a.channel in _CHANNELS), key=_rank)
    evidence = dict.fromkeys(e for a in sorted(group, key=lambda a: (*_rank(a), a.told_ms)) for e in _named(a))
    ends = [a.end_ms for a in group]
    end = None if None in ends else max(e for e in ends if e is not None)
    return replace(
        best,
        kind=kind,
        end_ms=end,
        told_ms=min(a.told_ms for a in group),
        size=best.size if math.isfinite(best.size) or not sized else sized[0].size,
        evidence=tuple(evidence),
        tonnes=_tonnes(sized) or best.tonnes,
    )


def _head(group: list[Anomaly]) -> Anomaly:
    """The most telling of a group; of a channel cut off and still, the cut, from whichever of the two began first."""
    best = min(group, key=lambda a: (*_rank(a), a.told_ms))
    cuts = [a for a in group if _still_in_cut(best, a)]
    if not cuts:
        return best
    both = [a for a in group if a.channel == best.channel and (a.kind == STILL or a.kind in CUTS)]
    first = min(both, key=_order)
    return replace(
        min(cuts, key=_order),
        onset_ms=first.onset_ms,
        onset_low_ms=first.onset_low_ms,
        onset_high_ms=first.onset_high_ms,
    )


def _tonnes(sized: list[Anomaly]) -> float:
    """Tonnes of the first figure that has any, over all its changes: those of one figure never overlap."""
    first = next((a for a in sized if a.tonnes), None)
    if first is None:
        return 0.0
    figure = (first.channel, identity(first).name)
    return math.fsum(a.tonnes for a in sized if (a.channel, identity(a).name) == figure)


def _named(anomaly: Anomaly) -> tuple[Evidence, ...]:
    """Evidence with the channel and kind that it comes from in front of its name."""
    return tuple(replace(e, name=f"{anomaly.channel}: {anomaly.kind}: {e.name}") for e in anomaly.evidence)
