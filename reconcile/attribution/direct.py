"""Faults of data that a detector shows by itself: readings that are stuck, replayed, doubled, cut off, late, made up.

Their pattern is the evidence: the ratios under them may be anything. Such a cause is taken to explain the ratios as
well as the best other cause does, and the detector that found its pattern speaks for it by a factor.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

HARD: Final = {
    "stuck": "stuck-reading",
    "replayed": "replayed-data",
    "cloned": "replayed-data",
    "impossible-readings": "wrong-decoding",
    "stopped-at-load": "flags-misused",
    "flags-follow-load": "flags-misused",
    "too-good": "made-up-data",
    "clock-shift": "wrong-clock",
    "clock-shift-gas": "two-clocks",
    "doubled-messages": "lost-messages",
    "missing-messages": "lost-messages",
}
"""Kinds of anomalies that are facts: readings equal to the last digit, hours that came twice."""
SOFT: Final = {
    "nearly-stuck": "slow-reading",
    "variance-collapse": "slow-reading",
    "clipped-high": "cut-off",
    "clipped-low": "cut-off",
    "spikes": "wrong-decoding",
    "digits": "coarse-reading",
    "no-calibration": "no-checks",
}
"""Kinds that are judgements of a distribution."""


def told_by(kinds: Collection[str], hard_gain: float, soft_gain: float) -> dict[str, tuple[str, float]]:
    """Causes that anomalies show by themselves: name to the kind that speaks for it and its factor, the largest one.

    >>> told_by({"stuck", "variance-collapse", "level-shift"}, 50.0, 10.0)
    {'stuck-reading': ('stuck', 50.0), 'slow-reading': ('variance-collapse', 10.0)}
    """
    found: dict[str, tuple[str, float]] = {}
    for table, gain in ((HARD, hard_gain), (SOFT, soft_gain)):
        for kind in sorted(set(kinds) & table.keys()):
            found.setdefault(table[kind], (kind, gain))
    return found
