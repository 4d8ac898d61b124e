"""What the daily calibration error test of 40 CFR Part 75 makes of each operating hour: 26-hour window and grace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.clock import HOUR_MS
from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.quality.periods import Period

CHECK = "daily calibration error"
"""Name of the check in the periods."""


class HourState(StrEnum):
    """Standing of a monitor in an hour."""

    IDLE = "idle"
    """The unit did not operate: nothing is asked."""
    IN_CONTROL = "in_control"
    """Within the window of a passed test."""
    GRACE = "grace"
    """Past the window, within the grace of a start-up."""
    EXPIRED = "expired"
    """The last test was passed, but its window and grace are over."""
    OUT_OF_CONTROL = "out_of_control"
    """The last test was failed."""
    UNTESTED = "untested"
    """No test up to this hour is known: the hour can be neither trusted nor condemned here."""


@dataclass(frozen=True, slots=True)
class WindowRule:
    """Figures of the validity of a daily test."""

    window_hours: int
    """Clock hours that a passed test covers, the hour of the pass included."""
    grace_hours: int
    """Clock hours of grace after a start-up, the first operating hour included."""


@dataclass(frozen=True, slots=True)
class DailyTest:
    """One daily calibration error test."""

    at_ms: int
    """When it was completed, UTC milliseconds since 1970."""
    passed: bool
    """Whether it was passed, see :func:`reconcile.quality.calibration.daily_calibration`."""


@dataclass(frozen=True, slots=True)
class DailyStanding:
    """The standing of a monitor hour by hour, and the stretches in which it gives no valid data."""

    state: NDArray[np.str_]
    """A value of :class:`HourState` per hour, shape (n,)."""
    periods: tuple[Period, ...]
    """Out-of-control and expired stretches of clock hours; ``end_ms`` None for one still open at the end."""

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Which operating hours the daily test lets stand, shape (n,)."""
        return np.isin(self.state, [HourState.IN_CONTROL.value, HourState.GRACE.value])


def window_rule_of(parameters: Parameters) -> WindowRule:
    """The figures of the window (qa_p75_cal_window_h, qa_p75_cal_grace_h) [V]."""
    return WindowRule(round(parameters.value("qa_p75_cal_window_h")), round(parameters.value("qa_p75_cal_grace_h")))


def daily_standing(
    tests: Sequence[DailyTest], operating: ArrayLike, start_ms: int, subject: str, rule: WindowRule
) -> DailyStanding:
    """The standing of a monitor in each clock hour from ``start_ms`` on, by its on-line daily tests.

    ``operating`` has shape (n,) and says in which hours the unit ran at all; tests may lie before ``start_ms``, but a
    standstill before it is not known and gives no grace. The last test completed in or before an hour decides. Failed:
    out of control from its hour to the hour of the next pass. Passed: in control for 26 clock hours, the hour of the
    pass the first; then expired. Grace: after an outage that reaches into those hours or the one right after them, 8
    clock hours from the first operating hour. Hours at a standstill ask for nothing and do not stop the clock. Raises
    :class:`RuleError` when the tests are not in order of time or ``start_ms`` is no full hour.

    *Source*: 40 CFR Part 75 App. B 2.1.4(a), 2.1.5, 2.1.5.2 [V]; that an outage in the hour right after the window
    still leads to grace: US EPA check engine [V2].

    >>> rule = WindowRule(26, 8)
    >>> state = daily_standing([DailyTest(1_800_000, True)], [True] * 27, 0, "CO2", rule).state
    >>> str(state[0]), str(state[25]), str(state[26])
    ('in_control', 'in_control', 'expired')
    """
    runs = np.asarray(operating, dtype=np.bool_)
    if start_ms % HOUR_MS:
        raise RuleError(f"the first hour must start at a full hour (found {start_ms} ms)")
    if any(later.at_ms < earlier.at_ms for earlier, later in pairwise(tests)):
        raise RuleError("the daily tests are not in order of time")
    hours = [(test.at_ms - start_ms) // HOUR_MS for test in tests]
    state = np.full(runs.size, HourState.UNTESTED.value, dtype="<U14")
    for index, (test, hour) in enumerate(zip(tests, hours, strict=True)):
        end = min(hours[index + 1] if index + 1 < len(hours) else runs.size, runs.size)
        if end > max(hour, 0):
            state[max(hour, 0) : end] = (
                _after_pass(runs, hour, end, rule) if test.passed else HourState.OUT_OF_CONTROL.value
            )
    return DailyStanding(np.where(runs, state, HourState.IDLE.value), _periods(state, runs, start_ms, subject))


def _after_pass(runs: NDArray[np.bool_], hour: int, end: int, rule: WindowRule) -> NDArray[np.str_]:
    """States of the hours from a pass (or the start of the record) up to the next test."""
    first = max(hour, 0)
    index = np.arange(first, end)
    covered = hour + rule.window_hours
    state = np.where(index < covered, HourState.IN_CONTROL.value, HourState.EXPIRED.value).astype("<U14")
    still = np.flatnonzero(~runs[first : min(covered + 1, end)])
    if still.size:
        back = np.flatnonzero(runs[first + still[-1] : end])
        restart = first + int(still[-1]) + int(back[0]) if back.size else end
        state[(index >= covered) & (index < restart + rule.grace_hours)] = HourState.GRACE.value
    return state


def _periods(state: NDArray[np.str_], runs: NDArray[np.bool_], start_ms: int, subject: str) -> tuple[Period, ...]:
    """Stretches of clock hours, standstill included, in one of the two bad states."""
    words = {
        HourState.OUT_OF_CONTROL.value: "the daily calibration error test was failed and not yet passed again",
        HourState.EXPIRED.value: "the last passed daily calibration error test has expired",
    }
    edges = [0, *(np.flatnonzero(state[1:] != state[:-1]) + 1).tolist(), state.size]
    found = []
    for first, last in pairwise(edges):
        # A stretch that holds no operating hour spoils no data.
        if first < last and str(state[first]) in words and runs[first:last].any():
            end = None if last == state.size else start_ms + last * HOUR_MS
            found.append(Period(start_ms + first * HOUR_MS, end, subject, words[str(state[first])], CHECK))
    return tuple(found)
