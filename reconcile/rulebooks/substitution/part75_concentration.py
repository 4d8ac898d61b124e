"""Substitutes for CO2, O2 and moisture: 40 CFR 75.31(b) and 75.33(b) with the terms of 75.35 to 75.37."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reconcile.rulebooks.substitution.filled import Filled, Ints
from reconcile.rulebooks.substitution.part75_answer import (
    STILL_OPEN,
    Answer,
    OpenEnd,
    Side,
    check_open_end,
    filled_from,
    is_short,
    mean_of,
    neighbours,
    refused,
)
from reconcile.rulebooks.substitution.part75_lookback import lookback, percentile
from reconcile.rulebooks.substitution.part75_record import NONE, Band, Gap, Record, bands_of, gaps_of
from reconcile.rulebooks.substitution.part75_rule import MissingDataRule


def fill_concentration(record: Record, side: Side, rule: MissingDataRule, open_end: OpenEnd) -> Filled:
    """The record with every missing hour substituted by the initial or standard procedures, as :mod:`part75` says."""
    check_open_end(open_end)
    return filled_from(record, _answers(record, side, rule, open_end))


def _answers(record: Record, side: Side, rule: MissingDataRule, open_end: OpenEnd) -> Iterator[tuple[Ints, Answer]]:
    """The hours of each gap by band, with the one answer that a band has in a gap."""
    bands = bands_of(record, rule, rule.initial_hours_gas)
    for gap in gaps_of(record):
        own = bands[gap.missing]
        for band in np.unique(own):
            yield gap.missing[own == band], _answer(record, gap, Band(band), side, rule, open_end)


def _answer(record: Record, gap: Gap, band: Band, side: Side, rule: MissingDataRule, open_end: OpenEnd) -> Answer:
    """The substitute of the hours of one gap that fall into one band."""
    if band == Band.LOWEST or gap.before == NONE:
        return side.answer()
    look = lookback(record.history, gap.first, rule.lookback_hours_gas, rule.three_years_hours)
    if band == Band.LOW:
        return Answer(side.worse(record.value[look].tolist()), "10", look)
    if gap.after == NONE and open_end == "refuse":
        return refused(STILL_OPEN)
    beside = neighbours(gap)
    mean = mean_of(record.value[beside])
    if band == Band.INITIAL:
        return Answer(mean, "07", beside)
    if is_short(gap, band, rule):
        return Answer(mean, "06", beside)
    high = percentile(record.value[look], side.pct(band, rule), rule.percentile_definition)
    return Answer(side.worse((high, mean)), "08" if band == Band.HIGH else "09", np.union1d(look, beside))
