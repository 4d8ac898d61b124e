"""Common stacks: when the ducts of single units are off and the stack is right, fuel is booked on the wrong unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from cems.errors import RuleError
from reconcile.attribution.observation import Observation

_COVER = 2.0


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """How one point sees the account of its units in a window."""

    ln_rm: float
    """Logarithm of monitored over accounted mass, less that of health; NaN where it is not known."""
    u: float
    """Its standard uncertainty."""
    accounted_t: float
    """CO2 of the account in the hours of both sides [t]."""


def seen_of(observation: Observation) -> AccountSeen:
    """What an observation says of the account; Rm is NaN where it was not seen."""
    return AccountSeen(observation.seen("rm"), observation.u("rm"), observation.accounted_t)


@dataclass(frozen=True, slots=True)
class Misbooked:
    """CO2 booked on the wrong unit."""

    moved_t: Mapping[str, float]
    """By point of a unit: what its account is too high by [t]; sums to nothing within the uncertainty."""
    u_t: float
    """Standard uncertainty of that sum [t]."""
    stack_ratio: float
    """Rm of the stack against its level, near 1."""

    @property
    def english(self) -> str:
        """What is wrong, in a sentence."""
        words = "; ".join(f"{name} {moved:+,.0f} t" for name, moved in self.moved_t.items())
        return (
            f"Fuel of one unit is booked on another: the stack is right, the accounts of its units are off by {words}."
        )

    @property
    def chinese(self) -> str:
        """The same in Chinese."""
        words = "；".join(f"{name} {moved:+,.0f} t" for name, moved in self.moved_t.items())
        return f"机组间燃料分摊有误：烟囱合计正常，各机组核算量偏差为 {words}。"


def moved_t(seen: AccountSeen) -> tuple[float, float]:
    """What an account is too high by, B·(1 − Rm), and the standard uncertainty of that [t]; NaN for an unknown Rm.

    >>> tuple(round(x, 6) for x in moved_t(AccountSeen(math.log(1.25), 0.01, 800.0)))
    (-200.0, 10.0)
    """
    return -math.expm1(seen.ln_rm) * seen.accounted_t, seen.u * math.exp(seen.ln_rm) * seen.accounted_t


def misbooked(stack: AccountSeen, units: Mapping[str, AccountSeen]) -> Misbooked | None:
    """Whether the accounts of units that share a stack are off against each other while their sum is right.

    ``units`` are what the points of single units before the stack see, by point, in the same window as the stack. It is
    told where the stack's Rm is within 2u of its level, at least one unit lies above and one below its own by more than
    2u, and what they are off by sums to nothing within 2u. None where that is not so or an Rm is not known. Raises
    :class:`RuleError` for fewer than two units. *Source*: international facts C.4 (all ratios of a unit fine but the
    sum wrong, and the reverse), E.3 row 39; China sheet B.4.
    """
    if len(units) < 2:
        raise RuleError(f"fuel is booked between two units or more (found {len(units)})")
    if not all(math.isfinite(seen.ln_rm) for seen in (stack, *units.values())):
        return None
    above = any(seen.ln_rm > _COVER * seen.u for seen in units.values())
    below = any(seen.ln_rm < -_COVER * seen.u for seen in units.values())
    moved = {name: moved_t(seen) for name, seen in units.items()}
    spread = math.hypot(*(u for _, u in moved.values()))
    balanced = abs(math.fsum(t for t, _ in moved.values())) <= _COVER * spread
    if not (above and below and balanced and abs(stack.ln_rm) <= _COVER * stack.u):
        return None
    return Misbooked({name: t for name, (t, _) in moved.items()}, spread, math.exp(stack.ln_rm))
