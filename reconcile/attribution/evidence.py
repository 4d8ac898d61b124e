"""Evidence beside the ratios: what log book, signals and anomalies say of a cause, and priors before any of it."""

from __future__ import annotations

import math
from collections.abc import Collection

from cems.clock import DAY_MS
from reconcile.attribution.causes import Spec
from reconcile.attribution.direct import SOFT
from reconcile.attribution.likelihood import Priors
from reconcile.attribution.logbook import LogBook
from reconcile.attribution.observation import Observation
from reconcile.pointhours import Event


def prior_of_health(seen: Observation, priors: Priors) -> float:
    """Prior of health where an alarm asked: in odds the more, the more windows of this length a year has.

    Each of them was looked at, and the alarm may be the extreme of them all. *Source*: project choice.
    """
    odds = priors.healthy_alarm / (1 - priors.healthy_alarm)
    odds *= priors.healthy_days * DAY_MS / max(seen.end_ms - seen.start_ms, DAY_MS)
    return odds / (1 + odds)


def shows_like_data(spec: Spec, kinds: Collection[str]) -> bool:
    """A cause that shows by a pattern which a fault of data shows, too: it starts from where that one starts."""
    return spec.needs_kind and bool(spec.kinds & set(kinds) & SOFT.keys())


def is_new_cylinder(event: Event) -> bool:
    """A new cylinder of CO2 was put up."""
    return event.kind == "cylinder" and event.channel == "co2"


def weight_of(spec: Spec, priors: Priors) -> float:
    """Prior of a cause over the equal one: half for one that goes one way only, so that each direction has the same."""
    return (0.5 if spec.sizes in {"up", "down"} else 1.0) * (priors.fixed if spec.mix_up else 1.0)


def evidence_beside(
    spec: Spec, book: LogBook, kinds: Collection[str], seen: Observation, priors: Priors
) -> tuple[tuple[str, float], ...]:
    """What log book and signals say of a cause: what, and the factor of each."""
    found: list[tuple[str, float]] = []
    if spec.events:
        gain = book.gain(spec.events, spec.channels, priors.event_gain)
        if gain is not None:
            found.append(("event", gain))
        elif spec.needs_event:
            found.append(("no event", 1 / priors.missing_gain))
    if told := sorted(spec.kinds & set(kinds)):
        found.append((told[0], priors.signal_gain))
    elif spec.needs_kind:
        found.append(("no signal", 1 / priors.missing_gain))
    if spec.name == "bypass" and math.isfinite(seen.bypass_share):
        is_open = seen.bypass_share > 0
        found.append(("damper open" if is_open else "damper shut", priors.signal_gain ** (1 if is_open else -1)))
    return tuple(found)
