"""The substitute of a group of missing hours, and how the answers of all gaps become a filled series."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from cems.errors import RuleError
from reconcile.readings import runs
from reconcile.rulebooks.substitution.filled import MEASURED, REFUSED, Array, Filled, Ints, Refusal
from reconcile.rulebooks.substitution.part75_record import NONE, Band, Gap, Record
from reconcile.rulebooks.substitution.part75_rule import MissingDataRule

OpenEnd: TypeAlias = Literal["refuse", "hour_before"]
"""What happens to a gap without an hour after; see :mod:`part75`."""

NO_HOURS: Ints = np.empty(0, dtype=np.int64)
"""No hours fed a substitute."""
NOT_CERTIFIED = "the hour lies before certification (40 CFR 75.31(a))"
STILL_OPEN = "the gap has no hour after yet, and the substitute needs it or the length of the gap (40 CFR 75.33)"
NO_LOAD = "the load of the hour is not known, so that it has no load range (40 CFR Part 75 App. C 2.2)"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one group of missing hours of a gap gets."""

    value: float
    """The substitute; NaN when refused."""
    modc: str
    """Method of determination code, or :data:`REFUSED`."""
    fed: Ints
    """Indices of the hours that fed it, rising, each once."""
    reason: str = ""
    """Why it was refused."""


@dataclass(frozen=True, slots=True)
class Side:
    """The direction in which missing data may not flatter: up for CO2 and flow, down for O2 and moisture."""

    upward: bool
    """True for greater-of, maximum, 90th and 95th percentile; False for lesser-of, minimum, 10th and 5th."""
    potential: float
    """Maximum (minimum) potential value."""

    def worse(self, values: Iterable[float]) -> float:
        """The greatest of the values (the least)."""
        return max(values) if self.upward else min(values)

    def pct(self, band: Band, rule: MissingDataRule) -> float:
        """Percentile for a long gap of a band."""
        if self.upward:
            return rule.percentile_high if band == Band.HIGH else rule.percentile_middle
        return rule.percentile_high_mirror if band == Band.HIGH else rule.percentile_middle_mirror

    def answer(self) -> Answer:
        """The potential value, MODC 12."""
        return Answer(self.potential, "12", NO_HOURS)


def refused(reason: str) -> Answer:
    """No number, with the reason."""
    return Answer(math.nan, REFUSED, NO_HOURS, reason)


def is_short(gap: Gap, band: Band, rule: MissingDataRule) -> bool:
    """Whether the whole gap is short in this band (24 h, 8 h, both included)."""
    return gap.hours <= (rule.short_gap_high if band == Band.HIGH else rule.short_gap_middle)


def neighbours(gap: Gap) -> Ints:
    """The hour before and the hour after, as far as they exist."""
    return np.array([hour for hour in (gap.before, gap.after) if hour != NONE], dtype=np.int64)


def mean_of(values: Array) -> float:
    """Arithmetic mean, exactly summed."""
    return math.fsum(values) / values.size


def check_open_end(open_end: str) -> None:
    """Raises :class:`RuleError` for a treatment of open gaps that does not exist."""
    if open_end not in {"refuse", "hour_before"}:
        raise RuleError(f"there is no treatment of open gaps {open_end!r}; use refuse or hour_before")


def filled_from(record: Record, answers: Iterable[tuple[Ints, Answer]]) -> Filled:
    """The series with the answers in it; measured hours stay, standstill is NaN, hours before certification refused."""
    n = record.value.size
    value = np.where(record.used, record.value, np.nan)
    method = np.full(n, MEASURED, dtype=f"<U{len(REFUSED)}")
    fed_first, fed_last = np.full(n, NONE, dtype=np.int64), np.full(n, NONE, dtype=np.int64)
    fed_count = np.zeros(n, dtype=np.int64)
    early = np.flatnonzero(record.operating & ~record.used & (np.arange(n) < record.first_index))
    reasons: dict[str, list[Ints]] = {NOT_CERTIFIED: [early]}
    method[early] = REFUSED
    for hours, answer in answers:
        value[hours], method[hours] = answer.value, answer.modc
        if answer.fed.size:
            fed_first[hours], fed_last[hours], fed_count[hours] = answer.fed[0], answer.fed[-1], answer.fed.size
        if answer.reason:
            reasons.setdefault(answer.reason, []).append(hours)
    blocks = [block for reason, parts in reasons.items() for block in _blocks(record, np.concatenate(parts), reason)]
    refusals = tuple(sorted(blocks, key=lambda block: block.first))
    return Filled(value, method, fed_first, fed_last, fed_count, refusals)


def _blocks(record: Record, hours: Ints, reason: str) -> list[Refusal]:
    """Refusals over hours, joined where only standstill lies between them."""
    running = np.flatnonzero(record.operating)
    hit = np.isin(running, hours)
    return [Refusal(int(running[first]), int(running[last]), reason) for first, last in runs(hit)]
