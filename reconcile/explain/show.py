"""Figures and instants as a reader sees them: nine significant digits, plant time with UTC beside it. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from cems import clock
from cems.clock import HOUR_MS, MINUTE_MS
from reconcile.explain.step import Value

NO_NUMBER: Final = "no number"
"""What stands where there is none."""
_DIGITS: Final = 9


def figure(value: Value) -> str:
    """A figure with up to nine significant digits and thousands set apart; ``no number`` where there is none.

    >>> figure(19356.7512345678), figure(0.000012345678912), figure(60), figure(12.0), figure(None), figure("dry")
    ('19,356.7512', '0.0000123456789', '60', '12', 'no number', 'dry')
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return NO_NUMBER
    if isinstance(value, str):
        return value
    if isinstance(value, int) or value == 0:
        return f"{int(value):,}"
    places = max(0, _DIGITS - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class PlantTime:
    """The plant's standard time."""

    offset_hours: float
    """Hours from UTC."""

    @property
    def offset_ms(self) -> int:
        """Milliseconds from UTC."""
        return round(self.offset_hours * HOUR_MS)

    @property
    def name(self) -> str:
        """``UTC+8``."""
        return f"UTC{self.offset_hours:+g}"

    def hour(self, instant_ms: int) -> str:
        """``2026-03-05T13``, as ``--hour`` takes it."""
        return self._at(instant_ms, "%Y-%m-%dT%H")

    def minute(self, instant_ms: int) -> str:
        """``2026-03-05T13:07``, as ``--minute`` takes it."""
        return self._at(instant_ms, "%Y-%m-%dT%H:%M")

    def day(self, instant_ms: int) -> str:
        """``2026-03-05``, as ``--day`` takes it."""
        return self._at(instant_ms, "%Y-%m-%d")

    def time(self, instant_ms: int) -> str:
        """``13:07``."""
        return self._at(instant_ms, "%H:%M")

    def both(self, instant_ms: int) -> str:
        """Plant time with UTC beside it, to the minute, or to the millisecond where there is more.

        >>> PlantTime(8).both(1_772_600_820_000)
        '2026-03-04 13:07 UTC+8 = 2026-03-04T05:07Z'
        """
        whole = instant_ms % MINUTE_MS == 0
        local, utc = clock.from_ms(instant_ms).astimezone(clock.zone_of(self.offset_hours)), clock.from_ms(instant_ms)
        form = "%H:%M" if whole else "%H:%M:%S.%f"
        here, there = f"{local:{form}}", f"{utc:{form}}"
        if not whole:
            here, there = here[:-3], there[:-3]
        return f"{local:%Y-%m-%d} {here} {self.name} = {utc:%Y-%m-%d}T{there}Z"

    def start_of_day(self, number: int) -> int:
        """Start of a statutory day by its number, UTC, milliseconds since 1970."""
        return number * 24 * HOUR_MS - self.offset_ms

    def _at(self, instant_ms: int, form: str) -> str:
        return format(clock.from_ms(instant_ms).astimezone(clock.zone_of(self.offset_hours)), form)
