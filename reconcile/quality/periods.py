"""Out-of-control periods: a failed check opens one, the next pass of the same check closes it. And drift carried back.

Instants are UTC, milliseconds since 1970; periods are half-open. What depends on the rule book is the edge: HJ 75 runs
from the failure to the next pass, 40 CFR Part 75 from the hour of the failure to the hour of the pass, in which the
data count again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.clock import HOUR_MS
from cems.errors import RuleError
from reconcile.quality.outcome import Outcome, Verdict

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Check:
    """One result of one check, with its place in time."""

    at_ms: int
    """When the check ended."""
    subject: str
    """The channel or monitoring system that was checked."""
    check: str
    """Name of the check; a pass closes only what the same check of the same subject opened."""
    outcome: Outcome
    """Its result."""
    passed: bool
    """Whether the rule counts it as passed."""
    reason: str
    """Its result in one sentence."""


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time in which the data of a subject cannot be used."""

    start_ms: int
    """First instant."""
    end_ms: int | None
    """First instant after it; None while it is still open."""
    subject: str
    """The channel or monitoring system."""
    reason: str
    """Why, from the check that opened it."""
    check: str
    """Name of the check that opened it."""


@dataclass(frozen=True, slots=True)
class HourlyBias:
    """What a drift found at a check says about the hours before it; arrays of shape (n,), unit of the drift."""

    lower: Array
    """Smallest bias (reading less truth) within the hour."""
    upper: Array
    """Largest bias within the hour."""
    mean: Array
    """Mean bias of the hour, time outside the interval of the checks counted as 0."""


def dated(verdict: Verdict, at_ms: int, subject: str, check: str) -> Check:
    """A verdict with the time, the subject and the name of its check."""
    return Check(at_ms, subject, check, verdict.outcome, verdict.passed, verdict.reason)


def out_of_control(checks: Iterable[Check], *, whole_hours: bool) -> tuple[Period, ...]:
    """The out-of-control periods of a sequence of checks, ordered by start.

    A result ``out_of_control`` opens a period, unless one is open; a pass closes it. Results that neither pass nor are
    out of control (recalibrate, failed, cannot judge) change nothing. A period still open at the end has ``end_ms``
    None. ``whole_hours`` False (HJ 75): from the failure to the pass. True (Part 75): from the start of the clock hour
    of the failure to the start of the clock hour of the pass; failure and pass within one hour leave no period.
    Raises :class:`RuleError` when the checks are not in order of time; checks of the same instant count in their order.

    *Source*: HJ 75-2017 section 11 [M]; 40 CFR Part 75 App. B 2.1.4(a) [V].

    >>> bad = Check(5_400_000, "CO2", "zero drift", Outcome.OUT_OF_CONTROL, False, "6 % F.S.")
    >>> good = Check(9_000_000, "CO2", "zero drift", Outcome.PASSED, True, "0.1 % F.S.")
    >>> [(p.start_ms, p.end_ms) for p in out_of_control([bad, good], whole_hours=True)]
    [(3600000, 7200000)]
    """
    opened: dict[tuple[str, str], Period] = {}
    found: list[Period] = []
    last: int | None = None
    for check in checks:
        if last is not None and check.at_ms < last:
            raise RuleError(
                f"the checks are not in order of time: {check.check} of {check.subject} at {check.at_ms} ms"
            )
        last = check.at_ms
        key = check.subject, check.check
        edge = check.at_ms - check.at_ms % HOUR_MS if whole_hours else check.at_ms
        if check.outcome is Outcome.OUT_OF_CONTROL and key not in opened:
            opened[key] = Period(edge, None, check.subject, check.reason, check.check)
        elif check.passed and key in opened:
            period = opened.pop(key)
            if edge > period.start_ms:
                found.append(Period(period.start_ms, edge, period.subject, period.reason, period.check))
    return tuple(sorted([*found, *opened.values()], key=lambda p: (p.start_ms, p.subject, p.check)))


def drift_bias(hour_start_ms: ArrayLike, passed_ms: int, found_ms: int, drift: float) -> HourlyBias:
    """Bias that the drift found at a check puts on the hours since the last pass, unit of ``drift``, signed.

    The bias is taken to grow in a straight line from 0 at ``passed_ms`` to ``drift`` (reading less reference) at
    ``found_ms``, where the monitor was set right. ``hour_start_ms`` has shape (n,); hours outside the interval get 0,
    and an hour that reaches beyond it has 0 between its bounds. Raises :class:`RuleError` unless ``found_ms`` is after
    ``passed_ms`` and ``drift`` finite. *Source*: project choice: the straight line is the neutral assumption.

    >>> bias = drift_bias([0, 3_600_000, 7_200_000], 0, 7_200_000, -0.4)
    >>> bias.lower.tolist(), bias.upper.tolist(), bias.mean.round(9).tolist()
    ([-0.2, -0.4, 0.0], [0.0, -0.2, 0.0], [-0.1, -0.3, 0.0])
    """
    if found_ms <= passed_ms or not np.isfinite(drift):
        raise RuleError("a drift is carried back from a check to an earlier pass, and must be a finite number")
    start = np.asarray(hour_start_ms, dtype=np.float64)
    begin, end = np.maximum(start, passed_ms), np.minimum(start + HOUR_MS, found_ms)
    inside = end > begin
    slope = drift / (found_ms - passed_ms)
    first, final = (begin - passed_ms) * slope, (end - passed_ms) * slope
    least, most = np.minimum(first, final), np.maximum(first, final)
    whole = end - begin >= HOUR_MS
    lower = np.where(inside, np.where(whole, least, np.minimum(least, 0.0)), 0.0)
    upper = np.where(inside, np.where(whole, most, np.maximum(most, 0.0)), 0.0)
    middle = np.where(inside, (first + final) / 2 * (end - begin) / HOUR_MS, 0.0)
    return HourlyBias(lower + 0.0, upper + 0.0, middle + 0.0)
