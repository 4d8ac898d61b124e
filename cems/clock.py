"""Regulatory time: hours are half-open and named by their start; statutory days and months run in China Standard Time.

Time is always an argument here; nothing in this file reads a clock.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
MINUTE_MS = 60_000
EPOCH_DAY = date(1970, 1, 1)
"""Day number 0."""
CST = timezone(timedelta(hours=8), "CST")
"""China Standard Time, UTC+8, no daylight saving."""


def from_ms(instant_ms: int) -> datetime:
    """UTC instant of a count of milliseconds since 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=instant_ms)


def to_ms(instant: datetime) -> int:
    """Milliseconds since 1970 of an aware instant."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def hour_start(instant: datetime, zone: timezone = CST) -> datetime:
    """Start (UTC) of the regulatory hour that contains an instant.

    >>> hour_start(datetime(2026, 3, 1, 0, 59, 59, tzinfo=CST)).isoformat()
    '2026-02-28T16:00:00+00:00'
    """
    return instant.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def day_of(number: int) -> date:
    """The day with this number, counted from 1970-01-01.

    >>> day_of(20_513).isoformat()
    '2026-03-01'
    """
    return EPOCH_DAY + timedelta(days=number)


def month_span(month: str, zone: timezone = CST) -> tuple[datetime, datetime]:
    """Start and end (UTC, half-open) of a statutory month written ``YYYY-MM``.

    >>> [t.isoformat() for t in month_span("2026-02")]
    ['2026-01-31T16:00:00+00:00', '2026-02-28T16:00:00+00:00']
    """
    start = datetime.strptime(month, "%Y-%m").replace(tzinfo=zone)
    following = (start + timedelta(days=32)).replace(day=1)
    return start.astimezone(UTC), following.astimezone(UTC)


def zone_of(offset_hours: float) -> timezone:
    """The fixed zone at an offset from UTC; plants keep standard time all year."""
    return CST if offset_hours == 8 else timezone(timedelta(hours=offset_hours))
