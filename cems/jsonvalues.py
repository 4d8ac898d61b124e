"""JSON messages to numbers, instants and flags. Pure.

Any bytes at all give a document or a :class:`WireError`; any value in it a reading, never an exception.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Any, Final

from cems.clock import to_ms
from cems.errors import WireError
from cems.flags import Flag
from cems.jsonpath import Nothing, text_of
from cems.scan import EARLIEST_MS, LATEST_MS

_NUMBER: Final = re.compile(r"\s*[+-]?(\d{1,400}(\.\d{0,400})?|\.\d{1,400})([eE][+-]?\d{1,9})?\s*", re.ASCII)
_DATE_AND_TIME: Final = re.compile(r"\d{4}-?\d{2}-?\d{2}[T ]\d{2}:?\d{2}.*", re.ASCII | re.DOTALL)
_LONGEST_WHOLE: Final = 40
"""Digits from which a whole number is read as a float: Python refuses to read very long ones."""


class TimeFormat(StrEnum):
    """How a device writes the time of a message; never guessed."""

    ISO8601 = "iso8601"
    """``2026-03-01T08:00:00+08:00``; without an offset the instrument's ``utc_offset_hours`` applies."""
    UNIX = "unix"
    """Seconds since 1970 UTC, with or without decimals."""
    UNIX_MS = "unix-ms"
    """Milliseconds since 1970 UTC."""


def document(payload: bytes) -> Any:
    """The JSON in a message; raises :class:`WireError` where it is none, or nested too deeply.

    NaN and infinities are read as such, and a key that stands twice as :class:`Nothing`, so that the values beside
    them can be used.

    >>> document(b'{"co2": 12.5, "o2": NaN, "t": 1, "t": 2}')
    {'co2': 12.5, 'o2': nan, 't': <Nothing.AMBIGUOUS: 'ambiguous'>}
    """
    try:
        text = payload.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_object, parse_int=_whole)
    except UnicodeDecodeError as error:
        raise WireError(f"not UTF-8: {error.reason} at byte {error.start}") from error
    except RecursionError as error:
        raise WireError("not JSON that can be read: nested too deeply") from error
    except ValueError as error:
        raise WireError(f"not JSON: {error}") from error


def number(value: Any) -> float | None:
    """The number that a JSON value is, as a number or a text; None for anything else. NaN and infinities come out.

    True and false are no numbers, and neither is a text with a unit or a decimal comma behind it.

    >>> number(12), number(" 1.5e1 "), number("12,5"), number(True), number(None)
    (12.0, 15.0, None, None, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str) and len(value) < 1000 and _NUMBER.fullmatch(value):
        return float(value)
    return None


def flag_of(value: Any, table: Mapping[str, Flag]) -> Flag:
    """The flag that a state or a quality gives: by its text, D for one that is not listed, B where there is none.

    >>> flag_of(192, {"192": Flag.NORMAL}), flag_of("RUN", {"OK": Flag.NORMAL}), flag_of(Nothing.MISSING, {})
    (<Flag.NORMAL: 'N'>, <Flag.FAULT: 'D'>, <Flag.COMMUNICATION: 'B'>)
    """
    if value is Nothing.MISSING:
        return Flag.COMMUNICATION
    return table.get(text_of(value), Flag.FAULT)


def instant_ms(value: Any, form: TimeFormat, utc_offset_hours: float | None) -> int | None:
    """Milliseconds since 1970 UTC; None for what is no instant of the years 2000 to 2099.

    A date and time without an offset needs ``utc_offset_hours``; without it, it is no instant.

    >>> instant_ms("2026-03-01T08:00:00.250+08:00", TimeFormat.ISO8601, None)
    1772323200250
    >>> instant_ms("2026-03-01 08:00:00", TimeFormat.ISO8601, None) is None
    True
    >>> instant_ms("2026-03-01 08:00:00", TimeFormat.ISO8601, 8.0), instant_ms(1772323200.25, TimeFormat.UNIX, None)
    (1772323200000, 1772323200250)
    """
    if form is TimeFormat.ISO8601:
        found = _iso_ms(value, utc_offset_hours)
    else:
        count = number(value)
        if count is None or not abs(count) < LATEST_MS:  # NaN and infinities too
            return None
        found = round(count * 1000) if form is TimeFormat.UNIX else round(count)
    return found if found is not None and EARLIEST_MS <= found < LATEST_MS else None


def _iso_ms(value: Any, utc_offset_hours: float | None) -> int | None:
    if not isinstance(value, str) or len(value) > 64 or not _DATE_AND_TIME.fullmatch(value.strip()):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        if moment.tzinfo is None:
            if utc_offset_hours is None:
                return None
            moment = moment.replace(tzinfo=timezone(timedelta(hours=utc_offset_hours)))
        return to_ms(moment)
    except (ValueError, OverflowError):
        return None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                found[key] = Nothing.AMBIGUOUS
            seen.add(key)
    return found


def _whole(text: str) -> int | float:
    return int(text) if len(text) < _LONGEST_WHOLE else float(text)
