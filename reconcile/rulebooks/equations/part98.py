"""40 CFR Part 98 tier 4: CO2 mass in tonnes from a CEMS (C-6, C-7), and Part 75 short tons made tonnes by its figure.

Its constants are rounded: C-6 gives 0.075 % less than the exact metric value, and dividing short tons by 1.1 gives
0.21 % more than the exact conversion. Neither is a fault of the plant. Biogenic CO2 is in the result and is reported
apart.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.rulebooks.equations import part75, part75_f_factors
from reconcile.rulebooks.equations.part75_base import (
    Array,
    Rule,
    co2_ok,
    computed,
    flow_ok,
    moisture_ok,
    positive,
)


@dataclass(frozen=True, slots=True)
class Part98:
    """Figures of 98.33(a)(4) and (a)(5)."""

    co2_t_per_scf_pct: float
    """Constant of C-6 [t/(scf·%)], 5.18e-7."""
    short_tons_per_t: float
    """Short tons that the rule takes for a tonne, 1.1."""

    def __post_init__(self) -> None:
        for name in ("co2_t_per_scf_pct", "short_tons_per_t"):
            positive(name, getattr(self, name))


def part98_of(parameters: Parameters) -> Part98:
    """The figures of a parameter table (keys ``p98_…``)."""
    return Part98(parameters.value("p98_co2_t_per_scf_pct"), parameters.value("p98_short_tons_per_t"))


def mass_rate_wet(co2_pct_wet: ArrayLike, flow_scfh_wet: ArrayLike, rule: Part98) -> Array:
    """CO2 mass rate while operating, 5.18e-7·CO2·Q [t/h], unrounded; wet CO2 and wet flow. NaN for a bad reading.

    *Source*: 98.33(a)(4)(ii) Eq. C-6 [V].

    >>> from reconcile.parameters import load_parameters
    >>> round(float(mass_rate_wet(10.0, 50_000_000, part98_of(load_parameters()))), 6)
    259.0
    """
    good = co2_ok(co2_pct_wet) & flow_ok(flow_scfh_wet)
    return computed(_c6, good, rule.co2_t_per_scf_pct, co2_pct_wet, flow_scfh_wet)


def mass_rate_dry(co2_pct_dry: ArrayLike, flow_scfh_wet: ArrayLike, moisture_pct: ArrayLike, rule: Part98) -> Array:
    """CO2 mass rate while operating from dry CO2, C-6 times (100−H2O)/100 [t/h], unrounded. NaN for a bad reading.

    *Source*: 98.33(a)(4)(iii) Eq. C-7 [V].

    >>> from reconcile.parameters import load_parameters
    >>> round(float(mass_rate_dry(12.5, 50_000_000, 20.0, part98_of(load_parameters()))), 6)
    259.0
    """
    good = co2_ok(co2_pct_dry) & flow_ok(flow_scfh_wet) & moisture_ok(moisture_pct)
    return computed(_c7, good, rule.co2_t_per_scf_pct, co2_pct_dry, flow_scfh_wet, moisture_pct)


def tonnes_by_rule(short_tons: ArrayLike, rule: Part98) -> Array:
    """Part 75 short tons as Part 98 reports them [t]: divided by 1.1. NaN for a negative mass.

    *Source*: 98.33(a)(5)(i)(C) [V]. The exact conversion is ``part75_totals.tonnes_of_short_tons``.

    >>> from reconcile.parameters import load_parameters
    >>> round(float(tonnes_by_rule(1_100_000.0, part98_of(load_parameters()))), 6)
    1000000.0
    """
    return computed(lambda mass, per_t: mass / per_t, flow_ok(short_tons), short_tons, rule.short_tons_per_t)


def mass_rate_from_dry_o2(
    o2_pct_dry: ArrayLike,
    flow_scfh_wet: ArrayLike,
    moisture_pct: ArrayLike,
    factors: part75_f_factors.Factors,
    rule: Part98,
    part75_rule: Rule,
    excluded: Collection[str],
) -> Array:
    """CO2 mass rate while operating from dry O2, F-14A into C-7 [t/h], unrounded. NaN for a bad reading.

    ``excluded`` are the reasons why O2 does not tell CO2 at this stack, such as process CO2 or sorbent; it must be
    empty. Raises :class:`RuleError` if it is not, and for a fuel that is not in Table 1 of Appendix F.
    *Source*: 98.33(a)(4) [V].
    """
    _pure_combustion(factors, excluded)
    co2 = part75.co2_from_dry_o2(o2_pct_dry, factors.fd, factors.fc, part75_rule)
    return mass_rate_dry(co2, flow_scfh_wet, moisture_pct, rule)


def mass_rate_from_wet_o2(
    o2_pct_wet: ArrayLike,
    flow_scfh_wet: ArrayLike,
    moisture_pct: ArrayLike,
    factors: part75_f_factors.Factors,
    rule: Part98,
    part75_rule: Rule,
    excluded: Collection[str],
) -> Array:
    """CO2 mass rate while operating from wet O2, F-14B into C-6 [t/h], unrounded; as :func:`mass_rate_from_dry_o2`."""
    _pure_combustion(factors, excluded)
    co2 = part75.co2_from_wet_o2(o2_pct_wet, moisture_pct, factors.fd, factors.fc, part75_rule)
    return mass_rate_wet(co2, flow_scfh_wet, rule)


def _pure_combustion(factors: part75_f_factors.Factors, excluded: Collection[str]) -> None:
    if excluded:
        raise RuleError(f"CO2 may not be taken from O2 here: {', '.join(sorted(excluded))}; measure CO2 instead")
    if factors.fuel not in part75_f_factors.FUELS:
        raise RuleError(f"CO2 may be taken from O2 for fuels of Table 1 only, not for {factors.fuel!r}")


def _c6(k: Any, co2: Any, flow: Any) -> Any:
    return k * co2 * flow


def _c7(k: Any, co2: Any, flow: Any, moisture: Any) -> Any:
    return k * co2 * flow * (100 - moisture) / 100
