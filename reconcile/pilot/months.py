"""Months by their names."""

from __future__ import annotations

from datetime import date, timedelta

from cems.clock import EPOCH_DAY
from cems.errors import RuleError
from cems.fleettables import Fleet


def month_before(month: str) -> str:
    """The month before a month written ``YYYY-MM``.

    >>> month_before("2026-01"), month_before("2026-12")
    ('2025-12', '2026-11')
    """
    return f"{_first(month) - timedelta(days=1):%Y-%m}"


def days_of(month: str) -> tuple[int, int]:
    """First day of a month and of the next one, in days since 1970.

    >>> days_of("2026-02")
    (20485, 20513)
    """
    first = _first(month)
    following = (first + timedelta(days=32)).replace(day=1)
    return (first - EPOCH_DAY).days, (following - EPOCH_DAY).days


def months_of(fleet: Fleet) -> tuple[str, ...]:
    """The months that a fleet has days in, in order."""
    day, last = date.fromisoformat(fleet.start), date.fromisoformat(fleet.start) + timedelta(days=fleet.days - 1)
    found = []
    while day <= last:
        found.append(f"{day:%Y-%m}")
        day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return tuple(found)


def chosen(fleet: Fleet, text: str | None) -> tuple[str, ...]:
    """Months of a fleet chosen by ``YYYY-MM`` or ``YYYY-MM..YYYY-MM``; all where nothing is chosen.

    Of a span the months that the fleet has are taken. Raises :class:`RuleError` for a text that is neither and where
    the fleet has none of the months.
    """
    every = months_of(fleet)
    if text is None:
        return every
    first, span, last = text.partition("..")
    first, last = (f"{_first(month):%Y-%m}" for month in (first, last if span else first))
    found = tuple(month for month in every if first <= month <= last)
    if not found:
        raise RuleError(f"the fleet has {every[0]} to {every[-1]}, not {text}")
    return found


def period_name(months: tuple[str, ...]) -> str:
    """How a run of months is written.

    >>> period_name(("2026-01",)), period_name(("2026-01", "2026-02"))
    ('2026-01', '2026-01..2026-02')
    """
    return months[0] if len(months) == 1 else f"{months[0]}..{months[-1]}"


def _first(month: str) -> date:
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise RuleError(f"a month is written YYYY-MM (found {month!r})") from error
