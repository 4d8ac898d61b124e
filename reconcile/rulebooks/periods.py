"""The monitored CO2 of a period by one rule book: measured only, by the rule, neutral, and what each block adds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reconcile import totals
from reconcile.hours import Hours, Status
from reconcile.parameters import Parameters
from reconcile.rulebooks.book import KG_PER_T, Bools, ByRule, RuleBook, Site
from reconcile.rulebooks.capture import CaptureRate

Ints = NDArray[np.int64]


class Fed(NamedTuple):
    """The hours that fed a substitute."""

    first_ms: int
    """Start of the earliest."""
    last_ms: int
    """Start of the latest."""
    hours: int
    """How many fed it; for several parameters those of the one that looked back on most."""


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive hours that one method of a rule filled."""

    start_ms: int
    """Start of the first hour, UTC, milliseconds since 1970."""
    end_ms: int
    """Start of the last hour."""
    hours: int
    """Hours filled."""
    method: str
    """Method code of the rule book."""
    co2_t: float
    """Tonnes that the rule puts in."""
    neutral_t: float
    """Tonnes of the neutral fill for the same hours."""
    fed: Fed | None
    """The hours behind the substitutes of the block."""

    @property
    def added_t(self) -> float:
        """What the rule adds to the neutral fill [t]; negative where it takes away."""
        return self.co2_t - self.neutral_t


@dataclass(frozen=True, slots=True)
class RuleTotals:
    """Monitored CO2 of a period by one rule book."""

    book: str
    """Short name of the rule book."""
    capture: CaptureRate
    """Valid-data capture."""
    measured_t: float
    """Sum of the valid hours, each with the mass of the rule book."""
    by_rule_t: float | None
    """With the substitutes of the rule; None where the rule leaves an hour without a number."""
    neutral: totals.Totals
    """With the neutral fill by load."""
    blocks: tuple[Block, ...]
    """What was substituted, in order of time."""
    refused_hours: int
    """Operating hours that the rule leaves without a number."""
    reasons: tuple[str, ...]
    """Why."""
    start_ms: Ints
    """Start of each hour of the period, shape (n_hours,)."""
    substituted: ByRule
    """Every hour of the period."""
    fed: tuple[Fed | None, ...]
    """The hours behind each substitute."""

    @property
    def substituted_t(self) -> float:
        """Tonnes that the rule put in."""
        return math.fsum(block.co2_t for block in self.blocks)


def rule_totals(
    book: RuleBook, hours: Hours, site: Site, start_ms: int, end_ms: int, parameters: Parameters
) -> RuleTotals:
    """Totals of [start, end) by a rule book; ``hours`` begin with the history that the rule may look back on.

    ``measured_t`` + ``substituted_t`` = ``by_rule_t`` up to the rounding of the rule book.
    """
    done = book.substitute(hours, site, parameters)
    inside = (hours.start_ms >= start_ms) & (hours.start_ms < end_ms)
    period, by_rule = hours.where(inside), _part(done, inside)
    neutral = totals.total(period, totals.fit_fill(period))
    numbers = by_rule.co2_kg[np.isfinite(by_rule.co2_kg)]
    refused = int(by_rule.refused.sum())
    fed = tuple(_fed(done, hours.start_ms, int(i)) for i in np.flatnonzero(inside))
    return RuleTotals(
        book=book.NAME,
        capture=totals.capture(period),
        measured_t=book.total_t(period.co2_kg[period.is_(Status.VALID)]),
        by_rule_t=None if refused else book.total_t(numbers),
        neutral=neutral,
        blocks=_blocks(period, by_rule, neutral, fed),
        refused_hours=refused,
        reasons=by_rule.reasons(),
        start_ms=period.start_ms,
        substituted=by_rule,
        fed=fed,
    )


def _fed(done: ByRule, start_ms: Ints, index: int) -> Fed | None:
    """Over all parameters that were substituted in an hour; None where nothing was."""
    behind = [f for f in done.filled.values() if f.fed_count[index]]
    if not behind:
        return None
    first = min(int(f.fed_first[index]) for f in behind)
    last = max(int(f.fed_last[index]) for f in behind)
    return Fed(int(start_ms[first]), int(start_ms[last]), max(int(f.fed_count[index]) for f in behind))


def _widest(behind: list[Fed]) -> Fed:
    return Fed(min(f.first_ms for f in behind), max(f.last_ms for f in behind), max(f.hours for f in behind))


def _part(done: ByRule, inside: Bools) -> ByRule:
    return ByRule(done.co2_kg[inside], done.method[inside], done.filled)


def _blocks(period: Hours, by_rule: ByRule, neutral: totals.Totals, fed: tuple[Fed | None, ...]) -> tuple[Block, ...]:
    """Runs of substituted hours of one method; hours at a standstill between them end a block."""
    hit, method = by_rule.substituted, by_rule.method
    edges = np.flatnonzero(np.concatenate(([True], method[1:] != method[:-1])))
    blocks = []
    for first, after in zip(edges.tolist(), [*edges.tolist()[1:], hit.size], strict=True):
        if hit.size and hit[first]:
            part = slice(first, after)
            fills = float(np.nansum(neutral.fills_kg[part])) / KG_PER_T
            mass = math.fsum(by_rule.co2_kg[part]) / KG_PER_T
            start, end = int(period.start_ms[first]), int(period.start_ms[after - 1])
            behind = [f for f in fed[part] if f]
            together = _widest(behind) if behind else None
            blocks.append(Block(start, end, after - first, str(method[first]), mass, fills, together))
    return tuple(blocks)
