"""A reporting period: statutory months in the plant's standard time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cems import clock
from cems.errors import RuleError


@dataclass(frozen=True, slots=True)
class Span:
    """A reporting period: one month or several in a row."""

    name: str
    """``YYYY-MM`` or ``YYYY-MM..YYYY-MM``."""
    months: tuple[tuple[str, int, int], ...]
    """Each month with its start and end, UTC, milliseconds since 1970, half-open."""
    offset_hours: float
    """The plant's standard time, hours from UTC."""

    @property
    def start_ms(self) -> int:
        """Start of the first month."""
        return self.months[0][1]

    @property
    def end_ms(self) -> int:
        """End of the last month."""
        return self.months[-1][2]

    @property
    def offset_ms(self) -> int:
        """The plant's standard time, milliseconds from UTC."""
        return round(self.offset_hours * clock.HOUR_MS)

    @property
    def first_day(self) -> date:
        """First statutory day."""
        return clock.from_ms(self.start_ms + self.offset_ms).date()

    @property
    def last_day(self) -> date:
        """Last statutory day."""
        return clock.from_ms(self.end_ms + self.offset_ms).date() - timedelta(days=1)


def span_of(period: str, offset_hours: float) -> Span:
    """The months of a period written ``YYYY-MM`` or ``YYYY-MM..YYYY-MM``; raises :class:`RuleError` for anything else.

    >>> [m for m, _, _ in span_of("2025-12..2026-02", 8).months]
    ['2025-12', '2026-01', '2026-02']
    """
    first, dots, last = period.partition("..")
    zone = clock.zone_of(offset_hours)
    try:
        month, end = (
            datetime.strptime(text, "%Y-%m").replace(tzinfo=zone) for text in (first, last if dots else first)
        )
    except ValueError as error:
        raise RuleError(f"{period!r} is no period; write YYYY-MM or YYYY-MM..YYYY-MM, such as 2026-03") from error
    if end < month or (end - month).days > 3700:
        raise RuleError(f"{period!r} is no period: the last month must follow the first, within ten years")
    names = []
    while month <= end:
        names.append(f"{month:%Y-%m}")
        month = (month + timedelta(days=32)).replace(day=1)
    spans = []
    for name in names:
        start, following = clock.month_span(name, zone)
        spans.append((name, clock.to_ms(start), clock.to_ms(following)))
    return Span(names[0] if len(names) == 1 else f"{names[0]}..{names[-1]}", tuple(spans), offset_hours)


def months_before(span: Span, count: int) -> tuple[Span, ...]:
    """The ``count`` months before a period, each a period of its own, in order of time.

    >>> [s.name for s in months_before(span_of("2026-02", 8), 3)]
    ['2025-11', '2025-12', '2026-01']
    """
    day, found = span.first_day, []
    for _ in range(count):
        day = (day - timedelta(days=1)).replace(day=1)
        found.append(span_of(f"{day:%Y-%m}", span.offset_hours))
    return tuple(reversed(found))
