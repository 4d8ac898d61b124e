"""Response time of HJ 75/76-2017 and cycle time of 40 CFR Part 75, both read from a recorded change of gas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.quality.exact import exact, positive
from reconcile.quality.outcome import Outcome, Verdict

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StepRule:
    """How much of a step must be reached, and how soon."""

    share_pct: float
    """Share of the change [%]."""
    max_s: float
    """Longest time allowed [s]."""


@dataclass(frozen=True, slots=True)
class Step:
    """A recorded change of gas: readings from the change until the reading is stable."""

    at_s: ArrayLike
    """Times of the readings from the moment the gas was changed at the probe [s], rising, shape (n,)."""
    reading: ArrayLike
    """Readings, shape (n,); NaN where one is missing."""
    start: float
    """Stable reading before the change, unit of the readings."""
    end: float
    """Reading that counts as the end: nominal value (HJ 75) or the stable final reading (Part 75)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTime(Verdict):
    """A response or cycle time; ``limit`` in s."""

    seconds: float
    """The time that counts [s]; NaN when the share was never reached."""
    each: tuple[float, ...]
    """The time of each recorded step [s]; NaN where the share was never reached."""


def response_rule_of(parameters: Parameters) -> StepRule:
    """Share and limit of the HJ response time (qa_hj_response_share [V2], qa_hj_response_max_s [M])."""
    return StepRule(parameters.value("qa_hj_response_share"), parameters.value("qa_hj_response_max_s"))


def cycle_rule_of(parameters: Parameters) -> StepRule:
    """Share and limit of the Part 75 cycle time (qa_p75_cycle_share_pct, qa_p75_cycle_max_min, made seconds) [V]."""
    return StepRule(parameters.value("qa_p75_cycle_share_pct"), 60.0 * parameters.value("qa_p75_cycle_max_min"))


def step_time(step: Step, share_pct: float) -> float:
    """Time [s] at which a reading first reaches ``share_pct`` of the way from ``start`` to ``end``; NaN if never.

    The time is that of the first reading at or beyond the mark: it is not interpolated, because between two readings
    nothing is known, so that the time is never too short. Works for rising and falling steps; readings that are NaN
    are passed over. Raises :class:`RuleError` for series of unequal length or none, times that do not rise or are
    negative, no step (start = end), or a share outside 0 to 100.

    >>> step_time(Step([0, 60, 120, 180], [0.0, 5.0, 9.0, 10.0], 0.0, 10.0), 90.0)
    120.0
    """
    at, reading = np.asarray(step.at_s, dtype=np.float64), np.asarray(step.reading, dtype=np.float64)
    if at.ndim != 1 or at.shape != reading.shape or not at.size:
        raise RuleError("a recorded step needs as many times as readings, and at least one")
    if not (np.all(np.isfinite(at)) and at[0] >= 0 and np.all(np.diff(at) > 0)):
        raise RuleError("the times of a recorded step must rise from 0 or later")
    change = exact(step.end, "end") - exact(step.start, "start")
    if change == 0:
        raise RuleError("start and end of a recorded step are the same: there is no step")
    if not 0 < share_pct <= 100:
        raise RuleError(f"the share of a step lies above 0 and at most at 100 % (found {share_pct!r})")
    mark = float(exact(step.start) + change * exact(share_pct) / 100)
    reached = np.flatnonzero(reading >= mark if change > 0 else reading <= mark)
    return float(at[reached[0]]) if reached.size else float("nan")


def response_time(at_s: ArrayLike, reading: ArrayLike, nominal: float, rule: StepRule) -> StepTime:
    """HJ response time: from the change at the probe inlet to 90 % of the cylinder's nominal value, at most 200 s.

    ``at_s`` and ``reading`` are as in :class:`Step`; the mark is 90 % of ``nominal`` itself, whatever was read before.
    Not reached within the record: out of control when the record runs to the limit, no judgement when it does not.
    Raises :class:`RuleError` for a nominal value that is not above 0, and as :func:`step_time` does.
    *Source*: HJ 75-2017 / HJ 76-2017: definition [V2 public code], 200 s [M].

    >>> response_time([0, 100, 200], [0.0, 6.0, 10.8], 12.0, StepRule(90.0, 200.0)).passed
    True
    """
    step = Step(at_s, reading, 0.0, float(positive(nominal, "nominal")))
    return _judge("response time", (step,), rule, Outcome.OUT_OF_CONTROL)


def cycle_time(downscale: Step, upscale: Step, rule: StepRule) -> StepTime:
    """Part 75 cycle time: to 95 % of the step, to zero gas and to high gas; the longer counts, at most 15 min.

    Not reached within the record: failed when the record runs to the limit, no judgement when it does not. Raises as
    :func:`step_time` does. *Source*: 40 CFR Part 75 App. A 3.5, 6.4 [V].
    """
    return _judge("cycle time", (downscale, upscale), rule, Outcome.FAILED)


def _judge(name: str, steps: tuple[Step, ...], rule: StepRule, failure: Outcome) -> StepTime:
    limit = positive(rule.max_s, "max_s")
    times = tuple(step_time(step, rule.share_pct) for step in steps)
    ends = [float(np.asarray(step.at_s, dtype=np.float64)[-1]) for step in steps]
    never = [np.isnan(t) for t in times]
    seconds = float("nan") if any(never) else max(times)
    late = any(
        exact(end) >= limit if missing else exact(t) > limit for t, end, missing in zip(times, ends, never, strict=True)
    )
    unknown = Outcome.CANNOT_JUDGE if any(never) else Outcome.PASSED
    outcome = failure if late else unknown
    shown = f"{rule.share_pct:g} % of the step was not reached in the record" if any(never) else f"{seconds:g} s"
    return StepTime(
        limit=rule.max_s,
        passed=outcome is Outcome.PASSED,
        outcome=outcome,
        reason=f"{name}: {shown} (limit {rule.max_s:g} s)",
        seconds=seconds,
        each=times,
    )
