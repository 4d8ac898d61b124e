"""Times of HJ 212 packets: digits in China Standard Time, UTC+8 all year. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from cems.clock import CST, from_ms, to_ms
from cems.errors import WireError
from cems.scan import EARLIEST_MS, LATEST_MS

_DIGITS: Final = re.compile(r"[0-9]{14}([0-9]{3})?")


def instant_ms(text: str) -> int:
    """UTC milliseconds since 1970 of ``YYYYMMDDhhmmss`` or ``YYYYMMDDhhmmsszzz``.

    Raises :class:`WireError` for anything else, and for a time outside the years 2000 to 2099.

    >>> instant_ms("20260301080000"), instant_ms("20260301080000250")
    (1772323200000, 1772323200250)
    """
    if not _DIGITS.fullmatch(text):
        raise WireError(f"{text[:40]!r} is no time of 14 or 17 digits")
    try:
        instant = to_ms(datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=CST)) + int(text[14:] or 0)
    except (ValueError, OverflowError) as error:
        raise WireError(f"{text!r} is no time: {error}") from error
    if not EARLIEST_MS <= instant < LATEST_MS:
        raise WireError(f"{text!r} lies outside the years 2000 to 2099")
    return instant


def time_text(instant: int) -> str:
    """``YYYYMMDDhhmmss`` of UTC milliseconds since 1970; what is below a second is cut off.

    >>> time_text(1_772_323_200_999)
    '20260301080000'
    """
    return from_ms(instant).astimezone(CST).strftime("%Y%m%d%H%M%S")


def qn_of(instant: int) -> str:
    """A request number: ``YYYYMMDDhhmmsszzz`` of UTC milliseconds since 1970.

    >>> qn_of(1_772_323_200_250)
    '20260301080000250'
    """
    return f"{time_text(instant)}{instant % 1000:03d}"
