"""Apportioning: one stack to its units and one unit to its stacks, by heat input, load or duct CEMS, closing exactly.

A stack that units share is compared as a whole first, and only then unit by unit. An hour whose basis is not known is
left unapportioned and named; it is never split into equal parts. *Source*: project choice [C] after practice with
common stacks (duct CEMS or fuel heat) [M].
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from reconcile.accounting.parts import Account, Part, made
from reconcile.accounting.shares import split

By = Literal["heat_input", "load", "duct_cems"]
BASES: Final[dict[By, str]] = {
    "heat_input": "heat input by fuel [GJ]",
    "load": "gross load [MW]",
    "duct_cems": "CO2 measured in each duct [t]",
}
"""What may tell the shares."""
Outcome = Literal["apportioned", "no_total", "share_unknown", "no_basis"]
OUTCOMES: Final[dict[Outcome, str]] = {
    "apportioned": "split, and the pieces add up to the total exactly",
    "no_total": "the total itself is not known",
    "share_unknown": "the basis of at least one party is missing or negative",
    "no_basis": "the bases of all parties are 0 while the total is not",
}
"""What becomes of an hour."""
LEFT: Final = ""
"""Name under which the unapportioned mass stands in a period's totals."""


@dataclass(frozen=True, slots=True)
class Apportioned:
    """A period apportioned hour by hour."""

    by: By
    """What told the shares."""
    names: tuple[str, ...]
    """Parties, in the order of their names."""
    hours_t: NDArray[np.float64]
    """CO2 of each party and hour [t], shape (n_parties, n_hours); NaN where the hour is not apportioned."""
    outcomes: tuple[Outcome, ...]
    """What became of each hour."""
    totals_t: Mapping[str, float]
    """CO2 of each party over the period, and under ``""`` what is not apportioned [t]; they add up to ``total_t``."""
    total_t: float
    """CO2 of the hours whose total is known [t], the correctly rounded sum."""

    @property
    def left_t(self) -> float:
        """CO2 that no party got, because its hours have no basis [t]."""
        return self.totals_t[LEFT]

    def hours_of(self, outcome: Outcome) -> int:
        """How many hours came to this outcome."""
        return self.outcomes.count(outcome)


def apportion(total_t: ArrayLike, bases: Mapping[str, ArrayLike], by: By) -> Apportioned:
    """CO2 of a stack [t, shape (n_hours,)] split to its units, or of a unit to its stacks, by their bases hour by hour.

    ``bases`` holds for each party an array (n_hours,) in the unit of :data:`BASES`; 0 for one that stood still, NaN
    where it is not known. In every apportioned hour the parties add up to the total to the last bit, and so do the
    period's totals with what is left. An hour with a total of 0 gives 0 to all, whatever the bases. One party not
    known leaves the whole hour unapportioned, since the others' shares hang on it. Meant for hours; a year of them
    takes a few tenths of a second. Raises :class:`RuleError` without parties, for a party without a name, unequal
    shapes and a negative or infinite total.

    >>> made = apportion([300.0, 200.0, 100.0], {"u1": [100, 0, 0], "u2": [200, 50, 0]}, "load")
    >>> made.hours_t.tolist()[0], made.outcomes
    ([100.0, 0.0, nan], ('apportioned', 'apportioned', 'no_basis'))
    >>> dict(made.totals_t)
    {'u1': 100.0, 'u2': 400.0, '': 100.0}
    """
    totals, weights, names = _checked(total_t, bases, by)
    hours = np.full(weights.shape, np.nan)
    outcomes: list[Outcome] = []
    for i, total in enumerate(totals.tolist()):
        row = dict(zip(names, weights[:, i].tolist(), strict=True))
        outcome = _outcome(total, row)
        outcomes.append(outcome)
        if outcome == "apportioned":
            pieces = split(total, row) if total else dict.fromkeys(names, 0.0)
            hours[:, i] = [pieces[name] for name in names]
    known = totals[~np.isnan(totals)]
    left = [t for t, o in zip(totals.tolist(), outcomes, strict=True) if o in ("share_unknown", "no_basis")]
    total = math.fsum(known)
    sums = {name: math.fsum(x for x in row if not math.isnan(x)) for name, row in zip(names, hours, strict=True)}
    sums[LEFT] = math.fsum(left)
    closed = split(total, sums) if total else dict.fromkeys(sums, 0.0)
    return Apportioned(by, names, hours, tuple(outcomes), closed, total)


def apportion_fuels(
    fuels_t: Mapping[str, ArrayLike], bases: Mapping[str, Mapping[str, ArrayLike]], by: By
) -> dict[str, Apportioned]:
    """Each fuel of a stack apportioned by its own bases (party to array), so that each fuel closes exactly.

    The parties of one fuel need not be those of another. Raises :class:`RuleError` for a fuel without bases and as
    :func:`apportion` does.
    """
    lacking = sorted(set(fuels_t) - set(bases))
    if lacking:
        raise RuleError(f"no bases for {', '.join(lacking)}: each fuel needs the bases of its parties")
    return {fuel: apportion(fuels_t[fuel], bases[fuel], by) for fuel in sorted(fuels_t)}


def joined(stacks_t: Mapping[str, float | None]) -> float:
    """CO2 of a unit that has several stacks, their correctly rounded sum [t].

    Raises :class:`RuleError` without stacks and when one of them has no number: a sum without it would understate the
    unit.

    >>> joined({"east": 100.5, "west": 99.5})
    200.0
    """
    unknown = sorted(name for name, t in stacks_t.items() if t is None or not math.isfinite(t))
    if unknown or not stacks_t:
        raise RuleError(f"no sum over stacks without {', '.join(unknown) or 'any stack'}")
    return math.fsum(t for t in stacks_t.values() if t is not None)


def to_stacks(account: Account, unit: str, weights: Mapping[str, float]) -> Account:
    """The account with the stack-visible parts of one unit that name no stack split to its stacks, each part exactly.

    So each fuel, month and kind closes by itself. CO2, amount and CO2e of a part are split; carbon content and factors
    stay. Parts that name a stack already, and those no stack sees, are left as they are. Raises :class:`RuleError` for
    a unit without such a part and for weights that :func:`reconcile.accounting.shares.split` refuses.
    """
    mine = [p for p in account.parts if p.unit == unit and p.visible_at_stack and not p.stack]
    if not mine:
        raise RuleError(f"no part of unit {unit!r} is seen by a stack and names none, so there is nothing to split")
    others = [p for p in account.parts if not (p.unit == unit and p.visible_at_stack and not p.stack)]
    pieces = [piece for part in mine for piece in _pieces(part, weights)]
    return made(account.sector, (*others, *pieces))


def _pieces(part: Part, weights: Mapping[str, float]) -> Sequence[Part]:
    co2, amounts, co2e = (split(x, weights) for x in (part.co2_t, part.amount, part.co2e_t))
    whole = math.fsum(weights.values())
    return [
        replace(
            part,
            stack=stack,
            co2_t=co2[stack],
            amount=amounts[stack],
            co2e_t=co2e[stack],
            formula=f"{part.formula}; × {weights[stack]:.10g}/{whole:.10g} by stack",
        )
        for stack in weights
    ]


def _checked(
    total_t: ArrayLike, bases: Mapping[str, ArrayLike], by: str
) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[str, ...]]:
    if by not in BASES:
        raise RuleError(f"there is no basis {by!r}; there are {', '.join(BASES)}")
    names = tuple(sorted(bases))
    if not names or LEFT in names:
        raise RuleError("there must be parties to apportion to, each with a name")
    totals = np.asarray(total_t, dtype=np.float64)
    rows = [np.asarray(bases[name], dtype=np.float64) for name in names]
    if totals.ndim != 1 or any(row.shape != totals.shape for row in rows):
        raise RuleError(
            f"totals and bases must be rows of equal length (found {totals.shape}, {[r.shape for r in rows]})"
        )
    if np.any(np.isinf(totals)) or np.any(totals < 0):
        raise RuleError("a total must be a mass of 0 or more, or NaN where it is not known")
    return totals, np.vstack(rows), names


def _outcome(total: float, weights: Mapping[str, float]) -> Outcome:
    if math.isnan(total):
        return "no_total"
    if total == 0:
        return "apportioned"
    if any(not (math.isfinite(w) and w >= 0) for w in weights.values()):
        return "share_unknown"
    return "apportioned" if any(weights.values()) else "no_basis"
