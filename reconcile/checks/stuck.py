"""A channel that repeats itself although the source runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cems.clock import MINUTE_MS
from cems.errors import RuleError
from cems.instruments.base import ChannelRow
from reconcile.parameters import Parameters

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class StuckRule:
    """How long a reading must repeat itself to be called stuck."""

    minutes: float
    """Run length [min] for a register with fine steps."""
    coarse_minutes: float
    """Run length [min] for a register that counts in coarse steps."""
    readings: float
    """Fewest identical readings of a run."""

    def __post_init__(self) -> None:
        if not (self.minutes > 0 and self.coarse_minutes > 0 and self.readings > 1):
            raise RuleError("the run length of the stuck check must be positive, with at least two readings")

    def minutes_for(self, row: ChannelRow) -> float:
        """Run length [min] for what a device gives: coarse is a step of a thousandth of the range or more."""
        low, high = row.limits
        return self.coarse_minutes if row.step >= (high - low) / 1000 else self.minutes


def rule_of(parameters: Parameters) -> StuckRule:
    """The rule of a parameter table."""
    return StuckRule(
        parameters.value("stuck_minutes"),
        parameters.value("stuck_minutes_coarse"),
        parameters.value("stuck_readings"),
    )


def stuck_runs(
    instant_ms: NDArray[np.int64], value: NDArray[np.float64], can_be: Bools, min_minutes: float, min_readings: float
) -> Bools:
    """Which readings belong to a run of identical values at least ``min_minutes`` long, in ``min_readings`` or more.

    Runs are looked for among the readings that ``can_be`` stuck (normal, source running). Another value ends a run, and
    so does a gap of more than half of ``min_minutes``: nobody knows what the channel did in it. The whole run is marked
    from its first reading. Shapes (n,).
    """
    stuck = np.zeros(value.size, dtype=bool)
    index = slice(None) if can_be.all() else np.flatnonzero(can_be)
    candidate, at = value[index], instant_ms[index]
    other = candidate[1:] != candidate[:-1]
    # A run of so many readings has that many pairs of equal neighbours, less one.
    if candidate.size == 0 or other.size - np.count_nonzero(other) < min_readings - 1:
        return stuck
    ends = other | (np.diff(at) > min_minutes / 2 * MINUTE_MS)
    starts = np.flatnonzero(np.concatenate(([True], ends)))
    lengths = np.diff(np.append(starts, candidate.size))
    first, last = at[starts], at[starts + lengths - 1]
    is_run = (last - first >= min_minutes * MINUTE_MS) & (lengths >= min_readings)
    stuck[index] = np.repeat(is_run, lengths)
    return stuck
