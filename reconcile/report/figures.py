"""How the report writes numbers and instants: thin spaces, a true minus sign, digits that the uncertainty allows."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

from cems.clock import zone_of
from cems.errors import FlueledgerError

THIN = "\N{NARROW NO-BREAK SPACE}"
"""Between groups of three digits (ISO 80000-1); does not break at the end of a line."""
MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
"""Stands where a number is missing; the reason stands beside it."""


def fixed(value: float, decimals: int = 0, *, signed: bool = False) -> str:
    """A number with a fixed count of decimals and groups of three; ``signed`` writes the plus sign too.

    A number that cannot be (NaN, such as a share of nothing) is a dash.

    >>> fixed(468128.778, 1).replace(THIN, " ")
    '468 128.8'
    >>> fixed(-0.04, 1), fixed(2.5, 1, signed=True)
    ('0.0', '+2.5')
    """
    if not math.isfinite(value):
        return DASH
    step = Decimal(1).scaleb(-decimals)
    rounded = Decimal(repr(float(value))).quantize(step, rounding=ROUND_HALF_EVEN)
    text = f"{abs(rounded):,.{max(decimals, 0)}f}".replace(",", THIN)
    if rounded == 0:
        return text
    return (MINUS if rounded < 0 else "+" if signed else "") + text


def decimals_for(uncertainty: float) -> int:
    """Decimals that leave an uncertainty two significant digits; negative means tens, hundreds and so on.

    >>> [decimals_for(u) for u in (4312.0, 0.123, 0.0996, 99.6)]
    [-2, 2, 2, -1]
    """
    if not uncertainty > 0:
        return 2
    exponent = int(f"{uncertainty:.1e}".split("e")[1])
    return 1 - exponent


def value_and_uncertainty(value: float, uncertainty: float, *, signed: bool = False) -> tuple[str, str]:
    """A value and its uncertainty: the uncertainty to two significant digits, the value to the same place.

    >>> [text.replace(THIN, " ") for text in value_and_uncertainty(227284.1, 4312.0)]
    ['227 300', '4 300']
    """
    decimals = decimals_for(uncertainty)
    return fixed(value, decimals, signed=signed), fixed(uncertainty, decimals)


def two_digits(uncertainty: float) -> str:
    """An uncertainty to two significant digits.

    >>> two_digits(0.00239), two_digits(1.0)
    ('0.0024', '1.0')
    """
    return fixed(uncertainty, decimals_for(uncertainty))


def general(value: float) -> str:
    """A parameter as it was given: every digit it has and none more.

    >>> general(0.03085), general(101325.0).replace(THIN, " "), general(273.15)
    ('0.03085', '101 325', '273.15')
    """
    number = Decimal(repr(float(value)))
    exponent = number.normalize().as_tuple().exponent
    return fixed(value, max(-exponent, 0) if isinstance(exponent, int) else 0)


def local(instant: datetime, offset_hours: float, pattern: str = "%Y-%m-%d %H:%M") -> str:
    """An instant in the plant's standard time, without the name of the zone.

    >>> from datetime import UTC
    >>> local(datetime(2026, 2, 28, 16, 0, tzinfo=UTC), 8)
    '2026-03-01 00:00'
    """
    return plant_time(instant, offset_hours).strftime(pattern)


def plant_time(instant: datetime, offset_hours: float) -> datetime:
    """An instant in the plant's standard time; raises :class:`FlueledgerError` when it names no zone."""
    if instant.tzinfo is None:
        raise FlueledgerError(f"{instant} in the report names no zone; give every instant with its offset from UTC")
    return instant.astimezone(zone_of(offset_hours))


def offset_name(offset_hours: float) -> str:
    """How the plant's zone is named beside times.

    >>> offset_name(8), offset_name(5.5), offset_name(-3), offset_name(0)
    ('UTC+8', 'UTC+5:30', 'UTC−3', 'UTC')
    """
    if offset_hours == 0:
        return "UTC"
    hours, minutes = divmod(round(abs(offset_hours) * 60), 60)
    return f"UTC{'+' if offset_hours > 0 else MINUS}{hours}" + (f":{minutes:02d}" if minutes else "")
