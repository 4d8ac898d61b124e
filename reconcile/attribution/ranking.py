"""The ranking: every cause of the table against one observation, with the evidence beside the ratios, as posteriors."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from reconcile.attribution.causes import Side, Spec
from reconcile.attribution.dictionary import Answer, Entry, look_up
from reconcile.attribution.direct import HARD, OF_BOOKS, SOFT, told_by
from reconcile.attribution.evidence import (
    evidence_beside,
    is_new_cylinder,
    prior_of_health,
    shows_like_data,
    weight_of,
)
from reconcile.attribution.likelihood import Fit, Priors, distance2, fit, healthy_log, unexplained_log
from reconcile.attribution.logbook import LogBook
from reconcile.attribution.observation import Observation
from reconcile.pointhours import Event

HEALTHY: Final = "nothing-wrong"
UNEXPLAINED: Final = "unexplained"
NO_CAUSE: Final = "no-cause"
"""What is said where no cause can be named, because health is not ruled out."""
NEW_CYLINDER: Final = "new-cylinder"
"""The same where a new cylinder within its tolerance explains what is seen."""
UNNAMED: Final = frozenset({NO_CAUSE, NEW_CYLINDER, UNEXPLAINED})
"""What may be said first without naming a cause."""
_HALF: Final = 0.5
_SHOWN: Final = 0.01
"""Causes below this posterior are not grouped with others."""


class Figure(NamedTuple):
    """One feature under one cause."""

    name: str
    """Name of the feature."""
    seen: float
    """What was seen: logarithm of a ratio beyond its reference, or a difference."""
    predicted: float
    """What the cause makes of it at its most probable size."""
    u: float
    """Standard uncertainty of the difference."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause of the ranking."""

    name: str
    """Key of :data:`texts.TEXTS`; ``nothing-wrong`` and ``unexplained`` stand among the causes."""
    side: Side
    """Whose figure is wrong."""
    posterior: float
    """Probability among the causes of the table, given the observation."""
    log_evidence: float
    """Logarithm of the averaged likelihood times the factors of other evidence; differences are what counts."""
    option: str
    """Which of the fixed sizes it is, such as the fuel; empty for a free size."""
    factors: tuple[tuple[str, float], ...]
    """Evidence beside the ratios: what, and the factor it gave."""
    start_ms: int
    """Evidence window, begin, UTC."""
    end_ms: int
    """First instant after it."""
    size: float
    """Median size, unit ``unit``; NaN where it has none."""
    size_low: float
    """Lower end of the 95 % interval."""
    size_high: float
    """Upper end."""
    unit: str
    """Unit of the size."""
    tonnes: float
    """What the wrong side is too high by in the window [t CO2], by the median size; 0 where no mass is moved."""
    tonnes_low: float
    """Lower end by the interval of the size."""
    tonnes_high: float
    """Upper end."""
    misfit: float
    """Squared distance that is left at the most probable size; about the number of figures where the cause is right."""
    figures: tuple[Figure, ...]
    """The features, seen and predicted."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """What a window of a point shows, explained."""

    point: str
    """Code of the point."""
    seen: Observation
    """What was seen."""
    causes: tuple[Cause, ...]
    """All that could be judged, most probable first; "nothing wrong" first only where it has more than half of all."""
    same: tuple[tuple[str, ...], ...]
    """Groups of causes that cannot be told apart here, each led by its most probable."""
    not_judged: tuple[str, ...]
    """Causes that need a reading which the point lacks."""
    dictionary: Answer | None = None
    """What the ratio dictionary says of the ratio; None where there is no mass ratio."""
    healthy_most: float = 0.5
    """Posterior of "nothing wrong" above which no cause is named."""
    cylinder: bool = False
    """A new cylinder was put up at the onset, and its tolerance explains more than nothing does."""

    @property
    def lead(self) -> str:
        """What is said first: the name of the first cause, or why none is named.

        A cause is named where "nothing wrong" is ruled out: its posterior is at most ``healthy_most``. Otherwise it is
        :data:`NEW_CYLINDER` or :data:`NO_CAUSE`, and the causes are candidates. :data:`UNEXPLAINED` names none either.
        """
        health = math.fsum(c.posterior for c in self.causes if c.name == HEALTHY)
        if not self.healthy and health <= self.healthy_most:
            return self.first.name
        return NEW_CYLINDER if self.cylinder else NO_CAUSE

    @property
    def named(self) -> bool:
        """A cause is named."""
        return self.lead not in UNNAMED

    @property
    def healthy(self) -> bool:
        """Nothing wrong is more probable than all causes together; it then stands first."""
        return self.causes[0].name == HEALTHY

    @property
    def first(self) -> Cause:
        """The most probable of all."""
        return self.causes[0]

    def group_of(self, name: str) -> tuple[str, ...]:
        """The causes that look like this one, itself among them."""
        return next((group for group in self.same if name in group), (name,))


def rank(
    point: str,
    seen: Observation,
    specs: Sequence[Spec],
    priors: Priors,
    *,
    onset_ms: tuple[int, int] | None,
    events: Sequence[Event] = (),
    log_h: float = 0.0,
    kinds: Collection[str] = (),
    book: Sequence[Entry] = (),
    prompted: bool = True,
) -> Attribution:
    """Causes by posterior, p_k ∝ prior · ∫ N(y; s_k(eps), V_k) p(eps) d eps · factors of log book and signals.

    Priors of the causes are equal for each direction, less for mix-ups of units; ``unexplained`` has its own, and so
    has ``nothing-wrong``, another one where an alarm asked (``prompted``), by the length of the window. ``onset_ms`` is
    the interval in which the onset lies, None for none; ``events`` is the log book of ``log_h`` hours, ``book`` the
    ratio dictionary, ``kinds`` are the anomalies found. Where a cylinder was changed at the onset, health includes what
    two labels may differ by.
    Faults of data whose anomaly is a fact explain the ratios as well as the best other cause, times a factor; those
    whose anomaly is a judgement only as well as nothing wrong or as something unexplained.
    *Source*: project choice.
    """
    fits = {spec.name: found for spec in specs if (found := fit(spec, seen, priors)) is not None}
    book_of_events = LogBook(tuple(events), onset_ms, log_h, priors.event_reach_h)
    factors = {name: evidence_beside(f.spec, book_of_events, kinds, seen, priors) for name, f in fits.items()}
    health = prior_of_health(seen, priors) if prompted else priors.healthy
    share = (1 - priors.unexplained - health) / max(len(fits), 1)
    logs = {
        name: f.log_evidence
        + math.log((health if shows_like_data(f.spec, kinds) else share) * weight_of(f.spec, priors))
        + math.fsum(math.log(gain) for _, gain in factors[name])
        for name, f in fits.items()
    }
    plain = healthy_log(seen)
    labels = healthy_log(seen, priors.cylinder) if any(map(is_new_cylinder, book_of_events.near)) else -math.inf
    logs[UNEXPLAINED] = unexplained_log(seen) + math.log(priors.unexplained)
    logs[HEALTHY] = max(plain, labels) + math.log(health)
    best, least = max(logs.values()), max(logs[HEALTHY], logs[UNEXPLAINED])
    for gain, table, base in ((priors.soft_gain, SOFT, least), (priors.hard_gain, HARD, best)):  # a fact goes last
        for name, kind in told_by(kinds, table).items():
            logs[name], factors[name] = base + math.log(gain), ((kind, gain),)
    causes = _ranked(logs, fits, factors, seen)
    return Attribution(
        point=point,
        seen=seen,
        causes=tuple(causes),
        same=_groups([fits[c.name] for c in causes if c.name in fits and c.posterior >= _SHOWN], logs, seen, priors),
        not_judged=tuple(spec.name for spec in specs if spec.name not in fits),
        dictionary=_looked_up(seen, book, [e.kind for e in book_of_events.near]),
        healthy_most=priors.healthy_most,
        cylinder=labels > plain,
    )


def _ranked(
    logs: Mapping[str, float],
    fits: Mapping[str, Fit],
    factors: Mapping[str, tuple[tuple[str, float], ...]],
    seen: Observation,
) -> list[Cause]:
    """All causes, most probable first; "nothing wrong" behind a cause unless it has more than half."""
    posterior = _posteriors(logs)
    causes = [
        _cause(fits[n], logs[n], p, factors[n], seen) if n in fits else _blank(n, logs[n], p, factors.get(n, ()), seen)
        for n, p in posterior.items()
    ]
    order = {name: place for place, name in enumerate(posterior)}
    causes.sort(key=lambda c: (-round(c.log_evidence, 6), order[c.name]))
    if causes[0].name == HEALTHY and causes[0].posterior <= _HALF:
        causes.insert(1, causes.pop(0))
    return causes


def _posteriors(logs: Mapping[str, float]) -> dict[str, float]:
    top = max(logs.values())
    whole = math.fsum(math.exp(x - top) for x in logs.values())
    return {name: math.exp(x - top) / whole for name, x in logs.items()}


def _looked_up(seen: Observation, book: Sequence[Entry], events: Sequence[str]) -> Answer | None:
    if not book or "rm" not in seen.names:
        return None
    return look_up(math.exp(seen.seen("rm")), seen.u("rm"), book, events)


def _cause(
    found: Fit, log_evidence: float, posterior: float, factors: tuple[tuple[str, float], ...], seen: Observation
) -> Cause:
    spec, best = found.spec, found.best
    low, middle, high = found.quantiles(0.025, 0.5, 0.975)
    moved = [_tonnes(found, size, seen) for size in (low, middle, high)]
    rest = seen.value - found.predicted[best]
    spread = np.sqrt(np.diag(found.cov))
    return Cause(
        name=spec.name,
        side=spec.side,
        posterior=posterior,
        log_evidence=log_evidence,
        option=spec.options[best] if spec.options else "",
        factors=factors,
        start_ms=seen.start_ms,
        end_ms=seen.end_ms,
        size=middle,
        size_low=low,
        size_high=high,
        unit=spec.unit,
        tonnes=moved[1],
        tonnes_low=min(moved),
        tonnes_high=max(moved),
        misfit=float(rest @ np.linalg.solve(found.cov, rest)),
        figures=tuple(map(Figure, seen.names, seen.value.tolist(), found.predicted[best].tolist(), spread.tolist())),
    )


def _tonnes(found: Fit, size: float, seen: Observation) -> float:
    """What the wrong side is too high by at a size of the grid: M·(1 − 1/f), f its factor by the signature of Rm."""
    if "rm" not in seen.names or found.spec.side == "plant":
        return 0.0
    at = int(np.argmin(np.abs(found.sizes - size)))
    moved = float(found.predicted[at, seen.names.index("rm")])
    if found.spec.side == "monitoring":
        return seen.monitored_t * -math.expm1(-moved)
    return seen.accounted_t * -math.expm1(moved)


def _blank(
    name: str, log_evidence: float, posterior: float, factors: tuple[tuple[str, float], ...], seen: Observation
) -> Cause:
    """A cause without a size: nothing wrong, unexplained, or a fault of data."""
    nan = math.nan
    misfit = float(seen.value @ np.linalg.solve(seen.cov, seen.value)) if name == HEALTHY else nan
    side: Side = "plant" if name == HEALTHY else "accounting" if name in OF_BOOKS else "monitoring"
    return Cause(
        name, side, posterior, log_evidence, "", factors, seen.start_ms, seen.end_ms, nan, nan, nan, "-", 0.0, 0.0, 0.0,
        misfit, (),
    )  # fmt: skip


def _groups(
    fits: Sequence[Fit], logs: dict[str, float], seen: Observation, priors: Priors
) -> tuple[tuple[str, ...], ...]:
    """Causes that predict the same and between which no other evidence decides; groups of one are left out."""
    left, groups = list(fits), []
    while left:
        lead = left.pop(0)
        like = [
            f
            for f in left
            if distance2(lead, f, seen.cov) < priors.same_distance2
            and logs[lead.spec.name] - logs[f.spec.name] < math.log(priors.same_odds)
        ]
        if like:
            groups.append((lead.spec.name, *(f.spec.name for f in like)))
            left = [f for f in left if f not in like]
    return tuple(groups)
