"""Totals of the days, months, quarters and years of a period: measured only, by the rule, neutral. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cems import clock
from reconcile import totals
from reconcile.hours import Hours, Status
from reconcile.parameters import Parameters
from reconcile.rulebooks import hj75
from reconcile.rulebooks.book import KG_PER_T, RuleBook
from reconcile.rulebooks.capture import (
    Band,
    CaptureRate,
    Period,
    captures,
    day_rule_of,
    hours_of,
    limits_of,
    period_of,
    valid_days,
    valid_months,
)
from reconcile.rulebooks.periods import RuleTotals

Kind: TypeAlias = Literal["day", "month", "quarter", "year", "period"]
KINDS: Final[tuple[Kind, ...]] = ("day", "month", "quarter", "year", "period")


@dataclass(frozen=True, slots=True)
class PartTotal:
    """Monitored CO2 of a day, month, quarter or year, or of the whole period."""

    kind: Kind
    """What it is."""
    name: str
    """``2026-03-05``, ``2026-03``, ``2026-Q1``, ``2026``, or the name of the period."""
    start_ms: int
    """Start of its first hour that was given, UTC, milliseconds since 1970."""
    capture: CaptureRate
    """Valid-data capture of the hours that were given."""
    band: Band | None
    """What the capture rate allows by HJ 75; None for a rule book that knows no such bands."""
    whole: bool
    """Whether all clock hours of the day, month, quarter or year were given; the capture is provisional otherwise."""
    valid: bool | None
    """Whether the day or month is valid by HJ 212 and HJ 76; None where no rule says so."""
    measured_t: float
    """Sum of the valid hours [t]."""
    by_rule_t: float | None
    """With the substitutes of the rule [t]; None where the rule leaves an hour without a number."""
    neutral_t: float
    """With the neutral fill [t]."""
    substituted_hours: int
    """Hours that the rule filled."""
    refused_hours: int
    """Operating hours that the rule leaves without a number."""
    filled_hours: int
    """Hours of the neutral fill."""
    unfilled_hours: int
    """Operating hours with neither a mass nor a neutral fill."""


def breakdown(
    book: RuleBook,
    hours: Hours,
    rule: RuleTotals,
    period: str,
    offset_ms: int,
    parameters: Parameters,
    kinds: Sequence[Kind] = KINDS,
) -> tuple[PartTotal, ...]:
    """Totals of every day, month, quarter, year and of the period, in that order, each kind in order of time.

    ``hours`` and ``rule`` are those of the period by one rule book, hour for hour. The neutral fill of a part is that
    part of the fill of the whole period. The tonnes of parts add up to those of the whole up to the last bits of a sum.
    """
    parts = _Parts(book, hours, rule, offset_ms, parameters)
    return tuple(part for kind in KINDS if kind in kinds for part in parts.of(kind, period))


def name_of(kind: Period, number: int) -> str:
    """The name of a statutory day, month, quarter or year by its number, counted from 1970.

    >>> name_of("day", 20_513), name_of("month", 674), name_of("quarter", 224), name_of("year", 56)
    ('2026-03-01', '2026-03', '2026-Q1', '2026')
    """
    if kind == "day":
        return clock.day_of(number).isoformat()
    if kind == "month":
        return f"{1970 + number // 12}-{number % 12 + 1:02}"
    return f"{1970 + number // 4}-Q{number % 4 + 1}" if kind == "quarter" else f"{1970 + number}"


class _Parts:
    """One period by one rule book, to be divided."""

    def __init__(self, book: RuleBook, hours: Hours, rule: RuleTotals, offset_ms: int, parameters: Parameters) -> None:
        self._book, self._hours, self._rule, self._offset_ms = book, hours, rule, offset_ms
        self._valid, self._stopped = hours.is_(Status.VALID), hours.is_(Status.STOPPED)
        self._open = totals.open_hours(hours, rule.neutral.fills_kg)
        self._limits = limits_of(parameters) if book.NAME == hj75.NAME else None
        self._days: dict[Kind, dict[int, bool]] = {}
        if self._limits is not None:
            given = (self._valid, hours.start_ms, offset_ms, day_rule_of(parameters))
            self._days = {"day": valid_days(*given), "month": valid_months(*given)}

    def of(self, kind: Kind, period: str) -> Iterator[PartTotal]:
        """The parts of one kind, in order of time."""
        if kind == "period":
            at = np.zeros(self._hours.start_ms.size, dtype=np.int64)
            yield self._part(kind, period, at == 0, whole=True, valid=None)
            return
        at = period_of(self._hours.start_ms, self._offset_ms, kind)
        for number in np.unique(at).tolist():
            inside = np.asarray(at == number, dtype=np.bool_)
            whole = int(inside.sum()) == hours_of(kind, number)
            yield self._part(
                kind, name_of(kind, number), inside, whole=whole, valid=self._days.get(kind, {}).get(number)
            )

    def _part(self, kind: Kind, name: str, at: NDArray[np.bool_], *, whole: bool, valid: bool | None) -> PartTotal:
        good, running = self._valid[at], ~self._stopped[at]
        capture = captures(good, running, np.zeros(good.size, dtype=np.int64))[0]
        masses, by_rule = self._hours.co2_kg[at], self._rule.substituted
        numbers, refused = by_rule.co2_kg[at], int(by_rule.refused[at].sum())
        fills = self._rule.neutral.fills_kg[at]
        measured_t, filled_t = self._book.total_t(masses[good]), math.fsum(fills[np.isfinite(fills)]) / KG_PER_T
        return PartTotal(
            kind=kind,
            name=name,
            start_ms=int(self._hours.start_ms[at][0]),
            capture=capture,
            band=capture.band(self._limits) if self._limits is not None else None,
            whole=whole,
            valid=valid,
            measured_t=measured_t,
            by_rule_t=None if refused else self._book.total_t(numbers[np.isfinite(numbers)]),
            neutral_t=measured_t + filled_t,
            substituted_hours=int(by_rule.substituted[at].sum()),
            refused_hours=refused,
            filled_hours=int(np.isfinite(fills).sum()),
            unfilled_hours=int(self._open[at].sum()),
        )
