"""One fault moves many figures: anomalies of one point that belong together, told as one with all the evidence."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Final, NamedTuple

from reconcile.anomaly import Anomaly, Evidence
from reconcile.detectors.facts import DAY_MS
from reconcile.parameters import Parameters

RANK: Final = (
    "replayed",
    "cloned",
    "too-good",
    "impossible-readings",
    "stuck",
    "stopped-at-load",
    "bypass-open",
    "clock-shift",
    "clock-shift-gas",
    "doubled-messages",
    "missing-messages",
    "digits",
    "nearly-stuck",
    "no-calibration",
    "variance-collapse",
    "clipped-high",
    "clipped-low",
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

    Two belong together when their spans overlap and the interval of one's onset, widened by ``det_merge_days``, meets
    that of the other; so do those of one figure to the same side that come back within ``det_again_days`` of their end.
    What is together with one of a group is of the group. The kind is the most telling of the group,
    the onset that of its most telling member, told when the first was told, open while one is, with all evidence.
    """
    slack = int(parameters.value("det_merge_days") * DAY_MS)
    again = int(parameters.value("det_again_days") * DAY_MS)
    groups: list[list[Anomaly]] = []
    for anomaly in sorted(found, key=_order):
        mine = [
            group
            for group in groups
            if any(_together(anomaly, other, slack) or _again(anomaly, other, again) for other in group)
        ]
        joined = [a for group in mine for a in group] + [anomaly]
        groups = [group for group in groups if group not in mine] + [joined]
    return tuple(sorted((_one(group) for group in groups), key=_order))


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
    meet = a.onset_low_ms - slack <= b.onset_high_ms and b.onset_low_ms - slack <= a.onset_high_ms
    return overlap and meet


def _again(a: Anomaly, b: Anomaly, gap: int) -> bool:
    """The same change of the same figure, to the same side, come back soon after it seemed over."""
    same = (a.subject, a.channel, identity(a).name) == (b.subject, b.channel, identity(b).name)
    sides = not (math.isfinite(a.size) and math.isfinite(b.size)) or a.size * b.size > 0
    first, second = sorted((a, b), key=lambda x: x.onset_ms)
    return same and sides and second.onset_ms - _end(first) <= gap


def _end(anomaly: Anomaly) -> float:
    return math.inf if anomaly.end_ms is None else anomaly.end_ms


def _one(group: list[Anomaly]) -> Anomaly:
    best = min(group, key=lambda a: (*_rank(a), a.told_ms))
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
        tonnes=sized[0].tonnes if sized else best.tonnes,
    )


def _named(anomaly: Anomaly) -> tuple[Evidence, ...]:
    """Evidence with the channel and kind that it comes from in front of its name."""
    return tuple(replace(e, name=f"{anomaly.channel}: {anomaly.kind}: {e.name}") for e in anomaly.evidence)
