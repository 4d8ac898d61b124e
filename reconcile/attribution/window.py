"""The evidence window of an anomaly: from when it is there for sure up to when the ratios are back where they were."""

from __future__ import annotations

import numpy as np

from cems.clock import DAY_MS
from reconcile.attribution.case import Case
from reconcile.comparison.change_point import single_split

_RATIOS = ("rm", "rc", "ghr", "heat_rate")
_FEWEST = 4
_AWAY, _BACK = 4.0, 3.0
"""Standard deviations of a day beyond which a level is off, and within which it is back."""
_BACK_SHARE = 0.25
"""Or back to within this share of what it was off by."""


def evidence_window(case: Case, onset_ms: int, onset_high_ms: int, end_ms: int) -> tuple[int, int]:
    """The part of an anomaly's span that belongs to one state, [start, end) in ms.

    It begins at the latest plausible onset, because hours before the true onset among those after it make patterns
    that are none; at the most likely onset where less than two days would be left. It ends where Rm, Rc or a heat rate,
    having been off by more than four standard deviations of a day, goes back to within three (or a quarter of what it
    was off by) and stays there: a detector that did not see the end does not spoil the evidence. *Source*: project
    choice; split by least squares, international facts D.6.
    """
    start = onset_high_ms if end_ms - onset_high_ms >= 2 * DAY_MS else onset_ms
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
