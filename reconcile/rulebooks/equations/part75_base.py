"""Figures of 40 CFR Part 75 Appendix F, which readings its equations accept, and how a result is recorded."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.rulebooks.rounding import round_formula

Array: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Formula: TypeAlias = Callable[..., Any]
"""Plain arithmetic of its arguments and whole numbers, so that it works on arrays and on exact fractions alike."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Figures of Appendix F and the places to which its results are recorded."""

    co2_t_per_scf_pct: float
    """K of F-2 and F-11 [short ton/(scf·%)], 5.7e-7."""
    o2_air_pct: float
    """O2 in air [% dry], 20.9."""
    heat_minimum: float
    """Heat input recorded in place of one of zero or less [mmBtu/h], 1.0."""
    places_co2: int
    """Decimals of a CO2 concentration [%]."""
    places_h2o: int
    """Decimals of a moisture [%]."""
    places_flow: int
    """Decimals of a flow [scfh]; -3 for thousands."""
    places_rate: int
    """Decimals of a CO2 rate [short ton/h]."""
    places_total: int
    """Decimals of a CO2 total [short ton]."""
    places_heat: int
    """Decimals of a heat input rate [mmBtu/h]."""

    def __post_init__(self) -> None:
        for name in ("co2_t_per_scf_pct", "o2_air_pct", "heat_minimum"):
            positive(name, getattr(self, name))


def rule_of(parameters: Parameters) -> Rule:
    """The figures of a parameter table (keys ``p75_…``)."""
    places = ("co2", "h2o", "flow", "co2_rate", "co2_total", "heat")
    return Rule(
        parameters.value("p75_co2_t_per_scf_pct"),
        parameters.value("p75_o2_air_pct"),
        parameters.value("p75_heat_minimum"),
        *(int(parameters.value(f"p75_places_{name}")) for name in places),
    )


def computed(formula: Formula, good: Bools, *inputs: ArrayLike) -> Array:
    """The result of a formula in full precision; NaN where the readings are not good or the result is not finite."""
    arrays = [np.asarray(each, dtype=np.float64) for each in inputs]
    with np.errstate(all="ignore"):
        result = np.asarray(formula(*arrays), dtype=np.float64)
    return np.where(good & np.isfinite(result), result, np.nan)


def recorded(formula: Formula, places: int, good: Bools, *inputs: ArrayLike) -> Array:
    """The result of a formula rounded once, as if computed in decimal; NaN as in :func:`computed`."""
    result = round_formula(formula, places, *inputs)
    return np.where(good & np.isfinite(result), result, np.nan)


def co2_ok(co2_pct: ArrayLike) -> Bools:
    """Which CO2 concentrations can be: 0…100 %."""
    return _within(co2_pct, 100.0)


def o2_ok(o2_pct: ArrayLike) -> Bools:
    """Which O2 concentrations can be: 0…100 %."""
    return _within(o2_pct, 100.0)


def flow_ok(flow_scfh: ArrayLike) -> Bools:
    """Which flows can be: 0 or more, finite."""
    return _within(flow_scfh, float(np.finfo(np.float64).max))


def moisture_ok(moisture_pct: ArrayLike) -> Bools:
    """Which moistures can be: 0 % or more, below 100 %."""
    values = np.asarray(moisture_pct, dtype=np.float64)
    return np.asarray((values >= 0) & (values < 100))


def not_below_zero(values: Array) -> Array:
    """The values, 0.0 where they are negative; NaN stays. *Source*: App. F, negative results of F-14 [V]."""
    return np.where(values < 0, 0.0, values)


def positive(name: str, value: float) -> float:
    """The value; :class:`RuleError` unless it is finite and above 0."""
    if not (math.isfinite(value) and value > 0):
        raise RuleError(f"{name} must be a positive number (found {value!r})")
    return value


def _within(reading: ArrayLike, limit: float) -> Bools:
    values = np.asarray(reading, dtype=np.float64)
    return np.asarray((values >= 0) & (values <= limit))
