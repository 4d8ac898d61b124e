"""Faults of data that a detector shows by itself: readings that are stuck, replayed, doubled, cut off, late, made up.

Their pattern is the evidence. Where it is a fact, the ratios under it may be anything, and the cause is taken to
explain them as well as the best other cause does. Where it is a judgement, it explains them as well as nothing wrong or
as something unexplained, whichever is better. The detector that found the pattern speaks for the cause by a factor.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from reconcile.anomaly import Anomaly

HARD: Final = {
    "stuck": "stuck-reading",
    "replayed": "replayed-data",
    "cloned": "replayed-data",
    "impossible-readings": "wrong-decoding",
    "stopped-at-load": "flags-misused",
    "flags-follow-load": "flags-misused",
    "too-good": "made-up-data",
    "clock-shift": "wrong-clock",
    "check-time": "wrong-clock",
    "check-times-apart": "two-clocks",
    "flow-clock": "two-clocks",
    "doubled-messages": "lost-messages",
    "missing-messages": "lost-messages",
    "account-repeated": "fuel-late",
    "still-at-cut": "cut-off",
    "bypass-open": "bypass",
    "held": "stuck-reading",
    "steps": "coarse-reading",
    "smooth": "slow-reading",
    "smooth-all": "made-up-data",
    "ceiling": "cut-off",
    "wrapped": "wrong-decoding",
}
"""Kinds of anomalies that are facts: readings equal to the last digit, hours that came twice, an open damper; and facts
of the minutes (:mod:`reconcile.attribution.minutes`)."""
SOFT: Final = {
    "nearly-stuck": "slow-reading",
    "variance-collapse": "slow-reading",
    "clipped-high": "cut-off",
    "clipped-low": "cut-off",
    "edited-top": "cut-off",
    "spikes": "wrong-decoding",
    "digits": "coarse-reading",
    "no-calibration": "no-checks",
    "clock-shift-gas": "two-clocks",
}
"""Kinds that are judgements of a distribution; CO2 hangs on the load too loosely for its lag to be a fact."""
OF_BOOKS: Final = frozenset({"fuel-late"})
"""Those of these causes that sit in the books and not in the readings."""
_CUTS: Final = frozenset({"clipped-high", "clipped-low"})


def still_at_cut(found: Iterable[Anomaly]) -> set[str]:
    """``still-at-cut`` where a channel is cut off and stands still meanwhile; empty otherwise.

    Minutes at an extreme alone are a judgement; readings equal to the last digit over hours, at the extreme of the
    hours around them, are a fact. Told of the evidence of merged anomalies, ``channel: kind: figure``.
    """
    for anomaly in found:
        shown = {tuple(e.name.split(": ")[:2]) for e in anomaly.evidence}
        if anomaly.kind in _CUTS and {(anomaly.channel, anomaly.kind), (anomaly.channel, "stuck")} <= shown:
            return {"still-at-cut"}
    return set()


def told_by(kinds: Collection[str], table: Mapping[str, str]) -> dict[str, str]:
    """Causes that anomalies of a table show by themselves: name to the kind that speaks for it.

    >>> told_by({"stuck", "cloned", "replayed", "level-shift"}, HARD)
    {'replayed-data': 'cloned', 'stuck-reading': 'stuck'}
    """
    found: dict[str, str] = {}
    for kind in sorted(set(kinds) & table.keys()):
        found.setdefault(table[kind], kind)
    return found
