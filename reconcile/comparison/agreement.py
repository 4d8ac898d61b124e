"""Do two sets of paired values agree? Equivalence within a margin, differences from zero, limits of agreement.

Not significantly different is no proof of agreement (too few pairs never differ), and significantly different may
still agree within what matters: :func:`tost` answers the question that is asked. d_i = A_i − B_i, shape (n,), finite.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit
from scipy.stats import wilcoxon as scipy_wilcoxon

from cems.errors import RuleError
from reconcile.comparison.samples import Array, positive, sample
from reconcile.comparison.scores import scores

_FEWEST_SIGNED = 6
"""With fewer differences no signed-rank test can reach 5 %, whatever they are."""


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Two one-sided tests of a mean difference against ± margin."""

    mean: float
    """Mean difference."""
    sd: float
    """Standard deviation of the differences."""
    n: int
    """Pairs."""
    t_low: float
    """(d̄ + θ)/(s/√n)."""
    t_high: float
    """(d̄ − θ)/(s/√n)."""
    p: float
    """Larger of the two one-sided p-values."""
    interval: tuple[float, float]
    """Interval of the mean at 1 − 2α; equivalent when it lies inside ± θ."""
    equivalent: bool
    """The mean difference lies within the margin, shown at level α."""


def tost(differences: ArrayLike, margin: float, alpha: float = 0.05) -> Equivalence:
    """Equivalence of two methods: whether the mean difference lies within ± ``margin`` (same unit).

    Equivalent if t_L > t_{1−α, n−1} and t_U < −t_{1−α, n−1}. Raises :class:`RuleError` for fewer than two or not
    finite differences, a margin that is not positive and α outside 0 … 0.5.
    *Source*: Schuirmann 1987; international facts D.4.

    >>> test = tost([0.9, 1.1, 1.0, 1.2, 0.8], 2.0)
    >>> test.equivalent, round(test.mean, 9), round(test.t_high, 4)
    (True, 1.0, -14.1421)
    """
    d = sample(differences, 2, "differences")
    positive("the margin", margin)
    _level(alpha)
    mean, error = _mean(d)
    df = d.size - 1
    critical = float(stdtrit(df, 1 - alpha))
    t_low, t_high = _ratio(mean + margin, error), _ratio(mean - margin, error)
    return Equivalence(
        mean=mean,
        sd=error * math.sqrt(d.size),
        n=int(d.size),
        t_low=t_low,
        t_high=t_high,
        p=max(_upper_tail(df, t_low), _upper_tail(df, -t_high)),
        interval=(mean - critical * error, mean + critical * error),
        equivalent=t_low > critical and t_high < -critical,
    )


@dataclass(frozen=True, slots=True)
class PairedTest:
    """A test of paired differences against zero."""

    statistic: float
    """Student's t, or the signed-rank sum of Wilcoxon."""
    p: float
    """Two-sided p-value."""
    n: int
    """Pairs; for Wilcoxon those that differ."""


def paired_t(differences: ArrayLike) -> PairedTest:
    """Paired t test of a mean difference of 0, two-sided, n − 1 degrees of freedom.

    Differences that are all the same give t = ±∞ and p = 0, or t = 0 and p = 1 when that is 0. Raises
    :class:`RuleError` for fewer than two or not finite differences.

    >>> test = paired_t([1.0, 2.0, 3.0])
    >>> round(test.statistic, 4), round(test.p, 4)
    (3.4641, 0.0742)
    """
    d = sample(differences, 2, "differences")
    mean, error = _mean(d)
    t = _ratio(mean, error)
    return PairedTest(t, min(1.0, 2 * _upper_tail(d.size - 1, abs(t))), int(d.size))


def wilcoxon(differences: ArrayLike) -> PairedTest:
    """Wilcoxon's signed-rank test of differences around 0, two-sided, for skewed differences; zeros are left out.

    Exact for small samples without ties, normal with tie correction otherwise (scipy). Raises :class:`RuleError` for
    fewer than six differences (below which nothing can be significant at 5 %) and for values not finite. Without any
    difference that is not 0, p is 1.

    >>> test = wilcoxon([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    >>> test.statistic, test.p
    (0.0, 0.03125)
    """
    d = sample(differences, _FEWEST_SIGNED, "differences")
    d = d[d != 0]
    if d.size == 0:
        return PairedTest(0.0, 1.0, 0)
    with warnings.catch_warnings():
        # scipy warns where its normal approximation is poor (few values, ties); n stands beside p for that.
        warnings.simplefilter("ignore")
        result = scipy_wilcoxon(d)
    return PairedTest(float(result.statistic), float(result.pvalue), int(d.size))


@dataclass(frozen=True, slots=True)
class LimitsOfAgreement:
    """Bland-Altman: where 95 % of the single differences lie, each figure with its 95 % interval."""

    bias: float
    """Mean difference."""
    sd: float
    """Standard deviation of the differences."""
    lower: float
    """d̄ − 1.96·s."""
    upper: float
    """d̄ + 1.96·s."""
    bias_interval: tuple[float, float]
    """Interval of the bias."""
    lower_interval: tuple[float, float]
    """Interval of the lower limit."""
    upper_interval: tuple[float, float]
    """Interval of the upper limit."""
    n: int
    """Pairs."""


def bland_altman(differences: ArrayLike, z: float = 1.96, level: float = 0.95) -> LimitsOfAgreement:
    """Limits of agreement d̄ ± 1.96·s, with intervals from Student's t, n − 1 degrees of freedom.

    The standard error of the bias is s/√n, that of a limit s·sqrt(1/n + z²/(2(n−1))). Raises :class:`RuleError` for
    fewer than three or not finite differences. *Source*: Bland and Altman, Lancet 1986 and Stat. Meth. Med. Res. 1999.

    >>> found = bland_altman([-1.0, 0.0, 1.0])
    >>> found.bias, found.upper
    (0.0, 1.96)
    """
    d = sample(differences, 3, "differences")
    positive("z", z)
    _level((1 - level) / 2)
    n = int(d.size)
    bias, error = _mean(d)
    sd = error * math.sqrt(n)
    t = float(stdtrit(n - 1, (1 + level) / 2))
    of_limit = t * sd * math.sqrt(1 / n + z * z / (2 * (n - 1)))

    def around(middle: float, half: float) -> tuple[float, float]:
        return middle - half, middle + half

    lower, upper = around(bias, z * sd)
    return LimitsOfAgreement(
        bias=bias,
        sd=sd,
        lower=lower,
        upper=upper,
        bias_interval=around(bias, t * error),
        lower_interval=around(lower, of_limit),
        upper_interval=around(upper, of_limit),
        n=n,
    )


def e_n(a: float, b: float, expanded_a: float, expanded_b: float, correlation: float = 0.0) -> float:
    """E_n = (A − B)/sqrt(U_A² + U_B² − 2ρ·U_A·U_B) of two results with expanded uncertainties; |E_n| ≤ 1 agrees.

    Raises :class:`RuleError` as :func:`scores`. *Source*: ISO 13528; NIST Dataplot (international facts D.1).

    >>> e_n(105.0, 100.0, 3.0, 4.0)
    1.0
    """
    return scores(a, b, expanded_a, expanded_b, correlation, k=1.0).e_n


def _mean(d: Array) -> tuple[float, float]:
    """Mean and its standard error; a spread of rounding alone is none."""
    mean = math.fsum(d) / d.size
    sd = math.sqrt(math.fsum((d - mean) ** 2) / (d.size - 1))
    if sd <= 1e-15 * float(abs(d).max()):
        sd = 0.0
    return mean, sd / math.sqrt(d.size)


def _ratio(value: float, error: float) -> float:
    if error:
        return value / error
    return math.copysign(math.inf, value) if value else 0.0


def _upper_tail(df: int, t: float) -> float:
    return float(stdtr(df, -t))


def _level(alpha: float) -> None:
    if not 0 < alpha < 0.5:
        raise RuleError(f"a level lies between 0 and 0.5 (found {alpha!r})")
