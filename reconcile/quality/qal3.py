"""EN 14181 QAL3: zero and span readings of the automated system on control charts between two QAL2.

Charted is d = reading − reference value, zero and span apart, in order of time. A reading that is NaN was not taken:
it cannot be judged and moves nothing. The CUSUM runs reading by reading (:func:`cusum_step`) or over a list
(:func:`cusum_chart`) with the same figures. Under control its drift part alarms about every 50 readings: an alarm is
a question, not a proof.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from reconcile.comparison.samples import positive
from reconcile.parameters import Parameters
from reconcile.quality import control_charts as charts
from reconcile.quality.control_charts import above, cusum_sum
from reconcile.quality.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Qal3Rule:
    """Figures of the QAL3 charts, in multiples of s_AMS (or of its square)."""

    h_x: float
    """Drift is found when a drift sum exceeds this (2.85 s_AMS)."""
    k_x: float
    """Taken off each step of a drift sum (0.501 s_AMS)."""
    h_s: float
    """Precision is lost when the precision sum exceeds this (6.90 s_AMS²)."""
    k_s: float
    """Taken off each step of the precision sum (1.85 s_AMS²)."""
    correction: float
    """Share of the estimated drift that is corrected (0.7)."""
    warning: float
    """Shewhart warning limit (2 s_AMS)."""
    action: float
    """Shewhart action limit (3 s_AMS)."""
    weight: float
    """λ of the EWMA chart (0.2)."""
    width: float
    """L of the EWMA chart (3)."""


def rule_of(parameters: Parameters) -> Qal3Rule:
    """The figures of QAL3 from a parameter table (keys en14181_cusum_…, en14181_shewhart_…, en14181_ewma_…)."""
    return Qal3Rule(
        h_x=parameters.value("en14181_cusum_hx"),
        k_x=parameters.value("en14181_cusum_kx"),
        h_s=parameters.value("en14181_cusum_hs"),
        k_s=parameters.value("en14181_cusum_ks"),
        correction=parameters.value("en14181_cusum_correction"),
        warning=parameters.value("en14181_shewhart_warning"),
        action=parameters.value("en14181_shewhart_action"),
        weight=parameters.value("en14181_ewma_lambda"),
        width=parameters.value("en14181_ewma_limit"),
    )


@dataclass(frozen=True, slots=True)
class CusumState:
    """Where a CUSUM chart stands after a reading; a chart begins, and after an adjustment begins again, with this."""

    high: float = 0.0
    """S+, drift sum upward, unit of the readings."""
    low: float = 0.0
    """S−, drift sum downward, counted positive."""
    n_high: int = 0
    """Readings since S+ was last zero."""
    n_low: int = 0
    """Readings since S− was last zero."""
    spread: float = 0.0
    """S_s, precision sum, unit squared."""
    n_spread: int = 0
    """Readings since S_s was last zero."""
    last_d: float = math.nan
    """d of the last reading taken; NaN before the first."""


@dataclass(frozen=True, slots=True)
class CusumReading:
    """One reading on the CUSUM chart."""

    state: CusumState
    """The sums after it."""
    drift: bool
    """A drift sum exceeds h_x."""
    precision_lost: bool
    """The precision sum exceeds h_s."""
    correction: float
    """0.7·(k_x + S/N) with the sign of the drift, to be taken off the readings; NaN without drift."""
    outcome: Outcome
    """Out of control: precision is lost, mend it before drift is looked at. Recalibrate: drift, adjust by the
    correction. Passed. Cannot judge: no reading."""


def deviations(reading: ArrayLike, reference: ArrayLike) -> NDArray[np.float64]:
    """Charted deviation d = reading − reference value (zero or span gas), unit as given; NaN where one is not known.

    >>> deviations([0.5, 101.0], [0.0, 100.0]).tolist()
    [0.5, 1.0]
    """
    return np.asarray(reading, dtype=np.float64) - np.asarray(reference, dtype=np.float64)


def cusum_step(state: CusumState, d: float, s_ams: float, rule: Qal3Rule) -> CusumReading:
    """The next reading of a CUSUM chart: d against drift sums and precision sum.

    S+ = max(0, S+ + d − k_x), S− = max(0, S− − d − k_x), alarm above h_x; s_p = (d − d_before)²/2,
    S_s = max(0, S_s + s_p − k_s), alarm above h_s. The first reading has none before it and adds nothing to S_s.
    Raises :class:`RuleError` for an s_AMS that is not positive and an infinite d.
    *Source*: constants and order ABB EL3000 manual p. 160 [V]; correction EN 14181 [M].

    >>> rule = Qal3Rule(2.85, 0.501, 6.90, 1.85, 0.7, 2.0, 3.0, 0.2, 3.0)
    >>> state = CusumState()
    >>> for d in (2.0, 2.0):
    ...     reading = cusum_step(state, d, 1.0, rule)
    ...     state = reading.state
    >>> round(state.high, 3), state.n_high, round(reading.correction, 4), reading.outcome.value
    (2.998, 2, 1.4, 'recalibrate')
    """
    positive("s_AMS", s_ams)
    if math.isnan(d):
        return CusumReading(state, drift=False, precision_lost=False, correction=math.nan, outcome=Outcome.CANNOT_JUDGE)
    if math.isinf(d):
        raise RuleError("a deviation must be a finite number, or NaN where no reading was taken")
    k_x = rule.k_x * s_ams
    high, low = cusum_sum(state.high, d, k_x), cusum_sum(state.low, -d, k_x)
    step = 0.0 if math.isnan(state.last_d) else (d - state.last_d) ** 2 / 2
    spread = cusum_sum(state.spread, step, rule.k_s * s_ams**2)
    after = CusumState(
        high=high,
        low=low,
        n_high=state.n_high + 1 if high > 0 else 0,
        n_low=state.n_low + 1 if low > 0 else 0,
        spread=spread,
        n_spread=state.n_spread + 1 if spread > 0 else 0,
        last_d=d,
    )
    return _read(after, s_ams, rule)


def _read(state: CusumState, s_ams: float, rule: Qal3Rule) -> CusumReading:
    limit = rule.h_x * s_ams
    up, down = above(state.high, limit), above(state.low, limit)
    lost = above(state.spread, rule.h_s * s_ams**2)
    correction = math.nan
    if up and (not down or state.high >= state.low):
        correction = rule.correction * (rule.k_x * s_ams + state.high / state.n_high)
    elif down:
        correction = -rule.correction * (rule.k_x * s_ams + state.low / state.n_low)
    outcome = Outcome.RECALIBRATE if up or down else Outcome.PASSED
    outcome = Outcome.OUT_OF_CONTROL if lost else outcome
    return CusumReading(state, drift=up or down, precision_lost=lost, correction=correction, outcome=outcome)


def cusum_chart(
    d: ArrayLike,
    s_ams: float,
    rule: Qal3Rule,
    start: CusumState | None = None,
    adjusted_before: Iterable[int] = (),
) -> tuple[CusumReading, ...]:
    """All readings of a CUSUM chart, in order of time; ``d`` has shape (n,), NaN where no reading was taken.

    ``start`` goes on from where a chart stood. ``adjusted_before`` names the readings (index) before which the system
    was adjusted or mended: there the sums begin again at zero. Nothing is reset by an alarm alone. Raises
    :class:`RuleError` for an index outside the readings and as :func:`cusum_step`.
    """
    values = np.asarray(d, dtype=np.float64)
    if values.ndim != 1:
        raise RuleError("a control chart takes one list of readings")
    fresh = set(adjusted_before)
    if any(not 0 <= index < values.size for index in fresh):
        raise RuleError(f"an adjustment names a reading that is not there ({sorted(fresh)} of {values.size})")
    state = start or CusumState()
    readings = []
    for index, value in enumerate(values.tolist()):
        reading = cusum_step(CusumState() if index in fresh else state, value, s_ams, rule)
        state = reading.state
        readings.append(reading)
    return tuple(readings)


def shewhart_outcomes(d: ArrayLike, s_ams: float, rule: Qal3Rule) -> tuple[tuple[Outcome, bool], ...]:
    """Outcome of each reading on the Shewhart chart, and whether it lies beyond the warning limit.

    Beyond 3 s_AMS is out of control, beyond 2 s_AMS a warning that is passed; exactly at a limit is within it; NaN
    cannot be judged. Raises :class:`RuleError` as :func:`control_charts.shewhart`. *Source*: EN 14181 QAL3 [M].
    """
    values = np.asarray(d, dtype=np.float64)
    chart = charts.shewhart(values, 0.0, s_ams, rule.warning, rule.action)
    outcomes = _outcomes(values, chart.action, Outcome.OUT_OF_CONTROL)
    return tuple(zip(outcomes, chart.warning.tolist(), strict=True))


def ewma_outcomes(d: ArrayLike, s_ams: float, rule: Qal3Rule) -> tuple[Outcome, ...]:
    """Outcome of each reading on the EWMA chart with limits that widen from the first reading on.

    Outside the limits there is drift: recalibrate. NaN cannot be judged. *Source*: EN 14181 QAL3 [M].
    """
    values = np.asarray(d, dtype=np.float64)
    chart = charts.ewma(values, 0.0, s_ams, rule.weight, rule.width)
    return _outcomes(values, chart.alarm, Outcome.RECALIBRATE)


def worse(zero: Outcome, span: Outcome) -> Outcome:
    """What a zero and a span reading of one check come to: the worse of the two; one missing cannot be judged.

    >>> worse(Outcome.PASSED, Outcome.RECALIBRATE).value, worse(Outcome.PASSED, Outcome.CANNOT_JUDGE).value
    ('recalibrate', 'cannot_judge')
    """
    order = (Outcome.PASSED, Outcome.CANNOT_JUDGE, Outcome.RECALIBRATE, Outcome.OUT_OF_CONTROL)
    if zero not in order or span not in order:
        raise RuleError(f"QAL3 knows no outcome {zero!r} or {span!r}")
    return max(zero, span, key=order.index)


def _outcomes(values: NDArray[np.float64], bad: NDArray[np.bool_], then: Outcome) -> tuple[Outcome, ...]:
    return tuple(
        Outcome.CANNOT_JUDGE if missing else (then if alarm else Outcome.PASSED)
        for missing, alarm in zip(np.isnan(values).tolist(), bad.tolist(), strict=True)
    )
