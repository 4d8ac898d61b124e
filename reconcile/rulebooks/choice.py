"""What the choice of the rule book does to the tonnes: constants, validity and substitution told apart. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reconcile.hours import Hours, Status
from reconcile.rulebooks.book import KG_PER_T
from reconcile.rulebooks.periods import RuleTotals


@dataclass(frozen=True, slots=True)
class Choice:
    """A rule book against another over the same readings; the three parts add up to the difference."""

    book: str
    """Short name of the rule book."""
    against: str
    """Short name of the one it is held against."""
    constants_t: float
    """Hours that both call valid: other standard state, molar figures, constants, rounding [t]."""
    constants_pct: float | None
    """The same as a share of those hours by the other book [%]; None without such an hour."""
    validity_t: float
    """Hours that only one of them calls valid [t]: what is gained less what is lost."""
    substitution_t: float | None
    """Substitutes of the one less those of the other [t]; None where a book leaves an hour without a number."""

    @property
    def difference_t(self) -> float | None:
        """By-rule total of the one less that of the other [t]; None where a book leaves an hour without a number."""
        return None if self.substitution_t is None else self.constants_t + self.validity_t + self.substitution_t


def choice_of(book: RuleTotals, hours: Hours, against: RuleTotals, against_hours: Hours) -> Choice:
    """One rule book against another; both sets of hours are those of the same period, in the same order."""
    mine, theirs = hours.is_(Status.VALID), against_hours.is_(Status.VALID)
    both = mine & theirs
    common, reference = _tonnes(hours.co2_kg[both]), _tonnes(against_hours.co2_kg[both])
    gained, lost = _tonnes(hours.co2_kg[mine & ~both]), _tonnes(against_hours.co2_kg[theirs & ~both])
    refused = book.by_rule_t is None or against.by_rule_t is None
    return Choice(
        book=book.book,
        against=against.book,
        constants_t=common - reference,
        constants_pct=100.0 * (common / reference - 1.0) if reference else None,
        validity_t=gained - lost,
        substitution_t=None if refused else book.substituted_t - against.substituted_t,
    )


def choices(totals: Mapping[str, RuleTotals], hours: Mapping[str, Hours]) -> tuple[Choice, ...]:
    """Every rule book against the first, by short name."""
    first, *others = totals
    return tuple(choice_of(totals[name], hours[name], totals[first], hours[first]) for name in others)


def _tonnes(co2_kg: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    return math.fsum(co2_kg) / KG_PER_T
