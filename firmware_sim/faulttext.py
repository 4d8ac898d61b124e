"""Reading a fault from the command line.

A fault is written ``KIND[:CHANNEL]@START[/END][=SIZE]``. START and END are either a day of the run counted from 1
(``10``, or ``10T06:30``) or a date (``2026-03-10``, ``2026-03-10T06:30``), in the plant's time; without END the fault
stays to the end of the run. SIZE is a share, ``5%`` or ``0.05``; a fault that grows reaches it at its end.
"""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Final

from cems.channels import Channel
from cems.errors import ConfigError, Fault
from firmware_sim.faults import KINDS, FaultKind, InjectedFault, Stage
from firmware_sim.span import Span

_TEXT: Final = re.compile(
    r"(?P<kind>[a-z-]+)(:(?P<channel>[a-z0-9_]+))?@(?P<start>[^/=@]+)(/(?P<end>[^/=@]+))?(=(?P<size>[^/=@]+))?"
)
_LONGEST_MONTH: Final = 31
_WHEN: Final = re.compile(r"((?P<day>\d{1,4})|(?P<date>\d{4}-\d\d-\d\d))(T(?P<hour>\d\d):(?P<minute>\d\d))?")


def parse_fault(text: str, span: Span) -> InjectedFault:
    """The fault that a text describes, for a run; raises :class:`ConfigError` that says how to write it.

    >>> fault = parse_fault("air-leak@10/20T12:00=5%", Span.of_month("2026-03"))
    >>> fault.kind.name, fault.size, (fault.end_s - fault.start_s) / 3600
    ('air-leak', 0.05, 252.0)
    """
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise _wrong(text, "expected KIND[:CHANNEL]@START[/END][=SIZE], such as span-drift:co2@10/20=5%")
    kind = KINDS.get(match["kind"])
    if kind is None:
        raise _wrong(text, f"there is no fault {match['kind']!r}; known: {', '.join(KINDS)}")
    channels = _channels(text, kind, match["channel"])
    start = _instant(text, match["start"], span)
    end = _instant(text, match["end"], span) if match["end"] else max(span.end_s, start + 60)
    if not start < end:
        raise _wrong(text, "it ends before it begins")
    return InjectedFault(kind, channels, start, end, _size(text, kind, match["size"]))


def parse_faults(texts: list[str], span: Span) -> tuple[InjectedFault, ...]:
    """All faults of a run; raises :class:`ConfigError` that lists every text that is wrong."""
    found, wrong = [], []
    for text in texts:
        try:
            found.append(parse_fault(text, span))
        except ConfigError as error:
            wrong += error.faults
    if wrong:
        raise ConfigError("simulated run", wrong)
    return tuple(found)


def _channels(text: str, kind: FaultKind, name: str | None) -> tuple[Channel, ...]:
    if kind.together:
        if name is not None and name not in kind.channels:
            raise _wrong(text, f"{kind.name} strikes {', '.join(kind.channels)}; name no channel")
        return kind.channels
    if name not in kind.channels:
        raise _wrong(text, f"{kind.name} needs a channel: {', '.join(kind.channels)}")
    return (Channel(name),)


def _instant(text: str, when: str, span: Span) -> int:
    try:
        day, minute = day_and_minute(when, span.day(0))
    except ValueError as error:
        raise _wrong(text, str(error)) from error
    if not 0 <= day <= _LONGEST_MONTH:  # a shortened run may keep the faults of the whole month
        raise _wrong(text, f"{when!r} lies outside the month that begins on {span.day(0)}")
    return span.start_s + day * 86_400 + minute * 60


def day_and_minute(when: str, first: date) -> tuple[int, int]:
    """Days after the first day of a run and minute of the day; raises :class:`ValueError` that says what is wrong.

    >>> day_and_minute("10T06:30", date(2026, 3, 1)), day_and_minute("2026-03-10", date(2026, 3, 1))
    ((9, 390), (9, 0))
    """
    match = _WHEN.fullmatch(when)
    if match is None or int(match["hour"] or 0) > 23 or int(match["minute"] or 0) > 59:
        raise ValueError(f"{when!r} is no time; write a day of the run (10, 10T06:30) or a date (2026-03-10T06:30)")
    try:
        day = int(match["day"]) - 1 if match["day"] else (date.fromisoformat(match["date"]) - first).days
    except ValueError as error:
        raise ValueError(f"{when!r} is no date: {error}") from error
    return day, 60 * int(match["hour"] or 0) + int(match["minute"] or 0)


def number_of(size: str) -> float:
    """A size as a number, per cent as a share; NaN for what is none.

    >>> number_of("5%"), number_of("0.05")
    (0.05, 0.05)
    """
    try:
        return float(size.removesuffix("%")) / (100.0 if size.endswith("%") else 1.0)
    except ValueError:
        return math.nan


def _size(text: str, kind: FaultKind, size: str | None) -> float:
    if kind.default is None:
        if size is not None:
            raise _wrong(text, f"{kind.name} has no size; leave ={size} away")
        return 0.0
    if size is None:
        return kind.default
    number = number_of(size)
    if not 0.0 < abs(number) < 1.0:
        raise _wrong(text, f"size {size!r} is no share; write 5% or 0.05")
    if number < 0.0 and kind.stage is Stage.SAMPLE:
        raise _wrong(text, f"{kind.name} cannot be negative")
    return number


def _wrong(text: str, message: str) -> ConfigError:
    return ConfigError("simulated run", [Fault(0, f"--fault {text}", message)])
