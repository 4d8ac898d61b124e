"""The evidence window of an anomaly: from when it is there for sure up to when the ratios are back where they were."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cems.clock import DAY_MS
from reconcile.anomaly import Anomaly
from reconcile.attribution.case import Case
from reconcile.comparison.change_point import single_split

_RATIOS = ("rm", "rc", "ghr", "heat_rate")
_FEWEST = 4
_AWAY, _BACK = 4.0, 3.0
"""Standard deviations of a day beyond which a level is off, and within which it is back."""
_BACK_SHARE = 0.25
"""Or back to within this share of what it was off by."""
_LEAST_DAYS = 4
"""Fewest days that are left of a window which the end of another fault cuts."""
_LARGE = 0.03
"""Another change of level of at least this size, as a share, is another fault and no part of this one."""
_LEVELS = frozenset({"level-shift", "account-shift"})


def cut_by_others(onset_ms: int, start_ms: int, end_ms: int, others: Sequence[Anomaly]) -> int:
    """Where a window ends because another fault, that began clearly before it, ends in it, or a large one begins.

    The state after that is another one. At least four days are left. *Source*: project choice.
    """
    cut = end_ms
    for other in others:
        before = other.onset_high_ms < onset_ms - DAY_MS
        ends = before and other.end_ms is not None
        begins = other.kind in _LEVELS and abs(other.size) >= _LARGE
        at = other.end_ms if ends else other.onset_low_ms if begins else None
        if at is not None and start_ms + _LEAST_DAYS * DAY_MS < at < cut:
            cut = at
    return cut


def baseline(
    before_ms: tuple[int, int], window_ms: tuple[int, int], others: Sequence[Anomaly], last_ms: int, least_days: int
) -> tuple[tuple[int, int], tuple[tuple[int, int], ...]]:
    """The days before an onset that are held against its window, and spans among them that are not.

    Days of other anomalies are ill, unless these last all through the window: then the days under them are what the
    window is held against, as soon as they are ``least_days``, because only what came with the onset is asked about.
    """
    start, ill = before_ms[0], []
    for other in others:
        end = last_ms if other.end_ms is None else other.end_ms
        through = other.onset_high_ms < before_ms[1] and end >= window_ms[1]
        if through and before_ms[1] - max(start, other.onset_high_ms) >= least_days * DAY_MS:
            start = max(start, other.onset_high_ms)
        else:
            ill.append((other.onset_low_ms, end))
    return (start, before_ms[1]), tuple(ill)


def evidence_window(case: Case, onset_ms: int, onset_high_ms: int, end_ms: int) -> tuple[int, int]:
    """The part of an anomaly's span that belongs to one state, [start, end) in ms.

    It begins at the latest plausible onset, because hours before the true onset among those after it make patterns
    that are none; at the most likely onset where less than two days would be left. It ends where Rm, Rc or a heat rate,
    having been off by more than four standard deviations of a day, goes back to within three (or a quarter of what it
    was off by) and stays there: a detector that did not see the end does not spoil the evidence. *Source*: project
    choice; split by least squares, international facts D.6.
    """
    start = onset_high_ms if end_ms - onset_high_ms >= 2 * DAY_MS else onset_ms
    if end_ms <= int(case.hours.start_ms[-1]) and end_ms - start >= (_LEAST_DAYS + 1) * DAY_MS:
        end_ms -= DAY_MS
    reference = case.reference
    if reference is None:
        return start, end_ms
    days = case.daily.between(start, end_ms - DAY_MS + 1)
    before = case.daily.between(onset_ms - 28 * DAY_MS, onset_ms - DAY_MS)
    for name in _RATIOS:
        noise = reference.daily.get(name)
        row, earlier = days.value(name), before.value(name)
        known = np.isfinite(row)
        if noise is None or np.count_nonzero(known) < _FEWEST:
            continue
        healthy = earlier[np.isfinite(earlier)]
        level = float(np.median(healthy)) if healthy.size >= _FEWEST else noise.level
        split = single_split(row[known] - level, least=1)
        sigma = max(noise.sigma, 1e-3)
        off = abs(split.before) > _AWAY * sigma
        back = abs(split.after) <= max(_BACK * sigma, _BACK_SHARE * abs(split.before))
        if off and back and split.changed:
            return start, int(days.start_ms[known][split.index])
    return start, end_ms
