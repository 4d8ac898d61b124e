"""Calendar quarters, and the due date of a test that is counted in quarters of operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from cems.errors import RuleError


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A calendar quarter."""

    year: int
    """Year."""
    number: int
    """1 to 4."""

    def __post_init__(self) -> None:
        if not 1 <= self.number <= 4:
            raise RuleError(f"a year has the quarters 1 to 4 (found {self.number})")

    @property
    def last_day(self) -> date:
        """Last day of the quarter."""
        following = self.plus(1)
        return date(following.year, 3 * following.number - 2, 1) - timedelta(days=1)

    def plus(self, quarters: int) -> Quarter:
        """The quarter so many quarters later.

        >>> Quarter(2025, 4).plus(1)
        Quarter(year=2026, number=1)
        """
        count = 4 * self.year + self.number - 1 + quarters
        return Quarter(count // 4, count % 4 + 1)


def quarter_of(day: date) -> Quarter:
    """The quarter in which a day lies.

    >>> quarter_of(date(2026, 3, 31))
    Quarter(year=2026, number=1)
    """
    return Quarter(day.year, (day.month + 2) // 3)


def due_quarter(
    done: Quarter,
    needed: int,
    operating_hours: Mapping[Quarter, float],
    min_hours: float,
    max_quarters: int,
) -> Quarter:
    """The quarter by whose end the next test is due: the ``needed``-th QA operating quarter after that of the test.

    ``operating_hours`` are the unit operating hours of the quarters known so far; a quarter counts with at least
    ``min_hours`` (168) of them, and one that is not listed is taken to count, so that the date is never too late. No
    date is later than ``max_quarters`` (8) calendar quarters after the test. Raises :class:`RuleError` unless both
    counts are at least 1. *Source*: 40 CFR Part 75 App. B 2.3.1 [V]; 168 hours and 8 quarters [M].

    >>> due_quarter(Quarter(2025, 2), 2, {Quarter(2025, 3): 100.0}, 168.0, 8)
    Quarter(year=2026, number=1)
    """
    if needed < 1 or max_quarters < 1:
        raise RuleError("a test is due after at least one quarter")
    counted = 0
    for step in range(1, max_quarters + 1):
        quarter = done.plus(step)
        hours = operating_hours.get(quarter)
        counted += hours is None or hours >= min_hours
        if counted == needed:
            return quarter
    return done.plus(max_quarters)
