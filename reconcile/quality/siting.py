"""Siting of a measuring section by HJ 75-2017: straight run before and after it, in equivalent diameters."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.quality.exact import exact, positive, ratio
from reconcile.quality.outcome import Outcome, Verdict


class Section(StrEnum):
    """What is measured at the section."""

    VELOCITY = "velocity"
    """Velocity and particulate matter."""
    GAS = "gas"
    """Gases."""
    TRAVERSE = "traverse"
    """Manual traverse of the reference method."""


@dataclass(frozen=True, slots=True)
class SitingRule:
    """Straight run asked for, in equivalent diameters, and the way out."""

    after: dict[Section, float]
    """Straight run after the disturbance upstream of the section [D]."""
    before: dict[Section, float]
    """Straight run before the disturbance downstream of the section [D]."""
    min_velocity_m_s: float
    """Least velocity of the most uniform section, where the straight run cannot be had [m/s]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Siting(Verdict):
    """A section held against the straight run; ``limit`` is the one that decided [D], or the least velocity [m/s]."""

    diameter_m: float
    """Equivalent diameter [m]."""
    after_d: float
    """Straight run after the disturbance upstream [D], unrounded."""
    before_d: float
    """Straight run before the disturbance downstream [D], unrounded."""


def siting_rule_of(parameters: Parameters) -> SitingRule:
    """The straight runs (qa_hj_straight_..., qa_hj_siting_min_velocity_m_s) [M]."""
    return SitingRule(
        {kind: parameters.value(f"qa_hj_straight_after_{kind.value}_d") for kind in Section},
        {kind: parameters.value(f"qa_hj_straight_before_{kind.value}_d") for kind in Section},
        parameters.value("qa_hj_siting_min_velocity_m_s"),
    )


def equivalent_diameter(side_a_m: float, side_b_m: float) -> float:
    """Equivalent diameter of a rectangular duct [m], D = 2AB/(A+B); a round duct has its own diameter.

    Raises :class:`RuleError` for a side that is not above 0. *Source*: HJ 75-2017 / GB/T 16157-1996 [M].

    >>> equivalent_diameter(6.0, 3.0)
    4.0
    """
    a, b = positive(side_a_m, "side_a_m"), positive(side_b_m, "side_b_m")
    return float(ratio(2 * a * b, a + b))


def siting(
    section: Section,
    diameter_m: float,
    after_m: float,
    before_m: float,
    rule: SitingRule,
    *,
    uniform_section_velocity_m_s: float | None = None,
) -> Siting:
    """Whether a section has the straight run that the rule asks for; exactly enough is enough.

    ``after_m`` and ``before_m`` are the straight lengths from the disturbance upstream to the section and from the
    section to the one downstream [m]. Velocity: 4 D and 2 D; gases: 2 D and 0.5 D; manual traverse: 6 D and 3 D. Where
    that cannot be had, ``uniform_section_velocity_m_s`` says that the most uniform section was chosen, and its
    velocity: from 5 m/s up the siting passes by that alternative (not for the traverse). Raises :class:`RuleError`
    for a diameter that is not above 0 or a negative length or velocity. *Source*: HJ 75-2017; GB/T 16157-1996 [M].

    >>> rule = SitingRule({Section.GAS: 2.0}, {Section.GAS: 0.5}, 5.0)
    >>> siting(Section.GAS, 4.0, 8.0, 2.0, rule).passed, siting(Section.GAS, 4.0, 7.9, 2.0, rule).passed
    (True, False)
    """
    diameter = positive(diameter_m, "diameter_m")
    lengths = exact(after_m, "after_m"), exact(before_m, "before_m")
    if min(lengths) < 0:
        raise RuleError("a straight run cannot be negative")
    after, before = (ratio(length, diameter) for length in lengths)
    asked = rule.after[section], rule.before[section]
    enough = lengths[0] >= exact(asked[0]) * diameter, lengths[1] >= exact(asked[1]) * diameter
    limit = asked[1] if enough[0] and not enough[1] else asked[0]
    outcome = Outcome.PASSED if all(enough) else Outcome.FAILED
    text = f"straight run of {float(after):.3g} D after and {float(before):.3g} D before a disturbance "
    text += f"(asked for {section.value}: {asked[0]:g} D and {asked[1]:g} D)"
    if uniform_section_velocity_m_s is not None:
        velocity = exact(uniform_section_velocity_m_s, "uniform_section_velocity_m_s")
        if velocity < 0:
            raise RuleError("the velocity of the most uniform section cannot be negative")
        if outcome is Outcome.FAILED and section is not Section.TRAVERSE:
            limit = rule.min_velocity_m_s
            outcome = Outcome.PASSED_ALTERNATIVE if velocity >= exact(limit) else Outcome.FAILED
            text += f"; most uniform section with {float(velocity):.3g} m/s (at least {limit:g} m/s)"
    return Siting(
        limit=limit,
        passed=outcome is not Outcome.FAILED,
        outcome=outcome,
        reason=text,
        diameter_m=float(diameter),
        after_d=float(after),
        before_d=float(before),
    )
