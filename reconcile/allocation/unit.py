"""Allowances of one power unit for one year, by Table 2 of the 2023/2024 plan: benchmarks, deficit cap, gas exemption.

A_unit = Q_e·B_e·F_f + Q_h·B_h on gross generation; A = max(A_unit, 0.80·E) for coal, max(A_unit, E) for gas.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, Literal

from cems.errors import RuleError
from reconcile.allocation.estimate import Basis, amount, basis_of, exact
from reconcile.allocation.load_factor import CONVENTIONAL_ONLY, correction
from reconcile.parameters import Parameters

UnitClass = Literal["coal_over_300mw", "coal_up_to_300mw", "coal_unconventional", "gas"]
CLASSES: Final[tuple[UnitClass, ...]] = ("coal_over_300mw", "coal_up_to_300mw", "coal_unconventional", "gas")
"""Classes of Table 2; unconventional coal is gangue, slurry, coal-water slurry and circulating fluidised beds."""
YEARS: Final = (2023, 2024)
"""Years with benchmarks in Table 2."""
Binding = Literal["none", "deficit_cap", "gas_exemption"]


@dataclass(frozen=True, slots=True)
class UnitYear:
    """One power unit in one year."""

    unit_class: UnitClass
    """Class of Table 2."""
    year: int
    """Year of the emissions."""
    generated_mwh: float
    """Gross generation 发电量 [MWh], not supplied power."""
    heat_gj: float
    """Heat supplied 供热量 [GJ]."""
    verified_t: float
    """Verified direct emissions [t CO2]."""
    load_factor: float | None = None
    """Load factor 出力系数 0 … 1; None: no correction, and the result says so."""
    previous_verified_t: float | None = None
    """Verified emissions of the year before [t CO2], for the pre-allocation."""

    def __post_init__(self) -> None:
        if self.unit_class not in CLASSES:
            raise RuleError(f"there is no unit class {self.unit_class!r}; there are {', '.join(CLASSES)}")
        for name in ("generated_mwh", "heat_gj", "verified_t"):
            amount(name, getattr(self, name))
        if self.previous_verified_t is not None:
            amount("previous_verified_t", self.previous_verified_t)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Allowances per output."""

    power_t_per_mwh: float
    """Per gross generation [t CO2/MWh]."""
    heat_t_per_gj: float
    """Per heat supplied [t CO2/GJ]."""
    source: str = ""
    """Where a figure of the user's own comes from; empty for Table 2."""

    def __post_init__(self) -> None:
        amount("power benchmark", self.power_t_per_mwh)
        amount("heat benchmark", self.heat_t_per_gj)


@dataclass(frozen=True, slots=True)
class Allocation:
    """Allowances of a unit for a year: an estimate."""

    unit: UnitYear
    """What it is for."""
    strategy: str
    """Load-factor correction used."""
    benchmark: Benchmark
    """Benchmarks used."""
    correction: float
    """Load-factor correction F_f."""
    power_t: float
    """Allowances for power [t]."""
    heat_t: float
    """Allowances for heat [t]."""
    unit_t: float
    """Allowances by benchmark A_unit, before cap and exemption [t]."""
    final_t: float
    """Allowances [t]."""
    binding: Binding
    """Which rule lifted them above the benchmark; ``none`` where the benchmark itself holds."""
    marginal: float
    """Allowances to be found for one tonne of verified emissions more."""
    preallocated_t: float | None
    """Pre-allocation from the year before, set off later [t]; None where that year is not given."""
    basis: Basis
    """What it rests on."""

    @property
    def gap_t(self) -> float:
        """Verified emissions less allowances [t]: above 0 a deficit to buy, below 0 a surplus."""
        return float(exact(self.unit.verified_t) - exact(self.final_t))


def unit_class_of(rated_mw: float, fuel: Literal["coal", "unconventional_coal", "gas"], rule: Parameters) -> UnitClass:
    """The class of Table 2; a coal unit of exactly 300 MW is in the smaller one.

    Raises :class:`RuleError` for a rated power that is not positive and for another fuel.

    >>> from reconcile.parameters import load_parameters
    >>> [unit_class_of(mw, "coal", load_parameters()) for mw in (300, 300.1)]
    ['coal_up_to_300mw', 'coal_over_300mw']
    """
    if fuel not in ("coal", "unconventional_coal", "gas") or amount("rated power", rated_mw) == 0:
        raise RuleError(f"rated power must be above 0 MW and the fuel known (found {rated_mw!r}, {fuel!r})")
    if fuel != "coal":
        return "gas" if fuel == "gas" else "coal_unconventional"
    return "coal_over_300mw" if rated_mw > rule.value("alloc_rated_mw_limit") else "coal_up_to_300mw"


def benchmark_of(unit_class: UnitClass, year: int, parameters: Parameters) -> Benchmark:
    """Benchmarks of Table 2 for a class and year; raises :class:`RuleError` for a year without. *Source*: Table 2 [V].

    >>> from reconcile.parameters import load_parameters
    >>> benchmark_of("gas", 2024, load_parameters())
    Benchmark(power_t_per_mwh=0.3288, heat_t_per_gj=0.0533, source='')
    """
    if year not in YEARS:
        raise RuleError(f"Table 2 has benchmarks for 2023 and 2024 only (asked {year}); give your own with its source")
    day = date(year, 12, 31)
    return Benchmark(
        parameters.value(f"alloc_power_{unit_class}_{year}", day),
        parameters.value(f"alloc_heat_{unit_class}_{year}", day),
    )


def allocate(
    unit: UnitYear, parameters: Parameters, strategy: str = "none", benchmark: Benchmark | None = None
) -> Allocation:
    """Allowances of a unit for a year [t CO2], unrounded: an estimate.

    ``strategy`` names the load-factor correction (:mod:`reconcile.allocation.load_factor`); gas has none. At
    A_unit = 0.80·E exactly the cap counts as binding, since one tonne more makes it so. ``benchmark`` replaces Table 2
    for a year it does not have. Raises :class:`RuleError` for a year without benchmarks, an unknown strategy, a load
    factor that cannot be, and a curve that is not known for the class. *Source*: 2023/2024 plan, Table 2 [V].

    >>> from reconcile.parameters import load_parameters
    >>> made = allocate(UnitYear("coal_over_300mw", 2024, 1_800_000, 2_000_000, 1_750_000), load_parameters())
    >>> made.final_t, made.gap_t
    (1630400.0, 119600.0)
    """
    used = parameters.fresh()
    rates = benchmark or benchmark_of(unit.unit_class, unit.year, used)
    factor, note = _correction(unit, used, strategy)
    power = exact(unit.generated_mwh) * exact(rates.power_t_per_mwh) * exact(factor)
    heat = exact(unit.heat_gj) * exact(rates.heat_t_per_gj)
    final, binding, marginal = _lifted(unit, power + heat, used)
    before = unit.previous_verified_t
    share = None if before is None else exact(before) * exact(used.value("alloc_preallocation"))
    parameters.note(used)
    own = f"benchmarks by the user: {rates.source or 'no source given'}" if benchmark else ""
    return Allocation(
        unit=unit,
        strategy=strategy,
        benchmark=rates,
        correction=factor,
        power_t=float(power),
        heat_t=float(heat),
        unit_t=float(power + heat),
        final_t=float(final),
        binding=binding,
        marginal=marginal,
        preallocated_t=None if share is None else float(share),
        basis=basis_of(used, note, own),
    )


def _correction(unit: UnitYear, used: Parameters, strategy: str) -> tuple[float, str]:
    """F_f, and what had to be assumed."""
    if unit.unit_class == "gas":
        return 1.0, ""
    if strategy in CONVENTIONAL_ONLY and unit.unit_class == "coal_unconventional":
        raise RuleError(f"{strategy} is known for conventional coal only; choose another strategy for this unit")
    if unit.load_factor is None:
        if strategy != "none":
            raise RuleError(f"{strategy} needs the load factor of the unit")
        return 1.0, "no load factor given: no correction, which below 65 % understates the allowances"
    return correction(strategy, unit.load_factor, used), ""


def _lifted(unit: UnitYear, by_benchmark: Fraction, used: Parameters) -> tuple[Fraction, Binding, float]:
    """Allowances, the rule that made them more than the benchmark's, and what one tonne more adds to the gap."""
    verified = exact(unit.verified_t)
    if unit.unit_class == "gas":
        return (verified, "gas_exemption", 0.0) if by_benchmark <= verified else (by_benchmark, "none", 1.0)
    cap = used.value("alloc_deficit_cap")
    least = (1 - exact(cap)) * verified
    return (least, "deficit_cap", cap) if by_benchmark <= least else (by_benchmark, "none", 1.0)
