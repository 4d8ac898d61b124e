"""EN 14181 test of variability: are the calibrated values as certain as the law asks? Shared by QAL2 and the AST."""

from __future__ import annotations

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike
from scipy.special import chdtri

from cems.errors import RuleError
from reconcile.comparison.samples import pairs, positive
from reconcile.quality.control_charts import above


@dataclass(frozen=True, slots=True)
class Requirement:
    """What the law asks of a measured value; there is no emission limit for CO2, so both are configuration."""

    reference: float
    """Reference concentration E, unit of the values: annual mean, or upper end of the normal range."""
    uncertainty_pct: float
    """Permitted expanded uncertainty P (95 %) [% of E], such as the uncertainty of the tier."""

    def __post_init__(self) -> None:
        positive("the reference concentration E", self.reference)
        positive("the permitted uncertainty P", self.uncertainty_pct)

    @property
    def permitted(self) -> float:
        """Permitted expanded uncertainty, P·E, unit of E.

        >>> Requirement(200.0, 10.0).permitted
        20.0
        """
        return self.uncertainty_pct * self.reference / 100

    def sigma0(self, coverage: float) -> float:
        """Permitted standard deviation, σ0 = P·E/1.96, unit of E. *Source*: EN 14181 QAL2 [M].

        >>> round(Requirement(196.0, 10.0).sigma0(1.96), 12)
        10.0
        """
        return self.permitted / positive("the coverage factor", coverage)


@dataclass(frozen=True, slots=True)
class Differences:
    """Reference minus calibrated values, both at standard conditions."""

    mean: float
    """D̄, unit of the values."""
    sd: float
    """s_D, n − 1 degrees of freedom, unit of the values."""
    n: int
    """Pairs."""


def differences(reference: ArrayLike, calibrated: ArrayLike, least: int = 3) -> Differences:
    """Mean and standard deviation of D_i = y_s,i − ŷ_s,i, shape (n,) each, n ≥ ``least``.

    Raises :class:`RuleError` for too few or unequal numbers of values and for one that is not finite.
    *Source*: EN 14181 QAL2 [M].

    >>> d = differences([10.0, 12.0, 14.0], [9.0, 12.0, 15.0])
    >>> d.mean, d.sd
    (0.0, 1.0)
    """
    y, fitted = pairs(reference, calibrated, max(least, 2), "reference and calibrated values")
    d = y - fitted
    mean = math.fsum(d) / d.size
    return Differences(mean, math.sqrt(math.fsum((d - mean) ** 2) / (d.size - 1)), int(d.size))


def k_v(n: int, quantile: float = 0.5) -> float:
    """Factor of the test of variability for ``n`` pairs, sqrt(χ²_quantile(n−1)/(n−1)).

    Raises :class:`RuleError` below three pairs (where the printed table begins) and for a quantile outside 0 … 1.
    *Source*: EN 14181 QAL2 [M]; the table N = 3 … 30 of international facts A.10 is met to its last digit.

    >>> round(k_v(15), 4)
    0.9761
    """
    if n < 3 or not 0 < quantile < 1:
        raise RuleError(f"k_v is defined from 3 pairs on and for a quantile between 0 and 1 (found {n}, {quantile!r})")
    return math.sqrt(float(chdtri(n - 1, 1 - quantile)) / (n - 1))


def variability_met(sd: float, limit: float) -> bool:
    """Whether s_D does not exceed its limit; equality passes, and what rounding of doubles adds does not fail it.

    >>> variability_met(0.1 + 0.2, 0.3), variability_met(0.301, 0.3)
    (True, False)
    """
    return not above(sd, limit)
