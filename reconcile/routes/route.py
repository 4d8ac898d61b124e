"""A route to the CO2 mass of a period as a value: its mass, and its uncertainty by the quantities it stands on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cems.errors import RuleError
from reconcile.comparison.scores import Scores, scores
from reconcile.pointhours import Array


@dataclass(frozen=True, slots=True)
class Route:
    """One way to the CO2 mass of a period."""

    name: str
    """Such as ``flow x CO2``."""
    period: str
    """What it is the mass of: point or unit, and period; routes of different ones are not compared."""
    mass_t: float
    """CO2 [t]."""
    parts: Mapping[str, float]
    """Every quantity it stands on: change of the mass [t] when that quantity is one standard uncertainty too high;
    signed, 0 for a quantity whose uncertainty is neglected. A constant that all routes share does not belong here."""

    def __post_init__(self) -> None:
        if not math.isfinite(self.mass_t) or not self.parts or not all(map(math.isfinite, self.parts.values())):
            raise RuleError(f"route {self.name!r} needs a mass and at least one quantity with a finite uncertainty")

    @property
    def quantities(self) -> frozenset[str]:
        """What it stands on."""
        return frozenset(self.parts)

    @property
    def u_t(self) -> float:
        """Standard uncertainty of the mass [t]; the quantities are independent of each other."""
        return math.hypot(*self.parts.values())


def route(name: str, period: str, mass_t: float, relative: Mapping[str, float]) -> Route:
    """A route whose mass goes with powers of its quantities: ``relative`` are signed relative uncertainties.

    >>> round(route("flow x CO2", "stack-1 2026-03", 100.0, {"flow": 0.03, "co2": 0.04}).u_t, 9)
    5.0
    """
    return Route(name, period, mass_t, {quantity: mass_t * u for quantity, u in relative.items()})


def shared(one: Route, other: Route) -> frozenset[str]:
    """Quantities on which both stand."""
    return one.quantities & other.quantities


def covariance(routes: Sequence[Route]) -> Array:
    """Covariance of masses [t²] by what they share, Σ_q part_i(q)·part_j(q); shape (n, n).

    *Source*: JCGM 100:2008 eq. 13 with independent quantities; international facts D.2.

    >>> a, b = route("a", "p", 100.0, {"flow": 0.03, "co2": 0.04}), route("b", "p", 100.0, {"flow": 0.03, "o2": 0.04})
    >>> covariance([a, b]).round(9).tolist()
    [[25.0, 9.0], [9.0, 25.0]]
    """
    _same_period(routes)
    names = sorted(set().union(*(r.quantities for r in routes)))
    table = np.array([[r.parts.get(name, 0.0) for name in names] for r in routes], dtype=np.float64)
    joint: Array = table @ table.T
    return joint


def compare(one: Route, other: Route, *, correlated: bool = False, k: float = 2.0) -> Scores:
    """Scores of two routes to the same mass.

    Routes that share a quantity are refused with its name: an error of it would stand on both sides and hide. With
    ``correlated`` they are compared all the same, and the correlation of what they share is carried: it cancels in the
    difference. Raises :class:`RuleError` for routes of different periods, shared quantities, and as
    :func:`reconcile.comparison.scores.scores`. *Source*: international facts C.4 (never a quantity on both sides), D.1.

    >>> a, b = route("a", "p", 105.0, {"flow": 3 / 105}), route("b", "p", 100.0, {"fuel": 0.04})
    >>> round(compare(a, b).zeta, 9)
    1.0
    """
    _same_period((one, other))
    both = sorted(shared(one, other))
    if both and not correlated:
        raise RuleError(
            f"{one.name} and {other.name} both stand on {', '.join(both)}: compare routes that share nothing, or carry "
            "the correlation"
        )
    table = covariance((one, other))
    spread = one.u_t * other.u_t
    correlation = min(max(float(table[0, 1]) / spread, -1.0), 1.0) if spread else 0.0
    return scores(one.mass_t, other.mass_t, one.u_t, other.u_t, correlation, k)


def independent(routes: Sequence[Route]) -> tuple[tuple[Route, Route], ...]:
    """All pairs that share no quantity, in the order of the routes."""
    return tuple(
        (one, other) for place, one in enumerate(routes) for other in routes[place + 1 :] if not shared(one, other)
    )


def _same_period(routes: Sequence[Route]) -> None:
    periods = sorted({r.period for r in routes})
    if len(periods) != 1:
        raise RuleError(f"routes to one mass are needed (found {', '.join(periods) or 'none'})")
