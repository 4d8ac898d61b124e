"""The readings of one minute of one point, added up by factor, and how they lie in the spool. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from cems.hj212.averages import Figure, Gathered, minute_figure
from gateway.upload.factors import Reading

WET: Final = "/wet"
"""Behind the code of a factor whose readings are wet: they never enter a mean with dry ones."""


@dataclass(slots=True)
class Minute:
    """What came in a minute."""

    factors: dict[str, Gathered] = field(default_factory=dict)
    """By factor code; of what is told as measured by a wet instrument, with :data:`WET` behind it."""

    def add(self, readings: Mapping[str, Reading], wet: Collection[str] = ()) -> None:
        """One more scan; ``wet`` are the codes of it that are told wet."""
        for code, (value, flag) in readings.items():
            self.factors.setdefault(code + WET if code in wet else code, Gathered()).add(value, flag)

    def figure(self, code: str, min_samples: int) -> Figure | None:
        """The value of a factor; None where no reading of it came."""
        gathered = self.factors.get(code)
        return None if gathered is None else minute_figure(gathered, min_samples)

    def merge(self, other: Minute) -> None:
        """Adds what another part of the same minute had."""
        for code, theirs in other.factors.items():
            ours = self.factors.setdefault(code, Gathered())
            ours.samples += theirs.samples
            ours.total += theirs.total
            ours.low, ours.high = min(ours.low, theirs.low), max(ours.high, theirs.high)
            ours.others += theirs.others


def packed(minute: Minute) -> str:
    """The text of a minute; :func:`unpacked` gives the same back."""
    return json.dumps(
        {
            code: [g.samples, g.total, *((g.low, g.high) if g.samples else (0.0, 0.0)), dict(g.others)]
            for code, g in minute.factors.items()
        },
        separators=(",", ":"),
    )


def unpacked(text: str) -> Minute:
    """The minute in this text.

    >>> unpacked('{"a05001":[2,24.0,11.5,12.5,{"C":1}]}').figure("a05001", 1).mean
    12.0
    """
    minute = Minute()
    for code, (samples, total, low, high, others) in json.loads(text).items():
        gathered = minute.factors[code] = Gathered(samples, total, others=Counter(others))
        if samples:
            gathered.low, gathered.high = low, high
    return minute
