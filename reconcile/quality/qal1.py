"""EN 14181 QAL1: the uncertainty of an instrument from its certificate, before it is bought (EN ISO 14956, EN 15267).

All figures are in the unit of the measured quantity. The rule is known from memory only ([M]), not from its text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from cems.errors import RuleError
from reconcile.comparison.samples import positive
from reconcile.parameters import Parameters
from reconcile.quality.control_charts import above
from reconcile.quality.outcome import Outcome, Verdict
from reconcile.quality.uncertainty import quadrature


@dataclass(frozen=True, slots=True)
class Qal1Rule:
    """Figures of QAL1."""

    coverage: float
    """Factor from the combined to the expanded uncertainty (1.96)."""
    margin_pct: float
    """How far the expanded uncertainty of a certified instrument lies below the permitted one [%] (25)."""


def rule_of(parameters: Parameters) -> Qal1Rule:
    """The figures of QAL1 from a parameter table (en14181_coverage_factor, en14181_certification_margin)."""
    return Qal1Rule(parameters.value("en14181_coverage_factor"), parameters.value("en14181_certification_margin"))


@dataclass(frozen=True, slots=True)
class Component:
    """One contribution to the uncertainty of an instrument, such as linearity, drift or cross-sensitivity."""

    name: str
    """What it comes from."""
    value: float
    """Standard uncertainty, or half-width of the limits; the sign does not matter."""
    kind: Literal["standard", "rectangular"] = "standard"
    """``rectangular``: the value is a limit ±a within which everything is equally likely."""

    @property
    def standard(self) -> float:
        """Standard uncertainty: the value, or a/√3 for rectangular limits; raises :class:`RuleError` for NaN.

        >>> round(Component("span drift", 3.0, "rectangular").standard, 6)
        1.732051
        """
        if not math.isfinite(self.value) or self.kind not in {"standard", "rectangular"}:
            raise RuleError(f"{self.name}: {self.value!r} ({self.kind}) is no contribution to an uncertainty")
        return abs(self.value) / (math.sqrt(3) if self.kind == "rectangular" else 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Qal1(Verdict):
    """What QAL1 comes to; ``limit`` is the largest expanded uncertainty that a certificate allows."""

    combined: float
    """Combined standard uncertainty u_c, unit of the components."""
    expanded: float
    """Expanded uncertainty, coverage·u_c."""
    permitted: float
    """Expanded uncertainty that the law permits."""
    margin_pct: float
    """How far the expanded uncertainty lies below the permitted one [%]; negative above it."""


def combined_uncertainty(components: Iterable[Component]) -> float:
    """Combined standard uncertainty, u_c = sqrt(Σu_i²), unit of the components.

    Also gives s_AMS of QAL3 from the contributions of the maintenance interval (drift, temperature, pressure, voltage).
    Raises :class:`RuleError` without any component and for a value that is not finite.
    *Source*: EN ISO 14956; international facts A.10 [M].

    >>> combined_uncertainty([Component("linearity", 3.0), Component("drift", 4.0)])
    5.0
    """
    rows = tuple(components)
    if not rows:
        raise RuleError("an uncertainty needs at least one component")
    return quadrature(row.standard for row in rows)


def qal1(components: Iterable[Component], permitted: float, rule: Qal1Rule) -> Qal1:
    """Whether an instrument is suitable: expanded uncertainty at least 25 % below the permitted one.

    ``permitted`` is the expanded uncertainty (95 %) that the law allows, unit of the components. Exactly 25 % passes;
    less margin fails, with a reason that says whether the law itself is still met. Raises :class:`RuleError` for a
    permitted uncertainty that is not positive and as :func:`combined_uncertainty`.
    *Source*: EN ISO 14956, EN 15267-3; international facts A.10 [M].

    >>> check = qal1([Component("all", 3.0)], 8.0, Qal1Rule(1.96, 25.0))
    >>> round(check.expanded, 6), check.limit, check.outcome.value
    (5.88, 6.0, 'passed')
    """
    positive("the permitted uncertainty", permitted)
    positive("the coverage factor", rule.coverage)
    if not 0 <= rule.margin_pct < 100:
        raise RuleError(f"a margin lies between 0 and 100 % (found {rule.margin_pct!r})")
    combined = combined_uncertainty(components)
    expanded = rule.coverage * combined
    limit = permitted * (100 - rule.margin_pct) / 100
    passed = not above(expanded, limit)
    if passed:
        reason = f"expanded uncertainty {expanded:.4g} is not above {limit:.4g}"
    elif above(expanded, permitted):
        reason = f"expanded uncertainty {expanded:.4g} is above the permitted {permitted:.4g}"
    else:
        reason = (
            f"expanded uncertainty {expanded:.4g} meets the permitted {permitted:.4g}, not the margin of certification"
        )
    return Qal1(
        limit=limit,
        passed=passed,
        outcome=Outcome.PASSED if passed else Outcome.FAILED,
        reason=reason,
        combined=combined,
        expanded=expanded,
        permitted=permitted,
        margin_pct=100 * (permitted - expanded) / permitted,
    )
