"""Common stacks: when the points of single units are off and the stack is right, the sharing between units is wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from cems.errors import RuleError
from reconcile.attribution.observation import Observation

_COVER = 2.0


@dataclass(frozen=True, slots=True)
class Sharing:
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


def sharing(stack: Observation, units: Mapping[str, Observation]) -> Sharing | None:
    """Whether the accounts of units that share a stack are off against each other while their sum is right.

    ``units`` are the observations of the points of single units before the stack, by point, all of the same window as
    the stack's. Wrong sharing is told where the stack's Rm is within 2u of its level, at least one unit lies above and
    one below its own by more than 2u, and what they are off by sums to nothing within 2u. Rm of a unit is A/B, so its
    account is too high by B·(1 − Rm). None where that is not so or an Rm is not known. Raises :class:`RuleError` for
    fewer than two units. *Source*: international facts C.4 (all ratios of a unit fine but the sum wrong, and the
    reverse), E.3 row 39; China sheet B.4.
    """
    if len(units) < 2:
        raise RuleError(f"sharing is between two units or more (found {len(units)})")
    level, u = stack.seen("rm"), stack.u("rm")
    ratios = {name: (seen.seen("rm"), seen.u("rm"), seen.accounted_t) for name, seen in units.items()}
    if not math.isfinite(level) or not all(math.isfinite(rm) for rm, _, _ in ratios.values()):
        return None
    above = any(rm > _COVER * own for rm, own, _ in ratios.values())
    below = any(rm < -_COVER * own for rm, own, _ in ratios.values())
    moved = {name: -math.expm1(rm) * booked for name, (rm, _, booked) in ratios.items()}
    spread = math.hypot(*(own * booked for _, own, booked in ratios.values()))
    balanced = abs(math.fsum(moved.values())) <= _COVER * spread
    if not (above and below and balanced and abs(level) <= _COVER * u):
        return None
    return Sharing(moved, spread, math.exp(level))
