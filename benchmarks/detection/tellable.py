"""Which faults physics can tell apart, whatever the ranking made of them.

The signature of the right cause at its true size is held against health and against every other cause at any of its
sizes, by the covariance of what can be seen of the window: the load, O2, moisture, noise and log book of the point, but
none of the values. A cause with patterns of its own is taken to have the leading one as strong as is usual. A fault can
be told apart where the nearest of them lies at least ``attr_same_distance2`` squared standard uncertainties away,
factors of the log book counted in. Faults of data that leave a direct trace count as tellable.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.detection.causes import FIRST
from benchmarks.detection.fleets import Judged
from benchmarks.detection.score import Fault
from cems.clock import DAY_MS
from cems.errors import RuleError
from reconcile.attribution.case import Case
from reconcile.attribution.direct import HARD, SOFT
from reconcile.attribution.engine import Rules, rules_of, specs_of
from reconcile.attribution.evidence import evidence_beside
from reconcile.attribution.likelihood import Fit, fit, pattern_ways
from reconcile.attribution.logbook import LogBook
from reconcile.attribution.observation import Observation
from reconcile.attribution.observe import observe
from reconcile.attribution.signatures import Array
from reconcile.parameters import Parameters
from reconcile.pilot import dataset, tasks
from reconcile.pilot.finding import case_at

_DIRECT: Final = frozenset({*HARD.values(), *SOFT.values()})
_SIZES: Final[dict[str, Callable[[float], float]]] = {
    "o2-drift": lambda size: size / 2,
    "moisture-error": lambda size: size,
}
"""Kinds that move no mass everywhere: the injected size as that of the cause, over the window."""
_BOOKS: Final = frozenset({"stack-share", "belt-scale", "belt-drift", "short-tons", "gross-heat"})
"""Kinds whose share is that of the account."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """What lies nearest to a fault."""

    name: str
    """Name of a cause, or ``nothing-wrong``."""
    distance2: float
    """Squared distance in standard uncertainties, twice the logarithm of the odds by the log book added."""


def with_tellable(judged: Judged, faults: Sequence[Fault]) -> list[Fault]:
    """The faults, each with whether physics can tell its causes apart."""
    cases, parameters = _cases(judged), judged.run.place.parameters()
    rules = rules_of(parameters)
    return [replace(f, tellable=tellable(f, cases, rules, parameters)) for f in faults]


def tellable(fault: Fault, cases: Mapping[str, Case], rules: Rules, parameters: Parameters) -> bool | None:
    """Whether a fault can be told apart at one of its points; None where no cause is right for its kind."""
    if not fault.causes:
        return None
    if fault.causes & _DIRECT:
        return True
    near = [nearest(fault, cases[point], rules, parameters) for point in sorted(fault.points) if point in cases]
    return any(n is not None and n.distance2 >= rules.priors.same_distance2 for n in near)


def nearest(fault: Fault, case: Case, rules: Rules, parameters: Parameters) -> Nearest | None:
    """What lies nearest to the right cause at its true size; None where the point cannot see the right cause at all."""
    window = fault.start_ms, fault.end_ms
    before = fault.start_ms - int(rules.before_days * DAY_MS), fault.start_ms
    try:
        seen = observe(case, window, rules.ratios, rules.seeing, rules.floors, before)
    except RuleError:
        return None
    fits = {s.name: f for s in specs_of(case.facts, parameters) if (f := fit(s, seen, rules.priors)) is not None}
    book = LogBook(case.events, (fault.start_ms, fault.start_ms), float(len(case.hours)), rules.priors.event_reach_h)
    right = [fits[name] for name in FIRST[fault.kind] if name in fits]
    if not right:
        return None
    lead = _lead(right[0], seen, rules)
    truth = _at_true_size(right[0], fault, seen) + lead
    own = right[0].cov - np.outer(lead, lead)
    best = max(_odds(one, book, seen, rules) for one in right)

    def away(cov: Array, predicted: Array) -> float:
        rest = predicted - truth
        return float(np.einsum("ij,jk,ik->i", rest, np.linalg.inv(cov), rest).min())

    found = [Nearest("nothing-wrong", away(own, np.zeros((1, truth.size))))]
    for name, other in fits.items():
        if name in fault.causes or (other.spec.needs_event and book.gain(*_event(other), 1.0) is None):
            continue
        way = _lead(other, seen, rules)
        joint = own + other.cov - np.outer(way, way) - seen.cov
        distance2 = min(away(joint, other.predicted + sign * way) for sign in (1, -1))
        found.append(Nearest(name, distance2 + 2 * (best - _odds(other, book, seen, rules))))
    return min(found, key=lambda n: n.distance2)


def _lead(one: Fit, seen: Observation, rules: Rules) -> Array:
    """One sigma of the first of a cause's own patterns; zero where it has none or it cannot be seen."""
    ways = pattern_ways(one.spec, one.sizes, one.predicted, seen.names, rules.priors)
    return ways[0] if ways else np.zeros(len(seen.names))


def _odds(one: Fit, book: LogBook, seen: Observation, rules: Rules) -> float:
    """Natural logarithm of what the log book says for a cause."""
    return math.fsum(math.log(gain) for _, gain in evidence_beside(one.spec, book, (), seen, rules.priors))


def _event(one: Fit) -> tuple[frozenset[str], frozenset[str]]:
    return one.spec.events, one.spec.channels


def _at_true_size(right: Fit, fault: Fault, seen: Observation) -> Array:
    """The signature of the right cause as it was injected: by its size or option, else by the mass that it moved."""
    if fault.option and fault.option in right.spec.options:
        place = right.spec.options.index(fault.option)
    elif fault.kind in _SIZES:
        place = int(np.argmin(np.abs(right.sizes - _SIZES[fault.kind](fault.size))))
    elif "rm" not in seen.names:
        place = int(np.argmin(np.abs(right.sizes - fault.share)))
    else:
        books = fault.kind in _BOOKS
        booked = fault.share if books else fault.accounted_t / max(seen.accounted_t - fault.accounted_t, 1.0)
        moved = math.log1p(max(0.0 if books else fault.share, -0.99)) - math.log1p(max(booked, -0.99))
        place = int(np.argmin(np.abs(right.predicted[:, seen.names.index("rm")] - moved)))
    return np.asarray(right.predicted[place], dtype=np.float64)


def _cases(judged: Judged) -> dict[str, Case]:
    """The case of each point, as the study makes it."""
    place, parameters = judged.run.place, judged.run.place.parameters()
    found = {}
    for enterprise in judged.run.fleet.enterprise:
        accounts = tasks.read_accounts(place, enterprise, parameters)
        for point in enterprise.point:
            hours = dataset.read_hours(Path(place.out), enterprise.code, point.code, place.months)
            events = dataset.events(Path(place.fleet), enterprise.code, point.code, place.months)
            case = case_at(enterprise, point, hours, accounts, events, place.offset_ms, parameters)
            if case is not None:
                found[point.code] = case
    return found
