"""What the errors of the monitoring side and of the accounting side have in common."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.quality.budget import Budget, quadrature, shared_effects


@dataclass(frozen=True, slots=True)
class Sides:
    """Two budgets held against each other."""

    u_random_t: float
    """Random part of the uncertainty of the difference [t]."""
    u_systematic_t: float
    """Systematic part of it, common errors taken out [t]."""
    covariance_t2: float
    """Covariance of the two totals [t²]."""
    correlation: float
    """Correlation of the two totals, 0 where one of them has no uncertainty."""


def assumed_correlation(parameters: Parameters) -> float:
    """The stated correlation of the systematic errors that share no named cause (u_correlation_sides)."""
    return parameters.value("u_correlation_sides")


def sides(monitoring: Budget, accounting: Budget, assumed: float) -> Sides:
    """Uncertainty of the difference of two totals and their correlation, u² = u_A² + u_B² − 2ρ·u_A·u_B.

    Systematic errors of one group on both sides are common to both: their covariance is Σ over the groups of the
    product of the two shared effects. What shares no group on both sides has the ``assumed`` correlation, a stated
    choice that may be 0. Random errors of the two sides are independent. Raises :class:`RuleError` for an ``assumed``
    correlation outside −1 … 1. *Source*: JCGM 100:2008 eq. 13; ISO 13528 (scores).

    >>> from reconcile.quality.budget import Contribution
    >>> one = Budget((Contribution("gas", "scale", 0.03, 3.0, group="gas"),))
    >>> other = Budget((Contribution("gas", "scale", 0.04, 4.0, group="gas"),))
    >>> sides(one, other, 0.0).correlation, sides(one, other, 0.0).u_systematic_t
    (1.0, 1.0)
    """
    if not -1 <= assumed <= 1:
        raise RuleError(f"a correlation lies between -1 and 1 (found {assumed!r})")
    a, b = (shared_effects(budget.of("scale", "offset")) for budget in (monitoring, accounting))
    common = [group for group in a if group in b]
    rest_a = _rest(monitoring.systematic_t, [a[group] for group in common])
    rest_b = _rest(accounting.systematic_t, [b[group] for group in common])
    covariance = math.fsum([*(a[group] * b[group] for group in common), assumed * rest_a * rest_b])
    squares = (monitoring.systematic_t**2, accounting.systematic_t**2, -2 * covariance)
    u_a, u_b = monitoring.standard_t, accounting.standard_t
    correlation = min(max(covariance / (u_a * u_b), -1.0), 1.0) if u_a and u_b else 0.0
    return Sides(
        quadrature((monitoring.random_t, accounting.random_t)),
        math.sqrt(max(math.fsum(squares), 0.0)),
        covariance,
        correlation,
    )


def _rest(systematic_t: float, shared: list[float]) -> float:
    """What a side has of systematic uncertainty beside its shared causes [t]."""
    return math.sqrt(max(systematic_t**2 - math.fsum(s * s for s in shared), 0.0))
