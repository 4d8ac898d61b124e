"""What the detectors find at a point, and which causes explain it. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cems.clock import HOUR_MS
from cems.errors import RuleError
from cems.fleettables import FleetEnterprise, FleetPoint
from reconcile.anomaly import Anomaly
from reconcile.attribution.case import Case, case_of, facts_of, sides_of
from reconcile.attribution.direct import HARD, OF_BOOKS, still_at_cut, told_by
from reconcile.attribution.engine import explain, look, rules_of
from reconcile.attribution.fuelside import UnitSide
from reconcile.attribution.line import Line
from reconcile.attribution.ranking import HEALTHY, NEW_CYLINDER, NO_CAUSE, UNEXPLAINED, Attribution
from reconcile.attribution.reference import Reference, ratio_rule_of
from reconcile.attribution.reference_fit import fit_reference
from reconcile.attribution.texts import TEXTS
from reconcile.comparison.fuel_days import UnitAccount
from reconcile.detectors.bank import detect
from reconcile.detectors.facts import Facts
from reconcile.detectors.reference_span import reference_span
from reconcile.parameters import Parameters
from reconcile.pointhours import Event, PointHours

STANDING: Final = "standing"
"""Prompt of a ranking that nobody asked for: the whole period is looked at as it stands."""
_NAMED: Final = 3
"""Causes that are kept of a ranking."""
_LEAST: Final = 0.05
"""Posterior below which a cause behind the first is not kept."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One cause of a ranking."""

    prompt: str
    """Kind of the anomaly that asked, or :data:`STANDING`."""
    name: str
    """Name of the cause."""
    rank: int
    """1 is the most probable."""
    posterior: float
    """Probability among the causes of the table."""
    start_ms: int
    end_ms: int
    size: float
    """In ``unit``; NaN where it has none."""
    unit: str
    tonnes: float
    """What the wrong side is too high by [t]."""
    same: tuple[str, ...]
    """Causes that cannot be told apart from it here."""
    text: str
    """What is wrong, and what to check first."""
    text_zh: str
    onset_ms: int | None = None
    """Onset of the anomaly that asked; None where none did."""
    side: str = ""
    """Whose figure is wrong: ``monitoring``, ``accounting``, ``plant``; empty where nothing is named."""

    def asked_by(self, anomaly: Anomaly) -> bool:
        """Whether it is the first cause of an anomaly."""
        return self.rank == 1 and (self.prompt, self.onset_ms) == (anomaly.kind, anomaly.onset_ms)


def case_at(
    enterprise: FleetEnterprise,
    point: FleetPoint,
    hours: PointHours,
    accounts: Mapping[str, UnitAccount],
    events: Sequence[Event],
    offset_ms: int,
    parameters: Parameters,
) -> Case | None:
    """A point with its ratios, as causes and routes are asked of it; None where no unit's gas passes it."""
    sides = sides_of(enterprise, point, {code: account.days for code, account in accounts.items()})
    if not sides or not len(hours):
        return None
    about = facts_of(enterprise, point)
    reference = _reference(hours, sides, about.line, Facts(point, enterprise.sector, offset_ms), parameters)
    return case_of(about, hours, sides, reference, offset_ms, parameters, events)


def find(
    case: Case,
    enterprise: FleetEnterprise,
    point: FleetPoint,
    accounts: Mapping[str, UnitAccount],
    parameters: Parameters,
) -> tuple[tuple[Anomaly, ...], tuple[Ranked, ...]]:
    """Anomalies of a point in order of time, and the causes of each; without any, those of the period as it stands.

    A period with an anomaly in it is not one state that could stand. An anomaly in whose window no ratio is known has
    the cause that it shows by itself as a fact, or none.
    """
    hours, offset_ms = case.hours, case.offset_ms
    sides = sides_of(enterprise, point, {code: account.days for code, account in accounts.items()})
    found = detect(hours, sides, case.events, Facts(point, enterprise.sector, offset_ms), parameters)
    rules = rules_of(parameters)
    anomalies: list[Anomaly] = []
    causes: list[Ranked] = []
    for anomaly in found:
        try:
            ranking = explain(case, [anomaly], rules, parameters, found)
        except RuleError:
            anomalies.append(anomaly)
            causes += _by_facts(anomaly, int(hours.start_ms[-1]) + HOUR_MS, rules.priors.hard_gain)
            continue
        causes += _kept(ranking, anomaly.kind, anomaly.onset_ms)
        anomalies.append(_with_tonnes(anomaly, ranking))
    if not anomalies:
        span = int(hours.start_ms[0]), int(hours.start_ms[-1]) + HOUR_MS
        causes += _standing(case, span, parameters)
    return tuple(anomalies), tuple(causes)


def _with_tonnes(anomaly: Anomaly, ranking: Attribution) -> Anomaly:
    """The anomaly with the tonnes of its most probable cause where its detector cannot tell them itself."""
    first = ranking.first
    if anomaly.tonnes or not ranking.named or first.side != "monitoring" or not math.isfinite(first.tonnes):
        return anomaly
    return replace(anomaly, tonnes=first.tonnes)


def _by_facts(anomaly: Anomaly, last_ms: int, gain: float) -> list[Ranked]:
    """The cause that an anomaly shows by itself, against all others together by the odds of a fact."""
    kinds = {anomaly.kind, *still_at_cut([anomaly])}
    rows = []
    for name in list(told_by(kinds, HARD))[:1]:
        words = TEXTS[name]
        rows.append(
            Ranked(
                prompt=anomaly.kind,
                name=name,
                rank=1,
                posterior=gain / (1 + gain),
                start_ms=anomaly.onset_ms,
                end_ms=last_ms if anomaly.end_ms is None else anomaly.end_ms,
                size=math.nan,
                unit="-",
                tonnes=0.0,
                same=(),
                text=f"{words.english}. {words.check_english}",
                text_zh=f"{words.chinese}。{words.check_chinese}",
                onset_ms=anomaly.onset_ms,
                side="accounting" if name in OF_BOOKS else "monitoring",
            )
        )
    return rows


def _reference(
    hours: PointHours, sides: Sequence[UnitSide], line: Line, facts: Facts, parameters: Parameters
) -> Reference | None:
    """The reference of a point, of the days that the detectors take for theirs; None where it never ran long enough."""
    span = reference_span(hours, sides, facts, parameters)
    try:
        return fit_reference(hours, sides, line, span, facts.offset_ms, parameters, ratio_rule_of(parameters))
    except RuleError:
        return None


def _standing(case: Case, span_ms: tuple[int, int], parameters: Parameters) -> tuple[Ranked, ...]:
    """Causes of the whole period against the account, without a reference; none where nothing wrong is first."""
    bare = Case(case.facts, case.hours, case.offset_ms, None, case.hourly, case.daily, case.events)
    try:
        seen = look(bare, span_ms, rules_of(parameters), parameters)
    except RuleError:
        return ()
    return tuple(_kept(seen, STANDING)) if seen.named else ()


def _kept(found: Attribution, prompt: str, onset_ms: int | None = None) -> list[Ranked]:
    """The first causes; where none is named the first row says so, and the causes behind it are candidates."""
    health = next((c for c in found.causes if c.name == HEALTHY), None)
    causes = [c for c in found.causes if c is not health]
    if health is not None and found.lead in {NO_CAUSE, NEW_CYLINDER}:
        causes.insert(0, replace(health, name=found.lead))
    rows = []
    for place, cause in enumerate(causes[:_NAMED], 1):
        if place > 1 and cause.posterior < _LEAST:
            break
        words = TEXTS.get(cause.name)
        like = tuple(n for n in found.group_of(cause.name) if n != cause.name)
        rows.append(
            Ranked(
                prompt=prompt,
                name=cause.name,
                rank=place,
                posterior=cause.posterior,
                start_ms=cause.start_ms,
                end_ms=cause.end_ms,
                size=cause.size,
                unit=cause.unit,
                tonnes=cause.tonnes,
                same=like,
                text=f"{words.english}. {words.check_english}" if words else cause.name,
                text_zh=f"{words.chinese}。{words.check_chinese}" if words else cause.name,
                onset_ms=onset_ms,
                side="" if cause.name in {UNEXPLAINED, NO_CAUSE} else cause.side,
            )
        )
    return rows
