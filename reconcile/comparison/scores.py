"""Scores of two totals of the same quantity: differences, zeta and E_n."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cems.errors import RuleError

_NOTHING = 1e-12
"""What two uncertainties leave of each other by the rounding of doubles alone, relative."""


@dataclass(frozen=True, slots=True)
class Scores:
    """How far A (monitoring) lies from B (accounting)."""

    difference: float
    """A − B, in the unit of the totals."""
    difference_pct: float
    """100 (A − B)/B; NaN where B is 0."""
    symmetric_pct: float
    """100 (A − B)/((A + B)/2); NaN where A + B is 0."""
    ratio: float
    """A/B; NaN where B is 0."""
    u: float
    """Standard uncertainty of the difference."""
    expanded: float
    """Expanded uncertainty of the difference, k·u."""
    zeta: float
    """(A − B)/u; up to 2 in size is fine, above 3 calls for action."""
    e_n: float
    """(A − B)/(k·u); up to 1 in size the two agree."""


def scores(a: float, b: float, u_a: float, u_b: float, correlation: float = 0.0, k: float = 2.0) -> Scores:
    """Differences and scores of two totals with standard uncertainties ``u_a`` and ``u_b``.

    u² = u_A² + u_B² − 2ρ·u_A·u_B: common errors (ρ > 0) cancel in the difference and make the scores larger. Raises
    :class:`RuleError` for a total that is not finite, a negative or not finite uncertainty, a correlation outside
    −1 … 1, a factor k that is not positive and finite, and where no uncertainty is left to hold the difference against.
    *Source*: ISO 13528 (zeta, E_n); JCGM 100:2008 eq. 13 (correlation).

    >>> s = scores(105.0, 100.0, 3.0, 4.0)
    >>> s.difference, s.difference_pct, s.zeta, s.e_n
    (5.0, 5.0, 1.0, 0.5)
    """
    if not all(math.isfinite(x) for x in (a, b, u_a, u_b, k)) or u_a < 0 or u_b < 0 or k <= 0:
        raise RuleError(f"totals {a!r} ± {u_a!r} and {b!r} ± {u_b!r} (k={k!r}) cannot be compared")
    if not -1 <= correlation <= 1:
        raise RuleError(f"a correlation lies between -1 and 1 (found {correlation!r})")
    difference = a - b
    # The same as u_a² + u_b² − 2ρ·u_a·u_b, without taking two nearly equal numbers from each other at ρ near 1.
    u = math.hypot(u_a - u_b, math.sqrt(2 * (1 - correlation) * u_a * u_b))
    if not (math.isfinite(u) and math.isfinite(difference)):
        raise RuleError(f"totals {a!r} ± {u_a!r} and {b!r} ± {u_b!r} are beyond what can be reckoned with")
    if u <= _NOTHING * max(u_a, u_b):
        u = 0.0
    if u == 0.0 and difference != 0.0:
        raise RuleError("no uncertainty is left to hold the difference against: state the uncertainty of both totals")
    zeta = difference / u if u else 0.0
    middle = (a + b) / 2
    return Scores(
        difference=difference,
        difference_pct=100 * difference / b if b else math.nan,
        symmetric_pct=100 * difference / middle if middle else math.nan,
        ratio=a / b if b else math.nan,
        u=u,
        expanded=k * u,
        zeta=zeta,
        e_n=zeta / k,
    )
