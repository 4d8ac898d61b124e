"""Routes to one mass held against each other: reconciled, tested, joined to a weighted mean with its Birge ratio."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from cems.errors import RuleError
from reconcile.routes.balance import Reconciled, reconcile
from reconcile.routes.route import Route, covariance, shared


@dataclass(frozen=True, slots=True)
class Joined:
    """The mass that all routes together give."""

    mass_t: float
    """Weighted geometric mean [t]."""
    u_t: float
    """Its standard uncertainty by the stated ones [t]."""
    birge: float
    """sqrt(χ²/(n − 1)); well above 1 the stated uncertainties are too small or a route is wrong."""
    n: int
    """Independent routes: one more than the contradictions that there are."""

    @property
    def u_enlarged_t(self) -> float:
        """The uncertainty enlarged by the Birge ratio where that is above 1 [t]."""
        return self.u_t * max(self.birge, 1.0)


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the routes that are there say of each other."""

    routes: tuple[Route, ...]
    """The routes."""
    tests: Reconciled
    """Logarithms of the masses, reconciled, and tests; all reconciled values are one."""
    joined: Joined
    """Their mean."""

    @property
    def which(self) -> str | None:
        """The route that disagrees with the rest; None where all agree or it cannot be told which.

        Routes that share a quantity contradict each other in quantities, not one by one: which of them is struck is
        then asked of :func:`quantities.quantities`, and never answered here.
        """
        alone = all(not shared(a, b) for a, b in combinations(self.routes, 2))
        return self.tests.which if alone else None

    @property
    def verdict(self) -> str:
        """``agree``, ``disagree`` (two routes, or several that cannot be told apart), or ``<route> disagrees``."""
        if not self.tests.disagree:
            return "agree"
        return "disagree" if self.which is None else f"{self.which} disagrees"


def agreement(routes: Sequence[Route], alpha: float = 0.05) -> Agreement:
    """Reconciliation of two or more routes to one mass, with what they share carried as covariance.

    It is done in logarithms, where routes that are products of the same quantities contradict each other in these
    quantities and nothing else; the joined mass is the weighted geometric mean. Two routes: a disagreement, not which.
    Raises :class:`RuleError` for fewer than two, names that repeat, routes of different periods, a mass that is not
    positive, and as :func:`balance.reconcile`. *Source*: international facts D.7.

    >>> from reconcile.routes.route import route
    >>> rows = [route(n, "p", m, {n: 0.01}) for n, m in (("A", 100.0), ("B", 100.0), ("C", 112.0))]
    >>> found = agreement(rows)
    >>> found.verdict, round(found.joined.mass_t, 4), round(found.joined.birge, 4), agreement(rows[1:]).verdict
    ('C disagrees', 103.8499, 6.543, 'disagree')
    """
    rows = tuple(routes)
    names = [r.name for r in rows]
    if len(rows) < 2 or len(set(names)) < len(names):
        raise RuleError(f"two or more routes with names of their own are needed (found {', '.join(names) or 'none'})")
    mass = np.array([r.mass_t for r in rows])
    if not (mass > 0).all():
        raise RuleError(f"routes are joined by their logarithms: every mass must be positive (found {mass.tolist()})")
    v = covariance(rows) / np.outer(mass, mass)
    n = len(rows)
    differences = np.hstack([np.ones((n - 1, 1)), -np.eye(n - 1)])
    tests = reconcile(names, np.log(mass), v, differences, alpha)
    birge = math.sqrt(tests.gamma / tests.freedom)
    joined = math.exp(float(tests.value[0]))
    u = joined * math.sqrt(max(float(tests.cov[0, 0]), 0.0))
    return Agreement(rows, tests, Joined(joined, u, birge, tests.freedom + 1))
