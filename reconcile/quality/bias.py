"""The bias test of 40 CFR Part 75 and the bias adjustment factor (BAF), for one load and for flow at several loads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.quality.exact import exact, positive, ratio
from reconcile.quality.monitor import PPM_GASES, Monitor
from reconcile.quality.outcome import Outcome, Verdict
from reconcile.quality.rata import RataFigures
from reconcile.rulebooks.rounding import round_half_away

Array: TypeAlias = NDArray[np.float64]
NO_ADJUSTMENT = 1.0
"""The factor of a monitor that is not biased low, or to which the test does not apply."""


@dataclass(frozen=True, slots=True)
class BiasRule:
    """Figures of the bias test."""

    places: int
    """Decimals of the factor."""
    low_emitter_factor: float
    """Factor that a low emitter may use instead of the one found."""
    flow_places: int
    """Decimals of bias-adjusted flow (-3: to 1000 scfh)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BiasTest(Verdict):
    """A bias test; ``limit`` is |CC|, in the unit of the runs."""

    mean_difference: float
    """Mean of reference - monitor, unit of the runs; above |CC| the monitor reads low."""
    factor: float
    """Bias adjustment factor from the hour after the RATA, rounded; 1.000 for a passed test."""
    factor_unrounded: float
    """The same unrounded."""


def bias_rule_of(parameters: Parameters) -> BiasRule:
    """The figures of the bias test (qa_p75_baf_..., qa_p75_bias_flow_places) [V]."""
    return BiasRule(
        round(parameters.value("qa_p75_baf_places")),
        parameters.value("qa_p75_baf_low_emitter"),
        round(parameters.value("qa_p75_bias_flow_places")),
    )


def bias_test(monitor: Monitor, figures: RataFigures, rule: BiasRule, *, low_emitter: bool = False) -> BiasTest:
    """The one-sided bias test of a passed RATA, and the factor; fails only when mean d > |CC|: the monitor reads low.

    BAF = 1 + |mean d|/mean(CEM), to 0.001. The test applies to SO2, NOx and flow; CO2, O2 and moisture always get
    1.000. A ``low_emitter`` of SO2 or NOx that fails may use 1.111, taken where it is smaller than the factor found.
    Raises :class:`RuleError` for a failed test whose monitor mean is not above 0.
    *Source*: 40 CFR Part 75 App. A 7.6, Eq. A-11, A-12 [V]; decimals: US EPA check engine [V].

    >>> found = RataFigures(9, 100.0, 95.0, 5.0, 1.3, 1.0, 6.0, 6.0)
    >>> bias_test(Monitor.FLOW, found, BiasRule(3, 1.111, -3)).factor
    1.053
    """
    difference, width = exact(figures.mean_difference), abs(exact(figures.confidence))
    applies = monitor is Monitor.FLOW or monitor in PPM_GASES
    failed = applies and difference > width
    found = NO_ADJUSTMENT
    if failed:
        found = float(1 + ratio(abs(difference), positive(figures.mean_monitor, "mean of the monitor")))
        if low_emitter and monitor in PPM_GASES:
            found = min(found, rule.low_emitter_factor)
    factor = round_half_away(found, rule.places)
    text = f"mean difference {float(difference):.4g} against a confidence of {float(width):.4g}: "
    text += f"biased low, factor {factor:.{rule.places}f}" if failed else "not biased low"
    return BiasTest(
        limit=float(width),
        passed=not failed,
        outcome=Outcome.FAILED if failed else Outcome.PASSED,
        reason=text if applies else f"the bias test does not apply to {monitor.value}",
        mean_difference=float(difference),
        factor=factor,
        factor_unrounded=found,
    )


def flow_factor(tests: Mapping[str, BiasTest], normal: Sequence[str], second: str | None) -> float:
    """Bias adjustment factor of a flow monitor from its bias tests by load level.

    Two ``normal`` levels: the higher of their factors. One: 1.000 if it passed; if it failed, the higher of its factor
    and that of the ``second`` most used level. Raises :class:`RuleError` unless there are one or two normal levels, and
    for a level that is needed and was not tested. *Source*: 40 CFR Part 75 App. A 7.6.5 [V].
    """
    if not 1 <= len(set(normal)) == len(normal) <= 2:
        raise RuleError(f"a flow monitor has one or two normal load levels (found {list(normal)})")
    needed = list(normal)
    if len(normal) == 1 and normal[0] in tests and not tests[normal[0]].passed:
        if second is None or second == normal[0]:
            raise RuleError("the bias test failed at the one normal load: the second most used load is needed too")
        needed.append(second)
    if missing := [level for level in needed if level not in tests]:
        raise RuleError(f"there is no bias test at the load level {', '.join(missing)}")
    return max(tests[level].factor for level in needed)


def adjusted_flow(flow_scfh: ArrayLike, factor: float, rule: BiasRule) -> Array:
    """Bias-adjusted flow, raw flow x BAF, to 1000 scfh; shape as given, NaN stays NaN, a negative flow becomes NaN.

    Raises :class:`RuleError` for a factor that is not above 0. *Source*: 40 CFR Part 75 App. A 7.6.5, Eq. A-12;
    rounding: US EPA check engine [V].

    >>> adjusted_flow([10_000_000.0], 1.053, BiasRule(3, 1.111, -3)).tolist()
    [10530000.0]
    """
    positive(factor, "factor")
    raw = np.atleast_1d(np.asarray(flow_scfh, dtype=np.float64))
    adjusted = round_half_away(np.where(raw >= 0, raw * factor, np.nan), rule.flow_places)
    return adjusted.reshape(np.shape(flow_scfh))
