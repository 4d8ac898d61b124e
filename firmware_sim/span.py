"""The minutes of a simulated run, in the plant's own time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from cems.clock import month_span, zone_of
from cems.errors import ConfigError, Fault
from firmware_sim.physics import Floats

DAY_MIN = 1440


@dataclass(frozen=True, slots=True)
class Span:
    """Whole statutory days, one reading a minute; minute 0 is midnight in the plant's standard time."""

    start_s: int
    """Instant of minute 0, seconds since 1970 UTC."""
    days: int
    """Number of statutory days."""
    utc_offset_hours: float
    """Standard time of the plant minus UTC, hours."""

    @classmethod
    def of_month(cls, month: str, days: int | None = None, utc_offset_hours: float = 8.0) -> Span:
        """The statutory month ``YYYY-MM``, or its first ``days`` days; raises :class:`ConfigError` if impossible.

        >>> Span.of_month("2026-03").minutes, Span.of_month("2026-03", 2).minutes
        (44640, 2880)
        """
        try:
            start, end = month_span(month, zone_of(utc_offset_hours))
        except ValueError as error:
            message = f"{month!r} is not a month; write it like 2026-03"
            raise ConfigError("simulated run", [Fault(0, "--month", message)]) from error
        length = (end - start) // timedelta(days=1)
        if days is not None and not 1 <= days <= length:
            message = f"{days} days do not fit into {month}; give 1 to {length}"
            raise ConfigError("simulated run", [Fault(0, "--days", message)])
        return cls(int(start.timestamp()), days or length, utc_offset_hours)

    @property
    def minutes(self) -> int:
        """Number of minutes of the run, that is of scans of each point."""
        return self.days * DAY_MIN

    @property
    def end_s(self) -> int:
        """Instant after the last minute, seconds since 1970 UTC."""
        return self.start_s + 60 * self.minutes

    def day(self, index: int) -> date:
        """Statutory date of a day of the run, counted from 0."""
        local = datetime.fromtimestamp(self.start_s, UTC) + timedelta(hours=self.utc_offset_hours, days=index)
        return local.date()

    def local_hour(self, minute: NDArray[np.int64]) -> Floats:
        """Hour of the plant's day (n,), 0 to below 24, of minutes of the run."""
        hours: Floats = (minute % DAY_MIN) / 60.0
        return hours

    def is_weekend(self, index: int) -> bool:
        """Whether a day of the run is a Saturday or Sunday."""
        return self.day(index).weekday() >= 5
