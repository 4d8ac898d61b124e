"""Minutes become what a packet says: values and flags of one period. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Final

from cems.channels import Channel
from cems.clock import CST, DAY_MS, HOUR_MS, MINUTE_MS
from cems.errors import WireError
from cems.flags import Flag
from cems.hj212.averages import Figure, day_figure, hour_figure, span_figure
from cems.hj212.content import Kind, Statement
from cems.hj212.factors import value_text
from gateway.upload.config import UploadConfig
from gateway.upload.factors import CODES, Reading
from gateway.upload.minutes import WET, Minute

_CST_MS: Final = int(CST.utcoffset(None).total_seconds()) * 1000
_PER_HOUR: Final = 60


def length_ms(kind: Kind, upload: UploadConfig) -> int:
    """How long a period is; 0 for a realtime packet."""
    return {
        Kind.REALTIME: 0,
        Kind.MINUTE: upload.minute_interval * MINUTE_MS,
        Kind.HOUR: HOUR_MS,
        Kind.DAY: DAY_MS,
    }[kind]


def start_of(kind: Kind, instant_ms: int, upload: UploadConfig) -> int:
    """Start of the period that holds an instant; days are those of UTC+8.

    *Source*: HJ 212-2017: DataTime is the start of the period of minute, hour and day data [V].
    """
    if kind is Kind.DAY:
        return day_start(instant_ms)
    length = length_ms(kind, upload)
    return instant_ms // length * length if length else instant_ms


def day_start(instant_ms: int) -> int:
    """Start of the day of UTC+8 that holds an instant.

    >>> day_start(1_772_323_200_000) == 1_772_323_200_000 - 8 * HOUR_MS
    True
    """
    return (instant_ms + _CST_MS) // DAY_MS * DAY_MS - _CST_MS


def kinds_of(upload: UploadConfig) -> tuple[Kind, ...]:
    """The kinds of periods that are sent."""
    wanted = [(Kind.MINUTE, upload.minute_interval), (Kind.HOUR, upload.hour == "on"), (Kind.DAY, upload.day == "on")]
    return tuple(kind for kind, on in wanted if on)


def realtime(mn: str, instant_ms: int, readings: Mapping[str, Reading], upload: UploadConfig) -> Statement:
    """What a realtime packet says: a value that is not normal keeps its flag beside it."""
    values: dict[str, dict[str, float | None]] = {}
    flags: dict[str, str] = {}
    for code, (value, flag) in readings.items():
        flags[code] = flag.value
        if value is not None and (wired := _sendable(code, "Rtd", value, upload)) is not None:
            values[code] = {"Rtd": wired}
        elif value is not None and flag is Flag.NORMAL:
            flags[code] = Flag.OVER_RANGE.value
    return Statement(Kind.REALTIME, mn, instant_ms, values, flags)


def period(
    kind: Kind, mn: str, span: tuple[int, int], minutes: Mapping[int, Minute], upload: UploadConfig
) -> Statement:
    """What the packet of a minute interval, an hour or a day says, from its minutes by their starts.

    ``span`` is its start and end: a minute interval stays what it was when the file gives another one meanwhile.

    Where ``basis`` was changed within the period, a factor is told on the basis that most of its minutes have, and the
    others count as not there: a mean never has dry and wet readings in it.

    A factor with too few valid readings has no value, only its flag. The quantity of gas (``a00000-Cou``, m3) of an
    hour is its mean flow times one hour, that of a day the sum of its hours where all 24 are valid. *Source*: HJ
    212-2017 Annex D.2 eq. 23 to 25, 30 and 32 [V].
    """
    values: dict[str, dict[str, float | None]] = {}
    flags: dict[str, str] = {}
    for code, key in _keys(minutes).items():
        figure, gas_m3 = _figure(kind, key, span, minutes, upload.min_samples)
        flags[code] = figure.flag.value
        if figure.mean is None or figure.low is None or figure.high is None:
            continue
        said = {"Min": figure.low, "Avg": figure.mean, "Max": figure.high}
        wired = {name: _sendable(code, name, value, upload) for name, value in said.items()}
        if None in wired.values():
            flags[code] = Flag.OVER_RANGE.value
            continue
        if gas_m3 is not None:
            wired["Cou"] = gas_m3
        values[code] = wired
    return Statement(kind, mn, span[0], values, flags)


def _keys(minutes: Mapping[int, Minute]) -> dict[str, str]:
    """By factor code, the name under which most minutes have it; the dry one of two that as many have."""
    counts = Counter(key for minute in minutes.values() for key in minute.factors)
    # Of equals the later one stays, and the dry name is the shorter one.
    ranked = sorted(counts, key=lambda key: (counts[key], -len(key)))
    best = {key.removesuffix(WET): key for key in ranked}
    return {code: best[code] for code in dict.fromkeys(key.removesuffix(WET) for key in counts)}


def _figure(
    kind: Kind, key: str, span: tuple[int, int], minutes: Mapping[int, Minute], min_samples: int
) -> tuple[Figure, float | None]:
    """The figure of a factor over a period and, of the flow, the quantity of gas [m3]."""

    def of_minutes(first_ms: int, count: int) -> list[Figure | None]:
        at = [minutes.get(first_ms + n * MINUTE_MS) for n in range(count)]
        return [None if minute is None else minute.figure(key, min_samples) for minute in at]

    start_ms, flow = span[0], CODES[key.removesuffix(WET)] is Channel.FLOW
    if kind is Kind.DAY:
        hours = [hour_figure(of_minutes(start_ms + n * HOUR_MS, _PER_HOUR)) for n in range(24)]
        hourly = [hour.mean for hour in hours if hour.mean is not None]
        return day_figure(hours), math.fsum(hourly) if flow and len(hourly) == len(hours) else None
    if kind is Kind.HOUR:
        figure = hour_figure(of_minutes(start_ms, _PER_HOUR))
        return figure, figure.mean if flow else None
    length = (span[1] - start_ms) // MINUTE_MS
    parts = of_minutes(start_ms, length)
    figure = span_figure(parts, length)
    if not flow or figure.mean is None or not all(part is not None and part.mean is not None for part in parts):
        return figure, None
    return figure, figure.mean * length / _PER_HOUR


def _sendable(code: str, name: str, value: float, upload: UploadConfig) -> float | None:
    """A value as the wire has it; None where it has more digits than its factor may have."""
    wired = upload.wire(CODES[code], value)
    try:
        value_text(code, name, wired, upload.form)
    except WireError:
        return None
    return wired
