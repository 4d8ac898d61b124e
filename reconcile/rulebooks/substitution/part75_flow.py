"""Substitutes for flow by load range: 40 CFR 75.31(c) and 75.33(c)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reconcile.rulebooks.substitution.filled import Filled, Ints
from reconcile.rulebooks.substitution.part75_answer import (
    NO_HOURS,
    NO_LOAD,
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
from reconcile.rulebooks.substitution.part75_load_ranges import UNKNOWN
from reconcile.rulebooks.substitution.part75_lookback import lookback, percentile
from reconcile.rulebooks.substitution.part75_record import NONE, Band, Gap, Record, bands_of, gaps_of
from reconcile.rulebooks.substitution.part75_rule import MissingDataRule


def fill_flow(
    record: Record, load_ranges: Ints, top: int, side: Side, rule: MissingDataRule, open_end: OpenEnd
) -> Filled:
    """The record with every missing hour substituted, as :mod:`part75` says; ``load_ranges`` (n,), 1 to ``top``."""
    check_open_end(open_end)
    return filled_from(record, _answers(record, load_ranges, top, side, rule, open_end))


def _answers(
    record: Record, load_ranges: Ints, top: int, side: Side, rule: MissingDataRule, open_end: OpenEnd
) -> Iterator[tuple[Ints, Answer]]:
    """The hours of each gap by band and load range, with the one answer that both have in a gap."""
    bands = bands_of(record, rule, rule.initial_hours_flow)
    by_range = [record.history[load_ranges[record.history] == number] for number in range(top + 1)]
    for gap in gaps_of(record):
        own, ranges = bands[gap.missing], load_ranges[gap.missing]
        looks = [lookback(hours, gap.first, rule.lookback_hours_flow, rule.three_years_hours) for hours in by_range]
        for band, number in np.unique(np.stack([own, ranges]), axis=1).T.tolist():
            hours = gap.missing[(own == band) & (ranges == number)]
            yield hours, _answer(record, gap, Band(band), looks, number, side, rule, open_end)


def _answer(
    record: Record,
    gap: Gap,
    band: Band,
    looks: list[Ints],
    number: int,
    side: Side,
    rule: MissingDataRule,
    open_end: OpenEnd,
) -> Answer:
    """The substitute of the hours of one gap that share a band and a load range."""
    candidates = looks[max(number, UNKNOWN + 1) :]
    look = next((hours for hours in candidates if hours.size), NO_HOURS)
    if band == Band.LOWEST or not look.size:
        return side.answer()
    if number == UNKNOWN:
        return refused(NO_LOAD)
    values = record.value[look]
    if band == Band.INITIAL:
        return Answer(mean_of(values), "07", look)
    if band == Band.LOW or not looks[number].size:
        return Answer(side.worse(values.tolist()), "10", look)
    if gap.after == NONE and open_end == "refuse":
        return refused(STILL_OPEN)
    return _by_length(record, gap, band, look, side, rule)


def _by_length(record: Record, gap: Gap, band: Band, look: Ints, side: Side, rule: MissingDataRule) -> Answer:
    """The substitute that depends on the length of the gap: availability of 90.0 % or more, range with history."""
    values = record.value[look]
    if is_short(gap, band, rule):
        return Answer(mean_of(values), "11", look)
    high = percentile(values, side.pct(band, rule), rule.percentile_definition)
    beside = neighbours(gap)
    worse = side.worse((high, mean_of(record.value[beside])))
    return Answer(worse, "08" if band == Band.HIGH else "09", np.union1d(look, beside))
