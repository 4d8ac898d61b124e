"""Attribution of a point: of the anomalies that were found, or of a window that somebody asks about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from cems.clock import DAY_MS, HOUR_MS
from reconcile.anomaly import Anomaly
from reconcile.attribution.case import Case, Facts
from reconcile.attribution.causes import TABLE, Spec
from reconcile.attribution.dictionary import Entry, entries_of
from reconcile.attribution.direct import still_at_cut
from reconcile.attribution.fixed import fixed_causes
from reconcile.attribution.levels import BEFORE_DAYS
from reconcile.attribution.likelihood import Priors, priors_of
from reconcile.attribution.minutes import MinuteRule, minute_facts, minute_rule_of, with_facts
from reconcile.attribution.nuisance import Floors, floors_of
from reconcile.attribution.observation import Observation
from reconcile.attribution.observe import SeeingRule, observe, seeing_rule_of
from reconcile.attribution.ranking import Attribution, rank
from reconcile.attribution.reference import RatioRule, ratio_rule_of
from reconcile.attribution.window import baseline, cut_by_others, evidence_window
from reconcile.parameters import Parameters

_CONSTANT_DAYS = 5
"""Fewest days on each side of an onset that show whether the books vary."""
_CONSTANT = 1e-3
"""Relative range below which carbon per heat is one figure, written with four digits; samples scatter more."""


@dataclass(frozen=True, slots=True)
class Rules:
    """All figures of attribution."""

    ratios: RatioRule
    """Of the ratios."""
    seeing: SeeingRule
    """Of a window."""
    floors: Floors
    """Of health."""
    priors: Priors
    """Of causes."""
    window_days_max: float
    """Longest window of a cause that has not ended [d]."""
    before_days: float
    """Days before an onset that its window is held against."""
    minutes: MinuteRule
    """Of the minutes within the hour."""


def rules_of(parameters: Parameters) -> Rules:
    """The figures of a parameter table."""
    return Rules(
        ratio_rule_of(parameters),
        seeing_rule_of(parameters),
        floors_of(parameters),
        priors_of(parameters),
        parameters.value("attr_window_days_max"),
        parameters.value("attr_before_days"),
        minute_rule_of(parameters),
    )


def specs_of(facts: Facts, parameters: Parameters) -> tuple[Spec, ...]:
    """The causes that a point can have."""
    return (*(spec for spec in TABLE if spec.applies(facts)), *fixed_causes(facts, parameters))


def books_signals(case: Case, start_ms: int, end_ms: int) -> set[str]:
    """What the books show by themselves: ``constant-carbon`` where carbon per heat stops varying from day to day."""
    row = case.daily.carbon_per_heat
    at = case.daily.start_ms
    inside = (at >= start_ms) & (at < end_ms) & np.isfinite(row)
    before = (at < start_ms) & np.isfinite(row)
    if np.count_nonzero(inside) < _CONSTANT_DAYS or np.count_nonzero(before) < _CONSTANT_DAYS:
        return set()
    now, then = (float(np.ptp(row[part])) / float(np.mean(row[part])) for part in (inside, before))
    return {"constant-carbon"} if now < _CONSTANT and then > _CONSTANT else set()


def book_of(seen: Observation, parameters: Parameters) -> tuple[Entry, ...]:
    """The ratio dictionary with the moisture of the window."""
    water = seen.context.water
    mean = float(seen.context.weight @ water) if np.isfinite(water).all() else None
    return entries_of(parameters, mean)


def explain(
    case: Case, found: Sequence[Anomaly], rules: Rules, parameters: Parameters, others: Sequence[Anomaly] = ()
) -> Attribution:
    """The causes of anomalies of one point that belong together, most probable first.

    The window runs from the onset of the first of them to the end of the last (:func:`evidence_window`), not longer
    than ``window_days_max`` nor beyond the end of another fault (``others``: further anomalies of the point). It is
    held against the ``before_days`` before the onset (:func:`baseline`). Raises :class:`cems.errors.RuleError` where no
    ratio is known in it.
    """
    first = min(found, key=lambda a: a.onset_ms)
    last = int(case.hours.start_ms[-1]) + HOUR_MS
    end = max(last if a.end_ms is None else a.end_ms for a in found)
    end = min(end, first.onset_ms + int(rules.window_days_max * DAY_MS))
    low = min(a.onset_low_ms for a in found)
    rest = [a for a in others if a not in found]
    window = evidence_window(case, first.onset_ms, first.onset_high_ms, end)
    window = window[0], cut_by_others(low, *window, rest)
    before, ill = baseline((low - int(rules.before_days * DAY_MS), low), window, rest, last, BEFORE_DAYS)
    seen = observe(case, window, rules.ratios, rules.seeing, rules.floors, before, ill)
    kinds = {*(a.kind for a in found), *still_at_cut(found), *books_signals(case, first.onset_ms, end)}
    return rank(
        case.facts.code,
        seen,
        specs_of(case.facts, parameters),
        rules.priors,
        onset_ms=(first.onset_low_ms, first.onset_high_ms),
        events=case.events,
        log_h=float(len(case.hours)),
        kinds=with_facts(kinds, minute_facts(case, window, before, rules.minutes)),
        book=book_of(seen, parameters),
    )


def look(
    case: Case, window_ms: tuple[int, int], rules: Rules, parameters: Parameters, kinds: Collection[str] = ()
) -> Attribution:
    """What a window shows when nobody raised an alarm: the same ranking, with "nothing wrong" among the causes.

    Without a reference it judges Rm and Rc against 1 within the uncertainty of installed instruments, and whether they
    depend on load. Raises :class:`cems.errors.RuleError` where no ratio is known.
    """
    seen = observe(case, window_ms, rules.ratios, rules.seeing, rules.floors)
    specs = specs_of(case.facts, parameters)
    begin = (window_ms[0], window_ms[0])
    kinds = {*kinds, *books_signals(case, *window_ms)}
    return rank(
        case.facts.code,
        seen,
        specs,
        rules.priors,
        onset_ms=begin,
        events=case.events,
        log_h=float(len(case.hours)),
        kinds=kinds,
        book=book_of(seen, parameters),
        prompted=False,
    )
