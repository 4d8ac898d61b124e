"""EU MRR tiers: the uncertainty a point must keep by kind of gas and size of installation, and the one it reaches."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cems.errors import RuleError
from reconcile.parameters import Parameters

_NOISE: Final = 1e-12
"""Relative excess over a limit that float arithmetic may make of an uncertainty exactly at it."""


class GasKind(StrEnum):
    """What a measurement point measures."""

    CO2 = "co2"
    N2O = "n2o"
    TRANSFER = "transfer"
    """CO2 handed on to another installation or a pipeline."""


class Category(StrEnum):
    """Size of an installation."""

    A = "a"
    B = "b"
    C = "c"


@dataclass(frozen=True, slots=True)
class Tiers:
    """The figures of tiers and sizes; uncertainties are expanded (95 %), relative [%]."""

    limits_pct: dict[GasKind, tuple[float, ...]]
    """Largest uncertainty of the annual average hourly emission for tier 1, 2, 3 …; N2O has three tiers."""
    minimum_a: dict[GasKind, int]
    """Lowest tier of category A."""
    relief: dict[Category, int]
    """Tiers below the required one where that one is not feasible or costs too much."""
    fallback_pct: dict[Category, float]
    """Largest uncertainty of the whole installation without tiers."""
    a_max_t: float
    """Largest average annual emission of category A [t]."""
    b_max_t: float
    """Largest average annual emission of category B [t]."""


def tiers_of(parameters: Parameters) -> Tiers:
    """The tiers of a parameter table (eu_tier_..., eu_fallback_..., eu_category_...)."""
    counts = {GasKind.CO2: 4, GasKind.N2O: 3, GasKind.TRANSFER: 4}
    return Tiers(
        {kind: tuple(parameters.value(f"eu_tier_{kind}_{i + 1}") for i in range(n)) for kind, n in counts.items()},
        {kind: int(parameters.value(f"eu_tier_min_a_{kind}")) for kind in GasKind},
        {category: int(parameters.value(f"eu_tier_relief_{category}")) for category in Category},
        {category: parameters.value(f"eu_fallback_{category}") for category in Category},
        parameters.value("eu_category_a_max_t"),
        parameters.value("eu_category_b_max_t"),
    )


def category(average_t: float, tiers: Tiers) -> Category:
    """Category of an installation by its average verified annual emissions [t CO2e]: A to 50 kt, B to 500 kt, else C.

    Biomass excluded, before transferred CO2 is subtracted; exactly 50 000 t is A, exactly 500 000 t is B. Raises
    :class:`RuleError` for a negative or not finite figure. *Source*: Regulation (EU) 2018/2066 Art. 19(2) [V].
    """
    _tonnes(average_t)
    return Category.A if average_t <= tiers.a_max_t else Category.B if average_t <= tiers.b_max_t else Category.C


def tier_reached(kind: GasKind, expanded_pct: float, tiers: Tiers) -> int | None:
    """Highest tier whose limit an expanded relative uncertainty [%] (95 %) keeps; None when not even tier 1.

    Exactly the limit keeps it. For CO2 the uncertainty is that of all CO2 measured, biogenic included; a biogenic part
    that is measured itself follows the same table. Raises :class:`RuleError` for an uncertainty that is not positive
    (0 is a missing budget, not a perfect meter). *Source*: Annex VIII Table 1 [V].
    """
    if not (math.isfinite(expanded_pct) and expanded_pct > 0):
        raise RuleError(f"an expanded uncertainty is a positive number of per cent (found {expanded_pct!r})")
    limits = tiers.limits_pct[GasKind(kind)]
    kept = [tier for tier, limit in enumerate(limits, 1) if expanded_pct <= limit * (1 + _NOISE)]
    return max(kept, default=None)


def required_tier(kind: GasKind, size: Category, tiers: Tiers) -> int:
    """Tier that a major source must keep: the minimum of Table 2 in category A, the highest one in B and C.

    *Source*: Annex VIII Table 2, Art. 41 [M].
    """
    kind = GasKind(kind)
    return tiers.minimum_a[kind] if Category(size) is Category.A else len(tiers.limits_pct[kind])


def lowest_tier(kind: GasKind, size: Category, tiers: Tiers) -> int:
    """Lowest tier where the required one is not feasible or costs too much: 1 less in C, 2 in A and B, at least 1.

    *Source*: Art. 41 [M].
    """
    return max(1, required_tier(kind, size, tiers) - tiers.relief[Category(size)])


def fallback_kept(size: Category, installation_pct: float, tiers: Tiers) -> bool:
    """Whether the expanded uncertainty [%] of the whole installation allows the fall-back approach (A 7.5, B 5, C 2.5).

    Exactly the limit allows it. Raises :class:`RuleError` for one that is not positive. *Source*: Art. 22 [V].
    """
    if not (math.isfinite(installation_pct) and installation_pct > 0):
        raise RuleError(f"an expanded uncertainty is a positive number of per cent (found {installation_pct!r})")
    return installation_pct <= tiers.fallback_pct[Category(size)] * (1 + _NOISE)


@dataclass(frozen=True, slots=True)
class Materiality:
    """Levels from which a misstatement is material to a verifier."""

    small_pct: float
    """Up to ``split_t`` [% of total emissions]."""
    large_pct: float
    """Above it [%]."""
    split_t: float
    """Total annual emissions [t]."""


def materiality_of(parameters: Parameters) -> Materiality:
    """The levels of a parameter table (eu_materiality_...)."""
    names = ("eu_materiality_small", "eu_materiality_large", "eu_materiality_split_t")
    return Materiality(*(parameters.value(name) for name in names))


def materiality_t(total_t: float, levels: Materiality) -> float:
    """Materiality level [t] of total annual emissions [t]: 5 % up to 500 kt (included), 2 % above.

    Raises :class:`RuleError` for a negative or not finite total. *Source*: Regulation (EU) 2018/2067 Art. 23 [M].
    """
    _tonnes(total_t)
    return total_t * (levels.small_pct if total_t <= levels.split_t else levels.large_pct) / 100.0


@dataclass(frozen=True, slots=True)
class Minor:
    """When an emission source is minor."""

    below_t: float
    """Below so much fossil CO2e a year [t] in any case."""
    below_pct: float
    """Below this share of the installation [%] …"""
    cap_t: float
    """… up to so much [t]."""


def minor_of(parameters: Parameters) -> Minor:
    """The limits of a parameter table (eu_minor_source_...)."""
    names = ("eu_minor_source_t", "eu_minor_source_pct", "eu_minor_source_cap_t")
    return Minor(*(parameters.value(name) for name in names))


def is_minor_source(source_t: float, installation_t: float, minor: Minor) -> bool:
    """Whether a source [t fossil CO2e/yr] is minor: below 5 kt, or below 10 % of the installation and at most 100 kt.

    Raises :class:`RuleError` for figures that are negative or not finite, or a source above its installation.
    *Source*: Art. 41 [M].
    """
    _tonnes(source_t)
    _tonnes(installation_t)
    if source_t > installation_t:
        raise RuleError(f"a source ({source_t} t) cannot emit more than its installation ({installation_t} t)")
    share = 100.0 * source_t < minor.below_pct * installation_t
    return source_t < minor.below_t or (share and source_t <= minor.cap_t)


def _tonnes(value: float) -> None:
    if not (math.isfinite(value) and value >= 0):
        raise RuleError(f"tonnes must be finite and not negative (found {value!r})")
