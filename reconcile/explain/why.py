"""Why a minute has no number: which channel carried which flag, as received and after the checks. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np

from cems.channels import INDEX, Channel
from cems.clock import MINUTE_MS
from cems.flags import FLAGS, Flag
from reconcile.explain.again import Again
from reconcile.explain.show import PlantTime

_NOT_READ: Final = "not read"


def readings_in(again: Again, start_ms: int, end_ms: int) -> range:
    """Positions of the stack's distinct readings in [start, end)."""
    instant = again.observed.checked.readings.instant_ms
    first, after = np.searchsorted(instant, [start_ms, end_ms]).tolist()
    return range(first, after)


def why_not(again: Again, minute_ms: int) -> str:
    """Why a minute has no concentration or no flow, in words; empty where it has both."""
    hour, minute = divmod((minute_ms - again.minutes.start_ms) // MINUTE_MS, 60)
    if np.isfinite(again.minutes.concentration[hour, minute]) and np.isfinite(again.minutes.flow[hour, minute]):
        return ""
    found = readings_in(again, minute_ms, minute_ms + MINUTE_MS)
    if not len(found):
        return _NOT_READ
    words = dict.fromkeys(text for position in found for text in flagged(again, position))
    return "; ".join(words) or "the readings are physically impossible together"


def flagged(again: Again, position: int) -> list[str]:
    """The needed channels of a reading that are not valid, each with its flag."""
    checked = again.observed.checked
    rows = []
    for channel in again.observed.needed:
        stands = Flag(chr(checked.flags[position, INDEX[channel]]))
        if stands is not Flag.NORMAL:
            rows.append(f"{channel.value} {told(stands)}")
    return rows


def told(flag: Flag) -> str:
    """A flag with its terms.

    >>> told(Flag.STUCK)
    'k (stuck 恒值)'
    """
    info = FLAGS[flag]
    return f"{flag.value} ({info.term} {info.chinese})"


def checks_behind(again: Again, channel: Channel, instant_ms: int, time: PlantTime) -> tuple[str, ...]:
    """What checks and people say of a channel at an instant: the stretch a check found, the mark that was set."""
    stretches = [
        f"check: {told(s.flag)} from {time.minute(s.start_ms)} to {time.minute(s.end_ms)}, {s.readings} readings"
        for s in again.observed.checked.stretches
        if s.channel is channel and s.start_ms <= instant_ms <= s.end_ms
    ]
    marks = [
        f"mark: {told(m.flag)} by {m.who} ({m.source}): {m.reason}"
        for m in again.inputs.marks
        if m.channel is channel and m.start_ms <= instant_ms and (m.end_ms is None or instant_ms < m.end_ms)
    ]
    return (*stretches, *marks)


def letters_at(again: Again, position: int) -> str:
    """The flags of a reading after the checks, one letter a channel in the order of ``cems.channels``."""
    return bytes(again.observed.checked.flags[position].tolist()).decode("ascii")
