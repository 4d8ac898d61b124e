"""What a sector account is made of: parts that add up exactly, and which of them a stack monitor can see."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from cems.errors import RuleError
from reconcile.accounting.records import Tier

Kind = Literal["fuel", "process", "biogenic", "indirect", "fixed_product", "pfc"]
_DIRECT: Final = ("fuel", "process", "fixed_product")


@dataclass(frozen=True, slots=True)
class Part:
    """One line of an account."""

    name: str
    """What it is, such as ``fuel bituminous`` or ``clinker portland``."""
    kind: Kind
    """What sort of CO2 it is."""
    co2_t: float
    """CO2 [t]; negative for a deduction, a fuel given out and carbon fixed in a product; 0 for PFC."""
    formula: str
    """The formula with its numbers."""
    factors: tuple[str, ...]
    """Factors that entered it, as ``key@version``."""
    visible_at_stack: bool
    """Whether it leaves through (or, negative, stays away from) a stack with a CO2 monitor."""
    unit: str
    """Code of the unit."""
    month: str
    """``YYYY-MM``."""
    stack: str = ""
    """Code of the stack; empty where the unit has one only."""
    fuel: str = ""
    """Fuel, for fuel and biogenic parts."""
    process: str = ""
    """Process of a steelworks."""
    tier: Tier = "default"
    """Evidence of its carbon content or emission factor."""
    amount: float = 0.0
    """Activity it was made from, in ``amount_unit``."""
    amount_unit: str = ""
    """Unit of the activity."""
    carbon: float | None = None
    """Carbon content [t C per unit of amount], as used; None where there is none."""
    co2e_t: float = 0.0
    """Other gases as CO2 equivalent [t CO2e]; never part of any CO2 sum."""
    unseen: str = ""
    """Why no stack monitor sees it; empty for what is visible."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as its parts; every sum is the correctly rounded sum (``math.fsum``) of the parts it names."""

    sector: str
    """Sector whose rule made it."""
    parts: tuple[Part, ...]
    """In an order that does not depend on the order of the records."""

    @property
    def total_t(self) -> float:
        """CO2 reported: direct and indirect; biogenic CO2 and PFC stand apart [t]."""
        return self.sum_of(*_DIRECT, "indirect")

    @property
    def direct_t(self) -> float:
        """Direct fossil CO2: fuel and process less carbon fixed in products; what allocation counts [t]."""
        return self.sum_of(*_DIRECT)

    @property
    def indirect_t(self) -> float:
        """CO2 of electricity and heat bought [t]."""
        return self.sum_of("indirect")

    @property
    def biogenic_t(self) -> float:
        """Biogenic CO2, a memo item outside the total [t]."""
        return self.sum_of("biogenic")

    @property
    def pfc_co2e_t(self) -> float:
        """Perfluorocarbons [t CO2e], outside the CO2 total."""
        return math.fsum(p.co2e_t for p in self.parts)

    @property
    def stack_visible_t(self) -> float:
        """CO2 that leaves through monitored stacks, biogenic included [t]."""
        return math.fsum(p.co2_t for p in self.parts if p.visible_at_stack)

    def sum_of(self, *kinds: Kind) -> float:
        """CO2 of the parts of some kinds [t]."""
        return math.fsum(p.co2_t for p in self.parts if p.kind in kinds)

    def of(self, *, unit: str | None = None, month: str | None = None, fuel: str | None = None) -> Account:
        """The account of one unit, month or fuel; its parts are these same parts."""
        asked = {"unit": unit, "month": month, "fuel": fuel}
        wanted = {name: value for name, value in asked.items() if value is not None}
        return Account(self.sector, tuple(p for p in self.parts if all(getattr(p, n) == v for n, v in wanted.items())))


@dataclass(frozen=True, slots=True)
class StackSide:
    """The account brought to what a stack monitor sees."""

    co2_t: float
    """CO2 that a monitor should see [t]."""
    seen: tuple[Part, ...]
    """Parts that leave through the stack."""
    unseen: tuple[Part, ...]
    """Parts that it cannot see; each says why."""
    captured_t: float
    """CO2 captured or sold before the monitor [t]."""


def stack_co2(account: Account, *, stack: str | None = None, captured_or_sold_t: float = 0.0) -> StackSide:
    """The account as a stack monitor sees it: E_fuel + E_process + E_biogenic − captured or sold − burnt elsewhere [t].

    Biogenic CO2 counts here although the account reports it as zero; electricity and heat bought, PFC and fuel burnt
    elsewhere do not. Carbon fixed in products is deducted, because it leaves by road and not by the stack. ``stack``
    takes only the parts of one stack. Raises :class:`RuleError` for a captured mass that is negative, not finite or
    larger than what is seen, and for a stack that no part names. *Source*: reconciliation boundary, a choice of this
    project after the scope of the guidelines [C].
    """
    if stack is not None and stack not in {p.stack for p in account.parts}:
        named = ", ".join(sorted({p.stack for p in account.parts if p.stack})) or "none"
        raise RuleError(f"no part of the account names the stack {stack!r}; named: {named}")
    parts = [p for p in account.parts if stack is None or p.stack == stack]
    seen = tuple(p for p in parts if p.visible_at_stack)
    gross = math.fsum(p.co2_t for p in seen)
    if not 0 <= captured_or_sold_t <= max(gross, 0.0):
        raise RuleError(f"captured or sold CO2 must lie between 0 and {gross:,.2f} t (found {captured_or_sold_t!r})")
    net = math.fsum([*(p.co2_t for p in seen), -captured_or_sold_t])
    return StackSide(net, seen, tuple(p for p in parts if not p.visible_at_stack), captured_or_sold_t)


def made(sector: str, parts: Iterable[Part]) -> Account:
    """An account of parts in their canonical order, so that the order of the records leaves no trace."""
    return Account(sector, tuple(sorted(parts, key=_order)))


def _order(part: Part) -> tuple[object, ...]:
    place = (part.unit, part.month, part.stack, part.kind, part.process, part.fuel, part.name)
    return (*place, part.co2_t, part.co2e_t, part.amount, part.formula)
