"""How the days of a boundary agree: equivalence within a margin, limits of agreement, York's line, drift of the ratio.

Days resemble their neighbours, so that a test of single days is too sure. Equivalence is tested on means of blocks
that are longer than the memory of the differences; the limits of agreement are of single days.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cems.errors import RuleError
from reconcile.comparison.agreement import Equivalence, LimitsOfAgreement, bland_altman, tost
from reconcile.comparison.samples import positive
from reconcile.comparison.york import YorkLine, york
from reconcile.parameters import Parameters
from reconcile.pointhours import Array, Ints

_FEWEST_BLOCKS = 3


@dataclass(frozen=True, slots=True)
class Agreement:
    """Daily statistics of a boundary over a period; None where there are too few days."""

    days: int
    """Days that entered."""
    phi: float
    """Correlation of neighbouring daily differences; NaN under five days."""
    block_days: int
    """Days of a block of the test of equivalence."""
    equivalence: Equivalence | None
    """Two one-sided tests of block means of the daily difference [%] against the margin."""
    limits: LimitsOfAgreement | None
    """Bland-Altman limits of the daily difference [%]."""
    line: YorkLine | None
    """Monitoring on accounting, tonnes a day, errors in both."""


@dataclass(frozen=True, slots=True)
class DailyU:
    """Relative random standard uncertainties of one day."""

    monitoring: float
    accounting: float


def daily_agreement(
    day: Ints, monitoring_t: Array, accounting_t: Array, u: DailyU, parameters: Parameters
) -> Agreement | None:
    """Statistics of the days of a period on which both sides have CO2; None for fewer than pilot_days_min of them.

    ``day`` (days since 1970), ``monitoring_t`` and ``accounting_t`` [t], known offsets removed, have shape (n_days,).
    Differences are 100·(monitoring − accounting)/accounting [%]. *Source*: international facts C.5, D.4.
    """
    use = np.isfinite(monitoring_t) & np.isfinite(accounting_t) & (monitoring_t > 0) & (accounting_t > 0)
    x, y, when = accounting_t[use], monitoring_t[use], day[use]
    if x.size < max(parameters.value("pilot_days_min"), 3):
        return None
    difference = 100.0 * (y - x) / x
    phi = neighbour_correlation(when, difference)
    times = parameters.value("pilot_block_correlation_times")
    block = block_days(phi, times)
    means = block_means(when, difference, block)
    margin, alpha = parameters.value("pilot_tost_margin"), parameters.value("pilot_tost_alpha")
    return Agreement(
        days=int(x.size),
        phi=phi,
        block_days=block,
        equivalence=tost(means, margin, alpha) if means.size >= _FEWEST_BLOCKS else None,
        limits=bland_altman(difference),
        line=_line(x, y, u),
    )


def neighbour_correlation(day: Ints, values: Array) -> float:
    """Correlation of values of neighbouring days about their mean, by pairs that are one day apart; NaN under five.

    >>> neighbour_correlation(np.arange(6), np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0]))
    -1.0
    """
    pairs = np.flatnonzero(np.diff(day) == 1)
    if pairs.size < 4:
        return math.nan
    d = values - math.fsum(values) / values.size
    over = math.fsum(d[pairs] * d[pairs + 1])
    under = math.sqrt(math.fsum(d[pairs] ** 2) * math.fsum(d[pairs + 1] ** 2))
    return over / under if under else 0.0


def block_days(phi: float, times: float) -> int:
    """Days of a block: so many correlation times (1+φ)/(1−φ), at least one; a NaN or negative φ is taken as 0.

    Raises :class:`RuleError` for a number of correlation times that is not positive.

    >>> block_days(0.5, 2.0), block_days(-0.3, 2.0), block_days(float("nan"), 2.0)
    (6, 2, 2)
    """
    positive("the number of correlation times of a block", times)
    known = min(max(phi, 0.0), 0.99) if math.isfinite(phi) else 0.0
    return max(1, math.ceil(round(times * (1 + known) / (1 - known), 9)))


def block_means(day: Ints, values: Array, length: int) -> Array:
    """Means of blocks of ``length`` days counted from the first day; a block under half full is left out.

    Raises :class:`RuleError` without a day and for a length under one day.
    """
    if not day.size or length < 1:
        raise RuleError(f"blocks need a day and a length of one day or more (found {day.size} days, {length!r})")
    block = (day - int(day[0])) // length
    means = []
    for number in np.unique(block).tolist():
        inside = values[block == number]
        if 2 * inside.size >= length:
            means.append(math.fsum(inside) / inside.size)
    return np.array(means, dtype=np.float64)


def _line(x: Array, y: Array, u: DailyU) -> YorkLine | None:
    """York's line, where the days spread widely enough to have a slope."""
    try:
        return york(x, y, np.maximum(u.accounting, 1e-9) * x, np.maximum(u.monitoring, 1e-9) * y)
    except RuleError:
        return None
