"""Uncertainty of the annual average hourly emission, the figure by which the tier of a measurement is told."""

from __future__ import annotations

import math

from cems.errors import RuleError
from reconcile.quality.budget import Budget


def relative_expanded_of_average_hourly_emission(budget: Budget, total_t: float, k: float = 2.0) -> float:
    """Relative expanded uncertainty of the annual average hourly emission, 100·k·u(M)/M [%].

    The average is the total divided by the hours of operation; hours are counted, so that the relative uncertainty is
    that of the total. Random hourly parts have fallen with √n by then, scale and offset parts have not. A deliberate
    bias of substituted hours (:attr:`Budget.bias_t`) is no part of it. Raises :class:`RuleError` for a total that is
    not above 0 and for a factor k that is not positive. *Source*: guidance document 7 to the Monitoring and Reporting
    Regulation, 2·sqrt(u_conc² + u_flow² + …) [M]. It feeds :func:`reconcile.quality.tiers.tier_reached`.

    >>> from reconcile.quality.budget import Contribution
    >>> rows = (Contribution("gas", "scale", 0.03, 30.0), Contribution("flow", "scale", 0.04, 40.0))
    >>> relative_expanded_of_average_hourly_emission(Budget(rows), 1000.0)
    10.0
    """
    if not (math.isfinite(total_t) and total_t > 0):
        raise RuleError(f"an average hourly emission needs a total above 0 (found {total_t!r} t)")
    if not (math.isfinite(k) and k > 0):
        raise RuleError(f"a coverage factor is above 0 (found {k!r})")
    return 100 * k * budget.standard_t / total_t
