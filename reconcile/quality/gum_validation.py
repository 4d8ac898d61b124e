"""Whether the interval by the law of propagation holds against the propagation of distributions (JCGM 101 clause 8)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cems.errors import RuleError
from reconcile.quality.coverage_interval import tolerance
from reconcile.quality.freedom import coverage_factor
from reconcile.quality.monte_carlo import MonteCarlo


@dataclass(frozen=True, slots=True)
class Validation:
    """A GUM interval held against a Monte Carlo interval of the same probability."""

    low: float
    """Lower end by the law of propagation."""
    high: float
    """Upper end by the law of propagation."""
    d_low: float
    """Distance of the lower ends, not negative."""
    d_high: float
    """Distance of the upper ends, not negative."""
    delta: float
    """Tolerance: half a unit of the last digit kept in u."""
    valid: bool
    """Both distances are within the tolerance."""


def validate_gum(y: float, u: float, found: MonteCarlo, digits: int, dof: float = math.inf) -> Validation:
    """Hold y ± k·u against a Monte Carlo run: valid where both ends differ by no more than δ.

    ``y`` and ``u`` are estimate and standard uncertainty by the law of propagation, ``dof`` their effective degrees of
    freedom; k is the factor of the run's own probability. ``digits`` (1 or 2) of u are held to be meaningful and give
    δ. Raises :class:`RuleError` for figures not finite, a negative u, a shortest interval (the GUM interval is
    symmetric), a run that did not settle and one whose own tolerance is above δ: such a run cannot judge. A run to be
    relied on settles within δ/5. *Source*: JCGM 101:2008 8.1 and 8.2 [M].
    """
    if not math.isfinite(y):
        raise RuleError(f"an estimate is a finite number (found {y!r})")
    delta = tolerance(u, digits)
    if found.settings.interval != "symmetric":
        raise RuleError("a GUM interval is held against a symmetric Monte Carlo interval, not the shortest")
    if not found.settled or found.delta > delta:
        raise RuleError(f"the Monte Carlo run is not settled within {delta:g}: allow more trials or more digits")
    expanded = coverage_factor(found.settings.probability, dof) * u
    low, high = y - expanded, y + expanded
    d_low, d_high = abs(low - found.low), abs(high - found.high)
    return Validation(low, high, d_low, d_high, delta, d_low <= delta and d_high <= delta)
