"""What a difference of some tonnes is worth: how the gap between emissions and allowances moves, at three prices."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from cems.errors import RuleError
from reconcile.allocation.estimate import Basis, amount, basis_of, exact
from reconcile.allocation.unit import Allocation, UnitYear, allocate
from reconcile.parameters import Parameters

PRICES: Final = ("low", "mid", "high")
"""Names of the three prices."""


@dataclass(frozen=True, slots=True)
class Price:
    """One price of an allowance."""

    rmb_per_t: float | None
    """Price [RMB/t]; None where nobody gave one."""
    source: str
    """Where it comes from, or why there is none."""
    key: str = ""
    """Key in the parameter table; empty for a price by the user."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a difference between two accounts of the same unit is worth: an estimate."""

    before: Allocation
    """With the emissions as they stand."""
    after: Allocation
    """With the difference added."""
    delta_t: float
    """Difference added to verified emissions [t CO2]."""
    marginal: float
    """Allowances to be found for one tonne more, as things stand."""
    marginal_why: str
    """Why."""
    obligation_t: float
    """Change of the gap through the whole difference [t]: above 0 more to buy or less to sell."""
    cost_rmb: Mapping[str, float | None]
    """``obligation_t`` at each price [RMB]; None without a price."""
    prices: Mapping[str, Price]
    """The prices."""
    next_preallocation_t: float
    """More pre-allocation next year; a matter of timing, not of money [t]."""
    basis: Basis
    """What it rests on."""


def marginal(allocation: Allocation) -> tuple[float, str]:
    """Allowances to be found for one tonne of verified emissions more, and why; 0.2 where the deficit cap binds.

    *Source*: derived from the plan's formulas [C].

    >>> from reconcile.parameters import load_parameters
    >>> from reconcile.allocation.unit import UnitYear, allocate
    >>> capped = UnitYear("coal_over_300mw", 2024, 1_000_000, 0, 1_750_000)
    >>> marginal(allocate(capped, load_parameters()))[0]
    0.2
    """
    if allocation.binding == "gas_exemption":
        return 0.0, "a gas unit is exempt from deficits"
    if allocation.binding == "deficit_cap":
        return allocation.marginal, f"the deficit cap binds: only {allocation.marginal:g} of each tonne counts"
    return 1.0, "allowances by benchmark do not move with emissions"


def exposure(
    unit: UnitYear,
    delta_t: float,
    prices: Mapping[str, Price],
    parameters: Parameters,
    strategy: str = "none",
) -> Exposure:
    """What adding ``delta_t`` (either sign) to the verified emissions of a unit is worth: an estimate.

    The change of the gap is worked out for the whole difference, so it is right across the point where the cap begins
    to bind; the marginal value holds for the next tonne only. Raises :class:`RuleError` as ``allocate`` does, for a
    difference that is not finite or takes more than there is, and unless the prices are low, mid and high.

    >>> from reconcile.parameters import load_parameters
    >>> table = load_parameters()
    >>> unit = UnitYear("coal_over_300mw", 2024, 1_800_000, 2_000_000, 1_750_000)
    >>> found = exposure(unit, 1000.0, prices_of(table), table)
    >>> found.obligation_t, round(found.cost_rmb["mid"]), found.cost_rmb["low"]
    (1000.0, 97490, None)
    """
    if tuple(prices) != PRICES:
        raise RuleError(f"prices are {', '.join(PRICES)} (found {', '.join(prices)})")
    if not math.isfinite(delta_t) or unit.verified_t + delta_t < 0:
        raise RuleError(f"the difference must be a number that leaves emissions of 0 or more (found {delta_t!r})")
    used = parameters.fresh()
    for price in prices.values():
        if price.key:
            used.value(price.key)
    before = allocate(unit, used, strategy)
    moved = float(exact(unit.verified_t) + exact(delta_t))
    after = allocate(replace(unit, verified_t=moved), used, strategy)
    obligation = float(exact(after.gap_t) - exact(before.gap_t))
    share, why = marginal(before)
    more = float(exact(used.value("alloc_preallocation")) * exact(delta_t))
    parameters.note(used)
    return Exposure(
        before=before,
        after=after,
        delta_t=delta_t,
        marginal=share,
        marginal_why=why,
        obligation_t=obligation,
        cost_rmb={n: None if p.rmb_per_t is None else obligation * p.rmb_per_t for n, p in prices.items()},
        prices=dict(prices),
        next_preallocation_t=more,
        basis=basis_of(used, *before.basis.notes, *_price_notes(prices)),
    )


def prices_of(
    parameters: Parameters, low: float | None = None, mid: float | None = None, high: float | None = None
) -> dict[str, Price]:
    """The three prices [RMB/t]: the user's, and for the middle one the close of 2024 where none is given.

    No price is made up: low and high stay without a number until the user gives one. Raises :class:`RuleError` for a
    negative price and for prices out of order.
    """
    given = {"low": low, "mid": mid, "high": high}
    found = {
        name: Price(None, f"not known here: give a {name} price")
        if value is None
        else Price(amount(f"{name} price", value), "given by the user")
        for name, value in given.items()
    }
    if mid is None:
        row = parameters.parameter("alloc_price_end_2024")
        found["mid"] = Price(row.value, f"{row.source}, {row.clause}", row.key)
    known = [price.rmb_per_t for price in found.values() if price.rmb_per_t is not None]
    if known != sorted(known):
        raise RuleError(f"prices must rise from low to high (found {known})")
    return found


def _price_notes(prices: Mapping[str, Price]) -> tuple[str, ...]:
    return tuple(f"no {name} price given" for name, price in prices.items() if price.rmb_per_t is None)
