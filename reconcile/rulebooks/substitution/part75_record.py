"""The record of one parameter as Subpart D sees it: quality-assured hours, bands, gaps with their neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from reconcile.rulebooks.substitution.filled import Array, Bools, Ints, gaps
from reconcile.rulebooks.substitution.part75_pma import availability_counts
from reconcile.rulebooks.substitution.part75_rule import MissingDataRule

NONE = -1
"""Index of an hour that does not exist."""


class Band(IntEnum):
    """Which procedures apply to a missing hour."""

    INITIAL = 0
    """First 720 or 2160 quality-assured hours, at most three years (75.31)."""
    HIGH = 1
    """Availability 95.0 % or more."""
    MIDDLE = 2
    """Availability from 90.0 % to below 95.0 %."""
    LOW = 3
    """Availability from 80.0 % to below 90.0 %."""
    LOWEST = 4
    """Availability below 80.0 %."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One missing data period; it ends with the next quality-assured hour, a standstill does not end it."""

    missing: Ints
    """Indices of its missing hours of unit operation, rising."""
    before: int
    """Quality-assured unit operating hour before it; :data:`NONE` when there was none since certification."""
    after: int
    """Quality-assured unit operating hour after it; :data:`NONE` while the gap is open at the end of the record."""

    @property
    def first(self) -> int:
        """Index of its first hour."""
        return int(self.missing[0])

    @property
    def hours(self) -> int:
        """Length: hours of unit operation without quality-assured data."""
        return int(self.missing.size)


@dataclass(frozen=True, slots=True)
class Record:
    """Consecutive clock hours of one parameter; arrays of shape (n,)."""

    value: Array
    """Hourly values as given."""
    used: Bools
    """Quality-assured hours of unit operation with a possible value, certification or not."""
    operating: Bools
    """Hours of unit operation."""
    first_index: int
    """Hour of certification."""
    history: Ints
    """Indices of the used hours since certification, rising."""


def record_of(value: ArrayLike, qa: ArrayLike, operating: ArrayLike, first_index: int, ceiling: float) -> Record:
    """The record of one parameter.

    A value that is not finite, negative or above ``ceiling`` is a bad reading: its hour counts as missing, whatever
    ``qa`` says. Raises :class:`RuleError` for empty or unequal arrays and for a ``first_index`` outside them.
    """
    values = np.asarray(value, dtype=np.float64)
    good, ran = np.asarray(qa, dtype=np.bool_), np.asarray(operating, dtype=np.bool_)
    if values.ndim != 1 or values.size == 0 or not values.shape == good.shape == ran.shape:
        shapes = f"{values.shape}, {good.shape}, {ran.shape}"
        raise RuleError(f"value, qa and operating must be rows of equally many hours, at least one (found {shapes})")
    if not 0 <= first_index < values.size:
        raise RuleError(f"the hour of certification, {first_index}, lies outside the {values.size} hours given")
    used = np.asarray(good & ran & np.isfinite(values) & (values >= 0) & (values <= ceiling), dtype=np.bool_)
    history = np.flatnonzero(used)
    return Record(values, used, ran, first_index, history[history >= first_index])


def gaps_of(record: Record) -> list[Gap]:
    """The missing data periods since certification, in order of time."""
    ran = record.operating & (np.arange(record.value.size) >= record.first_index)
    missing = ran & ~record.used
    hours = np.flatnonzero(missing)
    found = []
    for first, last in gaps(missing, ran):
        at = int(np.searchsorted(record.history, first))
        before = int(record.history[at - 1]) if at else NONE
        after = int(record.history[at]) if at < record.history.size else NONE
        found.append(Gap(hours[np.searchsorted(hours, first) : np.searchsorted(hours, last + 1)], before, after))
    return found


def bands_of(record: Record, rule: MissingDataRule, initial_hours: int) -> NDArray[np.int64]:
    """The :class:`Band` of each hour, shape (n,), as if it were missing; availability compared in whole numbers.

    The initial procedures end when ``initial_hours`` quality-assured hours are complete before the hour, or three years
    after certification, whichever comes first. *Source*: 40 CFR 75.31(a), 75.32, 75.33(a)-(c) [V].
    """
    counted, hours = availability_counts(record.used, record.operating, rule, record.first_index)
    conditions = [
        100 * counted >= limit * hours
        for limit in (rule.availability_high, rule.availability_middle, rule.availability_low)
    ]
    band = np.select(conditions, [Band.HIGH, Band.MIDDLE, Band.LOW], Band.LOWEST)
    hour = np.arange(record.value.size)
    earlier = np.searchsorted(record.history, hour)
    initial = (earlier < initial_hours) & (hour - record.first_index < rule.three_years_hours)
    return np.where(initial, Band.INITIAL, band).astype(np.int64)
